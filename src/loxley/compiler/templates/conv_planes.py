"""Convolutions of one channel per group whose small windows are known: rows kept in registers.

In: a frame (`FIELDS`).  Out: y, the gradient of x or that of w.  A band of a plane is copied to
scratch memory with zeros around it, columns sorted by the stride, so that what a vector of
positions reads under a tap lies side by side; a vector that was read serves all taps and rows of
positions that meet it.  Strides of the gradient of x are zeros between y's elements there.

Taps are added in their order; for the gradient of w, a vector of sums per tap runs over bands and
images in order.  A plane's band, or for the gradient of w a channel, belongs to one worker.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from ..llvm.builder import Function, Module, V, shared, vector
from .conv_epilogue import ARGUMENTS, finished, parts
from .conv_lanes import iota, spread, sum_of_lanes
from .conv_plan import Plan
from .frame import Frame
from .index import Index, counting
from .memory import BYTES, lane_mask, masked_load, masked_store, narrow, widen
from .micro import multiply_add

SIZES = (
    "batch",
    "channels",
    "in_h",
    "in_w",
    "out_h",
    "out_w",
    "pad_h",
    "pad_w",
    "band",
    "line",
    "end",
)
FIELDS = ("x", "w", "y", "scratch", *ARGUMENTS, *SIZES)
INTERNAL = {"linkage": "internal", "attributes": "nounwind noinline"}
_ROWS = (4, 2, 1)  # rows of positions that are computed at once
_BAND = 6144  # numbers of a band in scratch memory, about
_LANES = 16


class Window(NamedTuple):
    """What is fixed in a kernel's text: taps, the windows' distances, the taps', y's elements'.

    odd  whether, of rows that are spread, those an odd number below the first are not zeros
    """

    high: int
    wide: int
    step_h: int
    step_w: int
    apart_h: int
    apart_w: int
    spread_h: int = 1
    spread_w: int = 1
    odd: bool = False

    def empty(self, row: int) -> bool:
        """Whether a row so many below an even row of positions holds the zeros between others."""
        return self.spread_h == 2 and (row + self.odd) % 2 == 1

    @property
    def reach_h(self) -> int:
        return (self.high - 1) * self.apart_h

    @property
    def reach_w(self) -> int:
        return (self.wide - 1) * self.apart_w

    def rows(self, positions: int) -> int:
        """Rows of an image under so many rows of positions."""
        return (positions - 1) * self.step_h + self.reach_h + 1


def window_of(given: Mapping[str, int], direction: str) -> Window | None:
    """The window of a convolution by the slots that `conv.arguments` makes, if it is small."""
    high, wide = given["kernel_h"], given["kernel_w"]
    strides, apart = ((given[f"{n}_h"], given[f"{n}_w"]) for n in ("stride", "dilation"))
    flat = [given[f"{stem}_d"] for stem in ("size", "kernel", "out", "stride", "dilation")]
    if {*flat} != {1} or given["padding_d"] or not (1 <= high <= 7 and 1 <= wide <= 7):
        return None
    if max(strides) > 2 or max(apart) > 4:
        return None
    if direction != "input":
        return Window(high, wide, *strides, *apart)
    window = Window(high, wide, 1, 1, *apart, *strides)
    return window._replace(odd=(window.reach_h - given["padding_h"]) % 2 == 1)


def plane_sizes(given: Mapping[str, int], direction: str, window: Window) -> dict[str, int]:
    """The slots of a direction from those that `conv.arguments` makes."""
    image, out = ([given[f"{n}_{axis}"] for axis in "hw"] for n in ("size", "out"))
    pad = [given[f"padding_{axis}"] for axis in "hw"]
    if direction == "input":
        image, out = out, image
        pad = [n - p for n, p in zip((window.reach_h, window.reach_w), pad, strict=True)]
    made = {"batch": given["batch"], "channels": given["channels"]}
    for axis, a, b, c in zip("hw", image, out, pad, strict=True):
        made |= {f"in_{axis}": a, f"out_{axis}": b, f"pad_{axis}": c}
    line = _up(made["out_w"]) + _up(window.reach_w // window.step_w + 1)
    most = max(_BAND // (line * window.step_w * window.step_h), 8)
    bands = max(-(-made["out_h"] // most), 1)
    band = -(-made["out_h"] // bands)
    band = -(-band // 4) * 4
    # A band, and a vector of sums for each tap.
    end = window.rows(band) * line * window.step_w + window.high * window.wide * _LANES
    return made | {"band": band, "line": line, "end": end}


def _up(count: int) -> int:
    return -(-count // _LANES) * _LANES


def plane_work(sizes: Mapping[str, int], window: Window) -> int:
    """Multiplications and additions."""
    positions = sizes["batch"] * sizes["channels"] * sizes["out_h"] * sizes["out_w"]
    return 2 * positions * window.high * window.wide


def define_planes(
    module: Module, plan: Plan, window: Window, epilogue: tuple[str, ...], turned: bool
) -> str:
    """`void (ptr frame, i64 worker, i64 workers)`; `turned` windows are read from their end."""
    stage = _define_stage(module, plan, window)
    parameters = [("ptr", "p"), ("i64", "worker"), ("i64", "workers")]
    f = Function(module, "conv_planes", parameters, linkage="internal", attributes="nounwind")
    _Forward(f, plan, window, stage).write(epilogue, turned)
    f.ret()
    return "conv_planes"


@shared
def define_planes_gradient(module: Module, plan: Plan, window: Window) -> str:
    """`void (ptr frame, i64 worker, i64 workers)`: the gradient of w."""
    stage = _define_stage(module, plan, window)
    parameters = [("ptr", "p"), ("i64", "worker"), ("i64", "workers")]
    f = Function(module, "conv_planes", parameters, linkage="internal", attributes="nounwind")
    _Gradient(f, plan, window, stage).write()
    f.ret()
    return "conv_planes"


# ---------------------------------------------------------------------- a band in scratch memory


@shared
def _define_stage(module: Module, plan: Plan, window: Window) -> str:
    """`void (frame, i64 plane, i64 row, i64 rows)`: what `rows` rows of positions read.

    Rows of the image are `line * step_w` apart, with the columns of each phase of the step side by
    side; what lies outside the image is zero.
    """
    names = ("plane", "row", "rows")
    parameters = [("ptr", "p"), *(("i64", n) for n in names)]
    f = Function(module, "conv_stage", parameters, **INTERNAL)
    p = Frame(f, FIELDS, f["p"])
    plane, row, rows = (Index(f, f[n]) for n in names)
    source = f.address(p.address("x"), plan.element, (plane * p["in_h"] * p["in_w"]).value)
    top, pitch = row * window.step_h - p["pad_h"], p["line"] * window.step_w
    with counting(f, 0, (rows - 1) * window.step_h + window.reach_h + 1) as q:
        h = top + q
        out = f.address(p.address("scratch"), plan.number, (q * pitch).value)
        inside = f.compare("icmp ult", h.value, (p["in_h"] * window.spread_h).value)
        if window.spread_h > 1:
            there = (h % window.spread_h).equals(0)
            inside = f.binary("and", inside, there)
        yes, no, end = f.label("row"), f.label("zeros"), f.label("staged")
        f.branch_if(inside, yes, no)
        f.place(yes)
        at = f.address(source, plan.element, (h // window.spread_h * p["in_w"]).value)
        _stage_row(f, plan, window, p, at, out)
        f.branch(end)
        f.place(no)
        with counting(f, 0, pitch, plan.lanes) as i:
            zero = V("zeroinitializer", plan.numbers)
            f.store(zero, f.address(out, plan.number, i.value), plan.bytes)
        f.branch(end)
        f.place(end)
    f.ret()
    return "conv_stage"


def _stage_row(f: Function, plan: Plan, window: Window, p: Frame, row: V, out: V) -> None:
    with counting(f, 0, p["line"], plan.lanes) as m:
        if window.spread_w > 1:
            phases = [_spread_out(f, plan, p, row, m)]
        else:
            first = m * window.step_w - p["pad_w"]
            parts = [_inside(f, plan, p, row, first + plan.lanes * i) for i in range(window.step_w)]
            phases = parts if len(parts) == 1 else _apart(f, parts)
        for phase, value in enumerate(phases):
            to = f.address(out, plan.number, (p["line"] * phase + m).value)
            f.store(value, to, plan.bytes)


def _inside(f: Function, plan: Plan, p: Frame, row: V, first: Index) -> V:
    """The elements of a row from column `first` on; zero where there is no such column."""
    columns = f.binary("add", iota(plan.lanes, "i32"), spread(f, first, plan.lanes, "i32"))
    mask = f.compare("icmp ult", columns, spread(f, p["in_w"], plan.lanes, "i32"))
    place = f.address(row, plan.element, first.value)
    raw = masked_load(f, place, vector(plan.lanes, plan.element), mask, BYTES[plan.memory])
    return widen(f, plan.target, raw, plan.memory)


def _apart(f: Function, parts: list[V]) -> list[V]:
    """Two vectors' even and odd elements."""
    lanes = int(parts[0].type[1:].split(" x ")[0])
    first, second = parts
    return [
        _shuffled(f, first, second, [2 * i + phase for i in range(lanes)]) for phase in range(2)
    ]


