"""Losses that compare two tensors element by element, reduced in the same operator.

`pointwise_loss` takes the loss of one pair and its derivatives; the reduction (0 none, 1 mean,
2 sum) and the sharing out of the gradient are common to all.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ..ir.graph import Op
from ..shapes import numel
from .elementwise import sigmoid, where
from .family import elementwise, promote, wide
from .movement import expand

NONE, MEAN, SUM = 0, 1, 2


def reduced(loss: np.ndarray, reduction: int) -> np.ndarray:
    """The mean, the sum, or all of the losses."""
    if reduction == NONE:
        return loss
    return np.mean(loss) if reduction == MEAN else np.sum(loss)


def shared(g, shape: tuple[int, ...], reduction: int):
    """The gradient of every single loss."""
    shape = tuple(shape)
    if reduction == NONE:
        return g
    return expand(g / max(numel(shape), 1) if reduction == MEAN else g, shape)


def pointwise_loss(
    name: str,
    function: Callable,
    slopes: tuple[Callable | None, Callable | None],
    *,
    attrs: tuple[str, ...] = (),
    grad_name: str,
) -> Op:
    """A loss of `x` and `y` (of one shape); `slopes` are its derivatives in table operators."""

    def rule(x, y, reduction, *rest):
        return (x.shape if reduction == NONE else ()), x.dtype

    def compute(x, y, reduction, *rest):
        return reduced(function(wide(x), wide(y), *rest), reduction)

    def gradient(slope: Callable) -> Callable:
        def formula(g, x, y, attrs):
            return shared(g, x.shape, attrs[0]) * slope(x, y, *attrs[1:])

        return formula

    return Op(
        name,
        rule=rule,
        eval=compute,
        names=("x", "y"),
        attrs=("reduction", *attrs),
        vjp=tuple(None if slope is None else gradient(slope) for slope in slopes),
        prepare=promote,
        grad_name=grad_name,
    )


def _square(x, y):
    d = x - y
    return d * d


mse_loss = pointwise_loss(
    "mse_loss",
    _square,
    (lambda x, y: (x - y) * 2, lambda x, y: (y - x) * 2),
    grad_name="MseLossBackward0",
)


def _smooth(x, y, beta):
    d = np.abs(x - y)
    return np.where(d < beta, 0.5 * d * d / x.dtype.type(beta), d - x.dtype.type(0.5 * beta))


clipped = elementwise(
    "clipped_difference",
    lambda d, bound: np.clip(d, -d.dtype.type(bound), d.dtype.type(bound)),
    names=("x",),
    attrs=("bound",),
    vjp=lambda g, x, bound: _within(g, x, bound),
)
_within = elementwise(
    "within_bound",
    lambda dy, x, bound: np.where(np.abs(x) < x.dtype.type(bound), dy, 0),
    names=("dy", "x"),
    attrs=("bound",),
    vjp=(lambda g, x, bound: _within(g, x, bound), None),
)
smooth_l1_loss = pointwise_loss(
    "smooth_l1_loss",
    _smooth,
    (
        lambda x, y, beta: clipped(x - y, beta) / beta,
        lambda x, y, beta: clipped(y - x, beta) / beta,
    ),
    attrs=("beta",),
    grad_name="SmoothL1LossBackward0",
)


def _huber(x, y, delta):
    d = np.abs(x - y)
    step = x.dtype.type(delta)
    return np.where(d <= delta, 0.5 * d * d, step * (d - step / 2))


huber_loss = pointwise_loss(
    "huber_loss",
    _huber,
    (lambda x, y, delta: clipped(x - y, delta), lambda x, y, delta: clipped(y - x, delta)),
    attrs=("delta",),
    grad_name="HuberLossBackward0",
)


def _soft_margin(x, y):
    return np.log1p(np.exp(-y * x))


soft_margin_loss = pointwise_loss(
    "soft_margin_loss",
    _soft_margin,
    (lambda x, y: -y * sigmoid(-(y * x)), None),
    grad_name="SoftMarginLossBackward0",
)


def _bce_eval(x, y, weight, /, reduction):
    x, y = wide(x), wide(y)
    loss = (y - 1) * np.maximum(np.log1p(-x), -100) - y * np.maximum(np.log(x), -100)
    if weight is not None:
        loss = loss * wide(weight)
    return reduced(loss, reduction)


def _bce_shares(g, x, weight, reduction):
    g = shared(g, x.shape, reduction)
    return g if weight is None else g * weight


_floor = elementwise(
    "floored",
    lambda x, bound: np.maximum(x, x.dtype.type(bound)),
    names=("x",),
    attrs=("bound",),
    vjp=lambda g, x, bound: where(_below(x, bound), 0.0, g),
)
_below = elementwise(
    "below", lambda x, bound: x < bound, names=("x",), attrs=("bound",), result="bool"
)
_log_ratio = elementwise(
    "bce_target_slope",
    lambda x: np.maximum(np.log1p(-x), -100) - np.maximum(np.log(x), -100),
    names=("x",),
    vjp=lambda g, x: -(g / _floor(x * (1 - x), 1e-12)),
)
binary_cross_entropy = Op(
    "binary_cross_entropy",
    rule=lambda x, y, weight, reduction: (x.shape if reduction == NONE else (), x.dtype),
    eval=_bce_eval,
    vjp=(
        lambda g, x, y, weight, reduction: (
            _bce_shares(g, x, weight, reduction) * (x - y) / _floor(x * (1 - x), 1e-12)
        ),
        lambda g, x, weight, reduction: _bce_shares(g, x, weight, reduction) * _log_ratio(x),
        None,
    ),
)


def _logits_eval(x, y, weight, pos_weight, /, reduction):
    x, y = wide(x), wide(y)
    softplus = np.logaddexp(0, -np.abs(x)) + np.maximum(-x, 0)  # log(1 + exp(-x))
    if pos_weight is None:
        loss = (1 - y) * x + softplus
    else:
        loss = (1 - y) * x + ((wide(pos_weight) - 1) * y + 1) * softplus
    if weight is not None:
        loss = loss * wide(weight)
    return reduced(loss, reduction)


def _logits_slope(x, y, pos_weight):
    if pos_weight is None:
        return sigmoid(x) - y
    factor = (pos_weight - 1) * y + 1
    return (1 - y) - factor * sigmoid(-x)


_softplus_negative = elementwise(
    "softplus_negative",
    lambda x: np.logaddexp(0, -x),
    names=("x",),
    vjp=lambda g, x: -(g * sigmoid(-x)),
)


def _logits_target_slope(x, pos_weight):
    if pos_weight is None:
        return -x
    return (pos_weight - 1) * _softplus_negative(x) - x


binary_cross_entropy_with_logits = Op(
    "binary_cross_entropy_with_logits",
    rule=lambda x, y, weight, pos_weight, reduction: (
        x.shape if reduction == NONE else (),
        x.dtype,
    ),
    eval=_logits_eval,
    vjp=(
        lambda g, x, y, weight, pos_weight, reduction: (
            _bce_shares(g, x, weight, reduction) * _logits_slope(x, y, pos_weight)
        ),
        lambda g, x, weight, pos_weight, reduction: (
            _bce_shares(g, x, weight, reduction) * _logits_target_slope(x, pos_weight)
        ),
        None,
        None,
    ),
)


def _multi_margin_eval(x, y, weight, /, p, margin, reduction):
    x = wide(x)
    rows = x.reshape(1, -1) if x.ndim <= 1 else x
    labels = y.reshape(-1)
    at = np.arange(len(rows))
    gap = np.maximum(x.dtype.type(margin) - rows[at, labels][:, None] + rows, 0)
    loss = gap if p == 1 else gap * gap
    if weight is not None:
        loss = loss * weight[labels][:, None]
    loss = loss.copy()
    loss[at, labels] = 0
    made = loss.sum(1) / x.dtype.type(rows.shape[1])
    return reduced(made.reshape(y.shape) if reduction == NONE else made, reduction)


def _multi_margin_backward(dy, x, y, weight, /, p, margin, reduction):
    x = wide(x)
    rows = x.reshape(1, -1) if x.ndim <= 1 else x
    labels = y.reshape(-1)
    at = np.arange(len(rows))
    gap = np.maximum(x.dtype.type(margin) - rows[at, labels][:, None] + rows, 0)
    slope = (gap > 0).astype(x.dtype) if p == 1 else 2 * gap
    if weight is not None:
        slope = slope * weight[labels][:, None]
    slope[at, labels] = 0
    slope /= x.dtype.type(rows.shape[1])
    slope[at, labels] = -slope.sum(1)
    g = wide(dy).reshape(-1, 1)
    if reduction == MEAN:
        g = g / len(rows)
    return (slope * g).reshape(x.shape)


_multi_margin_grad = Op(
    "multi_margin_loss_backward",
    rule=lambda dy, x, y, weight, p, margin, reduction: (x.shape, x.dtype),
    eval=_multi_margin_backward,
)
multi_margin_loss = Op(
    "multi_margin_loss",
    rule=lambda x, y, weight, p, margin, reduction: (
        y.shape if reduction == NONE else (),
        x.dtype,
    ),
    eval=_multi_margin_eval,
    vjp=(
        lambda g, x, y, weight, p, margin, reduction: _multi_margin_grad(
            g, x, y, weight, p, margin, reduction
        ),
        None,
        None,
    ),
)


def _multilabel_parts(x, y):
    """Per row: which classes are targets (up to the first -1), and the others."""
    rows = wide(x).reshape(1, -1) if x.ndim <= 1 else wide(x)
    labels = y.reshape(rows.shape)
    valid = np.cumsum(labels < 0, axis=1) == 0
    is_target = np.zeros(rows.shape, np.bool_)
    for i, (line, keep) in enumerate(zip(labels, valid)):
        is_target[i, line[keep]] = True
    return rows, labels, valid, is_target


def _multilabel_eval(x, y, /, reduction):
    rows, labels, valid, is_target = _multilabel_parts(x, y)
    made = np.zeros(len(rows), rows.dtype)
    for i in range(len(rows)):
        targets = rows[i, labels[i, valid[i]]]
        gap = 1 - targets[:, None] + rows[i, ~is_target[i]][None, :]
        made[i] = np.maximum(gap, 0).sum() / rows.shape[1]
    return reduced(made.reshape(x.shape[:-1]) if reduction == NONE else made, reduction)


def _multilabel_backward(dy, x, y, /, reduction):
    rows, labels, valid, is_target = _multilabel_parts(x, y)
    made = np.zeros(rows.shape, rows.dtype)
    for i in range(len(rows)):
        places = labels[i, valid[i]]
        gap = 1 - rows[i, places][:, None] + rows[i, ~is_target[i]][None, :]
        hit = (gap > 0) / rows.dtype.type(rows.shape[1])
        np.add.at(made[i], places, -hit.sum(1))
        made[i, ~is_target[i]] += hit.sum(0)
    g = wide(dy).reshape(-1, 1)
    if reduction == MEAN:
        g = g / len(rows)
    return (made * g).reshape(x.shape)


_multilabel_grad = Op(
    "multilabel_margin_loss_backward",
    rule=lambda dy, x, y, reduction: (x.shape, x.dtype),
    eval=_multilabel_backward,
)
multilabel_margin_loss = Op(
    "multilabel_margin_loss",
    rule=lambda x, y, reduction: (x.shape[:-1] if reduction == NONE else (), x.dtype),
    eval=_multilabel_eval,
    vjp=(lambda g, x, y, reduction: _multilabel_grad(g, x, y, reduction), None),
)
