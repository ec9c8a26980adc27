"""Packing: a strided matrix becomes panels, in the order in which the microkernel reads them.

In: a matrix with `lines` lines (rows of A, or columns of B) along k, with any strides.  Out:
panels of `width` lines; each panel holds `steps` x `width` elements, and panels follow each other.
On the way elements are converted to the tile's kind; two bf16 of successive k become one i32.

Lines beyond the last hold arbitrary numbers; a last odd k is paired with zero.  The last panel is
followed by `tile.slack` bytes that may be overwritten.
"""

from __future__ import annotations

from collections.abc import Sequence

from ..llvm.builder import Function, Module, V, element_of, i64, vector
from ..llvm.target import Target
from .memory import BYTES, TYPES, Contiguous, lanes_splat, read, round_bf16, widen
from .micro import Tile, defined


def steps_of(f: Function, tile: Tile, depth: V) -> V:
    """How many steps a panel of `depth` k has."""
    if tile.depth == 1:
        return depth
    return f.binary("lshr", f.binary("add", depth, i64(1)), i64(1))


def define_pack(
    module: Module, target: Target, tile: Tile, width: int, memory: str, contiguous: Contiguous
) -> str:
    """The name of `void (ptr source, i64 line, i64 along, i64 lines, i64 depth, ptr out)`.

    source, line, along  the matrix: element (l, k) is at source + l * line + k * along elements
    lines, depth         its sizes; `contiguous` promises line == 1 ("lines") or along == 1 ("k")
    out                  ceil(lines / width) panels of steps * width elements, and the slack
    """
    name = f"pack_{memory}_{tile.kind}_{width}_{contiguous}"
    if defined(module, name):
        return name
    one = _define_panel(module, target, tile, width, memory, contiguous)
    f = Function(module, name, _PARAMETERS, linkage="internal", attributes="nounwind noinline")
    size = f.binary("mul", steps_of(f, tile, f["depth"]), i64(width * tile.bytes))
    out = f.variable("ptr", f["out"])
    with f.loop(i64(0), f["lines"], width) as first:
        at = f.binary("mul", first, f["line"])
        left = f.call("llvm.smin.i64", "i64", [f.binary("sub", f["lines"], first), i64(width)])
        source = f.address(f["source"], TYPES[memory], at)
        panel = f.get(out, "ptr")
        arguments = [source, f["line"], f["along"], left, f["depth"], panel]
        f.call_defined(one, "void", arguments)
        f.set(out, f.address(panel, "i8", size))
    f.ret()
    return name


_PARAMETERS = [("ptr", "source"), ("i64", "line"), ("i64", "along")]
_PARAMETERS += [("i64", "lines"), ("i64", "depth"), ("ptr", "out")]


def _define_panel(
    module: Module, target: Target, tile: Tile, width: int, memory: str, contiguous: Contiguous
) -> str:
    name = f"panel_{memory}_{tile.kind}_{width}_{contiguous}"
    f = Function(module, name, _PARAMETERS, linkage="internal", attributes="nounwind")
    writer = _Panel(f, target, tile, width, memory)
    {"lines": writer.from_lines, "k": writer.from_k, "none": writer.one_by_one}[contiguous]()
    f.ret()
    return name


