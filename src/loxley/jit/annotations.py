"""`torch.jit.annotations`: types that libraries write in signatures for TorchScript.

What `typing` calls `List` and so on is found here too, as in PyTorch. `BroadcastingList2[int]`
says that one number stands for a list of two. To Python it is no more than a note.

Source: https://docs.pytorch.org/docs/stable/jit_language_reference.html
"""

from __future__ import annotations

from typing import Any, Dict, List, Optional, Tuple, Union  # noqa: UP035 - names for programs

__all__ = ["Any", "Dict", "List", "Optional", "Tuple", "Union"]
__all__ += [f"BroadcastingList{n}" for n in range(1, 4)] + ["BroadcastingListCls"]


class BroadcastingListCls:
    """What is subscripted by the type of the list's elements."""

    def __getitem__(self, types: Any) -> None:
        """Nothing: only the compiler of TorchScript reads it."""


BroadcastingList1 = BroadcastingListCls()
BroadcastingList2 = BroadcastingListCls()
BroadcastingList3 = BroadcastingListCls()
