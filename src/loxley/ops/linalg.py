"""Decompositions and solvers on NumPy's LAPACK, with their derivatives.

Matrices are the last two dimensions; everything before is batch.  Derivative formulas are those of
M. Giles, "An extended collection of matrix derivative results for forward and reverse mode
algorithmic differentiation" (2008), and of the Matrix Cookbook, for complex matrices too.
"""

from __future__ import annotations

import numpy as np

from .. import dtypes as dt
from ..errors import LinAlgError
from ..ir.graph import Op, Value
from .complex_numbers import IMAG_PART, real_part
from .elementwise import conj
from .family import cast
from .matmul import adjoint, matmul
from .movement import view
from .rearranging import diag_embed, tril, triu
from .slicing import diagonal


def columns(x):
    """(..., n) -> (..., n, 1)."""
    return view(x, (*x.shape, 1))


def rows(x):
    """(..., n) -> (..., 1, n)."""
    return view(x, (*x.shape[:-1], 1, x.shape[-1]))


def diagonal_of(x):
    """The diagonals of matrices."""
    n = len(x.shape)
    return diagonal(x, 0, n - 2, n - 1)


def diagonal_matrix(x):
    """Matrices with the given diagonals."""
    n = len(x.shape)
    return diag_embed(x, 0, n - 1, n)


def _eye(n: int, kind: dt.dtype):
    """The identity matrix as a value."""
    return EYE(n, kind)


EYE = Op(
    "eye",
    rule=lambda n, kind: ((n, n), kind),
    eval=lambda n, kind: np.eye(n, dtype=kind.numpy),
    names=(),
    attrs=("n", "kind"),
)


def check_square(x, name: str) -> None:
    """RuntimeError in PyTorch's words unless x holds square matrices of floating type."""
    check_matrix(x, name)
    if x.shape[-1] != x.shape[-2]:
        raise RuntimeError(
            f"{name}: A must be batches of square matrices, but they are {x.shape[-2]} by "
            f"{x.shape[-1]} matrices"
        )


def check_matrix(x, name: str) -> None:
    """RuntimeError in PyTorch's words unless x holds matrices of floating type."""
    if len(x.shape) < 2:
        raise RuntimeError(
            f"{name}: The input tensor A must have at least 2 dimensions."
        )
    check_floating(x, name)


def check_floating(x, name: str) -> None:
    """RuntimeError for types that LAPACK has not."""
    if x.dtype in (dt.float16, dt.bfloat16):
        raise RuntimeError(
            f"{name}: Low precision dtypes not supported. Got {x.dtype.legacy_name}"
        )
    if x.dtype.category < dt.float32.category:
        raise RuntimeError(
            f"{name}: Expected a floating point or complex tensor as input. Got "
            f"{x.dtype.legacy_name}"
        )


def singular_at(x: np.ndarray) -> int:
    """The first zero pivot of a singular matrix, counted from 1."""
    work = x.astype(np.result_type(x, np.float64))
    n = len(work)
    for k in range(n):
        p = k + int(np.argmax(np.abs(work[k:, k])))
        if work[p, k] == 0:
            return k + 1
        work[[k, p]] = work[[p, k]]
        work[k + 1 :] -= np.outer(work[k + 1 :, k] / work[k, k], work[k])
    return n


def _inv_eval(x, /):
    try:
        return np.linalg.inv(x)
    except np.linalg.LinAlgError:
        raise singular("linalg.inv", x, "inverted") from None


def singular(name: str, x: np.ndarray, what: str) -> LinAlgError:
    """PyTorch's error for a singular matrix."""
    flat = x.reshape((-1, *x.shape[-2:]))
    for i, one in enumerate(flat):
        try:
            np.linalg.inv(one)
        except np.linalg.LinAlgError:
            where = "" if x.ndim == 2 else f"(Batch element {i}): "
            if what == "solved":
                return LinAlgError(f"{name}: {where}The solver failed because the input matrix is singular.")
            return LinAlgError(
                f"{name}: {where}The diagonal element {singular_at(one)} is zero, the inversion could not "
                "be completed because the input matrix is singular."
            )
    return LinAlgError(f"{name}: the input matrix is singular.")


