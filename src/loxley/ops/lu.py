"""LU decompositions with partial pivoting, A = P L U, and what is done with the packed factors.

Packed factors hold U on and above the diagonal, L below it (its diagonal of ones is not stored);
pivots are LAPACK's: row j was exchanged with row pivots[j], counted from 1.
"""

from __future__ import annotations

import numpy as np

from .. import dtypes as dt
from ..ir.graph import Op
from ..shapes import broadcast_shapes
from .decompositions import first_columns, last_columns
from .joining import cat
from .linalg import eye, solve_triangle, solve_triangular
from .matmul import adjoint, matmul
from .movement import zeros
from .rearranging import tril, triu
from .slicing import slice_


def _factor(x: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Packed factors, pivots, and the first zero pivot of each matrix (from 1; 0 for none)."""
    *batch, m, n = x.shape
    k = min(m, n)
    packed = np.array(x, order="C").reshape((-1, m, n) if x.size else (int(np.prod(batch)), m, n))
    pivots = np.zeros((len(packed), k), np.int32)
    info = np.zeros(len(packed), np.int32)
    for i, (a, pivot) in enumerate(zip(packed, pivots)):
        info[i] = _factor_one(a, pivot)
    return packed.reshape(x.shape), pivots.reshape((*batch, k)), info.reshape(batch)


def magnitudes(x: np.ndarray) -> np.ndarray:
    """What LAPACK compares pivots by: |x|, and |re| + |im| of complex numbers."""
    return np.abs(x.real) + np.abs(x.imag) if x.dtype.kind == "c" else np.abs(x)


def _factor_one(a: np.ndarray, pivot: np.ndarray) -> int:
    failed = 0
    for j in range(len(pivot)):
        p = j + int(np.argmax(magnitudes(a[j:, j])))
        pivot[j] = p + 1
        if p != j:
            a[[j, p]] = a[[p, j]]
        if a[j, j] != 0:
            a[j + 1 :, j] /= a[j, j]
            a[j + 1 :, j + 1 :] -= np.outer(a[j + 1 :, j], a[j, j + 1 :])
        elif not failed:
            failed = j + 1
    return failed


def permutations(pivots: np.ndarray, m: int) -> np.ndarray:
    """The matrices P of A = P L U."""
    flat = pivots.reshape(int(np.prod(pivots.shape[:-1])), pivots.shape[-1])
    made = np.zeros((len(flat), m, m))
    for one, matrix in zip(flat, made):
        order = list(range(m))
        for j, p in enumerate(one):
            order[j], order[p - 1] = order[p - 1], order[j]
        matrix[order, range(m)] = 1
    return made.reshape((*pivots.shape[:-1], m, m))


PERMUTATION = Op(
    "lu_permutation",
    rule=lambda pivots, m, kind: ((*pivots.shape[:-1], m, m), kind),
    eval=lambda pivots, /, m, kind: permutations(pivots, m),
)


def _first_rows(x, count: int):
    return slice_(x, len(x.shape) - 2, 0, count, 1)


def _last_rows(x, count: int):
    return slice_(x, len(x.shape) - 2, count, x.shape[-2], 1)


def _unpacked(packed):
    """L (m, k) and U (k, n) of packed factors (m, n)."""
    m, n = packed.shape[-2:]
    k = min(m, n)
    lower = tril(first_columns(packed, k), -1)
    return _plus_eye(lower, m, k), triu(_first_rows(packed, k), 0)


def _plus_eye(x, m: int, k: int):
    one = eye(m, x.dtype)
    return x + (one if m == k else first_columns(one, k))


def _square_gradient(gl, gu, lower, upper):
    """The gradient of L U where both are square."""
    inner = tril(matmul(adjoint(lower), gl), -1) + triu(matmul(gu, adjoint(upper)), 0)
    left = solve_triangular(adjoint(lower), inner, True, True)
    return adjoint(solve_triangular(upper, adjoint(left), True, False))


def _right_divided(x, upper):
    """x U^-H."""
    return adjoint(solve_triangular(upper, adjoint(x), True, False))


def lu_gradient(gl, gu, lower, upper):
    """The gradient of P^H A = L U from those of L (m, k) and U (k, n)."""
    m, n = lower.shape[-2], upper.shape[-1]
    if m == n:
        return _square_gradient(gl, gu, lower, upper)
    if m > n:  # the rows below: L2 = A2 U^-1
        low, glow = _last_rows(lower, n), _last_rows(gl, n)
        below = _right_divided(glow, upper)
        gu = gu - triu(matmul(adjoint(low), below), 0)
        made = _square_gradient(_first_rows(gl, n), gu, _first_rows(lower, n), upper)
        return cat([made, below], len(lower.shape) - 2)
    right, gright = last_columns(upper, m), last_columns(gu, m)  # U2 = L^-1 A2
    beside = solve_triangular(adjoint(lower), gright, True, True)
    gl = gl - tril(matmul(beside, adjoint(right)), -1)
    made = _square_gradient(gl, first_columns(gu, m), lower, first_columns(upper, m))
    return cat([made, beside], len(upper.shape) - 1)


def _parts_of_packed(g):
    """The gradients of L and U from that of the packed factors."""
    k = min(g.shape[-2:])
    return tril(first_columns(g, k), -1), triu(_first_rows(g, k), 0)


def _lu_factor_vjp(g, out0, out1):
    made = lu_gradient(*_parts_of_packed(g[0]), *_unpacked(out0))
    return matmul(PERMUTATION(out1, made.shape[-2], made.dtype), made)


lu_factor = Op(
    "linalg_lu_factor_ex",
    rule=lambda x: [
        (x.shape, x.dtype),
        ((*x.shape[:-2], min(x.shape[-2:])), dt.int32),
        (x.shape[:-2], dt.int32),
    ],
    eval=lambda x, /: _factor(x),
    vjp=_lu_factor_vjp,
    outputs=3,
)


def _lu_rule(x):
    *batch, m, n = x.shape
    k = min(m, n)
    return [((*batch, m, m), x.dtype), ((*batch, m, k), x.dtype), ((*batch, k, n), x.dtype)]


def _split(packed: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    m, n = packed.shape[-2:]
    k = min(m, n)
    lower = np.tril(packed[..., :, :k], -1) + np.eye(m, k, dtype=packed.dtype)
    return lower, np.triu(packed[..., :k, :])


def _lu_eval(x, /):
    packed, pivots, _ = _factor(x)
    return (permutations(pivots, x.shape[-2]), *_split(packed))


def _lu_vjp(g, out):
    p, lower, upper = out
    return matmul(p, lu_gradient(tril(g[1], -1), triu(g[2], 0), lower, upper))


lu = Op("linalg_lu", rule=_lu_rule, eval=_lu_eval, vjp=_lu_vjp, outputs=3)


def _unpack_eval(packed, pivots, /):
    return (permutations(pivots, packed.shape[-2]), *_split(packed))


def _widened(x, shape, dim: int):
    """Zeros joined on so that `dim` has the size it has in `shape`."""
    missing = shape[dim] - x.shape[dim]
    if not missing:
        return x
    blank = zeros(tuple(missing if d == dim else n for d, n in enumerate(x.shape)), x.dtype)
    return cat([x, blank], dim)


def _unpack_vjp(g, packed_shape):
    lower = _widened(tril(g[1], -1), packed_shape, len(packed_shape) - 1)
    upper = _widened(triu(g[2], 0), packed_shape, len(packed_shape) - 2)
    return lower + upper, None


lu_unpack = Op(
    "lu_unpack",
    rule=lambda packed, pivots: _lu_rule(packed),
    eval=_unpack_eval,
    vjp=_unpack_vjp,
    outputs=3,
)


def _hermitian(x: np.ndarray) -> np.ndarray:
    return np.conj(np.swapaxes(x, -1, -2))


def _lu_solve_eval(packed, pivots, b, /, left, adjoint):
    if not left:  # X A = B is A^H X^H = B^H
        return _hermitian(_lu_solve_eval(packed, pivots, _hermitian(b), True, not adjoint))
    p = permutations(pivots, packed.shape[-1]).astype(packed.dtype)
    lower, upper = _split(packed)
    if adjoint:
        half = solve_triangle(_hermitian(upper), b, False, False)
        return p @ solve_triangle(_hermitian(lower), half, True, True)
    half = solve_triangle(lower, np.swapaxes(p, -1, -2) @ b, False, True)
    return solve_triangle(upper, half, True, False)


def _lu_solve_rule(packed, pivots, b, left, adjoint):
    return (*broadcast_shapes(packed.shape[:-2], b.shape[:-2]), *b.shape[-2:]), b.dtype


def _of_matrix(to_b, x, left, turned):
    """The gradient of A from that of the right side and the solution."""
    if left:
        return -matmul(x, adjoint(to_b)) if turned else -matmul(to_b, adjoint(x))
    return -matmul(adjoint(to_b), x) if turned else -matmul(adjoint(x), to_b)


def _lu_solve_vjp(g, packed, pivots, out, attrs, needs):
    left, turned = attrs
    to_b = lu_solve(packed, pivots, g, left, not turned)
    if not needs[0]:
        return None, None, to_b
    p = PERMUTATION(pivots, packed.shape[-1], packed.dtype)
    lower, upper = _unpacked(packed)
    inner = matmul(adjoint(p), _of_matrix(to_b, out, left, turned))
    to_packed = tril(matmul(inner, adjoint(upper)), -1) + triu(matmul(adjoint(lower), inner), 0)
    return to_packed, None, to_b


lu_solve = Op(
    "linalg_lu_solve",
    rule=_lu_solve_rule,
    eval=_lu_solve_eval,
    vjp=_lu_solve_vjp,
)
