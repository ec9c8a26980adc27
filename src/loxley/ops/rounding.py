"""Rounding, signs and the parts of floating-point numbers."""

from __future__ import annotations

import numpy as np

from ..dtypes import int32
from ..ir.graph import Op
from ..numerics import special as numeric
from .comparison import eq, isfinite, where, zero_where
from .exponential import exp2
from .family import LOW, binary, elementwise, refusal, unary
from .movement import zeros


def _zeros(g, x_shape, x_dtype):
    return zeros(x_shape, x_dtype)


def _whole(name: str, function, **options) -> Op:
    """A rounding to integers: integers stay, the derivative is zero."""

    def check(x):
        if x.dtype.is_complex:
            raise NotImplementedError(f"{name} is not supported for complex inputs")
        return refuse(x.dtype)

    def prepare(inputs, attrs):
        check(inputs[0])
        return inputs

    refuse = refusal(f"{name}_vml_cpu", "if")
    return unary(
        name,
        lambda x: x if x.dtype.kind in "iu" else function(x),
        _zeros,
        prepare=prepare,
        **options,
    )


ceil = _whole("ceil", np.ceil)
floor = _whole("floor", np.floor)
trunc = _whole("trunc", np.trunc)
round = _whole("round", np.rint)  # noqa: A001 - the operator's name


def _rounded(x, decimals):
    if x.dtype.kind in "iu":
        return x
    scale = x.dtype.type(10.0 ** abs(decimals))
    return np.rint(x * scale) / scale if decimals >= 0 else np.rint(x / scale) * scale


round_decimals = elementwise(
    "round_decimals",
    _rounded,
    names=("x",),
    attrs=("decimals",),
    vjp=_zeros,
    supports="if",
    kernel="round_cpu",
    grad_name="RoundBackward1",
)
frac = unary("frac", lambda x: x - np.trunc(x), lambda g: g, supports="f", kernel="frac_cpu")
sign = unary(
    "sign",
    numeric.sign,
    _zeros,
    supports="bif",
    kernel="sign_cpu",
)


def _nan_to_num(x, nan, posinf, neginf):
    if x.dtype.kind in "biu":
        return x
    if x.dtype.kind == "c":
        out = np.empty_like(x)
        out.real = _nan_to_num(x.real, nan, posinf, neginf)
        out.imag = _nan_to_num(x.imag, nan, posinf, neginf)
        return out
    out = np.where(np.isnan(x), x.dtype.type(nan), x)
    out = np.where(out == np.inf, x.dtype.type(posinf), out)
    return np.where(out == -np.inf, x.dtype.type(neginf), out)


# The replacements of the infinities are given; the largest number depends on the dtype.
nan_to_num = elementwise(
    "nan_to_num",
    _nan_to_num,
    names=("x",),
    attrs=("nan", "posinf", "neginf"),
    vjp=lambda g, x: where(isfinite(x), g, 0.0),
)


def _d_copysign(g, a, out):
    return g * zero_where(eq(a, 0), out / a)


def _copysign(name: str, grad_name: str) -> Op:
    return binary(
        name,
        np.copysign,
        (_d_copysign, lambda g, b_shape, b_dtype: zeros(b_shape, b_dtype)),
        floating=True,
        supports="f",
        grad_name=grad_name,
    )


copysign = _copysign("copysign", "CopysignBackward0")
copysign_number = _copysign("copysign_number", "CopysignBackward1")


def _nextafter(a, b):
    if a.dtype in LOW and a.dtype != np.float16:
        return _next_bfloat16(a, b)
    return np.nextafter(a, b)


def _next_bfloat16(a, b):
    """The neighbour by stepping the bits of a number of 16 bits."""
    kind = a.dtype
    a, b = (np.array(x) for x in np.broadcast_arrays(a, b))
    bits = a.view(np.int16)
    outward = (b > a) == (a > 0)
    moved = np.where(a == 0, np.where(b > 0, 1, -32767), bits + np.where(outward, 1, -1))
    moved = np.where(a == b, b.view(np.int16), moved).astype(np.int16)
    return np.where(np.isnan(a) | np.isnan(b), a + b, moved.view(kind))


nextafter = binary(
    "nextafter",
    _nextafter,
    (
        lambda g, a, b: zero_where(eq(a, b), g),
        lambda g, b_shape, b_dtype: zeros(b_shape, b_dtype),
    ),
    widen=False,
    supports="f",
)


def _frexp(x, /):
    mantissa, exponent = numeric.frexp(x.astype(np.float32) if x.dtype in LOW else x)
    return mantissa, exponent


frexp = Op(
    "frexp",
    rule=lambda x: [(x.shape, x.dtype), (x.shape, int32)],
    eval=_frexp,
    outputs=2,
    vjp=lambda g, out: g[0] / exp2(out[1]),
)