class _Panel:
    """The body of the function that packs one panel."""

    def __init__(self, f: Function, target: Target, tile: Tile, width: int, memory: str) -> None:
        self.f, self.target, self.tile, self.width, self.memory = f, target, tile, width, memory

    def from_lines(self) -> None:
        """Lines lie side by side: a step is a few vectors, copied."""
        f, tile = self.f, self.tile
        starts = range(0, self.width, tile.lanes)
        counts = [f.binary("sub", f["lines"], i64(min(s, self.width))) for s in starts]
        with f.loop(i64(0), steps_of(f, tile, f["depth"])) as step:
            k = f.binary("mul", step, i64(tile.depth))
            for start, count in zip(starts, counts, strict=True):
                self._store(self._across(k, start, count), step, start)

    def _across(self, k: V, start: int, count: V) -> V:
        """One vector of a step; a pair is made of two rows."""
        f = self.f
        low = self._read(self._source(i64(start), k), count)
        if not self.tile.paired:
            return self._widened(low)
        after = f.binary("add", k, i64(1))
        exists = f.compare("icmp slt", after, f["depth"])
        high_count = f.select(exists, count, i64(0))
        high = self._read(self._source(i64(start), f.select(exists, after, k)), high_count)
        return self._pair(self._narrow(low), self._narrow(high))

    def from_k(self) -> None:
        """Successive k lie side by side: blocks of lanes x lanes are transposed in registers."""
        f, tile = self.f, self.tile
        last = f.binary("sub", f["lines"], i64(1))
        starts = range(0, self.width, tile.lanes)
        # Where the last vector of a step overlaps the next step, steps are stored one by one.
        together = [starts] if self.width % tile.lanes else [[s] for s in starts]
        steps = steps_of(f, tile, f["depth"])
        with f.loop(i64(0), steps, tile.lanes) as step:
            k = f.binary("mul", step, i64(tile.depth))
            for group in together:
                blocks = [self._block(start, k, last) for start in group]
                for q in range(tile.lanes):
                    for start, block in zip(group, blocks, strict=True):
                        self._store(block[q], f.binary("add", step, i64(q)), start)

    def _block(self, start: int, k: V, last: V) -> list[V]:
        """`lanes` steps of the lines from `start` on; lines beyond the last repeat it."""
        f, tile = self.f, self.tile
        count = f.binary("sub", f["depth"], k)
        lines = []
        for r in range(min(tile.lanes, self.width - start)):
            line = f.call("llvm.smin.i64", "i64", [i64(start + r), last])
            lines.append(self._along(self._source(line, k), count))
        lines += [lines[-1]] * (tile.lanes - len(lines))
        return transpose(f, lines)

    def _along(self, pointer: V, count: V) -> V:
        """`lanes` steps of one line."""
        f, tile = self.f, self.tile
        first = self._read(pointer, count)
        if not tile.paired:
            return self._widened(first)
        more = f.binary("sub", count, i64(tile.lanes))
        # An address beyond the line is formed, never read: its mask is empty.
        second = self._read(f.address(pointer, TYPES[self.memory], i64(tile.lanes)), more)
        both = vector(2 * tile.lanes, "i16")
        order = ", ".join(f"i32 {lane}" for lane in range(2 * tile.lanes))
        a, b = self._narrow(first), self._narrow(second)
        joined = f.let(both, f"shufflevector {a}, {b}, <{2 * tile.lanes} x i32> <{order}>")
        return f.convert("bitcast", joined, vector(tile.lanes, "i32"))

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
                    at = f.binary("add", f.binary("mul", step, i64(self.width)), line)
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
        value = self._narrow(single) if self.tile.paired else self._widened(single)
        return f.let(element_of(value.type), f"extractelement {value}, i64 0")

    # ------------------------------------------------------------------ pieces

    def _source(self, line: V, k: V) -> V:
        f = self.f
        at = f.binary("add", f.binary("mul", line, f["line"]), f.binary("mul", k, f["along"]))
        return f.address(f["source"], TYPES[self.memory], at)

    def _store(self, value: V, step: V, start: int) -> None:
        f, tile = self.f, self.tile
        at = f.binary("add", f.binary("mul", step, i64(self.width)), i64(start))
        f.store(value, f.address(f["out"], tile.packed_type, at), tile.bytes)

    def _read(self, pointer: V, count: V) -> V:
        """`lanes` elements as they lie in memory, `count` of them read, the others zero."""
        return read(self.f, self.target, pointer, TYPES[self.memory], self.tile.lanes, count)

    def _widened(self, raw: V) -> V:
        """Elements from memory as elements of an unpaired panel."""
        value = widen(self.f, self.target, raw, self.memory)
        if self.tile.kind == "bf16" and self.memory == "f32":
            return widen(self.f, self.target, round_bf16(self.f, value), "bf16")
        return value

    def _narrow(self, raw: V) -> V:
        """Elements from memory as bf16 (i16)."""
        if self.memory == "bf16":
            return raw
        return round_bf16(self.f, widen(self.f, self.target, raw, self.memory))

    def _pair(self, low: V, high: V) -> V:
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
