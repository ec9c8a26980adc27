"""Reading and writing element by element: gather, scatter in all its forms, take, put.

`index` has one place per element along `dim`; the other coordinates are the element's own.  Places
have been checked, and made non-negative, when the function was called.
"""

from __future__ import annotations

from math import prod

import numpy as np

from ..ir.graph import Op
from ..numerics.scatter_rows import add_rows
from ..shapes import Shape
from .elementwise import eq, where
from .family import LOW, cast, to_kind
from .movement import full, view, zeros


def _flat_places(shape: Shape, index: np.ndarray, dim: int) -> np.ndarray:
    """Each element's place in flat memory of `shape`."""
    if not shape:
        return np.zeros(index.size, np.intp)
    index = index.reshape((1,) * (len(shape) - index.ndim) + index.shape)
    flat, step = np.zeros((1,) * len(shape), np.intp), 1
    for d in range(len(shape) - 1, -1, -1):
        if d == dim:
            flat = flat + index * step
        else:
            ones = (1,) * (len(shape) - d - 1)
            flat = flat + (np.arange(index.shape[d]) * step).reshape((-1, *ones))
        step *= shape[d]
    return np.broadcast_to(flat, index.shape).reshape(-1)


def _narrowed(x: np.ndarray, shape: Shape, dim: int | None = None) -> np.ndarray:
    """x cut to the sizes of `shape`, in all dimensions but `dim`."""
    if not x.ndim or x.shape == shape:
        return x
    return x[tuple(slice(None) if d == dim else slice(n) for d, n in enumerate(shape))]


def _gather_eval(x, index, /, dim):
    if not index.size:
        return np.zeros(index.shape, x.dtype)
    if not x.ndim or not index.ndim:
        return x.reshape(-1)[index.reshape(-1)].reshape(index.shape)
    return np.take_along_axis(_narrowed(x, index.shape, dim), index, axis=dim)


gather = Op(
    "gather",
    rule=lambda x, index, dim: (index.shape, x.dtype),
    eval=_gather_eval,
    vjp=(lambda g, x_shape, index, dim: gather_backward(g, index, x_shape, dim), None),
)


def _gather_backward_eval(g, index, /, shape, dim):
    whole = np.zeros(shape, np.float32 if g.dtype in LOW else g.dtype)
    _add_elements(whole, index, g, dim)
    return whole


def _add_elements(whole: np.ndarray, index: np.ndarray, source: np.ndarray, dim: int) -> None:
    places = _flat_places(whole.shape, index, dim)
    source = np.broadcast_to(_narrowed(source, index.shape), index.shape)
    source = np.ascontiguousarray(source, dtype=whole.dtype).reshape(1, -1, 1)
    add_rows(whole.reshape(1, -1, 1), places, source)


gather_backward = Op(
    "gather_backward",
    rule=lambda g, index, shape, dim: (shape, g.dtype),
    eval=_gather_backward_eval,
    names=("x", "index"),
    attrs=("shape", "dim"),
    vjp=(lambda g, index, dim: gather(g, index, dim), None),
    grad_name="ScatterAddBackward0",
)


def _prepare(inputs, attrs):
    return (*inputs[:2], to_kind(inputs[2], inputs[0].dtype))


def _rule(x, *_):
    return x.shape, x.dtype


def _place(base, index, source, dim):
    if index.size:
        places = _flat_places(base.shape, index, dim)
        source = np.broadcast_to(_narrowed(source, index.shape), index.shape)
        base.reshape(-1)[places] = source.reshape(-1)
    return base


def unplaced(shape: Shape, source_shape: Shape, g):
    """The gradient of the part of a source that an index of `shape` read, padded to all of it."""
    if tuple(g.shape) == source_shape:
        return g
    return leading_backward(g, source_shape)


def _leading_backward_eval(g, /, shape):
    whole = np.zeros(shape, g.dtype)
    whole[tuple(slice(n) for n in g.shape)] = g
    return whole


leading = Op(
    "leading",
    rule=lambda x, shape: (shape, x.dtype),
    eval=lambda x, /, shape: x[tuple(slice(n) for n in shape)],
    vjp=lambda g, x_shape: leading_backward(g, x_shape),
)
# A corner block written into zeros of `shape`.
leading_backward = Op(
    "leading_backward",
    rule=lambda g, shape: (shape, g.dtype),
    eval=_leading_backward_eval,
    names=("x",),
    attrs=("shape",),
    vjp=lambda g, x_shape: leading(g, x_shape),
)


def _source_gradient(g, index, source_shape, dim):
    picked = gather(g, index, dim)
    return picked if not source_shape else unplaced(tuple(index.shape), source_shape, picked)


