"""Special functions of float32 and narrower floats as scalar expressions, most of them in float64.

float64 itself is left to NumPy, whose rules are accurate to its last bits.  Sources: Stirling's
series, recurrence and reflection, DLMF 5.5 and 5.11; erfinv as Giles, "Approximating the erfinv
function" (GPU Computing Gems, 2011), has it, with polynomials of its own.
"""

from __future__ import annotations

import math

import numpy as np

from ..kinds import LOW
from ..scalars import Scalar, Untraceable, call, cast, number, where
from .elementwise import scalar_rule

_SHIFT = 8  # from here on Stirling's series are used
_LGAMMA = (1 / 12, -1 / 360, 1 / 1260, -1 / 1680, 1 / 1188, -691 / 360360, 1 / 156)
_DIGAMMA = (1 / 12, -1 / 120, 1 / 252, -1 / 240, 1 / 132, -691 / 32760, 1 / 12)
# (erfinv(x) / x - c) / t from the lowest power on, where w = -log(1 - x**2): t = w up to 4, and
# t = sqrt(w) - 2.25 beyond; c is the value at t = 0.  Fitted to within 2e-8 of erfinv.
_NEAR_START, _FAR_START = 0.8862269254527579, 2.0931408218268066
_NEAR = (
    *(2.32013631e-01, 1.15497639e-02, -2.33681664e-03, -1.24634922e-04, 4.27747146e-05),
    *(4.63794567e-06, -2.11427485e-06, 2.36441910e-07, -9.49578988e-09),
)
_FAR = (
    *(9.57582494e-01, 6.62036780e-02, -5.21063352e-02, 2.18913049e-02, 1.40581831e-03),
    *(-7.49763853e-03, 4.25987514e-03, -1.11111609e-03, 1.16678183e-04),
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
    """In float32, within 1.6 units in the last place."""
    if x.kind not in ("f32", *LOW):
        raise Untraceable("an array is needed")
    x = cast(x, "f32")
    w = -call("log", call("fma", -x, x, number(1, "f32")))
    far = call("maximum", w, number(4, "f32"))
    t = (far - 2.25**2) / (call("sqrt", far) + 2.25)  # sqrt(far) - 2.25 without its rounding
    made = where(w < 4, _along(_NEAR_START, _NEAR, w, x), _along(_FAR_START, _FAR, t, x))
    made = where(call("abs", x) == 1, x * math.inf, made)
    return where(call("abs", x) > 1, number(math.nan, "f32"), made)


def _along(start: float, coefficients: tuple[float, ...], t: Scalar, x: Scalar) -> Scalar:
    """x (start + t p(t)), where the product with the rounded start is not rounded alone."""
    high = float(np.float32(start))
    rest = call("fma", _single(coefficients, t), t, number(start - high, "f32"))
    return call("fma", x, number(high, "f32"), x * rest)


def _single(coefficients: tuple[float, ...], x: Scalar) -> Scalar:
    """A polynomial of float32, the lowest power first."""
    made = number(coefficients[-1], "f32")
    for c in coefficients[-2::-1]:
        made = call("fma", made, x, number(c, "f32"))
    return made
