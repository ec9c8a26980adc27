"""What a convolution's windows hold: vectors of image elements under a tap, and whole patches.

In: tables of positions (`conv_lanes`).  Out: vectors; panels of patches for products.  Lanes whose
tap lies outside the image read zero; no element outside the image is touched.  Lanes that lie side
by side in memory, or two apart, are read with one or two loads.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from ..llvm.builder import Function, Module, V, i64, vector
from .conv_index import Counter, Frame, Index, counting, flag
from .conv_lanes import gather, load_over, spread
from .conv_plan import FIELDS, Plan, Record
from .memory import BYTES, widen


class Run(NamedTuple):
    """Lanes of a vector that are read with one load: as lanes, as loaded elements, from where."""

    lanes: V
    parts: list[V]
    base: Index


class Reader:
    """Reads a vector of positions under one tap, in the elements of memory; `step` as for patches.

    Every method takes the lanes that lie inside the image; the others become zero.
    """

    def __init__(self, f: Function, plan: Plan, step: int) -> None:
        self.f, self.plan, self.step = f, plan, step
        self.type, self.align = vector(plan.lanes, plan.element), BYTES[plan.memory]

    def runs(self, record: Record, number: int, inside: V) -> list[Run]:
        """What `read` needs of a vector of `number` runs."""
        f, plan, made = self.f, self.plan, []
        for run in range(number):
            bits = f.convert("trunc", record.mask(run).v, plan.bits)
            mask = f.binary("and", f.convert("bitcast", bits, plan.masks), inside)
            made.append(Run(mask, self._parts(mask), record.base(run)))
        return made

    def _parts(self, mask: V) -> list[V]:
        """Masks of the vectors that are loaded: for a step of 2, of every other element."""
        f, lanes = self.f, self.plan.lanes
        if self.step == 1:
            return [mask]
        none, parts = V("zeroinitializer", mask.type), []
        for start in (0, lanes):
            order = [(start + e) // 2 if e % 2 == 0 else lanes for e in range(lanes)]
            parts.append(_shuffled(f, mask, none, order))
        return parts

    def within(self, runs: Sequence[Run], inside: V) -> list[Run]:
        """`runs` of fewer lanes."""
        masks = [self.f.binary("and", run.lanes, inside) for run in runs]
        return [Run(m, self._parts(m), run.base) for m, run in zip(masks, runs, strict=True)]

    def read(self, image: V, runs: Sequence[Run], offset: Index) -> V:
        """The elements `offset` after those of the table."""
        f, plan = self.f, self.plan
        value = V("zeroinitializer", self.type)
        for run in runs:
            at = f.address(image, plan.element, (run.base + offset).v)
            if self.step == 1:
                value = load_over(f, at, run.parts[0], value, self.align)
                continue
            none = V("zeroinitializer", self.type)
            low = load_over(f, at, run.parts[0], none, self.align)
            far = f.address(at, plan.element, i64(plan.lanes))
            high = load_over(f, far, run.parts[1], none, self.align)
            even = _shuffled(f, low, high, [2 * e for e in range(plan.lanes)])
            value = f.select(run.lanes, even, value)
        return value

    def places(self, p: Frame, lane: Index) -> V:
        """What `pick` needs of the vector that starts with position `lane`."""
        table = self.f.address(self.plan.part(p, "reads"), "i64", lane.v)
        return self.f.load(table, vector(self.plan.lanes, "i64"), 8)

    def pick(self, image: V, places: V, inside: V, offset: Index) -> V:
        """As `read`, element by element."""
        f, plan = self.f, self.plan
        start = f.address(image, plan.element, offset.v)
        text = f"getelementptr {plan.element}, {start}, {places}"
        pointers = f.let(vector(plan.lanes, "ptr"), text)
        return gather(f, pointers, plan.element, inside, self.align)

    def by_runs(self, record: Record) -> Iterator[int]:
        """Code for each way to read a vector: yields the number of runs, 0 for `pick`."""
        f, end = self.f, self.f.label("end")
        runs = record.runs
        for number in (1, 2, 4) if self.step else ():
            yes, no = f.label("runs"), f.label("more")
            f.branch_if(runs.equals(number), yes, no)
            f.place(yes)
            yield number
            f.branch(end)
            f.place(no)
        yield 0
        f.branch(end)
        f.place(end)


class Inside:
    """Which lanes of a vector of positions have a tap inside the image, dimension by dimension."""

    def __init__(self, f: Function, plan: Plan, p: Frame) -> None:
        self.f, self.plan, self.p = f, plan, p
        self.size, self.shift = p.three("size"), p.three("shift")

    def at(self, lane: Index) -> list[V]:
        """Coordinates of the vector that starts with position `lane`, under the first tap."""
        f, type = self.f, vector(self.plan.lanes, "i32")
        parts = [f.address(self.plan.part(self.p, f"at_{a}"), "i32", lane.v) for a in "dhw"]
        return [f.load(part, type, 4) for part in parts]

    def along(self, at: Sequence[V], tap: Index, axis: int) -> V:
        f, lanes = self.f, self.plan.lanes
        moved = f.binary("add", at[axis], spread(f, tap * self.shift[axis], lanes, "i32"))
        return f.compare("icmp ult", moved, spread(f, self.size[axis], lanes, "i32"))

    def taps(self, at: Sequence[V]) -> Iterator[tuple[Index, V, Index]]:
        """Code for each tap: yields its number, the lanes inside, how far it reads on."""
        f, shift, size, tap = self.f, self.shift, self.size, Counter(self.f)
        taps = self.p.three("taps")
        with counting(f, 0, taps[0]) as d:
            in_d, to_d = self.along(at, d, 0), d * shift[0] * size[1]
            with counting(f, 0, taps[1]) as h:
                in_h = f.binary("and", in_d, self.along(at, h, 1))
                to_h = (to_d + h * shift[1]) * size[2]
                with counting(f, 0, taps[2]) as w:
                    inside = f.binary("and", in_h, self.along(at, w, 2))
                    yield tap.get(), inside, to_h + w * shift[2]
                    tap.add(1)


def define_patches(module: Module, plan: Plan, step: int) -> str:
    """`void (ptr frame, i64 group, i64 first, i64 last, i64 lane, i64 columns, ptr out)`.

    Elements first to last of the patches of `columns` positions, whole vectors, from `lane` of the
    block on: a row per element.  `step` is 1 or 2 where the innermost step is, else 0.
    """
    name, integers = "conv_patches", ("group", "first", "last", "lane", "columns")
    parameters = [("ptr", "p"), *(("i64", n) for n in integers)]
    f = Function(
        module,
        name,
        [*parameters, ("ptr", "out")],
        linkage="internal",
        attributes="nounwind noinline",
    )
    _Patches(f, plan, step).write()
    f.ret()
    return name


class _Patches:
    """The body of `conv_patches`: per vector and tap, one loop over the channels."""

    def __init__(self, f: Function, plan: Plan, step: int) -> None:
        self.f, self.plan, self.reader = f, plan, Reader(f, plan, step)
        self.columns = Index(f, f["columns"])
        self.p = Frame(f, FIELDS, f["p"])
        self.inside = Inside(f, plan, self.p)
        self.plane = self.p["plane"]
        self.image = f.address(
            self.p.address("x"),
            plan.element,
            (Index(f, f["group"]) * self.p["channels"] * self.plane).v,
        )
        self.first = Index(f, f["first"])
        taps = self.p.three("taps")
        self.total = taps[0] * taps[1] * taps[2]

    def write(self) -> None:
        f, plan = self.f, self.plan
        with f.when(self.total.differs(0)):
            # Channels of the block under tap t: from q to r, one more where t < the remainder.
            last = Index(f, f["last"])
            ends = [(n // self.total, n % self.total) for n in (self.first, last)]
            with counting(f, 0, self.columns, plan.lanes) as column:
                self._vector(Index(f, f["lane"]) + column, column, ends)

    def _vector(self, lane: Index, column: Index, ends: list) -> None:
        record = self.plan.record(self.p, lane // self.plan.lanes)
        for tap, inside, offset in self.inside.taps(self.inside.at(lane)):
            start, stop = (q + flag(self.f, tap < r) for q, r in ends)
            row = (start * self.total + tap - self.first) * self.columns
            at = offset + start * self.plane
            for runs in self.reader.by_runs(record):
                if runs:
                    self._by_runs(record, runs, inside, at, row + column, stop - start)
                else:
                    self._by_lanes(lane, inside, at, row + column, stop - start)

    def _by_runs(
        self, record: Record, number: int, inside: V, offset: Index, to: Index, count: Index
    ) -> None:
        f = self.f
        runs = self.reader.runs(record, number, inside)
        with counting(f, 0, count) as c:
            self._store(self.reader.read(self.image, runs, offset + c * self.plane), to, c)

    def _by_lanes(self, lane: Index, inside: V, offset: Index, to: Index, count: Index) -> None:
        f = self.f
        places = self.reader.places(self.p, lane)
        with counting(f, 0, count) as c:
            at = offset + c * self.plane
            self._store(self.reader.pick(self.image, places, inside, at), to, c)

    def _store(self, value: V, to: Index, c: Index) -> None:
        f, plan = self.f, self.plan
        at = to + c * self.total * self.columns
        value = widen(f, plan.target, value, plan.memory)
        f.store(value, f.address(f["out"], plan.number, at.v), plan.bytes)


def _shuffled(f: Function, a: V, b: V, order: list[int]) -> V:
    lanes = ", ".join(f"i32 {lane}" for lane in order)
    return f.let(a.type, f"shufflevector {a}, {b}, <{len(order)} x i32> <{lanes}>")
