"""Scatter in all its forms as calls of its template."""

from __future__ import annotations

from math import inf, prod

import numpy as np

from ..kinds import FLOATING, NUMPY, wide
from ..nodes import (
    Layout,
    Node,
    constant,
    expand,
    map_of,
    permute,
    places,
    to_kind,
    view,
    widened,
)
from ..scalars import cast, number, where
from ..templates import scatter
from .products import call, contiguous_memory
from .regions import block, written
from .rules import rule

_INDICES = frozenset(("i64", "i32"))
_OPS = {"sum": "add", "mean": "add", "prod": "mul", "amax": "maximum", "amin": "minimum"}


def scattered(
    op: str, x: Node, index: Node, source: Node, dim: int, start: float | None = None
) -> Node | None:
    """`x` with `source` set or combined at `index` along `dim`; all of one rank, or an index of
    one dimension for all lines.  Other dimensions of `source` are those of `x`."""
    if index.kind not in _INDICES or x.kind != source.kind:
        return None
    shape = x.shape
    inner = prod(shape[dim + 1 :])
    shared = len(index.shape) == 1 < len(shape)
    spec = scatter.Spec(op, x.kind, index.kind, shared, inner == 1, start)
    values: dict = {"outer": prod(shape[:dim]), "size": shape[dim], "inner": inner}
    values |= {"count": source.shape[dim], "x": "in0", "index": "in1", "source": "in2"}

    def plan(*_layouts: Layout):
        return scatter.template(spec), values | {"out": "out0"}

    read = tuple(contiguous_memory(n) for n in (x, index, source))
    return call(f"scatter {op}", plan, read, [(shape, x.kind)])[0]


def _elementwise(
    op: str, x: Node, index: Node, source: Node, dim: int, start: float | None = None
) -> Node | None:
    """`scattered` with an index of the rank of `x`, whose other dimensions may be smaller."""
    shape = x.shape
    if len(index.shape) != len(shape):
        return None
    if not shape:
        x, index, source = (view(n, (1,)) for n in (x, index, source))
        made = scattered(op, x, index, source, 0, start)
        return None if made is None else view(made, ())
    starts = (0,) * len(shape)
    if not source.shape:
        source = expand(source, index.shape)
    elif len(source.shape) != len(shape):
        return None
    source = block(source, starts, index.shape)
    sizes = tuple(n if d == dim else m for d, (n, m) in enumerate(zip(shape, index.shape)))
    made = scattered(op, block(x, starts, sizes), index, source, dim, start)
    if made is None or sizes == shape:
        return made
    return written(x, made, starts)


def _one_a_line(index: Node, shape: tuple[int, ...], dim: int) -> bool:
    """Whether every line is written to once: then nothing needs memory of its own."""
    if len(index.shape) != len(shape) or not shape:
        return False
    return all(m == (1 if d == dim else n) for d, (m, n) in enumerate(zip(index.shape, shape)))


def _where_chosen(x: Node, index: Node, source: Node, dim: int) -> Node:
    """`x` with one element of each line replaced."""
    if source.shape:
        source = block(source, (0,) * len(x.shape), index.shape)

    def choose(v, here, at, new):
        return where(here == at, new, v)

    return map_of(choose, x, places(x.shape, dim), to_kind(index, "i64"), source, kind=x.kind)


def elements_added(g: Node, index: Node, shape: tuple[int, ...], dim: int) -> Node | None:
    """Zeros of `shape` with every element of `g` added at `index` along `dim`."""
    if _one_a_line(index, shape, dim):
        return _where_chosen(constant(0, g.kind, shape), index, g, dim)
    zeros = constant(0, wide(g.kind), shape)
    made = _elementwise("add", zeros, index, widened(g), dim)
    return None if made is None else to_kind(made, g.kind)


@rule("gather_backward")
def _gather_backward(inputs, attrs, metas):
    (g, index), (shape, dim) = inputs, attrs
    return elements_added(g, index, shape, dim)


@rule("scatter_add")
def _scatter_add(inputs, attrs, metas):
    (x, index, source), (dim,) = inputs, attrs
    if x.kind == "bool":
        return None
    source = to_kind(widened(source), wide(x.kind))
    if _one_a_line(index, x.shape, dim) and len(source.shape) == len(x.shape):
        zeros = constant(0, wide(x.kind), x.shape)
        return to_kind(widened(x) + _where_chosen(zeros, index, source, dim), x.kind)
    made = _elementwise("add", widened(x), index, source, dim)
    return None if made is None else to_kind(made, x.kind)


