"""Order statistics: k-th values, medians, modes, quantiles.

Source: https://docs.pytorch.org/docs/stable/torch.html#reduction-ops
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .. import dtypes as dt
from ..ir.graph import Op
from ..ops import order as ops
from ..shapes import normalize_dim, numel
from .api import public, write_out
from .return_types import return_type
from .sorting import sort
from .tensor import Tensor

_KTHVALUE = return_type("kthvalue", "values", "indices")
_MEDIAN = return_type("median", "values", "indices")
_NANMEDIAN = return_type("nanmedian", "values", "indices")
_MODE = return_type("mode", "values", "indices")


def _check_selection(name: str, input: Tensor, dim: int) -> int:
    """The dimension, normalized; errors for complex tensors and empty dimensions."""
    d = normalize_dim(dim, input.ndim)
    if input._shape and input._shape[d] == 0:
        raise IndexError(f"{name}(): Expected reduction dim {d} to have non-zero size.")
    return d


def _refuse_complex(name: str, kernel: str, input: Tensor) -> None:
    if input.dtype.is_complex:
        raise NotImplementedError(f"\"{kernel}\" not implemented for '{input.dtype.legacy_name}'")


@public()
def kthvalue(
    input: Tensor, k: int, dim: int = -1, keepdim: bool = False, *, out: Any = None
) -> Any:
    """The k-th smallest elements (k from 1) and their places. Source: torch.kthvalue."""
    if input._shape:
        _refuse_complex("kthvalue", "kthvalue_cpu", input)
    d = normalize_dim(dim, input.ndim)
    size = input._shape[d] if input._shape else 1
    if numel(input._shape) == 0:
        _check_selection("kthvalue", input, dim)
    if not 1 <= k <= size:
        raise RuntimeError(f"kthvalue(): selected number k out of range for dimension {d}")
    made = ops.kthvalue(input, int(k), d, bool(keepdim))
    if out is None:
        return _KTHVALUE(*made)
    if any(one._storage is input._storage for one in out):
        raise RuntimeError(
            "unsupported operation: some elements of the input tensor and the written-to tensor "
            "refer "
            "to a single memory location. Please clone() the tensor before performing the "
            "operation."
        )
    return _KTHVALUE(*(write_out("kthvalue", x, to) for x, to in zip(made, out)))


def _median(
    name: str, of_all: Op, along: Op, result: Callable, input: Tensor, dim: Any, keepdim: bool
) -> Any:
    _refuse_complex(name, "median_cpu" if name == "median" else "nanmedian_cpu", input)
    if input.dtype is dt.bool_:
        raise NotImplementedError("\"median_out_impl\" not implemented for 'Bool'")
    if dim is None:
        return of_all(input)
    return result(*along(input, _check_selection("median", input, dim), bool(keepdim)))


@public(out=True)
def median(input: Tensor, dim: int | None = None, keepdim: bool = False) -> Any:
    """The lower median, NaN where there is one. Source: torch.median."""
    return _median("median", ops.median_all, ops.median_dim, _MEDIAN, input, dim, keepdim)


@public(out=True)
def nanmedian(input: Tensor, dim: int | None = None, keepdim: bool = False) -> Any:
    """The lower median of what is not NaN. Source: torch.nanmedian."""
    return _median(
        "nanmedian", ops.nanmedian_all, ops.nanmedian_dim, _NANMEDIAN, input, dim, keepdim
    )


@public(out=True)
def mode(input: Tensor, dim: int = -1, keepdim: bool = False) -> Any:
    """The most frequent elements, the least among equals, and a place. Source: torch.mode."""
    if input._shape:
        _refuse_complex("mode", "mode_cpu", input)
    return _MODE(*ops.mode(input, _check_selection("mode", input, dim), bool(keepdim)))


_INTERPOLATIONS = ("linear", "lower", "higher", "midpoint", "nearest")


def _check_quantile(input: Tensor, q: Any, interpolation: str) -> Tensor:
    """q as a tensor, after PyTorch's checks (which all speak of quantile)."""
    if not isinstance(q, Tensor):
        if not 0 <= q <= 1:
            raise RuntimeError(f"quantile() q must be in the range [0, 1] but got {q:g}")
        q = input.new_tensor(q) if not input.requires_grad else input.detach().new_tensor(q)
    if numel(input._shape) == 0:
        raise RuntimeError("quantile() input tensor must be non-empty")
    if q.ndim > 1:
        raise RuntimeError("quantile() q must be a scalar or 1D tensor")
    if input.dtype not in (dt.float32, dt.float64):
        raise RuntimeError("quantile() input tensor must be either float or double dtype")
    if q.dtype is not input.dtype:
        raise RuntimeError("quantile() q tensor must be same dtype as the input tensor")
    if interpolation not in _INTERPOLATIONS:
        raise RuntimeError(
            "quantile() interpolation must be one of linear, lower, higher, midpoint or nearest, "
            "but "
            f"got {interpolation}"
        )
    values = q._all_slices()
    if not ((values >= 0) & (values <= 1)).all():
        raise RuntimeError("quantile() q values must be in the range [0, 1]")
    return q


