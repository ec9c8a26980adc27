"""Reading and writing by index tensors: `x[i, :, j]`, index_put, index_select and their kin.

The indices of one call arrive as a single one: `dims` names the indexed dimensions (sorted) and
`flat` counts over them in row-major order, so that `x[i, j]` is row `i * n + j` of x with these two
dimensions merged.  Indices have been checked and made non-negative when the function was called.
The result has flat's dimensions where the indexed ones were if these are adjacent, else in front.
"""

from __future__ import annotations

from math import prod

import numpy as np

from ..ir.graph import Op
from ..numerics.scatter_rows import add_rows
from ..shapes import Shape
from .family import LOW, convert_array, to_kind


def adjacent(dims: Shape) -> bool:
    """Whether dimensions follow each other without gaps."""
    return dims[-1] - dims[0] + 1 == len(dims)


def _front(ndim: int, dims: Shape) -> Shape:
    return dims + tuple(d for d in range(ndim) if d not in dims)


def index_shape(shape: Shape, flat: Shape, dims: Shape) -> Shape:
    """The shape of a tensor indexed by indices of shape `flat` at `dims`."""
    if adjacent(dims):
        return shape[: dims[0]] + flat + shape[dims[-1] + 1 :]
    return flat + tuple(n for d, n in enumerate(shape) if d not in dims)


def _merged(x: np.ndarray, dims: Shape) -> tuple[np.ndarray, int]:
    """The array with the indexed dimensions as one, and where that one is."""
    shape = x.shape
    count = prod(shape[d] for d in dims)
    if adjacent(dims):
        first = dims[0]
        return x.reshape(shape[:first] + (count,) + shape[dims[-1] + 1 :]), first
    x = x.transpose(_front(x.ndim, dims))
    return x.reshape((count,) + x.shape[len(dims) :]), 0


def _index_eval(x, flat, /, dims):
    merged, axis = _merged(x, dims)
    return np.take(merged, flat, axis=axis)


index = Op(
    "index",
    rule=lambda x, flat, dims: (index_shape(x.shape, flat.shape, dims), x.dtype),
    eval=_index_eval,
    vjp=(lambda g, x_shape, flat, dims: index_backward(g, flat, x_shape, dims), None),
)


def _add_at(whole: np.ndarray, flat: np.ndarray, source: np.ndarray, dims: Shape) -> None:
    """whole[.., flat, ..] += source, whole being C-ordered and source of the indexed shape."""
    if not adjacent(dims):
        order = _front(whole.ndim, dims)
        turned = np.ascontiguousarray(whole.transpose(order))
        _add_at(turned, flat, source, tuple(range(len(dims))))
        whole.transpose(order)[...] = turned
        return
    outer = prod(whole.shape[: dims[0]])
    width = prod(whole.shape[dims[-1] + 1 :])
    places = prod(whole.shape[d] for d in dims)
    flat = np.ascontiguousarray(flat).reshape(-1).astype(np.intp, copy=False)
    add_rows(whole.reshape(outer, places, width), flat, source.reshape(outer, flat.size, width))


def _zeros_for_sum(shape: Shape, kind: np.dtype) -> np.ndarray:
    return np.zeros(shape, np.float32 if kind in LOW else kind)


def _index_backward_eval(g, flat, /, shape, dims):
    whole = _zeros_for_sum(shape, g.dtype)
    _add_at(whole, flat, g.astype(whole.dtype, copy=False), dims)
    return whole


# Zeros with the rows of g added where `flat` says.
index_backward = Op(
    "index_backward",
    rule=lambda g, flat, shape, dims: (shape, g.dtype),
    eval=_index_backward_eval,
    names=("x", "flat"),
    attrs=("shape", "dims"),
    vjp=(lambda g, flat, dims: index(g, flat, dims), None),
    grad_name="IndexPutBackward0",
)


def _put(base, flat, source, dims, accumulate):
    shape = index_shape(base.shape, flat.shape, dims)
    if accumulate:
        if base.dtype in LOW:
            wide = base.astype(np.float32)
            _add_at(wide, flat, np.broadcast_to(source, shape).astype(np.float32), dims)
            base[...] = wide
        else:
            _add_at(base, flat, np.broadcast_to(source, shape), dims)
        return base
    if adjacent(dims):
        merged, axis = _merged(base, dims)  # a view: base is C-ordered
        merged[(slice(None),) * axis + (flat,)] = source
        return base
    places = np.unravel_index(flat, tuple(base.shape[d] for d in dims))
    at: list = [slice(None)] * base.ndim
    for d, place in zip(dims, places):
        at[d] = place
    base[tuple(at)] = source
    return base


def _put_prepare(inputs, attrs):
    return (*inputs[:2], to_kind(inputs[2], inputs[0].dtype))


