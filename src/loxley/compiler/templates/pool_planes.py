"""Kernels of pooling that walk a plane window by window: gradients, and windows of any bounds.

In: planes.  Out: planes; gradients are added up in the order of their windows, in float32 or
float64.  An index that points outside its plane adds nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack
from math import prod
from typing import Any

from ..llvm.builder import Function, V, vector
from .conv_lanes import sum_of_lanes
from .conv_plan import Plan
from .frame import Frame
from .index import Counter, Index, counting, raw
from .memory import BYTES, TYPES, narrow, read, widen, write
from .pool_windows import given_divisor

PLANES = ("max_backward", "mean_backward", "adaptive", "adaptive_backward")
_NARROW = ("bf16", "f16")
_SHORT = 8  # elements of a row below which they are added one by one


def planes_scratch(memory: str, sizes: Mapping[str, int]) -> int:
    """Bytes for offsets of taps, and for a plane of sums where x cannot hold them."""
    size, kernel = (prod(sizes[f"{n}_{axis}"] for axis in "dhw") for n in ("size", "kernel"))
    return -(-(8 * kernel + (4 * size if memory in _NARROW else 0)) // 64) * 64


def define_planes(f: Function, plan: Plan, given: Frame, spec: Any) -> None:
    """The body of the kernel `f`; `spec` is a `pool.Spec`."""
    kind = {"max_backward": _MaxBackward, "adaptive": _Adaptive}.get(spec.name, _MeanBackward)
    kind(f, plan, given, spec).write()


class _Planes:
    """What the kernels share."""

    def __init__(self, f: Function, plan: Plan, given: Frame, spec: Any) -> None:
        self.f, self.plan, self.given, self.spec = f, plan, given, spec
        self.size, self.out = given.three("size"), given.three("out")
        self.area = self.size[0] * self.size[1] * self.size[2]
        self.windows = self.out[0] * self.out[1] * self.out[2]
        kernel = given.three("kernel")
        self.taps = kernel[0] * kernel[1] * kernel[2]
        need = self.taps * 8
        if plan.memory in _NARROW:
            need = need + self.area * 4
        offset = need.rounded(64) * Index(f, f["worker"])
        self.scratch = f.address(given.address("scratch"), "i8", offset.value)
        self.sums = f.address(self.scratch, "i64", self.taps.value)

    def write(self) -> None:
        f, planes = self.f, self.given["planes"]
        worker, workers = Index(f, f["worker"]), Index(f, f["workers"])
        self.prepare()
        begin, end = planes * worker // workers, planes * (worker + 1) // workers
        with counting(f, begin, end) as plane:
            x = f.address(self.given.address("x"), self.plan.element, (plane * self.area).value)
            self.plane(x, plane * self.windows)

    def prepare(self) -> None:
        """Once per call."""

    def plane(self, x: V, y: Index) -> None:
        """One plane at x, whose windows start at element y of the other array."""
        raise NotImplementedError

    def element(self, name: str, at: Index) -> V:
        """An element of x or y as a number to compute with."""
        f, plan = self.f, self.plan
        place = f.address(self.given.address(name), plan.element, at.value)
        single = f.load(place, vector(1, plan.element), BYTES[plan.memory])
        value = widen(f, plan.target, single, plan.memory)
        return f.let(plan.number, f"extractelement {value}, i64 0")

    def every_window(self, stack: ExitStack) -> list[Index]:
        return [stack.enter_context(counting(self.f, 0, n)) for n in self.out]


class _Gradient(_Planes):
    """Adds to a plane of sums: x itself, or scratch memory that is rounded to x."""

    def plane(self, x: V, y: Index) -> None:
        f, plan = self.f, self.plan
        sums = self.sums if plan.memory in _NARROW else x
        zero = V("zeroinitializer", plan.numbers)
        with counting(f, 0, self.area, plan.lanes) as i:
            at = f.address(sums, plan.number, i.value)
            write(f, plan.target, zero, at, (self.area - i).value)
        self.add(sums, y)
        if sums is x:
            return
        with counting(f, 0, self.area, plan.lanes) as i:
            left, at = (self.area - i).value, f.address(sums, plan.number, i.value)
            value = read(f, plan.target, at, plan.number, plan.lanes, left)
            made = narrow(f, plan.target, value, plan.memory)
            write(f, plan.target, made, f.address(x, plan.element, i.value), left)

    def add(self, sums: V, y: Index) -> None:
        """What windows from element y on add to a plane."""
        raise NotImplementedError

    def increase(self, sums: V, at: Index, value: V) -> None:
        f, plan = self.f, self.plan
        place = f.address(sums, plan.number, at.value)
        total = f.binary("fadd", f.load(place, plan.number, plan.bytes), value)
        f.store(total, place, plan.bytes)


class _MaxBackward(_Gradient):
    """Each window's gradient goes where its maximum stands."""

    def prepare(self) -> None:
        """Offsets of the taps, in elements of a plane."""
        f, number = self.f, Counter(self.f)
        with ExitStack() as stack:
            taps = [stack.enter_context(counting(f, 0, n)) for n in self.given.three("kernel")]
            gaps = self.given.three("dilation")
            d, h, w = (t * gap for t, gap in zip(taps, gaps, strict=True))
            offset = (d * self.size[1] + h) * self.size[2] + w
            f.store(offset.value, f.address(self.scratch, "i64", number.get().value), 8)
            number.add(1)

    def add(self, sums: V, y: Index) -> None:
        f, stride, padding = self.f, self.given.three("stride"), self.given.three("padding")
        number = Counter(f, y)
        with ExitStack() as stack:
            window = self.every_window(stack)
            d, h, w = (o * s - p for o, s, p in zip(window, stride, padding, strict=True))
            start = (d * self.size[1] + h) * self.size[2] + w
            at = number.get()
            tap = self._tap(at)
            with f.when(f.compare("icmp ult", tap.value, self.taps.value)):
                offset = f.load(f.address(self.scratch, "i64", tap.value), "i64", 8)
                place = start + Index(f, offset)
                with f.when(f.compare("icmp ult", place.value, self.area.value)):
                    self.increase(sums, place, self.element("y", at))
            number.add(1)

    def _tap(self, at: Index) -> Index:
        f, element = self.f, "i8" if self.spec.where == "u8" else "i32"
        place = f.address(self.given.address("where"), element, at.value)
        number = f.load(place, element, 1 if element == "i8" else 4)
        return Index(f, f.convert("zext", number, "i64"))


