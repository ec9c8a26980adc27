"""Comparisons, logic, bits, closeness, and choices by a mask."""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import dtypes as dt
from ..ops import elementwise as ops
from ..ops.family import result_type
from ..ops.unsupported import no_kernel
from .api import public
from .arguments import OPERANDS, check_operand, check_tensor, from_number, refuse_type
from .quantizer import same
from .tensor import Tensor


def _invalid(name: str, *arguments: Any) -> TypeError:
    shown = ", ".join(type(a).__name__ for a in arguments)
    return TypeError(
        f"{name}() received an invalid combination of arguments - got ({shown}), but expected one "
        "of:\n * (Tensor input, Tensor other, *, Tensor out = None)\n"
        " * (Tensor input, Number other, *, Tensor out = None)\n"
    )


def _compare(name: str, op: Any, meaning: str, aliases: tuple[str, ...] = ()) -> None:
    def function(input: Tensor, other: Any) -> Tensor:
        check_tensor(name, input)
        if not isinstance(other, OPERANDS):
            raise _invalid(name, input, other)
        return op(input, other)

    function.__name__ = function.__qualname__ = name
    function.__doc__ = f"{meaning} Source: torch.{name}."
    public(inplace=True, out=True, aliases=aliases)(function)


_compare("eq", ops.eq, "Whether elements are equal.")
_compare("ne", ops.ne, "Whether elements differ.", ("not_equal",))
_compare("lt", ops.lt, "Whether elements of input are less.", ("less",))
_compare("le", ops.le, "Whether elements of input are less or equal.", ("less_equal",))
_compare("gt", ops.gt, "Whether elements of input are greater.", ("greater",))
_compare("ge", ops.ge, "Whether elements of input are greater or equal.", ("greater_equal",))


def _logic(name: str, op: Any, meaning: str) -> None:
    def function(input: Tensor, other: Tensor) -> Tensor:
        check_tensor(name, input)
        return op(input, check_tensor(name, other, "other", 2))

    function.__name__ = function.__qualname__ = name
    function.__doc__ = f"{meaning} Source: torch.{name}."
    public(inplace=True, out=True)(function)


_logic("logical_and", ops.logical_and, "Whether both elements are nonzero.")
_logic("logical_or", ops.logical_or, "Whether one of the elements is nonzero.")
_logic("logical_xor", ops.logical_xor, "Whether just one of the elements is nonzero.")


def _bitwise(name: str, op: Any, meaning: str) -> None:
    def function(input: Any, other: Any) -> Tensor:
        check_operand(name, input, "input", 1)
        check_operand(name, other)
        if not isinstance(input, Tensor) and not isinstance(other, Tensor):
            refuse_type(name, "input", 1, "Tensor", input)
        return op(input, other)

    function.__name__ = function.__qualname__ = name
    function.__doc__ = f"{meaning} Source: torch.{name}."
    public(inplace=True, out=True)(function)


_bitwise("bitwise_and", ops.bitwise_and, "The bits that are set in both elements.")
_bitwise("bitwise_or", ops.bitwise_or, "The bits that are set in one of the elements.")
_bitwise("bitwise_xor", ops.bitwise_xor, "The bits that are set in just one of the elements.")
_bitwise("bitwise_left_shift", ops.left_shift, "The bits of input moved left by other.")
_bitwise("bitwise_right_shift", ops.right_shift, "The bits of input moved right by other.")


@public(inplace=True, out=True)
def heaviside(input: Tensor, values: Tensor) -> Tensor:
    """0 below zero, 1 above, `values` at zero. Source: torch.heaviside."""
    check_tensor("heaviside", input)
    check_tensor("heaviside", values, "values", 2)
    if input.dtype.is_complex or values.dtype.is_complex:
        raise RuntimeError("heaviside is not yet implemented for complex tensors.")
    if input.dtype is not values.dtype:
        raise RuntimeError("heaviside is not yet implemented for tensors with different dtypes.")
    return ops.heaviside(input, values)


@public()
def isclose(
    input: Tensor, other: Tensor, rtol: float = 1e-5, atol: float = 1e-8, equal_nan: bool = False
) -> Tensor:
    """Whether |input - other| <= atol + rtol |other|, elementwise. Source: torch.isclose."""
    check_tensor("isclose", input)
    check_tensor("isclose", other, "other", 2)
    if input.dtype is not other.dtype:
        raise RuntimeError(f"{input.dtype.legacy_name} did not match {other.dtype.legacy_name}")
    for name, x in (("rtol", rtol), ("atol", atol)):
        if not x >= 0:
            raise RuntimeError(f"{name} must be greater than or equal to zero, but got {x}")
    return ops.isclose(input, other, float(rtol), float(atol), bool(equal_nan))


@public()
def allclose(
    input: Tensor, other: Tensor, rtol: float = 1e-5, atol: float = 1e-8, equal_nan: bool = False
) -> bool:
    """Whether all elements are close. Source: torch.allclose."""
    return bool(np.all(isclose(input, other, rtol, atol, equal_nan)._array()))


@public()
def equal(input: Tensor, other: Tensor) -> bool:
    """Whether size and elements are the same. Source: torch.equal."""
    check_tensor("equal", input)
    check_tensor("equal", other, "other", 2)
    if input._shape != other._shape:
        return False
    if input.dtype.is_quantized:
        return same(input, other)
    if input.dtype.restricted:
        raise no_kernel("equal_notnan_cpu", input.dtype)
    return bool(np.all(ops.eq(input, other)._array()))


@public(method=False, out=True)
def where(condition: Tensor, input: Any = None, other: Any = None) -> Any:
    """`input` where the condition holds, else `other`; alone, the indices where it holds.

    Source: https://docs.pytorch.org/docs/stable/generated/torch.where.html
    """
    check_tensor("where", condition, "condition", 1)
    if input is None and other is None:
        return condition.nonzero(as_tuple=True)
    check_operand("where", input, "input", 2)
    check_operand("where", other, "other", 3)
    if condition.dtype is dt.uint8:
        condition = condition.to(dt.bool_)
    if condition.dtype is not dt.bool_:
        raise RuntimeError(
            "where expected condition to be a boolean tensor, but got a tensor with dtype "
            f"{condition.dtype.legacy_name}"
        )
    if not isinstance(input, Tensor) and not isinstance(other, Tensor):
        kind = result_type((input, other))
        input, other = (from_number(x).to(kind) for x in (input, other))
    return ops.where(condition, input, other)


def _where_method(self: Tensor, condition: Tensor, other: Any) -> Tensor:
    """`self` where the condition holds, else `other`. Source: torch.Tensor.where."""
    return where(condition, self, other)


Tensor.where = _where_method  # type: ignore[attr-defined]
