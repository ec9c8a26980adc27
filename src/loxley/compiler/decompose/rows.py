"""Softmax, normalizations and cross entropy: several passes over rows that fuse into one kernel."""

from __future__ import annotations

import math
from math import prod

from ..kinds import FLOATING
from ..nodes import (
    Layout,
    Node,
    constant,
    map_of,
    pick,
    places,
    reduce,
    to_kind,
    unary,
    view,
    widened,
)
from ..scalars import call, cast, number, where
from ..templates import moments
from .products import call as invoked
from .products import contiguous_memory
from .reductions import finite_or_zero
from .rules import rule


def _sum(x: Node, dims) -> Node:
    return reduce("add", x, dims)


def _mean(x: Node, dims) -> Node:
    count = prod(x.shape[d] for d in dims)
    return _sum(x, dims) * (1.0 / max(count, 1))


# ---------------------------------------------------------------- softmax


def _dims(x: Node, dim: int) -> tuple[int, ...]:
    return (dim,) if x.shape else ()


@rule("softmax")
def _softmax(inputs, attrs, metas):
    (x,), dims, kind = inputs, _dims(inputs[0], attrs[0]), metas[0][1]
    x = widened(x)
    powers = unary("exp", x - reduce("maximum", x, dims))
    return to_kind(powers * (1.0 / _sum(powers, dims)), kind)


@rule("softmax_backward_data")
def _softmax_backward(inputs, attrs, metas):
    dy, y = (widened(t) for t in inputs)
    along = _sum(dy * y, _dims(y, attrs[0]))
    return to_kind((dy - along) * y, metas[0][1])


@rule("log_softmax")
def _log_softmax(inputs, attrs, metas):
    (x,), dims, kind = inputs, _dims(inputs[0], attrs[0]), metas[0][1]
    x = widened(x)
    top = reduce("maximum", x, dims)
    logarithm = unary("log", _sum(unary("exp", x - top), dims))
    return to_kind(x - top - logarithm, kind)


@rule("log_softmax_backward_data")
def _log_softmax_backward(inputs, attrs, metas):
    dy, y = inputs
    total = _sum(widened(dy), _dims(y, attrs[0]))

    def gradient(g, v, total):  # one map: chances made apart would be kept from the forward on
        g, v = cast(g, total.kind), cast(v, total.kind)
        return g - call("exp", v) * total

    return to_kind(map_of(gradient, dy, y, total), metas[0][1])


# ---------------------------------------------------------------- normalizations


def _last(x: Node, axes: int) -> tuple[int, ...]:
    return tuple(range(len(x.shape) - axes, len(x.shape)))


def _rstd(variance: Node, eps: float) -> Node:
    return 1.0 / unary("sqrt", variance + eps)


def _affine(y: Node, weight: Node | None, bias: Node | None) -> Node:
    if weight is not None:
        y = y * widened(weight)
    return y if bias is None else y + widened(bias)


@rule("native_layer_norm")
def _layer_norm(inputs, attrs, metas):
    x, weight, bias = inputs
    axes, eps = attrs
    x = widened(x)
    dims = _last(x, axes)
    mean = _mean(x, dims)
    centred = x - mean
    rstd = _rstd(_mean(centred * centred, dims), eps)
    y = _affine(centred * rstd, weight, bias)
    return tuple(to_kind(view(n, shape), kind) for n, (shape, kind) in zip((y, mean, rstd), metas))


@rule("native_layer_norm_backward")
def _layer_norm_backward(inputs, attrs, metas):
    dy, x, mean, rstd, weight = (None if t is None else widened(t) for t in inputs)
    axes, needs = attrs
    inner = _last(x, axes)
    outer = tuple(range(len(x.shape) - axes))
    unit = (x - mean) * rstd
    h = dy if weight is None else dy * weight
    dx = (h - _mean(h, inner) - unit * _mean(h * unit, inner)) * rstd
    made = (dx, _sum(dy * unit, outer), _sum(dy, outer))
    return _needed(made, needs, metas)


def _needed(made, needs, metas):
    """The outputs that are asked for; nobody reads the others, which are left at zero."""
    return tuple(
        to_kind(view(node, shape), kind) if need else constant(0, kind, shape)
        for node, need, (shape, kind) in zip(made, needs, metas)
    )


