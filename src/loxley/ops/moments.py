"""Variances, standard deviations, and those together with means."""

from __future__ import annotations

import numpy as np

from .. import dtypes as dt
from ..ir.graph import Op
from ..shapes import reduced_shape
from .elementwise import where
from .family import wide
from .movement import expand
from .reduce import ISZERO, count_of, expand_reduced, mean, mean_eval


def _var_eval(x, /, dims, correction, keepdim):
    x = wide(x)
    count = count_of(x.shape, dims)
    centred = x - np.mean(x, axis=dims, keepdims=True)
    square = centred.real**2 + centred.imag**2 if x.dtype.kind == "c" else centred * centred
    total = np.sum(square, axis=dims, keepdims=keepdim)
    return total / total.dtype.type(max(count - correction, 0))


def _var_vjp(g, x, dims, correction, keepdim):
    count = count_of(x.shape, dims)
    centred = x - expand(mean(x, dims, True, x.dtype), x.shape)
    factor = 2.0 / (count - correction) if count > correction else float("nan")
    return expand_reduced(g, x.shape, dims, keepdim) * (centred * factor)


var = Op(
    "var",
    rule=lambda x, dims, correction, keepdim: (
        reduced_shape(x.shape, dims, keepdim),
        x.dtype.to_real(),
    ),
    eval=_var_eval,
    vjp=_var_vjp,
)


def _std_vjp(g, x, out, dims, correction, keepdim):
    g = where(ISZERO(out), 0.0, g / (out * 2))
    return _var_vjp(g, x, dims, correction, keepdim)


std = Op(
    "std",
    rule=lambda x, dims, correction, keepdim: (
        reduced_shape(x.shape, dims, keepdim),
        x.dtype.to_real(),
    ),
    eval=lambda x, /, dims, correction, keepdim: np.sqrt(_var_eval(x, dims, correction, keepdim)),
    vjp=_std_vjp,
)


def _moments_vjp(spread):
    """The gradient of (spread, mean): `spread` makes that of the first."""

    def formula(g, x, out0, dims, correction, keepdim):
        made = None
        if g[0] is not None:
            made = spread(g[0], x, out0, dims, correction, keepdim)
        if g[1] is not None:
            count = max(count_of(x.shape, dims), 1)
            part = expand_reduced(g[1], x.shape, dims, keepdim) / count
            made = part if made is None else made + part
        return made

    return formula


def _moments(name: str, spread_eval, spread_vjp) -> Op:
    """Variance or deviation together with the mean: one row, as in PyTorch."""

    def compute(x, /, dims, correction, keepdim):
        kind = dt.BY_NUMPY[x.dtype]
        mean_of = mean_eval(x, dims, keepdim, kind)
        return spread_eval(x, dims, correction, keepdim), mean_of

    return Op(
        name,
        rule=lambda x, dims, correction, keepdim: [
            (reduced_shape(x.shape, dims, keepdim), x.dtype.to_real()),
            (reduced_shape(x.shape, dims, keepdim), x.dtype),
        ],
        eval=compute,
        vjp=_moments_vjp(spread_vjp),
        outputs=2,
        undefined_grads=True,
    )


var_mean = _moments(
    "var_mean",
    _var_eval,
    lambda g, x, out, dims, correction, keepdim: _var_vjp(g, x, dims, correction, keepdim),
)
std_mean = _moments(
    "std_mean",
    lambda x, dims, correction, keepdim: np.sqrt(_var_eval(x, dims, correction, keepdim)),
    _std_vjp,
)
