"""Transforms of a few elements, as straight-line code: what passes of long transforms are made of.

In: complex numbers, each a pair of operands (real, imaginary) of one float type or vectors of it.
Out: their unnormalized forward transform, X[k] = sum of a[j] exp(-2 pi i j k / n), in order.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import cos, pi, sin, sqrt

import numpy as np

from ..llvm.builder import V, element_of, f32, f64, lanes_of
from .writer import Writer

Complex = tuple[V, V]
RADICES = (2, 3, 4, 5, 8, 16)
_SPLIT = {8: (2, 4), 16: (4, 4)}


def roots(numbers: np.ndarray, n: int) -> tuple[np.ndarray, np.ndarray]:
    """Real and imaginary parts of exp(-2 pi i k / n) in float64, to the last digit.

    An angle is a multiple of a quarter turn and at most an eighth more, of which cosine and sine
    are taken.
    """
    k = np.asarray(numbers, np.int64) % n
    quarters = (8 * k + n) // (2 * n)
    angle = (4 * k - quarters * n) * (pi / 2 / n)
    c, s = np.cos(angle), np.sin(angle)
    real = np.choose(quarters % 4, (c, -s, -c, s))
    imaginary = np.choose(quarters % 4, (s, c, -s, -c))
    return real, -imaginary


def real_like(f: Writer, x: V, number: float) -> V:
    """A number in every lane of the type of `x`."""
    one = f64(number) if element_of(x.type) == "double" else f32(number)
    return f.splat(one, lanes_of(x.type)) if lanes_of(x.type) else one


def plus(f: Writer, a: Complex, b: Complex) -> Complex:
    return f.binary("fadd", a[0], b[0]), f.binary("fadd", a[1], b[1])


def minus(f: Writer, a: Complex, b: Complex) -> Complex:
    return f.binary("fsub", a[0], b[0]), f.binary("fsub", a[1], b[1])


def times(f: Writer, a: Complex, b: Complex) -> Complex:
    """The product of two complex numbers."""
    real = f.multiply_add(a[0], b[0], negative(f, f.binary("fmul", a[1], b[1])))
    return real, f.multiply_add(a[0], b[1], f.binary("fmul", a[1], b[0]))


def scaled(f: Writer, a: Complex, by: V) -> Complex:
    return f.binary("fmul", a[0], by), f.binary("fmul", a[1], by)


def negative(f: Writer, a: V) -> V:
    return f.let(a.type, f"fneg {a}")


def _less_turned(f: Writer, a: Complex, b: Complex) -> Complex:
    """a - i b"""
    return f.binary("fadd", a[0], b[1]), f.binary("fsub", a[1], b[0])


def _more_turned(f: Writer, a: Complex, b: Complex) -> Complex:
    """a + i b"""
    return f.binary("fsub", a[0], b[1]), f.binary("fadd", a[1], b[0])


def transform(f: Writer, a: Sequence[Complex]) -> list[Complex]:
    """The forward transform of `a`; its length is 1 or one of `RADICES`."""
    n = len(a)
    if n == 1:
        return list(a)
    if n == 2:
        return [plus(f, *a), minus(f, *a)]
    if n == 3:
        return _three(f, a)
    if n == 4:
        return _four(f, a)
    if n == 5:
        return _five(f, a)
    return _composed(f, a, *_SPLIT[n])


def _three(f: Writer, a: Sequence[Complex]) -> list[Complex]:
    total = plus(f, a[1], a[2])
    half, sine = real_like(f, a[0][0], -0.5), real_like(f, a[0][0], sqrt(0.75))
    middle = tuple(f.multiply_add(t, half, x) for t, x in zip(total, a[0]))
    beside = scaled(f, minus(f, a[1], a[2]), sine)
    centre = middle[0], middle[1]
    return [
        plus(f, a[0], total),
        _less_turned(f, centre, beside),
        _more_turned(f, centre, beside),
    ]


def _four(f: Writer, a: Sequence[Complex]) -> list[Complex]:
    even, odd = plus(f, a[0], a[2]), plus(f, a[1], a[3])
    rest, turned = minus(f, a[0], a[2]), minus(f, a[1], a[3])
    return [
        plus(f, even, odd),
        _less_turned(f, rest, turned),
        minus(f, even, odd),
        _more_turned(f, rest, turned),
    ]


def _five(f: Writer, a: Sequence[Complex]) -> list[Complex]:
    def mixed(first: Complex, p: float, second: Complex, q: float, start=None) -> Complex:
        """start + p first + q second"""
        made = []
        for i in (0, 1):
            x, y = (real_like(f, a[0][0], c) for c in (p, q))
            one = f.binary("fmul", first[i], x)
            one = one if start is None else f.multiply_add(first[i], x, start[i])
            made.append(f.multiply_add(second[i], y, one))
        return made[0], made[1]

    outer, inner = plus(f, a[1], a[4]), plus(f, a[2], a[3])
    wide, near = minus(f, a[1], a[4]), minus(f, a[2], a[3])
    c1, c2, s1, s2 = cos(0.4 * pi), cos(0.8 * pi), sin(0.4 * pi), sin(0.8 * pi)
    first, second = mixed(outer, c1, inner, c2, a[0]), mixed(outer, c2, inner, c1, a[0])
    one, two = mixed(wide, s1, near, s2), mixed(wide, s2, near, -s1)
    return [
        plus(f, a[0], plus(f, outer, inner)),
        _less_turned(f, first, one),
        _less_turned(f, second, two),
        _more_turned(f, second, two),
        _more_turned(f, first, one),
    ]


def _composed(f: Writer, a: Sequence[Complex], p: int, q: int) -> list[Complex]:
    """p transforms of q of q transforms of p, turned in between."""
    n = p * q
    columns = [transform(f, [a[q * j + i] for j in range(p)]) for i in range(q)]
    made: list[Complex] = [a[0]] * n
    for k in range(p):
        row = [_turned(f, columns[i][k], i * k, n) for i in range(q)]
        for i, x in enumerate(transform(f, row)):
            made[k + p * i] = x
    return made


def _turned(f: Writer, a: Complex, k: int, n: int) -> Complex:
    """a exp(-2 pi i k / n)"""
    if 8 * k % n == 0 and k % n:
        eighths = 8 * k // n % 8
        if eighths == 2:
            return a[1], negative(f, a[0])
        if eighths in (1, 3):
            root = real_like(f, a[0], sqrt(0.5))
            total, less = f.binary("fadd", a[0], a[1]), f.binary("fsub", a[1], a[0])
            if eighths == 1:
                return scaled(f, (total, less), root)
            return f.binary("fmul", less, root), f.binary("fmul", total, negative(f, root))
    if k % n == 0:
        return a
    real, imaginary = (float(x) for x in roots(np.array(k), n))
    return times(f, a, (real_like(f, a[0], real), real_like(f, a[0], imaginary)))