@rule("scatter", "scatter_value")
def _scatter(inputs, attrs, metas):
    (x, index, source), (dim,) = inputs, attrs
    source = to_kind(source, x.kind)
    if _one_a_line(index, x.shape, dim) and len(source.shape) in (0, len(x.shape)):
        return _where_chosen(x, index, source, dim)
    return _elementwise("set", x, index, source, dim)


def _start(kind: str, reduce: str) -> float | int:
    """What a place is that does not count itself."""
    if reduce in ("prod", "sum", "mean"):
        return int(reduce == "prod")
    least = reduce == "amax"
    if kind in FLOATING:
        return -inf if least else inf
    bounds = np.iinfo(NUMPY[kind])
    return int(bounds.min if least else bounds.max)


def _reduced(x: Node, source: Node, reduce: str, include_self: bool, combine) -> Node | None:
    """`combine(op, x, source, start)` in the kind of arithmetic; means are divided by counts."""
    kind = x.kind
    if kind == "bool" or source.kind != kind:
        return None
    start = None if include_self else _start(wide(kind), reduce)
    made = combine(_OPS[reduce], widened(x), widened(source), start)
    if made is None:
        return None
    if reduce == "mean":
        own = constant(int(include_self), "i64", x.shape)
        count = combine("add", own, constant(1, "i64", source.shape), None)
        made = map_of(_divided, made, count)
    return to_kind(made, kind)


def _divided(total, count):
    count = cast(where(count == 0, number(1, "i64"), count), total.kind)
    return total / count if total.kind in FLOATING else np.floor_divide(total, count)


@rule("scatter_reduce")
def _scatter_reduce(inputs, attrs, metas):
    (x, index, source), (dim, reduce, include_self) = inputs, attrs

    def combine(op, x, source, start):
        return _elementwise(op, x, index, source, dim, start)

    return _reduced(x, source, reduce, include_self, combine)


@rule("index_reduce")
def _index_reduce(inputs, attrs, metas):
    (x, index, source), (dim, reduce, include_self) = inputs, attrs
    if not x.shape or not source.shape:
        return None
    index = view(index, (index.size,))

    def combine(op, x, source, start):
        return scattered(op, x, index, source, dim, start)

    return _reduced(x, source, reduce, include_self, combine)


@rule("spread_index")
def _spread_index(inputs, attrs, metas):
    return expand(inputs[0], metas[0][0])


@rule("index_copy")
def _index_copy(inputs, attrs, metas):
    (x, index, source), (dim,) = inputs, attrs
    if not x.shape or not source.shape:
        return None
    return scattered("set", x, view(index, (index.size,)), to_kind(source, x.kind), dim)


@rule("index_fill", "index_fill_by")
def _index_fill(inputs, attrs, metas):
    (x, index, value), (dim,) = inputs, attrs
    if not x.shape or value.size != 1:
        return None
    shape = x.shape[:dim] + (index.size,) + x.shape[dim + 1 :]
    source = expand(to_kind(view(value, ()), x.kind), shape)
    return scattered("set", x, view(index, (index.size,)), source, dim)


@rule("put")
def _put(inputs, attrs, metas):
    (x, index, source), (accumulate,) = inputs, attrs
    if x.kind == "bool" and accumulate:
        return None
    flat = view(x, (x.size,))
    index, source = view(index, (index.size,)), to_kind(view(source, (source.size,)), x.kind)
    if not accumulate:
        made = scattered("set", flat, index, source, 0)
    else:
        made = scattered("add", widened(flat), index, widened(source), 0)
    return None if made is None else view(to_kind(made, x.kind), x.shape)


def rows_set(x: Node, flat: Node, source: Node, dims: tuple[int, ...], front: bool) -> Node | None:
    """`x` with rows set where `flat` says, the merged index of the dimensions `dims` of `x`.

    `source` has the index's dimensions in their place, or in `front`.
    """
    shape = x.shape
    others = tuple(d for d in range(len(shape)) if d not in dims)
    order = (*dims, *others) if front else tuple(range(len(shape)))
    turned, first = permute(x, order), 0 if front else dims[0]
    size = prod(shape[d] for d in dims)
    before, after = turned.shape[:first], turned.shape[first + len(dims) :]
    merged = view(turned, (*before, size, *after))
    rows = view(source, (*before, flat.size, *after))
    made = scattered("set", merged, view(flat, (flat.size,)), rows, first)
    if made is None:
        return None
    return permute(view(made, turned.shape), [order.index(d) for d in range(len(shape))])
