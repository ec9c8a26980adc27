"""Distances between tensors and between the rows of matrices."""

from __future__ import annotations

from typing import Any

from .. import dtypes as dt
from ..ops import distance as ops
from ..ops.matmul import c_name
from ..ops.unsupported import no_kernel
from ..shapes import broadcast_shapes, normalize_dim
from .api import public
from .tensor import Tensor

_MODES = (
    "use_mm_for_euclid_dist_if_necessary",
    "use_mm_for_euclid_dist",
    "donot_use_mm_for_euclid_dist",
)
_MANY_ROWS = 25  # from here on PyTorch computes Euclidean distances by a matrix product


@public()
def dist(input: Tensor, other: Tensor, p: float = 2) -> Tensor:
    """The norm of order p of the difference. Source: torch.dist."""
    broadcast_shapes(input._shape, other._shape)
    return ops.dist(input, other, float(p))


def _check_rows(x: Tensor, which: str) -> None:
    if x.ndim < 2:
        raise RuntimeError(f"cdist only supports at least 2D tensors, {which} got: {x.ndim}D")


@public(method=False)
def cdist(x1: Tensor, x2: Tensor, p: float = 2.0, compute_mode: str | None = _MODES[0]) -> Tensor:
    """The distances (..., P, R) between the rows of (..., P, M) and (..., R, M).

    Source: torch.cdist.
    """
    if compute_mode is not None and compute_mode not in _MODES:
        raise ValueError(f"{compute_mode} is not a valid value for compute_mode")
    _check_rows(x1, "X1")
    _check_rows(x2, "X2")
    for x, which in ((x1, "X1"), (x2, "X2")):
        if not x.dtype.is_floating_point:
            raise RuntimeError(
                f"cdist only supports floating-point dtypes, {which} got: {x.dtype.legacy_name}"
            )
    if x1._shape[-1] != x2._shape[-1]:
        raise RuntimeError(
            f"X1 and X2 must have the same number of columns. X1: {x1._shape[-1]} X2: "
            f"{x2._shape[-1]}"
        )
    if not p >= 0:
        raise RuntimeError("cdist only supports non-negative p values")
    kind = dt.promote_types(x1.dtype, x2.dtype)
    if x1.dtype is not x2.dtype:
        x1, x2 = x1.to(kind), x2.to(kind)
    many = x1._shape[-2] > _MANY_ROWS or x2._shape[-2] > _MANY_ROWS
    by_product = p == 2 and (
        compute_mode == _MODES[1] or (many and compute_mode in (None, _MODES[0]))
    )
    return ops.cdist(x1, x2, float(p), by_product)


@public(method=False)
def pdist(input: Tensor, p: float = 2) -> Tensor:
    """The distances of all pairs of rows, i < j, in one vector. Source: torch.pdist."""
    if input.ndim != 2:
        raise RuntimeError(f"pdist only supports 2D tensors, got: {input.ndim}D")
    if not input.dtype.is_floating_point:
        raise RuntimeError("pdist only supports floating-point dtypes")
    if not p >= 0:
        raise RuntimeError("pdist only supports non-negative p values")
    if input.dtype in (dt.float16, dt.bfloat16) and input._shape[0] > 1 and input._shape[1]:
        raise no_kernel("pdist", input.dtype)
    return ops.pdist(input, float(p))


@public(inplace=True, out=True)
def renorm(input: Tensor, p: Any, dim: int, maxnorm: Any) -> Tensor:
    """The parts along `dim` scaled down to at most the norm `maxnorm`. Source: torch.renorm."""
    if isinstance(p, complex):
        raise RuntimeError("renorm: p must be real-valued")
    if p <= 0:
        raise RuntimeError("renorm: non-positive-norm not supported")
    if isinstance(maxnorm, complex):
        raise RuntimeError("renorm: maxnorm must be real-valued")
    if maxnorm < 0:
        raise RuntimeError(f"renorm: expected maxnorm to be >= 0 but got {maxnorm:g}")
    if input.ndim < 2:
        raise RuntimeError(
            f"renorm: input needs at least 2 dimensions, got {input.ndim} dimensions"
        )
    if not (input.dtype.is_floating_point or input.dtype.is_complex):
        raise RuntimeError(f"expected scalar type of input to be floating, got {c_name(input)}")
    return ops.renorm(input, float(p), normalize_dim(dim, input.ndim), float(maxnorm))
