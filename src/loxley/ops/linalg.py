"""Inverses, solvers, determinants and Cholesky factors on NumPy's LAPACK, with their derivatives.

Matrices are the last two dimensions; everything before is batch.  Derivative formulas are those of
M. Giles, "An extended collection of matrix derivative results for forward and reverse mode
algorithmic differentiation" (2008), and of the Matrix Cookbook, for complex matrices too.
"""

from __future__ import annotations

import numpy as np

from .. import dtypes as dt
from ..ir.graph import Op, Value
from ..shapes import broadcast_shapes
from .complex_numbers import IMAG_PART
from .elementwise import conj
from .family import cast
from .matmul import adjoint, matmul
from .movement import view
from .rearranging import diag_embed, tril, triu
from .slicing import diagonal
from .unsupported import no_kernel


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


EYE = Op(
    "eye",
    rule=lambda n, kind: ((n, n), kind),
    eval=lambda n, kind: np.eye(n, dtype=kind.numpy),
    names=(),
    attrs=("n", "kind"),
)


def eye(n: int, kind: dt.dtype):
    """The identity matrix as a value."""
    return EYE(n, kind)


def check_square(x, name: str, floating: bool = True) -> None:
    """RuntimeError in PyTorch's words unless x holds square matrices (of floating type)."""
    if len(x.shape) < 2:
        check_matrix(x, name)
    if floating:
        check_floating(x, name)
    if x.shape[-1] != x.shape[-2]:
        raise RuntimeError(
            f"{name}: A must be batches of square matrices, but they are {x.shape[-2]} by "
            f"{x.shape[-1]} matrices"
        )


def check_matrix(x, name: str, what: str = "A") -> None:
    """RuntimeError in PyTorch's words unless x holds matrices of floating type."""
    if len(x.shape) < 2:
        raise RuntimeError(f"{name}: The input tensor {what} must have at least 2 dimensions.")
    check_floating(x, name)


# Functions that PyTorch lets reach a kernel before it notices the type.
_KERNELS = {
    "linalg.cholesky": "cholesky_cpu",
    "cholesky": "cholesky_cpu",
    "linalg.svd": "linalg_svd_cpu",
    "linalg.qr": "geqrf_cpu",
    "linalg.det": "lu_cpu",
    "linalg.solve": "lu_cpu",
    "linalg.lu": "lu_cpu",
    "linalg.lu_factor": "lu_cpu",
    "torch.linalg.ldl_factor_ex": "ldl_factor_kernel_cpu",
    "torch.linalg.lu_solve": "linalg.lu_solve_cpu",
}


def check_floating(x, name: str) -> None:
    """PyTorch's errors for types that LAPACK has not."""
    if x.dtype in (dt.float16, dt.bfloat16):
        if name in _KERNELS:
            if 0 in x.shape:
                return
            raise no_kernel(_KERNELS[name], x.dtype)
        raise RuntimeError(f"{name}: Low precision dtypes not supported. Got {x.dtype.legacy_name}")
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


def _one_by_one(compute, where, a: np.ndarray, *others: np.ndarray):
    """Matrix by matrix where a batch cannot be computed: results, and what failed (from 1)."""
    batch = np.broadcast_shapes(a.shape[:-2], *(x.shape[:-2] for x in others))
    inputs = [np.broadcast_to(x, batch + x.shape[-2:]) for x in (a, *others)]
    info, made = np.zeros(batch, np.int32), None
    for place in np.ndindex(*batch):
        matrices = [x[place] for x in inputs]
        try:
            one = compute(*matrices)
        except np.linalg.LinAlgError:
            info[place], one = where(matrices[0]), None
        if made is None:
            made = np.full(batch + (matrices[-1] if one is None else one).shape, np.nan, a.dtype)
        if one is not None:
            made[place] = one
    return made, info


def _inv_eval(x, /):
    try:
        return np.linalg.inv(x), np.zeros(x.shape[:-2], np.int32)
    except np.linalg.LinAlgError:
        return _one_by_one(np.linalg.inv, singular_at, x)


# The inverse, and per matrix which pivot was zero (counted from 1; 0 for none).
inv = Op(
    "linalg_inv_ex",
    rule=lambda x: [(x.shape, x.dtype), (x.shape[:-2], dt.int32)],
    eval=_inv_eval,
    vjp=lambda g, out0: -matmul(adjoint(out0), matmul(g[0], adjoint(out0))),
    outputs=2,
)


def inverse(x):
    """The inverse alone, NaN where there is none."""
    return inv(x)[0]


def _solve_eval(a, b, /):
    batch = np.broadcast_shapes(a.shape[:-2], b.shape[:-2])
    try:
        return np.linalg.solve(a, b), np.zeros(batch, np.int32)
    except np.linalg.LinAlgError:
        return _one_by_one(np.linalg.solve, singular_at, a, b)


