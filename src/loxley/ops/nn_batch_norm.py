"""Batch normalization of (N, C, *): statistics per channel, one fused forward and backward.

Arrays are walked as rows: (N C, D) with one number per row where the D = prod(*) elements of a
channel lie together, or (N, C D) with one number per column where D is small.
"""

from __future__ import annotations

from math import prod

import numpy as np

from ..ir.graph import Op, Value
from ..numerics.blocks import borrowed, row_chunks
from .nn_norm import _affine_rule, _per_channel, _stat_type, _with_affine, composed_grad
from .reduce import wide

_FEW = 64  # elements of a channel below which columns are faster than rows


class _Walk:
    """How an array of shape (N, C, *) is walked: as which matrix, with which vectors."""

    def __init__(self, shape: tuple[int, ...], kind: np.dtype) -> None:
        self.samples, self.channels = shape[:2]
        self.depth = prod(shape[2:])
        self.kind = kind
        self.by_column = self.depth < _FEW
        self.rows = self.samples if self.by_column else self.samples * self.channels
        self.width = self.channels * self.depth if self.by_column else self.depth

    def matrix(self, x: np.ndarray) -> np.ndarray:
        return x.reshape(self.rows, self.width)

    def chunks(self):
        return row_chunks(self.rows, self.width, self.kind)

    def block(self) -> int:
        """Elements of the largest chunk."""
        return next(self.chunks(), slice(0, 0)).stop * self.width

    def spread(self, per_channel: np.ndarray) -> np.ndarray:
        """One number per channel as a matrix that broadcasts over all rows."""
        if self.by_column:
            return np.repeat(per_channel, self.depth)[None, :]
        return np.tile(per_channel, self.samples)[:, None]

    def pick(self, vector: np.ndarray, rows: slice) -> np.ndarray:
        return vector if self.by_column else vector[rows]

    def totals(self) -> np.ndarray:
        """An accumulator for `add_sums`."""
        return np.zeros(self.width if self.by_column else self.rows, np.float64)

    def add_sums(self, total: np.ndarray, piece: np.ndarray, rows: slice) -> None:
        if self.by_column:
            total += np.ones(len(piece), self.kind) @ piece
        else:
            total[rows] = piece @ np.ones(self.width, self.kind)

    def add_products(self, total, a: np.ndarray, b: np.ndarray, rows: slice) -> None:
        if self.by_column:
            total += np.einsum("ij,ij->j", a, b)
        else:
            total[rows] = np.vecdot(a, b)

    def channel_sums(self, total: np.ndarray) -> np.ndarray:
        """float64 sums per channel from an accumulator."""
        if self.by_column:
            return total.reshape(self.channels, self.depth).sum(1)
        return total.reshape(self.samples, self.channels).sum(0)


def _moments(x: np.ndarray, walk: _Walk) -> tuple[np.ndarray, np.ndarray]:
    """Mean and biased variance per channel in float64."""
    count = max(walk.samples * walk.depth, 1)
    total = walk.totals()
    for rows in walk.chunks():
        walk.add_sums(total, x[rows], rows)
    mean = walk.channel_sums(total) / count
    centre = walk.spread(mean.astype(walk.kind))
    squares = walk.totals()
    with borrowed(1, walk.block(), walk.kind) as (memory,):
        for rows in walk.chunks():
            piece = x[rows]
            work = memory[: piece.size].reshape(piece.shape)
            np.subtract(piece, walk.pick(centre, rows), out=work)
            walk.add_products(squares, work, work, rows)
    return mean, walk.channel_sums(squares) / count


def _eval(x, weight, bias, running_mean, running_var, /, training, eps):
    shape, stored = x.shape, x.dtype
    x = wide(x)
    kind = x.dtype
    walk = _Walk(shape, kind)
    flat = walk.matrix(x)
    if training:
        mean, var = _moments(flat, walk)
    else:
        mean, var = wide(running_mean).astype(np.float64), wide(running_var).astype(np.float64)
    rstd = 1 / np.sqrt(var + eps)
    if training:  # used as they are saved
        saved = stored if weight is None else weight.dtype
        mean, rstd = (v.astype(saved).astype(np.float64) for v in (mean, rstd))
    scale = rstd if weight is None else rstd * wide(weight)
    shift = -mean * scale if bias is None else wide(bias) - mean * scale
    scale, shift = walk.spread(scale.astype(kind)), walk.spread(shift.astype(kind))
    out = np.empty(shape, kind)
    target = walk.matrix(out)
    for rows in walk.chunks():
        made = np.multiply(flat[rows], walk.pick(scale, rows), out=target[rows])
        made += walk.pick(shift, rows)
    return out, mean, rstd, var