def _quantile(
    input: Tensor, q: Any, dim: int | None, keepdim: bool, interpolation: str, ignore_nan: bool
) -> Tensor:
    q = _check_quantile(input, q, interpolation)
    ndim = input.ndim
    d = 0 if dim is None else normalize_dim(dim, ndim)
    flat = input.flatten() if dim is None else input.unsqueeze(0) if not ndim else input
    rows = sort(flat.unsqueeze(-1).transpose(d, -1), dim=-1)[0].squeeze(d)  # (..., n)
    shape = rows._shape[:-1]
    kept = [1] * ndim if dim is None else [1 if i == d else n for i, n in enumerate(input._shape)]
    made = _interpolated(rows, q.reshape(-1), interpolation, ignore_nan)  # (..., m)
    made = made.movedim(-1, 0).reshape([q.numel(), *(kept if keepdim else shape)])
    return made if q.ndim else made.squeeze_(0)


def _interpolated(rows: Tensor, q: Tensor, interpolation: str, ignore_nan: bool) -> Tensor:
    """The quantiles of sorted rows (NaNs last): between the elements around rank q (n - 1)."""
    missing = rows.isnan()
    if ignore_nan:
        ranks = q * (missing.logical_not().sum(-1, keepdim=True) - 1)
        ranks = ranks.masked_fill(ranks < 0, 0)
    else:
        last = rows._shape[-1] - 1
        ranks = (q * last).masked_fill(missing.any(-1, keepdim=True), last)
    if interpolation in ("lower", "higher", "nearest"):
        rounding = {"lower": "floor", "higher": "ceil", "nearest": "round"}[interpolation]
        return rows.gather(-1, getattr(ranks, rounding)().to(dt.int64))
    below = ranks.to(dt.int64)
    weights = ranks.detach() * 0 + 0.5 if interpolation == "midpoint" else ranks - below
    low, high = rows.gather(-1, below), rows.gather(-1, ranks.ceil().to(dt.int64))
    return low.lerp(high, weights)


@public(out=True)
def quantile(
    input: Tensor,
    q: Any,
    dim: int | None = None,
    keepdim: bool = False,
    *,
    interpolation: str = "linear",
) -> Tensor:
    """The q-quantiles of the elements along `dim`, or of all. Source: torch.quantile."""
    return _quantile(input, q, dim, keepdim, interpolation, False)


@public(out=True)
def nanquantile(
    input: Tensor,
    q: Any,
    dim: int | None = None,
    keepdim: bool = False,
    *,
    interpolation: str = "linear",
) -> Tensor:
    """The q-quantiles of what is not NaN. Source: torch.nanquantile."""
    return _quantile(input, q, dim, keepdim, interpolation, True)
