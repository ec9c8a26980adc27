"""Movement operators: the same elements under another shape.

On tensors they alias (`view` computes shape, strides and offset, nothing is recorded); on values,
as in derivative formulas, they are recorded and NumPy's views carry them out.
"""

from __future__ import annotations

import numpy as np

from ..dtypes import dtype
from ..ir.graph import Op, Value, constant, record
from ..narrow_types import as_strided as as_strided_array
from ..narrow_types import read_through
from ..shapes import contiguous_strides, extent, numel, overlaps, view_strides


def _view_of_tensor(shape, strides, offset, new_shape):
    new_strides = view_strides(shape, strides, new_shape)
    if new_strides is None:
        raise RuntimeError(
            "view size is not compatible with input tensor's size and stride (at least one "
            "dimension "
            "spans across two contiguous subspaces). Use .reshape(...) instead."
        )
    return new_shape, new_strides, offset


VIEW = Op(
    "view",
    rule=lambda x, shape: (shape, x.dtype),
    eval=lambda x, /, shape: x.reshape(shape),
    view=_view_of_tensor,
    vjp=lambda g, x_shape: reshape(g, x_shape),
)


def view(x, shape: tuple[int, ...]):
    """The elements in order under another shape (all sizes known)."""
    return x if tuple(x.shape) == tuple(shape) else VIEW(x, tuple(shape))


# VIEW as `reshape` names it for a tensor that is not contiguous.
RESHAPE_ALIAS = Op(
    "reshape_alias",
    rule=VIEW.rule,
    eval=VIEW.eval,
    names=VIEW.input_names,
    attrs=VIEW.attr_names,
    view=_view_of_tensor,
    vjp=lambda g, x_shape: reshape(g, x_shape),
)


# Like VIEW, but on a tensor it never aliases: what `reshape` does when no view exists.
UNSAFE_VIEW = Op(
    "unsafe_view",
    rule=lambda x, shape: (shape, x.dtype),
    eval=lambda x, /, shape: x.reshape(shape),
    vjp=lambda g, x_shape: reshape(g, x_shape),
)


def reshape(x, shape: tuple[int, ...]):
    """`view` where the layout allows it, else a copy."""
    shape = tuple(shape)
    if tuple(x.shape) == shape:
        return x
    strides = getattr(x, "_strides", None)  # values have no layout
    if strides is not None and view_strides(tuple(x.shape), strides, shape) is None:
        return UNSAFE_VIEW(x, shape)
    return VIEW(x, shape)


def inverse(dims: tuple[int, ...]) -> tuple[int, ...]:
    """The permutation that undoes `dims`."""
    result = [0] * len(dims)
    for i, d in enumerate(dims):
        result[d] = i
    return tuple(result)


permute = Op(
    "permute",
    rule=lambda x, dims: (tuple(x.shape[d] for d in dims), x.dtype),
    eval=lambda x, /, dims: x.transpose(dims),
    view=lambda shape, strides, offset, dims: (
        tuple(shape[d] for d in dims),
        tuple(strides[d] for d in dims),
        offset,
    ),
    vjp=lambda g, dims: permute(g, inverse(dims)),
)


def _swapped(sizes: tuple[int, ...], a: int, b: int) -> tuple[int, ...]:
    if a == b:  # the only way to swap dimensions of a 0-d tensor
        return sizes
    made = list(sizes)
    made[a], made[b] = made[b], made[a]
    return tuple(made)


transpose = Op(
    "transpose",
    rule=lambda x, dim0, dim1: (_swapped(x.shape, dim0, dim1), x.dtype),
    eval=lambda x, /, dim0, dim1: x.swapaxes(dim0, dim1) if dim0 != dim1 else x,
    view=lambda shape, strides, offset, dim0, dim1: (
        _swapped(shape, dim0, dim1),
        _swapped(strides, dim0, dim1),
        offset,
    ),
    vjp=lambda g, dim0, dim1: transpose(g, dim0, dim1),
)


# A matrix transposed; vectors and scalars as they are.
t = Op(
    "t",
    rule=lambda x: (x.shape[::-1], x.dtype),
    eval=lambda x, /: x.T,
    view=lambda shape, strides, offset: (shape[::-1], strides[::-1], offset),
    vjp=lambda g: t(g),
)

# The same tensor anew, as `x[...]` and `x.view_as(x)` make it.
alias = Op(
    "alias",
    rule=lambda x: (x.shape, x.dtype),
    eval=lambda x, /: x,
    view=lambda shape, strides, offset: (shape, strides, offset),
    vjp=lambda g: alias(g),
)


def _with_one(sizes: tuple[int, ...], dim: int, one: int = 1) -> tuple[int, ...]:
    return sizes[:dim] + (one,) + sizes[dim:]


unsqueeze = Op(
    "unsqueeze",
    rule=lambda x, dim: (_with_one(x.shape, dim), x.dtype),
    eval=lambda x, /, dim: x.reshape(_with_one(x.shape, dim)),
    view=lambda shape, strides, offset, dim: (
        _with_one(shape, dim),
        _with_one(strides, dim, shape[dim] * strides[dim] if dim < len(shape) else 1),
        offset,
    ),
    vjp=lambda g, x_shape: view(g, x_shape),
)


def _squeezed(shape: tuple[int, ...], dims: tuple[int, ...]) -> list[int]:
    return [d for d, n in enumerate(shape) if n != 1 or d not in dims]