# x with source (broadcast) written, or added, at the indexed places.
index_put = Op(
    "index_put",
    rule=lambda x, flat, source, dims, accumulate: (x.shape, x.dtype),
    eval=lambda x, flat, source, dims, accumulate: _put(
        np.array(x, order="C"), flat, source, dims, accumulate
    ),
    eval_into=_put,
    donate=(0,),
    names=("x", "flat", "source"),
    attrs=("dims", "accumulate"),
    prepare=_put_prepare,
    vjp=(
        lambda g, flat, dims, accumulate: g if accumulate else index_put(g, flat, 0, dims, False),
        None,
        lambda g, flat, dims: index(g, flat, dims),
    ),
)


# -- one index along one dimension ---------------------------------------------------------------


def _along(shape: Shape, dim: int, size: int) -> Shape:
    return shape[:dim] + (size,) + shape[dim + 1 :] if shape else shape


def _count(flat) -> int:
    return flat.shape[0] if flat.shape else 1


def _select_eval(x, flat, /, dim):
    if not x.ndim:
        return x
    return np.take(x, flat.reshape(-1), axis=dim)


index_select = Op(
    "index_select",
    rule=lambda x, flat, dim: (_along(x.shape, dim, _count(flat)), x.dtype),
    eval=_select_eval,
    vjp=(lambda g, x_shape, flat, dim: index_select_backward(g, flat, x_shape, dim), None),
)


def _select_backward_eval(g, flat, /, shape, dim):
    whole = _zeros_for_sum(shape, g.dtype)
    _add_along(whole, flat, g.astype(whole.dtype, copy=False), dim)
    return whole


def _add_along(whole, flat, source, dim) -> None:
    if whole.ndim:
        _add_at(whole, flat.reshape(-1), source, (dim,))
    else:
        whole[...] = whole + source.sum(dtype=whole.dtype)


index_select_backward = Op(
    "index_select_backward",
    rule=lambda g, flat, shape, dim: (shape, g.dtype),
    eval=_select_backward_eval,
    names=("x", "flat"),
    attrs=("shape", "dim"),
    vjp=(lambda g, flat, dim: index_select(g, flat, dim), None),
    grad_name="IndexAddBackward0",
)


def _add(base, flat, source, dim, alpha):
    if alpha != 1:
        source = source * convert_array(alpha, source.dtype)
    if base.dtype in LOW:
        wide = base.astype(np.float32)
        _add_along(wide, flat, source.astype(np.float32), dim)
        base[...] = wide
    else:
        _add_along(base, flat, source, dim)
    return base


def _same_rule(x, *_):
    return x.shape, x.dtype


index_add = Op(
    "index_add",
    rule=_same_rule,
    eval=lambda x, flat, source, dim, alpha: _add(np.array(x, order="C"), flat, source, dim, alpha),
    eval_into=_add,
    donate=(0,),
    names=("x", "flat", "source"),
    attrs=("dim", "alpha"),
    vjp=(
        lambda g: g,
        None,
        lambda g, flat, dim, alpha: _scaled(index_select(g, flat, dim), alpha),
    ),
)


def _scaled(g, alpha):
    return g if alpha == 1 else g * alpha


def _copy(base, flat, source, dim):
    if base.ndim:
        base[(slice(None),) * dim + (flat.reshape(-1),)] = source
    elif flat.size:
        base[...] = source.reshape(-1)[-1]
    return base


index_copy = Op(
    "index_copy",
    rule=_same_rule,
    eval=lambda x, flat, source, dim: _copy(np.array(x, order="C"), flat, source, dim),
    eval_into=_copy,
    donate=(0,),
    names=("x", "flat", "source"),
    attrs=("dim",),
    vjp=(
        lambda g, flat, dim: index_fill(g, flat, 0, dim),
        None,
        lambda g, flat, dim: index_select(g, flat, dim),
    ),
)


def _fill(base, flat, number, dim):
    if base.ndim:
        base[(slice(None),) * dim + (flat.reshape(-1),)] = number
    elif flat.size:
        base[...] = number
    return base


def _fill_row(name: str, grad_name: str) -> Op:
    return Op(
        name,
        rule=_same_rule,
        eval=lambda x, flat, number, dim: _fill(np.array(x, order="C"), flat, number, dim),
        eval_into=_fill,
        donate=(0,),
        names=("x", "flat", "number"),
        attrs=("dim",),
        prepare=_put_prepare,
        vjp=(
            lambda g, flat, dim: index_fill(g, flat, 0, dim),
            None,
            lambda g, flat, dim: g - index_fill(g, flat, 0, dim),  # the engine sums it
        ),
        grad_name=grad_name,
    )


# By a Python number, by a 0-d tensor.
index_fill = _fill_row("index_fill", "IndexFillBackward0")
index_fill_by = _fill_row("index_fill_by", "IndexFillBackward1")
