"""Elementwise arithmetic of two and more operands, broadcast and promoted.

Source: https://docs.pytorch.org/docs/stable/torch.html#pointwise-ops
"""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from .. import dtypes as dt
from ..ops import elementwise as ops
from ..ops.family import cast, result_type, type_name
from ..ops.unsupported import no_kernel
from .api import method, public
from .arguments import check_number, check_operand, check_tensor, two_operands
from .tensor import Tensor


def _deprecated(name: str, first: str) -> None:
    warnings.warn(
        f"This overload of {name} is deprecated:\n\t{name}({first})\nConsider using one of the "
        "signatures with the number as a keyword argument instead.",
        UserWarning,
        stacklevel=3,
    )


def _check_alpha(input: Any, other: Any, alpha: Any) -> None:
    kind = result_type((input, other))
    if isinstance(alpha, (bool, np.bool_)) and kind is not dt.bool_:
        raise RuntimeError("Boolean alpha only supported for Boolean results.")
    if isinstance(alpha, (float, np.floating)) and kind.category < dt.float32.category:
        raise RuntimeError(
            "For integral input tensors, argument alpha must not be a floating point number."
        )
    if isinstance(alpha, (complex, np.complexfloating)) and not kind.is_complex:
        raise RuntimeError(
            "For non-complex input tensors, argument alpha must not be a complex number."
        )


def _scaled(name: str, op: Any, op_scaled: Any, input: Any, other: Any, last: tuple, alpha: Any):
    if last:  # the old order: input, alpha, other
        _deprecated(name, "Number alpha, Tensor other")
        other, alpha = last[0], other
    input, other = two_operands(name, input, other, numbers=True)
    if alpha is not True and alpha == 1:
        return op(input, other)
    alpha = check_number(name, alpha, "alpha")
    _check_alpha(input, other, alpha)
    return op_scaled(input, other, alpha)


@public(inplace=True, out=True)
def add(input: Any, other: Any, *last: Any, alpha: Any = 1) -> Tensor:
    """`input + alpha * other`. Source: torch.add."""
    return _scaled("add", ops.add, ops.add_scaled, input, other, last, alpha)


@public(inplace=True, out=True, aliases=("subtract",))
def sub(input: Any, other: Any, *last: Any, alpha: Any = 1) -> Tensor:
    """`input - alpha * other`. Source: torch.sub."""
    return _scaled("sub", ops.sub, ops.sub_scaled, input, other, last, alpha)


@public(method=False)
def rsub(input: Tensor, other: Any, *, alpha: Any = 1) -> Tensor:
    """`other - alpha * input`. Source: torch.rsub."""
    check_tensor("rsub", input)
    check_operand("rsub", other)
    if alpha != 1:
        return sub(other, input, alpha=alpha)
    return ops.rsub(input, other)


@public(inplace=True, out=True, aliases=("multiply",))
def mul(input: Any, other: Any) -> Tensor:
    """`input * other`. Source: torch.mul."""
    return ops.mul(*two_operands("mul", input, other, numbers=True))


def check_divisor(input: Any, other: Any) -> None:
    """RuntimeError where integers would be divided by zero (the divisor is computed for it)."""
    if result_type((input, other)).category >= dt.float32.category:
        return
    if isinstance(other, Tensor):
        has_zero = not other.is_meta and not np.all(other._all_slices())
    else:
        has_zero = other == 0
    if has_zero:
        raise RuntimeError("ZeroDivisionError")


@public(inplace=True, out=True, aliases=("divide",))
def div(input: Any, other: Any, *, rounding_mode: str | None = None) -> Tensor:
    """`input / other`, rounded down ("floor") or towards zero ("trunc"). Source: torch.div."""
    input, other = two_operands("div", input, other, numbers=True)
    if rounding_mode is None:
        return ops.div(input, other)
    if rounding_mode not in ("floor", "trunc"):
        raise RuntimeError(
            "div expected rounding_mode to be one of None, 'trunc', or 'floor' but found "
            f"'{rounding_mode}'"
        )
    check_divisor(input, other)
    return (ops.div_floor if rounding_mode == "floor" else ops.div_trunc)(input, other)


