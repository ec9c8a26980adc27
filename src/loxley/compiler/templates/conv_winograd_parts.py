"""What Winograd's convolutions are made of: the transforms, and reading and writing by channels.

In: images with a plane per channel.  Out: vectors of `lanes` channels, an element of an image or
of a tile each; in scratch memory such vectors lie [frequency][block of channels][tile].

    y = A'[(G w G') * (B' x B)]A     a tile of 2 x 2 results from 4 x 4 elements and 3 x 3 weights

Source: Lavin and Gray, "Fast algorithms for convolutional neural networks" (2016).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ..llvm.builder import Function, Module, V, f32, f64, i64, shared, vector
from .conv_epilogue import ARGUMENTS
from .conv_lanes import iota, spread
from .conv_plan import Plan
from .conv_winograd_plan import APART, LANES, SIZES, odd
from .frame import Frame
from .index import Index, counting
from .memory import BYTES, masked_load, widen
from .micro import multiply_add, row_choices
from .packing import transpose

INTERNAL = {"linkage": "internal", "attributes": "nounwind noinline"}
FIELDS = ("x", "w", "y", "scratch", "weights", *ARGUMENTS, *SIZES)
Line = list[V]


class Arithmetic:
    """The one-dimensional transforms of vectors."""

    def __init__(self, f: Function, plan: Plan) -> None:
        self.f, self.plan = f, plan
        half = f64(0.5) if plan.kind == "f64" else f32(0.5)
        self.half = f.splat(half, plan.lanes)

    def _add(self, a: V, b: V) -> V:
        return self.f.binary("fadd", a, b)

    def _less(self, a: V, b: V) -> V:
        return self.f.binary("fsub", a, b)

    def image(self, x: Line) -> Line:
        """B': 4 of 4."""
        return [
            self._less(x[0], x[2]),
            self._add(x[1], x[2]),
            self._less(x[2], x[1]),
            self._less(x[1], x[3]),
        ]

    def weights(self, w: Line) -> Line:
        """G: 4 of 3."""
        ends = self.f.binary("fmul", self._add(w[0], w[2]), self.half)
        middle = self.f.binary("fmul", w[1], self.half)
        return [w[0], self._add(ends, middle), self._less(ends, middle), w[2]]

    def results(self, m: Line) -> Line:
        """A': 2 of 4."""
        return [
            self._add(self._add(m[0], m[1]), m[2]),
            self._less(self._less(m[1], m[2]), m[3]),
        ]

    def gradient_of_results(self, y: Line) -> Line:
        """A: 4 of 2."""
        zero = V("zeroinitializer", y[0].type)
        return [y[0], self._add(y[0], y[1]), self._less(y[0], y[1]), self._less(zero, y[1])]

    def gradient_of_weights(self, u: Line) -> Line:
        """G': 3 of 4."""
        ends = self.f.binary("fmul", self._add(u[1], u[2]), self.half)
        middle = self.f.binary("fmul", self._less(u[1], u[2]), self.half)
        return [self._add(u[0], ends), middle, self._add(ends, u[3])]


def both_ways(transform: Callable[[Line], Line], square: Sequence[Line]) -> list[Line]:
    """A transform of the columns of a square of vectors, and then of its rows."""
    columns = [transform(list(column)) for column in zip(*square, strict=True)]
    return [transform(list(row)) for row in zip(*columns, strict=True)]


def at(f: Function, plan: Plan, base: V, vectors: Index) -> V:
    """The address of a vector in scratch memory."""
    return f.address(base, plan.numbers, vectors.value)


def scratch(p: Frame, plan: Plan, start: str | None) -> V:
    """The part of the scratch memory that starts at a slot's number."""
    base = p.address("scratch")
    return p.f.address(base, plan.number, p[start].value) if start else base


# ---------------------------------------------------------------------- planes to channels


