"""A group of primitives as a loop nest: one kernel for all shapes of a kind.

The frame's dimensions are merged where everything lies alike, sizes and strides become scalars of
the kernel (-1, 0 and 1 stay in its text), and names are given in the order of use, so that groups
that do the same have the same kernel.  Three forms:

  maps      for the outer dimensions: a vector loop over the last one
  rows      for what is kept: one vector loop (in serial ones) per level of reductions
  columns   for what is kept but the last: a vector loop over that, serial loops inside for the sums
"""

from __future__ import annotations

from math import prod
from typing import Any, NamedTuple

import numpy as np

from ..ir.loops import (
    Buffer,
    Call,
    Const,
    Expr,
    For,
    Kernel,
    Let,
    Load,
    Param,
    Ref,
    Register,
    Stmt,
    Store,
    Update,
    Var,
)
from .fuse import Group, accesses, frame_strides, joined_of
from .kinds import NUMPY, wide
from .loops.transforms import tile
from .nodes import FREE, Layout, Node, contiguous
from .scalars import constant

BLOCK = 4096  # elements of a flat map that are one unit of parallel work
TILE = 16  # rows and columns of a tile of what is transposed
COLUMNS = 64  # columns of a sum over rows that are one unit of parallel work
_ZERO = Const(0, "i64")
_COSTLY = frozenset(
    "exp exp2 expm1 log log2 log10 log1p tanh sigmoid erf erfc sin cos tan pow div sqrt".split()
)
_STARTS = {"add": 0, "mul": 1, "or": False, "and": True}


class Lowered(NamedTuple):
    """A kernel and what its slots are.

    buffers  per buffer the node whose memory it is
    scalars  per scalar a number, or the scalar node whose value it takes at run time
    work     elements that it goes over, times the operations on each: for choosing workers
    """

    kernel: Kernel
    buffers: tuple[Node, ...]
    scalars: tuple[int | float | Node, ...]
    work: int


def lower(group: Group, stored: set[Node]) -> Lowered:
    return _Lowering(group, stored).lower()


def levels(group: Group) -> dict[Node, int]:
    """In which pass over the reduced dimensions each node's value can be had."""
    found: dict[Node, int] = {}
    members = set(group.nodes)
    for node in group.nodes:
        level = 0
        for i in accesses(node):
            if i.base in members:
                after = 1 if i.base.what == "reduce" else 0
                level = max(level, found[i.base] + after)
        found[node] = level
    return found


