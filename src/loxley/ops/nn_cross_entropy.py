"""Cross entropy with class indices, log-softmax and likelihood in one; and `nll_loss`.

Logits are walked once in blocks that stay in the cache; only the logarithm of each row's sum is
kept, so that the forward makes no copy of the logits and the backward makes one: the gradient.
Classes lie along dimension 1 (dimension 0 for a single sample), targets have the other dimensions.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import prod

import numpy as np

from .. import dtypes as dt
from ..ir.graph import Op, Value
from ..numerics.blocks import block_length, chunks, row_chunks
from .elementwise import exp
from .movement import expand, view
from .nn_softmax import log_softmax
from .reduce import sum as sum_op
from .reduce import sum_all, wide

NONE, MEAN, SUM = 0, 1, 2


def split(shape: tuple[int, ...]) -> tuple[int, int, int]:
    """(N, C, *) as (N, C, D); a single sample (C,) as (1, C, 1)."""
    if len(shape) == 1:
        return 1, shape[0], 1
    return shape[0], shape[1], prod(shape[2:])


def _blocks(n: int, c: int, d: int, kind: np.dtype) -> Iterator[tuple]:
    """(index into (N, C, D), index into (N, D)) of blocks of two dimensions."""
    if d == 1:
        for rows in row_chunks(n, c, kind):
            yield (rows, slice(None), 0), (rows, 0)
        return
    size = max(1, block_length(kind) // max(c, 1))
    for i in range(n):
        for columns in chunks(d, size):
            yield (i, slice(None), columns), (i, columns)


def _picked(block: np.ndarray, targets: np.ndarray, axis: int) -> tuple:
    """The index of every row's target in a block whose classes lie along `axis`."""
    rows = np.arange(len(targets))
    return (rows, targets) if axis else (targets, rows)


class _Targets:
    """Targets as (N, D): which count, and with which weight."""

    def __init__(self, target, weight, ignore: int, shape: tuple, kind: np.dtype) -> None:
        n, self.classes, d = split(shape)
        places = target.reshape(n, d).astype(np.int64, copy=False)
        counted = places != ignore
        if self.classes:
            places = np.where(counted, places, 0)
        self.places, self.counted = places, counted
        if weight is None:
            self.weights = counted.astype(kind)
        else:
            self.weights = np.where(counted, wide(weight)[places], 0).astype(kind)


def _reduced(losses, weights, reduction: int, shape: tuple) -> tuple:
    """The loss and the total weight that a mean divides by."""
    total = weights.sum(dtype=np.float64)
    if reduction == NONE:
        return losses.reshape(shape), np.asarray(total)
    value = losses.sum(dtype=np.float64)
    return np.asarray(value / total if reduction == MEAN else value), np.asarray(total)


def _eval(x, target, weight, /, ignore, reduction, smoothing):
    n, c, d = split(x.shape)
    logits = wide(x).reshape(n, c, d)
    kind = logits.dtype
    t = _Targets(target, weight, ignore, x.shape, kind)
    scale = None if weight is None else wide(weight).astype(kind)
    losses, logsum = np.zeros((n, d), kind), np.empty((n, d), kind)
    axis = 1 if d == 1 else 0
    for block, rows in _blocks(n, c, d, kind):
        part = logits[block]
        top = np.max(part, axis=axis, keepdims=True)
        shifted = part - np.where(np.isfinite(top), top, kind.type(0))
        at = _picked(part, t.places[rows], axis)
        chosen = shifted[at]
        if smoothing:
            spread = _class_sum(shifted, scale, axis)
        np.exp(shifted, out=shifted)
        log_total = np.log(np.sum(shifted, axis=axis))
        logsum[rows] = log_total + top.reshape(-1)
        loss = (log_total - chosen) * t.weights[rows]
        if smoothing:
            share = c if scale is None else scale.sum()
            uniform = np.where(t.counted[rows], share * log_total - spread, 0)
            loss = loss * kind.type(1 - smoothing) + uniform * kind.type(smoothing / c)
        losses[rows] = np.where(t.counted[rows], loss, 0)
    loss, total = _reduced(losses, t.weights, reduction, target.shape)
    return loss, logsum.reshape(target.shape), total


