"""softmax and log_softmax, in blocks of rows that stay in the cache."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ..ir.graph import Op
from ..numerics.blocks import borrowed, row_chunks
from ..numerics.rows import row_max, row_sum
from .movement import expand
from .reduce import sum as sum_op
from .reduce import wide


def by_rows(kernel: Callable, dim: int, *arrays: np.ndarray) -> np.ndarray:
    """`kernel(*rows, out)` over blocks of rows along `dim`; 16-bit floats widened."""
    first = arrays[0]
    if first.ndim == 0:
        return by_rows(kernel, 0, *(a.reshape(1) for a in arrays)).reshape(())
    turned = [wide(np.moveaxis(a, dim, -1)) for a in arrays]
    shape = turned[0].shape
    width = shape[-1]
    out = np.empty(shape, turned[0].dtype)
    if out.size == 0:
        return np.moveaxis(out, -1, dim)
    flat = [np.ascontiguousarray(a).reshape(-1, width) for a in turned]
    target = out.reshape(-1, width)
    for rows in row_chunks(len(target), width, target.dtype):
        kernel(*(a[rows] for a in flat), target[rows])
    return np.moveaxis(out, -1, dim)


def _softmax_rows(x, out):
    np.subtract(x, row_max(x), out=out)
    np.exp(out, out=out)
    out /= row_sum(out)


def _softmax_backward_rows(dy, y, out):
    np.subtract(dy, np.vecdot(dy, y)[:, None], out=out)
    out *= y


def _log_softmax_rows(x, out):
    np.subtract(x, row_max(x), out=out)
    with borrowed(1, out.size, out.dtype) as (memory,):
        powers = np.exp(out, out=memory.reshape(out.shape))
        out -= np.log(row_sum(powers))


def _log_softmax_backward_rows(dy, y, out):
    np.exp(y, out=out)
    out *= -row_sum(dy)
    out += dy


def _row_sum(x, dim):
    return expand(sum_op(x, (dim,) if x.shape else (), True, x.dtype), x.shape)


def _softmax_backward_out(g, dy, y, dim):
    return g * (dy - _row_sum(dy * y, dim)) - dy * _row_sum(g * y, dim)


def _log_softmax_backward_out(g, dy, y, dim):
    return -(g * softmax_of_log(y) * _row_sum(dy, dim))


def _like_x(x, dim):
    return x.shape, x.dtype


softmax_backward = Op(
    "softmax_backward_data",
    rule=lambda dy, y, dim: (dy.shape, dy.dtype),
    eval=lambda dy, y, /, dim: by_rows(_softmax_backward_rows, dim, dy, y),
    vjp=(lambda g, y, dim: softmax_backward(g, y, dim), _softmax_backward_out),
)
softmax = Op(
    "softmax",
    rule=_like_x,
    eval=lambda x, /, dim: by_rows(_softmax_rows, dim, x),
    vjp=lambda g, out, dim: softmax_backward(g, out, dim),
)


def _safe_eval(x, /, dim):
    nothing = np.all(x == -np.inf, axis=dim, keepdims=True) if x.ndim else x == -np.inf
    return np.where(nothing, 0, by_rows(_softmax_rows, dim, x))


# Zeros in rows that hold nothing but -inf.
safe_softmax = Op(
    "safe_softmax",
    rule=_like_x,
    eval=_safe_eval,
    vjp=lambda g, out, dim: softmax_backward(g, out, dim),
)
softmax_of_log = Op(
    "exp_of_log_softmax",
    rule=lambda y: (y.shape, y.dtype),
    eval=lambda y, /: np.exp(wide(y)),
    vjp=lambda g, out: g * out,
)
log_softmax_backward = Op(
    "log_softmax_backward_data",
    rule=lambda dy, y, dim: (dy.shape, dy.dtype),
    eval=lambda dy, y, /, dim: by_rows(_log_softmax_backward_rows, dim, dy, y),
    vjp=(
        lambda g, y, dim: g - _row_sum(g * softmax_of_log(y), dim),
        _log_softmax_backward_out,
    ),
)
log_softmax = Op(
    "log_softmax",
    rule=_like_x,
    eval=lambda x, /, dim: by_rows(_log_softmax_rows, dim, x),
    vjp=lambda g, out, dim: log_softmax_backward(g, out, dim),
)
