"""`torch.types`: names for type hints."""

from __future__ import annotations

from collections.abc import Sequence

from .devices import device
from .dtypes import dtype
from .tensor import Tensor
from .tensor.size import Size

Number = int | float | bool
Device = device | str | int | None
_dtype, _device, _int, _float, _bool = dtype, device, int, float, bool
_size = Size | list[int] | tuple[int, ...]
_TensorOrTensors = Tensor | Sequence[Tensor]

__all__ = ["Device", "Number"]
