"""Scans along a dimension: cumulative sums, products, extrema."""

from __future__ import annotations

import numpy as np

from .. import dtypes as dt
from ..ir.graph import Op
from .elementwise import conj, exp, real_part, where
from .family import LOW, cast, wide
from .reduce import ISZERO, amax


def _scan(function):
    def along(x, /, dim, kind):
        if x.ndim == 0:
            return x.astype(kind.numpy)
        accumulate = np.float32 if kind.numpy in LOW else kind.numpy
        return function(x, axis=dim, dtype=accumulate)

    return along


def _as_kind(x, dim, kind):
    return x.shape, kind


# Sums from the end: the adjoint of cumsum.
reverse_cumsum = Op(
    "reverse_cumsum",
    rule=lambda x, dim: (x.shape, x.dtype),
    eval=lambda x, /, dim: (
        x if x.ndim == 0 else np.flip(np.cumsum(np.flip(wide(x), dim), axis=dim), dim)
    ),
    vjp=lambda g, dim: cumsum(g, dim, g.dtype),
)
cumsum = Op(
    "cumsum",
    rule=_as_kind,
    eval=_scan(np.cumsum),
    names=("x",),
    attrs=("dim", "kind"),
    vjp=lambda g, dim: reverse_cumsum(g, dim),
)


def _cumprod_backward_eval(g, x, out, /, dim):
    """sum over j >= i of g_j * prod of x_k (k <= j, k != i), right where x has zeros too."""
    g, x, out = (np.moveaxis(wide(a), dim, -1) for a in (g, x, np.conj(out)))
    x = np.conj(x)
    weighted = np.flip(np.cumsum(np.flip(g * out, -1), -1), -1)
    made = np.array(weighted / x)
    rows = np.any(x == 0, axis=-1)
    if rows.any():
        made[rows] = _cumprod_adjoint(np.broadcast_to(g, made.shape)[rows], x[rows])
    return np.moveaxis(made, -1, dim)


def _cumprod_adjoint(g, x):
    """The same by the recurrence p_j = p_(j-1) x_j walked backwards: no quotients."""
    before = _shifted(np.cumprod(x, -1), 1)
    made, total = np.empty_like(before), np.zeros(before.shape[:-1], before.dtype)
    for j in range(x.shape[-1] - 1, -1, -1):
        total = g[..., j] + total
        made[..., j] = total * before[..., j]
        total = total * x[..., j]
    return made


def _shifted(products, first):
    """The products of all elements before each."""
    return np.concatenate([np.full_like(products[..., :1], first), products[..., :-1]], -1)


def _cumprod_second_eval(w, g, x, /, dim):
    """Gradients of sum(w * cumprod_backward(g, x)) in g and in x."""
    w, g, x = (np.moveaxis(wide(a), dim, -1) for a in np.broadcast_arrays(w, g, x))
    along = _cumprod_tangent(x, w)
    x, w = np.conj(x), np.conj(w)
    before, tangent = _shifted(np.cumprod(x, -1), 1), _shifted(_cumprod_tangent(x, w), 0)
    made = np.empty_like(before)
    of_products = of_tangents = np.zeros(before.shape[:-1], before.dtype)
    for j in range(x.shape[-1] - 1, -1, -1):
        of_tangents = g[..., j] + of_tangents
        made[..., j] = of_tangents * tangent[..., j] + of_products * before[..., j]
        of_products = of_products * x[..., j] + of_tangents * w[..., j]
        of_tangents = of_tangents * x[..., j]
    return np.moveaxis(along, -1, dim), np.moveaxis(made, -1, dim)


def _cumprod_tangent(x, w):
    """The derivative of cumprod(x) along w: t_j = t_(j-1) x_j + p_(j-1) w_j."""
    before = _shifted(np.cumprod(x, -1), 1)
    made, total = np.empty_like(before), np.zeros(before.shape[:-1], before.dtype)
    for j in range(x.shape[-1]):
        total = total * x[..., j] + before[..., j] * w[..., j]
        made[..., j] = total
    return made


CUMPROD_SECOND = Op(
    "cumprod_second",
    rule=lambda w, g, x, dim: [(g.shape, g.dtype), (x.shape, x.dtype)],
    eval=_cumprod_second_eval,
    outputs=2,
)
CUMPROD_BACKWARD = Op(
    "cumprod_backward",
    rule=lambda g, x, out, dim: (g.shape, g.dtype),
    eval=_cumprod_backward_eval,
    names=("w", "x", "out"),
    attrs=("dim",),
    vjp=lambda g, w, x, dim: (*CUMPROD_SECOND(g, w, x, dim), None),
)


def _cumprod_vjp(g, x, out, dim):
    if not x.shape:
        return g
    if hasattr(g, "_storage"):  # a tensor: the formula must be differentiable itself
        # Where x is zero there is no quotient: the value comes from the exact operator.
        zero = ISZERO(x)
        safe = where(zero, 1.0, x)
        quotient = reverse_cumsum(g * conj(out), dim) / conj(safe)
        return where(zero, CUMPROD_BACKWARD(g, x, out, dim), quotient)
    return CUMPROD_BACKWARD(g, x, out, dim)


cumprod = Op(
    "cumprod",
    rule=_as_kind,
    eval=_scan(np.cumprod),
    names=("x",),
    attrs=("dim", "kind"),
    vjp=_cumprod_vjp,
)


