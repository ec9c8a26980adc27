"""Exponentials, logarithms and the functions made of them."""

from __future__ import annotations

import math

import numpy as np

from ..numerics import special as numeric
from .comparison import eq, ge, isnan, le, logical_and, where, zero_where
from .complex_numbers import conj
from .family import LOW, binary, elementwise, promote_float, unary, wide

_LN2, _LN10 = math.log(2.0), math.log(10.0)

exp = unary("exp", np.exp, lambda g, out: g * conj(out), floating=True)
expm1 = unary("expm1", np.expm1, lambda g, out: g * conj(out + 1), floating=True)
exp2 = unary("exp2", np.exp2, lambda g, out: g * conj(out) * _LN2, floating=True)
log = unary("log", np.log, lambda g, x: g / conj(x), floating=True)
log2 = unary("log2", np.log2, lambda g, x: g / (conj(x) * _LN2), floating=True)
log10 = unary("log10", np.log10, lambda g, x: g / (conj(x) * _LN10), floating=True)
log1p = unary("log1p", np.log1p, lambda g, x: g / conj(x + 1), floating=True)


sigmoid = unary(
    "sigmoid",
    lambda x: numeric.expit(np.asarray(x)),
    lambda g, out: sigmoid_backward(g, out),
    floating=True,
    kernel="sigmoid_cpu",
)
# One operator, so that 16-bit floats round once.
sigmoid_backward = elementwise(
    "sigmoid_backward",
    lambda grad, y: grad * np.conj((1 - y) * y),
    names=("grad", "y"),
    vjp=(
        lambda g, y: g * ((1 - y) * y),
        lambda g, grad, y: conj(g) * grad * conj(1 - y * 2),
    ),
)


def _d_logit(g, x, eps):
    low, high = (0.0, 1.0) if eps is None else (eps, 1.0 - eps)
    inside = logical_and(ge(x, low), le(x, high))
    return where(inside, g / (x * (1 - x)), math.nan if eps is None else 0.0)


def _logit(x, eps):
    if x.dtype not in LOW:
        return numeric.logit(x, eps)
    if eps is not None:  # each step rounds
        low = x.dtype.type(eps)
        x = np.where(x < low, low, np.minimum(x, 1 - low)).astype(x.dtype)
    return np.log(wide(x / (1 - x)))


logit = elementwise(
    "logit",
    _logit,
    names=("x",),
    attrs=("eps",),
    vjp=_d_logit,
    widen=False,
    floating=True,
    supports="bif",
    kernel="logit_cpu",
)
logaddexp = binary(
    "logaddexp",
    numeric.logaddexp,
    (
        lambda g, a, b: g / conj(1 + exp(b - a)),
        lambda g, a, b: g / conj(1 + exp(a - b)),
    ),
    supports="fc",
)
logaddexp2 = binary(
    "logaddexp2",
    numeric.logaddexp2,
    (
        lambda g, a, b: g / (1 + exp2(b - a)),
        lambda g, a, b: g / (1 + exp2(a - b)),
    ),
    supports="f",
)


def _kept(logarithm, a, b, shift):
    """The logarithm, zero where the product is zero by definition."""
    return zero_where(logical_and(eq(a, 0), le(b, -shift)), logarithm)


def _row(name: str, function, log_of, shift: float, camel: str, number: int):
    return binary(
        name if number == 0 else f"{name}_{number}",
        function,
        (
            lambda g, a, b: g * _kept(log_of(b), a, b, shift),
            lambda g, a, b: g * a / (b + shift if shift else b),
        ),
        prepare=promote_float,
        supports="bif",
        kernel=f"{name}_cpu",
        widen=shift != 0,
        grad_name=f"{camel}Backward{number}",
    )


def _xlogy(a, b):
    if a.dtype not in LOW:
        return numeric.xlogy(a, b)
    logarithm = np.log(wide(b)).astype(b.dtype)  # rounds before the product
    return np.where((a == 0) & ~np.isnan(b), a.dtype.type(0), a * logarithm)


# By the forms of the operands: two tensors, a number first, a number second.
XLOGY = tuple(_row("xlogy", _xlogy, log, 0.0, "Xlogy", n) for n in range(3))
XLOG1PY = tuple(
    _row("special_xlog1py", numeric.xlog1py, log1p, 1.0, "SpecialXlog1Py", n) for n in range(3)
)
entr = unary(
    "special_entr",
    numeric.entr,
    lambda g, x: g * where(isnan(x), math.nan, -1 - log(x)),
    floating=True,
    supports="bif",
)
