"""QR, eigenvalue, singular value and LU decompositions, and Householder reflections.

Source: https://docs.pytorch.org/docs/stable/linalg.html#matrix-decompositions
"""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from .. import dtypes as dt
from ..ops import decompositions as ops
from ..ops import reflections
from ..ops.linalg import check_matrix, check_square
from ..ops.unsupported import no_kernel
from .api import public
from .column_major import by_columns, column_major
from .return_types import return_type
from .tensor import Tensor

_LINALG_QR = return_type("linalg_qr", "Q", "R")
_QR = return_type("qr", "Q", "R")
_EIGH = return_type("linalg_eigh", "eigenvalues", "eigenvectors")
_EIG = return_type("linalg_eig", "eigenvalues", "eigenvectors")
_LINALG_SVD = return_type("linalg_svd", "U", "S", "Vh")
_SVD = return_type("svd", "U", "S", "V")
_GEQRF = return_type("geqrf", "a", "tau")


def _computed(first: Tensor, *rest: Tensor) -> Any:
    """Computes now, so that a failure is raised at the user's line."""
    if not first.is_meta:
        (rest[0] if rest else first)._all_slices()
    return (first, *rest) if rest else first


@public(function=False, method=False, out=True, name="qr")
def linalg_qr(A: Tensor, mode: str = "reduced") -> Any:
    """A = Q R with orthonormal columns in Q. Source: torch.linalg.qr."""
    check_matrix(A, "linalg.qr")
    if mode not in ("reduced", "complete", "r"):
        raise RuntimeError(
            f"qr received unrecognized mode '{mode}' but expected one of 'reduced' (default), 'r', "
            "or "
            "'complete'"
        )
    return _LINALG_QR(*column_major(*ops.qr(A, mode)))


@public(out=True)
def qr(input: Tensor, some: bool = True) -> Any:
    """The QR decomposition, deprecated for torch.linalg's. Source: torch.qr."""
    warnings.warn(
        "torch.qr is deprecated in favor of torch.linalg.qr and will be removed in a future "
        "PyTorch "
        "release.\nThe boolean parameter 'some' has been replaced with a string parameter "
        "'mode'.\nQ, R = "
        "torch.qr(A, some)\nshould be replaced with\nQ, R = torch.linalg.qr(A, 'reduced' if some "
        "else "
        "'complete')",
        UserWarning,
        stacklevel=3,
    )
    return _QR(*linalg_qr(input, "reduced" if some else "complete"))


def _upper(UPLO: str) -> bool:
    if not isinstance(UPLO, str) or UPLO.upper() not in ("L", "U"):
        raise RuntimeError(f"Expected UPLO argument to be 'L' or 'U', but got {UPLO}")
    return UPLO.upper() == "U"


def _check_hermitian(A: Tensor, name: str) -> None:
    check_square(A, name, floating=False)
    if A.dtype.category < dt.float32.category or A.dtype.itemsize < 4:
        raise NotImplementedError(
            f"\"linalg_eigh_cpu\" not implemented for '{A.dtype.legacy_name}'"
        )


def _with_vectors(results: tuple[Tensor, Tensor]) -> tuple[Tensor, Tensor]:
    """Values as they are, vectors stored by columns."""
    values, vectors = results
    return values, by_columns(vectors)


def _svd(A: Tensor, full: bool) -> tuple[Tensor, Tensor, Tensor]:
    u, s, vh = ops.svd(A, full)
    return by_columns(u), s, by_columns(vh)


@public(function=False, method=False, out=True)
def eigh(input: Tensor, UPLO: str = "L") -> Any:
    """Eigenvalues and vectors of Hermitian matrices, of which one triangle is read.

    Source: torch.linalg.eigh.
    """
    upper = _upper(UPLO)
    _check_hermitian(input, "linalg.eigh")
    return _EIGH(*_computed(*_with_vectors(ops.eigh(input, upper))))


@public(function=False, method=False, out=True)
def eigvalsh(input: Tensor, UPLO: str = "L") -> Tensor:
    """The eigenvalues of Hermitian matrices. Source: torch.linalg.eigvalsh."""
    upper = _upper(UPLO)
    _check_hermitian(input, "linalg.eigvalsh")
    return ops.eigvalsh(input, upper)


def _check_finite(A: Tensor, name: str) -> None:
    check_square(A, name)
    if not A.is_meta and not np.isfinite(A._all_slices()).all():
        raise RuntimeError("torch.linalg.eig: input tensor should not contain infs or NaNs.")


@public(function=False, method=False, out=True)
def eig(input: Tensor) -> Any:
    """Eigenvalues and vectors of square matrices, complex. Source: torch.linalg.eig."""
    _check_finite(input, "linalg.eig")
    return _EIG(*_computed(*_with_vectors(ops.eig(input))))


@public(function=False, method=False, out=True)
def eigvals(input: Tensor) -> Tensor:
    """The eigenvalues of square matrices, complex. Source: torch.linalg.eigvals."""
    _check_finite(input, "linalg.eigvals")
    return _computed(ops.eigvals(input))


def _check_driver(name: str, driver: str | None) -> None:
    if driver is not None:
        raise RuntimeError(
            f"{name}: keyword argument `driver=` is only supported on CUDA inputs with cuSOLVER "
            "backend."
        )


