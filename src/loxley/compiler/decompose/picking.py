"""Reading by index tensors, and adding where an index says.

What is added goes through the template of embeddings' gradients: a table, and rows for it.
"""

from __future__ import annotations

from math import prod

from ...ops.indexing import adjacent
from ..kinds import LOW, NUMPY, wide
from ..nodes import Layout, Node, constant, expand, map_of, permute, pick, to_kind, view, widened
from ..scalars import where
from ..templates import embedding
from .products import call, contiguous_memory, in_memory
from .regions import block
from .rules import rule
from .scattering import rows_set, scattered

_INDICES = frozenset(("i64", "i32"))


def at(x: Node, index: Node, dim: int) -> Node:
    """`x` with its dimension `dim` replaced by the index's dimensions."""
    rank, own = len(index.shape), len(x.shape)
    lead, trail = tuple(range(dim)), tuple(range(dim + 1, own))
    index = view(index, (1,) * len(lead) + index.shape + (1,) * len(trail))
    return pick(in_memory(x), index, dim, (*lead, *(None,) * rank, *trail))


def _in_front(x: Node, dims: tuple[int, ...]) -> Node:
    return permute(x, (*dims, *(d for d in range(len(x.shape)) if d not in dims)))


@rule("index")
def _index(inputs, attrs, metas):
    (x, flat), (dims,) = inputs, attrs
    if flat.kind not in _INDICES:
        return None
    first = dims[0]
    if not adjacent(dims):
        x, first = _in_front(x, dims), 0
    stop = first + len(dims)
    merged = (*x.shape[:first], prod(x.shape[first:stop]), *x.shape[stop:])
    return at(view(x, merged), flat, first)


@rule("index_select")
def _index_select(inputs, attrs, metas):
    (x, flat), (dim,) = inputs, attrs
    if not x.shape:
        return x
    return at(x, view(flat, (flat.size,)), dim)


@rule("take")
def _take(inputs, attrs, metas):
    x, index = inputs
    made = at(view(x, (x.size,)), view(index, (index.size,)), 0)
    return view(made, index.shape)


@rule("gather")
def _gather(inputs, attrs, metas):
    (x, index), (dim,) = inputs, attrs
    if not x.shape or not index.shape:
        return view(at(view(x, (x.size,)), view(index, (index.size,)), 0), index.shape)
    sizes = tuple(x.shape[d] if d == dim else n for d, n in enumerate(index.shape))
    x = block(x, (0,) * len(sizes), sizes)
    mapping = tuple(None if d == dim else d for d in range(len(sizes)))
    return pick(in_memory(x), index, dim, mapping)


@rule("masked_fill", "masked_fill_by", "masked_put")
def _masked_fill(inputs, attrs, metas):
    kind = metas[0][1]
    return map_of(lambda v, chosen, new: where(chosen, new, v), *inputs, kind=kind)


# ---------------------------------------------------------------- adding


def _added(rows: Node, index: Node, count: int) -> Node | None:
    """Zeros (count, columns) with rows (n, columns) added where index (n,) says."""
    if index.kind not in _INDICES or rows.kind == "bool":
        return None
    n, columns = rows.shape
    if rows.kind not in ("f32", "f64"):
        zeros = constant(0, wide(rows.kind), (count, columns))
        made = scattered("add", zeros, index, widened(rows), 0)
        return None if made is None else to_kind(made, rows.kind)
    spec = embedding.Spec(NUMPY[rows.kind].name, NUMPY[index.kind].name, False)
    sizes = {"rows": n, "count": count, "columns": columns, "padding": -1}
    sizes |= {"grad_t": columns, "indices_t": 1, "table_t": columns}

    def plan(*_layouts: Layout):
        return embedding.backward(spec), sizes | {"grad": "in0", "indices": "in1", "table": "out0"}

    read = contiguous_memory(rows), contiguous_memory(index)
    return call("embedding backward", plan, read, [((count, columns), rows.kind)])[0]


def _index_added(g: Node, flat: Node, shape: tuple[int, ...], dims: tuple[int, ...]) -> Node | None:
    """Zeros of `shape` with the rows of `g` added where `flat` says; indexed dimensions first."""
    rank = len(flat.shape)
    if adjacent(dims) and dims[0]:  # the indexed dimensions in front, then back again
        g = _in_front(g, tuple(range(dims[0], dims[0] + rank)))
    order = (*dims, *(d for d in range(len(shape)) if d not in dims))
    turned = tuple(shape[d] for d in order)
    count = prod(shape[d] for d in dims)
    columns = prod(shape) // count
    made = _added(view(g, (flat.size, columns)), view(flat, (flat.size,)), count)
    if made is None:
        return None
    return permute(view(made, turned), [order.index(d) for d in range(len(shape))])


@rule("index_backward")
def _index_backward(inputs, attrs, metas):
    (g, flat), (shape, dims) = inputs, attrs
    return _index_added(g, flat, shape, dims)


@rule("index_select_backward")
def _index_select_backward(inputs, attrs, metas):
    (g, flat), (shape, dim) = inputs, attrs
    return _index_added(g, view(flat, (flat.size,)), shape, (dim,)) if shape else None


@rule("index_put")
def _index_put(inputs, attrs, metas):
    (x, flat, source), (dims, accumulate) = inputs, attrs
    rank, first = len(flat.shape), dims[0] if adjacent(dims) else 0
    others = tuple(n for d, n in enumerate(x.shape) if d not in dims)
    shape = (*others[:first], *flat.shape, *others[first:])
    if not accumulate:
        source = expand(to_kind(source, x.kind), shape)
        return rows_set(x, flat, source, dims, not adjacent(dims))
    if source.size != prod(shape) or x.kind == "bool":
        return None
    made = _index_added(view(source, shape), flat, x.shape, dims) if rank else None
    return None if made is None else to_kind(widened(x) + widened(made), x.kind)


@rule("index_add")
def _index_add(inputs, attrs, metas):
    (x, flat, source), (dim, alpha) = inputs, attrs
    if not x.shape or not flat.size:
        return None
    if x.kind in LOW or x.kind == "bool":
        return None
    made = _index_added(source, view(flat, (flat.size,)), x.shape, (dim,))
    if made is None:
        return None
    return x + (made if alpha == 1 else made * alpha)


@rule("take_backward")
def _take_backward(inputs, attrs, metas):
    (g, index), (shape,) = inputs, attrs
    made = _added(view(g, (g.size, 1)), view(index, (index.size,)), prod(shape))
    return None if made is None else view(made, shape)
