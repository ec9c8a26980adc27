"""Root-mean-square normalization: x / sqrt(mean(x^2) + eps), times a weight.

PyTorch composes it of elementwise operators; here it is one, with the outermost one's grad name.
Source: Zhang and Sennrich 2019 (arXiv:1910.07467).
"""

from __future__ import annotations

from math import prod

import numpy as np

from .. import dtypes as dt
from ..ir.graph import Op, Value
from ..numerics.blocks import borrowed, row_chunks
from .reduce import mean as mean_op
from .reduce import sum as sum_op
from .reduce import wide


def _rows(x: np.ndarray, axes: int) -> tuple[int, int]:
    inner = prod(x.shape[x.ndim - axes :])
    return prod(x.shape[: x.ndim - axes]), inner


def _eval(x, weight, /, axes, eps):
    shape = x.shape
    rows, width = _rows(x, axes)
    x = wide(x).reshape(rows, width)
    weight = None if weight is None else wide(weight).reshape(width)
    out = np.empty(shape, x.dtype)
    flat, rstd = out.reshape(rows, width), np.empty((rows, 1), x.dtype)
    for piece in row_chunks(rows, width, x.dtype):
        part, made = x[piece], flat[piece]
        square = np.vecdot(part, part) / x.dtype.type(max(width, 1))
        rstd[piece, 0] = 1 / np.sqrt(square + x.dtype.type(eps))
        np.multiply(part, rstd[piece], out=made)
        if weight is not None:
            made *= weight
    return out, rstd.reshape(shape[: len(shape) - axes] + (1,) * axes)


def _backward_eval(dy, x, weight, rstd, /, axes, needs):
    shape, inner = x.shape, x.shape[x.ndim - axes :]
    rows, width = _rows(x, axes)
    dy, x, rstd = wide(dy).reshape(rows, width), wide(x).reshape(rows, width), rstd.reshape(-1, 1)
    weight = None if weight is None else wide(weight).reshape(width)
    kind = x.dtype
    dx = np.empty(shape if needs[0] else (0, width), kind)
    flat, dw = dx.reshape(-1, width), np.zeros(width, kind)
    size = next(row_chunks(rows, width, kind), slice(0, 0)).stop * width
    with borrowed(2, size, kind) as memory:
        for piece in row_chunks(rows, width, kind):
            count = piece.stop - piece.start
            unit, work = (m[: count * width].reshape(count, width) for m in memory)
            np.multiply(x[piece], rstd[piece], out=unit)
            if needs[1]:
                np.multiply(dy[piece], unit, out=work)
                dw += np.ones(count, kind) @ work
            if needs[0]:
                h = dy[piece] if weight is None else np.multiply(dy[piece], weight, out=work)
                unit *= (np.vecdot(h, unit) / kind.type(width))[:, None]
                made = np.subtract(h, unit, out=flat[piece])
                made *= rstd[piece]
    return dx if needs[0] else np.empty(shape, kind), dw.reshape(inner)


def at_least_float32(kind: dt.dtype) -> dt.dtype:
    """The type in which statistics of 16-bit floats are kept."""
    return dt.float32 if kind in (dt.float16, dt.bfloat16) else kind


def _vjp(g, x, weight, out1, axes, eps, needs):
    dy = g[0]
    if dy is None:
        return None, None
    if type(dy) is Value:
        grads = rms_norm_backward(dy, x, weight, out1, axes, tuple(needs))
        return tuple(d if need else None for d, need in zip(grads, needs))
    n, kind = len(x.shape), x.dtype
    inner, outer = tuple(range(n - axes, n)), tuple(range(n - axes))
    rstd = (mean_op(x * x, inner, True, kind) + eps) ** -0.5
    unit = x * rstd
    h = dy if weight is None else dy * weight
    dx = (h - unit * mean_op(h * unit, inner, True, kind)) * rstd if needs[0] else None
    return dx, sum_op(dy * unit, outer, False, kind) if needs[1] else None


rms_norm_backward = Op(
    "rms_norm_backward",
    rule=lambda dy, x, weight, rstd, axes, needs: [
        (x.shape, x.dtype),
        (x.shape[len(x.shape) - axes :], x.dtype if weight is None else weight.dtype),
    ],
    eval=_backward_eval,
    outputs=2,
)
# (*, inner of `axes` dimensions), weight of the inner shape or None -> (y, 1 / rms)
rms_norm = Op(
    "rms_norm",
    rule=lambda x, weight, axes, eps: [
        (x.shape, x.dtype),
        (x.shape[: len(x.shape) - axes] + (1,) * axes, at_least_float32(x.dtype)),
    ],
    eval=_eval,
    vjp=_vjp,
    outputs=2,
    grad_name="MulBackward0",
    undefined_grads=True,
)
