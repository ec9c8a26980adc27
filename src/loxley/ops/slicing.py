"""Parts of a tensor: select, slice, diagonal, unfold, as_strided.

On tensors they alias; in formulas NumPy's views carry them out.  The gradient of a part is written
once into zeros of the whole (`select_backward`, `slice_backward`, ...).
"""

from __future__ import annotations

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from ..ir.graph import Op
from ..narrow_types import FLOAT8_E5M2
from ..narrow_types import as_strided as as_strided_array
from ..shapes import Shape, extent, overlaps
from .movement import ACCUMULATE_STRIDED, AS_STRIDED, spread
from .movement import full as full_value


def without(sizes: Shape, dim: int) -> Shape:
    """Sizes (or strides) less one dimension."""
    return sizes[:dim] + sizes[dim + 1 :]


def replaced(sizes: Shape, dim: int, size: int) -> Shape:
    """Sizes (or strides) with one dimension's exchanged."""
    return sizes[:dim] + (size,) + sizes[dim + 1 :]


def at(dim: int, what) -> tuple:
    """NumPy's index that applies `what` to one dimension."""
    return (slice(None),) * dim + (what,)


select = Op(
    "select",
    rule=lambda x, dim, index: (without(x.shape, dim), x.dtype),
    eval=lambda x, /, dim, index: x[at(dim, index)],
    view=lambda shape, strides, offset, dim, index: (
        without(shape, dim),
        without(strides, dim),
        offset + index * strides[dim],
    ),
    vjp=lambda g, x_shape, dim, index: select_backward(g, x_shape, dim, index),
)


def _select_backward_eval(g, /, shape, dim, index):
    whole = np.zeros(shape, g.dtype)
    whole[at(dim, index)] = g
    return whole


select_backward = Op(
    "select_backward",
    rule=lambda g, shape, dim, index: (shape, g.dtype),
    eval=_select_backward_eval,
    names=("x",),
    attrs=("shape", "dim", "index"),
    vjp=lambda g, dim, index: select(g, dim, index),
    grad_name="SelectBackwardBackward0",
)