class _Bounds(_Planes):
    """Windows as (first, after the last, how many it counts) per dimension."""

    def bounds(self, window: Index, axis: str) -> tuple[Index, Index, Index]:
        size = self.given[f"size_{axis}"]
        if self.spec.name.startswith("adaptive"):
            out = self.given[f"out_{axis}"]
            first, last = window * size // out, ((window + 1) * size).parts(out)
            return first, last, last - first
        start = window * self.given[f"stride_{axis}"] - self.given[f"padding_{axis}"]
        stop = start + self.given[f"kernel_{axis}"]
        stop = stop.least(size + self.given[f"padding_{axis}"])
        first, last = start.most(0), stop.least(size)
        inside = self.spec.divide == "inside"
        return first, last, last - first if inside else stop - start

    def rows(self, high: tuple[Index, Index], wide: tuple[Index, Index]) -> tuple[Index, Index]:
        """(rows, their length) of a part of a plane; whole rows adjoin, and are one long row."""
        f, rows, length = self.f, high[1] - high[0], wide[1] - wide[0]
        whole = length.equals(self.size[2])
        longer = f.select(whole, (rows * length).value, length.value)
        return Index(f, f.select(whole, raw(1), rows.value)), Index(f, longer)

    def divided(self, value: V, counts: list[Index]) -> V:
        f, plan = self.f, self.plan
        if self.spec.divide == "given":
            return f.binary("fdiv", value, given_divisor(f, plan, self.given))
        count = counts[0] * counts[1] * counts[2]
        return f.binary("fdiv", value, f.convert("sitofp", count.value, plan.number))


class _MeanBackward(_Gradient, _Bounds):
    """Each window's gradient, divided, goes to all its elements."""

    def add(self, sums: V, y: Index) -> None:
        f, number = self.f, Counter(self.f, y)
        with ExitStack() as stack:
            window = self.every_window(stack)
            parts = [self.bounds(o, axis) for o, axis in zip(window, "dhw", strict=True)]
            value = self.divided(self.element("y", number.get()), [count for *_, count in parts])
            number.add(1)
            (d0, d1, _), (h0, h1, _), (w0, w1, _) = parts
            rows, length = self.rows((h0, h1), (w0, w1))
            d = stack.enter_context(counting(f, d0, d1))
            row = stack.enter_context(counting(f, 0, rows))
            start = (d * self.size[1] + h0 + row) * self.size[2] + w0
            self._row(sums, start, length, value)

    def _row(self, sums: V, start: Index, length: Index, value: V) -> None:
        f, plan = self.f, self.plan
        short, long, end = f.label("short"), f.label("long"), f.label("added")
        f.branch_if(length < _SHORT, short, long)
        f.place(short)
        with counting(f, 0, length) as i:
            self.increase(sums, start + i, value)
        f.branch(end)
        f.place(long)
        wide = f.splat(value, plan.lanes)
        with counting(f, 0, length, plan.lanes) as i:
            at, left = f.address(sums, plan.number, (start + i).value), (length - i).value
            old = read(f, plan.target, at, plan.number, plan.lanes, left)
            write(f, plan.target, f.binary("fadd", old, wide), at, left)
        f.branch(end)
        f.place(end)


class _Adaptive(_Bounds):
    """Means of windows that together cover a plane: a row is added vector by vector."""

    def plane(self, x: V, y: Index) -> None:
        f, plan, number = self.f, self.plan, Counter(self.f, y)
        total = f.variable(plan.numbers)
        with ExitStack() as stack:
            window = self.every_window(stack)
            parts = [self.bounds(o, axis) for o, axis in zip(window, "dhw", strict=True)]
            f.set(total, V("zeroinitializer", plan.numbers))
            self._sum(x, total, *(part[:2] for part in parts))
            value = sum_of_lanes(f, plan, f.get(total, plan.numbers))
            mean = self.divided(value, [count for *_, count in parts])
            self._put(mean, number.get())
            number.add(1)

    def _sum(self, x: V, total: V, deep: tuple, high: tuple, wide: tuple) -> None:
        """Adds a box of x."""
        f, plan, width = self.f, self.plan, self.size[2]
        rows, length = self.rows(high, wide)
        with counting(f, deep[0], deep[1]) as d, counting(f, 0, rows) as row:
            start = (d * self.size[1] + high[0] + row) * width + wide[0]
            with counting(f, 0, length, plan.lanes) as i:
                at = f.address(x, plan.element, (start + i).value)
                left = (length - i).value
                value = read(f, plan.target, at, TYPES[plan.memory], plan.lanes, left)
                value = widen(f, plan.target, value, plan.memory)
                f.set(total, f.binary("fadd", f.get(total, plan.numbers), value))

    def _put(self, mean: V, at: Index) -> None:
        f, plan = self.f, self.plan
        made = narrow(f, plan.target, f.splat(mean, 1), plan.memory)
        place = f.address(self.given.address("y"), plan.element, at.value)
        f.store(made, place, BYTES[plan.memory])
