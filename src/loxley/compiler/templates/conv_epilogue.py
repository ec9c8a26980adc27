"""What is done with each sum of a convolution before it is stored.

In: the names of operations in their order.  Out: where their arguments come from, and the code.

    scale, minus, bias  the sum times, less, plus a number of its channel
    residual            plus an element of an array like the result
    relu                zero instead, where it is less

The first argument of a kind stands in the slot of its name, the next in that name with 1, 2 ...
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from ..llvm.builder import Function, V

OPERATIONS = ("scale", "minus", "bias", "residual", "relu")
MOST = 8  # arguments
ARGUMENTS = tuple(f"argument{i}" for i in range(MOST))  # fields of the kernels' frames


class Part(NamedTuple):
    """An operation; of one with an argument, its slot and its field in the kernels' frames."""

    operation: str
    slot: str = ""
    field: str = ""


def parts(epilogue: Sequence[str]) -> list[Part]:
    """The parts of an epilogue.  ValueError for unknown operations and too many arguments."""
    made: list[Part] = []
    seen: list[str] = []
    for name in epilogue:
        if name not in OPERATIONS:
            raise ValueError(f"conv: expected operations of {OPERATIONS}, but got {name!r}")
        if name == "relu":
            made.append(Part(name))
            continue
        if len(seen) == MOST:
            raise ValueError(f"conv: expected at most {MOST} arguments of an epilogue")
        slot = name + (str(seen.count(name)) if name in seen else "")
        made.append(Part(name, slot, ARGUMENTS[len(seen)]))
        seen.append(name)
    return made


def slots(epilogue: Sequence[str]) -> list[str]:
    """The slots of the arguments, in order."""
    return [part.slot for part in parts(epilogue) if part.slot]


def finished(
    f: Function,
    epilogue: Sequence[str],
    value: V,
    of_channel: Callable[[str], V],
    of_element: Callable[[str], V],
) -> V:
    """A vector of sums of one channel as it is stored; the functions read an argument's field."""
    for part in parts(epilogue):
        if part.operation == "relu":
            zero = V("zeroinitializer", value.type)
            value = f.select(f.compare("fcmp olt", value, zero), zero, value)
        elif part.operation == "residual":
            value = f.binary("fadd", value, of_element(part.field))
        else:
            name = {"scale": "fmul", "minus": "fsub", "bias": "fadd"}[part.operation]
            value = f.binary(name, value, of_channel(part.field))
    return value