def slice_length(start: int, stop: int, step: int) -> int:
    """How many elements `start:stop:step` takes."""
    return max(0, -(-(stop - start) // step))


def _slice_layout(shape, strides, offset, dim, start, stop, step):
    return (
        replaced(shape, dim, slice_length(start, stop, step)),
        replaced(strides, dim, strides[dim] * step),
        offset + start * strides[dim],
    )


# start and stop lie within the dimension, start <= stop.
slice_ = Op(
    "slice",
    rule=lambda x, dim, start, stop, step: (
        replaced(x.shape, dim, slice_length(start, stop, step)),
        x.dtype,
    ),
    eval=lambda x, /, dim, start, stop, step: x[at(dim, slice(start, stop, step))],
    view=_slice_layout,
    vjp=lambda g, x_shape, dim, start, stop, step: slice_backward(
        g, x_shape, dim, start, stop, step
    ),
)


def _slice_backward_eval(g, /, shape, dim, start, stop, step):
    whole = np.zeros(shape, g.dtype)
    whole[at(dim, slice(start, stop, step))] = g
    return whole


slice_backward = Op(
    "slice_backward",
    rule=lambda g, shape, dim, start, stop, step: (shape, g.dtype),
    eval=_slice_backward_eval,
    names=("x",),
    attrs=("shape", "dim", "start", "stop", "step"),
    vjp=lambda g, dim, start, stop, step: slice_(g, dim, start, stop, step),
    grad_name="SliceBackwardBackward0",
)


def diagonal_size(rows: int, columns: int, offset: int) -> int:
    """The length of a matrix's diagonal."""
    return max(0, min(rows, columns - offset) if offset >= 0 else min(rows + offset, columns))


def _diagonal_shape(shape: Shape, offset: int, dim1: int, dim2: int) -> Shape:
    rest = tuple(n for d, n in enumerate(shape) if d not in (dim1, dim2))
    return rest + (diagonal_size(shape[dim1], shape[dim2], offset),)


def diagonal_layout(shape, strides, start, offset, dim1, dim2):
    """Shape, strides and offset of the diagonal of a layout."""
    made = _diagonal_shape(shape, offset, dim1, dim2)
    if made[-1]:
        start += offset * strides[dim2] if offset >= 0 else -offset * strides[dim1]
    rest = tuple(s for d, s in enumerate(strides) if d not in (dim1, dim2))
    return made, rest + (strides[dim1] + strides[dim2],), start


diagonal = Op(
    "diagonal",
    rule=lambda x, offset, dim1, dim2: (_diagonal_shape(x.shape, offset, dim1, dim2), x.dtype),
    eval=lambda x, /, offset, dim1, dim2: (
        np.diagonal(x, offset, dim1, dim2)
        if 0 not in _diagonal_shape(x.shape, offset, dim1, dim2)
        else np.zeros(_diagonal_shape(x.shape, offset, dim1, dim2), x.dtype)
    ),
    view=diagonal_layout,
    vjp=lambda g, x_shape, offset, dim1, dim2: diagonal_backward(g, x_shape, offset, dim1, dim2),
)


def writable_diagonal(array: np.ndarray, offset: int, dim1: int, dim2: int) -> np.ndarray:
    """A writable view of the diagonal of a C-ordered array of ours."""
    step = array.itemsize
    strides = tuple(s // step for s in array.strides)
    shape, strides, start = diagonal_layout(array.shape, strides, 0, offset, dim1, dim2)
    if 0 in shape:
        return np.empty(shape, array.dtype)
    return as_strided_array(array.reshape(-1)[start:], shape, tuple(s * step for s in strides))


def _diagonal_backward_eval(g, /, shape, offset, dim1, dim2):
    whole = np.zeros(shape, g.dtype)
    writable_diagonal(whole, offset, dim1, dim2)[...] = g
    return whole


diagonal_backward = Op(
    "diagonal_backward",
    rule=lambda g, shape, offset, dim1, dim2: (shape, g.dtype),
    eval=_diagonal_backward_eval,
    names=("x",),
    attrs=("shape", "offset", "dim1", "dim2"),
    vjp=lambda g, offset, dim1, dim2: diagonal(g, offset, dim1, dim2),
    grad_name="DiagonalBackwardBackward0",
)


def _unfold_shape(shape: Shape, dim: int, size: int, step: int) -> Shape:
    if not shape:
        return (size,)
    return replaced(shape, dim, (shape[dim] - size) // step + 1) + (size,)


def _unfold_layout(shape, strides, offset, dim, size, step):
    if not shape:
        return (size,), (1,), offset
    return (
        _unfold_shape(shape, dim, size, step),
        replaced(strides, dim, strides[dim] * step) + (strides[dim],),
        offset,
    )


def _unfold_eval(x, /, dim, size, step):
    shape = _unfold_shape(x.shape, dim, size, step)
    if 0 in shape or not x.ndim:
        return x.reshape(1)[:size] if not x.ndim else np.zeros(shape, x.dtype)
    places = x.view(np.uint8) if x.dtype == FLOAT8_E5M2 else x  # which NumPy can't describe
    found = sliding_window_view(places, size, dim)[at(dim, slice(None, None, step))]
    return found.view(x.dtype)


# Windows of `size` along a dimension, `step` apart, as a last dimension.
unfold = Op(
    "unfold",
    rule=lambda x, dim, size, step: (_unfold_shape(x.shape, dim, size, step), x.dtype),
    eval=_unfold_eval,
    view=_unfold_layout,
    vjp=lambda g, x_shape, dim, size, step: unfold_backward(g, x_shape, dim, size, step),
)


def _unfold_backward_eval(g, /, shape, dim, size, step):
    if not shape:
        return g.sum(dtype=g.dtype)
    whole = np.zeros(shape, g.dtype)
    span = (g.shape[dim] - 1) * step + 1
    for k in range(size):
        whole[at(dim, slice(k, k + span, step))] += g[..., k]
    return whole


unfold_backward = Op(
    "unfold_backward",
    rule=lambda g, shape, dim, size, step: (shape, g.dtype),
    eval=_unfold_backward_eval,
    names=("x",),
    attrs=("shape", "dim", "size", "step"),
    vjp=lambda g, dim, size, step: unfold(g, dim, size, step),
    grad_name="UnfoldBackwardBackward0",
)


def _as_strided_backward(g, layout, source):
    """The gradient of a source layout from that of another layout over the same memory."""
    shape, strides, offset = layout
    source_shape, source_strides, source_offset = source
    start = min(offset, source_offset)
    span = max(
        offset - start + extent(shape, strides),
        source_offset - start + extent(source_shape, source_strides),
        1,
    )
    flat = spread(g, span, shape, strides, offset - start)
    if overlaps(source_shape, source_strides):
        # Several elements of the source are one in memory: they share its gradient equally.
        ones = full_value(source_shape, 1, g.dtype)
        count = ACCUMULATE_STRIDED(ones, span, tuple(source_strides), source_offset - start)
        flat = flat / count
    return AS_STRIDED(flat, source_shape, source_strides, source_offset - start)


# Any layout of a tensor's memory; the tensor's own layout goes along for the gradient.
as_strided = Op(
    "as_strided",
    rule=lambda x, shape, strides, offset, source: (shape, x.dtype),
    eval=lambda x, /, shape, strides, offset, source: as_strided_array(
        np.ascontiguousarray(x).reshape(-1)[offset:],
        shape,
        tuple(s * x.itemsize for s in strides),
        writeable=False,
    ),
    view=lambda shape, strides, offset, new_shape, new_strides, new_offset, source: (
        new_shape,
        new_strides,
        new_offset,
    ),
    vjp=lambda g, shape, strides, offset, source: _as_strided_backward(
        g, (shape, strides, offset), source
    ),
)
