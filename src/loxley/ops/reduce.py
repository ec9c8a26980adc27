"""Reductions over dimensions."""

from __future__ import annotations

import numpy as np

from .. import dtypes as dt
from ..ir.graph import Op
from ..shapes import reduced_shape
from .family import cast
from .movement import expand, view

_LOW = (dt.float16.numpy, dt.bfloat16.numpy)


def expand_reduced(g, shape: tuple[int, ...], dims: tuple[int, ...], keepdim: bool):
    """Spreads a reduction's gradient over the dimensions that were reduced."""
    if not keepdim and len(g.shape) != len(shape):
        g = view(g, reduced_shape(shape, dims, True))
    return expand(g, shape)


def _sum_eval(x, /, dims, keepdim, kind):
    wide = np.float32 if kind.numpy in _LOW else kind.numpy
    return np.sum(x, axis=dims, keepdims=keepdim, dtype=wide)


sum = Op(  # noqa: A001 - the operator's name
    "sum",
    rule=lambda x, dims, keepdim, kind: (reduced_shape(x.shape, dims, keepdim), kind),
    eval=_sum_eval,
    vjp=lambda g, x_shape, dims, keepdim: expand_reduced(g, x_shape, dims, keepdim),
)


def _sum_to_eval(x, /, shape):
    lead = x.ndim - len(shape)
    dims = tuple(i for i, n in enumerate(shape) if n == 1 and x.shape[lead + i] != 1)
    axes = tuple(range(lead)) + tuple(lead + d for d in dims)
    wide = np.float32 if x.dtype in _LOW else x.dtype
    return np.sum(x, axis=axes, dtype=wide).reshape(shape)


_SUM_TO = Op(
    "sum_to_size",
    rule=lambda x, shape: (shape, x.dtype),
    eval=_sum_to_eval,
    vjp=lambda g, x_shape: expand(g, x_shape),
    grad_name="SumBackward1",
)


def sum_to(g, shape: tuple[int, ...]):
    """Sums a broadcast result's gradient back to the shape that was broadcast."""
    return g if tuple(g.shape) == tuple(shape) else _SUM_TO(g, tuple(shape))


def accept_grad(g, shape: tuple[int, ...], kind: dt.dtype):
    """A gradient as the node that receives it must have it: its shape and dtype."""
    if tuple(g.shape) != shape:
        g = _SUM_TO(g, shape)
    if g.dtype is not kind:
        g = cast(g, kind)
    return g
