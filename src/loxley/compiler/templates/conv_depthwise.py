"""Convolutions of one channel per group: a vector holds positions, taps come one after the other.

In: a frame (`conv_plan.FIELDS`) with as many groups as channels and filters.  Out: y, or w.
Positions of an image are described once per block and used for all its planes.  A plane, or for
the gradient of the weights a channel, belongs to one worker.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ..llvm.builder import Function, Module, V, shared, vector
from .conv_epilogue import parts
from .conv_lanes import define_tables, sum_of_lanes
from .conv_patches import Inside, Reader
from .conv_plan import FIELDS, Plan
from .conv_store import define_store
from .frame import Frame
from .index import Index, counting
from .memory import BYTES, narrow, read, widen
from .micro import multiply_add


def depthwise_extra(plan: Plan, taps: Any, channels: Any) -> Any:
    """Bytes after the plan's scratch memory: a vector per tap, a number per weight.

    Numbers for the template, `Index` for its text.
    """
    weights = (taps * channels + plan.lanes) // plan.lanes * plan.lanes
    return (taps * plan.lanes + weights) * plan.bytes


class _Depthwise:
    """What the kernels share: blocks of positions, and reading under taps."""

    def __init__(self, f: Function, plan: Plan, step: int, tables: str) -> None:
        self.f, self.plan, self.names = f, plan, tables
        p = self.p = Frame(f, FIELDS, f["p"])
        self.batch, self.groups = p["batch"], p["groups"]
        self.reader, self.inside = Reader(f, plan, step), Inside(f, plan, p)
        lanes, taps = p.three("lanes"), p.three("taps")
        self.total = lanes[0] * lanes[1] * lanes[2]
        self.taps = taps[0] * taps[1] * taps[2]

    def blocks(self) -> Iterator[tuple[Index, Index]]:
        """Code for each block of an image's positions: yields the first and how many."""
        f, plan = self.f, self.plan
        with counting(f, 0, self.total, plan.width) as first:
            count = (self.total - first).least(plan.width)
            f.call_defined(self.names, "void", [self.p.pointer, first.value, count.value])
            yield first, count

    def share(self, items: Index) -> tuple[Index, Index]:
        worker, workers = (Index(self.f, self.f[n]) for n in ("worker", "workers"))
        return items * worker // workers, items * (worker + 1) // workers

    def element(self, name: str, offset: Index) -> V:
        f, plan = self.f, self.plan
        return f.address(self.p.address(name), plan.element, offset.value)

    def values(self, image: V, lane: Index) -> Iterator[tuple[V, Index, tuple[Index, ...]]]:
        """Code for each tap of a vector of positions: yields what is read, and which tap."""
        f, plan, reader = self.f, self.plan, self.reader
        record, at = plan.record(self.p, lane // plan.lanes), self.inside.at(lane)
        everything = V("splat (i1 true)", plan.masks)
        for number in reader.by_runs(record):
            runs = reader.runs(record, number, everything)
            places = reader.places(self.p, lane)
            for tap, inside, offset, where in self.inside.taps(at):
                if number:
                    value = reader.read(image, reader.within(runs, inside), offset)
                else:
                    value = reader.pick(image, places, inside, offset)
                yield widen(f, plan.target, value, plan.memory), tap, where

    def multiply_add(self, a: V, b: V, total: V) -> V:
        return multiply_add(self.f, self.plan.target, self.plan.tile(1), a, b, total)


@shared
def define_depthwise(module: Module, plan: Plan, step: int, epilogue: tuple[str, ...]) -> str:
    """`void (ptr frame, i64 worker, i64 workers)`: y; `step` as for `define_product`."""
    tables, store = define_tables(module, plan), define_store(module, plan, epilogue)
    parameters = [("ptr", "p"), ("i64", "worker"), ("i64", "workers")]
    name = "conv_depthwise"
    f = Function(module, name, parameters, linkage="internal", attributes="nounwind")
    _Forward(f, plan, step, tables).write(store, epilogue)
    f.ret()
    return name


class _Forward(_Depthwise):
    """The body of `conv_depthwise`."""

    def write(self, store: str, epilogue: tuple[str, ...]) -> None:
        f, p = self.f, self.p
        begin, end = self.share(self.batch * self.groups)
        # The store knows channels; which image they belong to is said by moving the arrays.
        arrays = [part.field for part in parts(epilogue) if part.operation == "residual"]
        moved = {n: p.address(n) for n in ("y", *arrays)}
        for _, count in self.blocks():
            with counting(f, begin, end) as plane:
                n, c = plane // self.groups, plane % self.groups
                for name, start in moved.items():
                    offset = (n * p["y_image"]).value
                    p.set_address(name, f.address(start, self.plan.element, offset))
                self._plane(n, c, count, store)
        for name, start in moved.items():
            p.set_address(name, start)

    def _plane(self, n: Index, c: Index, count: Index, store: str) -> None:
        f, plan, p = self.f, self.plan, self.p
        image = self.element("x", n * p["image"] + c * p["plane"])
        weights = self.element("w", c * p["w_group"] + p["w_first"])
        steps, sums = p.three("w"), plan.part(p, "sums")
        total = f.variable(plan.numbers)
        with counting(f, 0, count, plan.lanes) as lane:
            f.set(total, V("zeroinitializer", plan.numbers))
            for value, _, (i, j, k) in self.values(image, lane):
                at = f.address(
                    weights, plan.element, (i * steps[0] + j * steps[1] + k * steps[2]).value
                )
                one = f.splat(f.load(at, plan.element, BYTES[plan.memory]), plan.lanes)
                weight = widen(f, plan.target, one, plan.memory)
                f.set(total, self.multiply_add(value, weight, f.get(total, plan.numbers)))
            at = f.address(sums, plan.number, lane.value)
            f.store(f.get(total, plan.numbers), at, plan.bytes)
        where = [c, Index(f, 1), Index(f, 0), count.rounded(plan.lanes)]
        f.call_defined(store, "void", [p.pointer, sums, *(n.value for n in where)])


@shared
def define_depthwise_weight(module: Module, plan: Plan, step: int) -> str:
    """`void (ptr frame, i64 worker, i64 workers)`: the gradient of w."""
    tables = define_tables(module, plan)
    parameters = [("ptr", "p"), ("i64", "worker"), ("i64", "workers")]
    name = "conv_depthwise_weight"
    f = Function(module, name, parameters, linkage="internal", attributes="nounwind")
    _Weight(f, plan, step, tables).write()
    f.ret()
    return name


class _Weight(_Depthwise):
    """The body of `conv_depthwise_weight`: a vector of sums per tap, then their totals."""

    def write(self) -> None:
        f, plan = self.f, self.plan
        begin, end = self.share(self.groups)
        self.sums = plan.part(self.p, "end")
        self.totals = f.address(self.sums, plan.number, (self.taps * plan.lanes).value)
        first, last = begin * self.taps, end * self.taps
        self._clear(self.totals, first, last)
        for _, count in self.blocks():
            with counting(f, begin, end) as c:
                with counting(f, 0, self.taps * plan.lanes, plan.lanes) as i:
                    zero = V("zeroinitializer", plan.numbers)
                    f.store(zero, f.address(self.sums, plan.number, i.value), plan.bytes)
                with counting(f, 0, self.batch) as n:
                    self._plane(n, c, count)
                self._reduce(c)
        with counting(f, first, last) as i:
            at = f.address(self.totals, plan.number, i.value)
            single = f.load(at, vector(1, plan.number), plan.bytes)
            made = narrow(f, plan.target, single, plan.memory)
            f.store(made, self.element("w", i), BYTES[plan.memory])

    def _clear(self, start: V, first: Index, last: Index) -> None:
        f, plan = self.f, self.plan
        with counting(f, first, last) as i:
            zero = V("0.0", plan.number)
            f.store(zero, f.address(start, plan.number, i.value), plan.bytes)

    def _plane(self, n: Index, c: Index, count: Index) -> None:
        f, plan, p = self.f, self.plan, self.p
        image = self.element("x", n * p["image"] + c * p["plane"])
        gradients = self.element("y", n * p["y_image"] + c * p["y_row"])
        with counting(f, 0, count, plan.lanes) as lane:
            gradient = self._gradient(gradients, lane)
            for value, tap, _ in self.values(image, lane):
                at = f.address(self.sums, plan.number, (tap * plan.lanes).value)
                total = f.load(at, plan.numbers, plan.bytes)
                f.store(self.multiply_add(value, gradient, total), at, plan.bytes)

    def _gradient(self, start: V, lane: Index) -> V:
        """The positions of an image are those of memory."""
        f, plan = self.f, self.plan
        first = Index(f, f.load(self._writes(lane), "i64", 8))
        left = plan.record(self.p, lane // plan.lanes).count
        at = f.address(start, plan.element, first.value)
        raw = read(f, plan.target, at, plan.element, plan.lanes, left.value)
        return widen(f, plan.target, raw, plan.memory)

    def _writes(self, lane: Index) -> V:
        return self.f.address(self.plan.part(self.p, "writes"), "i64", lane.value)

    def _reduce(self, c: Index) -> None:
        """The totals of a channel grow by the lanes of its sums."""
        f, plan = self.f, self.plan
        with counting(f, 0, self.taps) as tap:
            at = f.address(self.sums, plan.number, (tap * plan.lanes).value)
            lanes = f.load(at, plan.numbers, plan.bytes)
            to = f.address(self.totals, plan.number, (c * self.taps + tap).value)
            total = f.load(to, plan.number, plan.bytes)
            f.store(f.binary("fadd", total, sum_of_lanes(f, plan, lanes)), to, plan.bytes)