class _Lowering:
    def __init__(self, group: Group, stored: set[Node]) -> None:
        self.group, self.stored = group, stored
        self.frame = group.frame
        self.buffers: dict[Node, str] = {}
        self.written: set[Node] = set()
        self.params: list[Param] = []
        self.values: list[int | float | Node] = []
        self.known: dict[object, Param] = {}
        self.levels = levels(group)
        self.operations = 1
        self.names = 0
        self.places: dict[int, Expr] = {}  # of loops' dimensions that are not their variables

    # ------------------------------------------------------------------ the kernel

    def lower(self) -> Lowered:
        self._merge()
        self._count_operations()
        self.top = _Scope(self)
        last_reduced = bool(self.dims) and self.dims[-1] in self.reduced
        if not self.reduced:
            body = self._maps()
        elif last_reduced:
            body = self._rows()
        else:
            body = self._columns()
        buffers = tuple(Buffer(name, n.kind, n in self.written) for n, name in self.buffers.items())
        kernel = Kernel("kernel", buffers, tuple(self.params), body)
        work = self.operations * prod(self.frame)
        return Lowered(kernel, tuple(self.buffers), tuple(self.values), work)

    def _count_operations(self) -> None:
        for node in self.group.nodes:
            self.operations += 1 if node.what != "map" else _size(node.data)

    # ------------------------------------------------------------------ dimensions

    def _merge(self) -> None:
        """The frame's dimensions that loops are needed for: `dims`, with sizes and strides.

        `strides[key]` are the strides over `dims` of every access and store.
        """
        group, frame = self.group, self.frame
        self.offsets: dict[object, int] = {}
        strides: dict[object, tuple[int, ...]] = {}
        apart: set[int] = set()
        for node in group.nodes:
            for i in accesses(node):
                if i.base.what == "iota":
                    apart.add(i.base.data)
                elif i.base.what not in FREE:
                    strides[node, i] = self._strides(node, i)
                    self.offsets[node, i] = i.layout[2]
            if node.what == "gather":
                strides[node, "table"] = self._table_strides(node)
            if node in self.stored:
                strides[node, "store"] = self._store_strides(node)
        merged: list[list[int]] = []
        for d, n in enumerate(frame):
            if n == 1:
                continue
            if merged and self._together(merged[-1][-1], d, strides, apart):
                merged[-1].append(d)
            else:
                merged.append([d])
        self.sizes = [prod(frame[d] for d in parts) for parts in merged]
        self.dims = list(range(len(merged)))
        self.reduced = {i for i, parts in enumerate(merged) if parts[0] in group.reduced}
        self.strides = {k: tuple(s[p[-1]] for p in merged) for k, s in strides.items()}
        self.position = {d: i for i, parts in enumerate(merged) for d in parts}

    def _together(self, a: int, b: int, strides: dict, apart: set[int]) -> bool:
        """Whether dimension b can be walked as the inner part of dimension a."""
        frame, reduced = self.frame, self.group.reduced
        if (a in reduced) != (b in reduced) or a in apart or b in apart:
            return False
        if prod(frame[a + 1 : b]) != 1:
            return False
        return all(s[a] == s[b] * frame[b] for s in strides.values())

    def _strides(self, node: Node, source: Node) -> tuple[int, ...]:
        """The strides of an access over the frame, zero where a row does not move."""
        if node.what == "reduce":
            return self._over(self.frame, node.inputs[0].shape, source.layout)
        return self._over(self._frame_of(node), node.shape, source.layout)

    def _frame_of(self, node: Node) -> tuple[int, ...]:
        """The frame of a node's results."""
        return self.group.row_frame() if node in self.group.rows else self.frame

    def _over(self, frame: tuple[int, ...], shape: tuple[int, ...], layout: Layout):
        """The strides over a frame of a layout that is broadcast to a shape."""
        made = frame_strides(layout, shape, frame)
        assert made is not None, (layout, shape, frame)
        return tuple(0 if n == 1 else s for n, s in zip(frame, made))

    def _store_strides(self, node: Node) -> tuple[int, ...]:
        stored = node.what == "stored"
        layout = (node.shape, *node.data) if stored else contiguous(node.shape)
        self.offsets[node, "store"] = layout[2]
        return self._over(self._frame_of(node), node.shape, layout)

    def _table_strides(self, node: Node) -> tuple[int, ...]:
        table = node.inputs[0]
        _, mapping = node.data
        own = table.layout[1]
        strides = tuple(0 if m is None else own[m] for m in mapping)
        self.offsets[node, "table"] = table.layout[2]
        strides = tuple(0 if n == 1 else s for n, s in zip(node.shape, strides))
        return self._over(self._frame_of(node), node.shape, (node.shape, strides, 0))

    # ------------------------------------------------------------------ scalars and buffers

    def _scalar(self, value: int | float | Node, key: object, kind: str) -> Param:
        found = self.known.get(key)
        if found is None:
            found = Param(f"s{len(self.params)}", kind)  # type: ignore[arg-type]
            self.known[key] = found
            self.params.append(found)
            self.values.append(value)
        return found

    def _extent(self, dim: int) -> Expr:
        return self._scalar(self.sizes[dim], ("size", dim), "i64")

    def _buffer(self, node: Node) -> str:
        name = self.buffers.get(node)
        if name is None:
            name = self.buffers[node] = f"b{len(self.buffers)}"
        return name

    def _at(self, dim: int) -> Expr:
        """Where the loops over a dimension are."""
        found = self.places.get(dim)
        return Var(f"i{dim}") if found is None else found

    def _index(self, key: object) -> Expr:
        """Where an access is at the loops' variables."""
        index: Expr | None = None
        for dim, stride in zip(self.dims, self.strides[key]):
            if stride == 0:
                continue
            term = self._at(dim)
            if stride != 1:  # -1 is text, too: vectors are loaded whole and reversed
                by: Expr = Const(-1, "i64")
                if stride != -1:
                    by = self._scalar(stride, ("stride", key, dim), "i64")
                term = Call("mul", (term, by), "i64")
            index = term if index is None else Call("add", (index, term), "i64")
        offset = self.offsets[key]
        if offset:
            by = self._scalar(offset, ("offset", key), "i64")
            index = by if index is None else Call("add", (index, by), "i64")
        return _ZERO if index is None else index

    # ------------------------------------------------------------------ the three forms

    def _maps(self) -> tuple[Stmt, ...]:
        """A vector loop over the last dimension; large flat frames in blocks."""
        if not self.dims:
            self.dims, self.sizes = [0], [1]
            self.strides = {k: (0,) for k in self.strides}
        last = self.dims[-1]
        if len(self.dims) == 1:
            self._block(last, BLOCK)
        scope = _Scope(self, self.top)
        for node in self.group.nodes:
            scope.store(node)
        body = scope.statements()
        if len(self.dims) > 1:
            return (*self.top.statements(), *self._planes(last, body))
        return (*self.top.statements(), self._blocks(last, body, BLOCK))

    def _planes(self, last: int, body: tuple[Stmt, ...]) -> tuple[Stmt, ...]:
        """A vector loop within others; in tiles where something lies across it."""
        inner = For(f"i{last}", self._extent(last), body, "vector")
        outer = self.dims[:-1]
        across = self._across()
        if across is None:
            return self._nest(outer, (inner,), parallel=True)
        rest = [d for d in outer if d != across]
        mode: Any = "serial" if rest else "parallel"
        plane = For(f"i{across}", self._extent(across), (inner,), mode)
        return self._nest(rest, (tile(plane, TILE, TILE, distinct=True),), parallel=True)

    def _across(self) -> int | None:
        """The dimension along which an access has neighbours, if that is not the last one."""
        for strides in self.strides.values():
            if strides[-1] not in (-1, 0, 1) and self.sizes[-1] >= TILE:
                for dim, stride in zip(self.dims[:-1], strides):
                    if abs(stride) == 1 and self.sizes[dim] >= TILE:
                        return dim
        return None

    def _block(self, dim: int, size: int) -> None:
        """What `_blocks` will walk, told before its body is made."""
        start = Call("mul", (Var("block"), Const(size, "i64")), "i64")
        self.places[dim] = Call("add", (start, Var(f"j{dim}")), "i64")

    def _blocks(self, dim: int, body: tuple[Stmt, ...], size: int) -> Stmt:
        """A vector loop in blocks that are parallel."""
        extent = self._extent(dim)
        start = Call("mul", (Var("block"), Const(size, "i64")), "i64")
        rest = Call("sub", (extent, start), "i64")
        length = Call("minimum", (rest, Const(size, "i64")), "i64")
        count = Call("add", (extent, Const(size - 1, "i64")), "i64")
        count = Call("floor_divide", (count, Const(size, "i64")), "i64")
        loop = For(f"j{dim}", length, body, "vector")
        return For("block", count, (loop,), "parallel")

    def _nest(self, dims: list[int], body: tuple[Stmt, ...], parallel: bool = False):
        """Loops over `dims`, the outermost parallel."""
        for dim in reversed(dims):
            mode: Any = "parallel" if parallel and dim == dims[0] else "serial"
            body = (For(f"i{dim}", self._extent(dim), body, mode),)
        return body

    def _rows(self) -> tuple[Stmt, ...]:
        kept = [d for d in self.dims if d not in self.reduced]
        inner = [d for d in self.dims if d in self.reduced]
        body = self._passes(inner[:-1], inner[-1])
        return (*self.top.statements(), *self._nest(kept, body, parallel=True))

    def _columns(self) -> tuple[Stmt, ...]:
        kept = [d for d in self.dims if d not in self.reduced]
        inner = [d for d in self.dims if d in self.reduced]
        last = kept.pop()
        if not kept:
            self._block(last, COLUMNS)
        body = self._passes(inner, None)
        if not kept:
            return (*self.top.statements(), self._blocks(last, body, COLUMNS))
        loop = For(f"i{last}", self._extent(last), body, "vector")
        return (*self.top.statements(), *self._nest(kept, (loop,), parallel=True))

    def _passes(self, serial: list[int], vector: int | None) -> tuple[Stmt, ...]:
        """One walk over the reduced dimensions per level; what is known between them."""
        group = self.group
        row = _Scope(self, self.top)
        for level in range(max(self.levels.values()) + 1):
            now = [n for n in group.nodes if self.levels[n] == level]
            for node in now:
                if node in group.rows and node.what != "reduce":
                    row.value(node)
                    row.store(node)
            inner = _Scope(self, row)
            registers = []
            for node in now:
                if node.what == "reduce":
                    registers.append(node)
                    row.add(Register(self._register(node), _start(node)))
                    inner.update(node)
                elif node not in group.rows:
                    inner.store(node)
            body = inner.statements()
            if body:
                if vector is not None:
                    body = (For(f"i{vector}", self._extent(vector), body, "vector"),)
                for statement in self._nest(serial, body):
                    row.add(statement)
            for node in registers:
                row.name(node, Ref(self._register(node), node.kind))
                row.store(node)
        return row.statements()

    def _register(self, node: Node) -> str:
        return f"r{self.group.nodes.index(node)}"


