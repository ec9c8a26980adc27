"""Cumulative functions along a dimension."""

from __future__ import annotations

from typing import Any

from .. import dtypes as dt
from ..ops import scan as ops
from ..ops.family import cast
from ..shapes import normalize_dim
from .api import public
from .return_types import return_type
from .tensor import Tensor

_CUMMAX = return_type("cummax", "values", "indices")
_CUMMIN = return_type("cummin", "values", "indices")


def _kind(input: Tensor, dtype: dt.dtype | None) -> dt.dtype:
    if dtype is not None:
        return dtype
    return dt.int64 if input.dtype.category < dt.float32.category else input.dtype


@public(inplace=True, out=True)
def cumsum(input: Tensor, dim: int, *, dtype: dt.dtype | None = None) -> Tensor:
    """Sums of the elements up to each place. Source: torch.cumsum."""
    kind = _kind(input, dtype)
    return ops.cumsum(cast(input, kind), normalize_dim(dim, input.ndim), kind)


@public(inplace=True, out=True)
def cumprod(input: Tensor, dim: int, *, dtype: dt.dtype | None = None) -> Tensor:
    """Products of the elements up to each place. Source: torch.cumprod."""
    kind = _kind(input, dtype)
    return ops.cumprod(cast(input, kind), normalize_dim(dim, input.ndim), kind)


@public(out=True)
def cummax(input: Tensor, dim: int) -> Any:
    """The largest element up to each place, and where it is. Source: torch.cummax."""
    return _CUMMAX(*ops.cummax(input, normalize_dim(dim, input.ndim)))


@public(out=True)
def cummin(input: Tensor, dim: int) -> Any:
    """The smallest element up to each place, and where it is. Source: torch.cummin."""
    return _CUMMIN(*ops.cummin(input, normalize_dim(dim, input.ndim)))


@public(out=True)
def logcumsumexp(input: Tensor, dim: int) -> Tensor:
    """log of the cumulative sums of exp. Source: torch.logcumsumexp."""
    if input.dtype.category < dt.float32.category:
        raise NotImplementedError(
            f"\"logcumsumexp_out_cpu\" not implemented for '{input.dtype.legacy_name}'"
        )
    return ops.logcumsumexp(input, normalize_dim(dim, input.ndim))
