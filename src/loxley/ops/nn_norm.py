"""Layer, group and batch normalization, each one operator with one fused backward.

All save the mean and the reciprocal deviation that the forward computed.  Sums over rows are
products with a vector of ones: BLAS adds several times as fast as `np.sum`.  Where a backward is
itself to be differentiated (its gradient is a tensor) a formula of elementary operators takes the
kernel's place.
Source: Ba et al. 2016 (arXiv:1607.06450), Wu and He 2018 (arXiv:1803.08494), Ioffe and Szegedy 2015
(arXiv:1502.03167).
"""

from __future__ import annotations

from math import prod

import numpy as np

from ..ir.graph import Op, Value
from ..numerics.blocks import borrowed, row_chunks
from .movement import expand, reshape, view
from .reduce import mean as mean_op
from .reduce import sum as sum_op
from .reduce import wide


def _stat_type(x, weight):
    """Saved statistics have the parameters' type where that differs (16-bit inputs)."""
    return x.dtype if weight is None else weight.dtype


def composed_grad(h, x, dims: tuple[int, ...], eps: float):
    """The gradient of (x - mean) / sqrt(var + eps) over `dims`, from differentiable operators."""
    kind = x.dtype
    centred = x - mean_op(x, dims, True, kind)
    rstd = (mean_op(centred * centred, dims, True, kind) + eps) ** -0.5
    unit = centred * rstd
    along = mean_op(h * unit, dims, True, kind)
    return (h - mean_op(h, dims, True, kind) - unit * along) * rstd, unit


# ---------------------------------------------------------------- layer norm


def _row_shape(x_shape, axes: int) -> tuple[int, int]:
    inner = prod(x_shape[len(x_shape) - axes :])
    return prod(x_shape[: len(x_shape) - axes]), inner


def _layer_norm_eval(x, weight, bias, /, axes, eps):
    shape, lead = x.shape, x.shape[: x.ndim - axes] + (1,) * axes
    rows, width = _row_shape(shape, axes)
    x = wide(x).reshape(rows, width)
    weight = None if weight is None else wide(weight).reshape(width)
    bias = None if bias is None else wide(bias).reshape(width)
    out = np.empty(shape, x.dtype)
    flat = out.reshape(rows, width)
    mean, rstd = np.empty(rows, x.dtype), np.empty(rows, x.dtype)
    ones = np.full(width, 1 / max(width, 1), x.dtype)
    for piece in row_chunks(rows, width, x.dtype):
        part, made = x[piece], flat[piece]
        mean[piece] = middle = part @ ones
        np.subtract(part, middle[:, None], out=made)
        spread = np.vecdot(made, made) / x.dtype.type(width)
        rstd[piece] = scale = 1 / np.sqrt(spread + x.dtype.type(eps))
        made *= scale[:, None]
        if weight is not None:
            made *= weight
        if bias is not None:
            made += bias
    return out, mean.reshape(lead), rstd.reshape(lead)


def _layer_norm_backward_eval(dy, x, mean, rstd, weight, /, axes, needs):
    shape, inner = x.shape, x.shape[x.ndim - axes :]
    rows, width = _row_shape(shape, axes)
    dy, x = wide(dy).reshape(rows, width), wide(x).reshape(rows, width)
    mean, rstd = wide(mean).reshape(rows, 1), wide(rstd).reshape(rows, 1)
    weight = None if weight is None else wide(weight).reshape(width)
    kind = x.dtype
    dx = np.empty(shape if needs[0] else (0, width), kind)
    dw, db = np.zeros(width, kind), np.zeros(width, kind)
    flat = dx.reshape(-1, width)
    means = np.full(width, 1 / max(width, 1), kind)  # a product with it: the mean of h, weighted
    if weight is not None:
        means *= weight
    size = next(row_chunks(rows, width, kind), slice(0, 0)).stop * width
    with borrowed(2, size, kind) as (unit_memory, work_memory):
        for piece in row_chunks(rows, width, kind):
            count = piece.stop - piece.start
            unit = unit_memory[: count * width].reshape(count, width)
            work = work_memory[: count * width].reshape(count, width)
            part, down = dy[piece], np.ones(count, kind)
            np.subtract(x[piece], mean[piece], out=unit)
            unit *= rstd[piece]
            np.multiply(part, unit, out=work)
            if needs[1]:
                dw += down @ work
            if needs[2]:
                db += down @ part
            if needs[0]:
                unit *= (work @ means)[:, None]
                unit += (part @ means)[:, None]
                made = flat[piece]
                if weight is None:
                    np.subtract(part, unit, out=made)
                else:
                    np.multiply(part, weight, out=made)
                    made -= unit
                made *= rstd[piece]
    return dx if needs[0] else np.empty(shape, kind), dw.reshape(inner), db.reshape(inner)


