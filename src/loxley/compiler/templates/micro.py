"""The microkernel of matrix products: a tile of sums kept in registers, over packed operands.

In: packed panels (`packing.py`), or operands read where they lie.  Out: a tile of sums in a small
buffer, from which the caller (a product, a convolution, attention) stores what it makes of them.

A tile has `rows` x `columns` sums.  A panel of A holds, for each step of k, one element of each of
its rows; a panel of B one element of each of its columns.  Each sum is one chain of fused
multiply-adds in the order of k, however large the tile is: which tile computes an element never
changes its bits.  Source: Van Zee and van de Geijn, "BLIS" (2015), and Goto (2008).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from ..llvm.builder import Function, Module, V, i64, shared, vector
from ..llvm.target import Target
from .memory import lane_mask, masked_load


class Tile(NamedTuple):
    """The shape of a microkernel's registers and the arithmetic done in them.

    kind     of the arithmetic: f32, f64, or bf16 (products of bf16, sums in f32)
    paired   whether one step of a panel holds two bf16 of successive k (one i32)
    rows     rows of A, each broadcast
    vectors  vectors of columns of B, of `lanes` elements each
    squares  whether the sums are made in AMX's tile registers (`squares.py`)
    """

    kind: str
    paired: bool
    rows: int
    vectors: int
    lanes: int
    squares: bool = False

    @property
    def columns(self) -> int:
        return self.vectors * self.lanes

    @property
    def sum_type(self) -> str:
        """LLVM's type of a sum."""
        return "double" if self.kind == "f64" else "float"

    @property
    def packed_type(self) -> str:
        """LLVM's type of a panel's element."""
        return "i32" if self.paired else self.sum_type

    @property
    def bytes(self) -> int:
        """Of a panel's element, and of a sum."""
        return 8 if self.kind == "f64" else 4

    @property
    def depth(self) -> int:
        """How many k one step of a panel covers."""
        return 2 if self.paired else 1

    @property
    def unit(self) -> int:
        """How many k the length of a panel is a multiple of; those beyond the last are zero."""
        return self.depth * (self.lanes if self.squares else 1)

    @property
    def slack(self) -> int:
        """Bytes that packing may write beyond the last panel (of rows or of columns)."""
        return (self.lanes * max(self.rows, self.columns) + self.lanes) * self.bytes


def tile_of(target: Target, kind: str) -> Tile:
    """The best tile for `kind` of arithmetic (f32, f64, bf16) on `target`."""
    lanes = target.vector_bytes // (8 if kind == "f64" else 4)
    paired = kind == "bf16" and target.has("avx512_bf16")
    if paired and target.has("amx"):
        return Tile(kind, True, 32, 2, lanes, squares=True)
    if target.vector_bytes == 64:
        return Tile(kind, paired, 14, 2, lanes)
    return Tile(kind, False, 8 if target.triple.startswith("aarch64") else 6, 2, lanes)


def row_choices(tile: Tile) -> tuple[int, ...]:
    """The numbers of rows that there is code for; a tile of fewer rows takes the next larger."""
    return tuple(r for r in (1, 2, 4, 8) if r < tile.rows) + (tile.rows,)


@shared
def define_packed(module: Module, target: Target, tile: Tile) -> str:
    """The name of `void (i64 steps, ptr a, ptr b, i64 rows, ptr out)`, defined once per module.

    a, b  panels as `packing` writes them, of `tile.rows` and `tile.columns` lines
    rows  1 to tile.rows; only so many rows of `out` mean anything
    out   [tile.rows][tile.columns] sums, aligned to a vector, overwritten
    """
    name = f"tile_{tile.kind}_{tile.rows}x{tile.columns}"
    parameters = [("i64", "steps"), ("ptr", "a"), ("ptr", "b"), ("i64", "rows"), ("ptr", "out")]
    f = Function(module, name, parameters, linkage="internal", attributes="nounwind noinline")
    strides = (i64(1), i64(tile.rows), i64(tile.columns))
    _choose_rows(f, target, tile, strides, None)
    return name