def _class_sum(block, scale, axis: int):
    """The (weighted) sum over classes."""
    if scale is None:
        scale = np.ones(block.shape[axis], block.dtype)
    return block @ scale if axis else scale @ block


def _backward_eval(g, x, target, weight, logsum, total, /, ignore, reduction, smoothing):
    n, c, d = split(x.shape)
    logits = wide(x).reshape(n, c, d)
    kind = logits.dtype
    t = _Targets(target, weight, ignore, x.shape, kind)
    g = wide(g).astype(kind)
    factor = g / kind.type(total) if reduction == MEAN else g
    factor = np.broadcast_to(factor.reshape(n, d) if reduction == NONE else factor, (n, d))
    hit = factor * t.weights * kind.type(1 - smoothing)  # what the target's class loses
    flat = factor * t.counted * kind.type(smoothing / max(c, 1))  # what every class loses
    scale = np.ones(c, kind) if weight is None else wide(weight).astype(kind)
    whole = hit + flat * scale.sum() if smoothing else hit
    logsum = wide(logsum).reshape(n, d)
    out = np.empty(x.shape, kind)
    target_array = out.reshape(n, c, d)
    axis = 1 if d == 1 else 0
    for block, rows in _blocks(n, c, d, kind):
        made = target_array[block]
        across = (slice(None), None) if axis else (None, slice(None))
        np.subtract(logits[block], logsum[rows][across], out=made)
        np.exp(made, out=made)
        made *= whole[rows][across]
        if smoothing:
            made -= np.outer(flat[rows], scale) if axis else np.outer(scale, flat[rows])
        made[_picked(made, t.places[rows], axis)] -= hit[rows]
        if not t.counted[rows].all():  # also where a logit is infinite
            gone = ~t.counted[rows]
            made[gone if axis else (slice(None), gone)] = 0
    return out


def _rule(x, target, weight, ignore, reduction, smoothing):
    shape = target.shape if reduction == NONE else ()
    return [(shape, x.dtype), (target.shape, _stats(x.dtype)), ((), _stats(x.dtype))]


def _stats(kind: dt.dtype) -> dt.dtype:
    return dt.float32 if kind in (dt.float16, dt.bfloat16) else kind


def _grad_name(attrs, metas):
    return "AddBackward0" if attrs[2] else _nll_name(attrs, metas)


def _nll_name(attrs, metas):
    rank = len(metas[0][0])
    if attrs[1] == NONE and rank not in (1, 2, 4):
        return "ViewBackward0"
    return "NllLoss2DBackward0" if rank > 2 else "NllLossBackward0"


def _vjp(g, x, target, weight, out1, out2, ignore, reduction, smoothing):
    if type(g[0]) is Value:
        made = cross_entropy_backward(
            g[0], x, target, weight, out1, out2, ignore, reduction, smoothing
        )
        return made, None, None
    return _composed(g[0], x, target, weight, ignore, reduction, smoothing), None, None


def _composed(g, x, target, weight, ignore, reduction, smoothing):
    """The gradient of differentiable operators: `factors` says what each class loses."""
    dim = min(len(x.shape) - 1, 1)
    factors = class_factors(target, weight, x.shape, x.dtype, ignore, reduction, smoothing)
    if reduction == NONE:
        g = view(g, (*target.shape[:dim], 1, *target.shape[dim:]))
    y = log_softmax(x, dim)
    weighted = expand(g, x.shape) * factors
    return exp(y) * sum_op(weighted, (dim,), True, x.dtype) - weighted