@public(inplace=True, out=True)
def true_divide(input: Any, other: Any) -> Tensor:
    """`input / other`. Source: torch.true_divide."""
    return ops.div(*two_operands("true_divide", input, other, numbers=True))


@public(inplace=True, out=True)
def floor_divide(input: Any, other: Any) -> Tensor:
    """The quotient rounded down. Source: torch.floor_divide."""
    input, other = two_operands("floor_divide", input, other, numbers=True)
    check_divisor(input, other)
    return ops.floor_divide(input, other)


@public(inplace=True, out=True)
def remainder(input: Any, other: Any) -> Tensor:
    """The remainder with the divisor's sign, Python's `%`. Source: torch.remainder."""
    input, other = two_operands("remainder", input, other)
    check_divisor(input, other)
    if not isinstance(input, Tensor):
        return ops.remainder_of_scalar(input, other)
    return (ops.remainder if isinstance(other, Tensor) else ops.remainder_scalar)(input, other)


@public(inplace=True, out=True)
def fmod(input: Tensor, other: Any) -> Tensor:
    """The remainder with the dividend's sign, C's `fmod`. Source: torch.fmod."""
    check_tensor("fmod", input)
    check_operand("fmod", other)
    check_divisor(input, other)
    return (ops.fmod if isinstance(other, Tensor) else ops.fmod_scalar)(input, other)


@public(inplace=True, out=True)
def pow(input: Any, exponent: Any) -> Tensor:  # noqa: A001
    """`input ** exponent`. Source: torch.pow."""
    input, exponent = two_operands("pow", input, exponent)
    if isinstance(exponent, Tensor):
        if isinstance(input, Tensor):
            return ops.pow(input, exponent)
        return ops.power_of_number(exponent, check_number("pow", input, "self"))
    exponent = check_number("pow", exponent, "exponent")
    if type(exponent) is int and not -(1 << 63) <= exponent < 1 << 64:
        raise OverflowError("int too big to convert")
    if input.dtype.category < dt.float32.category and isinstance(exponent, int) and exponent < 0:
        raise RuntimeError("Integers to negative integer powers are not allowed.")
    return ops.pow_number(input, exponent)


def _is_complex(x: Any) -> bool:
    return x.dtype.is_complex if isinstance(x, Tensor) else isinstance(x, complex)


@public(out=True)
def float_power(input: Any, exponent: Any) -> Tensor:
    """`input ** exponent` in double precision. Source: torch.float_power."""
    kind = dt.complex128 if _is_complex(input) or _is_complex(exponent) else dt.float64
    convert = complex if kind.is_complex else float
    input, exponent = two_operands("float_power", input, exponent)
    return pow(*(cast(x, kind) if isinstance(x, Tensor) else convert(x) for x in (input, exponent)))


@method
def float_power_(self: Tensor, exponent: Any) -> Tensor:
    """`float_power` in place; RuntimeError unless the tensor is of double precision."""
    made = float_power(self, exponent)
    if made.dtype is not self.dtype:
        raise RuntimeError(
            f"the base given to float_power_ has dtype {self.dtype.legacy_name} but the "
            f"operation's result requires dtype {made.dtype.legacy_name}"
        )
    return self._assign(made)


@public(inplace=True, out=True)
def ldexp(input: Tensor, other: Tensor) -> Tensor:
    """`input * 2 ** other`. Source: torch.ldexp."""
    check_tensor("ldexp", input)
    if check_tensor("ldexp", other, "other", 2).dtype is dt.bool_:
        if input.dtype.is_floating_point:
            raise NotImplementedError("\"ldexp_cpu_exp\" not implemented for 'Bool'")
    return ops.ldexp(input, other)