@public(function=False, method=False, out=True, name="svd")
def linalg_svd(A: Tensor, full_matrices: bool = True, *, driver: str | None = None) -> Any:
    """A = U diag(S) Vh. Source: torch.linalg.svd."""
    check_matrix(A, "linalg.svd")
    _check_driver("torch.linalg.svd", driver)
    return _LINALG_SVD(*_computed(*_svd(A, bool(full_matrices))))


@public(function=False, method=False, out=True)
def svdvals(A: Tensor, *, driver: str | None = None) -> Tensor:
    """The singular values in descending order. Source: torch.linalg.svdvals."""
    check_matrix(A, "linalg.svd")
    _check_driver("torch.linalg.svd", driver)
    return _computed(ops.svdvals(A))


@public(out=True)
def svd(input: Tensor, some: bool = True, compute_uv: bool = True) -> Any:
    """input = U diag(S) V^H, deprecated for torch.linalg's. Source: torch.svd."""
    if input.ndim < 2:
        raise RuntimeError(
            "linalg.svd: input should have at least 2 dimensions, but has "
            f"{input.ndim} dimensions instead"
        )
    check_matrix(input, "linalg.svd")
    if not compute_uv:
        *batch, m, n = input._shape
        values = ops.svdvals(input)
        blank = input.detach()
        return _SVD(blank.new_zeros(*batch, m, m), values, blank.new_zeros(*batch, n, n))
    u, s, vh = _computed(*_svd(input, not some))
    return _SVD(u, s, vh.mH)


@public(function=False, method=False, out=True)
def householder_product(input: Tensor, tau: Tensor) -> Tensor:
    """The first columns of a product of reflections. Source: torch.linalg.householder_product."""
    name = "torch.linalg.householder_product"
    if input.ndim < 2:
        raise RuntimeError(f"{name}: input must have at least 2 dimensions.")
    if input._shape[-2] < input._shape[-1]:
        raise RuntimeError(
            f"{name}: input.shape[-2] must be greater than or equal to input.shape[-1]"
        )
    if input._shape[-1] < tau._shape[-1]:
        raise RuntimeError(
            f"{name}: input.shape[-1] must be greater than or equal to tau.shape[-1]"
        )
    _check_tau(name, input, tau)
    if input.dtype is not tau.dtype:
        raise RuntimeError(
            f"{name}: tau dtype {tau.dtype.legacy_name} does not match input dtype "
            f"{input.dtype.legacy_name}"
        )
    return by_columns(reflections.householder_product(input, tau))


def _check_tau(name: str, input: Tensor, tau: Tensor) -> None:
    if input.ndim - tau.ndim != 1:
        raise RuntimeError(
            f"{name}: Expected tau to have one dimension less than input, but got tau.ndim equal "
            "to "
            f"{tau.ndim} and input.ndim is equal to {input.ndim}"
        )
    if input.ndim > 2 and input._shape[:-2] != tau._shape[:-1]:
        raise RuntimeError(
            f"{name}: Expected batch dimensions of tau to be equal to input.shape[:-2], but got "
            f"{list(tau._shape[:-1])}"
        )


@public(out=True)
def orgqr(input: Tensor, tau: Tensor) -> Tensor:
    """`torch.linalg.householder_product`. Source: torch.orgqr."""
    return householder_product(input, tau)


@public(out=True)
def ormqr(
    input: Tensor, tau: Tensor, other: Tensor, left: bool = True, transpose: bool = False
) -> Tensor:
    """A product of reflections (or its adjoint) times a matrix. Source: torch.ormqr."""
    name = "torch.ormqr"
    if input.ndim < 2 or other.ndim < 2:
        which = "input" if input.ndim < 2 else "other"
        raise RuntimeError(f"{name}: {which} must have at least 2 dimensions.")
    side = -2 if left else -1
    if tau._shape[-1] != min(other._shape[side], input._shape[-1]):
        raise RuntimeError(
            f"{name}: tau.shape[-1] must be equal to min(other.shape[{side}], input.shape[-1])"
        )
    if other._shape[side] != input._shape[-2]:
        raise RuntimeError(f"{name}: other.shape[{side}] must be equal to input.shape[-2]")
    _check_tau(name, input, tau)
    for x, which in ((tau, "tau"), (other, "other")):
        if x.dtype is not input.dtype:
            raise RuntimeError(
                f"{name}: Expected input and {which} to have the same dtype, but input has dtype "
                f"{input.dtype.legacy_name} and {which} has dtype {x.dtype.legacy_name}"
            )
    return by_columns(reflections.ormqr(input, tau, other, bool(left), bool(transpose)))


@public(out=True)
def geqrf(input: Tensor) -> Any:
    """The QR decomposition as LAPACK packs it: R and reflections. Source: torch.geqrf."""
    if input.ndim < 2:
        raise RuntimeError("torch.geqrf: input must have at least 2 dimensions.")
    if input.dtype not in (dt.float32, dt.float64, dt.complex64, dt.complex128):
        raise no_kernel("geqrf_cpu", input.dtype)
    packed, tau = reflections.geqrf(input)
    return _GEQRF(by_columns(packed), tau)
