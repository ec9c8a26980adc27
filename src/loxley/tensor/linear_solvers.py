"""Inverses, linear systems, determinants, Cholesky factors, pseudo-inverses, least squares.

Source: https://docs.pytorch.org/docs/stable/linalg.html
"""

from __future__ import annotations

import warnings
from typing import Any

from .. import dtypes as dt
from ..errors import LinAlgError
from ..ops import decompositions
from ..ops import elementwise as pointwise
from ..ops import linalg as ops
from ..ops.linalg import check_floating, check_matrix, check_square
from ..shapes import numel
from .api import public
from .column_major import by_columns, column_major
from .return_types import return_type
from .tensor import Tensor

_INV_EX = return_type("linalg_inv_ex", "inverse", "info")
_SOLVE_EX = return_type("linalg_solve_ex", "result", "info")
_CHOLESKY_EX = return_type("linalg_cholesky_ex", "L", "info")
_LINALG_SLOGDET = return_type("linalg_slogdet", "sign", "logabsdet")
_SLOGDET = return_type("slogdet", "sign", "logabsdet")
_TRIANGULAR = return_type("triangular_solve", "solution", "cloned_coefficient")

SINGULAR = (
    "The diagonal element {} is zero, the inversion could not be completed because the input "
    "matrix "
    "is singular."
)
UNSOLVABLE = "The solver failed because the input matrix is singular."
INDEFINITE = (
    "The factorization could not be completed because the input is not positive-definite (the "
    "leading "
    "minor of order {} is not positive-definite)."
)


def raise_for(info: Tensor, name: str, message: str, error: type[Exception] = LinAlgError) -> None:
    """Raises for the first matrix of a batch whose `info` is not zero."""
    if info.is_meta:
        return
    codes = info._all_slices()
    for i, code in enumerate(codes.reshape(-1)):
        if code:
            where = f"(Batch element {i}): " if codes.ndim else ""
            raise error(f"{name}: {where}{message.format(int(code))}")


@public(function=False, method=False, out=True)
def inv_ex(A: Tensor, *, check_errors: bool = False) -> Any:
    """The inverse, and what failed instead of an error. Source: torch.linalg.inv_ex."""
    check_square(A, "linalg.inv")
    made, info = ops.inv(A)
    column_major(made)
    if check_errors:
        raise_for(info, "linalg.inv_ex", SINGULAR)
    return _INV_EX(made, info)


@public(function=False, method=False, out=True)
def inv(A: Tensor) -> Tensor:
    """The inverse of square matrices; LinAlgError for singular ones. Source: torch.linalg.inv."""
    check_square(A, "linalg.inv")
    made, info = ops.inv(A)
    column_major(made)
    raise_for(info, "linalg.inv", SINGULAR)
    return made


@public(out=True)
def inverse(input: Tensor) -> Tensor:
    """The inverse of square matrices. Source: torch.inverse."""
    return inv(input)


def _check_solve(name: str, a: Tensor, b: Tensor, left: bool, vector: bool) -> None:
    check_square(a, name)
    if a.dtype is not b.dtype:
        raise RuntimeError(
            f"{name}: Expected A and B to have the same dtype, but found A of type "
            f"{a.dtype.legacy_name} and B of type {b.dtype.legacy_name} instead"
        )
    check_compatible(name, a, b.unsqueeze(-1) if vector else b, left)


def check_compatible(name: str, a: Tensor, b: Tensor, left: bool) -> None:
    """RuntimeError unless the sizes of A X = B (or X A = B) fit."""
    if b.ndim < 2:
        raise RuntimeError(f"{name}: The input tensor B must have at least 2 dimensions.")
    if a._shape[-2] != (b._shape[-2] if left else b._shape[-1]):
        equation = "AX = B" if left else "XA = B"
        raise RuntimeError(
            f"{name}: Incompatible shapes of A and B for the equation {equation} "
            f"({a._shape[-2]}x{a._shape[-1]} and {b._shape[-2]}x{b._shape[-1]})"
        )


def _solve(A: Tensor, B: Tensor, left: bool) -> tuple[Tensor, Tensor]:
    vector = B.ndim == 1 or (A.ndim - 1 == B.ndim and A._shape[:-1] == B._shape)
    _check_solve("linalg.solve", A, B, left, vector)
    if vector and not left:
        raise RuntimeError(
            "linalg.solve: Vector broadcasting of the left hand side is not supported for "
            "left=False. In "
            "this case linalg.solve is equivalent to B / A.squeeze(-1)"
        )
    if vector:
        made, info = ops.solve(A, B.unsqueeze(-1))
        return made.squeeze(-1), info
    if left:
        made, info = ops.solve(A, B)
        return by_columns(made), info
    made, info = ops.solve(A.mT, B.mT)
    return made.mT, info


@public(function=False, method=False, out=True)
def solve_ex(A: Tensor, B: Tensor, *, left: bool = True, check_errors: bool = False) -> Any:
    """`solve`, and what failed instead of an error. Source: torch.linalg.solve_ex."""
    made, info = _solve(A, B, left)
    if check_errors:
        raise_for(info, "torch.linalg.solve_ex", UNSOLVABLE)
    return _SOLVE_EX(made, info)


