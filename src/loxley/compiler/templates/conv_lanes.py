"""Positions of a convolution's output as lanes of vectors: where each is read and written.

In: a block of positions, counted over all images.  Out: tables in scratch memory, and vectors of
image elements under a tap.  Lanes whose tap lies outside the image read zero; no element outside
the image is touched.  Lanes of a row that lie side by side in memory are read with one load.
"""

from __future__ import annotations

from ..llvm.builder import Function, Module, V, i64, lanes_of, vector
from .conv_index import Counter, Frame, Index, counting, flag, raw
from .conv_plan import FIELDS, SEGMENTS, Plan, Record
from .memory import BYTES, mangled, widen

_NOWHERE = -(1 << 30)  # a coordinate outside every image, also after a shift by a tap


def iota(lanes: int, element: str) -> V:
    numbers = ", ".join(f"{element} {lane}" for lane in range(lanes))
    return V(f"<{numbers}>", vector(lanes, element))


def spread(f: Function, number: Index | int, lanes: int, element: str = "i64") -> V:
    value = raw(number)
    return f.splat(value if element == "i64" else f.convert("trunc", value, element), lanes)


def define_tables(module: Module, plan: Plan) -> str:
    """`void (ptr frame, i64 first, i64 count)`: tables of positions first to first + count."""
    name = "conv_tables"
    f = Function(
        module,
        name,
        [("ptr", "p"), ("i64", "first"), ("i64", "count")],
        linkage="internal",
        attributes="nounwind noinline",
    )
    _Tables(f, plan).write(Index(f, f["first"]), Index(f, f["count"]))
    f.ret()
    return name