@rule("rms_norm")
def _rms_norm(inputs, attrs, metas):
    x, weight = inputs
    axes, eps = attrs
    x = widened(x)
    rstd = _rstd(_mean(x * x, _last(x, axes)), eps)
    y = _affine(x * rstd, weight, None)
    return tuple(to_kind(view(n, shape), kind) for n, (shape, kind) in zip((y, rstd), metas))


@rule("rms_norm_backward")
def _rms_norm_backward(inputs, attrs, metas):
    dy, x, weight, rstd = (None if t is None else widened(t) for t in inputs)
    axes, needs = attrs
    unit = x * rstd
    h = dy if weight is None else dy * weight
    dx = (h - unit * _mean(h * unit, _last(x, axes))) * rstd
    dw = _sum(dy * unit, tuple(range(len(x.shape) - axes)))
    return _needed((dx, dw), needs, metas)


def _channel(x: Node, rank: int) -> Node:
    return view(x, (1, x.shape[0]) + (1,) * (rank - 2))


def _moments_over(x: Node, dims) -> tuple[Node, Node]:
    mean = _mean(x, dims)
    centred = x - mean
    return mean, _mean(centred * centred, dims)


def _long(x: Node) -> bool:
    """Whether the columns of a matrix are better read block by block than one after the other."""
    return len(x.shape) == 2 and x.shape[0] >= 256 and x.shape[1] >= 32


def _column_moments(x: Node) -> tuple[Node, Node]:
    rows, columns = x.shape
    slots: dict = {"rows": rows, "columns": columns, "scale": 1.0 / rows}
    slots |= {"x": "in0", "mean": "out0", "var": "out1"}

    def plan(*_layouts: Layout):
        return moments.template(x.kind), slots

    outputs = [((columns,), x.kind)] * 2
    mean, variance = invoked("moments", plan, (contiguous_memory(x),), outputs)
    return _channel(mean, 2), _channel(variance, 2)


@rule("native_batch_norm")
def _batch_norm(inputs, attrs, metas):
    x, weight, bias, running_mean, running_var = inputs
    training, eps = attrs
    x = widened(x)
    rank = len(x.shape)
    dims = (0, *range(2, rank))
    if training:
        mean, variance = _column_moments(x) if _long(x) else _moments_over(x, dims)
        centred = x - mean
    else:
        mean = _channel(widened(running_mean), rank)
        variance = _channel(widened(running_var), rank)
        centred = x - mean
    rstd = _rstd(variance, eps)
    weight, bias = (None if t is None else _channel(t, rank) for t in (weight, bias))
    y = _affine(centred * rstd, weight, bias)
    return tuple(
        to_kind(view(n, shape), kind) for n, (shape, kind) in zip((y, mean, rstd, variance), metas)
    )


