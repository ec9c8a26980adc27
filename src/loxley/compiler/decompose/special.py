"""Special functions of float32 and narrower floats as scalar expressions in float64.

float64 itself is left to NumPy, whose rules are accurate to its last bits.  Sources: Stirling's
series, recurrence and reflection, DLMF 5.5 and 5.11; the start of erfinv, Giles, "Approximating the
erfinv function" (GPU Computing Gems, 2011), improved by one step of Halley's method.
"""

from __future__ import annotations

import math

import numpy as np

from ..scalars import Scalar, Untraceable, call, cast, number, where
from .elementwise import scalar_rule

_SHIFT = 8  # from here on Stirling's series are used
_LGAMMA = (1 / 12, -1 / 360, 1 / 1260, -1 / 1680, 1 / 1188, -691 / 360360, 1 / 156)
_DIGAMMA = (1 / 12, -1 / 120, 1 / 252, -1 / 240, 1 / 132, -691 / 32760, 1 / 12)
_NEAR = (
    *(2.81022636e-08, 3.43273939e-07, -3.5233877e-06, -4.39150654e-06, 0.00021858087),
    *(-0.00125372503, -0.00417768164, 0.246640727, 1.50140941),
)
_FAR = (
    *(-0.000200214257, 0.000100950558, 0.00134934322, -0.00367342844, 0.00573950773),
    *(-0.0076224613, 0.00943887047, 1.00167406, 2.83297682),
)


def _double(x: Scalar) -> Scalar:
    if x.kind not in ("f32", "bf16", "f16"):
        raise Untraceable("an array is needed")
    return cast(cast(x, "f32"), "f64")


def _constant(value: float) -> Scalar:
    return number(value, "f64")


def _polynomial(coefficients: tuple[float, ...], x: Scalar) -> Scalar:
    """The highest power first."""
    made = _constant(coefficients[0])
    for c in coefficients[1:]:
        made = made * x + c
    return made


def _reflected(x: Scalar) -> tuple[Scalar, Scalar, Scalar]:
    """Whether an argument is not positive; the argument that stands for it; its distance from the
    nearest integer, times pi."""
    low = x <= 0
    return low, where(low, 1 - x, x), (x - np.rint(x)) * math.pi


def _pairs(x: Scalar) -> tuple[Scalar, Scalar]:
    """q (q + 6) and (q + 10) (q + 12), where q = x (x + 7): the product of x to x + 7."""
    q = x * (x + 7)
    return q * (q + 6), (q + 10) * (q + 12)


@scalar_rule("lgamma")
def _lgamma(x):
    x = _double(x)
    low, y, turn = _reflected(x)
    small = y < _SHIFT
    first, second = _pairs(where(small, y, _constant(1)))
    z = where(small, y + _SHIFT, y)
    inverse = 1 / z
    made = (z - 0.5) * call("log", z) - z + 0.5 * math.log(2 * math.pi)
    made = made + _polynomial(_LGAMMA[::-1], inverse * inverse) * inverse
    made = where(small, made - call("log", first * second), made)
    made = where((y == 1) | (y == 2), _constant(0), where(y == math.inf, y, made))
    mirrored = call("log", math.pi / call("abs", call("sin", turn))) - made
    mirrored = where(turn == 0, _constant(math.inf), mirrored)
    mirrored = where(x == -math.inf, _constant(math.inf), mirrored)
    return where(low, mirrored, made)


@scalar_rule("digamma")
def _digamma(x):
    x = _double(x)
    low, y, turn = _reflected(x)
    small = y < _SHIFT
    base = where(small, y, _constant(1))
    q = base * (base + 7)
    first, second = _pairs(base)
    passed = (base * 2 + 7) * ((q * 2 + 6) * second + (q * 2 + 22) * first) / (first * second)
    z = where(small, y + _SHIFT, y)
    inverse = 1 / z
    square = inverse * inverse
    made = call("log", z) - inverse * 0.5 - _polynomial(_DIGAMMA[::-1], square) * square
    made = where(small, made - passed, made)
    mirrored = made - math.pi * call("cos", turn) / call("sin", turn)
    mirrored = where(turn == 0, _constant(math.nan), mirrored)
    mirrored = where(x == 0, -1 / x, mirrored)
    return where(low, mirrored, made)


@scalar_rule("erfinv")
def _erfinv(x):
    x = _double(x)
    w = -call("log", (1 - x) * (1 + x))
    root = call("sqrt", where(w < 5, _constant(5), w)) - 3
    y = x * where(w < 5, _polynomial(_NEAR, w - 2.5), _polynomial(_FAR, root))
    step = (call("erf", y) - x) * call("exp", y * y) * (math.sqrt(math.pi) / 2)
    made = y - step / (1 + y * step)
    made = where(call("abs", x) == 1, x * math.inf, made)
    return where(call("abs", x) > 1, _constant(math.nan), made)