def _check_lerp(input: Tensor, end: Tensor, weight: Any) -> None:
    if input.dtype.category < dt.float32.category and end.dtype is input.dtype:
        kernel = "lerp_kernel_tensor" if isinstance(weight, Tensor) else "lerp_kernel_scalar"
        raise NotImplementedError(f"\"{kernel}\" not implemented for '{input.dtype.legacy_name}'")
    for name, x in (("end", end), ("weight", weight)):
        if isinstance(x, Tensor) and x.dtype is not input.dtype and (name == "end" or x._shape):
            raise RuntimeError(
                f"expected dtype {type_name(input.dtype)} for `{name}` but got dtype "
                f"{type_name(x.dtype)}"
            )


@public(inplace=True, out=True)
def lerp(input: Tensor, end: Tensor, weight: Any) -> Tensor:
    """`input + weight * (end - input)`. Source: torch.lerp."""
    check_tensor("lerp", input)
    check_tensor("lerp", end, "end", 2)
    check_operand("lerp", weight, "weight", 3)
    _check_lerp(input, end, weight)
    return (ops.lerp_tensor if isinstance(weight, Tensor) else ops.lerp)(input, end, weight)


def _blend(name: str, input: Tensor, tensor1: Any, tensor2: Any, last: tuple, value: Any) -> tuple:
    if last:  # the old order: input, value, tensor1, tensor2
        _deprecated(name, "Number value, Tensor tensor1, Tensor tensor2")
        value, tensor1, tensor2 = tensor1, tensor2, last[0]
    check_tensor(name, input)
    check_tensor(name, tensor1, "tensor1", 2)
    check_tensor(name, tensor2, "tensor2", 3)
    value = check_number(name, value, "value")
    kind = result_type((input, tensor1, tensor2))
    if kind.category < dt.float32.category and isinstance(value, float):
        value = int(value)
    return input, tensor1, tensor2, value


@public(inplace=True, out=True)
def addcmul(input: Tensor, tensor1: Any, tensor2: Any, *last: Any, value: Any = 1) -> Tensor:
    """`input + value * tensor1 * tensor2`. Source: torch.addcmul."""
    return ops.addcmul(*_blend("addcmul", input, tensor1, tensor2, last, value))


@public(inplace=True, out=True)
def addcdiv(input: Tensor, tensor1: Any, tensor2: Any, *last: Any, value: Any = 1) -> Tensor:
    """`input + value * tensor1 / tensor2`; RuntimeError for integers. Source: torch.addcdiv."""
    arguments = _blend("addcdiv", input, tensor1, tensor2, last, value)
    if all(x.dtype.category < dt.float32.category for x in arguments[1:3]):
        raise RuntimeError(
            "Integer division with addcdiv is no longer supported, and in a future  release "
            "addcdiv will perform a true division of tensor1 and tensor2. The historic addcdiv "
            "behavior can be implemented as (input + value * torch.trunc(tensor1 / "
            "tensor2)).to(input.dtype) for integer inputs and as (input + value * tensor1 / "
            "tensor2) for float inputs. The future addcdiv behavior is just the latter "
            "implementation: (input + value * tensor1 / tensor2), for all dtypes."
        )
    return ops.addcdiv(*arguments)


def forms_of(rows: tuple, input: Any, other: Any) -> Tensor:
    """One of three rows: two tensors, a number first, a number second."""
    if not isinstance(input, Tensor):
        return rows[1](input, other)
    return rows[0 if isinstance(other, Tensor) else 2](input, other)


@public(inplace=True, out=True)
def xlogy(input: Any, other: Any) -> Tensor:
    """`input * log(other)`, zero where input is zero. Source: torch.xlogy."""
    return forms_of(ops.XLOGY, *two_operands("xlogy", input, other))


@public(inplace=True, out=True)
def copysign(input: Tensor, other: Any) -> Tensor:
    """The magnitude of `input` with the sign of `other`. Source: torch.copysign."""
    check_tensor("copysign", input)
    check_operand("copysign", other)
    return (ops.copysign if isinstance(other, Tensor) else ops.copysign_number)(input, other)