def _squeeze_row(name: str, grad_name: str) -> Op:
    def rule(x, dims):
        return tuple(x.shape[d] for d in _squeezed(x.shape, dims)), x.dtype

    def layout(shape, strides, offset, dims):
        kept = _squeezed(shape, dims)
        return tuple(shape[d] for d in kept), tuple(strides[d] for d in kept), offset

    return Op(
        name,
        rule=rule,
        eval=lambda x, /, dims: x.reshape(tuple(x.shape[d] for d in _squeezed(x.shape, dims))),
        view=layout,
        vjp=lambda g, x_shape: view(g, x_shape),
        grad_name=grad_name,
    )


# Dimensions of size one among `dims` left out; the names tell how they were asked for.
squeeze = _squeeze_row("squeeze", "SqueezeBackward0")
squeeze_dim = _squeeze_row("squeeze_dim", "SqueezeBackward1")
squeeze_dims = _squeeze_row("squeeze_dims", "SqueezeBackward2")


def _expand_of_tensor(shape, strides, offset, new_shape):
    lead = len(new_shape) - len(shape)
    made = [0 if new_shape[lead + i] != n else strides[i] for i, n in enumerate(shape)]
    for i in range(lead - 1, -1, -1):  # new dimensions of size one have a stride too
        made.insert(0, new_shape[i + 1] * made[0] if made and new_shape[i] == 1 else 0)
    return new_shape, tuple(made), offset


EXPAND = Op(
    "expand",
    rule=lambda x, shape: (shape, x.dtype),
    eval=lambda x, /, shape: np.broadcast_to(x, shape),
    view=_expand_of_tensor,
    vjp=lambda g: g,  # the engine sums it to the input's shape
)


def expand(x, shape: tuple[int, ...]):
    """Dimensions of size one stretched without copying."""
    return x if tuple(x.shape) == tuple(shape) else EXPAND(x, tuple(shape))


def _as_strided_eval(x, /, shape, strides, offset):
    flat = np.ascontiguousarray(x).reshape(-1)
    step = flat.itemsize
    if numel(shape) == 0:
        return np.empty(shape, flat.dtype)
    if offset + extent(shape, strides) > flat.size or offset < 0:
        raise RuntimeError("as_strided: the view lies outside its storage")
    return read_through(flat[offset:], shape, tuple([s * step for s in strides]))


# Reads flat memory (any value, taken row-major) through a layout.
AS_STRIDED = Op(
    "read_strided",
    rule=lambda base, shape, strides, offset: (shape, base.dtype),
    eval=_as_strided_eval,
    names=("base",),
    attrs=("shape", "strides", "offset"),
    vjp=lambda g, base_shape, shape, strides, offset: reshape(
        ACCUMULATE_STRIDED(g, numel(base_shape), strides, offset), base_shape
    ),
)


def _accumulate_strided_eval(x, /, span, strides, offset):
    flat = np.zeros(span, x.dtype)
    places = np.zeros((1,) * x.ndim, np.int64) + offset
    for d, (n, s) in enumerate(zip(x.shape, strides)):
        places = places + (np.arange(n) * s).reshape((-1,) + (1,) * (x.ndim - d - 1))
    np.add.at(flat, places.reshape(-1), x.reshape(-1))
    return flat


# The adjoint of AS_STRIDED: elements added up where they lie in flat memory of `span` elements.
ACCUMULATE_STRIDED = Op(
    "accumulate_strided",
    rule=lambda x, span, strides, offset: ((span,), x.dtype),
    eval=_accumulate_strided_eval,
    vjp=lambda g, x_shape, strides, offset: AS_STRIDED(g, x_shape, strides, offset),
)


def _strided_write(base, source, shape, strides, offset):
    flat = base.reshape(-1)
    step = flat.itemsize
    if numel(shape):
        if offset < 0 or offset + extent(shape, strides) > flat.size:
            raise RuntimeError("as_strided: the view lies outside its storage")
        window = as_strided_array(flat[offset:], shape, tuple(s * step for s in strides))
        np.copyto(window, source)
    return base


# The storage with one view of it replaced: how every write through an alias is recorded.
STRIDED_SCATTER = Op(
    "write_strided",
    rule=lambda base, source, shape, strides, offset: (base.shape, base.dtype),
    eval=lambda base, source, shape, strides, offset: _strided_write(
        np.array(base, order="C"), source, shape, strides, offset
    ),
    eval_into=_strided_write,
    donate=(0,),
    names=("base", "source"),
    attrs=("shape", "strides", "offset"),
    vjp=(
        lambda g, shape, strides, offset: STRIDED_SCATTER(
            g, zeros(shape, g.dtype), shape, strides, offset
        ),
        lambda g, shape, strides, offset: AS_STRIDED(g, shape, strides, offset),
    ),
)


def _full_eval(value, /, shape):
    return np.broadcast_to(np.asarray(value), shape)


# A constant spread over a shape; computed as a read-only view of one element.
FULL = Op("full", rule=lambda value, shape: (shape, value.dtype), eval=_full_eval)


def full(shape: tuple[int, ...], number: object, kind: dtype) -> Value:
    """A value of the given shape whose elements are all one number."""
    return record(FULL, (constant(number, kind),), (tuple(shape),))


def zeros(shape: tuple[int, ...], kind: dtype) -> Value:
    """A value of zeros."""
    return full(shape, 0, kind)


def spread(x, span: int, shape, strides, offset):
    """`x` laid into flat zeros of `span` elements, added up where the layout overlaps."""
    if overlaps(shape, strides):
        return ACCUMULATE_STRIDED(x, span, tuple(strides), offset)
    return STRIDED_SCATTER(zeros((span,), x.dtype), x, tuple(shape), tuple(strides), offset)


__all__ = ["contiguous_strides", "expand", "permute", "reshape", "transpose", "view"]
