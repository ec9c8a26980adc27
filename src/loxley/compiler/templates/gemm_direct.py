"""Products of small matrices: operands are read where they lie, sums go from registers to out.

In: a `Spec` and a `Shape`, which says how out falls into tiles.  Out: the text of a kernel.

Elements of a are broadcast, whatever a's strides; rows of b are read as vectors, so where its
columns do not lie side by side each entry's b is packed first.  Each sum is one chain in the order
of k, whatever tile or worker computes it, as in a blocked product of one block of k.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import NamedTuple

from ..llvm.builder import Module, V, i64, vector
from ..llvm.target import Target
from .gemm_finish import define_finish
from .gemm_spec import Slots, Spec, slots_of
from .index import Counter, Index, flag
from .memory import BYTES, TYPES, masked_load, masked_store
from .micro import Tile, multiply_add
from .packing import define_pack
from .writer import NULL, Writer, round_up

_PARAMETERS = [("ptr", "args"), ("i64", "worker"), ("i64", "workers")]
BYTES_OF_VECTORS = 64  # of the processor that a `Shape` is meant for
_REGISTERS = {64: 32, 32: 16, 16: 16}
Widths = tuple[int, ...]  # the lanes of vectors
_ROWS = 8  # of a tile, at most: as many sums as a multiply-add takes time, and an address each


class Shape(NamedTuple):
    """How out's columns fall into panels, where vectors have 64 bytes.

    columns  of a panel, in whole vectors; 0 where there is but one panel
    last     of the last panel, in whole vectors, and half ones where it is the only panel
    """

    columns: int
    last: int


def shape_of(kind: str, n: int) -> Shape:
    """The fewest panels, of about equal sizes; n is positive.  Few shapes serve all n."""
    lanes = BYTES_OF_VECTORS // BYTES[kind]
    vectors = -(-n // lanes)
    panels = -(-vectors // _widest(BYTES_OF_VECTORS))
    if panels == 1:
        return Shape(0, round_up(n, lanes // 2))
    wide = -(-vectors // panels)
    return Shape(wide * lanes, ((vectors - 1) % wide + 1) * lanes)


def _widest(vector_bytes: int) -> int:
    """The vectors of a panel, at most."""
    return 4 if _REGISTERS[vector_bytes] == 32 else 2


def most_rows(vectors: int, vector_bytes: int = BYTES_OF_VECTORS) -> int:
    """A tile's rows, at most: its sums, a row of b and an element of a are in registers."""
    return min((_REGISTERS[vector_bytes] - 1 - vectors) // vectors, _ROWS)


class _Layout(NamedTuple):
    """What there is code for on a target.

    columns  of a panel
    most     rows of a tile; tiles have any number up to it
    last     the vectors of a last panel, by their lanes: one of these
    several  whether there may be more than the last panel
    """

    lanes: int
    columns: int
    most: int
    last: tuple[Widths, ...]
    several: bool

    @property
    def before(self) -> list[tuple[Widths, bool]]:
        """The vectors of panels before the last, which are not masked, if there are such."""
        return [((self.lanes,) * (self.columns // self.lanes), False)] * self.several


def _layout(target: Target, kind: str, shape: Shape) -> _Layout:
    lanes = target.vector_bytes // BYTES[kind]
    if target.vector_bytes == BYTES_OF_VECTORS:
        columns = shape.columns or round_up(shape.last, lanes)
        last = (lanes,) * (shape.last // lanes) + (lanes // 2,) * (shape.last % lanes > 0)
        most = most_rows(columns // lanes)
        return _Layout(lanes, columns, most, (last,), shape.columns > 0)
    wide = _widest(target.vector_bytes)
    most = most_rows(wide, target.vector_bytes)
    lasts = tuple((lanes,) * count for count in range(1, wide + 1))
    return _Layout(lanes, wide * lanes, most, lasts, True)


def _tile(spec: Spec, made: _Layout) -> Tile:
    return Tile(spec.kind, False, made.most, made.columns // made.lanes, made.lanes)


def packed(spec: Spec) -> bool:
    """Whether b's columns do not lie side by side: each entry's is packed then."""
    return spec.b_unit != "lines"


def text(spec: Spec, shape: Shape, name: str, target: Target) -> str:
    """The module that defines the kernel `name`."""
    module = Module()
    _Direct(module, spec, target, _layout(target, spec.kind, shape), name).define()
    return str(module)


def scratch(spec: Spec, shape: Shape, sizes: Mapping[str, int], target: Target) -> int:
    """Bytes for the panels of one entry's b, where it is packed."""
    if not packed(spec):
        return 0
    made = _layout(target, spec.kind, shape)
    tile = _tile(spec, made)
    lines = round_up(sizes["n"], made.columns)
    return round_up(lines * sizes["k"] * tile.bytes + tile.slack, 64)


class _Matrix(NamedTuple):
    """Where a matrix or a part of it begins, and how far its rows and columns are apart."""

    at: V
    row: Index
    col: Index | int


class _Operands(NamedTuple):
    """A tile: where in out it begins, and its parts of the operands and of out."""

    row: Index
    column: Index
    a: _Matrix
    b: _Matrix
    out: _Matrix


class _Direct:
    def __init__(
        self, module: Module, spec: Spec, target: Target, layout: _Layout, name: str
    ) -> None:
        self.spec, self.target, self.layout = spec, target, layout
        self.tile = tile = _tile(spec, layout)
        self.type = tile.sum_type
        self.packed = packed(spec)
        self.slots = Slots(slots_of(spec, scratch=self.packed))
        self.plain = spec.epilogue is None and spec.out == spec.kind and not spec.accumulate
        if self.packed:
            self.pack = define_pack(module, target, tile, layout.columns, spec.b, spec.b_unit)
        if not self.plain:
            self.finish = define_finish(module, target, tile, spec, self.slots)
        self.f = f = Writer(module, name, _PARAMETERS)
        if not self.plain:
            vectors = tile.rows * tile.vectors
            self.sums = f.variable(f"[{vectors} x {vector(tile.lanes, self.type)}]")

    def _slot(self, *names: str) -> list[Index]:
        return [Index(self.f, value) for value in self.slots.all(self.f, *names)]

    def define(self) -> None:
        """Workers take successive tiles of rows: parts of entries, and whole ones."""
        f, made = self.f, self.layout
        m, self.n, self.k, x, y = self._slot("m", "n", "k", "x", "y")
        self.panels = self.n.parts(made.columns)
        self.left = self.n - (self.panels - 1) * made.columns
        self.masks = {
            widths: f.lanes_below(self.left, widths[-1], sum(widths[:-1])) for widths in made.last
        }
        blocks = m.parts(made.most).most(1)
        y = y.most(1)
        self.fewer = m // blocks
        self.longer = m - blocks * self.fewer
        self._read_slots()
        start, stop = f.share(x * y * blocks)
        first = start // blocks
        self.x, self.y = Counter(f, first // y), Counter(f, first % y)
        with f.count(first, stop.parts(blocks)) as entry:
            before = entry * blocks
            self._entry((start - before).most(0), (stop - before).least(blocks))
            self.y.add(1)
            with f.when(self.y.get().equals(y)):
                self.y.set(0)
                self.x.add(1)
        f.ret()

    def _read_slots(self) -> None:
        """Read once: nothing moves them out of loops."""
        f = self.f
        self.bases = {side: self.slots.get(f, side) for side in ("a", "b", "out")}
        self.steps = {
            side: self._slot(f"{side}_x", f"{side}_y", f"{side}_row") for side in self.bases
        }
        self.columns: dict[str, Index | int] = {"out": 1}
        for side, unit, beside in (("a", self.spec.a_unit, "k"), ("b", self.spec.b_unit, "lines")):
            self.columns[side] = 1 if unit == beside else self._slot(f"{side}_col")[0]
        self.scratch = NULL
        if self.packed:
            size = self.n.rounded(self.layout.columns) * self.k * self.tile.bytes
            size = (size + self.tile.slack).rounded(64)
            scratch = self.slots.get(f, "scratch")
            self.scratch = f.at(scratch, size * f.integer("worker"), "i8")

    def _matrix(self, side: str) -> _Matrix:
        """The matrix of the entry at hand."""
        x, y, row = self.steps[side]
        at = self.x.get() * x + self.y.get() * y
        kind = getattr(self.spec, side)
        return _Matrix(self.f.at(self.bases[side], at, TYPES[kind]), row, self.columns[side])

    def _entry(self, first: Index, stop: Index) -> None:
        """Some tiles of rows of one batch entry."""
        f, columns = self.f, self.layout.columns
        a, b, out = (self._matrix(side) for side in ("a", "b", "out"))
        if self.packed:
            b = self._pack(b)
        with self._panels() as (panel, last):
            column = panel * columns
            b_at = f.at(b.at, column * self.k if self.packed else column, self.type)
            out_at = f.at(out.at, column, TYPES[self.spec.out])
            with f.count(first, stop) as block:
                row = block * self.fewer + block.least(self.longer)
                here = _Matrix(f.at(a.at, row * a.row, self.type), a.row, a.col)
                to = _Matrix(f.at(out_at, row * out.row, TYPES[self.spec.out]), out.row, 1)
                rows = self.fewer + flag(f, block < self.longer)
                tile = _Operands(row, column, here, b._replace(at=b_at), to)
                self._choose(tile, rows, last)

    @contextmanager
    def _panels(self) -> Iterator[tuple[Index, V]]:
        """Each panel's number, and whether it is the last."""
        f = self.f
        if not self.layout.several:
            yield Index(f, 0), V("true", "i1")
            return
        with f.count(0, self.panels) as panel:
            yield panel, (panel + 1).equals(self.panels)

    def _pack(self, b: _Matrix) -> _Matrix:
        f, spec = self.f, self.spec
        along = i64(1) if spec.b_unit == "k" else b.row.value
        assert isinstance(b.col, Index)
        arguments = [b.at, b.col.value, along, self.n.value, self.k.value, self.scratch]
        f.call_defined(self.pack, "void", arguments)
        return _Matrix(self.scratch, Index(f, self.layout.columns), 1)

    def _choose(self, tile: _Operands, rows: Index, last: V) -> None:
        """The code for the tile's rows and vectors."""
        f, made = self.f, self.layout
        end = f.label("done")
        for widths, masked in [(widths, True) for widths in made.last] + made.before:
            other = f.label("other")
            self._enter(self._fits(widths, masked, last), other)
            for count in range(1, made.most + 1):
                more = f.label("more")
                self._enter(rows.equals(count) if count < made.most else None, more)
                self._sums(tile, count, widths, self.masks[widths] if masked else None)
                f.branch(end)
                f.place(more)
            f.branch(other)
            f.place(other)
        f.branch(end)
        f.place(end)

    def _fits(self, widths: Widths, masked: bool, last: V) -> V | None:
        """Whether the panel has these vectors."""
        made = self.layout
        if len(made.last) > 1 and masked:
            fits = self.left.parts(made.lanes).equals(len(widths))
            return self.f.binary("and", last, fits)
        return last if masked and made.several else None

    def _enter(self, condition: V | None, otherwise: str) -> None:
        f = self.f
        if condition is not None:
            here = f.label("here")
            f.branch_if(condition, here, otherwise)
            f.place(here)

    # ------------------------------------------------------------------ one tile

    def _sums(self, tile: _Operands, rows: int, widths: Widths, mask: V | None) -> None:
        """`rows` rows of vectors of `widths`; of the last one, only the lanes in `mask` exist."""
        f, a, b = self.f, tile.a, tile.b
        types = [vector(lanes, self.type) for lanes in widths]
        sums = [[f.variable(t, V("zeroinitializer", t)) for t in types] for _ in range(rows)]
        starts = [f.at(a.at, a.row * r, self.type) for r in range(rows)]
        with f.count(0, self.k) as k:
            line = f.at(b.at, k * b.row, self.type)
            columns = [self._read(line, v, widths, mask) for v in range(len(widths))]
            for start, totals in zip(starts, sums):
                element = f.load(f.at(start, k * a.col, self.type), self.type, self.tile.bytes)
                for total, column, lanes in zip(totals, columns, widths):
                    kind = self.tile._replace(lanes=lanes)
                    factor, old = f.splat(element, lanes), f.get(total, column.type)
                    f.set(total, multiply_add(f, self.target, kind, factor, column, old))
        values = [[f.get(s, t) for s, t in zip(totals, types)] for totals in sums]
        if self.plain:
            self._store(tile.out, values, widths, mask)
        else:
            self._finish(tile, values, widths, mask)

    def _read(self, line: V, v: int, widths: Widths, mask: V | None) -> V:
        type = vector(widths[v], self.type)
        place = self.f.at(line, sum(widths[:v]), self.type)
        if mask is None or v + 1 < len(widths) or self.packed:
            return self.f.load(place, type, self.tile.bytes)
        return masked_load(self.f, place, type, mask, self.tile.bytes)

    def _store(self, out: _Matrix, values: list[list[V]], widths: Widths, mask: V | None) -> None:
        f, size = self.f, self.tile.bytes
        for r, row in enumerate(values):
            line = f.at(out.at, out.row * r, self.type)
            for v, value in enumerate(row):
                place = f.at(line, sum(widths[:v]), self.type)
                if mask is None or v + 1 < len(widths):
                    f.store(value, place, size)
                else:
                    masked_store(f, value, place, mask, size)

    def _finish(self, at: _Operands, values: list[list[V]], widths: Widths, mask: V | None) -> None:
        """By way of memory to what the product is followed by."""
        f, tile = self.f, self.tile
        for r, row in enumerate(values):
            for v, value in enumerate(row):
                index = r * tile.columns + sum(widths[:v])
                f.store(value, f.at(self.sums, index, self.type), tile.bytes)
        count = i64(self.layout.columns) if mask is None else self.left.value
        place = [f["args"], self.x.get().value, self.y.get().value, at.row.value, at.column.value]
        place += [i64(len(values)), count, self.sums, self.sums, i64(0), i64(1), i64(1)]
        f.call_defined(self.finish, "void", place)
