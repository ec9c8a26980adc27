"""pow of float32, and divisions with a rest as NumPy has them: fmod, remainder, floor_divide."""

from __future__ import annotations

from typing import Any

from .builder import Function, V
from .exponentials import exp
from .floats import call, real
from .logarithms import log
from .vectors import (
    Numbers,
    add,
    by_libm,
    copysign,
    div,
    fabs,
    fma,
    mul,
    neg,
    sub,
    where_rare,
)

_INFINITY = float("inf")


def power(f: Function, x: V, y: V, target: Any) -> V:
    """Of float32 numbers in float64; the exceptions are those of C's Annex F."""
    zero, one = real(x, 0.0), real(x, 1.0)
    made = exp(f, mul(f, y, log(f, fabs(f, x), target)), target)
    whole = f.compare("fcmp oeq", call(f, "trunc", y), y)
    half = mul(f, y, real(y, 0.5))
    odd = f.binary("and", whole, f.compare("fcmp one", call(f, "trunc", half), half))
    minus = f.compare("fcmp olt", copysign(f, one, x), zero)
    made = f.select(f.binary("and", odd, minus), neg(f, made), made)
    finite = f.compare("fcmp ogt", x, real(x, -_INFINITY))
    undefined = f.binary("and", f.compare("fcmp olt", x, zero), finite)
    undefined = f.binary("and", undefined, f.compare("fcmp une", call(f, "trunc", y), y))
    made = f.select(undefined, real(x, float("nan")), made)
    endless = f.compare("fcmp oeq", fabs(f, y), real(y, _INFINITY))
    unit = f.binary("and", endless, f.compare("fcmp oeq", fabs(f, x), one))
    unit = f.binary("or", unit, f.compare("fcmp oeq", x, one))
    unit = f.binary("or", unit, f.compare("fcmp oeq", y, zero))
    return f.select(unit, one, made)


def fmod(f: Function, a: V, b: V, target: Any) -> V:
    """Exact; the sign is that of `a`.  Quotients beyond the fraction's bits go to libm."""
    n = Numbers(a)
    size, by = fabs(f, a), fabs(f, b)
    quotient = call(f, "trunc", div(f, size, by))
    rest = fma(f, neg(f, quotient), by, size)
    # The rounded quotient may be one too large.
    rest = f.select(f.compare("fcmp olt", rest, real(a, 0.0)), add(f, rest, by), rest)
    limit = real(a, 2.0 ** (n.fraction - 1))
    usual = f.binary("and", f.compare("fcmp olt", quotient, limit), _normal(f, by))
    rare = f.compare("icmp eq", usual, _false(usual))
    made = where_rare(f, rare, rest, lambda: by_libm(f, "fmod", [size, by]))
    return copysign(f, made, a)


def _false(condition: V) -> V:
    return V("zeroinitializer" if condition.type != "i1" else "false", condition.type)


def _normal(f: Function, by: V) -> V:
    return f.compare("fcmp olt", by, real(by, _INFINITY))


def remainder(f: Function, a: V, b: V, target: Any) -> V:
    """The sign is that of `b`."""
    rest = fmod(f, a, b, target)
    zero = real(a, 0.0)
    nothing = f.compare("fcmp oeq", rest, zero)
    other = _signs_differ(f, rest, b)
    return f.select(nothing, copysign(f, zero, b), f.select(other, add(f, rest, b), rest))


def _signs_differ(f: Function, a: V, b: V) -> V:
    zero = real(a, 0.0)
    return f.binary("xor", f.compare("fcmp olt", a, zero), f.compare("fcmp olt", b, zero))


def floor_divide(f: Function, a: V, b: V, target: Any) -> V:
    rest = fmod(f, a, b, target)
    zero, one = real(a, 0.0), real(a, 1.0)
    quotient = div(f, sub(f, a, rest), b)
    crossed = f.binary("and", f.compare("fcmp une", rest, zero), _signs_differ(f, rest, b))
    quotient = f.select(crossed, sub(f, quotient, one), quotient)
    floor = call(f, "floor", quotient)
    above = f.compare("fcmp ogt", sub(f, quotient, floor), real(a, 0.5))
    floor = f.select(above, add(f, floor, one), floor)
    exact = div(f, a, b)
    empty = f.compare("fcmp oeq", quotient, zero)
    made = f.select(empty, copysign(f, zero, exact), floor)
    return f.select(f.compare("fcmp oeq", b, zero), exact, made)
