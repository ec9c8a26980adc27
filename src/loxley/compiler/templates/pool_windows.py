"""Maxima and means of regular windows: a vector holds windows, taps come one after the other.

In: planes x.  Out: y, and for maxima the numbers of the taps that won.  Positions of windows are
described once per block and used for all planes (`conv_lanes`).  A tap replaces the maximum if it
is larger or NaN: the first of equals wins, and the last NaN.
"""

from __future__ import annotations

from typing import Any

from ..llvm.builder import Function, V, i64, vector
from .conv_lanes import define_tables, spread
from .conv_patches import Inside, Reader
from .conv_plan import FIELDS, Plan
from .frame import Frame
from .index import Index, counting
from .memory import BYTES, lane_mask, masked_store, narrow, widen


def define_windows(f: Function, plan: Plan, given: Frame, spec: Any) -> None:
    """The body of the kernel `f`; `spec` is a `pool.Spec`."""
    scratch = f.binary("mul", f["worker"], i64(plan.scratch))
    p = _frame(f, given, f.address(given.address("scratch"), "i8", scratch))
    tables = define_tables(f.module, plan)
    windows = (_Maxima if spec.name == "max" else _Means)(f, plan, p, given, spec)
    out = p.three("lanes")
    total = out[0] * out[1] * out[2]
    worker, workers = Index(f, f["worker"]), Index(f, f["workers"])
    planes = given["planes"]
    begin, end = planes * worker // workers, planes * (worker + 1) // workers
    with counting(f, 0, total, plan.width) as block:
        count = (total - block).least(plan.width)
        f.call_defined(tables, "void", [p.pointer, block.value, count.value])
        with counting(f, begin, end) as plane:
            with counting(f, 0, count, plan.lanes) as lane:
                mask = lane_mask(f, (count - lane).value, plan.lanes)
                windows.vector(plane, lane, plane * total + block + lane, mask)


def _frame(f: Function, given: Frame, scratch: V) -> Frame:
    """A plane is an image of one channel."""
    p = Frame(f, FIELDS)
    size, out = given.three("size"), given.three("out")
    p.set_address("x", given.address("x"))
    p.set_address("y", given.address("y"))
    p.set_address("scratch", scratch)
    p.set_three("lanes", out)
    p.set_three("size", size)
    p.set_three("step", given.three("stride"))
    p.set_three("origin", [-n for n in given.three("padding")])
    p.set_three("shift", given.three("dilation"))
    p.set_three("taps", given.three("kernel"))
    p.set_three("y", (out[1] * out[2], out[2], 1))
    p["image"], p["plane"] = size[0] * size[1] * size[2], size[0] * size[1] * size[2]
    p["y_image"], p["y_first"] = out[0] * out[1] * out[2], 0
    return p