def _scatter_row(name: str, grad_name: str) -> Op:
    return Op(
        name,
        rule=_rule,
        eval=lambda x, index, source, dim: _place(np.array(x, order="C"), index, source, dim),
        eval_into=_place,
        donate=(0,),
        names=("x", "index", "source"),
        attrs=("dim",),
        prepare=_prepare,
        vjp=(
            lambda g, index, dim: scatter_value(g, index, 0, dim),
            None,
            lambda g, index, source_shape, dim: _source_gradient(g, index, source_shape, dim),
        ),
        grad_name=grad_name,
    )


# With a tensor of elements, with one number.
scatter = _scatter_row("scatter", "ScatterBackward0")
scatter_value = _scatter_row("scatter_value", "ScatterBackward1")


def _scatter_add(base, index, source, dim):
    if base.dtype in LOW:
        wide = base.astype(np.float32)
        _add_elements(wide, index, source, dim)
        base[...] = wide
    else:
        _add_elements(base, index, source, dim)
    return base


scatter_add = Op(
    "scatter_add",
    rule=_rule,
    eval=lambda x, index, source, dim: _scatter_add(np.array(x, order="C"), index, source, dim),
    eval_into=_scatter_add,
    donate=(0,),
    names=("x", "index", "source"),
    attrs=("dim",),
    vjp=(
        lambda g: g,
        None,
        lambda g, index, source_shape, dim: _source_gradient(g, index, source_shape, dim),
    ),
)


# -- scatter_reduce and index_reduce -------------------------------------------------------------

_UFUNCS = {
    "sum": np.add,
    "mean": np.add,
    "prod": np.multiply,
    "amax": np.maximum,
    "amin": np.minimum,
}


def _start(kind: np.dtype, reduce: str):
    """What an element is before anything is combined into it when it does not count itself."""
    if reduce == "prod":
        return 1
    if reduce in ("sum", "mean"):
        return 0
    low = reduce == "amax"
    if kind.kind == "b":
        return not low
    if kind.kind in "iu":
        return np.iinfo(kind).min if low else np.iinfo(kind).max
    return -np.inf if low else np.inf


def reduce_flat(x, places, source, reduce: str, include_self: bool) -> np.ndarray:
    """x with source elements combined into the places of its flat memory."""
    wide = np.float32 if x.dtype in LOW else x.dtype
    flat = np.array(x, dtype=wide, order="C").reshape(-1)
    source = np.ascontiguousarray(source).reshape(-1).astype(wide, copy=False)
    if not include_self:
        flat[places] = _start(flat.dtype, reduce)
    _UFUNCS[reduce].at(flat, places, source)
    if reduce == "mean":
        count = np.bincount(places, minlength=flat.size) + (1 if include_self else 0)
        count[count == 0] = 1
        flat = _divided(flat, count)
    return flat.reshape(x.shape)


def _divided(flat: np.ndarray, count: np.ndarray) -> np.ndarray:
    if flat.dtype.kind in "iu":
        return flat // count.astype(flat.dtype)
    return flat / count.astype(flat.real.dtype)


def _scatter_reduce_eval(x, index, source, /, dim, reduce, include_self):
    if not index.size:
        return x
    source = np.broadcast_to(_narrowed(source, index.shape), index.shape)
    return reduce_flat(x, _flat_places(x.shape, index, dim), source, reduce, include_self)


def _ones(x):
    return full(tuple(x.shape), 1, x.dtype)


def _counts(like, index, source, dim: int, include_self: bool):
    start = _ones(like) if include_self else zeros(tuple(like.shape), like.dtype)
    count = scatter_add(start, index, _ones(source), dim)
    return where(eq(count, 0), 1.0, count)


def _reduce_backward(g, x, index, source, out, dim, reduce, include_self):
    """Gradients of scatter_reduce for x and source. Source: torch.Tensor.scatter_reduce."""
    mine, theirs = _REDUCED[reduce](g, x, index, source, out, dim, include_self)
    if not include_self:
        mine = scatter_value(mine, index, 0, dim)
    return mine, None, theirs


def _sum_gradients(g, x, index, source, out, dim, include_self):
    return g, _source_gradient(g, index, tuple(source.shape), dim)


def _mean_gradients(g, x, index, source, out, dim, include_self):
    each = g / _counts(x, index, source, dim, include_self)
    return each, _source_gradient(each, index, tuple(source.shape), dim)


def _prod_gradients(g, x, index, source, out, dim, include_self):
    x_filled = where(eq(x, 0), 1.0, x)
    rest = scatter_reduce(x_filled, index, source, dim, "prod", include_self)
    mine = g * rest / x_filled
    zero = eq(source, 0)
    count = scatter_add(zeros(tuple(x.shape), x.dtype), index, cast(zero, x.dtype), dim)
    single = where(zero, eq(gather(count, index, dim), 1), zero)
    others = scatter_reduce(x, index, where(single, 1.0, source), dim, "prod", include_self)
    lone = gather(g * others, index, dim)
    theirs = gather(g * out, index, dim) / where(zero, 1.0, source)
    return mine, where(single, lone, theirs)


