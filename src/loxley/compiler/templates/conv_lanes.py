"""Positions of a convolution's output as lanes of vectors: where each is read and written.

In: a block of positions, counted over all images.  Out: tables in scratch memory: coordinates of
what a position reads under the first tap, where that lies, where the result goes; and for each
vector of positions, how it is read and written (`conv_plan.Record`).
"""

from __future__ import annotations

from ..llvm.builder import Function, Module, V, i64, lanes_of, shared, vector
from .conv_plan import FIELDS, SEGMENTS, Plan, Record
from .frame import Frame
from .index import Counter, Index, counting, flag, raw
from .memory import mangled

_NOWHERE = -(1 << 30)  # a coordinate outside every image, also after a shift by a tap


def iota(lanes: int, element: str) -> V:
    numbers = ", ".join(f"{element} {lane}" for lane in range(lanes))
    return V(f"<{numbers}>", vector(lanes, element))


def spread(f: Function, number: Index | int, lanes: int, element: str = "i64") -> V:
    value = raw(number)
    return f.splat(value if element == "i64" else f.convert("trunc", value, element), lanes)


@shared
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
        self.f.store(value, self.f.address(self.parts[name], element, to.value), 4)

    def _load(self, name: str, at: Index, type: str) -> V:
        return self.f.load(self.f.address(self.parts[name], "i64", at.value), type, 8)

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
        as_read = f.select(runs.equals(3), i64(4), runs.value)
        found = f.compare("icmp eq", rest, V("0", self.plan.bits))
        record.put(0, Index(f, f.select(found, as_read, i64(0))))
        record.put(2, self._adjacent(first, present))

    def _run(self, record: Record, run: int, first: Index, reads: V, rest: V) -> V:
        """Describes the run that starts at the first lane of `rest`; the lanes after it."""
        f, lanes, bits = self.f, self.plan.lanes, self.plan.bits
        lane = f.call(f"llvm.cttz.{bits}", bits, [rest, V("false", "i1")])
        # Without a lane left, the run is empty; its address is lane 0's, since a masked load from
        # memory that does not exist is slow.
        lane_at = Index(f, f.convert("zext", lane, "i64")) % lanes
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


def sum_of_lanes(f: Function, plan: Plan, value: V) -> V:
    """The lanes' sum, added in halves: a fixed order."""
    name = f"llvm.vector.reduce.fadd.v{plan.lanes}{plan.kind}"
    f.module.declare(name, plan.number, [plan.number, plan.numbers])
    return f.let(plan.number, f"call reassoc {plan.number} @{name}({plan.number} 0.0, {value})")
