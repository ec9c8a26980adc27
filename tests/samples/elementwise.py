"""One row per elementwise function: where its arguments lie and what NumPy says of it.

`tests/tensor/test_operator_table.py` runs every row through all forms of the function.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

ANY, POSITIVE, UNIT, INSIDE = (-3.0, 3.0), (0.2, 3.0), (0.05, 0.95), (-0.95, 0.95)


@dataclass(frozen=True)
class Row:
    """A function of one or more tensors whose elements lie in `domain`.

    `derivatives` is how often it can be differentiated; `kinks` are points to keep away from;
    `narrow` says whether PyTorch has it for floats of 16 bits.
    """

    name: str
    reference: Callable[..., Any]
    domain: tuple[float, float] = ANY
    count: int = 1
    extra: tuple = ()
    derivatives: int = 2
    inplace: bool = True
    out: bool = True
    kinks: tuple[float, ...] = ()
    narrow: bool = True
    options: dict = field(default_factory=dict)

    def __str__(self) -> str:
        return self.name + ("" if not (self.extra or self.options) else "-number")


def each(function: Callable[..., float]) -> Callable[..., np.ndarray]:
    """A function of Python numbers as one of arrays."""
    return np.vectorize(function, otypes=[np.float64])


def _digamma(x: float) -> float:
    total = 0.0
    while x < 10:
        total -= 1 / x
        x += 1
    square = 1 / (x * x)
    series = square * (1 / 12 - square * (1 / 120 - square * (1 / 252 - square / 240)))
    return total + math.log(x) - 0.5 / x - series


def _bessel_i(order: int, x: float) -> float:
    terms = (
        (x / 2) ** (2 * k + order) / (math.factorial(k) * math.factorial(k + order))
        for k in range(40)
    )
    return math.fsum(terms)


UNARY = (
    Row("abs", np.abs, kinks=(0.0,)),
    Row("acos", np.arccos, INSIDE),
    Row("acosh", np.arccosh, (1.2, 3.0)),
    Row("angle", lambda x: np.where(x < 0, np.pi, 0.0), kinks=(0.0,), derivatives=1, inplace=False),
    Row("asin", np.arcsin, INSIDE),
    Row("asinh", np.arcsinh),
    Row("atan", np.arctan),
    Row("atanh", np.arctanh, INSIDE),
    Row("ceil", np.ceil, kinks=(-2, -1, 0, 1, 2), derivatives=1),
    Row("cos", np.cos),
    Row("cosh", np.cosh),
    Row("deg2rad", np.deg2rad),
    Row("digamma", each(_digamma), POSITIVE),
    Row("erf", each(math.erf)),
    Row("erfc", each(math.erfc)),
    Row("exp", np.exp),
    Row("exp2", np.exp2),
    Row("expm1", np.expm1),
    Row("floor", np.floor, kinks=(-2, -1, 0, 1, 2), derivatives=1),
    Row("frac", lambda x: x - np.trunc(x), kinks=(-2, -1, 0, 1, 2)),
    Row("i0", each(lambda x: _bessel_i(0, x))),
    Row("lgamma", each(math.lgamma), POSITIVE),
    Row("log", np.log, POSITIVE),
    Row("log10", np.log10, POSITIVE),
    Row("log1p", np.log1p, POSITIVE),
    Row("log2", np.log2, POSITIVE),
    Row("logit", lambda x: np.log(x / (1 - x)), UNIT),
    Row("nan_to_num", lambda x: x),
    Row("neg", np.negative),
    Row("positive", lambda x: x, inplace=False, out=False),
    Row("rad2deg", np.rad2deg),
    Row("reciprocal", np.reciprocal, POSITIVE),
    Row("round", np.rint, kinks=(-2.5, -1.5, -0.5, 0.5, 1.5, 2.5), derivatives=1),
    Row("rsqrt", lambda x: 1 / np.sqrt(x), POSITIVE),
    Row("sgn", np.sign, kinks=(0.0,), derivatives=1),
    Row("sigmoid", lambda x: 1 / (1 + np.exp(-x))),
    Row("sign", np.sign, kinks=(0.0,), derivatives=1),
    Row("sin", np.sin),
    Row("sinc", np.sinc, (0.2, 3.0)),
    Row("sinh", np.sinh),
    Row("sqrt", np.sqrt, POSITIVE),
    Row("square", np.square),
    Row("tan", np.tan, (-1.2, 1.2)),
    Row("tanh", np.tanh),
    Row("trunc", np.trunc, kinks=(-2, -1, 0, 1, 2), derivatives=1),
    Row("special.entr", lambda x: -x * np.log(x), POSITIVE, inplace=False),
    Row("special.i1", each(lambda x: _bessel_i(1, x)), POSITIVE, inplace=False),
    Row("special.ndtr", each(lambda x: math.erfc(-x / math.sqrt(2)) / 2), inplace=False),
    Row(
        "special.log_ndtr",
        each(lambda x: math.log(math.erfc(-x / math.sqrt(2)) / 2)),
        inplace=False,
        narrow=False,
    ),
    Row("mvlgamma", each(math.lgamma), POSITIVE, extra=(1,)),
)
WITH_NUMBER = (
    Row("add", lambda x: x + 2.5, extra=(2.5,)),
    Row("sub", lambda x: x - 1.5, extra=(3.0,), options={"alpha": 0.5}),
    Row("mul", lambda x: x * -2.0, extra=(-2.0,)),
    Row("div", lambda x: x / 4.0, extra=(4.0,)),
    Row("pow", lambda x: x**2.5, POSITIVE, extra=(2.5,)),
    Row("remainder", lambda x: np.remainder(x, 1.3), extra=(1.3,), kinks=(-2.6, -1.3, 0, 1.3, 2.6)),
    Row("fmod", lambda x: np.fmod(x, 1.3), extra=(1.3,), kinks=(-2.6, -1.3, 0, 1.3, 2.6)),
    Row("clamp", lambda x: np.clip(x, -1, 2), extra=(-1, 2), kinks=(-1.0, 2.0)),
    Row("clamp_min", lambda x: np.maximum(x, 0.5), extra=(0.5,), kinks=(0.5,)),
    Row("clamp_max", lambda x: np.minimum(x, 0.5), extra=(0.5,), kinks=(0.5,)),
    Row("xlogy", lambda x: x * np.log(2.0), extra=(2.0,)),
)
BINARY = (
    Row("add", np.add, count=2),
    Row("sub", np.subtract, count=2),
    Row("mul", np.multiply, count=2),
    Row("div", np.divide, POSITIVE, count=2),
    Row("true_divide", np.divide, POSITIVE, count=2),
    Row("pow", np.power, POSITIVE, count=2),
    Row("atan2", np.arctan2, POSITIVE, count=2),
    Row("hypot", np.hypot, POSITIVE, count=2),
    Row("maximum", np.maximum, count=2, inplace=False),
    Row("minimum", np.minimum, count=2, inplace=False),
    Row("fmax", np.fmax, count=2, inplace=False),
    Row("fmin", np.fmin, count=2, inplace=False),
    Row("logaddexp", np.logaddexp, count=2, inplace=False),
    Row("logaddexp2", np.logaddexp2, count=2, inplace=False),
    Row("xlogy", lambda x, y: x * np.log(y), POSITIVE, count=2),
    Row("copysign", np.copysign, POSITIVE, count=2),
    Row("lerp", lambda a, b, w: a + w * (b - a), UNIT, count=3),
    Row("addcmul", lambda x, a, b: x + a * b, count=3),
    Row("addcdiv", lambda x, a, b: x + a / b, POSITIVE, count=3),
)
# Functions without a derivative; comparisons give bools.
COMPARISONS = tuple(
    Row(name, function, count=2, derivatives=0)
    for name, function in (
        ("eq", np.equal),
        ("ne", np.not_equal),
        ("lt", np.less),
        ("le", np.less_equal),
        ("gt", np.greater),
        ("ge", np.greater_equal),
        ("logical_and", np.logical_and),
        ("logical_or", np.logical_or),
        ("logical_xor", np.logical_xor),
    )
) + (
    Row("isnan", np.isnan, derivatives=0, inplace=False, out=False),
    Row("isinf", np.isinf, derivatives=0, inplace=False, out=False),
    Row("isfinite", np.isfinite, derivatives=0, inplace=False, out=False),
    Row("signbit", np.signbit, derivatives=0, inplace=False),
    Row("logical_not", np.logical_not, derivatives=0),
)
DIFFERENTIABLE = (*UNARY, *WITH_NUMBER, *BINARY)
ROWS = (*DIFFERENTIABLE, *COMPARISONS)