@shared
def define_read(module: Module, plan: Plan) -> str:
    """`void (ptr plane, i64 channels, size, i64 high, i64 wide, i64 row, i64 from, i64 count, out)`

    Elements from, from + 1 ... (`count` of them, rounded up to whole vectors) of a row of up to
    `lanes` planes, each `size` after the last one: a vector each, zero outside the image.
    Channels beyond the last repeat it.
    """
    names = ("channels", "size", "high", "wide", "row", "from", "count")
    parameters = [("ptr", "plane"), *(("i64", n) for n in names), ("ptr", "out")]
    f = Function(module, "winograd_read", parameters, **INTERNAL)
    channels, size, high, wide, row, start, count = (Index(f, f[n]) for n in names)
    inside, outside, end = f.label("inside"), f.label("outside"), f.label("end")
    f.branch_if(f.compare("icmp ult", row.value, high.value), inside, outside)
    f.place(outside)
    with counting(f, 0, count.rounded(plan.lanes)) as i:
        f.store(V("zeroinitializer", plan.numbers), at(f, plan, f["out"], i), plan.bytes)
    f.branch(end)
    f.place(inside)
    type = vector(plan.lanes, plan.element)
    with counting(f, 0, count, plan.lanes) as i:
        first = start + i
        places = f.binary("add", iota(plan.lanes, "i32"), spread(f, first, plan.lanes, "i32"))
        mask = f.compare("icmp ult", places, spread(f, wide, plan.lanes, "i32"))
        lines = []
        for lane in range(plan.lanes):
            plane = Index(f, lane).least(channels - 1) * size
            place = f.address(f["plane"], plan.element, (plane + row * wide + first).value)
            raw = masked_load(f, place, type, mask, BYTES[plan.memory])
            lines.append(widen(f, plan.target, raw, plan.memory))
        for lane, value in enumerate(transpose(f, lines)):
            f.store(value, at(f, plan, f["out"], i + lane), plan.bytes)
    f.branch(end)
    f.place(end)
    f.ret()
    return "winograd_read"


# ---------------------------------------------------------------------- products of frequencies


@shared
def define_tile(module: Module, plan: Plan, by_channels: bool) -> str:
    """`void (i64 steps, ptr a, i64 beyond, ptr b, i64 next, i64 rows, i64 vectors, ptr out,
    i64 after, i64 again)`: out[v][row] (+)= sum over k of a[row, k] * b[v][k].

    b, out   vectors; those of v = 1 lie `next`, `after` vectors behind those of v = 0
    a        where `by_channels`, k are channels: block of channels, row, channel, with `beyond`
             vectors from block to block; else rows are channels: k, row
    rows     1 to 14 (AVX-512) or less (`tile_rows`); a few more may be read and written
    again    whether sums are added to what out holds
    """
    integers = ("beyond", "next", "rows", "vectors", "after", "again")
    parameters = [("i64", "steps"), ("ptr", "a"), ("ptr", "b"), ("ptr", "out")]
    parameters += [("i64", n) for n in integers]
    f = Function(module, "winograd_tile", parameters, **INTERNAL)
    end = f.label("end")
    tile = plan.tile(2)._replace(rows=tile_rows(plan, by_channels))
    for vectors in (1, 2):
        for rows in row_choices(tile):
            yes, no = f.label("rows"), f.label("more")
            fits = Index(f, f["rows"]) < rows + 1
            alone = Index(f, f["vectors"]).equals(vectors)
            f.branch_if(f.binary("and", fits, alone), yes, no)
            f.place(yes)
            _Tile(f, plan, rows, vectors, by_channels).write()
            f.branch(end)
            f.place(no)
    f.branch(end)
    f.place(end)
    f.ret()
    return "winograd_tile"


def tile_rows(plan: Plan, by_channels: bool) -> int:
    """Rows of a tile of two vectors; those that are channels divide a vector of them."""
    wide = plan.target.vector_bytes == 64
    if by_channels:
        return 14 if wide else 8 if plan.target.triple.startswith("aarch64") else 6
    return min(8 if wide else 4, plan.lanes)


