"""Checks of arguments, in PyTorch's words."""

from __future__ import annotations

from typing import Any, NoReturn

import numpy as np

from ..dtypes import bool_, complex128, dtype, dtype_of_scalar, float64, int64
from ..ir.graph import constant, leaf
from .tensor import Tensor

NUMBERS = (int, float, complex, np.number, np.bool_)  # bool is an int
OPERANDS = (Tensor, *NUMBERS)


def refuse_type(name: str, argument: str, position: int, expected: str, got: Any) -> NoReturn:
    """TypeError for an argument of the wrong type."""
    raise TypeError(
        f"{name}(): argument '{argument}' (position {position}) must be {expected}, "
        f"not {type(got).__name__}"
    )


def check_tensor(name: str, x: Any, argument: str = "input", position: int = 1) -> Tensor:
    """`x` if it is a tensor, else TypeError."""
    if not isinstance(x, Tensor):
        refuse_type(name, argument, position, "Tensor", x)
    return x


def check_operand(name: str, x: Any, argument: str = "other", position: int = 2) -> Any:
    """`x` if it is a tensor or a number, else TypeError."""
    if not isinstance(x, OPERANDS):
        refuse_type(name, argument, position, "Tensor", x)
    return x


def check_number(name: str, x: Any, argument: str) -> Any:
    """`x` as a Python number; 0-d tensors count as one. TypeError for anything else."""
    if isinstance(x, Tensor) and not x._shape:
        return x.item()
    if not isinstance(x, NUMBERS):
        raise TypeError(f"{name}(): argument '{argument}' must be Number, not {type(x).__name__}")
    return x.item() if isinstance(x, np.generic) else x


_PYTHON_TYPES = {float: float64, int: int64, bool: bool_, complex: complex128}


def check_dtype(name: str, x: Any) -> dtype | None:
    """A dtype, or the one that a Python type stands for; TypeError for anything else."""
    if x is None or isinstance(x, dtype):
        return x
    found = _PYTHON_TYPES.get(x) if isinstance(x, type) else None
    if found is None:
        raise TypeError(f"{name}(): argument 'dtype' must be torch.dtype, not {type(x).__name__}")
    return found


def from_number(x: Any) -> Tensor:
    """A 0-d tensor of a Python number, at the dtype that the number has."""
    kind = dtype_of_scalar(x)
    return Tensor._wrap(leaf(np.asarray(constant(x, kind).data), kind))


def two_operands(name: str, input: Any, other: Any, *, numbers: bool = False) -> tuple[Any, Any]:
    """Both operands checked; two numbers are refused unless `numbers`."""
    check_operand(name, input, "input", 1)
    check_operand(name, other)
    if not isinstance(input, Tensor) and not isinstance(other, Tensor):
        if not numbers:
            raise TypeError(
                f"{name}() received an invalid combination of arguments - got "
                f"({type(input).__name__}, {type(other).__name__}), but expected one of:\n"
                " * (Tensor input, Tensor other, *, Tensor out = None)\n"
                " * (Number self, Tensor other, *, Tensor out = None)\n"
                " * (Tensor input, Number other, *, Tensor out = None)\n"
            )
        input = from_number(input)
    return input, other