class _Scope:
    """Statements of one body, and the names of the values that are known in it."""

    def __init__(self, lowering: _Lowering, outer: _Scope | None = None) -> None:
        self.of, self.outer = lowering, outer
        self.lines: list[Stmt] = []
        self.stores: list[Stmt] = []
        self.names: dict[object, Expr] = {}

    def statements(self) -> tuple[Stmt, ...]:
        return (*self.lines, *self.stores)

    def add(self, statement: Stmt) -> None:
        if type(statement) is not Let and self.stores:  # what was stored may be read later
            self.lines.extend(self.stores)
            self.stores = []
        self.lines.append(statement)

    def name(self, key: object, value: Expr) -> None:
        self.names[key] = value

    def _known(self, key: object) -> Expr | None:
        scope: _Scope | None = self
        while scope is not None:
            found = scope.names.get(key)
            if found is not None:
                return found
            scope = scope.outer
        return None

    def _let(self, key: object, value: Expr) -> Expr:
        if type(value) in (Ref, Const, Param):
            self.names[key] = value
            return value
        self.of.names += 1
        ref = Ref(f"v{self.of.names}", value.kind)
        self.lines.append(Let(ref.name, value))
        self.names[key] = ref
        return ref

    def value(self, node: Node) -> Expr:
        """The value of a member of the group at this point."""
        found = self._known(node)
        if found is not None:
            return found
        if node.what == "gather":
            return self._let(node, self._picked(node))
        arguments = {str(k): self.read(node, i) for k, i in enumerate(accesses(node))}
        if node.what == "stored":
            return self._let(node, arguments["0"])
        return self._let(node, substituted(node.data, arguments))

    def read(self, node: Node, source: Node) -> Expr:
        """An argument of a member of the group at this point."""
        lowering, base = self.of, source.base
        if base.what == "number":
            return number_of(base)
        if base.what == "scalar":
            return lowering._scalar(base, ("scalar", base.data), base.kind)
        if base.what == "iota":
            dim = lowering.position.get(base.data)
            return _ZERO if dim is None else lowering._at(dim)
        if base in lowering.levels:
            return self.value(base)
        strides = lowering.strides[node, source]
        key = (base, strides, lowering.offsets[node, source])
        found = self._known(key)
        if found is None:
            scope = self._home(strides)
            index = lowering._index((node, source))
            found = scope._let(key, Load(lowering._buffer(base), index, base.kind))
        return found

    def _home(self, strides: tuple[int, ...]) -> _Scope:
        """The outermost body in which an access with these strides can be made."""
        lowering, scope = self.of, self
        if not any(strides):
            return lowering.top
        while scope.outer is not None and scope.outer is not lowering.top:
            if any(s for d, s in zip(lowering.dims, strides) if d in lowering.reduced):
                break
            scope = scope.outer
        return scope

    def _picked(self, node: Node) -> Expr:
        lowering = self.of
        table, dim = node.inputs[0], node.data[0]
        at = self.read(node, node.inputs[1])
        if at.kind != "i64":
            at = Call("cast", (at,), "i64")
        stride = table.layout[1][dim]
        if stride != 1:
            by = lowering._scalar(stride, ("stride", node, "pick"), "i64")
            at = Call("mul", (at, by), "i64")
        index = lowering._index((node, "table"))
        index = at if index == _ZERO else Call("add", (index, at), "i64")
        return Load(lowering._buffer(table.base), index, node.kind)

    def update(self, node: Node) -> None:
        value = self.read(node, node.inputs[0])
        self.lines.append(Update(self.of._register(node), node.data[0], value))

    def store(self, node: Node) -> None:
        """Stores the value of a node that has memory."""
        lowering = self.of
        if node not in lowering.stored:
            return
        value = self.value(node)
        memory = node
        if node.what == "stored":
            memory = joined_of(node)
        name = lowering._buffer(memory)
        lowering.written.add(memory)
        self.stores.append(Store(name, lowering._index((node, "store")), value))