inv = Op(
    "linalg_inv_ex",
    rule=lambda x: (x.shape, x.dtype),
    eval=_inv_eval,
    vjp=lambda g, out: -matmul(adjoint(out), matmul(g, adjoint(out))),
)


def _solve_eval(a, b, /):
    try:
        return np.linalg.solve(a, b)
    except np.linalg.LinAlgError:
        raise singular("torch.linalg.solve", a, "solved") from None


def _solve_vjp(g, a, out):
    to_b = solve(adjoint(a), g)
    return -matmul(to_b, adjoint(out)), to_b


solve = Op(
    "linalg_solve_ex",
    rule=lambda a, b: (_solved_shape(a, b), a.dtype),
    eval=_solve_eval,
    vjp=_solve_vjp,
)


def _solved_shape(a, b):
    batch = np.broadcast_shapes(a.shape[:-2], b.shape[:-2])
    return (*batch, a.shape[-1], b.shape[-1])


def _triangular_eval(a, b, /, upper, unit):
    a = np.triu(a) if upper else np.tril(a)
    if unit:
        n = a.shape[-1]
        a = a * (1 - np.eye(n, dtype=a.dtype)) + np.eye(n, dtype=a.dtype)
    if not np.all(np.diagonal(a, axis1=-2, axis2=-1) != 0):
        return _substitute(a, b, upper)
    return np.linalg.solve(a, b)


def _substitute(a, b, upper):
    """Substitution row by row, which gives inf and nan where the diagonal has zeros."""
    shape = np.broadcast_shapes(a.shape[:-2], b.shape[:-2])
    x = np.array(np.broadcast_to(b, shape + b.shape[-2:]))
    n = a.shape[-1]
    for i in range(n - 1, -1, -1) if upper else range(n):
        known = slice(i + 1, n) if upper else slice(0, i)
        total = (a[..., i : i + 1, known] @ x[..., known, :])[..., 0, :]
        x[..., i, :] = (x[..., i, :] - total) / a[..., i, i, None]
    return x


def _triangular_vjp(g, a, out, upper, unit):
    to_b = solve_triangular(adjoint(a), g, not upper, unit)
    to_a = -matmul(to_b, adjoint(out))
    offset = int(unit)
    return (triu(to_a, offset) if upper else tril(to_a, -offset)), to_b


solve_triangular = Op(
    "linalg_solve_triangular",
    rule=lambda a, b, upper, unit: (_solved_shape(a, b), a.dtype),
    eval=_triangular_eval,
    vjp=_triangular_vjp,
)


def _cofactors(x, /):
    """det(A) A^-H, finite for singular matrices too, from the singular values."""
    u, s, vh = np.linalg.svd(x)
    n = s.shape[-1]
    others = np.stack([np.prod(np.delete(s, i, -1), axis=-1) for i in range(n)], -1) if n else s
    phase = np.conj(np.linalg.det(u) * np.linalg.det(vh))
    return phase[..., None, None] * ((u * others[..., None, :]) @ vh)


COFACTORS = Op("cofactors", rule=lambda x: (x.shape, x.dtype), eval=_cofactors)


def _det_vjp(g, x, out):
    g = columns(columns(g))
    if type(g) is Value:
        return g * COFACTORS(x)
    return g * columns(columns(conj(out))) * adjoint(inv(x))


det = Op(
    "linalg_det",
    rule=lambda x: (x.shape[:-2], x.dtype),
    eval=lambda x, /: np.linalg.det(x),
    vjp=_det_vjp,
    grad_name="LinalgDetBackward0",
)


def _slogdet_eval(x, /):
    sign, logabs = np.linalg.slogdet(x)
    return sign, logabs


