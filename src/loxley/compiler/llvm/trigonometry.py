"""sin, cos, tan and their inverses, in float64; float32 numbers are widened.

Method: x = n pi/2 + r with pi/2 in three parts and fused products (Cody and Waite), exact enough
for |x| up to 2**20; beyond that the C library, lane by lane.
"""

from __future__ import annotations

import math
from typing import Any

from .builder import Function, V
from .floats import call, is_nan, real
from .integers import number
from .vectors import (
    add,
    by_libm,
    copysign,
    div,
    fabs,
    fma,
    mul,
    nearest,
    neg,
    polynomial,
    sub,
    where_rare,
)

# (sin(r) / r - 1) / r**2 and (cos(r) - 1 + r**2 / 2) / r**4, in r**2, for |r| <= pi / 4
_SIN = (
    -0.16666666666666666,
    0.008333333333333331,
    -0.00019841269841264567,
    2.7557319218954762e-06,
    -2.505210610025599e-08,
    1.6058510875319195e-10,
    -7.585486485235938e-13,
)
_COS = (
    0.041666666666666664,
    -0.0013888888888887241,
    2.480158729853226e-05,
    -2.7557317151858866e-07,
    2.0876121534608454e-09,
    -1.1380868171449914e-11,
)
# (atan(x) / x - 1) / x**2, in x**2, for |x| <= tan(pi / 8)
_ATAN = (
    -0.33333333333333237,
    0.19999999999889667,
    -0.14285714264618923,
    0.11111109541044667,
    -0.09090849485105108,
    0.07690999933891143,
    -0.0664903323195107,
    0.05732790650017491,
    -0.04471724183392113,
    0.022592433408305423,
)
_HALF_PI = (1.5707963267948966, 6.123233995736766e-17, -1.4973849048591833e-33)
_LIMIT = 2.0**20


def _reduced(f: Function, x: V) -> tuple[V, V, V]:
    """sin(r), cos(r) and the quadrant (in the low bits)."""
    n, quadrant = nearest(f, x, 2 / math.pi)
    r = x
    for part in _HALF_PI:
        r = fma(f, n, real(x, -part), r)
    z = mul(f, r, r)
    sine = fma(f, mul(f, polynomial(f, z, _SIN), z), r, r)
    half = fma(f, z, real(x, -0.5), real(x, 1.0))
    cosine = fma(f, mul(f, z, z), polynomial(f, z, _COS), half)
    return sine, cosine, quadrant


def _has(f: Function, whole: V, bit: int) -> V:
    return f.compare("icmp ne", f.binary("and", whole, number(whole, bit)), number(whole, 0))


def _large(f: Function, x: V) -> V:
    return f.compare("fcmp ogt", fabs(f, x), real(x, _LIMIT))


def _wave(f: Function, name: str, x: V, shift: int) -> V:
    sine, cosine, quadrant = _reduced(f, x)
    if shift:
        quadrant = f.binary("add", quadrant, number(quadrant, shift))
    made = f.select(_has(f, quadrant, 1), cosine, sine)
    made = f.select(_has(f, quadrant, 2), neg(f, made), made)
    if not shift:
        made = f.select(f.compare("fcmp oeq", x, real(x, 0.0)), x, made)  # of -0.0
    return where_rare(f, _large(f, x), made, lambda: by_libm(f, name, [x]))


def sin(f: Function, x: V, target: Any) -> V:
    return _wave(f, "sin", x, 0)


def cos(f: Function, x: V, target: Any) -> V:
    return _wave(f, "cos", x, 1)


def tan(f: Function, x: V, target: Any) -> V:
    sine, cosine, quadrant = _reduced(f, x)
    odd = _has(f, quadrant, 1)
    upper = f.select(odd, cosine, sine)
    lower = f.select(odd, neg(f, sine), cosine)
    made = f.select(f.compare("fcmp oeq", x, real(x, 0.0)), x, div(f, upper, lower))
    return where_rare(f, _large(f, x), made, lambda: by_libm(f, "tan", [x]))


def _series(f: Function, t: V) -> V:
    z = mul(f, t, t)
    return fma(f, mul(f, polynomial(f, z, _ATAN), z), t, t)


def atan(f: Function, x: V, target: Any) -> V:
    size, one, zero = fabs(f, x), real(x, 1.0), real(x, 0.0)
    far = f.compare("fcmp ogt", size, real(x, math.sqrt(2) + 1))
    middle = f.compare("fcmp ogt", size, real(x, math.sqrt(2) - 1))
    upper = f.select(middle, sub(f, size, one), size)
    lower = f.select(middle, add(f, size, one), one)
    t = div(f, f.select(far, real(x, -1.0), upper), f.select(far, size, lower))
    base = f.select(middle, real(x, math.pi / 4), zero)
    base = f.select(far, real(x, math.pi / 2), base)
    return copysign(f, add(f, base, _series(f, t)), x)


def asin(f: Function, x: V, target: Any) -> V:
    """Of float32 numbers in float64."""
    one = real(x, 1.0)
    root = call(f, "sqrt", mul(f, sub(f, one, x), add(f, one, x)))
    return atan(f, div(f, x, root), target)


def acos(f: Function, x: V, target: Any) -> V:
    """Of float32 numbers in float64."""
    one = real(x, 1.0)
    half = atan(f, call(f, "sqrt", div(f, sub(f, one, x), add(f, one, x))), target)
    return add(f, half, half)


def atan2(f: Function, y: V, x: V, target: Any) -> V:
    """Of float32 numbers in float64."""
    a, b = fabs(f, y), fabs(f, x)
    steep = f.compare("fcmp ogt", a, b)
    small, large = f.select(steep, b, a), f.select(steep, a, b)
    zero, one = real(x, 0.0), real(x, 1.0)
    same = f.compare("fcmp oeq", small, large)  # also both infinite, or both zero
    ratio = f.select(same, one, div(f, small, large))
    ratio = f.select(f.compare("fcmp oeq", large, zero), zero, ratio)
    angle = atan(f, ratio, target)
    angle = f.select(steep, sub(f, real(x, math.pi / 2), angle), angle)
    left = f.compare("fcmp olt", copysign(f, one, x), zero)
    angle = f.select(left, sub(f, real(x, math.pi), angle), angle)
    nan = f.binary("or", is_nan(f, x), is_nan(f, y))
    return copysign(f, f.select(nan, add(f, x, y), angle), y)
