"""Sums, products, quotients and what combines them; the derivative next to each definition."""

from __future__ import annotations

import numpy as np

from .. import dtypes as dt
from .complex_numbers import conj
from .family import (
    binary,
    elementwise,
    keeping_scalar,
    not_differentiable,
    promote,
    promote_float,
    result_type,
    to_kind,
    unary,
)
from .movement import zeros


def _is_bool(x) -> bool:
    return getattr(x, "dtype", None) is dt.bool_ or isinstance(x, (bool, np.bool_))


def _refuse_bool_sub(inputs, attrs=()):
    bools = [_is_bool(x) for x in inputs[:2]]
    if all(bools):
        raise RuntimeError(
            "Subtraction, the `-` operator, with two bool tensors is not supported. Use the `^` or "
            "`logical_xor()` operator instead."
        )
    if any(bools):
        raise RuntimeError(
            "Subtraction, the `-` operator, with a bool tensor is not supported. If you are trying "
            "to invert a mask, use the `~` or `logical_not()` operator instead."
        )
    return promote(inputs)


def _refuse_bool_neg(inputs, attrs):
    if _is_bool(inputs[0]):
        raise RuntimeError(
            "Negation, the `-` operator, on a bool tensor is not supported. If you are trying to "
            "invert a mask, use the `~` or `logical_not()` operator instead."
        )
    return inputs


add = binary("add", np.add, (lambda g: g, lambda g: g), widen=False)
sub = binary("sub", np.subtract, (lambda g: g, lambda g: -g), widen=False, prepare=_refuse_bool_sub)
# `number - tensor`: sub with its operands as in `rsub(tensor, number)`.
rsub = binary(
    "rsub",
    lambda a, b: np.subtract(b, a),
    (lambda g: -g, lambda g: g),
    widen=False,
    prepare=_refuse_bool_sub,
    grad_name="RsubBackward1",
)


def multiply_add(a, b, c):
    """`a * b + c`, in float32 rounded once, as the instruction in PyTorch's kernels does it."""
    if a.dtype == np.float32:
        wide = np.multiply(a, b, dtype=np.float64)
        return np.add(wide, c).astype(np.float32)
    return a * b + c


def _scaled_kind(prepare):
    """The common type of both operands, which `alpha` takes too."""

    def prepared(inputs, attrs):
        a, b = prepare(inputs[:2])
        kind = result_type(inputs[:2])
        return to_kind(a, kind), to_kind(b, kind), to_kind(inputs[2], kind)

    return prepared


# `add` and `sub` with `alpha`; the number is an input so that changing it changes no plan.
add_scaled = elementwise(
    "add_scaled",
    lambda a, b, alpha: multiply_add(b, alpha, a),
    names=("a", "b", "alpha"),
    vjp=(lambda g: g, lambda g, alpha: g * conj(alpha), None),
    grad_name="AddBackward0",
    prepare=_scaled_kind(promote),
)
sub_scaled = elementwise(
    "sub_scaled",
    lambda a, b, alpha: multiply_add(b, -alpha, a),
    names=("a", "b", "alpha"),
    vjp=(lambda g: g, lambda g, alpha: -(g * conj(alpha)), None),
    grad_name="SubBackward0",
    prepare=_scaled_kind(_refuse_bool_sub),
)
mul = binary(
    "mul",
    np.multiply,
    (lambda g, b: g * conj(b), lambda g, a: g * conj(a)),
    widen=False,
    prepare=keeping_scalar(promote),
)
div = binary(
    "div",
    np.divide,
    (lambda g, b: g / conj(b), lambda g, a, b: -(g * conj(a / b / b))),
    widen=False,
    prepare=keeping_scalar(promote_float),
)
neg = unary("neg", np.negative, lambda g: -g, widen=False, prepare=_refuse_bool_neg)
reciprocal = unary(
    "reciprocal",
    lambda x: np.divide(x.dtype.type(1), x),
    lambda g, out: -g * conj(out * out),
    floating=True,
    kernel="reciprocal_cpu",
)


def _truncated(a, b):
    if a.dtype.kind not in "iu":
        return np.trunc(a / b)  # 16-bit floats round the quotient first
    quotient = np.floor_divide(a, b)
    return quotient + ((quotient < 0) & (quotient * b != a))


_STEPS = (
    lambda g, a_shape, a_dtype: zeros(a_shape, a_dtype),
    lambda g, b_shape, b_dtype: zeros(b_shape, b_dtype),
)


div_trunc = binary(
    "div_trunc",
    _truncated,
    _STEPS,
    widen=False,
    supports="if",
    kernel="div_trunc_cpu",
    prepare=keeping_scalar(promote),
    grad_name="DivBackward2",
)
div_floor = binary(
    "div_floor",
    np.floor_divide,
    _STEPS,
    supports="if",
    kernel="div_floor_cpu",
    prepare=keeping_scalar(promote),
    grad_name="DivBackward2",
)
floor_divide = binary(
    "floor_divide",
    np.floor_divide,
    not_differentiable("floor_divide"),
    supports="if",
    kernel="div_floor_cpu",
    prepare=keeping_scalar(promote),
    grad_name="NotImplemented",
)


def _remainder_of(name: str, function, quotient, grad_name: str):
    return binary(
        name,
        function,
        (lambda g: g, lambda g, a, b: -g * quotient(a, b)),
        supports="if",
        kernel=f"{name.partition('_')[0]}_cpu",
        grad_name=grad_name,
    )


remainder = _remainder_of("remainder", np.remainder, div_floor, "RemainderBackward1")
remainder_scalar = _remainder_of("remainder_scalar", np.remainder, div_floor, "RemainderBackward0")
remainder_of_scalar = binary(
    "remainder_of_scalar",
    np.remainder,
    not_differentiable("remainder"),
    supports="if",
    kernel="remainder_cpu",
    grad_name="NotImplemented",
)
fmod = _remainder_of("fmod", np.fmod, div_trunc, "FmodBackward1")
fmod_scalar = _remainder_of("fmod_scalar", np.fmod, div_trunc, "FmodBackward0")