class _Tables:
    """The body of `conv_tables`."""

    def __init__(self, f: Function, plan: Plan) -> None:
        self.f, self.plan = f, plan
        self.p = Frame(f, FIELDS, f["p"])
        self.parts = {n: plan.part(self.p, n) for n in ("at_d", "at_h", "at_w", "reads", "writes")}
        self.lanes, self.step, self.origin = map(self.p.three, ("lanes", "step", "origin"))
        self.size, self.out = self.p.three("size"), self.p.three("y")

    def write(self, first: Index, count: Index) -> None:
        f, (_, high, wide) = self.f, self.lanes
        w, rest = Counter(f, first % wide), first // wide
        h, rest = Counter(f, rest % high), rest // high
        d, n = Counter(f, rest % self.lanes[0]), Counter(f, rest // self.lanes[0])
        done, head, end = Counter(f), f.label("rows"), f.label("written")
        f.branch(head)
        f.place(head)
        run = (wide - w.get()).least(count - done.get())
        self._row(done.get(), run, (d.get(), h.get(), w.get()), n.get())
        done.add(run)
        w.set(0)
        self._carry((n, d, h))
        f.branch_if(done.get() < count, head, end)
        f.place(end)
        self._mark_rest(count)
        with counting(f, 0, count.parts(self.plan.lanes)) as number:
            self._describe(number, count)

    def _carry(self, counters: tuple[Counter, Counter, Counter]) -> None:
        """The next row."""
        f, (n, d, h) = self.f, counters
        h.add(1)
        with f.when(h.get() >= self.lanes[1]):
            h.set(0)
            d.add(1)
            with f.when(d.get() >= self.lanes[0]):
                d.set(0)
                n.add(1)

    def _row(self, start: Index, run: Index, at: tuple[Index, Index, Index], n: Index) -> None:
        """Positions of one row; stores reach beyond it, and are overwritten by the next row's."""
        f, lanes, p = self.f, self.plan.lanes, self.p
        d, h, w = (
            a * step + origin for a, step, origin in zip(at, self.step, self.origin, strict=True)
        )
        read = n * p["image"] + (d * self.size[1] + h) * self.size[2] + w
        write = n * p["y_image"] + p["y_first"]
        for a, step in zip(at, self.out, strict=True):
            write = write + a * step
        with counting(f, 0, run, lanes) as i:
            to = start + i
            self._store("at_d", to, spread(f, d, lanes, "i32"))
            self._store("at_h", to, spread(f, h, lanes, "i32"))
            self._ramp("at_w", to, w + i * self.step[2], self.step[2], "i32")
            self._ramp("reads", to, read + i * self.step[2], self.step[2], "i64")
            self._ramp("writes", to, write + i * self.out[2], self.out[2], "i64")

    def _ramp(self, name: str, to: Index, start: Index, step: Index, element: str) -> None:
        f, lanes = self.f, self.plan.lanes
        steps = f.binary("mul", iota(lanes, element), spread(f, step, lanes, element))
        self._store(name, to, f.binary("add", spread(f, start, lanes, element), steps))

    def _store(self, name: str, to: Index, value: V) -> None:
        element = "i32" if name.startswith("at") else "i64"
        self.f.store(value, self.f.address(self.parts[name], element, to.v), 4)

    def _load(self, name: str, at: Index, type: str) -> V:
        return self.f.load(self.f.address(self.parts[name], "i64", at.v), type, 8)

    def _mark_rest(self, count: Index) -> None:
        """Lanes after the last position lie outside the image."""
        self._store("at_w", count, spread(self.f, _NOWHERE, self.plan.lanes, "i32"))

    def _describe(self, number: Index, count: Index) -> None:
        """The record of one vector: its runs, found one after the other."""
        f, lanes = self.f, self.plan.lanes
        first = number * lanes
        left = (count - first).least(lanes)
        record = self.plan.record(self.p, number)
        record.put(1, left)
        reads = self._load("reads", first, vector(lanes, "i64"))
        present = f.compare("icmp slt", iota(lanes, "i64"), spread(f, left, lanes))
        rest = f.convert("bitcast", present, self.plan.bits)
        runs = Index(f, 0)
        for run in range(SEGMENTS):
            runs = runs + flag(f, f.compare("icmp ne", rest, V("0", self.plan.bits)))
            rest = self._run(record, run, first, reads, rest)
        runs = f.select(runs.equals(3), i64(4), runs.v)
        found = f.compare("icmp eq", rest, V("0", self.plan.bits))
        record.put(0, Index(f, f.select(found, runs, i64(0))))
        record.put(2, self._adjacent(first, present))

    def _run(self, record: Record, run: int, first: Index, reads: V, rest: V) -> V:
        """Describes the run that starts at the first lane of `rest`; the lanes after it."""
        f, lanes, bits = self.f, self.plan.lanes, self.plan.bits
        lane = f.call(f"llvm.cttz.{bits}", bits, [rest, V("false", "i1")])
        lane_at = Index(f, f.convert("zext", lane, "i64"))
        start = Index(f, self._load("reads", first + lane_at, "i64"))
        base = start - lane_at * self.step[2]
        steps = f.binary("mul", iota(lanes, "i64"), spread(f, self.step[2], lanes))
        line = f.binary("add", spread(f, base, lanes), steps)
        same = f.convert("bitcast", f.compare("icmp eq", reads, line), bits)
        mask = f.binary("and", same, rest)
        record.put(4 + run, Index(f, f.convert("zext", mask, "i64")))
        record.put(4 + SEGMENTS + run, base)
        return f.binary("xor", rest, mask)

    def _adjacent(self, first: Index, present: V) -> Index:
        """Whether results of the vector's positions lie side by side."""
        f, lanes = self.f, self.plan.lanes
        writes = self._load("writes", first, vector(lanes, "i64"))
        start = Index(f, self._load("writes", first, "i64"))
        line = f.binary("add", spread(f, start, lanes), iota(lanes, "i64"))
        apart = f.binary("and", f.compare("icmp ne", writes, line), present)
        none = f.compare(
            "icmp eq", f.convert("bitcast", apart, self.plan.bits), V("0", self.plan.bits)
        )
        return flag(f, none)


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
        self.f, self.plan, self.step = f, plan, step
        self.columns = Index(f, f["columns"])
        self.p = Frame(f, FIELDS, f["p"])
        self.taps, self.shift = self.p.three("taps"), self.p.three("shift")
        self.size = self.p.three("size")
        self.plane = self.p["plane"]
        self.image = f.address(
            self.p.address("x"),
            plan.element,
            (Index(f, f["group"]) * self.p["channels"] * self.plane).v,
        )
        self.first = Index(f, f["first"])
        self.total = self.taps[0] * self.taps[1] * self.taps[2]

    def write(self) -> None:
        f, plan = self.f, self.plan
        with f.when(self.total.differs(0)):
            # Channels of the block under tap t: from q to r, one more where t < the remainder.
            last = Index(f, f["last"])
            ends = [(n // self.total, n % self.total) for n in (self.first, last)]
            with counting(f, 0, self.columns, plan.lanes) as column:
                self._vector(Index(f, f["lane"]) + column, column, ends)

    def _vector(self, lane: Index, column: Index, ends: list) -> None:
        f, plan = self.f, self.plan
        record = plan.record(self.p, lane // plan.lanes)
        at = [self._table(n, lane) for n in ("at_d", "at_h", "at_w")]
        tap = Counter(f)
        with counting(f, 0, self.taps[0]) as d:
            in_d, to_d = self._inside(at[0], d, 0), d * self.shift[0] * self.size[1]
            with counting(f, 0, self.taps[1]) as h:
                in_h = f.binary("and", in_d, self._inside(at[1], h, 1))
                to_h = (to_d + h * self.shift[1]) * self.size[2]
                with counting(f, 0, self.taps[2]) as w:
                    inside = f.binary("and", in_h, self._inside(at[2], w, 2))
                    number = tap.get()
                    start, stop = (q + flag(f, number < r) for q, r in ends)
                    row = (start * self.total + number - self.first) * self.columns
                    offset = to_h + w * self.shift[2] + start * self.plane
                    self._channels(record, lane, inside, offset, row + column, stop - start)
                    tap.add(1)

    def _table(self, name: str, lane: Index) -> V:
        f = self.f
        at = f.address(self.plan.part(self.p, name), "i32", lane.v)
        return f.load(at, vector(self.plan.lanes, "i32"), 4)

    def _inside(self, at: V, tap: Index, axis: int) -> V:
        f, lanes = self.f, self.plan.lanes
        moved = f.binary("add", at, spread(f, tap * self.shift[axis], lanes, "i32"))
        return f.compare("icmp ult", moved, spread(f, self.size[axis], lanes, "i32"))

    def _channels(
        self, record: Record, lane: Index, inside: V, offset: Index, to: Index, count: Index
    ) -> None:
        """Vectors of successive channels under one tap, by the number of runs."""
        f, end = self.f, self.f.label("packed")
        runs = record.runs
        for number in (1, 2, 4) if self.step else ():
            yes, no = f.label("runs"), f.label("more")
            f.branch_if(runs.equals(number), yes, no)
            f.place(yes)
            self._by_runs(record, number, inside, offset, to, count)
            f.branch(end)
            f.place(no)
        self._by_lanes(lane, inside, offset, to, count)
        f.branch(end)
        f.place(end)

    def _by_runs(
        self, record: Record, number: int, inside: V, offset: Index, to: Index, count: Index
    ) -> None:
        f, plan = self.f, self.plan
        runs = []
        for run in range(number):
            bits = f.convert("trunc", record.mask(run).v, plan.bits)
            mask = f.binary("and", f.convert("bitcast", bits, plan.masks), inside)
            runs.append((mask, record.base(run) + offset))
        masks = [self._element_masks(mask) for mask, _ in runs]
        with counting(f, 0, count) as c:
            value = V("zeroinitializer", vector(plan.lanes, plan.element))
            for (mask, base), parts in zip(runs, masks, strict=True):
                at = f.address(self.image, plan.element, (base + c * self.plane).v)
                value = self._run(at, mask, parts, value)
            self._store(value, to, c)

    def _element_masks(self, mask: V) -> list[V]:
        """Masks of the vectors that are loaded: for a step of 2, of every other element."""
        f, lanes = self.f, self.plan.lanes
        if self.step == 1:
            return [mask]
        none, parts = V("zeroinitializer", mask.type), []
        for start in (0, lanes):
            order = [(start + e) // 2 if e % 2 == 0 else lanes for e in range(lanes)]
            parts.append(_shuffled(f, mask, none, order))
        return parts

    def _run(self, at: V, mask: V, parts: list[V], value: V) -> V:
        """`value` with the lanes of one run read."""
        f, plan = self.f, self.plan
        if self.step == 1:
            return load_over(f, at, parts[0], value, BYTES[plan.memory])
        none = V("zeroinitializer", value.type)
        low = load_over(f, at, parts[0], none, BYTES[plan.memory])
        far = f.address(at, plan.element, i64(plan.lanes))
        high = load_over(f, far, parts[1], none, BYTES[plan.memory])
        even = _shuffled(f, low, high, [2 * e for e in range(plan.lanes)])
        return f.select(mask, even, value)

    def _by_lanes(self, lane: Index, inside: V, offset: Index, to: Index, count: Index) -> None:
        f, plan = self.f, self.plan
        table = f.address(plan.part(self.p, "reads"), "i64", lane.v)
        reads = f.load(table, vector(plan.lanes, "i64"), 8)
        with counting(f, 0, count) as c:
            start = f.address(self.image, plan.element, (offset + c * self.plane).v)
            pointers = f.let(
                vector(plan.lanes, "ptr"), f"getelementptr {plan.element}, {start}, {reads}"
            )
            self._store(gather(f, pointers, plan.element, inside, BYTES[plan.memory]), to, c)

    def _store(self, value: V, to: Index, c: Index) -> None:
        f, plan = self.f, self.plan
        at = to + c * self.total * self.columns
        value = widen(f, plan.target, value, plan.memory)
        f.store(value, f.address(f["out"], plan.number, at.v), plan.bytes)


def _shuffled(f: Function, a: V, b: V, order: list[int]) -> V:
    lanes = ", ".join(f"i32 {lane}" for lane in order)
    return f.let(a.type, f"shufflevector {a}, {b}, <{len(order)} x i32> <{lanes}>")


def load_over(f: Function, pointer: V, mask: V, value: V, align: int) -> V:
    """`value` with the lanes in `mask` read from memory."""
    name = f"llvm.masked.load.{mangled(value.type)}.p0"
    f.module.declare(name, value.type, ["ptr", mask.type, value.type])
    where = f"ptr align {align} {pointer.name}"
    return f.let(value.type, f"call {value.type} @{name}({where}, {mask}, {value})")


def gather(f: Function, pointers: V, element: str, mask: V, align: int) -> V:
    """Elements at separate addresses; zero outside `mask`, where nothing is read."""
    lanes = lanes_of(pointers.type)
    type = vector(lanes, element)
    name = f"llvm.masked.gather.{mangled(type)}.v{lanes}p0"
    f.module.declare(name, type, [pointers.type, mask.type, type])
    where = f"{pointers.type} align {align} {pointers.name}"
    return f.let(type, f"call {type} @{name}({where}, {mask}, {type} zeroinitializer)")


def scatter(f: Function, value: V, pointers: V, mask: V, align: int) -> None:
    """Stores lanes in `mask` at separate addresses."""
    name = f"llvm.masked.scatter.{mangled(value.type)}.v{lanes_of(pointers.type)}p0"
    f.module.declare(name, "void", [value.type, pointers.type, mask.type])
    f.line(f"call void @{name}({value}, {pointers.type} align {align} {pointers.name}, {mask})")