def _backward_eval(dy, x, mean, rstd, weight, /, training, needs):
    shape = x.shape
    dy, x = wide(dy), wide(x)
    kind = x.dtype
    walk = _Walk(shape, kind)
    dy, x = walk.matrix(dy), walk.matrix(x)
    mean, rstd = wide(mean).astype(np.float64), wide(rstd).astype(np.float64)
    w = 1.0 if weight is None else wide(weight)
    centre = walk.spread(mean.astype(kind))
    total, along = _gradient_sums(dy, x, centre, walk)
    dw, db = along * rstd, total
    if not needs[0]:
        return np.empty(shape, kind), dw, db
    scale = rstd * w
    dx = np.empty(shape, kind)
    if training:
        count = max(walk.samples * walk.depth, 1)
        slope, shift = -scale * rstd**2 * along / count, -scale * total / count
        parts = (walk.spread(v.astype(kind)) for v in (scale, slope, shift))
        _combine(dy, x, walk.matrix(dx), walk, centre, *parts)
    else:
        factor, target = walk.spread(np.asarray(scale, kind)), walk.matrix(dx)
        for rows in walk.chunks():
            np.multiply(dy[rows], walk.pick(factor, rows), out=target[rows])
    return dx, dw, db


def _gradient_sums(dy, x, centre, walk: _Walk) -> tuple[np.ndarray, np.ndarray]:
    """Per channel: the sum of dy, and of dy (x - mean)."""
    total, along = walk.totals(), walk.totals()
    with borrowed(1, walk.block(), walk.kind) as (memory,):
        for rows in walk.chunks():
            piece = dy[rows]
            work = memory[: piece.size].reshape(piece.shape)
            np.subtract(x[rows], walk.pick(centre, rows), out=work)
            walk.add_products(along, piece, work, rows)
            walk.add_sums(total, piece, rows)
    return walk.channel_sums(total), walk.channel_sums(along)


def _combine(dy, x, out, walk: _Walk, centre, scale, slope, shift) -> None:
    """out = dy scale + (x - mean) slope + shift."""
    with borrowed(1, walk.block(), walk.kind) as (memory,):
        for rows in walk.chunks():
            made = out[rows]
            work = memory[: made.size].reshape(made.shape)
            np.subtract(x[rows], walk.pick(centre, rows), out=work)
            work *= walk.pick(slope, rows)
            np.multiply(dy[rows], walk.pick(scale, rows), out=made)
            work += walk.pick(shift, rows)
            made += work


def _rule(x, weight, bias, running_mean, running_var, training, eps):
    kind = _stat_type(x, weight)
    return [(x.shape, x.dtype)] + [(x.shape[1:2], kind)] * 3


def _vjp(g, x, weight, out1, out2, training, eps, needs):
    dy = g[0]
    if dy is None:  # only the statistics were used, which have no gradient
        return (None,) * 3
    if type(dy) is Value:
        grads = batch_norm_backward(dy, x, out1, out2, weight, training, tuple(needs[:3]))
        return tuple(d if need else None for d, need in zip(grads, needs))
    rank = len(x.shape)
    h = dy if weight is None else dy * _per_channel(weight, rank)
    if training:
        dx, unit = composed_grad(h, x, (0, *range(2, rank)), eps)
    else:
        rstd = _per_channel(out2, rank)
        dx, unit = h * rstd, (x - _per_channel(out1, rank)) * rstd
    return _with_affine(dy, dx, unit, needs)


batch_norm_backward = Op(
    "native_batch_norm_backward",
    rule=lambda dy, x, mean, rstd, weight, training, needs: _affine_rule(x, weight),
    eval=_backward_eval,
    outputs=3,
)


def _forward_row(name: str, grad_name: str) -> Op:
    """(N, C, *), weight and bias (C,) or None, running statistics (C,) in evaluation
    -> (y, mean (C,), 1 / deviation (C,), biased variance (C,))"""
    return Op(
        name,
        rule=_rule,
        eval=_eval,
        vjp=_vjp,
        outputs=4,
        undefined_grads=True,
        grad_name=grad_name,
    )


batch_norm = _forward_row("native_batch_norm", "NativeBatchNormBackward0")
# The same under the names that PyTorch's other entries give their grad nodes.
batch_norm_legit = _forward_row("native_batch_norm_legit", "NativeBatchNormLegitBackward0")
batch_norm_no_stats = _forward_row("native_batch_norm_no_stats", "NativeBatchNormLegitBackward1")
batch_norm_with_update = _forward_row("batch_norm_with_update", "BatchNormWithUpdateBackward0")
