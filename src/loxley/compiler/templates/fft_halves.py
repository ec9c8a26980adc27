"""A real line of 2 n elements as the complex line of its n pairs: what is done about its spectrum.

In: the transform z of the pairs (even elements are its real parts, odd ones its imaginary parts).
Out: the n + 1 elements x of the half spectrum, and back, where w[k] = exp(-pi i k / n):

    joined   x[k] = (z[k] + conj(z[n - k]) - i w[k] (z[k] - conj(z[n - k]))) / 2
    parted   z[k] = x[k] + conj(x[n - k]) + i conj(w[k]) (x[k] - conj(x[n - k]))

Lines are lanes in `joined` and `parted`, and lie in memory as they are in `joined_line` and
`parted_line`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..llvm.builder import V
from .fft_memory import Access
from .fft_plan import Plan, half_factors
from .fft_small import Complex, negative, real_like, scaled
from .index import Index
from .writer import Writer

Load = Callable[[Any], Complex]
Store = Callable[[Any, Complex], None]


class _Factors:
    """w as constants: real parts, then imaginary ones."""

    def __init__(self, a: Access, plan: Plan) -> None:
        self.a, (real, imaginary) = a, half_factors(plan)
        self.table = plan.tables.pointer
        self.real, self.imaginary = plan.tables.add(real), plan.tables.add(imaginary)

    def one(self, k: Index) -> Complex:
        """w[k] in all lanes."""
        splat = self.a.splat
        return splat(self.table, k + self.real), splat(self.table, k + self.imaginary)

    def some(self, k: Index) -> Complex:
        """w[k], w[k + 1] ..."""
        read = self.a.vector
        return read(self.table, k + self.real), read(self.table, k + self.imaginary)


def _joined(f: Writer, one: Complex, other: Complex, w: Complex) -> Complex:
    """2 x[k] of z[k] and z[n - k]."""
    a, b = f.binary("fadd", one[0], other[0]), f.binary("fsub", one[1], other[1])
    c, d = f.binary("fsub", one[0], other[0]), f.binary("fadd", one[1], other[1])
    real = f.multiply_add(w[0], d, f.multiply_add(w[1], c, a))
    return real, f.multiply_add(w[1], d, f.multiply_add(negative(f, w[0]), c, b))


def _parted(f: Writer, one: Complex, other: Complex, w: Complex) -> Complex:
    """z[k] of x[k] and x[n - k]."""
    a, b = f.binary("fadd", one[0], other[0]), f.binary("fsub", one[1], other[1])
    c, d = f.binary("fsub", one[0], other[0]), f.binary("fadd", one[1], other[1])
    real = f.multiply_add(negative(f, w[0]), d, f.multiply_add(w[1], c, a))
    return real, f.multiply_add(w[1], d, f.multiply_add(w[0], c, b))


def _half(f: Writer, plan: Plan, scale: V) -> V:
    half = real_like(f, scale, 0.5)
    return f.binary("fmul", scale, half) if plan.spec.scaled else half


def joined(a: Access, plan: Plan, scale: V, load: Load, store: Store) -> None:
    f, n, whole = a.f, plan.length, plan.spec.whole
    half, factors = _half(a.f, plan, scale), _Factors(a, plan)
    first, zero = load(Index(f, 0)), real_like(f, scale, 0.0)
    for end, op in ((0, "fadd"), (n, "fsub")):
        value = f.binary(op, *first)
        value = f.binary("fmul", value, scale) if plan.spec.scaled else value
        store(Index(f, end), (value, zero))
    with f.count(1, n) as k:
        x = scaled(f, _joined(f, load(k), load(-k + n), factors.one(k)), half)
        store(k, x)
        if whole:
            store(-k + 2 * n, (x[0], negative(f, x[1])))


def parted(a: Access, plan: Plan, scale: V, load: Load, store: Store) -> None:
    f, n, factors = a.f, plan.length, _Factors(a, plan)

    def finished(z: Complex) -> Complex:
        return scaled(f, z, scale) if plan.spec.scaled else z

    first, last = load(Index(f, 0))[0], load(Index(f, n))[0]
    ends = f.binary("fadd", first, last), f.binary("fsub", first, last)
    store(Index(f, 0), finished(ends))
    with f.count(1, n) as k:
        store(k, finished(_parted(f, load(k), load(-k + n), factors.one(k))))


def joined_line(a: Access, plan: Plan, scale: V, buffer: V, out: V) -> None:
    """Real parts, then imaginary parts in a buffer; the spectrum as pairs."""
    f, n, lanes = a.f, plan.length, a.lanes
    half, factors = _half(f, plan, scale), _Factors(a, plan)
    first = a.splat(buffer, 0), a.splat(buffer, n)
    for end, op in ((0, "fadd"), (n, "fsub")):
        value = f.binary(op, *first)
        value = f.binary("fmul", value, scale) if plan.spec.scaled else value
        for place, number in ((2 * end, value), (2 * end + 1, real_like(f, value, 0.0))):
            a.put_scalar(f.let(a.element, f"extractelement {number}, i64 0"), out, place)

    def parts(k: Index) -> Complex:
        return a.vector(buffer, k), a.vector(buffer, k + n)

    with f.count(1, n, lanes) as start:
        k = start.least(n - lanes)
        mirror = -k + (n - lanes + 1)
        there = parts(mirror)
        other = a.backwards(there[0]), a.backwards(there[1])
        x = scaled(f, _joined(f, parts(k), other, factors.some(k)), half)
        a.put_pairs(x, out, k * 2)
        if plan.spec.whole:
            x = a.backwards(x[0]), negative(f, a.backwards(x[1]))
            a.put_pairs(x, out, (mirror + n) * 2)


def parted_line(a: Access, plan: Plan, scale: V, source: V, buffer: V) -> None:
    """The spectrum as pairs; real parts, then imaginary parts in a buffer."""
    f, n, lanes, factors = a.f, plan.length, a.lanes, _Factors(a, plan)

    def put(k: Index | int, z: Complex, store: Callable) -> None:
        z = scaled(f, z, scale) if plan.spec.scaled else z
        store(z[0], buffer, k)
        store(z[1], buffer, k + n)

    def first(x: V, base: V, k: Index | int) -> None:
        a.put_scalar(f.let(a.element, f"extractelement {x}, i64 0"), base, k)

    ends = a.splat(source, 0), a.splat(source, 2 * n)
    put(0, (f.binary("fadd", *ends), f.binary("fsub", *ends)), first)
    with f.count(1, n, lanes) as start:
        k = start.least(n - lanes)
        one, there = a.pairs(source, k * 2), a.pairs(source, (-k + (n - lanes + 1)) * 2)
        other = a.backwards(there[0]), a.backwards(there[1])
        put(k, _parted(f, one, other, factors.some(k)), a.put_vector)