def _tensors_only(name: str, op: Any, meaning: str, aliases: tuple = (), **forms: bool) -> None:
    def function(input: Tensor, other: Tensor) -> Tensor:
        check_tensor(name, input)
        check_tensor(name, other, "other", 2)
        return op(input, other)

    function.__name__ = function.__qualname__ = name
    function.__doc__ = f"{meaning} Source: torch.{name}."
    public(**{"inplace": True, "out": True, **forms}, aliases=aliases)(function)


_tensors_only("atan2", ops.atan2, "The angle of the point (other, input).", ("arctan2",))
_tensors_only("hypot", ops.hypot, "The root of the sum of squares.")
_tensors_only("igamma", ops.igamma, "The regularized lower incomplete gamma function.")
_tensors_only("igammac", ops.igammac, "The regularized upper incomplete gamma function.")
_tensors_only("nextafter", ops.nextafter, "The next number after input towards other.")
_tensors_only("gcd", ops.gcd, "The greatest common divisor.")
_tensors_only("lcm", ops.lcm, "The least common multiple.")
_PLAIN = (
    ("maximum", ops.maximum, "The greater of two elements, NaN if one is."),
    ("minimum", ops.minimum, "The lesser of two elements, NaN if one is."),
    ("fmax", ops.fmax, "The greater of two elements, a number before NaN."),
    ("fmin", ops.fmin, "The lesser of two elements, a number before NaN."),
    ("logaddexp", ops.logaddexp, "log(exp(input) + exp(other)) without overflow."),
    ("logaddexp2", ops.logaddexp2, "log2(2**input + 2**other) without overflow."),
)
for _name, _op, _meaning in _PLAIN:
    _tensors_only(_name, _op, _meaning, inplace=False)


def _bounds(name: str, *bounds: Any) -> bool:
    """Whether the bounds are tensors (True) or numbers; TypeError for a mixture."""
    given = [b for b in bounds if b is not None]
    if not given:
        raise RuntimeError(f"torch.{name}: At least one of 'min' or 'max' must not be None")
    tensors = [isinstance(b, Tensor) for b in given]
    if any(tensors) and not all(tensors):
        raise TypeError(
            f"{name}() received an invalid combination of arguments: min and max must both be "
            "Tensors or both be Numbers"
        )
    for b in given:
        check_operand(name, b, "min")
    return tensors[0]


def _is_bool(x: Any) -> bool:
    return isinstance(x, bool) or (isinstance(x, Tensor) and x.dtype is dt.bool_)


@public(inplace=True, out=True, aliases=("clip",))
def clamp(input: Tensor, min: Any = None, max: Any = None) -> Tensor:  # noqa: A002
    """Each element no less than `min` and no greater than `max`. Source: torch.clamp."""
    check_tensor("clamp", input)
    by_tensors = _bounds("clamp", min, max)
    if input.dtype is dt.bool_ and _is_bool(min) and _is_bool(max):
        raise no_kernel("clamp_cpu" if by_tensors else "clamp_scalar_cpu", dt.bool_)
    return (ops.clamp_tensor if by_tensors else ops.clamp)(input, min, max)


@public(inplace=True, out=True)
def clamp_min(input: Tensor, min: Any) -> Tensor:  # noqa: A002
    """Each element no less than `min`. Source: torch.clamp_min."""
    check_tensor("clamp_min", input)
    op = ops.clamp_min_tensor if _bounds("clamp_min", min) else ops.clamp_min
    return op(input, min, None)


@public(inplace=True, out=True)
def clamp_max(input: Tensor, max: Any) -> Tensor:  # noqa: A002
    """Each element no greater than `max`. Source: torch.clamp_max."""
    check_tensor("clamp_max", input)
    op = ops.clamp_max_tensor if _bounds("clamp_max", max) else ops.clamp_max
    return op(input, None, max)
