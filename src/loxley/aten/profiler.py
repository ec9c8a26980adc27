"""`torch.ops.profiler`: the beginning and the end of a block that profilers list."""

from __future__ import annotations

from itertools import count

from .. import dtypes as dt
from ..autograd.profiler import record_function
from ..tensor import Tensor, tensor
from .packets import OpOverloadPacket

_OPEN: dict[int, record_function] = {}
_NUMBERS = count(1)


def _record_function_enter(name: str, args: str | None = None) -> Tensor:
    """Begins a block; the tensor of bytes is its handle."""
    number = next(_NUMBERS)
    block = _OPEN[number] = record_function(name, args)
    block.__enter__()
    return tensor(list(number.to_bytes(8, "little")), dtype=dt.uint8)


def _record_function_exit(handle: Tensor) -> None:
    """Ends the block of a handle; one that has ended already stays so."""
    block = _OPEN.pop(int.from_bytes(bytes(handle.tolist()), "little"), None)
    if block is not None:
        block.__exit__()


PROFILER = {
    function.__name__: OpOverloadPacket(function.__name__, function, ("default",), "profiler")
    for function in (_record_function_enter, _record_function_exit)
}
