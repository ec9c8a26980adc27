"""Packing: a strided matrix becomes panels, in the order in which the microkernel reads them.

In: a matrix with `lines` lines (rows of A, or columns of B) along k, with any strides.  Out:
panels of `width` lines; each panel holds `steps` x `width` elements, and panels follow each other.
On the way elements are converted to the tile's kind; two bf16 of successive k become one i32.

Lines beyond the last hold arbitrary numbers; a last odd k is paired with zero, and panels of AMX's
squares go on with zeros up to a whole square.  The last panel is
followed by `tile.slack` bytes that may be overwritten.
"""

from __future__ import annotations

from collections.abc import Sequence

from ..llvm.builder import Function, Module, V, element_of, i64, lanes_of, shared, vector
from ..llvm.target import Target
from .memory import BYTES, TYPES, Contiguous, fetch, lanes_splat, read, round_bf16, widen, write
from .micro import Tile


def steps_of(f: Function, tile: Tile, depth: V) -> V:
    """How many steps a panel of `depth` k has."""
    if tile.unit == 1:
        return depth
    units = f.binary("udiv", f.binary("add", depth, i64(tile.unit - 1)), i64(tile.unit))
    return f.binary("mul", units, i64(tile.unit // tile.depth))


@shared
def define_pack(
    module: Module,
    target: Target,
    tile: Tile,
    width: int,
    memory: str,
    contiguous: Contiguous,
    by_lines: bool = False,
) -> str:
    """The name of `void (ptr source, i64 line, i64 along, i64 lines, i64 depth, ptr out)`.

    source, line, along  the matrix: element (l, k) is at source + l * line + k * along elements
    lines, depth         its sizes; `contiguous` promises line == 1 ("lines") or along == 1 ("k")
    out                  ceil(lines / width) panels of steps * width elements, and the slack
    by_lines             for squares: in a panel, `lanes` steps of each line lie side by side
    """
    name = f"pack_{memory}_{tile.kind}_{width}_{contiguous}{'_by_lines' * by_lines}"
    one = _define_panel(module, target, tile, width, memory, contiguous, by_lines)
    f = Function(module, name, _PARAMETERS, linkage="internal", attributes="nounwind noinline")
    size = f.binary("mul", steps_of(f, tile, f["depth"]), i64(width * tile.bytes))
    # Where lines lie side by side, a few k of all panels come before the next: memory is read in
    # long runs, not in short ones a whole row apart.
    whole = f.call("llvm.smax.i64", "i64", [f["depth"], i64(1)])
    chunk = i64(_RUN * tile.depth) if contiguous == "lines" else whole
    with f.loop(i64(0), f["depth"], chunk) as k:
        depth = f.call("llvm.smin.i64", "i64", [f.binary("sub", f["depth"], k), chunk])
        before = f.binary("mul", steps_of(f, tile, k), i64(width * tile.bytes))
        out = f.variable("ptr", f.address(f["out"], "i8", before))
        with f.loop(i64(0), f["lines"], width) as first:
            at = f.binary("mul", first, f["line"])
            at = f.binary("add", at, f.binary("mul", k, f["along"]))
            left = f.call("llvm.smin.i64", "i64", [f.binary("sub", f["lines"], first), i64(width)])
            source = f.address(f["source"], TYPES[memory], at)
            panel = f.get(out, "ptr")
            arguments = [source, f["line"], f["along"], left, depth, panel]
            f.call_defined(one, "void", arguments)
            f.set(out, f.address(panel, "i8", size))
    f.ret()
    return name


# How many steps of a panel are packed before the next panel's, where lines lie side by side.
_RUN = 16
_PARAMETERS = [("ptr", "source"), ("i64", "line"), ("i64", "along")]
_PARAMETERS += [("i64", "lines"), ("i64", "depth"), ("ptr", "out")]


def _define_panel(
    module: Module,
    target: Target,
    tile: Tile,
    width: int,
    memory: str,
    contiguous: Contiguous,
    by_lines: bool,
) -> str:
    name = f"panel_{memory}_{tile.kind}_{width}_{contiguous}{'_by_lines' * by_lines}"
    f = Function(module, name, _PARAMETERS, linkage="internal", attributes="nounwind")
    writer = (_LinesPanel if by_lines else _Panel)(f, target, tile, width, memory)
    {"lines": writer.from_lines, "k": writer.from_k, "none": writer.one_by_one}[contiguous]()
    f.ret()
    return name


class _Panel:
    """The body of the function that packs one panel."""

    def __init__(self, f: Function, target: Target, tile: Tile, width: int, memory: str) -> None:
        self.f, self.target, self.tile, self.width, self.memory = f, target, tile, width, memory
        self.convert = _Convert(f, target, tile, memory)

    def from_lines(self) -> None:
        """Lines lie side by side: a step is a few vectors, copied.

        The last step is written exactly: what follows it may be a panel's beginning.
        """
        f = self.f
        steps = steps_of(f, self.tile, f["depth"])
        last = f.binary("sub", steps, i64(1))
        if self.width % self.tile.lanes == 0:
            last = steps
        with f.loop(i64(0), last) as step:
            self._copy(step, exact=False)
        if self.width % self.tile.lanes:
            self._copy(last, exact=True)

    def _copy(self, step: V, exact: bool) -> None:
        f, lanes = self.f, self.tile.lanes
        k = f.binary("mul", step, i64(self.tile.depth))
        for half in range(self.tile.depth):
            later = f.binary("add", k, i64(_RUN * self.tile.depth + half))
            _expect(f, self._source(i64(0), later), self.width * BYTES[self.memory])
        for start in range(0, self.width, lanes):
            count = f.binary("sub", f["lines"], i64(start))
            value = self._across(k, start, count)
            if exact and start + lanes > self.width:
                write(f, self.target, value, self._place(step, start), i64(self.width - start))
            else:
                f.store(value, self._place(step, start), self.tile.bytes)

    def _across(self, k: V, start: int, count: V) -> V:
        """One vector of a step; a pair is made of two rows."""
        f = self.f
        if self.tile.squares:
            count = f.select(f.compare("icmp slt", k, f["depth"]), count, i64(0))
        low = self.convert.read(self._source(i64(start), k), count)
        if not self.tile.paired:
            return self.convert.single(low)
        after = f.binary("add", k, i64(1))
        exists = f.compare("icmp slt", after, f["depth"])
        high_count = f.select(exists, count, i64(0))
        high = self.convert.read(self._source(i64(start), f.select(exists, after, k)), high_count)
        return self.convert.pair(self.convert.half(low), self.convert.half(high))

    def from_k(self) -> None:
        """Successive k lie side by side: blocks of lanes x lanes are transposed in registers.

        The last vector of a step may overlap the next step's first elements, so later lines are
        stored before earlier ones.
        """
        f, tile = self.f, self.tile
        block = _define_transpose(f.module, self.target, tile, self.memory)
        ahead = f.binary("mul", f["line"], i64(self.width))
        with f.loop(i64(0), steps_of(f, tile, f["depth"]), tile.lanes) as step:
            k = f.binary("mul", step, i64(tile.depth))
            count = f.binary("sub", f["depth"], k)
            place = f.binary("mul", step, i64(self.width))
            for start in reversed(range(0, self.width, tile.lanes)):
                last = f.binary("sub", f["lines"], i64(start + 1))
                out = f.address(f["out"], tile.packed_type, f.binary("add", place, i64(start)))
                source = self._source(i64(start), k)
                arguments = [source, f["line"], last, count, out, i64(self.width), ahead]
                f.call_defined(block, "void", arguments)

    def one_by_one(self) -> None:
        """Any strides: element by element."""
        f, tile = self.f, self.tile
        narrow = "i16" if tile.paired else tile.sum_type
        with f.loop(i64(0), steps_of(f, tile, f["depth"])) as step:
            for half in range(tile.depth):
                k = f.binary("add", f.binary("mul", step, i64(tile.depth)), i64(half))
                exists = f.compare("icmp slt", k, f["depth"])
                with f.loop(i64(0), f["lines"]) as line:
                    value = self._element(line, k, exists)
                    at = self._index(step, line)
                    at = f.binary("add", f.binary("mul", at, i64(tile.depth)), i64(half))
                    out = f.address(f["out"], narrow, at)
                    f.store(value, out, tile.bytes // tile.depth)

    def _element(self, line: V, k: V, exists: V) -> V:
        """One element of a panel, zero beyond the last k; conversions are those of vectors."""
        f, type = self.f, TYPES[self.memory]
        slot = f.variable(type, V("0" if type == "i16" else "0.0", type))
        with f.when(exists):
            f.set(slot, f.load(self._source(line, k), type, BYTES[self.memory]))
        single = f.let(
            vector(1, type), f"insertelement <1 x {type}> poison, {f.get(slot, type)}, i64 0"
        )
        value = self.convert.half(single) if self.tile.paired else self.convert.single(single)
        return f.let(element_of(value.type), f"extractelement {value}, i64 0")

    def _source(self, line: V, k: V) -> V:
        f = self.f
        at = f.binary("add", f.binary("mul", line, f["line"]), f.binary("mul", k, f["along"]))
        return f.address(f["source"], TYPES[self.memory], at)

    def _place(self, step: V, start: int) -> V:
        return self.f.address(self.f["out"], self.tile.packed_type, self._index(step, i64(start)))

    def _index(self, step: V, line: V) -> V:
        """Where in the panel a line's element of a step is."""
        return self.f.binary("add", self.f.binary("mul", step, i64(self.width)), line)


class _LinesPanel(_Panel):
    """A panel in which some steps, as many as there are lanes, of each line lie side by side."""

    def from_lines(self) -> None:
        """Squares of lanes x lanes, transposed in registers."""
        f, tile = self.f, self.tile
        with f.loop(i64(0), steps_of(f, tile, f["depth"]), tile.lanes) as step:
            for start in range(0, self.width, tile.lanes):
                count = f.binary("sub", f["lines"], i64(start))
                steps = [f.binary("add", step, i64(s)) for s in range(tile.lanes)]
                ks = [f.binary("mul", s, i64(tile.depth)) for s in steps]
                for r, value in enumerate(
                    transpose(f, [self._across(k, start, count) for k in ks])
                ):
                    f.store(value, self._place(step, start + r), tile.bytes)

    def from_k(self) -> None:
        """Each line's steps are copied."""
        f, tile = self.f, self.tile
        with f.loop(i64(0), steps_of(f, tile, f["depth"]), tile.lanes) as step:
            k = f.binary("mul", step, i64(tile.depth))
            left = f.binary("sub", f["depth"], k)
            with f.loop(i64(0), f["lines"]) as line:
                value = self.convert.along(self._source(line, k), left)
                place = f.address(f["out"], tile.packed_type, self._index(step, line))
                f.store(value, place, tile.bytes)

    def _index(self, step: V, line: V) -> V:
        f, lanes = self.f, i64(self.tile.lanes)
        within = f.binary("urem", step, lanes)
        first = f.binary("mul", f.binary("sub", step, within), i64(self.width))
        return f.binary("add", f.binary("add", first, f.binary("mul", line, lanes)), within)


@shared
def _define_transpose(module: Module, target: Target, tile: Tile, memory: str) -> str:
    """`void (ptr source, i64 line, i64 last, i64 count, ptr out, i64 width, i64 ahead)`: a square.

    `lanes` lines `line` apart, those after line `last` (which may be negative) replaced by it, of
    which the first `count` k are read; step s of them becomes a vector at out + s * width.  What
    lies `ahead` elements further, the next panel's, is fetched meanwhile: that is more lines than
    a processor fetches ahead by itself.
    """
    name = f"transpose_{memory}_{tile.kind}"
    parameters = [("ptr", "source"), ("i64", "line"), ("i64", "last"), ("i64", "count")]
    parameters += [("ptr", "out"), ("i64", "width"), ("i64", "ahead")]
    f = Function(module, name, parameters, linkage="internal", attributes="nounwind noinline")
    convert = _Convert(f, target, tile, memory)
    lines = []
    for r in range(tile.lanes):
        line = f.call("llvm.smin.i64", "i64", [i64(r), f["last"]])
        at = f.address(f["source"], TYPES[memory], f.binary("mul", line, f["line"]))
        size = tile.lanes * tile.depth * BYTES[memory]
        _expect(f, f.address(at, TYPES[memory], f["ahead"]), size)
        lines.append(convert.along(at, f["count"]))
    for step, value in enumerate(transpose(f, lines)):
        at = f.address(f["out"], tile.packed_type, f.binary("mul", f["width"], i64(step)))
        f.store(value, at, tile.bytes)
    f.ret()
    return name


def _expect(f: Function, place: V, size: int) -> None:
    """Fetches `size` bytes into the second cache."""
    for line in range(0, size, 64):
        fetch(f, f.address(place, "i8", i64(line)))


class _Convert:
    """Elements of memory as a panel's elements."""

    def __init__(self, f: Function, target: Target, tile: Tile, memory: str) -> None:
        self.f, self.target, self.tile, self.memory = f, target, tile, memory

    def along(self, pointer: V, count: V) -> V:
        """`lanes` steps of one line."""
        f, tile = self.f, self.tile
        first = self.read(pointer, count)
        if not tile.paired:
            return self.single(first)
        more = f.binary("sub", count, i64(tile.lanes))
        # An address beyond the line is formed, never read: its mask is empty.
        second = self.read(f.address(pointer, TYPES[self.memory], i64(tile.lanes)), more)
        both = vector(2 * tile.lanes, "i16")
        order = ", ".join(f"i32 {lane}" for lane in range(2 * tile.lanes))
        a, b = self.half(first), self.half(second)
        joined = f.let(both, f"shufflevector {a}, {b}, <{2 * tile.lanes} x i32> <{order}>")
        return f.convert("bitcast", joined, vector(tile.lanes, "i32"))

    def read(self, pointer: V, count: V) -> V:
        """`lanes` elements as they lie in memory, `count` of them read, the others zero."""
        return read(self.f, self.target, pointer, TYPES[self.memory], self.tile.lanes, count)

    def single(self, raw: V) -> V:
        """Elements of an unpaired panel."""
        value = widen(self.f, self.target, raw, self.memory)
        if self.tile.kind == "bf16" and self.memory != "bf16":
            return widen(self.f, self.target, round_bf16(self.f, value), "bf16")
        return value

    def half(self, raw: V) -> V:
        """Halves of a paired panel's elements: bf16, as i16."""
        if self.memory == "bf16":
            return raw
        value = widen(self.f, self.target, raw, self.memory)
        # The processor's own rounding makes subnormal numbers zero, as its products do.
        lanes = lanes_of(value.type)
        rounded = self.f.convert("fptrunc", value, vector(lanes, "bfloat"))
        return self.f.convert("bitcast", rounded, vector(lanes, "i16"))

    def pair(self, low: V, high: V) -> V:
        f, type = self.f, vector(self.tile.lanes, "i32")
        high = f.binary("shl", f.convert("zext", high, type), lanes_splat(f, 16, self.tile.lanes))
        return f.binary("or", f.convert("zext", low, type), high)


def transpose(f: Function, rows: Sequence[V]) -> list[V]:
    """A square of vectors, transposed by exchanging ever larger halves of pairs of rows."""
    rows, lanes = list(rows), len(rows)
    half = 1
    while half < lanes:
        low = [lane if not lane & half else lane - half + lanes for lane in range(lanes)]
        high = [lane + half if not lane & half else lane + lanes for lane in range(lanes)]
        for i in range(lanes):
            if not i & half:
                a, b = rows[i], rows[i + half]
                rows[i], rows[i + half] = _shuffle(f, a, b, low), _shuffle(f, a, b, high)
        half *= 2
    return rows


def _shuffle(f: Function, a: V, b: V, order: Sequence[int]) -> V:
    lanes = ", ".join(f"i32 {lane}" for lane in order)
    return f.let(a.type, f"shufflevector {a}, {b}, <{len(order)} x i32> <{lanes}>")