@rule("native_batch_norm_backward")
def _batch_norm_backward(inputs, attrs, metas):
    dy, x, mean, rstd, weight = (None if t is None else widened(t) for t in inputs)
    training, needs = attrs
    rank = len(x.shape)
    dims = (0, *range(2, rank))
    mean, rstd = _channel(mean, rank), _channel(rstd, rank)
    centred = x - mean
    along, whole = _sum(dy * centred, dims), _sum(dy, dims)
    scale = rstd if weight is None else rstd * _channel(weight, rank)
    if training:
        count = 1.0 / max(x.size // max(x.shape[1], 1), 1)
        slope = along * rstd * rstd * count
        dx = (dy - whole * count - centred * slope) * scale
    else:
        dx = dy * scale
    return _needed((dx, along * rstd, whole), needs, metas)


# ---------------------------------------------------------------- cross entropy

_NONE, _MEAN = 0, 1


class _Classes:
    """Logits as (N, C, D), targets as (N, 1, D): which count, with which weight."""

    def __init__(self, x: Node, target: Node, weight: Node | None, ignore: int) -> None:
        shape = x.shape
        n, c = (1, shape[0]) if len(shape) == 1 else shape[:2]
        d = 1 if len(shape) == 1 else prod(shape[2:])
        self.stored = view(x, (n, c, d))
        self.x = widened(self.stored)
        kind = self.x.kind
        target = to_kind(view(target, (n, 1, d)), "i64")
        self.counted = map_of(lambda t: t != ignore, target)
        self.places = map_of(lambda t: where(t != ignore, t, number(0, "i64")), target)
        if weight is None:
            self.weights = to_kind(self.counted, kind)
        else:
            chosen = widened(pick(weight, self.places, 0, (None, None, None)))
            self.weights = self.masked(chosen)

    def shares(self, weight: Node | None) -> tuple[Node, Node]:
        """What each class counts (1, C, 1), and all of them together."""
        classes = self.x.shape[1]
        if weight is None:
            kind = self.x.kind
            return constant(1, kind, (1, classes, 1)), constant(classes, kind, (1, 1, 1))
        scale = view(widened(weight), (1, classes, 1))
        return scale, _sum(scale, (1,))

    def masked(self, x: Node) -> Node:
        """`x` where the target counts, else zero."""
        return map_of(lambda c, v: where(c, v, number(0, v.kind)), self.counted, x)


@rule("cross_entropy_loss")
def _cross_entropy(inputs, attrs, metas):
    x, target, weight = inputs
    ignore, reduction, smoothing = attrs
    if not x.size:
        return None
    t = _Classes(x, target, weight, ignore)
    top = finite_or_zero(reduce("maximum", t.x, (1,)))
    shifted = t.x - top
    logarithm = unary("log", _sum(unary("exp", shifted), (1,)))
    logsum = logarithm + top
    chosen = widened(pick(t.stored, t.places, 1, (0, None, 2)))
    losses = (logsum - chosen) * t.weights
    if smoothing:
        scale, share = t.shares(weight)
        uniform = logarithm * share - _sum(shifted * scale, (1,))
        losses = losses * (1 - smoothing) + uniform * (smoothing / t.x.shape[1])
    losses = t.masked(losses)
    loss, total = _reduced_losses(t, losses, reduction, (metas[0], metas[2]))
    shape, kind = metas[1]
    return loss, to_kind(view(logsum, shape), kind), total


def _reduced_losses(t: _Classes, losses: Node, reduction: int, metas) -> tuple[Node, ...]:
    """The loss and the sum of the weights, of the shapes and kinds in `metas`."""
    dims = (0, 2)
    sum_of_weights, loss = _sum(to_kind(t.weights, "f64"), dims), losses
    if reduction != _NONE:
        loss = _sum(to_kind(losses, "f64"), dims)
        if reduction == _MEAN:
            loss = loss / sum_of_weights
    made = (loss, sum_of_weights)
    return tuple(to_kind(view(n, shape), kind) for n, (shape, kind) in zip(made, metas))


def _factor(t: _Classes, g: Node, sum_of_weights: Node, reduction: int) -> Node:
    """The gradient of each loss, before it is weighted."""
    kind, (n, _, d) = t.x.kind, t.x.shape
    factor = to_kind(widened(g), kind)
    factor = view(factor, (n, 1, d) if reduction == _NONE else (1, 1, 1))
    if reduction == _MEAN:
        factor = factor / to_kind(view(sum_of_weights, (1, 1, 1)), kind)
    return factor


@rule("cross_entropy_backward")
def _cross_entropy_backward(inputs, attrs, metas):
    g, x, target, weight, logsum, sum_of_weights = inputs
    ignore, reduction, smoothing = attrs
    if not x.size:
        return None
    t = _Classes(x, target, weight, ignore)
    kind, (n, _, d) = t.x.kind, t.x.shape
    factor = _factor(t, g, sum_of_weights, reduction)
    logsum = to_kind(view(logsum, (n, 1, d)), kind)
    if smoothing:
        made = _smoothed_gradient(t, factor, logsum, weight, smoothing)
        return view(to_kind(made, metas[0][1]), metas[0][0])
    hit = factor * t.weights
    classes = places(t.x.shape, 1)

    def gradient(v, total, at, here, counted, scale):
        chance = call("exp", v - total)
        chance = where(at == here, chance - 1, chance)
        return where(counted, chance * scale, number(0, v.kind))

    made = map_of(gradient, t.x, logsum, classes, t.places, t.counted, hit)
    shape, kind = metas[0]
    return view(to_kind(made, kind), shape)


def _smoothed_gradient(
    t: _Classes, factor: Node, logsum: Node, weight: Node | None, smoothing: float
) -> Node:
    """The gradient of logits whose targets are `1 - smoothing` sure."""
    hit = factor * t.weights * (1 - smoothing)  # what the target's class loses
    flat = factor * (smoothing / t.x.shape[1])  # what every class loses
    scale, share = t.shares(weight)

    def gradient(v, total, at, here, counted, hit, flat, scale, share):
        made = call("exp", v - total) * (hit + flat * share) - flat * scale
        made = made - where(at == here, hit, number(0, v.kind))
        return where(counted, made, number(0, v.kind))

    classes = places(t.x.shape, 1)
    return map_of(gradient, t.x, logsum, classes, t.places, t.counted, hit, flat, scale, share)


@rule("nll_loss")
def _nll_loss(inputs, attrs, metas):
    x, target, weight = inputs
    ignore, reduction = attrs
    if not x.size:
        return None
    t = _Classes(x, target, weight, ignore)
    chosen = widened(pick(t.stored, t.places, 1, (0, None, 2)))
    return _reduced_losses(t, t.masked(-chosen * t.weights), reduction, metas)


@rule("nll_loss_backward")
def _nll_loss_backward(inputs, attrs, metas):
    g, target, weight, sum_of_weights = inputs
    (whole, ignore, reduction), (shape, kind) = attrs, metas[0]
    if not prod(shape):
        return None
    t = _Classes(constant(0, kind, tuple(whole)), target, weight, ignore)
    made = t.masked(-_factor(t, g, sum_of_weights, reduction) * t.weights)
    n, c, d = t.x.shape
    tail = () if d == 1 else (d,)  # as the logarithms' own gradient sees it, to share its kernel
    made, chosen = (view(v, (n, 1, *tail)) for v in (made, t.places))

    def gradient(value, at, here):
        return where(at == here, value, number(0, value.kind))

    spread = map_of(gradient, made, places((n, c, *tail), 1), chosen)
    return view(to_kind(spread, kind), shape)


@rule("linalg_vector_norm")
def _vector_norm(inputs, attrs, metas):
    (x,), (order, dims, _keepdim) = inputs, attrs
    if x.kind not in FLOATING:
        return None
    x, (shape, kind) = widened(x), metas[0]
    return to_kind(view(norm(x, order, dims), shape), kind)


def norm(x: Node, order: float, dims) -> Node:
    if order == 2:
        return unary("sqrt", _sum(x * x, dims))
    if order == 0:
        return _sum(map_of(lambda v: cast(v != 0, v.kind), x), dims)
    size = unary("abs", x)
    if order == 1:
        return reduce("add", size, dims)
    if math.isinf(order):
        return reduce("maximum" if order > 0 else "minimum", size, dims)
    total = _sum(map_of(lambda v: v ** v.dtype.type(order), size), dims)
    return map_of(lambda v: v ** v.dtype.type(1 / order), total)


# ---------------------------------------------------------------- moments


def _variance(x: Node, dims, correction) -> tuple[Node, Node]:
    """(variance, mean) with the reduced dimensions at size one."""
    count = prod(x.shape[d] for d in dims)
    mean = _mean(x, dims)
    centred = x - mean
    return _sum(centred * centred, dims) / float(max(count - correction, 0)), mean


def _moments(of_variance):
    def decompose(inputs, attrs, metas):
        (x,), (dims, correction, _keepdim) = inputs, attrs
        if x.kind not in FLOATING or not x.size:
            return None
        variance, mean = _variance(widened(x), dims, correction)
        made = (of_variance(variance), mean)
        nodes = tuple(to_kind(view(n, shape), kind) for n, (shape, kind) in zip(made, metas))
        return nodes if len(metas) > 1 else nodes[0]

    return decompose


rule("var", "var_mean")(_moments(lambda v: v))
rule("std", "std_mean")(_moments(lambda v: unary("sqrt", v)))


# ---------------------------------------------------------------- embedding


@rule("embedding")
def _embedding(inputs, attrs, metas):
    weight, indices = inputs
    shape = indices.shape
    index = view(to_kind(indices, "i64"), (*shape, 1))
    return pick(weight, index, 0, (*(None,) * len(shape), 1))