def _extreme_scan(better):
    def along(x, /, dim):
        if x.ndim == 0:
            return x, np.zeros((), np.int64)
        moved = np.moveaxis(x, dim, -1)
        values = np.empty_like(moved)
        places = np.empty(moved.shape, np.int64)
        if moved.shape[-1]:
            best = moved[..., 0].copy()
            at = np.zeros(best.shape, np.int64)
            for i in range(moved.shape[-1]):
                here = moved[..., i]
                take = better(here, best) | (here != here)
                best = np.where(take, here, best)
                at = np.where(take, i, at)
                values[..., i], places[..., i] = best, at
        return np.moveaxis(values, -1, dim), np.moveaxis(places, -1, dim)

    return along


def _scatter_add_eval(g, indices, /, dim):
    if g.ndim == 0:
        return g
    moved = np.moveaxis(g, dim, -1)
    flat = moved.reshape(-1, moved.shape[-1])
    places = np.moveaxis(indices, dim, -1).reshape(flat.shape)
    made = np.zeros_like(flat)
    rows = np.arange(len(flat))[:, None]
    np.add.at(made, (rows, places), flat)
    return np.moveaxis(made.reshape(moved.shape), -1, dim)


SCAN_SCATTER = Op(
    "cummaxmin_backward",
    rule=lambda g, indices, dim: (g.shape, g.dtype),
    eval=_scatter_add_eval,
    vjp=(lambda g, indices, dim: SCAN_GATHER(g, indices, dim), None),
)
SCAN_GATHER = Op(
    "scan_gather",
    rule=lambda g, indices, dim: (g.shape, g.dtype),
    eval=lambda g, indices, /, dim: np.take_along_axis(g, indices, dim) if g.ndim else g,
    vjp=(lambda g, indices, dim: SCAN_SCATTER(g, indices, dim), None),
)


def _extreme_op(name, better, grad_name):
    return Op(
        name,
        rule=lambda x, dim: [(x.shape, x.dtype), (x.shape, dt.int64)],
        eval=_extreme_scan(better),
        names=("x",),
        attrs=("dim",),
        vjp=lambda g, out1, dim: SCAN_SCATTER(g[0], out1, dim),
        outputs=2,
        grad_name=grad_name,
    )


cummax = _extreme_op("cummax", np.greater_equal, "CummaxBackward0")
cummin = _extreme_op("cummin", np.less_equal, "CumminBackward0")


def _logcumsumexp_eval(x, /, dim):
    if x.ndim == 0:
        return x
    return np.logaddexp.accumulate(wide(x), axis=dim) if x.dtype.kind != "c" else _complex(x, dim)


def _complex(x, dim):
    """Term by term, so that the phase winds as the partial sums do."""
    moved = np.moveaxis(x, dim, 0)
    made = np.empty_like(moved)
    total = None
    for i, here in enumerate(moved):
        total = here if total is None else _added(total, here)
        made[i] = total
    return np.moveaxis(made, 0, dim)


def _added(a, b):
    """log(exp(a) + exp(b)) of complex numbers, on the branch of the larger one."""
    larger, less = np.where(a.real >= b.real, a, b), np.where(a.real >= b.real, b, a)
    return np.where(less.real == -np.inf, larger, np.log1p(np.exp(less - larger)) + larger)


def _logcumsumexp_vjp(g, x, out, dim):
    if not x.shape:
        return g
    return LOGCUMSUMEXP_BACKWARD(g, x, out, dim)


def _logcumsumexp_backward_eval(g, x, out, /, dim):
    # exp(x_i) * sum_{j>=i} g_j exp(-out_j), kept in range by the running maximum of the sums.
    g, x, out = wide(g), np.conj(wide(x)), np.conj(wide(out))
    made = np.exp(x - out) * 0
    flipped = [np.flip(np.moveaxis(a, dim, -1), -1) for a in (g, x, out)]
    total = np.zeros(flipped[0].shape[:-1], made.dtype)
    result = np.moveaxis(made, dim, -1)
    n = result.shape[-1]
    previous = None
    for j in range(n):
        gj, xj, oj = (a[..., j] for a in flipped)
        if previous is not None:
            total = total * np.exp(oj - previous)
        total = total + gj
        previous = oj
        result[..., n - 1 - j] = total * np.exp(xj - oj)
    return np.moveaxis(result, -1, dim)


def _logcumsumexp_second(g, w, x, total, dim):
    """Derivatives of the sum over j >= i of w_j exp(x_i - total_j), shifted to stay in range."""
    top = cast(amax(real_part(x), (dim,), True), x.dtype)
    weights = cumsum(g * exp(x - top), dim, g.dtype) * exp(top - total)
    made = LOGCUMSUMEXP_BACKWARD(w, x, total, dim)
    return weights, conj(g) * made, -(conj(weights) * w)


LOGCUMSUMEXP_BACKWARD = Op(
    "logcumsumexp_backward",
    rule=lambda w, x, total, dim: (w.shape, w.dtype),
    eval=_logcumsumexp_backward_eval,
    names=("w", "x", "total"),
    attrs=("dim",),
    vjp=_logcumsumexp_second,
)
logcumsumexp = Op(
    "logcumsumexp",
    rule=lambda x, dim: (x.shape, x.dtype),
    eval=_logcumsumexp_eval,
    vjp=_logcumsumexp_vjp,
)