@shared
def define_direct(module: Module, target: Target, tile: Tile) -> str:
    """As `define_packed` for operands read where they lie, of the tile's kind (not paired):

    `void (i64 steps, ptr a, i64 a_row, i64 a_step, ptr b, i64 b_step, i64 columns, i64 rows,
    ptr out)`: strides in elements; columns of B are adjacent, `columns` (1 to tile.columns) of
    them and `rows` rows of A are read, nothing beyond.
    """
    if tile.paired:
        raise ValueError("define_direct: expected a tile of single elements, but got pairs")
    name = f"direct_{tile.kind}_{tile.rows}x{tile.columns}"
    parameters = [("i64", "steps"), ("ptr", "a"), ("i64", "a_row"), ("i64", "a_step"), ("ptr", "b")]
    parameters += [("i64", n) for n in ("b_step", "columns", "rows")] + [("ptr", "out")]
    f = Function(module, name, parameters, linkage="internal", attributes="nounwind noinline")
    masks = [
        lane_mask(f, f.binary("sub", f["columns"], i64(v * tile.lanes)), tile.lanes)
        for v in range(tile.vectors)
    ]
    _choose_rows(f, target, tile, (f["a_row"], f["a_step"], f["b_step"]), masks)
    return name


def _choose_rows(
    f: Function, target: Target, tile: Tile, strides: tuple[V, V, V], masks: Sequence[V] | None
) -> None:
    """Code for each number of rows, and the jump to the smallest that holds `rows`."""
    end = f.label("end")
    for rows in row_choices(tile):
        yes, no = f.label("rows"), f.label("more")
        f.branch_if(f.compare("icmp sle", f["rows"], i64(rows)), yes, no)
        f.place(yes)
        _sums(f, target, tile, rows, strides, masks)
        f.branch(end)
        f.place(no)
    f.branch(end)
    f.place(end)
    f.ret()


def _sums(
    f: Function,
    target: Target,
    tile: Tile,
    rows: int,
    strides: tuple[V, V, V],
    masks: Sequence[V] | None,
) -> None:
    """`rows` rows of sums over `steps` steps, then stored to `out`."""
    a_row, a_step, b_step = strides
    sum_vector = vector(tile.lanes, tile.sum_type)
    zero = V("zeroinitializer", sum_vector)
    sums = [[f.variable(sum_vector, zero) for _ in range(tile.vectors)] for _ in range(rows)]
    # Rows beyond the last read the last again: nothing outside the operand is touched.
    last = f.binary("sub", f["rows"], i64(1))
    starts = [_row_start(f, tile, f["a"], i, a_row, last, masks is not None) for i in range(rows)]
    with f.loop(i64(0), f["steps"]) as step:
        a_at = f.binary("mul", step, a_step)
        b_at = f.address(f["b"], tile.packed_type, f.binary("mul", step, b_step))
        columns = [_columns(f, tile, b_at, v, masks) for v in range(tile.vectors)]
        for i in range(rows):
            element = f.load(
                f.address(starts[i], tile.packed_type, a_at), tile.packed_type, tile.bytes
            )
            row = f.splat(element, tile.lanes)
            for v in range(tile.vectors):
                total = f.get(sums[i][v], sum_vector)
                f.set(sums[i][v], multiply_add(f, target, tile, row, columns[v], total))
    for i in range(rows):
        for v in range(tile.vectors):
            at = f.address(f["out"], tile.sum_type, i64(i * tile.columns + v * tile.lanes))
            f.store(f.get(sums[i][v], sum_vector), at, tile.bytes)


def _row_start(f: Function, tile: Tile, a: V, i: int, stride: V, last: V, clamp: bool) -> V:
    if not clamp:
        return f.address(a, tile.packed_type, i64(i))
    row = f.call("llvm.smin.i64", "i64", [i64(i), last])
    return f.address(a, tile.packed_type, f.binary("mul", row, stride))


def _columns(f: Function, tile: Tile, b: V, v: int, masks: Sequence[V] | None) -> V:
    type = vector(tile.lanes, tile.packed_type)
    at = f.address(b, tile.packed_type, i64(v * tile.lanes))
    if masks is None:
        return f.load(at, type, tile.bytes)
    return masked_load(f, at, type, masks[v], tile.bytes)


def multiply_add(f: Function, target: Target, tile: Tile, a: V, b: V, total: V) -> V:
    """`total + a * b` by lanes, fused where the target can; sums of pairs where they are paired."""
    if tile.paired:
        pairs = vector(2 * tile.lanes, "bfloat")
        name = f"llvm.x86.avx512bf16.dpbf16ps.{tile.lanes * 32}"
        operands = [total, f.convert("bitcast", a, pairs), f.convert("bitcast", b, pairs)]
        return f.call(name, total.type, operands)
    if target.has("fma") or target.has("neon"):
        name = f"llvm.fma.v{tile.lanes}{'f64' if tile.kind == 'f64' else 'f32'}"
        return f.call(name, total.type, [a, b, total])
    return f.binary("fadd", total, f.binary("fmul", a, b))