def _layer_norm_rule(x, weight, bias, axes, eps):
    lead = x.shape[: len(x.shape) - axes] + (1,) * axes
    kind = _stat_type(x, weight)
    return [(x.shape, x.dtype), (lead, kind), (lead, kind)]


def _layer_norm_backward_rule(dy, x, mean, rstd, weight, axes, needs):
    inner = x.shape[len(x.shape) - axes :]
    kind = _stat_type(x, weight)
    return [(x.shape, x.dtype), (inner, kind), (inner, kind)]


def _layer_norm_vjp(g, x, weight, out1, out2, axes, eps, needs):
    dy = g[0]
    if dy is None:  # only the statistics were used, which have no gradient
        return (None,) * 3
    if type(dy) is Value:
        grads = layer_norm_backward(dy, x, out1, out2, weight, axes, tuple(needs))
        return tuple(d if need else None for d, need in zip(grads, needs))
    n = len(x.shape)
    inner, outer = tuple(range(n - axes, n)), tuple(range(n - axes))
    dx, unit = composed_grad(dy if weight is None else dy * weight, x, inner, eps)
    dw = sum_op(dy * unit, outer, False, dy.dtype) if needs[1] else None
    db = sum_op(dy, outer, False, dy.dtype) if needs[2] else None
    return dx, dw, db


layer_norm_backward = Op(
    "native_layer_norm_backward",
    rule=_layer_norm_backward_rule,
    eval=_layer_norm_backward_eval,
    outputs=3,
)
# (*, inner of `axes` dimensions) -> (y, mean, rstd)
layer_norm = Op(
    "native_layer_norm",
    rule=_layer_norm_rule,
    eval=_layer_norm_eval,
    vjp=_layer_norm_vjp,
    outputs=3,
    undefined_grads=True,
)


# ---------------------------------------------------------------- group norm


def _group_norm_eval(x, weight, bias, /, groups, eps):
    shape = x.shape
    n, c = shape[:2]
    depth, hw = c // groups, prod(shape[2:])
    x = wide(x).reshape(n, groups, depth, hw)
    kind = x.dtype
    w = np.ones(c, kind) if weight is None else wide(weight)
    b = np.zeros(c, kind) if bias is None else wide(bias)
    w, b = w.reshape(groups, depth), b.reshape(groups, depth)
    out = np.empty(shape, kind)
    target = out.reshape(x.shape)
    mean, rstd = np.empty((n, groups), kind), np.empty((n, groups), kind)
    ones = np.full(depth * hw, 1 / max(depth * hw, 1), kind)
    for i in range(n):
        for gs in row_chunks(groups, depth * hw, kind):
            part, made = x[i, gs], target[i, gs]
            flat = len(part), depth * hw
            rows, work = part.reshape(flat), made.reshape(flat)
            mean[i, gs] = middle = rows @ ones
            np.subtract(rows, middle[:, None], out=work)
            spread = np.vecdot(work, work) / kind.type(depth * hw)
            rstd[i, gs] = scale = 1 / np.sqrt(spread + kind.type(eps))
            made *= (w[gs] * scale[:, None])[:, :, None]
            made += b[gs][:, :, None]
    return out, mean, rstd


