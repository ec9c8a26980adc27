"""Products with few rows or few columns: the large operand is streamed once, where it lies.

In: a `Spec`, and which of two ways.  Out: the text of a kernel.

dot    the large operand's k lie side by side (a linear layer's weights): sums are vectors along
       k, folded at the end; an operand whose k do not lie so is copied first, so it must be small
sweep  the columns of b lie side by side, and a has few rows: rows of b are added, scaled, to a
       strip of out in the first cache

Every sum has one order, whatever the worker: by lanes in `dot` (k modulo the lanes, then halves
onto halves; of a single row and column, vectors of k modulo eight first), the order of k in
`sweep`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from ..llvm.builder import Function, Module, V, i64, lanes_of, vector
from ..llvm.target import Target
from .gemm_finish import define_finish
from .gemm_shares import BLOCK, define_kernel
from .gemm_spec import Slots, Spec, least, offset, slots_of
from .memory import TYPES, read, round_bf16, widen
from .micro import Tile, multiply_add, tile_of
from .packing import define_pack

# By the rows of a: how many rows of b `sweep` adds at a time, and the columns of its strip.
_SWEPT, _STRIP = {1: 8, 4: 4}, {1: 4096, 4: 1024}
# Sums that a single row with a single column has, so that none waits for the one before.
_TURNS = 8
# The most rows that `sweep` takes at a time.
ROWS = 4


def dot_text(spec: Spec, name: str, target: Target) -> str:
    """The module that defines the kernel `name`, by folding vectors along k."""
    module = Module()
    dot = _Dot(module, spec, target)
    dot.define_block()
    define_kernel(module, name, dot.slots, dot.tile.rows, dot.tile.columns, dot.size)
    return str(module)


def dot_scratch(spec: Spec, sizes: Mapping[str, int], target: Target) -> int:
    """Bytes for the copies of operands whose k do not lie side by side."""
    a = sizes["m"] if spec.a_unit != "k" else 0
    b = sizes["n"] if spec.b_unit != "k" else 0
    tile = _dot_tile(target, spec)
    return ((a + b) * sizes["k"] * tile.bytes + 2 * tile.slack) // 64 * 64 + 64


def sweep_text(spec: Spec, name: str, target: Target) -> str:
    """The module that defines the kernel `name`, by adding rows of b."""
    module = Module()
    sweep = _Sweep(module, spec, target)
    sweep.define_block()
    define_kernel(module, name, sweep.slots, ROWS, 64, None)
    return str(module)


def sweep_scratch(spec: Spec, sizes: Mapping[str, int], target: Target) -> int:
    return 0


class _Operand(NamedTuple):
    """A matrix at hand: its first element, and how far its lines are apart."""

    base: V
    line: V
    memory: str


def _dot_tile(target: Target, spec: Spec) -> Tile:
    """Rows of a tile of out, and one vector of columns."""
    tile = tile_of(target, spec.kind)
    unpacked = spec.a == spec.b == "bf16" and spec.a_unit == spec.b_unit == "k"
    return tile._replace(rows=ROWS, vectors=1, paired=tile.paired and unpacked, squares=False)


def _converted(f: Function, target: Target, spec: Spec, raw: V, memory: str) -> V:
    """Elements of memory as they are multiplied."""
    value = widen(f, target, raw, memory)
    if spec.kind == "bf16" and memory != "bf16":
        return widen(f, target, round_bf16(f, value), "bf16")
    return value


class _Dot:
    def __init__(self, module: Module, spec: Spec, target: Target) -> None:
        self.module, self.spec, self.target = module, spec, target
        self.tile = tile = _dot_tile(target, spec)
        self.slots = Slots(slots_of(spec, scratch=True))
        self.finish = define_finish(module, target, tile, spec, self.slots)
        self.copies = {
            side: define_pack(module, target, tile, 1, memory, "none")
            for side, memory, unit in (("a", spec.a, spec.a_unit), ("b", spec.b, spec.b_unit))
            if unit != "k"
        }
        self.kinds = {
            "a": self._copied("a", spec.a),
            "b": self._copied("b", spec.b),
        }
        self._define_dots()

    def _copied(self, side: str, memory: str) -> str:
        """An operand's kind, once it may have been copied."""
        if side not in self.copies:
            return memory
        return "f64" if self.tile.kind == "f64" else "f32"

    def size(self, f: Function) -> V:
        """`dot_scratch` as instructions."""
        m, n, k = self.slots.all(f, "m", "n", "k")
        lines = i64(0)
        for side, count in (("a", m), ("b", n)):
            if side in self.copies:
                lines = f.binary("add", lines, count)
        size = f.binary("mul", f.binary("mul", lines, k), i64(self.tile.bytes))
        size = f.binary("add", size, i64(2 * self.tile.slack))
        return f.binary("add", f.binary("and", size, i64(-64)), i64(64))

    def define_block(self) -> None:
        attributes = "nounwind noinline"
        f = Function(self.module, "block", BLOCK, linkage="internal", attributes=attributes)
        tile = self.tile
        m, self.k = self.slots.all(f, "m", "k")
        empty = f.compare("icmp sge", f["i0"], f["i1"])
        empty = f.binary("or", empty, f.compare("icmp sge", f["j0"], f["j1"]))
        with f.when(f.compare("icmp eq", empty, V("false", "i1"))):
            a = self._operand(f, "a", f["i0"], f["i1"], f["scratch"])
            used = f.binary("mul", f.binary("mul", m, self.k), i64(tile.bytes))
            used = f.binary("add", used, i64(tile.slack)) if "a" in self.copies else i64(0)
            free = f.address(f["scratch"], "i8", used)
            b = self._operand(f, "b", f["j0"], f["j1"], free)
            self._tiles(f, a, b)
        f.ret()

    def _operand(self, f: Function, side: str, first: V, stop: V, free: V) -> _Operand:
        """The lines from `first` on, copied to `free` if need be."""
        line_stride, k_stride = ("row", "col") if side == "a" else ("col", "row")
        names = (side, f"{side}_{line_stride}", f"{side}_{k_stride}", f"{side}_x", f"{side}_y")
        base, line, along, x, y = self.slots.all(f, *names)
        memory = self.spec.a if side == "a" else self.spec.b
        at = offset(f, (f["x"], x), (f["y"], y), (first, line))
        source = f.address(base, TYPES[memory], at)
        if side not in self.copies:
            return _Operand(source, line, memory)
        count = f.binary("sub", stop, first)
        arguments = [source, line, along, count, self.k, free]
        f.call_defined(self.copies[side], "void", arguments)
        return _Operand(free, self.k, self.kinds[side])

    def _tiles(self, f: Function, a: _Operand, b: _Operand) -> None:
        tile = self.tile
        sums = f.variable(f"[{tile.rows} x {vector(tile.lanes, tile.sum_type)}]")
        width = f.binary("sub", f["j1"], f["j0"])
        height = f.binary("sub", f["i1"], f["i0"])
        with f.loop(i64(0), width, tile.columns) as column:
            columns = least(f, f.binary("sub", width, column), tile.columns)
            b_at = f.address(b.base, TYPES[b.memory], f.binary("mul", column, b.line))
            with f.loop(i64(0), height, tile.rows) as row:
                rows = least(f, f.binary("sub", height, row), tile.rows)
                a_at = f.address(a.base, TYPES[a.memory], f.binary("mul", row, a.line))
                arguments = [self.k, a_at, a.line, b_at, b.line, rows, columns, sums]
                f.call_defined("dots", "void", arguments)
                at = [f.binary("add", f["i0"], row), f.binary("add", f["j0"], column)]
                place = [f["args"], f["x"], f["y"], *at, rows, columns, sums]
                f.call_defined(self.finish, "void", [*place, sums, i64(0), i64(1), i64(1)])

    # ------------------------------------------------------------------ the tile

    def _define_dots(self) -> None:
        """`dots`: a tile's sums, all of its rows with a few of its columns at a time."""
        parameters = [("i64", "k"), ("ptr", "a"), ("i64", "a_line"), ("ptr", "b")]
        parameters += [("i64", "b_line"), ("i64", "rows"), ("i64", "columns"), ("ptr", "sums")]
        attributes = "nounwind noinline"
        f = Function(self.module, "dots", parameters, linkage="internal", attributes=attributes)
        end = f.label("end")
        one, several = f.label("one"), f.label("several")
        lines = f.binary("mul", f["rows"], f["columns"])
        f.branch_if(f.compare("icmp eq", lines, i64(1)), one, several)
        f.place(one)
        self._single(f)
        f.branch(end)
        f.place(several)
        for rows, columns in ((1, 8), (2, 4), (4, 4 if self.target.vector_bytes == 64 else 2)):
            yes, no = f.label("rows"), f.label("more")
            f.branch_if(f.compare("icmp sle", f["rows"], i64(rows)), yes, no)
            f.place(yes)
            with f.loop(i64(0), f["columns"], min(columns, self.tile.lanes)) as column:
                self._dots(f, rows, min(columns, self.tile.lanes), column)
            f.branch(end)
            f.place(no)
        f.branch(end)
        f.place(end)
        f.ret()

    def _single(self, f: Function) -> None:
        """One row with one column: vectors of k go to several sums in turn."""
        tile = self.tile
        type, chunk = vector(tile.lanes, tile.sum_type), tile.lanes * tile.depth
        sums = [f.variable(type, V("zeroinitializer", type)) for _ in range(_TURNS)]
        a, b = [f["a"]], [f["b"]]
        many, whole = (
            f.binary("sub", f["k"], f.binary("urem", f["k"], i64(step)))
            for step in (_TURNS * chunk, chunk)
        )
        with f.loop(i64(0), many, _TURNS * chunk) as k:
            for turn, total in enumerate(sums):
                self._add(f, [total], a, b, f.binary("add", k, i64(turn * chunk)), None)
        with f.loop(many, whole, chunk) as k:
            self._add(f, sums[:1], a, b, k, None)
        with f.when(f.compare("icmp slt", whole, f["k"])):
            self._add(f, sums[1:2], a, b, whole, f.binary("sub", f["k"], whole))
        parts = [f.get(s, type) for s in sums]
        while len(parts) > 1:
            parts = [f.binary("fadd", u, v) for u, v in zip(parts[::2], parts[1::2])]
        f.store(fold(f, parts)[0], f["sums"], tile.bytes)

    def _dots(self, f: Function, rows: int, columns: int, column: V) -> None:
        tile = self.tile
        type = vector(tile.lanes, tile.sum_type)
        sums = [f.variable(type, V("zeroinitializer", type)) for _ in range(rows * columns)]
        last = [f.binary("sub", f[n], i64(1)) for n in ("rows", "columns")]
        a = self._lines(f, "a", rows, i64(0), last[0])
        b = self._lines(f, "b", columns, column, last[1])
        chunk = tile.lanes * tile.depth
        whole = f.binary("sub", f["k"], f.binary("urem", f["k"], i64(chunk)))
        with f.loop(i64(0), whole, chunk) as k:
            self._add(f, sums, a, b, k, None)
        with f.when(f.compare("icmp slt", whole, f["k"])):
            self._add(f, sums, a, b, whole, f.binary("sub", f["k"], whole))
        totals = fold(f, [f.get(s, type) for s in sums])
        for r in range(rows):
            for c in range(columns):
                index = f.binary("add", column, i64(r * tile.columns + c))
                where = f.address(f["sums"], tile.sum_type, index)
                f.store(totals[r * columns + c], where, tile.bytes)

    def _lines(self, f: Function, side: str, count: int, first: V, last: V) -> list[V]:
        """Where lines begin; lines beyond the last are the last again."""
        starts = []
        for number in range(count):
            line = least(f, f.binary("add", first, i64(number)), last)
            at = f.binary("mul", line, f[f"{side}_line"])
            starts.append(f.address(f[side], TYPES[self.kinds[side]], at))
        return starts

    def _add(
        self, f: Function, sums: Sequence[V], a: Sequence[V], b: Sequence[V], k: V, count: V | None
    ) -> None:
        """One vector of k of every line; `count` of them exist."""
        tile = self.tile
        type = vector(tile.lanes, tile.sum_type)
        left = [self._read(f, "a", start, k, count) for start in a]
        for c, start in enumerate(b):
            right = self._read(f, "b", start, k, count)
            for r, value in enumerate(left):
                place = sums[r * len(b) + c]
                total = multiply_add(f, self.target, tile, value, right, f.get(place, type))
                f.set(place, total)

    def _read(self, f: Function, side: str, start: V, k: V, count: V | None) -> V:
        tile, memory = self.tile, self.kinds[side]
        at = f.address(start, TYPES[memory], k)
        lanes = tile.lanes * tile.depth
        if count is None:
            size = {"f64": 8, "f32": 4}.get(memory, 2)
            raw = f.load(at, vector(lanes, TYPES[memory]), size)
        else:
            raw = read(f, self.target, at, TYPES[memory], lanes, count)
        if tile.paired:
            return raw
        return _converted(f, self.target, self.spec, raw, memory)