@public(function=False, method=False, out=True)
def solve(A: Tensor, B: Tensor, *, left: bool = True) -> Tensor:
    """The solution X of A X = B, or X A = B. Source: torch.linalg.solve."""
    made, info = _solve(A, B, left)
    raise_for(info, "torch.linalg.solve", UNSOLVABLE)
    return made


@public(function=False, method=False, out=True)
def solve_triangular(
    input: Tensor, B: Tensor, *, upper: bool, left: bool = True, unitriangular: bool = False
) -> Tensor:
    """The solution of a system with triangular A. Source: torch.linalg.solve_triangular."""
    check_square(input, "linalg.solve_triangular", floating=False)
    check_compatible("linalg.solve_triangular", input, B, left)
    if left:
        return by_columns(ops.solve_triangular(input, B, bool(upper), bool(unitriangular)))
    return ops.solve_triangular(input.mT, B.mT, not upper, bool(unitriangular)).mT


def _check_system(name: str, a: Tensor, b: Tensor) -> None:
    """RuntimeError unless A X = B has one dtype, square matrices and sizes that fit."""
    if a.dtype is not b.dtype:
        raise RuntimeError(
            f"Expected b and A to have the same dtype, but found b of type {b.dtype.legacy_name} "
            f"and A of type {a.dtype.legacy_name} instead."
        )
    rows, columns = a._shape[-2:]
    if rows != columns:
        raise RuntimeError(
            f"A must be batches of square matrices, but they are {rows} by {columns} matrices"
        )
    if rows != b._shape[-2]:
        raise RuntimeError(
            f"Incompatible matrix sizes for {name}: each A matrix is {rows} by {rows} "
            f"but each b matrix is {b._shape[-2]} by {b._shape[-1]}"
        )


@public(out=True)
def triangular_solve(
    input: Tensor,
    A: Tensor,
    upper: bool = True,
    transpose: bool = False,
    unitriangular: bool = False,
) -> Any:
    """The solution of a triangular system, deprecated. Source: torch.triangular_solve."""
    for name, one in (("b", input), ("A", A)):
        if one.ndim < 2:
            raise RuntimeError(
                f"torch.triangular_solve: Expected {name} to have at least 2 dimensions, but it "
                f"has {one.ndim} dimensions instead"
            )
    _check_system("triangular_solve", A, input)
    warnings.warn(
        "torch.triangular_solve is deprecated in favor of torch.linalg.solve_triangularand will be "
        "removed in a future PyTorch release.",
        UserWarning,
        stacklevel=3,
    )
    a, is_upper = (A.mT, not upper) if transpose else (A, upper)
    made = by_columns(ops.old_triangular(a, input, bool(is_upper), bool(unitriangular)))
    batch = made._shape[:-2]
    return _TRIANGULAR(made, by_columns(A.expand(*batch, *A._shape[-2:]).contiguous().clone()))


@public(out=True)
def det(A: Tensor) -> Tensor:
    """The determinants of square matrices. Source: torch.linalg.det."""
    check_square(A, "linalg.det")
    return ops.det(A)


linalg_det = det


def _slogdet(A: Tensor, name: str) -> tuple[Tensor, Tensor]:
    check_square(A, name)
    return ops.slogdet(A)


@public(function=False, method=False, out=True, name="slogdet")
def linalg_slogdet(A: Tensor) -> Any:
    """Sign and log of the determinant's size. Source: torch.linalg.slogdet."""
    return _LINALG_SLOGDET(*_slogdet(A, "linalg.slogdet"))


@public(out=True)
def slogdet(input: Tensor) -> Any:
    """Sign and log of the determinant's size. Source: torch.slogdet."""
    return _SLOGDET(*_slogdet(input, "linalg.slogdet"))


@public()
def logdet(input: Tensor) -> Tensor:
    """The log of determinants, NaN for negative ones. Source: torch.logdet."""
    sign, size = _slogdet(input, "logdet")
    if input.dtype.is_complex:
        return sign.log() + size
    return pointwise.where(sign == -1.0, float("nan"), size)


@public(function=False, method=False, out=True)
def cholesky_ex(input: Tensor, *, upper: bool = False, check_errors: bool = False) -> Any:
    """The Cholesky factor, and what failed. Source: torch.linalg.cholesky_ex."""
    check_square(input, "linalg.cholesky")
    made, info = ops.cholesky(input, bool(upper))
    column_major(made)
    if check_errors:
        raise_for(info, "linalg.cholesky_ex", INDEFINITE)
    return _CHOLESKY_EX(made, info)


@public(function=False, method=False, out=True, name="cholesky")
def linalg_cholesky(input: Tensor, *, upper: bool = False) -> Tensor:
    """The factor L of A = L L^H, or U of A = U^H U. Source: torch.linalg.cholesky."""
    check_square(input, "linalg.cholesky")
    made, info = ops.cholesky(input, bool(upper))
    column_major(made)
    raise_for(info, "linalg.cholesky", INDEFINITE)
    return made


