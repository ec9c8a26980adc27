"""Counting: bins of integers, histograms of one and several dimensions.

Source: https://docs.pytorch.org/docs/stable/generated/torch.histogram.html
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from .. import dtypes as dt
from ..ops.movement import zeros
from ..ops.unsupported import no_kernel
from ..shapes import numel
from .api import public
from .return_types import return_type
from .sequences import linspace
from .tensor import Tensor

_HISTOGRAM = return_type("histogram", "hist", "bin_edges")
_HISTOGRAMDD = return_type("histogramdd", "hist", "bin_edges")


@public()
def bincount(input: Tensor, weights: Tensor | None = None, minlength: int = 0) -> Tensor:
    """How often each non-negative integer occurs. Source: torch.bincount."""
    if minlength < 0:
        raise RuntimeError("minlength should be >= 0")
    if input.dtype.category != 1:
        raise NotImplementedError(
            f"\"bincount_cpu\" not implemented for '{input.dtype.legacy_name}'"
        )
    if input.ndim == 1 and not numel(input._shape):
        return Tensor._wrap(zeros((minlength,), dt.int64))
    array = input._array()
    if input.ndim != 1 or array.min() < 0:
        raise RuntimeError("bincount only supports 1-d non-negative integral inputs.")
    if weights is None:
        return Tensor._from_array(np.bincount(array, minlength=minlength), dt.int64)
    if weights.ndim != 1 or weights._shape != input._shape:
        raise RuntimeError("weights should be 1-d and have the same length as input")
    made = np.bincount(array, weights._array().astype(np.float64), minlength)
    kind = dt.float32 if weights.dtype is dt.float32 else dt.float64
    return Tensor._from_array(made.astype(kind.numpy), kind)


def _range(name: str, x: np.ndarray, low: float, high: float) -> tuple[float, float]:
    """The range of the bins: that of the elements where none was given."""
    if low == high and x.size:
        low, high = x.min(), x.max()
    if low == high:
        low, high = low - 1, high + 1
    if not (np.isfinite(low) and np.isfinite(high)):
        shown = (f"{float(v):g}".replace("nan", "nan") for v in (low, high))
        raise RuntimeError(f"{name}: range of [{', '.join(shown)}] is not finite")
    return low, high


@public(out=True)
def histc(input: Tensor, bins: int = 100, min: Any = 0, max: Any = 0) -> Tensor:  # noqa: A002
    """Counts in equal bins between min and max. Source: torch.histc."""
    if input.dtype.restricted:
        raise no_kernel("aminmax_cpu", input.dtype)
    if not input.dtype.is_floating_point:
        raise NotImplementedError(
            f"\"histogram_cpu\" not implemented for '{input.dtype.legacy_name}'"
        )
    if bins <= 0:
        raise RuntimeError(f"torch.histogram(): bins must be > 0, but got {bins} for dimension 0")
    kind = np.float32 if input.dtype.itemsize < 4 else input.dtype.numpy.type
    x = input._array().reshape(-1).astype(kind)
    low, high = _range("torch.histc", x, kind(float(min)), kind(float(max)))
    if low > high:
        raise RuntimeError("torch.histc: max must be larger than min")
    inside = x[(x >= low) & (x <= high)]
    places = ((inside - low) * kind(bins) / (high - low)).astype(np.int64)
    counts = np.bincount(np.minimum(places, bins - 1), minlength=bins)
    return Tensor._from_array(counts.astype(input.dtype.numpy), input.dtype)


def _edges_of_counts(
    x: np.ndarray, bins: Sequence[int], range: Any, kind: dt.dtype
) -> list[Tensor]:
    """Even edges of every dimension over the given range or that of the elements."""
    dims = x.shape[1]
    for d, count in enumerate(bins):
        if count <= 0:
            raise RuntimeError(
                f"torch.histogram(): bins must be > 0, but got {count} for dimension {d}"
            )
    if range is not None and len(range) != 2 * dims:
        raise RuntimeError(
            f"torch.histogramdd: for a {dims}-dimensional histogram range should have {2 * dims} "
            f"elements, but got {len(range)}"
        )
    edges = []
    for d, count in enumerate(bins):
        column = x[:, d]
        if range is not None:
            low, high = range[2 * d], range[2 * d + 1]
        else:
            low, high = (column.min(), column.max()) if column.size else (0.0, 1.0)
        if not (np.isfinite(low) and np.isfinite(high)):
            raise RuntimeError(
                f"torch.histogramdd: dimension {d}'s range [{low:g}, {high:g}] is not finite"
            )
        if low > high:
            raise RuntimeError(
                f"torch.histogramdd: min should not exceed max, but got min {low:g} max {high:g} "
                "for "
                f"dimension {d}"
            )
        if low == high:
            low, high = low - 0.5, high + 0.5
        edges.append(linspace(float(low), float(high), int(count) + 1, dtype=kind))
    return edges


def _check_edges(edges: Sequence[Tensor], x: Tensor) -> None:
    for d, one in enumerate(edges):
        if one.ndim != 1:
            raise RuntimeError(
                f"torch.histogramdd: bins tensor should have one dimension, but got {one.ndim} "
                f"dimensions in the bins tensor for dimension {d}"
            )
        if one.numel() == 0:
            raise RuntimeError(
                "torch.histogramdd: bins tensor should have at least 1 element, but got 0 elements "
                "in "
                f"the bins tensor for dimension {d}"
            )
        if one.dtype is not x.dtype:
            raise RuntimeError(
                "torch.histogramdd: input tensor and bins tensors should have the same dtype, but "
                "got "
                f"input with dtype {x.dtype.legacy_name} and bins for dimension {d} with dtype "
                f"{one.dtype.legacy_name}"
            )


def _check_weight(x: Tensor, weight: Tensor | None, rows: list[int]) -> None:
    if weight is None:
        return
    if weight.dtype is not x.dtype:
        raise RuntimeError(
            "torch.histogramdd: if weight tensor is provided, input tensor and weight tensor "
            "should have "
            f"the same dtype, but got input({x.dtype.legacy_name}), and "
            f"weight({weight.dtype.legacy_name})"
        )
    expected = rows[:-1]
    given = (
        [weight.numel()] if expected == [x.numel()] and weight._shape == x._shape else weight._shape
    )
    if list(given) != expected:
        raise RuntimeError(
            "torch.histogramdd: if weight tensor is provided it should have the same shape as the "
            "input "
            f"tensor excluding its innermost dimension, but got input with shape {rows} and weight "
            "with "
            f"shape {list(weight._shape)}"
        )


def _count(
    x: np.ndarray, edges: list[np.ndarray], weight: np.ndarray | None, density: bool
) -> np.ndarray:
    """The histogram of rows of coordinates; the last bin includes its right edge."""
    shape = tuple(len(e) - 1 for e in edges)
    places = np.zeros(len(x), np.int64)
    inside = np.ones(len(x), bool)
    for d, e in enumerate(edges):
        column = x[:, d]
        at = np.searchsorted(e, column, side="right") - 1
        at = np.where(column == e[-1], len(e) - 2, at)
        inside &= (column >= e[0]) & (column <= e[-1])
        places = places * shape[d] + at
    weights = np.ones(len(x), x.dtype) if weight is None else weight.reshape(-1)
    made = np.zeros(int(np.prod(shape)), x.dtype)
    np.add.at(made, places[inside], weights[inside])  # summed in order, at the input's precision
    made = made.reshape(shape)
    if density:
        made = made / made.sum()
        for d, e in enumerate(edges):
            made = made / np.diff(e).reshape((-1,) + (1,) * (len(edges) - d - 1))
    return made


def _histogram(
    input: Tensor, rows: list[int], bins: Any, range: Any, weight: Any, density: bool
) -> tuple[Tensor, list[Tensor]]:
    if not input.dtype.is_floating_point or input.dtype.itemsize < 4:
        raise NotImplementedError(
            f"\"histogramdd\" not implemented for '{input.dtype.legacy_name}'"
        )
    x = input._array().reshape(-1, rows[-1])
    if bins and isinstance(bins[0], Tensor):
        _check_edges(bins, input)
        edges = list(bins)
    else:
        edges = _edges_of_counts(x, bins, range, input.dtype)
    _check_weight(input, weight, rows)
    arrays = [e._array() for e in edges]
    made = _count(x, arrays, None if weight is None else weight._array(), density)
    return Tensor._from_array(np.ascontiguousarray(made, input.dtype.numpy), input.dtype), edges


@public(out=True)
def histogram(
    input: Tensor,
    bins: int | Tensor = 100,
    *,
    range: tuple[float, float] | None = None,  # noqa: A002
    weight: Tensor | None = None,
    density: bool = False,
) -> Any:
    """Counts (or density) of elements in bins, and the bins' edges. Source: torch.histogram."""
    made, edges = _histogram(input, [numel(input._shape), 1], [bins], range, weight, density)
    return _HISTOGRAM(made, edges[0])


@public(method=False)
def histogramdd(
    input: Tensor,
    bins: Any,
    range: Sequence[float] | None = None,  # noqa: A002
    weight: Tensor | None = None,
    density: bool = False,
) -> Any:
    """The histogram of the innermost dimension's coordinates. Source: torch.histogramdd."""
    if input.ndim < 2:
        raise RuntimeError(
            "torch.histogramdd: input tensor should have at least 2 dimensions, but got "
            f"{input.ndim}"
        )
    dims = input._shape[-1]
    bins = [bins] * dims if isinstance(bins, int) else list(bins)
    if len(bins) != dims:
        raise RuntimeError(
            "histogramdd: The size of bins must be equal to the innermost dimension of the input."
        )
    made, edges = _histogram(input, list(input._shape), bins, range, weight, density)
    return _HISTOGRAMDD(made, tuple(edges))