def _solve_vjp(g, a, out0):
    to_b = solve(adjoint(a), g[0])[0]
    return -matmul(to_b, adjoint(out0)), to_b


def _solved_shape(a, b):
    batch = broadcast_shapes(a.shape[:-2], b.shape[:-2])
    return (*batch, a.shape[-1], b.shape[-1])


solve = Op(
    "linalg_solve_ex",
    rule=lambda a, b: [
        (_solved_shape(a, b), a.dtype),
        (broadcast_shapes(a.shape[:-2], b.shape[:-2]), dt.int32),
    ],
    eval=_solve_eval,
    vjp=_solve_vjp,
    outputs=2,
)


def solve_triangle(a: np.ndarray, b: np.ndarray, upper: bool, unit: bool) -> np.ndarray:
    """Back substitution; what lies on the other side of the diagonal is not read."""
    a = np.triu(a) if upper else np.tril(a)
    if unit:
        a = np.where(np.eye(a.shape[-1], dtype=np.bool_), np.ones((), a.dtype), a)
    regular = np.all(np.diagonal(a, axis1=-2, axis2=-1) != 0)
    if not (regular and np.isfinite(a).all() and np.isfinite(b).all()):
        return _substitute(a, b, upper)  # where elimination takes zero times infinity
    if upper:
        return np.linalg.solve(a, b)
    # Mirrored it is an upper triangle, whose pivots stay where they are.
    return np.linalg.solve(a[..., ::-1, ::-1], b[..., ::-1, :])[..., ::-1, :]


def _substitute(a, b, upper):
    """Substitution row by row: inf and nan stay in the rows that they belong to."""
    shape = np.broadcast_shapes(a.shape[:-2], b.shape[:-2])
    x = np.array(np.broadcast_to(b, shape + b.shape[-2:]))
    n = a.shape[-1]
    for i in range(n - 1, -1, -1) if upper else range(n):
        known = slice(i + 1, n) if upper else slice(0, i)
        total = (a[..., i : i + 1, known] @ x[..., known, :])[..., 0, :]
        x[..., i, :] = (x[..., i, :] - total) / a[..., i, i, None]
    return x


def _triangular_gradient(to_b, out, upper, unit):
    to_a = -matmul(to_b, adjoint(out))
    offset = int(unit)
    return triu(to_a, offset) if upper else tril(to_a, -offset)


def _triangular_vjp(g, a, out, upper, unit, needs):
    to_b = solve_triangular(adjoint(a), g, not upper, unit)
    return _triangular_gradient(to_b, out, upper, unit) if needs[0] else None, to_b


def _triangular_row(name: str) -> Op:
    return Op(
        name,
        rule=lambda a, b, upper, unit: (_solved_shape(a, b), a.dtype),
        eval=lambda a, b, /, upper, unit: solve_triangle(a, b, upper, unit),
        vjp=_triangular_vjp,
    )


solve_triangular = _triangular_row("linalg_solve_triangular")
old_triangular = _triangular_row("triangular_solve")


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
    return g * columns(columns(conj(out))) * adjoint(inverse(x))


det = Op(
    "linalg_det",
    rule=lambda x: (x.shape[:-2], x.dtype),
    eval=lambda x, /: np.linalg.det(x),
    vjp=_det_vjp,
)


def _slogdet_vjp(g, x, out0):
    weight = cast(g[1], x.dtype)
    if x.dtype.is_complex:
        turn = IMAG_PART(conj(g[0]) * out0)
        weight = weight - cast(turn, x.dtype) * 1j
    return columns(columns(weight)) * adjoint(inverse(x))


slogdet = Op(
    "linalg_slogdet",
    rule=lambda x: [(x.shape[:-2], x.dtype), (x.shape[:-2], x.dtype.to_real())],
    eval=lambda x, /: tuple(np.linalg.slogdet(x)),
    vjp=_slogdet_vjp,
    outputs=2,
)


def _lower_factor(x: np.ndarray) -> np.ndarray:
    """LinAlgError where a minor is not positive: of NaN, NumPy makes NaN instead."""
    made = np.linalg.cholesky(x)
    if np.isnan(np.diagonal(made, axis1=-2, axis2=-1)).any():
        raise np.linalg.LinAlgError("NaN on the diagonal")
    return made


def _minor_at(x: np.ndarray) -> int:
    """The order of the first leading minor that is not positive-definite."""
    for k in range(1, len(x) + 1):
        try:
            _lower_factor(x[:k, :k])
        except np.linalg.LinAlgError:
            return k
    return len(x)


