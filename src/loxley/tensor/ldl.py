"""LDL decompositions of symmetric and Hermitian matrices, and systems solved with them.

Source: https://docs.pytorch.org/docs/stable/generated/torch.linalg.ldl_factor.html
"""

from __future__ import annotations

from typing import Any

from .. import dtypes as dt
from ..ops import ldl as ops
from ..ops.linalg import check_square
from .api import public
from .column_major import by_columns, column_major
from .linear_solvers import raise_for
from .return_types import return_type
from .tensor import Tensor

_FACTOR = return_type("linalg_ldl_factor", "LD", "pivots")
_FACTOR_EX = return_type("linalg_ldl_factor_ex", "LD", "pivots", "info")
_ZERO_PIVOT = (
    "Factorization completed, but D[{0},{0}] is zero and the matrix is singular, so ldl_solve "
    "would "
    "divide by zero."
)


@public(function=False, method=False, out=True)
def ldl_factor_ex(input: Tensor, *, hermitian: bool = False, check_errors: bool = False) -> Any:
    """Packed factors, pivots, and the first zero of D. Source: torch.linalg.ldl_factor_ex."""
    check_square(input, "torch.linalg.ldl_factor_ex")
    made, pivots, info = ops.ldl_factor(input, bool(hermitian and input.dtype.is_complex))
    column_major(made)
    if check_errors:
        raise_for(info, "torch.linalg.ldl_factor_ex", _ZERO_PIVOT)
    return _FACTOR_EX(made, pivots, info)


@public(function=False, method=False, out=True)
def ldl_factor(input: Tensor, *, hermitian: bool = False) -> Any:
    """Packed factors and pivots. Source: torch.linalg.ldl_factor."""
    made, pivots, info = ldl_factor_ex(input, hermitian=hermitian)
    raise_for(info, "torch.linalg.ldl_factor", _ZERO_PIVOT)
    return _FACTOR(made, pivots)


@public(function=False, method=False, out=True)
def ldl_solve(LD: Tensor, pivots: Tensor, B: Tensor, *, hermitian: bool = False) -> Tensor:
    """The solution of A X = B from packed factors. Source: torch.linalg.ldl_solve."""
    name = "torch.linalg.ldl_solve"
    check_square(LD, name, floating=False)
    if B.ndim < 2:
        raise RuntimeError(
            f"{name}: Expected B to have at least 2 dimensions, but it has {B.ndim} dimensions "
            "instead"
        )
    if LD._shape[:-1] != pivots._shape:
        raise RuntimeError(
            f"{name}: Expected LD.shape[:-1] and pivots.shape to be the same, but got pivots with "
            "shape "
            f"{list(pivots._shape)} instead"
        )
    if pivots.dtype.category != 1 or pivots.dtype is not dt.int32:
        raise RuntimeError(
            f"{name}: Expected pivots to be integers. Got {pivots.dtype.legacy_name}"
        )
    if LD.dtype is not B.dtype:
        raise RuntimeError(
            f"{name}: LD dtype {LD.dtype.legacy_name} does not match b dtype {B.dtype.legacy_name}"
        )
    if LD._shape[-1] != B._shape[-2]:
        size = LD._shape[-1]
        raise RuntimeError(
            f"Incompatible matrix sizes for {name}: each A matrix is {size} by {size} but each b "
            "matrix "
            f"is {B._shape[-2]} by {B._shape[-1]}"
        )
    return by_columns(ops.ldl_solve(LD, pivots, B, bool(hermitian and LD.dtype.is_complex)))
