"""Powers and roots."""

from __future__ import annotations

import cmath
import math

import numpy as np

from ..dtypes import bfloat16
from .comparison import eq, ge, logical_and, where, zero_where
from .complex_numbers import conj
from .exponential import log
from .family import LOW, binary, elementwise, result_type, to_kind, unary, wide
from .movement import zeros

sqrt = unary("sqrt", np.sqrt, lambda g, out: g / conj(out * 2), floating=True)
rsqrt = unary(
    "rsqrt",
    lambda x: np.divide(x.dtype.type(1), np.sqrt(x)),
    lambda g, out: g * conj(out * out * out) * -0.5,
    floating=True,
)
hypot = binary(
    "hypot",
    np.hypot,
    (lambda g, a, out: g * (a / out), lambda g, b, out: g * (b / out)),
    supports="f",
)


def _int_power(base, exponent):
    """Integer powers modulo the type's range; a negative exponent truncates towards zero."""
    negative = exponent < 0
    result = np.power(base, np.where(negative, exponent.dtype.type(0), exponent))
    if not np.any(negative):
        return result
    below = np.where(base == 1, 1, np.where(base == -1, 1 - 2 * (exponent & 1), 0))
    return np.where(negative, below, result).astype(base.dtype)


def _power(a, b):
    if a.dtype.kind in "iu":
        return _int_power(a, b)
    return a | ~b if a.dtype.kind == "b" else np.power(a, b)


def _d_base(g, a, b):
    return where(eq(b, 0), 0.0, g * conj(b * pow(a, b - 1)))


def _d_exponent(g, a, b, out):
    at_zero = eq(a, 0) if b.dtype.is_complex else logical_and(eq(a, 0), ge(b, 0))
    return zero_where(at_zero, g * conj(out * log(a)))


pow = binary(  # noqa: A001 - the operator's name
    "pow",
    _power,
    (_d_base, _d_exponent),
    grad_name="PowBackward1",
    supports="ifc",
    kernel="pow",
)


def _number_power(x, exponent):
    """The exponents that PyTorch computes without `pow`, then the rest."""
    if x.dtype.kind in "biu":
        return _power(x, np.asarray(exponent).astype(x.dtype))
    rounded = x.dtype
    if x.dtype in LOW and not (x.dtype == bfloat16.numpy and exponent in (3, -2)):
        x = wide(x)
    shortcut = _SHORTCUTS.get(exponent)
    if shortcut is not None:
        return shortcut(x)
    return np.power(x, rounded.type(exponent).astype(x.dtype))


_SHORTCUTS = {
    0: np.ones_like,
    0.5: np.sqrt,
    1: lambda x: x,
    2: lambda x: x * x,
    3: lambda x: x * x * x,
    -0.5: lambda x: 1 / np.sqrt(x),
    -1: lambda x: 1 / x,
    -2: lambda x: 1 / (x * x),
}


def _d_number_power(g, x, exponent):
    if exponent == 0:
        return zeros(tuple(x.shape), x.dtype)
    factor = x if exponent == 2 else pow_number(x, exponent - 1)
    return g * conj(factor * exponent)


# `tensor ** number`: the exponent is an attribute, so that common ones are cheap.
pow_number = elementwise(
    "pow_number",
    _number_power,
    names=("x",),
    attrs=("exponent",),
    widen=False,
    vjp=_d_number_power,
    prepare=lambda inputs, attrs: (to_kind(inputs[0], result_type((*inputs, *attrs))),),
    grad_name="PowBackward0",
)


def _d_power_of_number(g, b, out, base):
    if base == 0:
        return where(ge(b, 0), 0.0, g * (out * -math.inf))
    logarithm = cmath.log(base)
    if not out.dtype.is_complex:
        logarithm = logarithm.real if not logarithm.imag else math.nan
    return g * conj(out * logarithm)


power_of_number = elementwise(
    "power_of_number",
    lambda b, base: _power(np.asarray(base).astype(b.dtype), b),
    names=("b",),
    attrs=("base",),
    vjp=_d_power_of_number,
    supports="ifc",
    kernel="pow",
    prepare=lambda inputs, attrs: (to_kind(inputs[0], result_type((*inputs, *attrs))),),
    grad_name="PowBackward2",
)

ldexp = binary(
    "ldexp",
    lambda a, b: a * np.exp2(b),
    (lambda g, b: g * conj(power_of_number(b, 2.0)), lambda g, out: g * conj(out) * math.log(2)),
    floating=True,
)
