"""exp and what is made of it: exp2, expm1, sigmoid, tanh, sinh, cosh.

Method: Cody and Waite, Software Manual for the Elementary Functions (1980): x = n ln 2 + r, a
polynomial in r (Chebyshev's, fitted with 60 digits), times 2**n.
"""

from __future__ import annotations

from typing import Any

from .builder import Function, V
from .floats import real
from .integers import number
from .pieces import TANH, by_pieces, piecewise
from .vectors import (
    Numbers,
    add,
    at_least,
    at_most,
    copysign,
    div,
    fabs,
    fma,
    mul,
    nearest,
    neg,
    polynomial,
    power_of_two,
    scaled,
    sub,
)

# (exp(r) - 1 - r) / r**2 for |r| <= ln 2 / 2
_EXP = {
    False: (
        0.5,
        0.16666569628115477,
        0.04166654542109553,
        0.00836438069329107,
        0.0013927684616575004,
    ),
    True: (
        0.5,
        0.1666666666666667,
        0.04166666666666667,
        0.008333333333324906,
        0.001388888888888287,
        0.00019841269879033045,
        2.4801587328555858e-05,
        2.755725016302918e-06,
        2.7557269903215795e-07,
        2.5107353767261877e-08,
        2.0916212837493853e-09,
    ),
}
# (2**r - 1) / r for |r| <= 1/2
_EXP2 = {
    False: (
        0.6931471805599453,
        0.24022650950873295,
        0.055504108861098245,
        0.009618050701167554,
        0.0013333497785396355,
        0.00015463788498951773,
        1.529912775403423e-05,
    ),
    True: (
        0.6931471805599453,
        0.24022650695910072,
        0.05550410866482158,
        0.009618129107628484,
        0.0013333558146428448,
        0.00015403530393359518,
        1.5252733804049633e-05,
        1.3215486819263733e-06,
        1.0178086022692292e-07,
        7.0548929646755265e-09,
        4.445529652309599e-10,
        2.573579797445005e-11,
        1.371799246958512e-12,
    ),
}
# (tanh(x) / x - 1) / x**2, in x**2, for |x| <= 0.625
_TANH = {
    False: (
        -0.3333333317214036,
        0.1333330355691574,
        -0.053959259577204544,
        0.02176891865102821,
        -0.008343945515839153,
        0.002292744816178142,
    ),
    True: (
        -0.3333333333333333,
        0.13333333333333322,
        -0.0539682539682359,
        0.021869488535133222,
        -0.008863235499801992,
        0.003592127507599252,
        -0.0014558283998303246,
        0.0005899818158388232,
        -0.00023888944636751174,
        9.604109157026265e-05,
        -3.708106921544234e-05,
        1.2209921790162781e-05,
        -2.438831631472088e-06,
    ),
}
_LOG2_E = 1.4426950408889634


def _reduced(f: Function, x: V) -> tuple[V, V, V]:
    """exp(r) - 1 for the rest r of x by ln 2, and n twice, as `nearest` gives it."""
    numbers = Numbers(x)
    n, whole = nearest(f, x, _LOG2_E)
    r = fma(f, n, real(x, -numbers.high), x)
    r = fma(f, n, real(x, -numbers.low), r)
    small = polynomial(f, r, _EXP[numbers.double])
    return fma(f, mul(f, r, r), small, r), n, whole


def exp(f: Function, x: V, target: Any) -> V:
    double = Numbers(x).double
    x = at_least(f, at_most(f, x, 710.0 if double else 89.0), -746.0 if double else -104.0)
    small, n, whole = _reduced(f, x)
    return scaled(f, add(f, small, real(x, 1.0)), n, whole, target, True)


def exp_within(f: Function, x: V, target: Any) -> V:
    """exp where x is known to give a normal number."""
    small, n, whole = _reduced(f, x)
    return scaled(f, add(f, small, real(x, 1.0)), n, whole, target, False)


def exp2(f: Function, x: V, target: Any) -> V:
    double = Numbers(x).double
    x = at_least(f, at_most(f, x, 1025.0 if double else 129.0), -1076.0 if double else -151.0)
    n, whole = nearest(f, x, 1.0)
    r = sub(f, x, n)
    made = fma(f, r, polynomial(f, r, _EXP2[double]), real(x, 1.0))
    return scaled(f, made, n, whole, target, True)


def expm1(f: Function, x: V, target: Any) -> V:
    double = Numbers(x).double
    bounded = at_least(f, at_most(f, x, 710.0 if double else 89.0), -40.0 if double else -20.0)
    small, _, whole = _reduced(f, bounded)
    # Half of 2**n never overflows: (2**n (1 + small) - 1) / 2, doubled at the end.
    half = power_of_two(f, f.binary("sub", whole, number(whole, 1)), x.type)
    made = fma(f, small, half, sub(f, half, real(x, 0.5)))
    return copysign(f, add(f, made, made), x)


def sigmoid(f: Function, x: V, target: Any) -> V:
    one = real(x, 1.0)
    e = exp(f, neg(f, fabs(f, x)), target)
    upper = f.select(f.compare("fcmp olt", x, real(x, 0.0)), e, one)
    lower = add(f, e, one)
    missing = sub(f, e, sub(f, lower, one))  # what rounding took from the sum
    made = div(f, upper, lower)
    return fma(f, neg(f, made), missing, made)


def tanh(f: Function, x: V, target: Any) -> V:
    if by_pieces(x, target):
        return piecewise(f, x, TANH)
    double = Numbers(x).double
    size, square = fabs(f, x), mul(f, x, x)
    small = fma(f, mul(f, polynomial(f, square, _TANH[double]), square), size, size)
    bounded = at_most(f, size, 20.0 if double else 10.0)
    e = exp_within(f, add(f, bounded, bounded), target)
    one = real(x, 1.0)
    large = sub(f, one, div(f, real(x, 2.0), add(f, e, one)))
    inside = f.compare("fcmp olt", size, real(x, 0.625))
    return copysign(f, f.select(inside, small, large), x)


def sinh(f: Function, x: V, target: Any) -> V:
    """Of float32 numbers in float64."""
    e = expm1(f, at_most(f, fabs(f, x), 200.0), target)
    both = add(f, e, div(f, e, add(f, e, real(x, 1.0))))
    return copysign(f, mul(f, both, real(x, 0.5)), x)


def cosh(f: Function, x: V, target: Any) -> V:
    """Of float32 numbers in float64."""
    e = exp_within(f, at_most(f, fabs(f, x), 200.0), target)
    return mul(f, add(f, e, div(f, real(x, 1.0), e)), real(x, 0.5))