class _Windows:
    """One vector of windows; what becomes of a tap is the subclass's."""

    def __init__(self, f: Function, plan: Plan, p: Frame, given: Frame, spec: Any) -> None:
        self.f, self.plan, self.p, self.given, self.spec = f, plan, p, given, spec
        self.reader, self.inside = Reader(f, plan, spec.step), Inside(f, plan, p)
        self.total = f.variable(plan.numbers)

    def start(self) -> None:
        """Before the first tap."""
        raise NotImplementedError

    def take(self, value: V, inside: V, tap: Index) -> None:
        """A tap's elements, of which those inside the plane count."""
        raise NotImplementedError

    def finish(self, at: list[V], to: Index, mask: V) -> None:
        """After the last tap."""
        raise NotImplementedError

    def vector(self, plane: Index, lane: Index, to: Index, mask: V) -> None:
        """The windows from `lane` of the block on, to elements from `to` of y on."""
        f, plan, reader = self.f, self.plan, self.reader
        image = f.address(self.p.address("x"), plan.element, (plane * self.p["plane"]).value)
        record, at = plan.record(self.p, lane // plan.lanes), self.inside.at(lane)
        everything = V("splat (i1 true)", plan.masks)
        self.start()
        for number in reader.by_runs(record):
            runs = reader.runs(record, number, everything)
            places = reader.places(self.p, lane)
            for tap, inside, offset, _ in self.inside.taps(at):
                if number:
                    value = reader.read(image, reader.within(runs, inside), offset)
                else:
                    value = reader.pick(image, places, inside, offset)
                self.take(widen(f, plan.target, value, plan.memory), inside, tap)
        self.finish(at, to, mask)

    def put(self, value: V, to: Index, mask: V) -> None:
        f, plan = self.f, self.plan
        made = narrow(f, plan.target, value, plan.memory)
        at = f.address(self.p.address("y"), plan.element, to.value)
        masked_store(f, made, at, mask, BYTES[plan.memory])


class _Maxima(_Windows):
    """Maxima, and where they stand."""

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self.whole = vector(self.plan.lanes, "i32")
        self.where = self.f.variable(self.whole)

    def start(self) -> None:
        f, plan = self.f, self.plan
        lowest = "0xFFF0000000000000"
        f.set(self.total, f.splat(V(lowest, plan.number), plan.lanes))
        f.set(self.where, spread(f, -1, plan.lanes, "i32"))

    def take(self, value: V, inside: V, tap: Index) -> None:
        f, lanes = self.f, self.plan.lanes
        best, where = f.get(self.total, value.type), f.get(self.where, self.whole)
        # Where nothing was seen, the first element inside counts, whatever it is.
        better = f.compare("icmp slt", where, V("zeroinitializer", self.whole))
        better = f.binary("or", better, f.compare("fcmp ogt", value, best))
        better = f.binary("or", better, f.compare("fcmp uno", value, value))
        better = f.binary("and", better, inside)
        f.set(self.total, f.select(better, value, best))
        f.set(self.where, f.select(better, spread(f, tap, lanes, "i32"), where))

    def finish(self, at: list[V], to: Index, mask: V) -> None:
        f, lanes = self.f, self.plan.lanes
        self.put(f.get(self.total, self.plan.numbers), to, mask)
        where, element = f.get(self.where, self.whole), "i8" if self.spec.where == "u8" else "i32"
        if element == "i8":
            where = f.convert("trunc", where, vector(lanes, "i8"))
        place = f.address(self.given.address("where"), element, to.value)
        masked_store(f, where, place, mask, 1 if element == "i8" else 4)


class _Means(_Windows):
    """Sums, divided."""

    def start(self) -> None:
        self.f.set(self.total, V("zeroinitializer", self.plan.numbers))

    def take(self, value: V, inside: V, tap: Index) -> None:
        f = self.f
        f.set(self.total, f.binary("fadd", f.get(self.total, value.type), value))

    def finish(self, at: list[V], to: Index, mask: V) -> None:
        f, plan = self.f, self.plan
        total = f.get(self.total, plan.numbers)
        if self.spec.divide == "given":
            divisor = f.splat(given_divisor(f, plan, self.given), plan.lanes)
        else:
            divisor = f.convert("sitofp", self._count(at), plan.numbers)
        self.put(f.binary("fdiv", total, divisor), to, mask)

    def _count(self, at: list[V]) -> V:
        """How many elements each window's mean is taken over, as i32."""
        f, lanes = self.f, self.plan.lanes
        count = spread(f, 1, lanes, "i32")
        for axis, start in zip("dhw", at, strict=True):
            size, kernel, padding = (
                spread(f, self.given[f"{n}_{axis}"], lanes, "i32")
                for n in ("size", "kernel", "padding")
            )
            stop = f.binary("add", start, kernel)
            stop = self._pick("smin", stop, f.binary("add", size, padding))
            if self.spec.divide == "inside":
                start = self._pick("smax", start, V("zeroinitializer", start.type))
                stop = self._pick("smin", stop, size)
            count = f.binary("mul", count, f.binary("sub", stop, start))
        return count

    def _pick(self, which: str, a: V, b: V) -> V:
        return self.f.call(f"llvm.{which}.v{self.plan.lanes}i32", a.type, [a, b])


def given_divisor(f: Function, plan: Plan, given: Frame) -> V:
    """The slot "divisor" in the type of sums."""
    number = f.load(given.place("divisor"), "double", 8)
    return number if plan.number == "double" else f.convert("fptrunc", number, "float")
