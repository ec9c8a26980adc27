"""erf and erfc.

Method: in vectors of 16 float32, 16 polynomials whose coefficients are looked up in registers.
Else near zero a polynomial in x**2; beyond, exp of a polynomial (erf of float32) or exp(-x**2)
times a polynomial in (x - 4) / (x + 4), after Shepherd and Laframboise (1981).
"""

from __future__ import annotations

from typing import Any

from .builder import Function, V
from .exponentials import exp, exp_within
from .floats import real
from .pieces import ERF, by_pieces, piecewise
from .vectors import (
    Numbers,
    add,
    at_most,
    copysign,
    div,
    fabs,
    fma,
    mul,
    neg,
    polynomial,
    sub,
)

# erf(x) / x - 1, in x**2, for |x| <= 0.92 (float32) or 1 (float64)
_NEAR = {
    False: (
        0.1283791666206442,
        -0.3761263351714081,
        0.11283691519733097,
        -0.026859151472438985,
        0.005200368586864961,
        -0.0008134709332119056,
        8.334718615209905e-05,
    ),
    True: (
        0.1283791670955126,
        -0.3761263890318375,
        0.11283791670954879,
        -0.026866170645076792,
        0.0052239776248180145,
        -0.000854832698083379,
        0.0001205533111164271,
        -1.4925595266831182e-05,
        1.6461000484121368e-06,
        -1.6350312701054695e-07,
        1.4659775274047436e-08,
        -1.1372848856791674e-09,
        5.957176147748911e-11,
    ),
}
# log(erfc(x)) for 0.92 <= x <= 4
_FAR = (
    0.00032044153127726646,
    -1.1302376163746712,
    -0.6318145166593842,
    -0.110094480827649,
    0.026431017603369227,
    -0.0047635752491493495,
    0.0005977434719606111,
    -4.617791279040004e-05,
    1.6435696536038326e-06,
)
# erfc(x) exp(x**2) (1 + 2 x), in (x - 4) / (x + 4), for 0 <= x <= 28
_SCALED = (
    1.2329951186255526,
    -0.13962111684056253,
    0.015379652102619558,
    0.06809705425469323,
    -0.10103906603629459,
    0.09373283499833023,
    -0.0663303658124095,
    0.03716751553777026,
    -0.01619773405599449,
    0.005031969975753176,
    -0.0007577732973669146,
    -0.00019925668432389153,
    0.00015062169704678355,
    -2.439924428312988e-05,
    -1.1222046316669005e-05,
    5.709784760966506e-06,
    2.9377854943443786e-07,
    -8.254699744871162e-07,
    7.471952780500971e-08,
    1.1005996198640057e-07,
    -1.799947545903142e-08,
    -1.4091982822555755e-08,
    1.868487385473519e-09,
    1.263782858042137e-09,
)


def erf(f: Function, x: V, target: Any) -> V:
    double = Numbers(x).double
    if by_pieces(x, target):
        return piecewise(f, x, ERF)
    size, one = fabs(f, x), real(x, 1.0)
    near = fma(f, size, polynomial(f, mul(f, x, x), _NEAR[double]), size)
    if double:
        rest = _complement(f, at_most(f, size, 6.0), target)
    else:
        rest = exp_within(f, polynomial(f, at_most(f, size, 4.0), _FAR), target)
    inside = f.compare("fcmp olt", size, real(x, 1.0 if double else 0.921875))
    return copysign(f, f.select(inside, near, sub(f, one, rest)), x)


def _complement(f: Function, x: V, target: Any) -> V:
    """erfc for 0 <= x <= 28, in float64."""
    t = div(f, sub(f, x, real(x, 4.0)), add(f, x, real(x, 4.0)))
    square = mul(f, x, x)
    missing = fma(f, x, x, neg(f, square))  # what rounding took from the square
    made = div(f, polynomial(f, t, _SCALED), fma(f, x, real(x, 2.0), real(x, 1.0)))
    made = fma(f, neg(f, missing), made, made)
    return mul(f, made, exp(f, neg(f, square), target))


def erfc(f: Function, x: V, target: Any) -> V:
    """In float64."""
    made = _complement(f, at_most(f, fabs(f, x), 28.0), target)
    negative = f.compare("fcmp olt", x, real(x, 0.0))
    return f.select(negative, sub(f, real(x, 2.0), made), made)
