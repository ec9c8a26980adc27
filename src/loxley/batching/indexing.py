"""Reading and writing by index on batched values.

Where the places differ from slice to slice, the slices' dimension becomes an indexed one too: place
p of slice b is place `b * count + p` of all.
"""

from __future__ import annotations

from math import prod
from typing import Any

import numpy as np

from ..dtypes import int64
from ..ir.graph import Op, Value, leaf, record
from ..ops import indexing as ops
from ..ops import movement
from ..ops.nn_embedding import zero_padding
from .core import COMPOSED, RULES, every, level_of, lifted, looped


def _shared(dims: tuple) -> tuple:
    return tuple(d + 1 for d in dims)


def _placed(flat: Value, count: int) -> Value:
    """Places of all slices, of which each has `count`."""
    size = flat.shape[0]
    starts = (np.arange(size, dtype=np.int64) * count).reshape((size, *(1,) * (flat.ndim - 1)))
    return flat + leaf(starts, int64)


def _count(shape: tuple, dims: tuple) -> int:
    return prod(shape[d] for d in dims)


def _to_front(x: Value, at: int, width: int, dims: tuple) -> Value:
    """(B, before, f, after) as (B, f, before, after), where f begins at `at` in a slice."""
    if not ops.adjacent(dims) or at == 0:
        return x
    f = tuple(range(1 + at, 1 + at + width))
    rest = tuple(d for d in range(1, x.ndim) if d not in f)
    return movement.permute(x, (0, *f, *rest))


def _from_front(x: Value, at: int, width: int, dims: tuple) -> Value:
    if not ops.adjacent(dims) or at == 0:
        return x
    rest = tuple(range(1 + width, x.ndim))
    return movement.permute(x, (0, *rest[:at], *range(1, 1 + width), *rest[at:]))


def _flat_first(x: Value, width: int) -> Value:
    """(B, f, ...) as (f, B, ...), which is how scattered dimensions are indexed."""
    return movement.permute(x, (*range(1, 1 + width), 0, *range(1 + width, x.ndim)))


def _slices_first(x: Value, at: int) -> Value:
    return x if not at else movement.permute(x, (at, *(d for d in range(x.ndim) if d != at)))


def _index(op: Op, inputs: list, flags: tuple, attrs: tuple, size: int) -> Any:
    (x, flat), (dims,) = inputs, attrs
    near = ops.adjacent(dims)
    if not flags[1]:
        made = record(op, (x, flat), (_shared(dims),))
        return made if near else _slices_first(made, flat.ndim)
    if not flags[0]:
        made = record(op, (x, flat), attrs)
        return _slices_first(made, dims[0]) if near else made
    made = record(op, (x, _placed(flat, _count(x.shape[1:], dims))), ((0, *_shared(dims)),))
    return _from_front(made, dims[0], flat.ndim - 1, dims)


def _index_backward(op: Op, inputs: list, flags: tuple, attrs: tuple, size: int) -> Any:
    (g, flat), (shape, dims) = inputs, attrs
    whole = (size, *shape)
    if not flags[1]:
        g = g if ops.adjacent(dims) else _flat_first(g, flat.ndim)
        return record(op, (g, flat), (whole, _shared(dims)))
    (g,) = every([g], flags[:1], size)
    g = _to_front(g, dims[0], flat.ndim - 1, dims)
    return record(op, (g, _placed(flat, _count(shape, dims))), (whole, (0, *_shared(dims))))


def _index_put(op: Op, inputs: list, flags: tuple, attrs: tuple, size: int) -> Any:
    (x, flat, source), (dims, accumulate) = inputs, attrs
    (x,) = every([x], flags[:1], size)
    width = flat.ndim - flags[1]
    target = ops.index_shape(x.shape[1:], flat.shape[flags[1] :], dims)
    source = lifted(source, len(target)) if flags[2] else source
    source = movement.expand(source, (size, *target))
    if not flags[1]:
        source = source if ops.adjacent(dims) else _flat_first(source, width)
        return record(op, (x, flat, source), (_shared(dims), accumulate))
    source = _to_front(source, dims[0], width, dims)
    places = _placed(flat, _count(x.shape[1:], dims))
    return record(op, (x, places, source), ((0, *_shared(dims)), accumulate))


def _line(flat: Value) -> Value:
    return movement.view(flat, (flat.numel(),))


