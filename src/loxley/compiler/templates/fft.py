"""Fourier transforms along one dimension: passes of radix 2 to 13 over vectors.

In: lines in memory [outer, read, inner] in row-major order, where an element is complex or real
(`fft_plan.Spec`).  Out: lines [outer, written, inner].  Each pass reads a line from one buffer and
writes it to another in the order of the next pass (Stockham), so nothing is ever put in order.
Factors are constants, rounded from float64.  Workers share lines, and a line is computed alike
whoever does it.

Source: Van Loan, "Computational Frameworks for the Fast Fourier Transform" (1992).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import nullcontext
from functools import lru_cache
from typing import Any

from ..llvm.builder import Module, V
from ..llvm.target import Target
from . import fft_halves as halves
from .fft_memory import Access
from .fft_plan import Plan, Spec, lane_factors, pass_factors
from .fft_small import Complex, scaled, times, transform
from .gemm_spec import Slots
from .index import Index, counting
from .packing import transpose
from .template import Template
from .writer import Writer

SLOTS = (
    *((n, "ptr") for n in ("x", "out", "scratch")),
    *((n, "i64") for n in ("outer", "inner")),
    ("scale", "f64"),
)
Load = Callable[[Any], Complex]
Store = Callable[[Any, Complex], None]


@lru_cache(maxsize=256)
def template(spec: Spec) -> Template:
    """Slots: x, out, scratch, outer, inner, scale."""
    parts = (spec.what, spec.kind, spec.size, "forward" if spec.forward else "backward")
    name = "_".join(map(str, ("fft", *parts, spec.lanes, spec.width)))
    plan = Plan(spec)
    each = 5 * plan.length * plan.length.bit_length()

    def scratch(sizes: Mapping[str, int], target: Any) -> int:
        return 2 * plan.room * plan.bytes

    def work(sizes: Mapping[str, int]) -> int:
        return sizes["outer"] * sizes["inner"] * each

    return Template(name, ("fft", *spec), lambda t: _text(name, spec, t), SLOTS, scratch, work)


def _text(name: str, spec: Spec, target: Target) -> str:
    module = Module()
    _Kernel(module, name, Plan(spec), target).write()
    return str(module)


class _Kernel:
    """A kernel under construction.  Buffers are known by their numbers, 0 and 1."""

    def __init__(self, module: Module, name: str, plan: Plan, target: Target) -> None:
        self.module, self.plan, self.spec = module, plan, plan.spec
        parameters = [("ptr", "args"), ("i64", "worker"), ("i64", "workers")]
        self.f = f = Writer(module, name, parameters)
        self.access = a = Access(f, self.spec.kind, plan.lanes, target)
        reader = Slots(SLOTS)
        self.slots = {slot: reader.get(f, slot) for slot, _ in SLOTS}
        scale = self.slots["scale"]
        scale = f.convert("fptrunc", scale, "float") if plan.element == "float" else scale
        self.scale = f.splat(scale, plan.lanes)
        first = a.at(self.slots["scratch"], f.integer("worker") * (2 * plan.room))
        self.buffers = first, a.at(first, plan.room)

    def write(self) -> None:
        f, how, lanes = self.f, self.spec.lanes, self.plan.lanes
        outer, inner = (Index(f, self.slots[n]) for n in ("outer", "inner"))
        if how == "split":
            start, stop = f.share(outer)
            with f.count(start, stop) as line:
                self._split(line)
        elif how == "rows":
            start, stop = f.share(outer.parts(lanes))
            with f.count(start, stop) as block:
                self._rows(block * lanes, outer)
        else:
            blocks = inner.parts(lanes)
            start, stop = f.share(outer * blocks)
            with f.count(start, stop) as item:
                self._columns(item // blocks, item % blocks * lanes, inner)
        f.ret()
        self.module.constants.append(self.plan.tables.text())

    # ------------------------------------------------------------------ what lanes hold

    def _columns(self, line: Index, first: Index, inner: Index) -> None:
        """Lanes are what lies side by side behind the dimension."""
        a, plan, count = self.access, self.plan, inner - first
        x, out = self.slots["x"], self.slots["out"]

        def pairs(k: Any) -> Complex:
            place = ((line * plan.read + k) * inner + first) * 2
            return a.some_pairs(x, place, count)

        def put_pairs(k: Any, value: Complex) -> None:
            place = ((line * plan.written + k) * inner + first) * 2
            a.put_some_pairs(value, out, place, count)

        def reals(k: Any) -> Complex:
            place = (line * self.spec.size + k * 2) * inner + first
            return a.some(x, place, count), a.some(x, place + inner, count)

        def put_reals(k: Any, value: Complex) -> None:
            place = (line * self.spec.size + k * 2) * inner + first
            a.put_some(value[0], out, place, count)
            a.put_some(value[1], out, place + inner, count)

        load = reals if self.spec.what == "r2c" else pairs
        self._lines(load, None, put_reals if self.spec.what == "c2r" else put_pairs)

    def _rows(self, first: Index, outer: Index) -> None:
        """Lanes are lines, which are turned in a buffer on the way in and out."""
        a, plan, numbers = self.access, self.plan, range(self.access.lanes)
        lines = [self._line("x", (first + i).least(outer - 1), plan.read) for i in numbers]
        self._blocks(plan.read, lambda k: a.turned_in(lines, k, self.buffers[0]))
        at = self._lines(self._from(0), 0, None)
        spare = self.buffers[1 - at]  # takes what belongs to lines that there are not
        lines = [self._line("out", first + i, plan.written) for i in numbers]
        there = [(first + i) < outer for i in numbers]

        def out(k: Index) -> None:
            places = [a.at(line, k * 2) for line in lines]
            places = [self.f.select(t, p, spare) for t, p in zip(there, places)]
            a.turned_out(places, k, self.buffers[at])

        self._blocks(plan.written, out)

    def _split(self, line: Index) -> None:
        """Lanes are elements of one line that lie side by side."""
        a, plan, what = self.access, self.plan, self.spec.what
        source, target = self._line("x", line, plan.read), self._line("out", line, plan.written)
        if what == "c2r":
            halves.parted_line(a, plan, self.scale, source, self.buffers[0])

            def parts(k: Any) -> Complex:
                first = k * a.lanes
                buffer = self.buffers[0]
                return a.vector(buffer, first), a.vector(buffer, first + plan.length)

            at = self._passes(self._entered(parts), 0, None)
        else:
            at = self._passes(
                self._entered(lambda k: a.pairs(source, k * (2 * a.lanes))), None, None
            )
        if what != "r2c":
            self._across(at, self._left(lambda k, x: a.put_pairs(x, target, k * 2)))
            return
        other = self.buffers[1 - at]

        def put(k: Any, x: Complex) -> None:
            a.put_vector(x[0], other, k)
            a.put_vector(x[1], other, k + plan.length)

        self._across(at, put)
        halves.joined_line(a, plan, self.scale, other, target)

    def _line(self, slot: str, number: Index, size: int) -> V:
        return self.access.at(self.slots[slot], number * (2 * size))

    def _blocks(self, count: int, body: Callable[[Index], None], step: int = 0) -> None:
        """`body` from every lanes / 2-th number on; the last block ends where the numbers do."""
        step = step or self.access.lanes // 2
        with self.f.count(0, count, step) as k:
            body(k.least(count - step))

    # ------------------------------------------------------------------ on the way in and out

    def _from(self, buffer: int) -> Load:
        return lambda k: self.access.buffered(self.buffers[buffer], k)

    def _to(self, buffer: int) -> Store:
        return lambda k, x: self.access.put_buffered(x, self.buffers[buffer], k)

    def _entered(self, load: Load) -> Load:
        """A backward transform is the forward one of real and imaginary parts exchanged."""
        if self.spec.forward:
            return load
        return lambda k: load(k)[::-1]

    def _left(self, store: Store) -> Store:
        """What becomes of the results of the last pass; halves are scaled where they are made."""
        spec = self.spec

        def put(k: Any, x: Complex) -> None:
            if spec.what == "c2c" and spec.scaled:
                x = scaled(self.f, x, self.scale)
            store(k, x if spec.forward else (x[1], x[0]))

        return put

    # ------------------------------------------------------------------ passes

    def _lines(self, load: Load, source: int | None, store: Store | None) -> int:
        """Lines as lanes, to `store` or to the buffer whose number is returned."""
        what = self.spec.what
        if what == "c2r":
            to = 0 if source is None else 1 - source
            halves.parted(self.access, self.plan, self.scale, load, self._to(to))
            load, source = self._from(to), to
        if what != "r2c":
            return self._passes(self._entered(load), source, store, self._left)
        made = self._passes(load, source, None)
        put = store or self._to(1 - made)
        halves.joined(self.access, self.plan, self.scale, self._from(made), put)
        return 1 - made

    def _passes(
        self,
        load: Load,
        source: int | None,
        store: Store | None,
        left: Callable[[Store], Store] = lambda store: store,
    ) -> int:
        """All passes, from `load` (of a buffer, if `source` is one) to `store` or to a buffer.

        left  what the last pass does with its results before they are stored
        """
        rest, done = self.plan.columns, 1
        for number, radix in enumerate(self.plan.passes):
            last = number == len(self.plan.passes) - 1
            to = 0 if source is None else 1 - source
            put = (store or self._to(to)) if last else self._to(to)
            self._pass(rest, done, radix, load, left(put) if last else put)
            rest, done = rest // radix, done * radix
            load, source = self._from(to), to
        assert source is not None
        return source

    def _pass(self, n: int, done: int, radix: int, load: Load, store: Store) -> None:
        """Lines of n, `done` of them side by side, become `radix` times as many."""
        f, part = self.f, n // radix
        factors = self.plan.tables.add(pass_factors(n, radix)) if part > 1 else 0

        def loop(count: int) -> Any:
            return counting(f, 0, count) if count > 1 else nullcontext(Index(f, 0))

        with loop(part) as p:
            turns: list[Complex] = []
            for i in range(radix - 1 if part > 1 else 0):
                place = (p * (radix - 1) + i) * 2 + factors
                table = self.plan.tables.pointer
                turns.append((self.access.splat(table, place), self.access.splat(table, place + 1)))
            with loop(done) as q:
                found = [load(q + (p + part * i) * done) for i in range(radix)]
                made = transform(f, found)
                for i, x in enumerate(made):
                    x = times(f, x, turns[i - 1]) if i and turns else x
                    store(q + (p * radix + i) * done, x)

    def _across(self, source: int, store: Store) -> None:
        """The transforms of the lanes, as many of them at a time as there are lanes."""
        a, f, plan, tables = self.access, self.f, self.plan, self.plan.tables
        factors = tables.add(lane_factors(plan))

        def block(k: Index) -> None:
            turned = []
            for i in range(a.lanes):
                x, place = (
                    a.buffered(self.buffers[source], k + i),
                    (k + i) * (2 * a.lanes) + factors,
                )
                turn = a.vector(tables.pointer, place), a.vector(tables.pointer, place + a.lanes)
                turned.append(times(f, x, turn))
            parts = [transpose(f, [x[i] for x in turned]) for i in (0, 1)]
            for i, x in enumerate(transform(f, list(zip(*parts)))):
                store(k + i * plan.columns, x)

        self._blocks(plan.columns, block, a.lanes)