class _Tile:
    """The code of one size of tile."""

    def __init__(self, f: Function, plan: Plan, rows: int, vectors: int, channels: bool) -> None:
        self.f, self.plan, self.rows, self.vectors = f, plan, rows, vectors
        self.channels = channels
        self.sums = [[f.variable(plan.numbers) for _ in range(vectors)] for _ in range(rows)]

    def write(self) -> None:
        f, plan = self.f, self.plan
        zero = V("zeroinitializer", plan.numbers)
        for variable in sum(self.sums, []):
            f.set(variable, zero)
        steps = Index(f, f["steps"])
        if self.channels:
            with counting(f, 0, steps, plan.lanes) as block:
                a = at(f, plan, f["a"], block // plan.lanes * Index(f, f["beyond"]))
                with counting(f, 0, (steps - block).least(plan.lanes)) as k:
                    self._step(f.address(a, plan.number, k.value), plan.lanes, block + k)
        else:
            with counting(f, 0, steps) as k:
                self._step(at(f, plan, f["a"], k), 1, k)
        stored, added, end = f.label("stored"), f.label("added"), f.label("done")
        f.branch_if(Index(f, f["again"]).equals(0), stored, added)
        for label in (stored, added):
            f.place(label)
            self._put(label == added)
            f.branch(end)
        f.place(end)

    def _step(self, a: V, stride: int, k: Index) -> None:
        f, plan = self.f, self.plan
        tile = plan.tile(2)
        columns = []
        for v in range(self.vectors):
            place = at(f, plan, f["b"], k + Index(f, f["next"]) * v)
            columns.append(f.load(place, plan.numbers, plan.bytes))
        for row, sums in enumerate(self.sums):
            one = f.load(f.address(a, plan.number, i64(row * stride)), plan.number, plan.bytes)
            wide = f.splat(one, plan.lanes)
            for variable, column in zip(sums, columns, strict=True):
                total = f.get(variable, plan.numbers)
                f.set(variable, multiply_add(f, plan.target, tile, wide, column, total))

    def _put(self, again: bool) -> None:
        f, plan = self.f, self.plan
        for v in range(self.vectors):
            for row, sums in enumerate(self.sums):
                to = at(f, plan, f["out"], Index(f, f["after"]) * v + row)
                value = f.get(sums[v], plan.numbers)
                if again:
                    value = f.binary("fadd", f.load(to, plan.numbers, plan.bytes), value)
                f.store(value, to, plan.bytes)


# ---------------------------------------------------------------------- images to frequencies


@shared
def define_image(module: Module, plan: Plan, read: str) -> str:
    """`void (frame, ptr image, i64 channels, i64 first, i64 count, i64 left, i64 wide, ptr out)`.

    The tiles of a block (`conv_winograd_plan.Block`) of some channels of all images, transformed.
    image     the first channel's plane of the first image
    out       [frequency][block of channels][tile]
    """
    names = ("channels", "first", "count", "left", "wide")
    parameters = [("ptr", "p"), ("ptr", "image"), *(("i64", n) for n in names), ("ptr", "out")]
    f = Function(module, "winograd_image", parameters, **INTERNAL)
    p = Frame(f, FIELDS, f["p"])
    channels, first, count, left, wide = (Index(f, f[n]) for n in names)
    size = p["in_h"] * p["in_w"]
    stage, line, high = scratch(p, plan, "stage"), _line(p, plan), p["tiles_h"]
    beyond = odd(count * wide)
    spread_out = channels.parts(plan.lanes) * beyond + APART
    with counting(f, 0, channels, plan.lanes) as c, counting(f, 0, count) as k:
        n, i = (first + k) // high, (first + k) % high
        plane = (n * p["groups"] * p["channels"] + c) * size
        top, start = i * 2 - p["pad_h"], left * 2 - p["pad_w"]
        # Two rows of the tiles above, if they were here, are those of these tiles too.
        above = f.binary("and", k.differs(0), i.differs(0))
        begin = Index(f, f.select(above, i64(2), i64(0)))
        with counting(f, begin, 4) as r:
            to = at(f, plan, stage, (i * 2 + r) % 4 * line)
            arguments = [
                f.address(f["image"], plan.element, plane.value),
                (channels - c).value,
                size.value,
            ]
            arguments += [
                p["in_h"].value,
                p["in_w"].value,
                (top + r).value,
                start.value,
                (wide * 2 + 2).value,
                to,
            ]
            f.call_defined(read, "void", arguments)
        out = c // plan.lanes * beyond + k * wide
        _transform(f, plan, (stage, line, i), wide, at(f, plan, f["out"], out), spread_out)
    f.ret()
    return "winograd_image"


def _line(p: Frame, plan: Plan) -> Index:
    """Vectors from row to row of what is read of an image; the slot counts with the widest."""
    return p["line"] * (LANES // plan.lanes)


def _transform(
    f: Function, plan: Plan, stage: tuple[V, Index, Index], wide: Index, out: V, apart: Index
) -> None:
    start, line, i = stage
    arithmetic = Arithmetic(f, plan)
    rows = [at(f, plan, start, (i * 2 + r) % 4 * line) for r in range(4)]
    with counting(f, 0, wide) as t:
        square = [
            [f.load(at(f, plan, row, t * 2 + s), plan.numbers, plan.bytes) for s in range(4)]
            for row in rows
        ]
        put_frequencies(f, plan, both_ways(arithmetic.image, square), at(f, plan, out, t), apart)


def put_frequencies(f: Function, plan: Plan, made: list[Line], out: V, apart: Index) -> None:
    """Vectors of all frequencies, each `apart` vectors after the last."""
    for number, value in enumerate(sum(made, [])):
        f.store(value, at(f, plan, out, apart * number), plan.bytes)


def get_frequencies(f: Function, plan: Plan, start: V, apart: Index) -> list[Line]:
    """What `put_frequencies` stored."""
    found = [
        f.load(at(f, plan, start, apart * number), plan.numbers, plan.bytes) for number in range(16)
    ]
    return [found[i : i + 4] for i in range(0, 16, 4)]