def _cholesky_eval(x, /, upper):
    part = np.conj(np.swapaxes(np.triu(x), -1, -2)) if upper else np.tril(x)
    strict = np.tril(part, -1)
    whole = part + np.conj(np.swapaxes(strict, -1, -2))
    try:
        made, info = _lower_factor(whole), np.zeros(x.shape[:-2], np.int32)
    except np.linalg.LinAlgError:
        made, info = _one_by_one(_lower_factor, _minor_at, whole)
    return (np.conj(np.swapaxes(made, -1, -2)) if upper else made), info


def cholesky_gradient(g, factor):
    """The gradient of the lower Cholesky factor. Source: I. Murray, arXiv:1602.07527."""
    phi = tril(matmul(adjoint(factor), g), 0)
    phi = phi - diagonal_matrix(diagonal_of(phi)) * 0.5
    left = solve_triangular(adjoint(factor), phi, True, False)  # L^-H phi
    half = adjoint(solve_triangular(adjoint(factor), adjoint(left), True, False))
    return (half + adjoint(half)) * 0.5


def _cholesky_vjp(g, out0, upper):
    if upper:
        return cholesky_gradient(adjoint(g[0]), adjoint(out0))
    return cholesky_gradient(g[0], out0)


def _cholesky_row(name: str) -> Op:
    return Op(
        name,
        rule=lambda x, upper: [(x.shape, x.dtype), (x.shape[:-2], dt.int32)],
        eval=_cholesky_eval,
        vjp=_cholesky_vjp,
        outputs=2,
    )


# The factor, and per matrix the order of the minor that is not positive-definite (0 for none).
cholesky = _cholesky_row("linalg_cholesky_ex")
old_cholesky = _cholesky_row("cholesky")


def _product_gradient(to_product, factor, upper):
    """From the gradient of L L^H (or U^H U) to that of the factor."""
    both = to_product + adjoint(to_product)
    return matmul(factor, both) if upper else matmul(both, factor)


def _lower(factor: np.ndarray, upper: bool) -> np.ndarray:
    return np.conj(np.swapaxes(np.triu(factor), -1, -2)) if upper else np.tril(factor)


def _cholesky_solve_eval(b, factor, /, upper):
    lower = _lower(factor, upper)
    half = solve_triangle(lower, b, False, False)
    return solve_triangle(np.conj(np.swapaxes(lower, -1, -2)), half, True, False)


def _cholesky_solve_vjp(g, factor, out, upper):
    to_b = cholesky_solve(g, factor, upper)
    return to_b, _product_gradient(-matmul(to_b, adjoint(out)), factor, upper)


cholesky_solve = Op(
    "cholesky_solve",
    rule=lambda b, factor, upper: (_solved_shape(factor, b), b.dtype),
    eval=_cholesky_solve_eval,
    vjp=_cholesky_solve_vjp,
)


def _cholesky_inverse_eval(factor, /, upper):
    eye = np.broadcast_to(np.eye(factor.shape[-1], dtype=factor.dtype), factor.shape)
    return _cholesky_solve_eval(eye, factor, upper)


def _cholesky_inverse_vjp(g, factor, out, upper):
    return _product_gradient(-matmul(out, matmul(g, out)), factor, upper)


cholesky_inverse = Op(
    "cholesky_inverse",
    rule=lambda factor, upper: (factor.shape, factor.dtype),
    eval=_cholesky_inverse_eval,
    vjp=_cholesky_inverse_vjp,
)


def _pinv_eval(x, atol, rtol, /, hermitian):
    if not x.size:
        return np.zeros((*x.shape[:-2], x.shape[-1], x.shape[-2]), x.dtype)
    u, s, vh = np.linalg.svd(x, full_matrices=False, hermitian=hermitian)
    limit = np.maximum(atol[..., None], rtol[..., None] * s.max(-1, keepdims=True))
    scale = np.where(s > limit, 1 / np.where(s > limit, s, 1), 0).astype(s.dtype)
    return np.conj(np.swapaxes((u * scale[..., None, :]) @ vh, -1, -2))


def pinv_gradient(g, x, made):
    """The gradient of the pseudo-inverse P of A.

    Source: G. Golub and V. Pereyra, "The differentiation of pseudo-inverses" (1973):
    dP = -P dA P + P P^H dA^H (I - A P) + (I - P A) dA^H P^H P.
    """
    p, ph, gh = made, adjoint(made), adjoint(g)
    first = matmul(matmul(gh, p), ph)
    second = matmul(matmul(ph, p), gh)
    outer = first - matmul(x, matmul(p, first)) + second - matmul(matmul(second, p), x)
    return outer - matmul(matmul(ph, g), ph)


pinv = Op(
    "linalg_pinv",
    rule=lambda x, atol, rtol, hermitian: (
        (*x.shape[:-2], x.shape[-1], x.shape[-2]),
        x.dtype,
    ),
    eval=_pinv_eval,
    vjp=(lambda g, x, out: pinv_gradient(g, x, out), None, None),
)
