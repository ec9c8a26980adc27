"""Distances between vectors: of two tensors, of all pairs of rows; rows scaled to a norm."""

from __future__ import annotations

import math

import numpy as np

from .. import dtypes as dt
from ..ir.graph import Op, leaf
from ..shapes import broadcast_shapes
from .elementwise import abs, conj, eq, gt, pow, real_part, sgn, where
from .family import promote, wide
from .indexing import index_select, index_select_backward
from .matmul import matmul
from .movement import view
from .norm import norm_gradient, norm_of, vector_norm
from .reduce import ISZERO
from .reduce import sum as sum_op
from .slicing import without


def _every(shape) -> tuple[int, ...]:
    return tuple(range(len(shape)))


def _dist_vjp(g, a, b, out, p):
    difference = a - b
    made = norm_gradient(g, difference, out, p, _every(difference.shape), False)
    return (None, None) if made is None else (made, -made)


dist = Op(
    "dist",
    rule=lambda a, b, p: (broadcast_shapes(a.shape, b.shape) and (), a.dtype.to_real()),
    eval=lambda a, b, /, p: norm_of(wide(a) - wide(b), p, _every(np.broadcast(a, b).shape), False),
    vjp=_dist_vjp,
    prepare=promote,
)


def _direct_distances(a: np.ndarray, b: np.ndarray, p: float) -> np.ndarray:
    batch = broadcast_shapes(a.shape[:-2], b.shape[:-2])
    made = np.empty((*batch, a.shape[-2], b.shape[-2]), np.result_type(a, b))
    for i in range(a.shape[-2]):
        row = a[..., i, None, :] - b
        made[..., i, :] = norm_of(row, p, (row.ndim - 1,), False) if a.shape[-1] else 0
    return made


def _product_distances(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """|a - b| from |a|^2 + |b|^2 - 2 a.b, quick and less exact: PyTorch's choice for many rows."""
    ones = [np.ones((*x.shape[:-1], 1), x.dtype) for x in (a, b)]
    left = [-2 * a, np.sum(a * a, -1, keepdims=True), ones[0]]
    right = [b, ones[1], np.sum(b * b, -1, keepdims=True)]
    made = np.concatenate(left, -1) @ np.swapaxes(np.concatenate(right, -1), -1, -2)
    return np.sqrt(np.maximum(made, 0))


def _cdist_eval(a, b, /, p, by_product):
    a, b = wide(a), wide(b)
    return _product_distances(a, b) if by_product else _direct_distances(a, b, p)


def _cdist_rule(a, b, p, by_product):
    batch = broadcast_shapes(a.shape[:-2], b.shape[:-2])
    return (*batch, a.shape[-2], b.shape[-2]), a.dtype


def _pairs(x, at: int):
    """A dimension of one put in, for all differences of pairs."""
    return view(x, (*x.shape[:at], 1, *x.shape[at:]))


def _weights(g, difference, out, p):
    """The derivative of the norm of order p by each component of the difference."""
    g, out = _pairs(g, len(g.shape)), _pairs(out, len(out.shape))
    if p == 1:
        return sgn(difference) * g
    size = abs(difference)
    if p == math.inf:
        return where(eq(size, out), sgn(difference) * g, 0.0)
    if p < 2:
        scaled = where(ISZERO(size), 0.0, pow(size, p - 1.0)) * sgn(difference)
    else:
        scaled = difference * pow(size, p - 2.0)
    return scaled * where(ISZERO(out), 0.0, g / pow(out, p - 1.0))


def _cdist_gradient(g, a, b, out, p):
    """The gradient for `a`, summed over the rows of b."""
    if p == 0:
        return None
    if p == 2:
        ratio = where(ISZERO(out), 0.0, g / out)
        dims = (len(ratio.shape) - 1,)
        return a * sum_op(ratio, dims, True, ratio.dtype) - matmul(ratio, b)
    difference = _pairs(a, len(a.shape) - 1) - _pairs(b, len(b.shape) - 2)
    weights = _weights(g, difference, out, p)
    return sum_op(weights, (len(weights.shape) - 2,), False, weights.dtype)


def _turned(x):
    n = len(x.shape)
    order = (*range(n - 2), n - 1, n - 2)
    return _PERMUTE(x, order)


_PERMUTE = Op(
    "cdist_turned",
    rule=lambda x, dims: (tuple(x.shape[d] for d in dims), x.dtype),
    eval=lambda x, /, dims: x.transpose(dims),
    vjp=lambda g, dims: _PERMUTE(g, dims),  # swaps two dimensions: its own inverse
)

# Distances of all pairs of rows, batches broadcast.
cdist = Op(
    "cdist",
    rule=_cdist_rule,
    eval=_cdist_eval,
    vjp=(
        lambda g, a, b, out, p: _cdist_gradient(g, a, b, out, p),
        lambda g, a, b, out, p: _cdist_gradient(_turned(g), b, a, _turned(out), p),
    ),
)


def _upper_pairs(n: int) -> tuple:
    rows, columns = np.triu_indices(n, 1)
    return rows, columns


def _pdist_eval(x, /, p):
    rows, columns = _upper_pairs(len(x))
    difference = wide(x)[rows] - wide(x)[columns]
    return norm_of(difference, p, (1,), False) if x.shape[1] else np.zeros(len(rows))


def _pdist_vjp(g, x, out, p):
    if p == 0:
        return None
    rows, columns = (leaf(i, dt.int64) for i in _upper_pairs(x.shape[0]))
    difference = index_select(x, rows, 0) - index_select(x, columns, 0)
    weights = _weights(g, difference, out, p)
    made = index_select_backward(weights, rows, tuple(x.shape), 0)
    return made - index_select_backward(weights, columns, tuple(x.shape), 0)


pdist = Op(
    "pdist",
    rule=lambda x, p: ((x.shape[0] * (x.shape[0] - 1) // 2,), x.dtype),
    eval=_pdist_eval,
    vjp=_pdist_vjp,
)


def _renorm_dims(shape, dim: int) -> tuple[int, ...]:
    return without(tuple(range(len(shape))), dim)


def _renorm_eval(x, /, p, dim, limit):
    x = wide(x)
    norms = norm_of(x, p, _renorm_dims(x.shape, dim), True)
    kind = norms.dtype.type
    return x * np.where(norms > limit, kind(limit) / (norms + kind(1e-7)), kind(1))


def _renorm_vjp(g, x, p, dim, limit):
    dims = _renorm_dims(x.shape, dim)
    norms = vector_norm(x, p, dims, True)
    above = norms + 1e-7
    total = real_part(sum_op(g * conj(x), dims, True, x.dtype))
    through = norm_gradient(total / (above * above) * limit, x, norms, p, dims, True)
    scaled = g * (limit / above) - through
    return where(gt(norms, limit), scaled, g)


renorm = Op(
    "renorm",
    rule=lambda x, p, dim, limit: (x.shape, x.dtype),
    eval=_renorm_eval,
    vjp=_renorm_vjp,
)
