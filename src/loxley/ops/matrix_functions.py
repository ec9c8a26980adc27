"""Functions of matrices and of vectors in space: the exponential, the cross product."""

from __future__ import annotations

from math import factorial

import numpy as np

from ..ir.graph import Op
from ..shapes import broadcast_shapes
from .elementwise import conj
from .joining import cat
from .matmul import adjoint
from .slicing import slice_

_DEGREE = 18  # of the Taylor polynomial: exact to double precision for norms below one half


def expm(x: np.ndarray) -> np.ndarray:
    """Scaling and squaring with a Taylor polynomial, in double precision.

    The polynomial is one in the fourth power whose coefficients are polynomials of degree three.
    Source: M. Paterson and L. Stockmeyer, SIAM J. Comput. 2 (1973).
    """
    wide = x.astype(np.complex128 if x.dtype.kind == "c" else np.float64)
    norm = np.max(np.sum(np.abs(wide), axis=-2), initial=0.0)
    halvings = max(0, int(np.ceil(np.log2(norm))) + 1) if norm > 0 and np.isfinite(norm) else 0
    scaled = wide / 2.0**halvings
    square = scaled @ scaled
    powers = [np.eye(x.shape[-1], dtype=wide.dtype), scaled, square, square @ scaled]
    fourth = square @ square
    total = np.zeros_like(wide)
    for low in range(_DEGREE // 4 * 4, -1, -4):
        if low + 4 <= _DEGREE:
            total = total @ fourth
        for k, power in zip(range(low, _DEGREE + 1), powers):
            total = total + power / factorial(k)
    for _ in range(halvings):
        total = total @ total
    return total


def _exp_vjp(g, x):
    """The upper right block of exp [[A^H, G], [0, A^H]]. Source: N. Higham, "Functions of
    Matrices" (2008), eq. 3.16."""
    n, d = x.shape[-1], len(x.shape)
    turned = adjoint(x)
    block = cat(
        [cat([turned, g], d - 1), cat([g * 0.0, turned], d - 1)],
        d - 2,
    )
    made = matrix_exp(block)
    return slice_(slice_(made, d - 2, 0, n, 1), d - 1, n, 2 * n, 1)


matrix_exp = Op(
    "linalg_matrix_exp",
    rule=lambda x: (x.shape, x.dtype),
    eval=lambda x, /: expm(x),
    vjp=_exp_vjp,
)


def _cross_eval(a, b, /, dim):
    a, b = (np.moveaxis(x, dim, -1) for x in np.broadcast_arrays(a, b))
    made = np.stack(
        [
            a[..., 1] * b[..., 2] - a[..., 2] * b[..., 1],
            a[..., 2] * b[..., 0] - a[..., 0] * b[..., 2],
            a[..., 0] * b[..., 1] - a[..., 1] * b[..., 0],
        ],
        -1,
    )
    return np.moveaxis(made, -1, dim)


cross = Op(
    "linalg_cross",
    rule=lambda a, b, dim: (broadcast_shapes(a.shape, b.shape), a.dtype),
    eval=_cross_eval,
    vjp=(
        lambda g, b, dim: cross(conj(b), g, dim),
        lambda g, a, dim: cross(g, conj(a), dim),
    ),
)