def _slogdet_vjp(g, x, out0):
    weight = cast(g[1], x.dtype)
    if x.dtype.is_complex:
        turn = IMAG_PART(conj(g[0]) * out0)
        weight = weight - cast(turn, x.dtype) * 1j
    return columns(columns(weight)) * adjoint(inv(x))


slogdet = Op(
    "linalg_slogdet",
    rule=lambda x: [(x.shape[:-2], x.dtype), (x.shape[:-2], x.dtype.to_real())],
    eval=_slogdet_eval,
    vjp=_slogdet_vjp,
    outputs=2,
    grad_name="LinalgSlogdetBackward0",
)


def _cholesky_eval(x, /):
    lower = np.tril(x)
    turned = np.conj(np.swapaxes(lower, -1, -2))
    n = x.shape[-1]
    whole = lower + turned * (1 - np.eye(n, dtype=x.dtype))
    try:
        return np.linalg.cholesky(whole)
    except np.linalg.LinAlgError:
        raise _not_positive(whole) from None


def _not_positive(x: np.ndarray) -> LinAlgError:
    for i, one in enumerate(x.reshape((-1, *x.shape[-2:]))):
        for k in range(1, len(one) + 1):
            try:
                np.linalg.cholesky(one[:k, :k])
            except np.linalg.LinAlgError:
                where = "" if x.ndim == 2 else f"(Batch element {i}): "
                return LinAlgError(
                    f"linalg.cholesky: {where}The factorization could not be completed because the input "
                    f"is not positive-definite (the leading minor of order {k} is not positive-definite)."
                )
    return LinAlgError("linalg.cholesky: The factorization could not be completed.")


def _cholesky_vjp(g, out):
    inverse = solve_triangular(out, _eye(out.shape[-1], out.dtype), False, False)
    phi = tril(matmul(adjoint(out), g), 0)
    phi = phi - diagonal_matrix(diagonal_of(phi)) * 0.5
    half = matmul(adjoint(inverse), matmul(phi, inverse))
    return (half + adjoint(half)) * 0.5


cholesky = Op(
    "linalg_cholesky_ex",
    rule=lambda x: (x.shape, x.dtype),
    eval=_cholesky_eval,
    vjp=_cholesky_vjp,
)


def _qr_rule(x, mode):
    *batch, m, n = x.shape
    k = min(m, n) if mode == "reduced" else m
    return [((*batch, m, k), x.dtype), ((*batch, k, n), x.dtype)]


def _copy_lower(x):
    """The lower triangle, mirrored into the upper one."""
    return tril(x, 0) + adjoint(tril(x, -1))


def _qr_vjp(g, out):
    q, r = out
    gq, gr = g
    inner = matmul(r, adjoint(gr)) - matmul(adjoint(gq), q)
    whole = gq + matmul(q, _copy_lower(inner))
    return adjoint(solve_triangular(r, adjoint(whole), True, False))


qr = Op(
    "linalg_qr",
    rule=_qr_rule,
    eval=lambda x, /, mode: tuple(np.linalg.qr(x, mode)),
    vjp=_qr_vjp,
    outputs=2,
)


def _hermitian(x: np.ndarray, upper: bool) -> np.ndarray:
    n = x.shape[-1]
    part = np.triu(x) if upper else np.tril(x)
    turned = np.conj(np.swapaxes(part, -1, -2))
    return part + turned * (1 - np.eye(n, dtype=x.dtype))


def _eigh_eval(x, /, upper):
    values, vectors = np.linalg.eigh(_hermitian(x, upper))
    return values, vectors


def _differences(values):
    """d[i, j] = values[j] - values[i], with ones on the diagonal."""
    n = values.shape[-1]
    return rows(values) - columns(values) + _eye(n, values.dtype)


def _off_diagonal(x):
    return x - diagonal_matrix(diagonal_of(x))


def _eigh_vjp(g, out):
    values, v = out
    to_values, to_v = g
    mixed = _off_diagonal(matmul(adjoint(v), to_v)) / cast(_differences(values), v.dtype)
    inner = mixed + cast(diagonal_matrix(to_values), v.dtype)
    return matmul(v, matmul(inner, adjoint(v)))


