"""Masked reductions: what the mask leaves out does not count.

A row without any element that counts yields the reduction's identity (NaN for means and medians).
Source: https://docs.pytorch.org/docs/stable/masked.html#reductions
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .. import dtypes as dt
from ..tensor import PUBLIC, Tensor
from ..tensor.norms import vector_norm
from .masks import Dims, _input_mask, check_strided, dims_of, filled, highest, lowest

Mask = Tensor | None
Kind = dt.dtype | None


def _summed_kind(x: Tensor, dtype: Kind) -> dt.dtype:
    """The dtype of sums: integers and bools add up in 64 bits."""
    if dtype is not None:
        return dtype
    return x.dtype if x.dtype.category > dt.int64.category else dt.int64


def sum(  # noqa: A001
    input: Tensor,
    dim: Dims = None,
    *,
    keepdim: bool | None = False,
    dtype: Kind = None,
    mask: Mask = None,
) -> Tensor:
    """Sums of the kept elements. Source: torch.masked.sum."""
    check_strided("sum", input)
    kind, dims = _summed_kind(input, dtype), dims_of(input, dim)
    return PUBLIC["sum"](filled(input, mask, 0), dims, bool(keepdim), dtype=kind)


def prod(
    input: Tensor,
    dim: Dims = None,
    *,
    keepdim: bool | None = False,
    dtype: Kind = None,
    mask: Mask = None,
) -> Tensor:
    """Products of the kept elements. Source: torch.masked.prod."""
    check_strided("prod", input)
    kind, made = _summed_kind(input, dtype), filled(input, mask, 1)
    for d in reversed(dims_of(input, dim)):
        made = PUBLIC["prod"](made, d, bool(keepdim))
    return made.to(kind)


def _extremum(name: str, identity: Callable, index: bool, input, dim, keepdim, dtype, mask):
    kind = dtype or input.dtype
    check_strided(name, input)
    number = identity(name, kind) if mask is not None or not index else 0
    kept = filled(input.to(kind), mask, number)
    if not index:
        return PUBLIC[name](kept, dims_of(input, dim), bool(keepdim))
    # The places come at the elements' dtype, as PyTorch's do.
    return PUBLIC[name](kept, dim, bool(keepdim)).to(kind)


def amax(
    input: Tensor,
    dim: Dims = None,
    *,
    keepdim: bool | None = False,
    dtype: Kind = None,
    mask: Mask = None,
) -> Tensor:
    """Maxima of the kept elements. Source: torch.masked.amax."""
    return _extremum("amax", lowest, False, input, dim, keepdim, dtype, mask)


def amin(
    input: Tensor,
    dim: Dims = None,
    *,
    keepdim: bool | None = False,
    dtype: Kind = None,
    mask: Mask = None,
) -> Tensor:
    """Minima of the kept elements. Source: torch.masked.amin."""
    return _extremum("amin", highest, False, input, dim, keepdim, dtype, mask)


def argmax(
    input: Tensor,
    dim: int | None = None,
    *,
    keepdim: bool | None = False,
    dtype: Kind = None,
    mask: Mask = None,
) -> Tensor:
    """Places of the maxima of the kept elements. Source: torch.masked.argmax."""
    return _extremum("argmax", lowest, True, input, dim, keepdim, dtype, mask)


def argmin(
    input: Tensor,
    dim: int | None = None,
    *,
    keepdim: bool | None = False,
    dtype: Kind = None,
    mask: Mask = None,
) -> Tensor:
    """Places of the minima of the kept elements. Source: torch.masked.argmin."""
    return _extremum("argmin", highest, True, input, dim, keepdim, dtype, mask)


def _count(input: Tensor, dims: tuple[int, ...], keepdim: bool, mask: Mask) -> Tensor:
    """How many elements each result is made from."""
    return PUBLIC["sum"](_input_mask(input, mask=mask), dims, keepdim, dtype=dt.int64)


def _floating(name: str, input: Tensor, dtype: Kind) -> dt.dtype:
    kind = dtype or input.dtype
    if not (kind.is_floating_point or kind.is_complex):
        raise ValueError(
            f"{name}(): Could not infer output dtype. Input dtype must be either a floating point "
            f"or complex dtype. Got: {kind}"
        )
    return kind


def mean(
    input: Tensor,
    dim: Dims = None,
    *,
    keepdim: bool | None = False,
    dtype: Kind = None,
    mask: Mask = None,
) -> Tensor:
    """Means of the kept elements, NaN of none. Source: torch.masked.mean."""
    kind = _floating("mean", input, dtype)
    check_strided("mean", input)
    dims = dims_of(input, dim)
    if mask is None:
        return PUBLIC["mean"](input, dims, bool(keepdim), dtype=kind)
    total = sum(input, dims, keepdim=keepdim, dtype=kind, mask=mask)
    return total / _count(input, dims, bool(keepdim), mask)


def median(
    input: Tensor,
    dim: int = -1,
    *,
    keepdim: bool = False,
    dtype: Kind = None,
    mask: Mask = None,
) -> Tensor:
    """Lower medians of the kept elements, NaN of none; ValueError for integers where a row keeps
    none. Source: torch.masked.median."""
    check_strided("median", input)
    x = input.to(dtype or input.dtype)
    place = dims_of(input, int(dim))[0] if input.ndim else 0
    if mask is None:
        return PUBLIC["median"](x, place, keepdim).values
    if x.dtype.is_floating_point:
        return PUBLIC["nanmedian"](filled(x, mask, float("nan")), place, keepdim).values
    kept = _input_mask(input, mask=mask)
    if not bool(kept.any(place).all()):
        raise ValueError(
            "masked median expects no fully masked out rows if dtype is not floating point"
        )
    # Integers have no NaN: float64 carries what fits, order and lower median stay the same.
    wide = filled(x.to(dt.float64), mask, float("nan"))
    return PUBLIC["nanmedian"](wide, place, keepdim).values.to(x.dtype)


def norm(
    input: Tensor,
    ord: float | None = 2.0,  # noqa: A002
    dim: Dims = None,
    *,
    keepdim: bool | None = False,
    dtype: Kind = None,
    mask: Mask = None,
) -> Tensor:
    """Vector norms of the kept elements. Source: torch.masked.norm."""
    check_strided("norm", input)
    order = 2.0 if ord is None else float(ord)
    stand_in = float("inf") if order == float("-inf") else 0
    kind = input.dtype if dtype is None else dtype
    kept = filled(input, mask, stand_in) if kind.category > dt.int64.category else input
    return vector_norm(kept, order, dims_of(input, dim), bool(keepdim), dtype=dtype)


def _correction(unbiased: bool | None, correction: float | None) -> float:
    if unbiased is not None and correction is not None:
        raise AssertionError("Only one of unbiased and correction may be given")
    if correction is not None:
        return correction
    return 1 if unbiased is None or unbiased else 0


def _variance(name, input, dim, unbiased, correction, keepdim, dtype, mask) -> Tensor:
    less = _correction(unbiased, correction)
    kind = dtype or (input.dtype if input.dtype.category > dt.int64.category else dt.float32)
    check_strided(name, input)
    x, dims = input.to(kind), dims_of(input, dim)
    count = _count(input, dims, True, mask)
    away = x - sum(x, dims, keepdim=True, mask=mask) / count
    squares = away * away.conj() if kind.is_complex else away * away
    total = sum(squares, dims, keepdim=keepdim, mask=mask)
    free = (count.reshape(total._shape) - less).clamp(min=0)
    made = total / free
    return made.to(kind)


def var(
    input: Tensor,
    dim: Dims = None,
    unbiased: bool | None = None,
    *,
    correction: float | None = None,
    keepdim: bool | None = False,
    dtype: Kind = None,
    mask: Mask = None,
) -> Tensor:
    """Variances of the kept elements. Source: torch.masked.var."""
    return _variance("var", input, dim, unbiased, correction, keepdim, dtype, mask)


def std(
    input: Tensor,
    dim: Dims = None,
    unbiased: bool | None = None,
    *,
    correction: float | None = None,
    keepdim: bool | None = False,
    dtype: Kind = None,
    mask: Mask = None,
) -> Tensor:
    """Standard deviations of the kept elements. Source: torch.masked.std."""
    return _variance("std", input, dim, unbiased, correction, keepdim, dtype, mask).sqrt()


def logsumexp(
    input: Tensor,
    dim: Dims = None,
    *,
    keepdim: bool = False,
    dtype: Kind = None,
    mask: Mask = None,
) -> Tensor:
    """Logarithms of the sums of exponentials. Source: torch.masked.logsumexp."""
    check_strided("logsumexp", input)
    kind = dtype or input.dtype
    number: Any = float("-inf")
    if kind.category < dt.float32.category and mask is not None:
        number = lowest("logsumexp", kind)
    kept = filled(input, mask, number)
    return PUBLIC["logsumexp"](kept, dims_of(input, dim), bool(keepdim)).to(kind)
