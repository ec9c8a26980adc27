"""How transforms read and write: complex vectors from memory where pairs lie side by side.

In: a kernel under construction.  Out: its loads and stores.  In the buffers of a
worker a complex vector lies as one of real parts with one of imaginary parts behind it.
"""

from __future__ import annotations

from collections.abc import Sequence

from ...ir.loops import Kind
from ..llvm.builder import V, vector
from ..llvm.target import Target
from . import memory
from .fft_small import Complex
from .index import Index, raw
from .packing import transpose
from .writer import Writer

Number = Index | int


class Access:
    """Loads and stores of one kernel, `lanes` numbers of f32 or f64 at a time."""

    def __init__(self, f: Writer, kind: Kind, lanes: int, target: Target) -> None:
        self.f, self.lanes, self.target = f, lanes, target
        self.element, self.bytes = memory.TYPES[kind], memory.BYTES[kind]
        self.type = vector(lanes, self.element)
        self.wide = vector(2 * lanes, self.element)

    def at(self, base: V, index: Number) -> V:
        return self.f.address(base, self.element, raw(index))

    def scalar(self, base: V, index: Number) -> V:
        return self.f.load(self.at(base, index), self.element, self.bytes)

    def put_scalar(self, value: V, base: V, index: Number) -> None:
        self.f.store(value, self.at(base, index), self.bytes)

    def vector(self, base: V, index: Number) -> V:
        return self.f.load(self.at(base, index), self.type, self.bytes)

    def put_vector(self, value: V, base: V, index: Number) -> None:
        self.f.store(value, self.at(base, index), self.bytes)

    def splat(self, base: V, index: Number) -> V:
        return self.f.splat(self.scalar(base, index), self.lanes)

    def backwards(self, x: V) -> V:
        return self.f.picked(x, x, list(range(self.lanes))[::-1])

    # ------------------------------------------------------------------ buffers

    def buffered(self, base: V, number: Number) -> Complex:
        """A buffer's complex vector of that number."""
        first = number * (2 * self.lanes)
        return self.vector(base, first), self.vector(base, first + self.lanes)

    def put_buffered(self, x: Complex, base: V, number: Number) -> None:
        first = number * (2 * self.lanes)
        self.put_vector(x[0], base, first)
        self.put_vector(x[1], base, first + self.lanes)

    # ------------------------------------------------------------------ pairs side by side

    def _apart(self, x: V) -> Complex:
        lanes = range(0, 2 * self.lanes, 2)
        return self.f.picked(x, x, list(lanes)), self.f.picked(x, x, [i + 1 for i in lanes])

    def _together(self, x: Complex) -> V:
        order = [i // 2 + (i % 2) * self.lanes for i in range(2 * self.lanes)]
        return self.f.picked(x[0], x[1], order)

    def pairs(self, base: V, index: Number) -> Complex:
        """Pairs that lie side by side, from an element's index on."""
        return self._apart(self.f.load(self.at(base, index), self.wide, self.bytes))

    def put_pairs(self, x: Complex, base: V, index: Number) -> None:
        self.f.store(self._together(x), self.at(base, index), self.bytes)

    def some_pairs(self, base: V, index: Number, count: Index) -> Complex:
        """The first `count` pairs, with any in the other lanes."""
        place, twice = self.at(base, index), raw(count * 2)
        found = memory.read(self.f, self.target, place, self.element, 2 * self.lanes, twice)
        return self._apart(found)

    def put_some_pairs(self, x: Complex, base: V, index: Number, count: Index) -> None:
        place, twice = self.at(base, index), raw(count * 2)
        memory.write(self.f, self.target, self._together(x), place, twice)

    def some(self, base: V, index: Number, count: Index) -> V:
        """The first `count` elements, with any in the other lanes."""
        place = self.at(base, index)
        return memory.read(self.f, self.target, place, self.element, self.lanes, raw(count))

    def put_some(self, x: V, base: V, index: Number, count: Index) -> None:
        memory.write(self.f, self.target, x, self.at(base, index), raw(count))

    # ------------------------------------------------------------------ lines as lanes

    def turned_in(self, lines: Sequence[V], first: Index, buffer: V) -> None:
        """lanes / 2 pairs of each line, from a pair's number on, as complex vectors."""
        half = self.lanes // 2
        rows = [self.vector(line, first * 2) for line in lines]
        low, high = self._transposed(rows[:half]), self._transposed(rows[half:])
        for i, (a, b) in enumerate(zip(low, high)):
            x = self.f.picked(a, b, list(range(2 * self.lanes)))
            self.put_buffered(self._apart(x), buffer, first + i)

    def turned_out(self, places: Sequence[V], first: Index, buffer: V) -> None:
        """lanes / 2 complex vectors, from a number on, as pairs of a line at each place."""
        half, lanes = self.lanes // 2, list(range(2 * self.lanes))
        found = [self._together(self.buffered(buffer, first + i)) for i in range(half)]
        parts = [
            [self.f.picked(x, x, lanes[s : s + self.lanes]) for x in found] for s in (0, self.lanes)
        ]
        rows = self._transposed(parts[0]) + self._transposed(parts[1])
        for row, place in zip(rows, places):
            self.put_vector(row, place, 0)

    def _transposed(self, rows: Sequence[V]) -> list[V]:
        """A square of pairs."""
        pair = "i64" if self.bytes == 4 else "i128"
        type = vector(self.lanes // 2, pair)
        made = transpose(self.f, [self.f.convert("bitcast", r, type) for r in rows])
        return [self.f.convert("bitcast", m, self.type) for m in made]