def _spread_out(f: Function, plan: Plan, p: Frame, row: V, m: Index) -> V:
    """Elements with a zero after, or before, each: places from `m` on of a row spread to twice."""
    odd = Index(f, f.binary("and", p["pad_w"].value, Index(f, 1).value))
    first = Index(f, f.binary("ashr", (m - p["pad_w"] + odd).value, Index(f, 1).value))
    value, zero = _inside(f, plan, p, row, first), V("zeroinitializer", plan.numbers)
    order = [i // 2 if i % 2 == 0 else plan.lanes for i in range(plan.lanes)]
    even = _shuffled(f, value, zero, order)
    later = _shuffled(f, value, zero, [plan.lanes, *order[:-1]])
    return f.select(odd.equals(0), even, later)


def _shuffled(f: Function, a: V, b: V, order: list[int]) -> V:
    lanes = ", ".join(f"i32 {lane}" for lane in order)
    return f.let(a.type, f"shufflevector {a}, {b}, <{len(order)} x i32> <{lanes}>")


# ---------------------------------------------------------------------- sums over taps


class _Planes:
    """What the kernels share: bands, and vectors of staged rows under taps."""

    def __init__(self, f: Function, plan: Plan, window: Window, stage: str) -> None:
        self.f, self.plan, self.window, self.stage = f, plan, window, stage
        self.p = Frame(f, FIELDS, f["p"])
        self.pitch = self.p["line"] * window.step_w

    def share(self, items: Index) -> tuple[Index, Index]:
        worker, workers = (Index(self.f, self.f[n]) for n in ("worker", "workers"))
        return items * worker // workers, items * (worker + 1) // workers

    def bands(self) -> Index:
        return self.p["out_h"].parts(self.p["band"])

    def staged(self, row: Index, column: Index, j: int) -> V:
        """A vector under tap `j` of a row, for positions from `column` on."""
        f, plan, window = self.f, self.plan, self.window
        phase, before = j * window.apart_w % window.step_w, j * window.apart_w // window.step_w
        place = row * self.pitch + self.p["line"] * phase + column + before
        start = f.address(self.p.address("scratch"), plan.number, place.value)
        return f.load(start, plan.numbers, plan.bytes)

    def meetings(self, rows: int, taps: range) -> dict[int, list[tuple[int, int]]]:
        """Which rows of positions and of taps meet in each staged row, in the order of taps."""
        found: dict[int, list[tuple[int, int]]] = {}
        for i in taps:
            for row in range(rows):
                place = row * self.window.step_h + i * self.window.apart_h
                if self.window.empty(place):  # blocks of rows begin at even rows
                    continue
                found.setdefault(place, []).append((row, i))
        return dict(sorted(found.items()))

    def by_rows(self, count: Index, choices: tuple[int, ...]) -> Iterator[tuple[int, Index]]:
        """Code for each number of rows at once: yields it and the first row."""
        done = Index(self.f, 0)
        for rows in choices:
            until = done + (count - done) // rows * rows
            with counting(self.f, done, until, rows) as row:
                yield rows, row
            done = until

    def multiply_add(self, a: V, b: V, total: V) -> V:
        return multiply_add(self.f, self.plan.target, self.plan.tile(1), a, b, total)

    def weight(self, place: V, number: int) -> V:
        f, plan = self.f, self.plan
        at = f.address(place, plan.element, Index(f, number).value)
        one = f.splat(f.load(at, plan.element, BYTES[plan.memory]), plan.lanes)
        return widen(f, plan.target, one, plan.memory)


class _Forward(_Planes):
    """The body of `define_planes`'s function."""

    def write(self, epilogue: tuple[str, ...], turned: bool) -> None:
        f, p, window = self.f, self.p, self.window
        self.epilogue, bands, taps = epilogue, self.bands(), window.high * window.wide
        begin, end = self.share(p["batch"] * p["channels"] * bands)
        with counting(f, begin, end) as item:
            plane, first = item // bands, item % bands * p["band"]
            channel, count = plane % p["channels"], (p["out_h"] - first).least(p["band"])
            f.call_defined(self.stage, "void", [p.pointer, plane.value, first.value, count.value])
            at = f.address(p.address("w"), self.plan.element, (channel * taps).value)
            order = reversed(range(taps)) if turned else range(taps)
            self.weights = [self.weight(at, number) for number in order]
            self.factors = {
                n: self.weight(f.address(p.address(n), self.plan.element, channel.value), 0)
                for operation, _, n in parts(epilogue)
                if operation not in ("relu", "residual")
            }
            for rows, row in self.by_rows(count, _ROWS):
                start = (plane * p["out_h"] + first + row) * p["out_w"]
                with counting(f, 0, p["out_w"], self.plan.lanes) as column:
                    self._block(rows, row * window.step_h, column, start + column)

    def _block(self, rows: int, row: Index, column: Index, start: Index) -> None:
        f, plan, window, p = self.f, self.plan, self.window, self.p
        sums = [V("zeroinitializer", plan.numbers)] * rows
        for place, met in self.meetings(rows, range(window.high)).items():
            for j in range(window.wide):
                value = self.staged(row + place, column, j)
                for r, i in met:
                    weight = self.weights[i * window.wide + j]
                    sums[r] = self.multiply_add(value, weight, sums[r])
        mask = lane_mask(f, (p["out_w"] - column).value, plan.lanes)
        for r, value in enumerate(sums):
            self._put(value, start + p["out_w"] * r, mask)

    def _put(self, value: V, offset: Index, mask: V) -> None:
        f, plan, align = self.f, self.plan, BYTES[self.plan.memory]

        def element(field: str) -> V:
            place = f.address(self.p.address(field), plan.element, offset.value)
            raw = masked_load(f, place, vector(plan.lanes, plan.element), mask, align)
            return widen(f, plan.target, raw, plan.memory)

        value = finished(f, self.epilogue, value, self.factors.__getitem__, element)
        to = f.address(self.p.address("y"), plan.element, offset.value)
        masked_store(f, narrow(f, plan.target, value, plan.memory), to, mask, align)


class _Gradient(_Planes):
    """The body of `define_planes_gradient`'s function."""

    def write(self) -> None:
        f, plan, p, window = self.f, self.plan, self.p, self.window
        bands, taps = self.bands(), window.high * window.wide
        begin, end = self.share(p["channels"])
        after = Index(f, 0) + p["band"] * window.step_h + (window.reach_h + 1 - window.step_h)
        self.totals = f.address(p.address("scratch"), plan.number, (after * self.pitch).value)
        with counting(f, begin, end) as channel:
            for tap in range(taps):
                f.store(V("zeroinitializer", plan.numbers), self._total(tap), plan.bytes)
            with counting(f, 0, p["batch"]) as n, counting(f, 0, bands) as band:
                plane, first = n * p["channels"] + channel, band * p["band"]
                count = (p["out_h"] - first).least(p["band"])
                f.call_defined(
                    self.stage, "void", [p.pointer, plane.value, first.value, count.value]
                )
                self._band((plane * p["out_h"] + first) * p["out_w"], count)
            for tap in range(taps):
                total = f.load(self._total(tap), plan.numbers, plan.bytes)
                one = sum_of_lanes(f, plan, total)
                made = narrow(f, plan.target, f.splat(one, 1), plan.memory)
                to = f.address(p.address("w"), plan.element, (channel * taps + tap).value)
                f.store(made, to, BYTES[plan.memory])

    def _total(self, tap: int) -> V:
        f, plan = self.f, self.plan
        return f.address(self.totals, plan.numbers, Index(f, tap).value)

    def _band(self, start: Index, count: Index) -> None:
        """Adds a band's products: as many rows of taps at once as registers hold sums for."""
        wide, most = self.window.wide, 25 if self.plan.target.vector_bytes == 64 else 9
        height = max(most // wide, 1)
        for first in range(0, self.window.high, height):
            taps = range(first, min(first + height, self.window.high))
            self._taps(taps, start, count)

    def _taps(self, taps: range, start: Index, count: Index) -> None:
        f, plan, p, wide = self.f, self.plan, self.p, self.window.wide
        sums = {(i, j): f.variable(plan.numbers) for i in taps for j in range(wide)}
        for (i, j), variable in sums.items():
            f.set(variable, f.load(self._total(i * wide + j), plan.numbers, plan.bytes))
        with counting(f, 0, p["out_w"], plan.lanes) as column:
            mask = lane_mask(f, (p["out_w"] - column).value, plan.lanes)
            for rows, row in self.by_rows(count, (2, 1) if len(sums) > 9 else _ROWS):
                at = start + row * p["out_w"] + column
                read = [self._gradient(at + p["out_w"] * r, mask) for r in range(rows)]
                for place, met in self.meetings(rows, taps).items():
                    for j in range(wide):
                        value = self.staged(row * self.window.step_h + place, column, j)
                        for r, i in met:
                            total = f.get(sums[i, j], plan.numbers)
                            f.set(sums[i, j], self.multiply_add(value, read[r], total))
        for (i, j), variable in sums.items():
            f.store(f.get(variable, plan.numbers), self._total(i * wide + j), plan.bytes)

    def _gradient(self, offset: Index, mask: V) -> V:
        f, plan = self.f, self.plan
        place = f.address(self.p.address("y"), plan.element, offset.value)
        type, align = vector(plan.lanes, plan.element), BYTES[plan.memory]
        return widen(f, plan.target, masked_load(f, place, type, mask, align), plan.memory)
