"""Vector norms over dimensions."""

from __future__ import annotations

import numpy as np

from ..ir.graph import Op
from ..shapes import reduced_shape
from .elementwise import abs, pow, sgn, where
from .family import wide
from .reduce import EQUAL_NAN, ISZERO, expand_reduced
from .reduce import sum as sum_op


def norm_of(x, /, order, dims, keepdim):
    """The norm over `dims` of an array, 16-bit floats in float32."""
    x = wide(x)
    size = np.abs(x)
    if order == np.inf:
        return np.max(size, axis=dims, keepdims=keepdim)
    if order == -np.inf:
        return np.min(size, axis=dims, keepdims=keepdim)
    if order == 0:
        return np.sum(x != 0, axis=dims, keepdims=keepdim)
    if order == 1:
        return np.sum(size, axis=dims, keepdims=keepdim)
    if order == 2:
        return np.sqrt(np.sum(size * size, axis=dims, keepdims=keepdim))
    total = np.sum(size ** size.dtype.type(order), axis=dims, keepdims=keepdim)
    return total ** total.dtype.type(1 / order)


def norm_gradient(g, x, out, order, dims, keepdim):
    """The gradient of the norm `out` of x, in operators of the table."""
    if order == 0:
        return None
    shape = x.shape
    g = expand_reduced(g, shape, dims, keepdim)
    if order == 1:
        return g * sgn(x)
    spread = expand_reduced(out, shape, dims, keepdim)
    if order == 2:
        return where(ISZERO(spread), 0.0, x / spread) * g
    size = abs(x)
    if order in (np.inf, -np.inf):
        hit = EQUAL_NAN(size, spread)
        count = sum_op(hit, dims, True, size.dtype)
        return sgn(x) * where(hit, g / expand_reduced(count, shape, dims, True), 0.0)
    if order < 1:
        ratio = where(ISZERO(size), 0.0, pow(size, order - 1.0))
        return sgn(x) * ratio * g * pow(spread, 1.0 - order)
    scale = where(ISZERO(spread), 0.0, g / pow(spread, order - 1.0))
    if order < 2:
        return sgn(x) * pow(size, order - 1.0) * scale
    return x * pow(size, order - 2.0) * scale


vector_norm = Op(
    "linalg_vector_norm",
    rule=lambda x, order, dims, keepdim: (
        reduced_shape(x.shape, dims, keepdim),
        x.dtype.to_real(),
    ),
    eval=norm_of,
    vjp=norm_gradient,
)