def _extremum_gradients(g, x, index, source, out, dim, include_self):
    x_is = cast(eq(x, out), g.dtype)
    source_is = cast(eq(source, gather(out, index, dim)), g.dtype)
    count = scatter_add(x_is, index, source_is, dim)
    each = g / where(eq(count, 0), 1.0, count)
    return x_is * each, source_is * gather(each, index, dim)


_REDUCED = {
    "sum": _sum_gradients,
    "mean": _mean_gradients,
    "prod": _prod_gradients,
    "amax": _extremum_gradients,
    "amin": _extremum_gradients,
}

scatter_reduce = Op(
    "scatter_reduce",
    rule=_rule,
    eval=_scatter_reduce_eval,
    names=("x", "index", "source"),
    attrs=("dim", "reduce", "include_self"),
    vjp=_reduce_backward,
)


def _index_reduce_eval(x, index, source, /, dim, reduce, include_self):
    if not x.ndim:
        return reduce_flat(x, np.zeros(source.size, np.intp), source, reduce, include_self)
    shape = x.shape[:dim] + (index.size,) + x.shape[dim + 1 :]
    along = index.reshape((-1,) + (1,) * (x.ndim - dim - 1))
    places = _flat_places(x.shape, np.broadcast_to(along, shape), dim)
    return reduce_flat(x, places, source, reduce, include_self)


def _index_reduce_backward(g, x, index, source, out, dim, reduce, include_self):
    """By way of scatter_reduce: the same places, spelled out for every element."""
    if not x.shape:
        return _reduce_backward(
            g, x, view(index, ()), view(source, ()), out, dim, reduce, include_self
        )
    count = index.shape[0] if index.shape else 1
    along = view(index, (count,) + (1,) * (len(x.shape) - dim - 1))
    places = spread_index(along, tuple(source.shape))
    return _reduce_backward(g, x, places, source, out, dim, reduce, include_self)


spread_index = Op(
    "spread_index",
    rule=lambda x, shape: (shape, x.dtype),
    eval=lambda x, /, shape: np.broadcast_to(x, shape),
)

index_reduce = Op(
    "index_reduce",
    rule=_rule,
    eval=_index_reduce_eval,
    names=("x", "index", "source"),
    attrs=("dim", "reduce", "include_self"),
    vjp=_index_reduce_backward,
)


# -- places in flat memory ------------------------------------------------------------------------

take = Op(
    "take",
    rule=lambda x, index: (index.shape, x.dtype),
    eval=lambda x, index, /: np.take(x.reshape(-1), index),
    vjp=(lambda g, x_shape, index: take_backward(g, index, x_shape), None),
)


def _take_backward_eval(g, index, /, shape):
    whole = np.zeros(shape, np.float32 if g.dtype in LOW else g.dtype)
    source = np.ascontiguousarray(g, dtype=whole.dtype).reshape(1, -1, 1)
    add_rows(whole.reshape(1, -1, 1), index.reshape(-1), source)
    return whole


take_backward = Op(
    "take_backward",
    rule=lambda g, index, shape: (shape, g.dtype),
    eval=_take_backward_eval,
    names=("x", "index"),
    attrs=("shape",),
    vjp=(lambda g, index: take(g, index), None),
    grad_name="PutBackward0",
)


def _put(base, index, source, accumulate):
    flat, source = base.reshape(-1), source.reshape(-1)
    if not accumulate:
        flat[index.reshape(-1)] = source
    elif base.dtype in LOW:
        wide = flat.astype(np.float32)
        add_rows(wide.reshape(1, -1, 1), index.reshape(-1), source.reshape(1, -1, 1))
        flat[...] = wide
    else:
        add_rows(flat.reshape(1, -1, 1), index.reshape(-1), source.reshape(1, -1, 1))
    return base


put = Op(
    "put",
    rule=_rule,
    eval=lambda x, index, source, accumulate: _put(
        np.array(x, order="C"), index, source, accumulate
    ),
    eval_into=_put,
    donate=(0,),
    names=("x", "index", "source"),
    attrs=("accumulate",),
    vjp=(
        lambda g, index, accumulate: g if accumulate else put(g, index, _zeros_at(g, index), False),
        None,
        lambda g, index, source_shape: view(take(g, index), source_shape),
    ),
)


def _zeros_at(g, index):
    return zeros((prod(index.shape),), g.dtype)
