"""LU decompositions: the factors, packed factors, and systems solved with them.

Source: https://docs.pytorch.org/docs/stable/generated/torch.linalg.lu.html
"""

from __future__ import annotations

import warnings
from typing import Any

from .. import dtypes as dt
from ..ops import lu as ops
from ..ops.linalg import check_floating, check_square
from ..ops.unsupported import no_kernel
from .api import public
from .column_major import by_columns, column_major
from .linear_solvers import check_compatible, raise_for
from .return_types import return_type
from .signatures import Signature
from .tensor import Tensor

_LU = return_type("linalg_lu", "P", "L", "U")
_FACTOR = return_type("linalg_lu_factor", "LU", "pivots")
_FACTOR_EX = return_type("linalg_lu_factor_ex", "LU", "pivots", "info")
_UNPACK = return_type("lu_unpack", "P", "L", "U")
_ZERO_PIVOT = (
    "U[{0},{0}] is zero and using it on lu_solve would result in a division by zero. If you still "
    "want "
    "to perform the factorization, consider calling linalg.lu(A, pivot) or linalg.lu_factor_ex(A, "
    "pivot)"
)


def _check(name: str, A: Tensor, pivot: bool) -> None:
    if A.ndim < 2:
        raise RuntimeError(
            f"{name}: Expected tensor with 2 or more dimensions. Got size: {list(A._shape)} instead"
        )
    if A.dtype.category < dt.float32.category and 0 not in A._shape:
        raise no_kernel("lu_cpu", A.dtype)
    check_floating(A, name)
    if not pivot:
        raise RuntimeError(f"{name}: LU without pivoting is not implemented on the CPU")


@public(function=False, method=False, out=True, name="lu")
def linalg_lu(A: Tensor, *, pivot: bool = True) -> Any:
    """A = P L U. Source: torch.linalg.lu."""
    _check("linalg.lu", A, pivot)
    p, lower, upper = ops.lu(A)
    return _LU(p.detach(), lower, upper)


@public(function=False, method=False, out=True)
def lu_factor_ex(A: Tensor, *, pivot: bool = True, check_errors: bool = False) -> Any:
    """Packed factors, pivots, and the first zero pivot. Source: torch.linalg.lu_factor_ex."""
    _check("torch.lu_factor_ex" if A.ndim < 2 else "linalg.lu_factor", A, pivot)
    made, pivots, info = ops.lu_factor(A)
    column_major(made)
    if check_errors:
        raise_for(info, "torch.linalg.lu_factor_ex", _ZERO_PIVOT, RuntimeError)
    return _FACTOR_EX(made, pivots, info)


@public(function=False, method=False, out=True)
def lu_factor(A: Tensor, *, pivot: bool = True) -> Any:
    """Packed factors and pivots. Source: torch.linalg.lu_factor."""
    _check("torch.lu_factor" if A.ndim < 2 else "linalg.lu_factor", A, pivot)
    made, pivots, info = ops.lu_factor(A)
    column_major(made)
    raise_for(info, "torch.linalg.lu_factor", _ZERO_PIVOT, RuntimeError)
    return _FACTOR(made, pivots)


_LU_FORM = Signature("_lu_with_info", "T:A b:pivot= > ")


@public(out=True)
def lu(A: Tensor, pivot: bool = True, get_infos: bool = False) -> Any:
    """Packed factors and pivots, deprecated for torch.linalg.lu_factor. Source: torch.lu."""
    warnings.warn(
        "torch.lu is deprecated in favor of torch.linalg.lu_factor / torch.linalg.lu_factor_ex and "
        "will "
        "be removed in a future PyTorch release.\nLU, pivots = torch.lu(A, compute_pivots)\nshould "
        "be "
        "replaced with\nLU, pivots = torch.linalg.lu_factor(A, compute_pivots)\nand\nLU, pivots, "
        "info = "
        "torch.lu(A, compute_pivots, get_infos=True)\nshould be replaced with\nLU, pivots, info = "
        "torch.linalg.lu_factor_ex(A, compute_pivots)",
        UserWarning,
        stacklevel=2,
    )
    _LU_FORM.check((A, pivot), {})
    _check("torch.lu_factor" if A.ndim < 2 else "linalg.lu_factor", A, pivot)
    made, pivots, info = ops.lu_factor(A)
    column_major(made)
    if get_infos:
        return made, pivots, info
    raise_for(info, "torch.linalg.lu_factor_ex", _ZERO_PIVOT, RuntimeError)
    return made, pivots


@public(method=False, out=True)
def lu_unpack(
    LU_data: Tensor, LU_pivots: Tensor, unpack_data: bool = True, unpack_pivots: bool = True
) -> Any:
    """P, L and U of packed factors. Source: torch.lu_unpack."""
    if unpack_pivots and LU_pivots.dtype is not dt.int32:
        raise RuntimeError(
            "torch.lu_unpack: LU_pivots is expected to be a contiguous tensor of torch.int32 "
            "dtype.\nNote: "
            "this function is intended to be used with the output produced by "
            "torch.linalg.lu_factor"
        )
    p, lower, upper = ops.lu_unpack(LU_data, LU_pivots)
    blank = LU_data.detach()
    if not unpack_data:
        lower, upper = blank.new_empty(0), blank.new_empty(0)
    if not unpack_pivots:
        p = blank.new_empty(0)
    return _UNPACK(p.detach(), lower, upper)


def _check_solve(LU: Tensor, pivots: Tensor, B: Tensor, left: bool) -> None:
    name = "linalg.lu_solve"
    if pivots.dtype is not dt.int32:
        raise RuntimeError(f"{name}: pivots should be a Tensor of scalar type torch.int32")
    check_square(LU, "torch.linalg.lu_solve" if LU.ndim < 2 else name)
    if LU.dtype is not B.dtype:
        raise RuntimeError(
            f"{name}: Expected LU and B to have the same dtype, but found LU of type "
            f"{LU.dtype.legacy_name} and B of type {B.dtype.legacy_name} instead"
        )
    check_compatible(name, LU, B, left)
    if LU._shape[-1] != pivots._shape[-1]:
        raise RuntimeError(
            f"{name}: Number of pivots per batch should be same as the dimension of the matrix"
        )
    if LU._shape[:-1] != pivots._shape:
        raise RuntimeError(
            f"{name}: Expected LU.shape[:-1] and pivots.shape to be the same, but got pivots with "
            "shape "
            f"{list(pivots._shape)} instead"
        )


@public(function=False, method=False, out=True, name="lu_solve")
def linalg_lu_solve(
    LU: Tensor, pivots: Tensor, B: Tensor, *, left: bool = True, adjoint: bool = False
) -> Tensor:
    """The solution of A X = B, X A = B or of those with A^H. Source: torch.linalg.lu_solve."""
    _check_solve(LU, pivots, B, left)
    made = ops.lu_solve(LU, pivots, B, bool(left), bool(adjoint))
    return by_columns(made) if left else made


@public(out=True)
def lu_solve(b: Tensor, LU_data: Tensor, LU_pivots: Tensor) -> Tensor:
    """The solution of A x = b from packed factors. Source: torch.lu_solve."""
    return linalg_lu_solve(LU_data, LU_pivots, b)