def _one(x: Value) -> Value:
    """A 0-d slice as one of one element."""
    return x if x.ndim else movement.view(x, (1,))


def _index_select(x: Value, flat: Value, dim: int) -> Any:
    made = ops.index(_one(x), _line(flat), (dim,))
    return made if x.ndim else movement.view(made, ())


def _index_select_backward(g: Value, flat: Value, shape: tuple, dim: int) -> Any:
    made = ops.index_backward(_one(g), _line(flat), shape or (1,), (dim,))
    return made if shape else movement.view(made, ())


def _index_add(x: Value, flat: Value, source: Value, dim: int, alpha: Any) -> Any:
    source = source if alpha == 1 else source * alpha
    made = ops.index_put(_one(x), _line(flat), source, (dim,), True)
    return made if x.ndim else movement.view(made, ())


def _index_write(x: Value, flat: Value, source: Value, dim: int) -> Any:
    made = ops.index_put(_one(x), _line(flat), source, (dim,), False)
    return made if x.ndim else movement.view(made, ())


def _flat(x: Value) -> Value:
    return movement.view(x, (x.numel(),))


def _masked_select(x: Value, places: Value, shape: tuple) -> Any:
    return ops.index(_flat(movement.expand(x, shape)), places, (0,))


def _masked_select_backward(g: Value, places: Value, shape: tuple) -> Any:
    return movement.view(ops.index_backward(g, places, (prod(shape),), (0,)), shape)


def _put(x: Value, index: Value, source: Value, accumulate: bool) -> Any:
    made = ops.index_put(_flat(x), _flat(index), _flat(source), (0,), accumulate)
    return movement.view(made, x.shape)


def _take_backward(g: Value, index: Value, shape: tuple) -> Any:
    made = ops.index_backward(_flat(g), _flat(index), (prod(shape),), (0,))
    return movement.view(made, shape)


def _index_reduce(op: Op, inputs: list, flags: tuple, attrs: tuple, size: int) -> Any:
    x, index, source = inputs
    if flags[1] or x.ndim - flags[0] == 0:
        return looped(op, inputs, flags, attrs, size)
    x, source = every([x, source], (flags[0], flags[2]), size)
    return record(op, (x, index, source), (attrs[0] + 1, *attrs[1:]))


def _embedding(weight: Value, indices: Value, padding: int, by_frequency: bool) -> Any:
    if not level_of(weight):
        return NotImplemented
    return ops.index(weight, indices, (0,))


def _rows(op: Op, inputs: list, flags: tuple, attrs: tuple, size: int) -> Any:
    return record(op, tuple(inputs), attrs)


def _embedding_backward(
    dy: Value, indices: Value, count: int, padding: int, by_frequency: bool
) -> Any:
    if by_frequency:
        return NotImplemented
    if padding >= 0:
        dy = zero_padding(dy, indices, padding)
    return ops.index_backward(dy, indices, (count, dy.shape[-1]), (0,))


def _scatter(op: Op, inputs: list, flags: tuple, attrs: tuple, size: int) -> Any:
    x, index = every(inputs[:2], flags[:2], size)
    source, ndim, dim = inputs[2], max(index.ndim - 1, x.ndim - 1), attrs[0]
    if ndim == 0:
        x, index, dim = movement.view(x, (size, 1)), movement.view(index, (size, 1)), 0
    if flags[2]:
        source = lifted(source, max(ndim, 1))
        if inputs[2].ndim == 1:
            source = movement.expand(source, index.shape)
    elif source.ndim:
        (source,) = every([source], (False,), size)
    return record(op, (x, index, source), (dim + 1, *attrs[1:]))


RULES.update(
    {
        "index": _index,
        "index_backward": _index_backward,
        "index_put": _index_put,
        "index_reduce": _index_reduce,
        "embedding": _rows,
        "scatter": _scatter,
        "scatter_value": _scatter,
        "scatter_add": _scatter,
        "scatter_reduce": _scatter,
    }
)
COMPOSED.update(
    {
        "index_select": _index_select,
        "index_select_backward": _index_select_backward,
        "index_add": _index_add,
        "index_copy": _index_write,
        "masked_select": _masked_select,
        "masked_select_backward": _masked_select_backward,
        "put": _put,
        "take_backward": _take_backward,
        "index_fill": _index_write,
        "index_fill_by": _index_write,
        "embedding": _embedding,
        "embedding_dense_backward": _embedding_backward,
    }
)
