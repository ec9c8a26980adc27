"""Diagonals read and written, identity matrices, quarter turns."""

from __future__ import annotations

from ...ops.slicing import diagonal_layout
from ...shapes import contiguous_strides
from ..kinds import wide
from ..nodes import (
    Node,
    constant,
    copied,
    map_of,
    permute,
    places,
    reduce,
    slice_of,
    strided,
    to_kind,
    view,
)
from ..scalars import cast
from .rules import rule


def _diagonal(x: Node, offset: int, dim1: int, dim2: int) -> Node:
    layout = diagonal_layout(x.shape, contiguous_strides(x.shape), 0, offset, dim1, dim2)
    return strided(x, *layout)


@rule("diagonal")
def _read(inputs, attrs, metas):
    return _diagonal(inputs[0], *attrs)


@rule("diagonal_copy")
def _copy(inputs, attrs, metas):
    return copied(_diagonal(inputs[0], *attrs))


def _written(g: Node, shape: tuple[int, ...], offset: int, dim1: int, dim2: int) -> Node:
    """Zeros of `shape` with `g` on a diagonal."""
    base = to_kind(constant(0, wide(g.kind), shape), g.kind)
    strides = tuple(contiguous_strides(shape))
    _, steps, start = diagonal_layout(shape, strides, 0, offset, dim1, dim2)
    return Node("write", shape, g.kind, (base, g), (steps, start))


@rule("diagonal_backward")
def _backward(inputs, attrs, metas):
    (g,), (shape, offset, dim1, dim2) = inputs, attrs
    return _written(g, shape, offset, dim1, dim2) if g.size else None


@rule("diag_embed")
def _embed(inputs, attrs, metas):
    (x,), (offset, dim1, dim2) = inputs, attrs
    return _written(x, metas[0][0], offset, dim1, dim2)


@rule("trace")
def _trace(inputs, attrs, metas):
    (x,), kind = inputs, metas[0][1]
    kept = to_kind(_diagonal(x, 0, 0, 1), wide(kind))
    return view(to_kind(reduce("add", kept, (0,)), kind), ())


@rule("eye")
def _eye(inputs, attrs, metas):
    shape, kind = metas[0]
    made = map_of(lambda i, j: cast(i == j, wide(kind)), places(shape, 0), places(shape, 1))
    return to_kind(made, kind)


@rule("rot90")
def _quarter_turns(inputs, attrs, metas):
    (x,), (k, (a, b)) = inputs, attrs
    flipped = {0: (), 1: (b,), 2: (a, b), 3: (a,)}[k % 4]
    starts = [n - 1 if d in flipped else 0 for d, n in enumerate(x.shape)]
    steps = [-1 if d in flipped else 1 for d in range(len(x.shape))]
    x = slice_of(x, starts, x.shape, steps)
    if k % 2:
        dims = list(range(len(x.shape)))
        dims[a], dims[b] = b, a
        x = permute(x, dims)
    return copied(x)