eigh = Op(
    "linalg_eigh",
    rule=lambda x, upper: [(x.shape[:-1], x.dtype.to_real()), (x.shape, x.dtype)],
    eval=_eigh_eval,
    vjp=_eigh_vjp,
    outputs=2,
)


def _eig_eval(x, /):
    values, vectors = np.linalg.eig(x)
    return values, vectors


def _eig_vjp(g, out, x_dtype):
    values, v = out
    to_values, to_v = g
    vh_gv = matmul(adjoint(v), to_v)
    vh_v = matmul(adjoint(v), v)
    real_diagonal = cast(real_part(diagonal_of(vh_gv)), v.dtype)
    inner = vh_gv - vh_v * rows(real_diagonal)
    inner = _off_diagonal(inner / conj(_differences(values))) + diagonal_matrix(to_values)
    made = matmul(solve(adjoint(v), inner), adjoint(v))
    return made if x_dtype.is_complex else real_part(made)


eig = Op(
    "linalg_eig",
    rule=lambda x: [(x.shape[:-1], x.dtype.to_complex()), (x.shape, x.dtype.to_complex())],
    eval=_eig_eval,
    vjp=_eig_vjp,
    outputs=2,
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


def _skew(x):
    return x - adjoint(x)


def _svd_vjp(g, out, full):
    u, s, vh = out
    gu, gs, gvh = g
    m, n, k = u.shape[-2], vh.shape[-1], s.shape[-1]
    if full and m != n:
        raise RuntimeError(
            "svd_backward: The singular vectors in the gradient do not cover the full matrices. Use "
            "full_matrices=False."
        )
    sc = cast(s, u.dtype)
    squares = _differences(s * s)
    gaps = cast(squares, u.dtype)
    from_u = _skew(matmul(adjoint(u), gu)) / gaps
    from_v = _skew(matmul(vh, adjoint(gvh))) / gaps
    inner = _off_diagonal(from_u * rows(sc) + columns(sc) * from_v)
    if u.dtype.is_complex:
        phase = diagonal_of(_skew(matmul(adjoint(u), gu))) / (sc * 2)
        inner = inner + diagonal_matrix(phase)
    inner = inner + cast(diagonal_matrix(gs), u.dtype)
    made = matmul(u, matmul(inner, vh))
    if m > k:
        scaled = gu / rows(sc)
        made = made + matmul(scaled - matmul(u, matmul(adjoint(u), scaled)), vh)
    if n > k:
        scaled = gvh / columns(sc)
        made = made + matmul(u, scaled - matmul(matmul(scaled, adjoint(vh)), vh))
    return made


svd = Op(
    "linalg_svd",
    rule=_svd_rule,
    eval=lambda x, /, full: tuple(np.linalg.svd(x, full)),
    vjp=_svd_vjp,
    outputs=3,
)


def _lu_eval(x, /):
    """P, L, U with partial pivoting, A = P L U; and LAPACK's pivots, counted from 1."""
    *batch, m, n = x.shape
    k = min(m, n)
    packed = np.array(x).reshape((-1, m, n))
    pivots = np.zeros((len(packed), k), np.int32)
    for a, pivot in zip(packed, pivots):
        _lu_one(a, pivot)
    return packed.reshape(x.shape), pivots.reshape((*batch, k))


def _lu_one(a: np.ndarray, pivot: np.ndarray) -> None:
    for j in range(len(pivot)):
        p = j + int(np.argmax(np.abs(a[j:, j])))
        pivot[j] = p + 1
        if p != j:
            a[[j, p]] = a[[p, j]]
        if a[j, j] != 0:
            a[j + 1 :, j] /= a[j, j]
            a[j + 1 :, j + 1 :] -= np.outer(a[j + 1 :, j], a[j, j + 1 :])


def _permutations(pivots: np.ndarray, m: int) -> np.ndarray:
    flat = pivots.reshape(-1, pivots.shape[-1])
    made = np.zeros((len(flat), m, m))
    for one, matrix in zip(flat, made):
        order = list(range(m))
        for j, p in enumerate(one):
            order[j], order[p - 1] = order[p - 1], order[j]
        matrix[order, range(m)] = 1
    return made.reshape((*pivots.shape[:-1], m, m))


# The permutation matrices P of A = P L U from pivots.
PERMUTATION = Op(
    "lu_permutation",
    rule=lambda pivots, m, kind: ((*pivots.shape[:-1], m, m), kind),
    eval=lambda pivots, /, m, kind: _permutations(pivots, m),
)


def _lu_vjp(g, out):
    packed, pivots = out
    m, n = packed.shape[-2:]
    if m != n:
        raise NotImplementedError("the gradient of LU factors of matrices that are not square")
    eye = _eye(n, packed.dtype)
    lower, upper = tril(packed, -1) + eye, triu(packed, 0)
    gl, gu = tril(g[0], -1), triu(g[0], 0)
    inner = tril(matmul(adjoint(lower), gl), -1) + triu(matmul(gu, adjoint(upper)), 0)
    left = solve_triangular(adjoint(lower), inner, True, True)
    right = adjoint(solve_triangular(upper, adjoint(left), True, False))
    return matmul(PERMUTATION(pivots, m, packed.dtype), right)


lu_factor = Op(
    "linalg_lu_factor_ex",
    rule=lambda x: [
        (x.shape, x.dtype),
        ((*x.shape[:-2], min(x.shape[-2:])), dt.int32),
    ],
    eval=_lu_eval,
    vjp=_lu_vjp,
    outputs=2,
)


def _expm(x: np.ndarray) -> np.ndarray:
    """Scaling and squaring with a Taylor polynomial of degree 18 in double precision."""
    wide = x.astype(np.complex128 if x.dtype.kind == "c" else np.float64)
    norm = np.max(np.sum(np.abs(wide), axis=-2), initial=0.0)
    halvings = max(0, int(np.ceil(np.log2(norm))) + 1) if norm > 0 and np.isfinite(norm) else 0
    scaled = wide / 2.0**halvings
    term = total = np.broadcast_to(np.eye(x.shape[-1], dtype=wide.dtype), x.shape)
    for k in range(1, 19):
        term = term @ scaled / k
        total = total + term
    for _ in range(halvings):
        total = total @ total
    return total


def _expm_backward(dy, x, /):
    n = x.shape[-1]
    turned = np.conj(np.swapaxes(x, -1, -2))
    block = np.zeros((*x.shape[:-2], 2 * n, 2 * n), np.result_type(x, dy))
    block[..., :n, :n] = block[..., n:, n:] = turned
    block[..., :n, n:] = dy
    return _expm(block)[..., :n, n:]


matrix_exp_backward = Op(
    "matrix_exp_backward", rule=lambda dy, x: (x.shape, x.dtype), eval=_expm_backward
)
matrix_exp = Op(
    "linalg_matrix_exp",
    rule=lambda x: (x.shape, x.dtype),
    eval=lambda x, /: _expm(x),
    vjp=lambda g, x: matrix_exp_backward(g, x),
)


def _householder(v: np.ndarray, tau: np.ndarray) -> np.ndarray:
    """The first n columns of the product of the reflections I - tau_i v_i v_i^H."""
    *_, m, n = v.shape
    made = np.broadcast_to(np.eye(m, n, dtype=v.dtype), v.shape).copy()
    for i in range(tau.shape[-1] - 1, -1, -1):
        w = np.where(np.arange(m) < i, 0, v[..., i])
        w[..., i] = 1
        dots = np.conj(w)[..., None, :] @ made
        made -= tau[..., i, None, None] * (w[..., :, None] * dots)
    return made


householder_product = Op(
    "linalg_householder_product",
    rule=lambda v, tau: (v.shape, v.dtype),
    eval=lambda v, tau, /: _householder(v, tau),
)
