"""What a convolution's windows hold: vectors of image elements under a tap, and whole patches.

In: tables of positions (`conv_lanes`).  Out: vectors; panels of patches for products.  Lanes whose
tap lies outside the image read zero; no element outside the image is touched.  Lanes that lie side
by side in memory, or two apart, are read with one or two loads.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from ..llvm.builder import Function, Module, V, i64, shared, vector
from .conv_lanes import gather, load_over, spread
from .conv_plan import FIELDS, SEGMENTS, Plan, Record
from .frame import Frame
from .index import Counter, Index, counting
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
            bits = f.convert("trunc", record.mask(run).value, plan.bits)
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
            at = f.address(image, plan.element, (run.base + offset).value)
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
        table = self.f.address(self.plan.part(p, "reads"), "i64", lane.value)
        return self.f.load(table, vector(self.plan.lanes, "i64"), 8)

    def pick(self, image: V, places: V, inside: V, offset: Index) -> V:
        """As `read`, element by element."""
        f, plan = self.f, self.plan
        start = f.address(image, plan.element, offset.value)
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
        parts = [f.address(self.plan.part(self.p, f"at_{a}"), "i32", lane.value) for a in "dhw"]
        return [f.load(part, type, 4) for part in parts]

    def along(self, at: Sequence[V], tap: Index, axis: int) -> V:
        f, lanes = self.f, self.plan.lanes
        moved = f.binary("add", at[axis], spread(f, tap * self.shift[axis], lanes, "i32"))
        return f.compare("icmp ult", moved, spread(f, self.size[axis], lanes, "i32"))

    def taps(self, at: Sequence[V]) -> Iterator[tuple[Index, V, Index, tuple[Index, ...]]]:
        """Code for each tap: yields its number, the lanes inside, how far on it reads, (d, h, w)"""
        f, shift, size, tap = self.f, self.shift, self.size, Counter(self.f)
        taps = self.p.three("taps")
        with counting(f, 0, taps[0]) as d:
            in_d, to_d = self.along(at, d, 0), d * shift[0] * size[1]
            with counting(f, 0, taps[1]) as h:
                in_h = f.binary("and", in_d, self.along(at, h, 1))
                to_h = (to_d + h * shift[1]) * size[2]
                with counting(f, 0, taps[2]) as w:
                    inside = f.binary("and", in_h, self.along(at, w, 2))
                    yield tap.get(), inside, to_h + w * shift[2], (d, h, w)
                    tap.add(1)


@shared
def define_patches(module: Module, plan: Plan, step: int) -> str:
    """`void (frame, i64 group, i64 first, i64 last, i64 lane, i64 columns, i64 stride, ptr out)`.

    Elements first to last of the patches of `columns` positions, whole vectors of at most one
    panel, from `lane` of the block on: a row per element, `stride` apart.  `step` is 1 or 2 where
    the innermost step is, else 0.
    """
    taps = _define_taps(module, plan, step)
    name, integers = "conv_patches", ("group", "first", "last", "lane", "columns", "stride")
    parameters = [("ptr", "p"), *(("i64", n) for n in integers)]
    f = Function(
        module,
        name,
        [*parameters, ("ptr", "out")],
        linkage="internal",
        attributes="nounwind noinline",
    )
    f.call_defined(taps, "void", [f["p"], f["lane"], f["columns"]])
    _Patches(f, plan, step).write()
    f.ret()
    return name


class _Entries:
    """How each vector of a panel is read under each tap: worked out once, used per channel."""

    def __init__(self, f: Function, plan: Plan, p: Frame) -> None:
        self.f, self.plan, self.start = f, plan, plan.part(p, "end")

    def _at(self, tap: Index, column: Index, number: int) -> V:
        f, plan = self.f, self.plan
        entry = (tap * plan.vectors + column // plan.lanes) * (2 * SEGMENTS) + number
        return f.address(self.start, "i64", entry.value)

    def put(self, tap: Index, column: Index, runs: Sequence[Run]) -> None:
        """Masks of a run share one number: of its lanes, then of the elements it loads."""
        f, plan = self.f, self.plan
        for number, run in enumerate(runs):
            bits = Index(f, 0)
            for mask in reversed((run.lanes, *run.parts)):
                part = f.convert("zext", f.convert("bitcast", mask, plan.bits), "i64")
                bits = bits * (1 << plan.lanes) + Index(f, part)
            f.store(run.base.value, self._at(tap, column, 2 * number), 8)
            f.store(bits.value, self._at(tap, column, 2 * number + 1), 8)

    def get(self, tap: Index, column: Index, number: int, parts: int) -> list[Run]:
        f, plan, made = self.f, self.plan, []
        for run in range(max(number, 1)):
            base = Index(f, f.load(self._at(tap, column, 2 * run), "i64", 8))
            bits = f.load(self._at(tap, column, 2 * run + 1), "i64", 8)
            masks = []
            for part in range(parts + 1):
                shifted = f.binary("lshr", bits, i64(part * plan.lanes))
                one = f.convert("trunc", shifted, plan.bits)
                masks.append(f.convert("bitcast", one, plan.masks))
            made.append(Run(masks[0], masks[1:], base))
        return made


@shared
def _define_taps(module: Module, plan: Plan, step: int) -> str:
    """`void (frame, i64 lane, i64 columns)`: the entries of a panel."""
    name = "conv_taps"
    parameters = [("ptr", "p"), ("i64", "lane"), ("i64", "columns")]
    f = Function(module, name, parameters, linkage="internal", attributes="nounwind noinline")
    p = Frame(f, FIELDS, f["p"])
    reader, inside, entries = Reader(f, plan, step), Inside(f, plan, p), _Entries(f, plan, p)
    with counting(f, 0, Index(f, f["columns"]), plan.lanes) as column:
        lane = Index(f, f["lane"]) + column
        record = plan.record(p, lane // plan.lanes)
        for tap, within, offset, _ in inside.taps(inside.at(lane)):
            for number in reader.by_runs(record):
                runs = [Run(within, [], offset)]
                if number:
                    runs = reader.runs(record, number, within)
                    runs = [Run(run.lanes, run.parts, run.base + offset) for run in runs]
                entries.put(tap, column, runs)
    f.ret()
    return name


class _Patches:
    """The body of `conv_patches`: rows in the order of memory, so that both sides are streams."""

    def __init__(self, f: Function, plan: Plan, step: int) -> None:
        self.f, self.plan, self.reader = f, plan, Reader(f, plan, step)
        self.p = Frame(f, FIELDS, f["p"])
        self.entries = _Entries(f, plan, self.p)
        self.lane = Index(f, f["lane"])
        self.parts = step

    def write(self) -> None:
        f, p = self.f, self.p
        taps = p.three("taps")
        total = taps[0] * taps[1] * taps[2]
        first, last = Index(f, f["first"]), Index(f, f["last"])
        row = Counter(f)
        with f.when(total.differs(0)):
            plane = p["plane"]
            image = Index(f, f["group"]) * p["channels"] * plane
            with counting(f, first // total, last.parts(total)) as c:
                at = f.address(p.address("x"), self.plan.element, (image + c * plane).value)
                self._fetch_next(f.address(at, self.plan.element, plane.value), total)
                start = (first - c * total).most(0)
                with counting(f, start, (last - c * total).least(total)) as tap:
                    self._row(at, tap, row.get())
                    row.add(Index(f, f["stride"]))

    def _fetch_next(self, image: V, taps: Index) -> None:
        """Brings the next channel's rows into the cache, which no processor foresees."""
        f, plan = self.f, self.plan
        f.module.declare("llvm.prefetch.p0", "void", ["ptr", "i32", "i32", "i32"])
        with counting(f, 0, Index(f, f["columns"]), plan.lanes) as column:
            for tap in (Index(f, 0), taps // 2, taps - 1):
                base = self.entries.get(tap, column, 1, 0)[0].base
                at = f.address(image, plan.element, base.value)
                f.line(f"call void @llvm.prefetch.p0({at}, i32 0, i32 3, i32 1)")

    def _row(self, image: V, tap: Index, row: Index) -> None:
        f, plan, reader = self.f, self.plan, self.reader
        with counting(f, 0, Index(f, f["columns"]), plan.lanes) as column:
            lane = self.lane + column
            record = plan.record(self.p, lane // plan.lanes)
            to = f.address(f["out"], plan.number, (row + column).value)
            for number in reader.by_runs(record):
                runs = self.entries.get(tap, column, number, self.parts)
                if number:
                    value = reader.read(image, runs, Index(f, 0))
                else:
                    places = reader.places(self.p, lane)
                    value = reader.pick(image, places, runs[0].lanes, runs[0].base)
                f.store(widen(f, plan.target, value, plan.memory), to, plan.bytes)


def _shuffled(f: Function, a: V, b: V, order: list[int]) -> V:
    lanes = ", ".join(f"i32 {lane}" for lane in order)
    return f.let(a.type, f"shufflevector {a}, {b}, <{len(order)} x i32> <{lanes}>")
