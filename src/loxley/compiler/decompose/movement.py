"""Movement operators: where elements lie, and what is laid out anew."""

from __future__ import annotations

from ..nodes import Node, expand, map_of, permute, slice_of, strided, view
from ..scalars import cast
from .rules import rule


@rule("view", "reshape_alias", "unsafe_view", "unsqueeze", "squeeze", "squeeze_dim", "squeeze_dims")
def _view(inputs, attrs, metas):
    return view(inputs[0], metas[0][0])


@rule("permute")
def _permute(inputs, attrs, metas):
    return permute(inputs[0], attrs[0])


@rule("transpose")
def _transpose(inputs, attrs, metas):
    (x,), (a, b) = inputs, attrs
    dims = list(range(len(x.shape)))
    if a != b:
        dims[a], dims[b] = b, a
    return permute(x, dims)


@rule("t")
def _t(inputs, attrs, metas):
    (x,) = inputs
    return permute(x, range(len(x.shape))[::-1])


@rule("expand")
def _expand(inputs, attrs, metas):
    return expand(inputs[0], metas[0][0])


@rule("read_strided")
def _read_strided(inputs, attrs, metas):
    shape, strides, offset = attrs
    return strided(inputs[0], shape, strides, offset)


@rule("slice")
def _slice(inputs, attrs, metas):
    (x,), (dim, start, _stop, step) = inputs, attrs
    shape = metas[0][0]
    starts, steps = [0] * len(shape), [1] * len(shape)
    starts[dim], steps[dim] = start, step
    return slice_of(x, starts, shape, steps)


@rule("select")
def _select(inputs, attrs, metas):
    (x,), (dim, index) = inputs, attrs
    shape = list(x.shape)
    starts = [0] * len(shape)
    starts[dim], shape[dim] = index, 1
    return view(slice_of(x, starts, shape, [1] * len(shape)), metas[0][0])


@rule("flip")
def _flip(inputs, attrs, metas):
    (x,), (dims,) = inputs, attrs
    starts = [n - 1 if d in dims and n else 0 for d, n in enumerate(x.shape)]
    return slice_of(x, starts, x.shape, [-1 if d in dims else 1 for d in range(len(x.shape))])


@rule("full")
def _full(inputs, attrs, metas):
    return expand(inputs[0], metas[0][0])


@rule("fill", "fill_tensor", "zero")
def _fill(inputs, attrs, metas):
    shape, kind = metas[0]
    value = inputs[1]
    return expand(map_of(lambda s: cast(s, kind), value), shape)


@rule("copy")
def _copy(inputs, attrs, metas):
    shape, kind = metas[0]
    source = inputs[1]
    if source.kind != kind:
        return None
    return expand(source, shape)


@rule("write_strided")
def _write(inputs, attrs, metas):
    base, source = inputs
    shape, strides, offset = attrs
    return Node("write", base.shape, base.kind, (base, expand(source, shape)), (strides, offset))


@rule("cat")
def _cat(inputs, attrs, metas):
    (parts,), (dim,) = inputs, attrs
    parts = [p for p in parts if p.shape != (0,) and p.size]
    shape, kind = metas[0]
    if not parts or any(len(p.shape) != len(shape) for p in parts):
        return None
    if len(parts) == 1:
        return parts[0]
    return Node("cat", shape, kind, tuple(parts), dim)


@rule("stack")
def _stack(inputs, attrs, metas):
    (parts,), (dim,) = inputs, attrs
    shape, kind = metas[0]
    one = shape[:dim] + (1,) + shape[dim + 1 :]
    if 0 in shape:
        return None
    if len(parts) == 1:
        return view(parts[0], shape)
    return Node("cat", shape, kind, tuple(view(p, one) for p in parts), dim)
