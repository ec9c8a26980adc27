"""`torch.storage`: the memory of tensors.

Source: https://docs.pytorch.org/docs/stable/storage.html
"""

from __future__ import annotations

from .tensor.storages import TypedStorage, UntypedStorage

__all__ = ["TypedStorage", "UntypedStorage"]