def _factors_eval(target, weight, /, shape, kind, ignore, reduction, smoothing):
    n, c, d = split(shape)
    t = _Targets(target, weight, ignore, shape, kind.numpy)
    scale = np.ones(c) if weight is None else wide(weight)
    made = np.zeros((n, c, d), np.float64)
    made += smoothing / c * scale[:, None] * t.counted[:, None]
    np.put_along_axis(
        made,
        t.places[:, None],
        np.take_along_axis(made, t.places[:, None], 1) + (1 - smoothing) * t.weights[:, None],
        1,
    )
    if reduction == MEAN:
        made /= t.weights.sum(dtype=np.float64)
    return made.reshape(shape)


# The (smoothed, weighted) distribution that the targets stand for.
class_factors = Op(
    "class_factors",
    rule=lambda target, weight, shape, kind, ignore, reduction, smoothing: (tuple(shape), kind),
    eval=_factors_eval,
)
cross_entropy_backward = Op(
    "cross_entropy_backward",
    rule=lambda g, x, target, weight, logsum, total, ignore, reduction, smoothing: (
        x.shape,
        x.dtype,
    ),
    eval=_backward_eval,
)
# logits (N, C, *), target (N, *), weight (C,) or None -> (loss, log of sums (N, *), total weight)
cross_entropy = Op(
    "cross_entropy_loss",
    rule=_rule,
    eval=_eval,
    vjp=_vjp,
    outputs=3,
    undefined_grads=True,
    grad_name=_grad_name,
)


# ---------------------------------------------------------------- nll_loss of log-probabilities


def _nll_eval(x, target, weight, /, ignore, reduction):
    n, c, d = split(x.shape)
    y = wide(x).reshape(n, c, d)
    t = _Targets(target, weight, ignore, x.shape, y.dtype)
    chosen = np.take_along_axis(y, t.places[:, None], 1)[:, 0] if c else np.zeros((n, d), y.dtype)
    losses = np.where(t.counted, -chosen * t.weights, 0)
    return _reduced(losses, t.weights, reduction, target.shape)


def _nll_rule(x, target, weight, ignore, reduction):
    shape = target.shape if reduction == NONE else ()
    return [(shape, x.dtype), ((), _stats(x.dtype))]


def _nll_backward_eval(g, target, weight, total, /, shape, ignore, reduction):
    n, c, d = split(shape)
    t = _Targets(target, weight, ignore, shape, wide(g).dtype)
    g = wide(g).reshape((n, d) if reduction == NONE else ())
    values = -g * t.weights
    if reduction == MEAN:
        values = values / values.dtype.type(total)
    values = np.where(t.counted, values, 0)
    made = np.zeros((n, c, d), values.dtype)
    np.put_along_axis(made, t.places[:, None], values[:, None], 1)
    return made.reshape(shape)


def _nll_backward_vjp(g, target, weight, total, shape, ignore, reduction):
    dim = min(len(shape) - 1, 1)
    factors = class_factors(target, weight, shape, g.dtype, ignore, reduction, 0.0)
    if reduction == NONE:
        return -sum_op(g * factors, (dim,), False, g.dtype)
    return -sum_all(g * factors, g.dtype)


nll_loss_backward = Op(
    "nll_loss_backward",
    rule=lambda g, target, weight, total, shape, ignore, reduction: (tuple(shape), g.dtype),
    eval=_nll_backward_eval,
    vjp=(_nll_backward_vjp, None, None, None),
)
# log-probabilities (N, C, *), target (N, *), weight (C,) or None -> (loss, total weight)
nll_loss = Op(
    "nll_loss",
    rule=_nll_rule,
    eval=_nll_eval,
    vjp=(
        lambda g, x_shape, target, weight, out1, ignore, reduction: nll_loss_backward(
            g[0], target, weight, out1, tuple(x_shape), ignore, reduction
        ),
        None,
        None,
    ),
    outputs=2,
    undefined_grads=True,
    grad_name=_nll_name,
)