def number_of(node: Node) -> Expr:
    """The constant that a node without memory is."""
    kind = wide(node.kind)
    return constant(NUMPY[kind].type(node.data).item(), kind)


def _start(node: Node) -> Expr:
    """What a reduction starts from."""
    op, kind = node.data[0], node.kind
    if op in _STARTS:
        return Const(NUMPY[kind].type(_STARTS[op]).item(), kind)
    low = op == "maximum"
    if kind in ("f32", "f64"):
        return Const(float("-inf") if low else float("inf"), kind)
    info = np.iinfo(NUMPY[kind])
    return Const(int(info.min if low else info.max), kind)


def substituted(expr: Expr, arguments: dict[str, Expr]) -> Expr:
    """An expression over Ref("0"), Ref("1") ... with the arguments in their place."""
    memo: dict[int, Expr] = {}

    def walk(e: Expr) -> Expr:
        if type(e) is Ref:
            return arguments[e.name]
        if type(e) is not Call:
            return e
        found = memo.get(id(e))
        if found is None:
            found = memo[id(e)] = Call(e.op, tuple(walk(a) for a in e.args), e.kind)
        return found

    return walk(expr)


def _size(expr: Expr) -> int:
    """Roughly how many operations an expression is."""
    if type(expr) is not Call:
        return 0
    return (8 if expr.op in _COSTLY else 1) + sum(_size(a) for a in expr.args)