def fold(f: Function, values: list[V]) -> list[V]:
    """The sum of each vector's lanes: halves onto halves, several vectors in one register."""
    lanes = lanes_of(values[0].type)
    totals: list[V] = []
    for first in range(0, len(values), lanes):
        totals += _fold(f, values[first : first + lanes], lanes)
    return totals


def _fold(f: Function, values: list[V], lanes: int) -> list[V]:
    count, segment = len(values), lanes
    while segment > 1:
        half = segment // 2
        starts = range(0, lanes, segment)
        low = [s + i for s in starts for i in range(half)]
        low += [lanes + i for i in low]
        high = [i + half for i in low]
        pairs = zip(values[::2], values[1::2] or values, strict=True)
        values = [f.binary("fadd", _pick(f, u, v, low), _pick(f, u, v, high)) for u, v in pairs]
        segment = half
    type = values[0].type.split(" x ")[1][:-1]
    return [f.let(type, f"extractelement {values[0]}, i64 {i}") for i in range(count)]


def _pick(f: Function, u: V, v: V, order: Sequence[int]) -> V:
    lanes = ", ".join(f"i32 {i}" for i in order)
    return f.let(u.type, f"shufflevector {u}, {v}, <{len(order)} x i32> <{lanes}>")


class _Sweep:
    def __init__(self, module: Module, spec: Spec, target: Target) -> None:
        self.module, self.spec, self.target = module, spec, target
        # Products in f32 whatever the kind: a row of b is widened as it comes.
        self.tile = tile_of(target, spec.kind)._replace(rows=ROWS, vectors=1, paired=False)
        self.slots = Slots(slots_of(spec, scratch=False))
        self.finish = define_finish(module, target, self.tile, spec, self.slots)
        for rows in (1, ROWS):
            for terms in (1, _SWEPT[rows]):
                self._define_terms(rows, terms)

    def define_block(self) -> None:
        attributes = "nounwind noinline"
        f = Function(self.module, "block", BLOCK, linkage="internal", attributes=attributes)
        tile = self.tile
        strip = f.variable(
            f"[{ROWS * _STRIP[ROWS] // tile.lanes} x {vector(tile.lanes, tile.sum_type)}]"
        )
        single = f.compare("icmp eq", f.binary("sub", f["i1"], f["i0"]), i64(1))
        width = f.select(single, i64(_STRIP[1]), i64(_STRIP[ROWS]))
        with f.loop(f["j0"], f["j1"], width) as j:
            columns = least(f, f.binary("sub", f["j1"], j), width)
            with f.loop(f["i0"], f["i1"], ROWS) as i:
                rows = least(f, f.binary("sub", f["i1"], i), ROWS)
                self._strip(f, i, rows, j, columns, strip)
        f.ret()

    def _strip(self, f: Function, i: V, rows: V, j: V, columns: V, strip: V) -> None:
        tile, type = self.tile, vector(self.tile.lanes, self.tile.sum_type)
        single = f.compare("icmp eq", rows, i64(1))
        height = f.select(single, i64(1), i64(ROWS))
        block = f.binary("mul", height, i64(tile.lanes))
        with f.loop(i64(0), f.binary("mul", up_lanes(f, columns, tile), height), tile.lanes) as at:
            zero = V("zeroinitializer", type)
            f.store(zero, f.address(strip, tile.sum_type, at), tile.bytes)
        for only, count in ((single, 1), (_not(f, single), ROWS)):
            with f.when(only):
                self._sum(f, count, i, rows, j, columns, strip)
        with f.loop(i64(0), columns, tile.lanes) as column:
            left = least(f, f.binary("sub", columns, column), tile.lanes)
            vectors = f.binary("udiv", column, i64(tile.lanes))
            sums = f.address(strip, tile.sum_type, f.binary("mul", vectors, block))
            place = [f["args"], f["x"], f["y"], i, f.binary("add", j, column), rows, left, sums]
            f.call_defined(self.finish, "void", [*place, sums, i64(0), i64(1), i64(1)])

    def _sum(self, f: Function, count: int, i: V, rows: V, j: V, columns: V, strip: V) -> None:
        """All k, several at a time, onto the strip."""
        k = self.slots.get(f, "k")
        swept = _SWEPT[count]
        whole = f.binary("sub", k, f.binary("urem", k, i64(swept)))
        for terms, start, stop in ((swept, i64(0), whole), (1, whole, k)):
            with f.loop(start, stop, terms) as first:
                arguments = [f["args"], f["x"], f["y"], i, rows, j, columns, first, strip]
                f.call_defined(f"terms_{count}_{terms}", "void", arguments)

    def _define_terms(self, rows: int, terms: int) -> None:
        """`strip[r, j] += a[i + r, k] * b[k, j]` for `terms` successive k and `rows` rows."""
        parameters = [("ptr", "args"), ("i64", "x"), ("i64", "y"), ("i64", "i"), ("i64", "rows")]
        parameters += [("i64", "j"), ("i64", "columns"), ("i64", "k"), ("ptr", "strip")]
        name, attributes = f"terms_{rows}_{terms}", "nounwind noinline"
        f = Function(self.module, name, parameters, linkage="internal", attributes=attributes)
        tile = self.tile
        factors = [[self._factor(f, r, t) for t in range(terms)] for r in range(rows)]
        sources = [self._row(f, t) for t in range(terms)]
        whole = f.binary("sub", f["columns"], f.binary("urem", f["columns"], i64(tile.lanes)))
        with f.loop(i64(0), whole, tile.lanes) as column:
            self._terms(f, factors, sources, column, None)
        with f.when(f.compare("icmp slt", whole, f["columns"])):
            left = f.binary("sub", f["columns"], whole)
            self._terms(f, factors, sources, whole, left)
        f.ret()

    def _factor(self, f: Function, r: int, t: int) -> V:
        """a[i + r, k + t] in every lane; rows beyond the last are the last again."""
        spec = self.spec
        base, row, col, x, y = self.slots.all(f, "a", "a_row", "a_col", "a_x", "a_y")
        number = least(f, i64(r), f.binary("sub", f["rows"], i64(1)))
        line, k = f.binary("add", f["i"], number), f.binary("add", f["k"], i64(t))
        at = offset(f, (f["x"], x), (f["y"], y), (line, row), (k, col))
        type = TYPES[spec.a]
        size = {"f64": 8, "f32": 4}.get(spec.a, 2)
        value = f.load(f.address(base, type, at), type, size)
        lanes = f.splat(value, self.tile.lanes)
        return _converted(f, self.target, spec, lanes, spec.a)

    def _row(self, f: Function, t: int) -> V:
        base, row, x, y = self.slots.all(f, "b", "b_row", "b_x", "b_y")
        k = f.binary("add", f["k"], i64(t))
        at = offset(f, (f["x"], x), (f["y"], y), (k, row), (f["j"], i64(1)))
        return f.address(base, TYPES[self.spec.b], at)

    def _terms(
        self,
        f: Function,
        factors: Sequence[Sequence[V]],
        sources: Sequence[V],
        column: V,
        count: V | None,
    ) -> None:
        tile, rows = self.tile, len(factors)
        type = vector(tile.lanes, tile.sum_type)
        places = [
            f.address(
                f["strip"],
                tile.sum_type,
                f.binary("add", f.binary("mul", column, i64(rows)), i64(r * tile.lanes)),
            )
            for r in range(rows)
        ]
        values = [self._values(f, source, column, count) for source in sources]
        for r, place in enumerate(places):
            total = f.load(place, type, tile.bytes)
            for factor, value in zip(factors[r], values, strict=True):
                total = multiply_add(f, self.target, tile, factor, value, total)
            f.store(total, place, tile.bytes)

    def _values(self, f: Function, source: V, column: V, count: V | None) -> V:
        memory, lanes = self.spec.b, self.tile.lanes
        at = f.address(source, TYPES[memory], column)
        if count is None:
            size = {"f64": 8, "f32": 4}.get(memory, 2)
            raw = f.load(at, vector(lanes, TYPES[memory]), size)
        else:
            raw = read(f, self.target, at, TYPES[memory], lanes, count)
        return _converted(f, self.target, self.spec, raw, memory)


def up_lanes(f: Function, count: V, tile: Tile) -> V:
    """`count` rounded up to whole vectors."""
    more = f.binary("add", count, i64(tile.lanes - 1))
    return f.binary("mul", f.binary("udiv", more, i64(tile.lanes)), i64(tile.lanes))


def _not(f: Function, condition: V) -> V:
    return f.binary("xor", condition, V("true", "i1"))