@public(out=True)
def cholesky(input: Tensor, upper: bool = False) -> Tensor:
    """The Cholesky factor, deprecated for torch.linalg's. Source: torch.cholesky."""
    check_square(input, "cholesky")
    warnings.warn(
        "torch.cholesky is deprecated in favor of torch.linalg.cholesky and will be removed in a "
        "future "
        "PyTorch release.\nL = torch.cholesky(A)\nshould be replaced with\nL = "
        "torch.linalg.cholesky(A)\n"
        "and\nU = torch.cholesky(A, upper=True)\nshould be replaced with\nU = "
        "torch.linalg.cholesky(A).mH\n"
        "This transform will produce equivalent results for all valid (symmetric positive "
        "definite) "
        "inputs.",
        UserWarning,
        stacklevel=3,
    )
    made, info = ops.old_cholesky(input, bool(upper))
    column_major(made)
    raise_for(info, "cholesky", INDEFINITE)
    return made


@public(out=True)
def cholesky_inverse(input: Tensor, upper: bool = False) -> Tensor:
    """The inverse of a matrix from its Cholesky factor. Source: torch.cholesky_inverse."""
    check_square(input, "cholesky_inverse", floating=False)
    return by_columns(ops.cholesky_inverse(input, bool(upper)))


@public(out=True)
def cholesky_solve(input: Tensor, L: Tensor, upper: bool = False) -> Tensor:
    """The solution X of A X = B from the Cholesky factor of A. Source: torch.cholesky_solve."""
    if input.ndim < 2:
        raise RuntimeError(
            f"b should have at least 2 dimensions, but has {input.ndim} dimensions instead"
        )
    if L.ndim < 2:
        raise RuntimeError(
            f"u should have at least 2 dimensions, but has {L.ndim} dimensions instead"
        )
    _check_system("cholesky_solve", L, input)
    return by_columns(ops.cholesky_solve(input, L, bool(upper)))


def _tolerances(input: Tensor, atol: Any, rtol: Any, rcond: Any = None) -> tuple[Tensor, Tensor]:
    """Absolute and relative tolerance as tensors of the batch's kind."""
    kind = input.dtype.to_real()
    if rtol is None:
        rtol = rcond
    if rtol is None:
        given = atol is not None and not (isinstance(atol, (int, float)) and atol == 0)
        eps = {dt.float32: 2.0**-23, dt.float64: 2.0**-52}[kind]
        default = eps * max(input._shape[-2:])
        if given and isinstance(atol, Tensor):
            rtol = pointwise.where(atol > 0, 0.0, default)
        else:
            rtol = 0.0 if given else default
    atol = 0.0 if atol is None else atol
    return tuple(
        x.to(kind) if isinstance(x, Tensor) else input.detach().new_tensor(x, dtype=kind)
        for x in (atol, rtol)
    )


@public(function=False, method=False, out=True)
def pinv(
    input: Tensor,
    rcond: Any = None,
    hermitian: bool = False,
    *,
    atol: Any = None,
    rtol: Any = None,
) -> Tensor:
    """The pseudo-inverse; singular values up to max(atol, rtol * largest) count as zero.

    Source: torch.linalg.pinv.
    """
    if input.ndim < 2 or input.dtype.category < dt.float32.category:
        raise RuntimeError(
            f"linalg.pinv({input.dtype.legacy_name}{{{list(input._shape)}}}): expected a tensor "
            "with 2 or "
            "more dimensions of float, double, cfloat or cdouble types"
        )
    check_floating(input, "linalg.pinv")
    if isinstance(rcond, bool):
        rcond, hermitian = None, rcond
    absolute, relative = _tolerances(input, atol, rtol, rcond)
    if numel(input._shape) == 0:
        return input.mT * 1
    return ops.pinv(input, absolute, relative, bool(hermitian))


@public()
def pinverse(input: Tensor, rcond: float = 1e-15) -> Tensor:
    """The pseudo-inverse. Source: torch.pinverse."""
    return pinv(input, rcond=rcond)


@public(function=False, method=False, out=True)
def matrix_rank(
    input: Tensor,
    tol: Any = None,
    hermitian: bool = False,
    *,
    atol: Any = None,
    rtol: Any = None,
) -> Tensor:
    """How many singular values exceed the tolerance. Source: torch.linalg.matrix_rank."""
    check_matrix(input, "torch.linalg.matrix_rank", "input")
    if isinstance(tol, bool):
        tol, hermitian = None, tol
    if tol is not None:
        atol, rtol = tol, 0.0
    input = input.detach()
    absolute, relative = _tolerances(input, atol, rtol)
    if numel(input._shape) == 0:
        return input.new_zeros(input._shape[:-2], dtype=dt.int64)
    if hermitian:
        values = decompositions.eigvalsh(input, False).abs()
    else:
        values = decompositions.svdvals(input)
    largest = values.amax(-1)
    limit = absolute.maximum(relative * largest)
    return (values > limit.unsqueeze(-1)).sum(-1)
