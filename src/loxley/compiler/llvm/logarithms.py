"""log and what is made of it: log2, log10, log1p, asinh, acosh, atanh.

Method: x = 2**k m with m between sqrt(1/2) and sqrt(2), log m by a polynomial (float32) or by that
of atanh (float64), summed from the small parts to the large.
"""

from __future__ import annotations

from typing import Any

from .builder import Function, V
from .floats import call, real
from .integers import number
from .vectors import (
    Numbers,
    add,
    bits,
    copysign,
    div,
    fabs,
    fma,
    from_bits,
    mul,
    polynomial,
    sub,
)

# (log(1 + f) - f + f**2 / 2) / f**3
_LOG = (
    0.33333331001427435,
    -0.24999995927271582,
    0.20000760777667118,
    -0.16667951795633612,
    0.14247522855174155,
    -0.12420671904225077,
    0.11696395022761415,
    -0.11524377286278371,
    0.06999009196451134,
)
# (2 atanh(s) - 2 s) / s**3, in s**2
_ATANH = (
    0.6666666666666666,
    0.40000000000001007,
    0.2857142857072325,
    0.22222222409750114,
    0.18181793732111753,
    0.15386342449645143,
    0.13266048812203002,
    0.131148348695975,
)
_INFINITY = float("inf")


def _parts(f: Function, x: V) -> tuple[V, V]:
    """k as a float, and m - 1, of a positive finite number."""
    n = Numbers(x)
    least = 2.0**-1022 if n.double else 2.0**-126
    lift = n.fraction + 2
    tiny = f.compare("fcmp olt", x, real(x, least))
    x = f.select(tiny, mul(f, x, real(x, 2.0**lift)), x)
    root = 0x3FE6A09E667F3BCD if n.double else 0x3F3504F3  # sqrt(1/2)
    whole = bits(f, x)
    from_root = f.binary("sub", whole, number(whole, root))
    exponent = f.binary("ashr", from_root, number(whole, n.fraction))
    k = f.convert("sitofp", exponent, x.type)
    k = sub(f, k, f.select(tiny, real(x, float(lift)), real(x, 0.0)))
    rest = f.binary("and", from_root, number(whole, (1 << n.fraction) - 1))
    m = from_bits(f, f.binary("add", rest, number(whole, root)), x.type)
    return k, sub(f, m, real(x, 1.0))


def _edges(f: Function, x: V, made: V) -> V:
    """The results for infinity, NaN, zero and negative numbers."""
    made = f.select(f.compare("fcmp olt", x, real(x, _INFINITY)), made, x)
    zero = real(x, 0.0)
    made = f.select(f.compare("fcmp oeq", x, zero), real(x, -_INFINITY), made)
    return f.select(f.compare("fcmp olt", x, zero), real(x, float("nan")), made)


def _sum(f: Function, k: V, r: V) -> V:
    """`k ln 2 + log(1 + r)`."""
    n = Numbers(r)
    half = mul(f, mul(f, r, r), real(r, 0.5))
    if n.double:
        s = div(f, r, add(f, r, real(r, 2.0)))
        z = mul(f, s, s)
        series = mul(f, z, polynomial(f, z, _ATANH))
        tail = mul(f, s, add(f, half, series))
    else:
        tail = mul(f, mul(f, mul(f, r, r), r), polynomial(f, r, _LOG))
    tail = fma(f, k, real(k, n.low), tail)
    return fma(f, k, real(k, n.high), sub(f, r, sub(f, half, tail)))


def log(f: Function, x: V, target: Any) -> V:
    k, r = _parts(f, x)
    return _edges(f, x, _sum(f, k, r))


def log2(f: Function, x: V, target: Any) -> V:
    k, r = _parts(f, x)
    made = fma(f, _sum(f, real(k, 0.0), r), real(x, 1.4426950408889634), k)
    return _edges(f, x, made)


def log10(f: Function, x: V, target: Any) -> V:
    """Of float32 numbers in float64."""
    return mul(f, log(f, x, target), real(x, 0.4342944819032518))


def log1p(f: Function, x: V, target: Any) -> V:
    """log(u) with what the rounding of u = 1 + x left out."""
    if not Numbers(x).double:
        return _log1p_single(f, x)
    u = add(f, x, real(x, 1.0))
    made = log(f, u, target)
    missing = div(f, sub(f, x, sub(f, u, real(x, 1.0))), u)
    inside = f.compare("fcmp olt", fabs(f, u), real(x, _INFINITY))
    inside = f.binary("and", inside, f.compare("fcmp ogt", u, real(x, 0.0)))
    made = f.select(inside, add(f, made, missing), made)
    return f.select(f.compare("fcmp oeq", x, real(x, 0.0)), x, made)


def _log1p_single(f: Function, x: V) -> V:
    """k of 1 + x; m - 1, which is 2**-k x + (2**-k - 1), loses nothing but a last rounding."""
    u, whole = add(f, x, real(x, 1.0)), bits(f, x)
    exponent = f.binary("sub", bits(f, u), number(whole, 0x3F3504F3))  # sqrt(1/2)
    exponent = f.binary("and", exponent, number(whole, -1 << 23))
    scale = from_bits(f, f.binary("sub", number(whole, 129 << 23), exponent), x.type)  # 4 / 2**k
    quarter = real(x, 0.25)
    r = fma(f, mul(f, x, quarter), scale, fma(f, quarter, scale, real(x, -1.0)))
    k = f.convert("sitofp", f.binary("ashr", exponent, number(whole, 23)), x.type)
    made = _edges(f, u, _sum(f, k, r))
    return f.select(f.compare("fcmp olt", fabs(f, x), real(x, 2.0**-25)), x, made)


def asinh(f: Function, x: V, target: Any) -> V:
    """Of float32 numbers in float64, where no square overflows."""
    size = fabs(f, x)
    square = mul(f, x, x)
    root = call(f, "sqrt", add(f, square, real(x, 1.0)))
    added = div(f, square, add(f, root, real(x, 1.0)))
    added = f.select(f.compare("fcmp olt", size, real(x, _INFINITY)), added, size)
    return copysign(f, log1p(f, add(f, size, added), target), x)


def acosh(f: Function, x: V, target: Any) -> V:
    """Of float32 numbers in float64."""
    above = sub(f, x, real(x, 1.0))
    root = call(f, "sqrt", mul(f, above, add(f, x, real(x, 1.0))))
    made = log1p(f, add(f, above, root), target)
    inside = f.compare("fcmp oge", x, real(x, 1.0))
    return f.select(inside, made, real(x, float("nan")))


def atanh(f: Function, x: V, target: Any) -> V:
    """Of float32 numbers in float64."""
    size = fabs(f, x)
    ratio = div(f, add(f, size, size), sub(f, real(x, 1.0), size))
    made = mul(f, log1p(f, ratio, target), real(x, 0.5))
    outside = f.compare("fcmp ogt", size, real(x, 1.0))
    return copysign(f, f.select(outside, real(x, float("nan")), made), x)
