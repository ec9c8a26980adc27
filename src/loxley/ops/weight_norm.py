"""Weight normalization (Salimans and Kingma, 2016): w = v * g / |v|, per slice of one dimension.

In: v of any shape, g of size 1 in all dimensions but `dim`. Out: w, and the norms |v|.
"""

from __future__ import annotations

import numpy as np

from ..ir.graph import Op
from .reduce import sum  # noqa: A004 - the operator


def _others(shape: tuple[int, ...], dim: int) -> tuple[int, ...]:
    return tuple(d for d in range(len(shape)) if d != dim)


def _rule(v, scale, dim):
    norms = tuple(n if d == dim else 1 for d, n in enumerate(v.shape))
    return [(v.shape, v.dtype), (norms, v.dtype)]


def _eval(v, scale, /, dim):
    norms = np.sqrt(np.sum(v * v, axis=_others(v.shape, dim), keepdims=True))
    return v * (scale / norms), norms


def _gradients(g, v, scale, out1, dim):
    """w = v g / n with n = |v|: dg = <gw, v> / n, dv = gw g / n + v (gn - g dg / n) / n."""
    dims = _others(v.shape, dim)
    grad_w, grad_norm = g
    d_scale = sum(grad_w * v, dims, True, v.dtype) / out1
    d_v = grad_w * (scale / out1) + v * ((grad_norm - d_scale * scale / out1) / out1)
    return d_v, d_scale


WEIGHT_NORM = Op(
    "weight_norm_interface",
    rule=_rule,
    eval=_eval,
    vjp=_gradients,
    outputs=2,
)
