"""Binary search in sorted rows: `searchsorted` and `bucketize`."""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import dtypes as dt
from ..ir.graph import Op
from .api import public
from .arguments import from_number
from .tensor import Tensor


def _search_eval(edges, values, sorter, /, right, kind):
    side = "right" if right else "left"
    if sorter is not None:
        edges = np.take_along_axis(edges, sorter, -1)
    common = np.result_type(edges.dtype, values.dtype)
    edges, values = edges.astype(common, copy=False), values.astype(common, copy=False)
    if edges.ndim == 1:
        return np.searchsorted(edges, values, side)
    if not values.size:
        return np.zeros(values.shape, np.int64)
    flat = values.reshape(-1, values.shape[-1])
    rows = edges.reshape(len(flat), edges.shape[-1])
    made = [np.searchsorted(e, v, side) for e, v in zip(rows, flat)]
    return np.asarray(made).reshape(values.shape)


_SEARCH = Op(
    "searchsorted",
    rule=lambda edges, values, sorter, right, kind: (values.shape, kind),
    eval=_search_eval,
)


def _side(right: bool, side: str | None) -> bool:
    if side is None:
        return right
    if side not in ("left", "right"):
        raise RuntimeError(
            f"torch.searchsorted(): side can only be 'left' or 'right' but got {side}"
        )
    if side == "left" and right:
        raise RuntimeError(
            "torch.searchsorted(): side and right can't be set to opposites, got side of left "
            "while "
            "right was True"
        )
    return side == "right"


def _check_sorter(edges: Tensor, sorter: Tensor | None) -> None:
    if sorter is None:
        return
    if sorter._shape != edges._shape:
        raise RuntimeError(
            "torch.searchsorted(): boundary and sorter must have the same size, but got boundary "
            "tensor "
            f"{list(edges._shape)}and got sorter tensor {list(sorter._shape)}"
        )
    if sorter.dtype is not dt.int64:
        raise RuntimeError(
            "torch.searchsorted(): sorter must be a tensor of long dtype but got dtype "
            f"{sorter.dtype.legacy_name}"
        )
    places = sorter._all_slices()
    if places.size and (places.min() < 0 or places.max() >= edges._shape[-1]):
        raise RuntimeError("torch.searchsorted(): sorter index out of range")


def _search(edges: Tensor, values: Any, sorter: Any, right: bool, out_int32: bool) -> Tensor:
    if not isinstance(values, Tensor):
        values = from_number(values)
    return _SEARCH(edges, values, sorter, right, dt.int32 if out_int32 else dt.int64)


@public(method=False, out=True)
def searchsorted(
    sorted_sequence: Tensor,
    input: Any,
    *,
    out_int32: bool = False,
    right: bool = False,
    side: str | None = None,
    sorter: Tensor | None = None,
) -> Tensor:
    """Where values go in sorted rows so that order is kept. Source: torch.searchsorted."""
    edges = sorted_sequence
    right = _side(right, side)
    shape = input._shape if isinstance(input, Tensor) else ()
    if edges.ndim == 0:
        raise RuntimeError(
            "torch.searchsorted(): input value can be a scalar only when boundaries tensor "
            "dimension is "
            f"1, but we got boundaries tensor dim(0) and input value's dim({len(shape)}) numel(1)"
        )
    if edges.ndim != 1 and (not shape or edges._shape[:-1] != shape[:-1]):
        if not shape:
            raise RuntimeError(
                "torch.searchsorted(): input value can be a scalar only when boundaries tensor "
                "dimension "
                f"is 1, but we got boundaries tensor dim({edges.ndim}) and input value's dim(0) "
                "numel(1)"
            )
        raise RuntimeError(
            "torch.searchsorted(): boundaries tensor should be 1 dimension or the first N-1 "
            "dimensions of "
            "boundaries tensor and input value tensor must match, but we got boundaries tensor "
            f"{list(edges._shape)} and input value tensor {list(shape)}"
        )
    _check_sorter(edges, sorter)
    return _search(edges, input, sorter, right, out_int32)


@public(method=False, out=True)
def bucketize(
    input: Any, boundaries: Tensor, *, out_int32: bool = False, right: bool = False
) -> Tensor:
    """The index of the bucket that each value falls into. Source: torch.bucketize."""
    if boundaries.ndim != 1:
        raise RuntimeError(f"boundaries tensor must be 1 dimension, but got dim({boundaries.ndim})")
    return _search(boundaries, input, None, right, out_int32)
