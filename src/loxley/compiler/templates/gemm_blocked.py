"""The blocked product: both operands packed block by block, tiles of sums over the packed panels.

In: a `Spec`.  Out: the functions of a module that compute it.  For each block of rows and columns
of out, blocks of k are added one after the other, in an order that depends on k alone; inside one,
each sum is one chain.  So neither the blocks of rows and columns nor the workers' shares, which
may fall anywhere, change a bit.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from ..llvm.builder import Function, Module, V, i64, vector
from ..llvm.target import Target
from .gemm_finish import define_finish
from .gemm_shares import BLOCK, define_kernel
from .gemm_spec import Blocking, Slots, Spec, blocking_of, least, offset, slots_of, up
from .memory import TYPES, fetch
from .micro import Tile, define_packed, tile_of
from .packing import define_pack, steps_of
from .squares import configure, define_squares, release

# A block of A has no more bytes than this: packed, it stays in the third cache.
_MOST = 8 << 20
# Rows of a block of A of one block of k.
_SHALLOW = 1040


def text(spec: Spec, name: str, target: Target) -> str:
    """The module that defines the kernel `name`."""
    module = Module()
    product = _Blocked(module, spec, target)
    product.define_block()
    define_kernel(
        module, name, product.slots, product.tile.rows, product.tile.columns, product.size
    )
    return str(module)


def scratch(spec: Spec, sizes: Mapping[str, int], target: Target) -> int:
    """Bytes of scratch memory for each worker."""
    tile = tile_of(target, spec.kind)
    room = _room(_Numbers(), spec, tile, blocking_of(target, tile), sizes)
    return room.a + room.b + room.sums


class _Numbers:
    """Arithmetic on Python's integers."""

    def add(self, a: int, b: int) -> int:
        return a + b

    def mul(self, a: int, b: int) -> int:
        return a * b

    def least(self, a: int, b: int) -> int:
        return min(a, b)

    def up(self, a: int, multiple: int) -> int:
        return -(-a // multiple) * multiple

    def units(self, total: int, each: int, unit: int) -> int:
        """How many times `each` fits into `total`, in whole units; one unit at least."""
        return max(total // max(each, 1) // unit, 1) * unit

    def below(self, a: int, bound: int) -> bool:
        return a < bound

    def either(self, a: bool, b: bool) -> bool:
        return a or b

    def choose(self, condition: bool, yes: int, no: int) -> int:
        return yes if condition else no


class _Operands:
    """The same arithmetic, as instructions."""

    def __init__(self, f: Function) -> None:
        self.f = f

    def add(self, a: V, b: int) -> V:
        return self.f.binary("add", a, i64(b))

    def mul(self, a: V, b: V | int) -> V:
        return self.f.binary("mul", a, i64(b) if isinstance(b, int) else b)

    def least(self, a: V, b: V | int) -> V:
        return least(self.f, a, b)

    def up(self, a: V, multiple: int) -> V:
        return up(self.f, a, multiple)

    def units(self, total: int, each: V, unit: int) -> V:
        f = self.f
        each = f.call("llvm.smax.i64", "i64", [each, i64(1)])
        count = f.binary("udiv", f.binary("udiv", i64(total), each), i64(unit))
        return self.mul(f.call("llvm.smax.i64", "i64", [count, i64(1)]), unit)

    def below(self, a: V, bound: int) -> V:
        return self.f.compare("icmp slt", a, i64(bound))

    def either(self, a: V, b: V) -> V:
        return self.f.binary("or", a, b)

    def choose(self, condition: V, yes: V | int, no: V) -> V:
        return self.f.select(condition, i64(yes) if isinstance(yes, int) else yes, no)


class _Room(NamedTuple):
    """How much is packed at a time: numbers, or operands.

    apart       whether a block of A has the k of one block only, and is packed for each block of B
    rows        of a block of A, at most
    a, b, sums  bytes of packed A, packed B and partial sums, each a multiple of 64
    """

    apart: Any
    rows: Any
    a: Any
    b: Any
    sums: Any


def _room(op: Any, spec: Spec, tile: Tile, blocking: Blocking, sizes: Mapping[str, Any]) -> _Room:
    """Blocks of A have all k and are large, for B is packed for each of them.

    Where there is one block of B, or room for so few rows of all k that packing A for each block
    of B costs less, a block of A has the k of one block; of panels that are packed one by one,
    only one is kept then.
    """
    m, n, k = (sizes[name] for name in ("m", "n", "k"))
    size = tile.bytes // tile.depth
    columns = op.up(op.least(n, blocking.columns), tile.columns)
    depth = op.up(k, tile.unit)
    block = op.least(depth, blocking.steps * tile.depth)
    deep = op.units(_MOST, op.mul(depth, size), tile.rows)
    apart = op.either(op.below(deep, blocking.columns), op.below(n, blocking.columns + 1))
    limit = op.choose(apart, _SHALLOW // tile.rows * tile.rows, deep)
    rows = op.least(op.up(m, tile.rows), limit)
    few = op.least(rows, tile.rows) if by_panels(spec) else rows
    a = op.mul(op.choose(apart, op.mul(few, block), op.mul(rows, depth)), size)
    b = op.mul(op.mul(columns, block), size)
    sums = op.mul(op.mul(rows, columns), tile.bytes if in_scratch(spec) else 0)
    areas = (op.up(area, 64) for area in (op.add(a, tile.slack), op.add(b, tile.slack), sums))
    return _Room(apart, limit, *areas)


def by_panels(spec: Spec) -> bool:
    """Whether each panel of A is packed just before it is used; where rows lie side by side, all
    of a block are, so that memory is read in long runs."""
    return spec.a_unit != "lines"


def in_scratch(spec: Spec) -> bool:
    """Whether partial sums need memory of their own: out is too narrow, or may be read last."""
    return spec.out in ("bf16", "f16") or bool(spec.buffers)


class _Blocked:
    """The function `block`: rows i0..i1 and columns j0..j1 of one batch entry."""

    def __init__(self, module: Module, spec: Spec, target: Target) -> None:
        self.module, self.spec, self.target = module, spec, target
        self.tile = tile = tile_of(target, spec.kind)
        self.blocking = blocking_of(target, tile)
        self.slots = Slots(slots_of(spec, scratch=True))
        self.finish = define_finish(module, target, tile, spec, self.slots)
        if tile.squares:
            self.tiles = define_squares(module, tile)
        else:
            self.tiles = define_packed(module, target, tile)
        squares = tile.squares
        self.pack_a = define_pack(module, target, tile, tile.rows, spec.a, spec.a_unit, squares)
        self.pack_b = define_pack(module, target, tile, tile.columns, spec.b, spec.b_unit)

    def size(self, f: Function) -> V:
        room = self._room(f)
        return f.binary("add", f.binary("add", room.a, room.b), room.sums)

    def _room(self, f: Function) -> _Room:
        sizes = dict(zip("mnk", self.slots.all(f, "m", "n", "k"), strict=True))
        return _room(_Operands(f), self.spec, self.tile, self.blocking, sizes)

    def define_block(self) -> None:
        parameters = BLOCK
        attributes = "nounwind noinline"
        f = Function(self.module, "block", parameters, linkage="internal", attributes=attributes)
        self._prepare(f)
        tile, blocking = self.tile, self.blocking
        # With k == 0 there is one block without steps: its sums are zero.
        some = f.call("llvm.smax.i64", "i64", [self.k, i64(1)])
        self.depth = even(f, some, i64(blocking.steps * tile.depth), tile.unit)
        if tile.squares:
            configure(f)
        with _Blocks(f, f["i0"], f["i1"], self.rows, tile.rows) as (i, rows):
            with _Blocks(f, f["j0"], f["j1"], i64(blocking.columns), tile.columns) as (j, columns):
                with f.loop(i64(0), some, self.depth) as k:
                    self._one(i, rows, j, columns, k)
        if tile.squares:
            release(f)
        f.ret()

    def _prepare(self, f: Function) -> None:
        tile = self.tile
        self.f = f
        self.k = self.slots.get(f, "k")
        room = self._room(f)
        self.apart, self.rows = room.apart, room.rows
        self.a_area = f["scratch"]
        self.b_area = f.address(self.a_area, "i8", room.a)
        self.sums_area = f.address(self.b_area, "i8", room.b)
        tiles = f"[{tile.rows * tile.vectors} x {vector(tile.lanes, tile.sum_type)}]"
        self.sums = f.variable(tiles)

    def _one(self, i: V, rows: V, j: V, columns: V, k: V) -> None:
        """One block of A against one block of B."""
        f, tile = self.f, self.tile
        depth = least(f, f.binary("sub", self.k, k), self.depth)
        steps = steps_of(f, tile, depth)
        before = f.binary("mul", up(f, rows, tile.rows), k)
        before = f.binary("mul", before, i64(tile.bytes // tile.depth))
        packed_a = f.address(self.a_area, "i8", f.select(self.apart, i64(0), before))
        new = f.binary("or", f.compare("icmp eq", j, f["j0"]), self.apart)
        if not by_panels(self.spec):
            with f.when(new):
                self._pack("a", self.pack_a, i, rows, k, depth, packed_a)
        self._pack("b", self.pack_b, j, columns, k, depth, self.b_area)
        first = f.convert("zext", f.compare("icmp eq", k, i64(0)), "i64")
        reached = f.binary("add", k, depth)
        last = f.convert("zext", f.compare("icmp sge", reached, self.k), "i64")
        with f.loop(i64(0), rows, tile.rows) as row:
            count = least(f, f.binary("sub", rows, row), tile.rows)
            place = f.binary("mul", row, steps)
            if by_panels(self.spec):
                place = f.select(self.apart, i64(0), place)
            a = f.address(packed_a, tile.packed_type, place)
            if by_panels(self.spec):
                with f.when(new):
                    at = f.binary("add", i, row)
                    self._pack("a", self.pack_a, at, count, k, depth, a)
            self._tiles((i, row, count), (j, columns), a, steps, first, last)

    def _pack(self, side: str, name: str, line: V, lines: V, k: V, depth: V, out: V) -> None:
        f = self.f
        line_stride, k_stride = ("row", "col") if side == "a" else ("col", "row")
        names = (side, f"{side}_{line_stride}", f"{side}_{k_stride}", f"{side}_x", f"{side}_y")
        base, across, along, x, y = self.slots.all(f, *names)
        at = offset(f, (f["x"], x), (f["y"], y), (line, across), (k, along))
        source = f.address(base, TYPES[self.spec.a if side == "a" else self.spec.b], at)
        f.call_defined(name, "void", [source, across, along, lines, depth, out])

    def _tiles(
        self, at: tuple[V, V, V], across: tuple[V, V], a: V, steps: V, first: V, last: V
    ) -> None:
        """All tiles of a panel of A, which stays in the first cache meanwhile.

        at      the block's first row, the panel's place in the block, its rows
        across  the block's first column, its columns
        """
        f, tile = self.f, self.tile
        (i, row, rows), (j, columns) = at, across
        with f.loop(i64(0), columns, tile.columns) as column:
            b = f.address(self.b_area, tile.packed_type, f.binary("mul", column, steps))
            count = least(f, f.binary("sub", columns, column), tile.columns)
            here = [f.binary("add", i, row), f.binary("add", j, column)]
            partial, partial_row = self._partial(here, row, column)
            self._expect(partial, partial_row, rows)
            self._expect_panel(a, steps, column, columns)
            f.call_defined(self.tiles, "void", [steps, a, b, rows, self.sums])
            where = [f["args"], f["x"], f["y"], *here, rows, count, self.sums]
            f.call_defined(self.finish, "void", [*where, partial, partial_row, first, last])

    def _expect(self, partial: V, stride: V, rows: V) -> None:
        """Fetches the tile's partial sums into the second cache while its sums are made."""
        f, tile = self.f, self.tile
        with f.loop(i64(0), rows) as row:
            at = f.address(partial, tile.sum_type, f.binary("mul", row, stride))
            for line in range(0, tile.columns * tile.bytes, 64):
                fetch(f, f.address(at, "i8", i64(line)), "write")

    def _expect_panel(self, a: V, steps: V, column: V, columns: V) -> None:
        """Fetches into the second cache what this tile's share is of the next panel of A."""
        f, tile = self.f, self.tile
        size = f.binary("mul", steps, i64(tile.rows * tile.bytes))
        here, after = (
            f.binary("udiv", f.binary("mul", size, at), columns)
            for at in (column, f.binary("add", column, i64(tile.columns)))
        )
        following = f.address(a, "i8", size)
        with f.loop(here, after, 64) as byte:
            fetch(f, f.address(following, "i8", byte))

    def _partial(self, at: list[V], row: V, column: V) -> tuple[V, V]:
        f, tile = self.f, self.tile
        if in_scratch(self.spec):
            stride = i64(self.blocking.columns)
            stride = least(f, up(f, self.slots.get(f, "n"), tile.columns), self.blocking.columns)
            place = f.binary("add", f.binary("mul", row, stride), column)
            return f.address(self.sums_area, tile.sum_type, place), stride
        out, stride, x, y = self.slots.all(f, "out", "out_row", "out_x", "out_y")
        place = offset(f, (f["x"], x), (f["y"], y), (at[0], stride), (at[1], i64(1)))
        return f.address(out, tile.sum_type, place), stride


def even(f: Function, total: V, limit: V, multiple: int) -> V:
    """The size of the fewest equal blocks that `total` falls into, each at most `limit`."""
    some = f.call("llvm.smax.i64", "i64", [total, i64(1)])
    before = f.binary("sub", f.binary("add", some, limit), i64(1))
    count = f.binary("udiv", before, limit)
    more = f.binary("sub", f.binary("add", some, count), i64(1))
    return up(f, f.binary("udiv", more, count), multiple)


class _Blocks:
    """`for first in range(start, stop, size)`, with each block's length; equal sizes."""

    def __init__(self, f: Function, start: V, stop: V, limit: V, multiple: int) -> None:
        self.f, self.stop = f, stop
        self.size = even(f, f.binary("sub", stop, start), limit, multiple)
        self.loop = f.loop(start, stop, self.size)

    def __enter__(self) -> tuple[V, V]:
        first = self.loop.__enter__()
        return first, least(self.f, self.f.binary("sub", self.stop, first), self.size)

    def __exit__(self, *error: Any) -> None:
        self.loop.__exit__(*error)