def _group_norm_backward_eval(dy, x, mean, rstd, weight, /, groups, needs):
    shape = x.shape
    n, c = shape[:2]
    depth, hw = c // groups, prod(shape[2:])
    x, dy = wide(x).reshape(n * groups, depth, hw), wide(dy).reshape(n * groups, depth, hw)
    kind = x.dtype
    mean, rstd = wide(mean).reshape(-1, 1), wide(rstd).reshape(-1, 1)
    w = np.ones(c, kind) if weight is None else wide(weight)
    w = np.broadcast_to(w.reshape(groups, depth), (n, groups, depth)).reshape(-1, depth)
    ones = np.ones(hw, kind)
    total = dy @ ones  # (n groups, depth)
    along = np.vecdot(dy, x) - total * mean
    dw = (along * rstd).reshape(n, c).sum(0)
    db = total.reshape(n, c).sum(0)
    if not needs[0]:
        return np.empty(shape, kind), dw, db
    count = kind.type(depth * hw)
    slope = (w * along).sum(1, keepdims=True) / count * rstd**3
    shift = (w * total).sum(1, keepdims=True) / count * rstd
    dx = np.empty(shape, kind)
    target = dx.reshape(x.shape)
    for rows in row_chunks(n * groups, depth * hw, kind):
        made = target[rows]
        np.subtract(mean[rows][:, :, None], x[rows], out=made)
        made *= slope[rows][:, :, None]
        made += dy[rows] * (w[rows] * rstd[rows])[:, :, None]
        made -= shift[rows][:, :, None]
    return dx, dw, db


def _group_norm_rule(x, weight, bias, groups, eps):
    lead, kind = (x.shape[0], groups), _stat_type(x, weight)
    return [(x.shape, x.dtype), (lead, kind), (lead, kind)]


def _affine_rule(x, weight):
    kind = _stat_type(x, weight)
    return [(x.shape, x.dtype), (x.shape[1:2], kind), (x.shape[1:2], kind)]


def _group_norm_vjp(g, x, weight, out1, out2, groups, eps, needs):
    dy = g[0]
    more = _statistics_grad(g, x, out1, out2, groups) if needs[0] else None
    if dy is None:
        return more, None, None
    dx, dw, db = _group_norm_grads(dy, x, weight, out1, out2, groups, eps, needs)
    return dx if more is None else dx + more, dw, db


def _statistics_grad(g, x, mean, rstd, groups):
    """What comes to x by way of the groups' means and reciprocal deviations."""
    split = (x.shape[0], groups, prod(x.shape[1:]) // groups)
    column, whole = (*split[:2], 1), None
    if g[1] is not None:
        whole = expand(reshape(g[1] / split[2], column), split)
    if g[2] is not None:
        slope = reshape(g[2] * rstd * rstd * rstd / -split[2], column)
        part = slope * (reshape(x, split) - reshape(mean, column))
        whole = part if whole is None else whole + part
    return None if whole is None else reshape(whole, x.shape)


def _group_norm_grads(dy, x, weight, out1, out2, groups, eps, needs):
    if type(dy) is Value:
        grads = group_norm_backward(dy, x, out1, out2, weight, groups, tuple(needs))
        return tuple(d if need else None for d, need in zip(grads, needs))
    n, c = x.shape[:2]
    split = (n, groups, prod(x.shape[1:]) // groups)
    h = dy if weight is None else dy * _per_channel(weight, len(x.shape))
    dx, unit = composed_grad(reshape(h, split), reshape(x, split), (2,), eps)
    return _with_affine(dy, reshape(dx, x.shape), reshape(unit, x.shape), needs)


def _per_channel(weight, rank: int):
    return view(weight, (1, weight.shape[0]) + (1,) * (rank - 2))


def _with_affine(dy, dx, unit, needs):
    """(dx, dweight, dbias) of an affine map per channel."""
    others = (0, *range(2, len(dy.shape)))
    dw = sum_op(dy * unit, others, False, dy.dtype) if needs[1] else None
    db = sum_op(dy, others, False, dy.dtype) if needs[2] else None
    return dx, dw, db


group_norm_backward = Op(
    "native_group_norm_backward",
    rule=lambda dy, x, mean, rstd, weight, groups, needs: _affine_rule(x, weight),
    eval=_group_norm_backward_eval,
    outputs=3,
)
# (N, C, *), weight and bias (C,) or None -> (y, mean (N, groups), rstd (N, groups))
group_norm = Op(
    "native_group_norm",
    rule=_group_norm_rule,
    eval=_group_norm_eval,
    vjp=_group_norm_vjp,
    outputs=3,
    undefined_grads=True,
)
