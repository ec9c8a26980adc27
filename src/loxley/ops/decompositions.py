"""QR, eigenvalue and singular value decompositions, with their derivatives.

Derivative formulas are those of M. Giles, "An extended collection of matrix derivative results for
forward and reverse mode algorithmic differentiation" (2008), for complex matrices too.
"""

from __future__ import annotations

import numpy as np

from ..errors import LinAlgError
from ..ir.graph import Op
from .complex_numbers import real_part
from .elementwise import conj
from .family import cast
from .joining import cat
from .linalg import columns, diagonal_matrix, diagonal_of, eye, rows, solve, solve_triangular
from .matmul import adjoint, matmul
from .rearranging import tril
from .slicing import slice_


def _qr_rule(x, mode):
    *batch, m, n = x.shape
    k = m if mode == "complete" else min(m, n)
    shape = (0,) if mode == "r" else (*batch, m, k)
    return [(shape, x.dtype), ((*batch, k, n), x.dtype)]


def _qr_eval(x, /, mode):
    if mode == "r":
        return np.zeros((0,), x.dtype), np.linalg.qr(x, "r")
    return tuple(np.linalg.qr(x, mode))


def first_columns(x, count: int):
    """The first columns of matrices."""
    return slice_(x, len(x.shape) - 1, 0, count, 1)


def last_columns(x, count: int):
    """The columns from `count` on."""
    return slice_(x, len(x.shape) - 1, count, x.shape[-1], 1)


def _square_qr_gradient(gq, gr, q, r):
    """For as many columns as r has rows. gq or gr may be None."""
    inner = None
    if gr is not None:
        inner = matmul(r, adjoint(gr))
    if gq is not None:
        part = matmul(adjoint(gq), q)
        inner = -part if inner is None else inner - part
    whole = matmul(q, tril(inner, 0) + adjoint(tril(inner, -1)))
    if q.dtype.is_complex:  # the diagonal of R is real: only the real part of the diagonal counts
        diagonal = diagonal_of(inner)
        whole = whole - matmul(q, diagonal_matrix(diagonal - cast(real_part(diagonal), q.dtype)))
    if gq is not None:
        whole = whole + gq
    return adjoint(solve_triangular(r, adjoint(whole), True, False))


def _qr_vjp(g, out, x_shape, mode):
    q, r = out
    gq, gr = g
    m, n = x_shape[-2:]
    if mode == "r":
        raise RuntimeError(
            "The derivative of linalg.qr depends on Q, which is not computed when mode='r'. Please "
            "use "
            "linalg.qr(A, mode='reduced') if you are going to use it in a computation."
        )
    if mode == "complete" and m > n:
        raise RuntimeError(
            "The QR decomposition is not differentiable when mode='complete' and nrows > ncols"
        )
    if m >= n:
        return _square_qr_gradient(gq, gr, q, r)
    # A = [A1 A2] = Q [R1 R2]: A2 gives R2 = Q^H A2, and A1 its own decomposition.
    if gr is None:
        made = _square_qr_gradient(gq, None, q, first_columns(r, m))
        rest = last_columns(r, m)
        return cat([made, matmul(q, rest) * 0.0], len(r.shape) - 1)
    other = matmul(q, last_columns(gr, m))
    through = matmul(matmul(q, last_columns(r, m)), adjoint(last_columns(gr, m)))
    gq = through if gq is None else gq + through
    made = _square_qr_gradient(gq, first_columns(gr, m), q, first_columns(r, m))
    return cat([made, other], len(r.shape) - 1)


qr = Op("linalg_qr", rule=_qr_rule, eval=_qr_eval, vjp=_qr_vjp, outputs=2, undefined_grads=True)


def _differences(values):
    """d[i, j] = values[j] - values[i], with ones on the diagonal."""
    n = values.shape[-1]
    return rows(values) - columns(values) + eye(n, values.dtype)


def _off_diagonal(x):
    return x - diagonal_matrix(diagonal_of(x))


def _not_converged(name: str, why: str) -> LinAlgError:
    return LinAlgError(f"linalg.{name}: The algorithm failed to converge because {why}.")


def _eigh_eval(x, /, upper):
    try:
        return tuple(np.linalg.eigh(x, "U" if upper else "L"))
    except np.linalg.LinAlgError:
        raise _not_converged(
            "eigh",
            "the input matrix is ill-conditioned or has too many repeated eigenvalues (error code: "
            f"{x.shape[-1] - 1})",
        ) from None


def _eigh_gradient(to_values, to_v, values, v):
    inner = None
    if to_v is not None:
        mixed = matmul(adjoint(v), to_v)
        inner = _off_diagonal(mixed) / cast(_differences(values), v.dtype)
    if to_values is not None:
        straight = cast(diagonal_matrix(to_values), v.dtype)
        inner = straight if inner is None else inner + straight
    made = matmul(v, matmul(inner, adjoint(v)))
    return (made + adjoint(made)) * 0.5


eigh = Op(
    "linalg_eigh",
    rule=lambda x, upper: [(x.shape[:-1], x.dtype.to_real()), (x.shape, x.dtype)],
    eval=_eigh_eval,
    vjp=lambda g, out: _eigh_gradient(g[0], g[1], *out),
    outputs=2,
    undefined_grads=True,
)

