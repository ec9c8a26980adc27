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
ODD = (3, 5, 7, 11, 13)
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
    """The forward transform of `a`; its length is 1, 2, 4, 8, 16 or one of `ODD`."""
    n = len(a)
    if n == 1:
        return list(a)
    if n == 2:
        return [plus(f, *a), minus(f, *a)]
    if n == 4:
        return _four(f, a)
    return _odd(f, a) if n % 2 else _composed(f, a, *_SPLIT[n])


def _four(f: Writer, a: Sequence[Complex]) -> list[Complex]:
    even, odd = plus(f, a[0], a[2]), plus(f, a[1], a[3])
    rest, turned = minus(f, a[0], a[2]), minus(f, a[1], a[3])
    return [
        plus(f, even, odd),
        _less_turned(f, rest, turned),
        minus(f, even, odd),
        _more_turned(f, rest, turned),
    ]


def _odd(f: Writer, a: Sequence[Complex]) -> list[Complex]:
    """An odd prime of elements: sums and differences of those that mirror each other."""
    n = len(a)
    half = range(1, n // 2 + 1)
    totals = [plus(f, a[j], a[-j]) for j in half]
    rests = [minus(f, a[j], a[-j]) for j in half]
    first = a[0]
    for total in totals:
        first = plus(f, first, total)
    made = [first] * n
    for k in half:
        turns = [2 * pi * (j * k % n) / n for j in half]
        even = _mixed(f, totals, [cos(t) for t in turns], a[0])
        odd = _mixed(f, rests, [sin(t) for t in turns], None)
        made[k], made[-k] = _less_turned(f, even, odd), _more_turned(f, even, odd)
    return made


def _mixed(
    f: Writer, parts: Sequence[Complex], factors: Sequence[float], start: Complex | None
) -> Complex:
    """The sum of products with numbers, and `start`."""
    made = []
    for i in (0, 1):
        total = None if start is None else start[i]
        for part, factor in zip(parts, factors):
            number = real_like(f, part[i], factor)
            if total is None:
                total = f.binary("fmul", part[i], number)
            else:
                total = f.multiply_add(part[i], number, total)
        assert total is not None
        made.append(total)
    return made[0], made[1]


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
