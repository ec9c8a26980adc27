"""Products of Householder reflections H_i = I - tau_i v_i v_i^H, and the QR that makes them.

Column i of `v` holds v_i below its diagonal; the diagonal counts as one, what is above as zero.
"""

from __future__ import annotations

import numpy as np

from ..ir.graph import Op
from .decompositions import first_columns
from .elementwise import conj
from .family import not_differentiable
from .joining import cat
from .linalg import eye
from .matmul import adjoint, matmul
from .movement import view
from .rearranging import tril
from .slicing import select, slice_


def _vectors(v: np.ndarray, count: int) -> np.ndarray:
    m = v.shape[-2]
    return np.tril(v[..., :, :count], -1) + np.eye(m, count, dtype=v.dtype)


def _order(count: int, turned: bool):
    """The reflections in the order in which they meet the matrix."""
    return range(count) if turned else range(count - 1, -1, -1)


def _applied(v: np.ndarray, tau: np.ndarray, x: np.ndarray, turned: bool) -> np.ndarray:
    """Q x, or Q^H x where `turned`, for Q = H_0 H_1 ..."""
    count = tau.shape[-1]
    w = _vectors(v, count)
    made = np.array(x)
    for i in _order(count, turned):
        one, factor = w[..., i, None], tau[..., i, None, None]
        factor = np.conj(factor) if turned else factor
        made = made - factor * one * (np.conj(np.swapaxes(one, -1, -2)) @ made)
    return made


def _columns_of(v, tau, turned):
    """Each reflection's vector and factor, in the order in which they apply, as (..., m, 1)."""
    m, count = v.shape[-2], tau.shape[-1]
    unit = eye(m, v.dtype)
    unit = unit if count == m else first_columns(unit, count)
    w = tril(first_columns(v, count), -1) + unit
    for i in _order(count, turned):
        one = slice_(w, len(w.shape) - 1, i, i + 1, 1)
        factor = select(tau, len(tau.shape) - 1, i)
        factor = view(factor, (*factor.shape, 1, 1))
        yield i, one, conj(factor) if turned else factor


def _chain_gradient(g, v, tau, x, turned):
    """Gradients of v, tau and x from that of Q x (or Q^H x), reflection by reflection."""
    steps, inputs = list(_columns_of(v, tau, turned)), []
    for _, one, factor in steps:
        inputs.append(x)
        x = x - factor * matmul(one, matmul(adjoint(one), x))
    to_vectors, to_factors = {}, {}
    for (i, one, factor), before in zip(reversed(steps), reversed(inputs)):
        w = matmul(adjoint(one), before)
        to_factor = -matmul(adjoint(one), matmul(g, adjoint(w)))
        to_factors[i] = conj(to_factor) if turned else to_factor
        direct = conj(factor) * matmul(g, adjoint(w))
        crossed = factor * matmul(before, matmul(adjoint(g), one))
        to_vectors[i] = -(direct + crossed)
        g = g - conj(factor) * matmul(one, matmul(adjoint(one), g))
    return to_vectors, to_factors, g


def _gathered(to_vectors, to_factors, v, tau):
    """The columns joined to gradients of v and tau."""
    count = tau.shape[-1]
    made = cat([to_vectors[i] for i in range(count)], len(v.shape) - 1)
    if count < v.shape[-1]:
        rest = slice_(v, len(v.shape) - 1, count, v.shape[-1], 1)
        made = cat([made, rest * 0.0], len(v.shape) - 1)
    factors = [view(to_factors[i], to_factors[i].shape[:-1]) for i in range(count)]
    return tril(made, -1), cat(factors, len(tau.shape) - 1)


def _no_gradient(v, tau):
    return v * 0.0, tau * 0.0


def _product_vjp(g, v, tau):
    if not tau.shape[-1]:
        return _no_gradient(v, tau)
    m, n = v.shape[-2:]
    start = eye(m, v.dtype)
    start = start if n == m else first_columns(start, n)
    return _gathered(*_chain_gradient(g, v, tau, start, False)[:2], v, tau)


def _product_eval(v, tau, /):
    m, n = v.shape[-2:]
    start = np.broadcast_to(np.eye(m, n, dtype=v.dtype), v.shape)
    return _applied(v, tau, start, False)


householder_product = Op(
    "linalg_householder_product",
    rule=lambda v, tau: (v.shape, v.dtype),
    eval=_product_eval,
    vjp=_product_vjp,
)


def _hermitian(x: np.ndarray) -> np.ndarray:
    return np.conj(np.swapaxes(x, -1, -2))


def _ormqr_eval(v, tau, other, /, left, turned):
    if left:
        return _applied(v, tau, other, turned)
    return _hermitian(_applied(v, tau, _hermitian(other), not turned))


def _ormqr_vjp(g, v, tau, other, left, turned):
    if not left:
        g, other, turned = adjoint(g), adjoint(other), not turned
    to_vectors, to_factors, to_other = _chain_gradient(g, v, tau, other, turned)
    to_v, to_tau = (
        _gathered(to_vectors, to_factors, v, tau) if tau.shape[-1] else _no_gradient(v, tau)
    )
    return to_v, to_tau, to_other if left else adjoint(to_other)


ormqr = Op(
    "ormqr",
    rule=lambda v, tau, other, left, turned: (other.shape, other.dtype),
    eval=_ormqr_eval,
    vjp=_ormqr_vjp,
)


def _geqrf_eval(x, /):
    *batch, m, n = x.shape
    if not x.size:
        return x, np.zeros((*batch, min(m, n)), x.dtype)
    packed, tau = np.linalg.qr(x, "raw")
    return np.swapaxes(packed, -1, -2), tau


geqrf = Op(
    "geqrf",
    rule=lambda x: [(x.shape, x.dtype), ((*x.shape[:-2], min(x.shape[-2:])), x.dtype)],
    eval=_geqrf_eval,
    vjp=not_differentiable("geqrf"),
    outputs=2,
)