eigvalsh = Op(
    "linalg_eigvalsh",
    rule=lambda x, upper: (x.shape[:-1], x.dtype.to_real()),
    eval=lambda x, /, upper: np.linalg.eigvalsh(x, "U" if upper else "L"),
    vjp=lambda g, x, upper: _eigh_gradient(g, None, None, eigh(x, upper)[1]),
    grad_name="LinalgEighBackward0",
)


def _eig_gradient(to_values, to_v, values, v, x_dtype):
    inner = None
    if to_v is not None:
        mixed = matmul(adjoint(v), to_v)
        lengths = cast(real_part(diagonal_of(mixed)), v.dtype)
        mixed = mixed - matmul(adjoint(v), v * rows(lengths))
        inner = _off_diagonal(mixed) / conj(_differences(values))
    if to_values is not None:
        straight = diagonal_matrix(to_values)
        inner = straight if inner is None else inner + straight
    made = solve(adjoint(v), matmul(inner, adjoint(v)))[0]
    return made if x_dtype.is_complex else real_part(made)


eig = Op(
    "linalg_eig",
    rule=lambda x: [(x.shape[:-1], x.dtype.to_complex()), (x.shape, x.dtype.to_complex())],
    eval=lambda x, /: tuple(np.linalg.eig(x)),
    vjp=lambda g, out, x_dtype: _eig_gradient(g[0], g[1], *out, x_dtype),
    outputs=2,
    undefined_grads=True,
)

eigvals = Op(
    "linalg_eigvals",
    rule=lambda x: (x.shape[:-1], x.dtype.to_complex()),
    eval=lambda x, /: np.linalg.eigvals(x),
    vjp=lambda g, x: _eig_gradient(g, None, None, eig(x)[1], x.dtype),
    grad_name="LinalgEigBackward0",
)


def _svd_rule(x, full):
    *batch, m, n = x.shape
    k = min(m, n)
    wide_u, wide_v = (m, n) if full else (k, k)
    return [
        ((*batch, m, wide_u), x.dtype),
        ((*batch, k), x.dtype.to_real()),
        ((*batch, wide_v, n), x.dtype),
    ]


def _svd_eval(x, /, full):
    try:
        return tuple(np.linalg.svd(x, full))
    except np.linalg.LinAlgError:
        raise _not_converged("svd", "the input matrix contained non-finite values") from None


def _skew(x):
    return x - adjoint(x)


def _rotations(gu, gvh, u, s, vh):
    """What turning the singular vectors contributes between u and vh."""
    sc = cast(s, u.dtype)
    gaps = cast(_differences(s * s), u.dtype)
    inner = None
    if gu is not None:
        skew = _skew(matmul(adjoint(u), gu))
        inner = _off_diagonal(skew) / gaps * rows(sc)
        if u.dtype.is_complex:
            inner = inner + diagonal_matrix(diagonal_of(skew) / (sc * 2))
    if gvh is not None:
        skew = _skew(matmul(vh, adjoint(gvh)))
        part = _off_diagonal(skew) / gaps * columns(sc)
        inner = part if inner is None else inner + part
    return inner


def _svd_gradient(gu, gs, gvh, u, s, vh):
    inner = None if gs is None else cast(diagonal_matrix(gs), u.dtype)
    if gu is not None or gvh is not None:
        turned = _rotations(gu, gvh, u, s, vh)
        inner = turned if inner is None else inner + turned
    made = matmul(u, matmul(inner, vh))
    sc, k = cast(s, u.dtype), s.shape[-1]
    if gu is not None and u.shape[-2] > k:
        scaled = gu / rows(sc)
        made = made + matmul(scaled - matmul(u, matmul(adjoint(u), scaled)), vh)
    if gvh is not None and vh.shape[-1] > k:
        scaled = gvh / columns(sc)
        made = made + matmul(u, scaled - matmul(matmul(scaled, adjoint(vh)), vh))
    return made


def _first_rows(x, count: int):
    return slice_(x, len(x.shape) - 2, 0, count, 1)


def _svd_vjp(g, out, full):
    u, s, vh = out
    gu, gs, gvh = g
    if full:  # the vectors that complete the bases have no derivative of their own
        k = s.shape[-1]
        u, vh = first_columns(u, k), _first_rows(vh, k)
        gu = None if gu is None else first_columns(gu, k)
        gvh = None if gvh is None else _first_rows(gvh, k)
    return _svd_gradient(gu, gs, gvh, u, s, vh)


svd = Op(
    "linalg_svd",
    rule=_svd_rule,
    eval=_svd_eval,
    vjp=_svd_vjp,
    outputs=3,
    undefined_grads=True,
)


def _svdvals_eval(x, /):
    try:
        return np.linalg.svd(x, compute_uv=False)
    except np.linalg.LinAlgError:
        raise _not_converged("svd", "the input matrix contained non-finite values") from None


def _svdvals_vjp(g, x):
    u, s, vh = svd(x, False)
    return _svd_gradient(None, g, None, u, s, vh)


svdvals = Op(
    "linalg_svdvals",
    rule=lambda x: ((*x.shape[:-2], min(x.shape[-2:])), x.dtype.to_real()),
    eval=_svdvals_eval,
    vjp=_svdvals_vjp,
    grad_name="LinalgSvdBackward0",
)
