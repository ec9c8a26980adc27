"""Least squares, and singular values of low rank by random projections.

Source: https://docs.pytorch.org/docs/stable/generated/torch.linalg.lstsq.html
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import dtypes as dt
from ..ir.graph import Op
from ..ops.linalg import pinv, pinv_gradient
from ..ops.matmul import adjoint, matmul
from ..shapes import broadcast_shapes
from .api import public
from .column_major import column_major
from .decompositions import linalg_qr, linalg_svd
from .random import randn
from .return_types import return_type
from .tensor import Tensor

_LSTSQ = return_type("linalg_lstsq", "solution", "residuals", "rank", "singular_values")
_DRIVERS = ("gels", "gelsy", "gelsd", "gelss")


def _lstsq_rule(a, b, tolerance, rcond):
    batch = broadcast_shapes(a.shape[:-2], b.shape[:-2])
    m, n = a.shape[-2:]
    return [
        ((*batch, n, b.shape[-1]), a.dtype),
        (batch, dt.int64),
        ((*batch, min(m, n)), a.dtype.to_real()),
    ]


def _lstsq_eval(a, b, tolerance, /, rcond):
    batch = broadcast_shapes(a.shape[:-2], b.shape[:-2])
    m, n = a.shape[-2:]
    a, b = (np.broadcast_to(x, batch + x.shape[-2:]) for x in (a, b))
    made = np.zeros((*batch, n, b.shape[-1]), a.dtype)
    rank = np.zeros(batch, np.int64)
    values = np.zeros((*batch, min(m, n)), a.real.dtype)
    for place in np.ndindex(*batch):
        if a[place].size:
            made[place], _, rank[place], values[place] = np.linalg.lstsq(a[place], b[place], rcond)
    return made, rank, values


def _lstsq_vjp(g, a, b, tolerance):
    inverse = pinv(a, tolerance * 0.0, tolerance, False)
    to_a = pinv_gradient(matmul(g[0], adjoint(b)), a, inverse)
    return to_a, matmul(adjoint(inverse), g[0]), None


_SOLVE = Op("linalg_lstsq", rule=_lstsq_rule, eval=_lstsq_eval, vjp=_lstsq_vjp, outputs=3)


def _check(A: Tensor, B: Tensor, driver: str | None) -> bool:
    """PyTorch's checks; whether B holds vectors."""
    name = "torch.linalg.lstsq"
    if A.ndim < 2:
        raise RuntimeError(f"{name}: input must have at least 2 dimensions.")
    if B.ndim < 1:
        raise RuntimeError(f"{name}: other must have at least 1 dimension.")
    if A.dtype is not B.dtype:
        raise RuntimeError(
            f"{name}: Expected input and other to have the same dtype, but got input's dtype "
            f"{A.dtype.legacy_name} and other's dtype {B.dtype.legacy_name}"
        )
    if not 0 <= A.ndim - B.ndim <= 1:
        raise RuntimeError(
            f"{name}: input.dim() must be greater or equal to other.dim() and (input.dim() - "
            "other.dim()) "
            "<= 1"
        )
    vector = A.ndim - 1 == B.ndim and A._shape[:-1] == B._shape
    if A._shape[-2] != B._shape[-1 if vector or B.ndim == 1 else -2]:
        side = -1 if vector or A.ndim > B.ndim else -2
        raise RuntimeError(f"{name}: input.size(-2) should match other.size({side})")
    if driver is not None and driver not in _DRIVERS:
        raise RuntimeError(
            f"{name}: parameter `driver` should be one of (gels, gelsy, gelsd, gelss)"
        )
    return vector


@public(function=False, method=False, out=True)
def lstsq(
    input: Tensor, b: Tensor, rcond: float | None = None, *, driver: str | None = None
) -> Any:
    """The X with the least |A X - B|, residuals, rank and singular values.

    Source: torch.linalg.lstsq.
    """
    vector = _check(input, b, driver)
    if input.dtype in (dt.float16, dt.bfloat16):
        raise RuntimeError("This function doesn't handle types other than float and double")
    right = b.unsqueeze(-1) if vector else b
    m, n = input._shape[-2:]
    kind = input.dtype.to_real()
    eps = {dt.float32: 2.0**-23, dt.float64: 2.0**-52}.get(kind, 0.0) * max(m, n, 1)
    limit = eps if rcond is None else float(rcond)
    blank = input.detach()
    tolerance = blank.new_tensor(limit if limit >= 0 else 2.0**-23, dtype=kind)
    made, rank, values = _SOLVE(input, right, tolerance, limit if driver != "gels" else 0.0)
    values = values.detach()
    column_major(made)
    residuals = made.reshape(-1)[:0].abs()
    keeps = driver is not None and driver != "gelsy" and m > n
    if keeps and not rank.is_meta and (driver == "gels" or (rank._all_slices() == n).all()):
        residuals = (input @ made - right).abs().pow(2).sum(-2)
    if driver == "gels":
        rank = blank.new_zeros((0,), dtype=dt.int64)
    if driver not in ("gelsd", "gelss"):
        values = blank.new_zeros((0,), dtype=kind)
    return _LSTSQ(made.squeeze(-1) if vector else made, residuals, rank, values)


def _basis(A: Tensor, q: int, niter: int, M: Tensor | None) -> Tensor:
    """An orthonormal basis near the range of A - M.

    Source: N. Halko et al., "Finding structure with randomness" (2011), algorithm 4.4.
    """
    draw = randn(A._shape[-1], q, dtype=A.dtype)
    made = linalg_qr(_less(A, M, draw))[0]
    for _ in range(niter):
        made = linalg_qr(_less(A.mH, None if M is None else M.mH, made))[0]
        made = linalg_qr(_less(A, M, made))[0]
    return made


def _less(A: Tensor, M: Tensor | None, x: Tensor) -> Tensor:
    return A @ x if M is None else A @ x - M @ x


@public(method=False)
def svd_lowrank(
    A: Tensor, q: int | None = 6, niter: int | None = 2, M: Tensor | None = None
) -> tuple[Tensor, Tensor, Tensor]:
    """U, S and V of a matrix of low rank, approximately. Source: torch.svd_lowrank."""
    q, niter = 6 if q is None else q, 2 if niter is None else niter
    m, n = A._shape[-2:]
    if M is not None:
        M = M.broadcast_to(A._shape)
    if m < n:
        A, M = A.mH, None if M is None else M.mH
    basis = _basis(A, q, niter, M)
    u, s, vh = linalg_svd(_less(basis.mH, None, A if M is None else A - M), full_matrices=False)
    u, v = basis @ u, vh.mH
    return (v, s, u) if m < n else (u, s, v)


@public(method=False)
def pca_lowrank(
    A: Tensor, q: int | None = None, center: bool = True, niter: int = 2
) -> tuple[Tensor, Tensor, Tensor]:
    """Principal components of the rows, approximately. Source: torch.pca_lowrank."""
    m, n = A._shape[-2:]
    if q is None:
        q = min(6, m, n)
    elif not 0 <= q <= min(m, n):
        raise ValueError(
            f"q(={q}) must be non-negative integer and not greater than min(m, n)={min(m, n)}"
        )
    if niter < 0:
        raise ValueError(f"niter(={niter}) must be non-negative integer")
    if not center:
        return svd_lowrank(A, q, niter=niter)
    return svd_lowrank(A - A.mean(-2, keepdim=True), q, niter=niter)
