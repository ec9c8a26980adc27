"""Sorting, selection of the largest, and order statistics."""

from __future__ import annotations

from typing import Any

from ..ops import sort as ops
from ..shapes import normalize_dim
from .api import public
from .layout import like_clone
from .return_types import return_type
from .tensor import Tensor

_SORT = return_type("sort", "values", "indices")
_TOPK = return_type("topk", "values", "indices")


def _refuse_complex(name: str, input: Tensor) -> None:
    if input.dtype.is_complex:
        raise RuntimeError(f"{name}(): does not support complex inputs")


@public(out=True)
def sort(
    input: Tensor, *args: Any, dim: int = -1, descending: bool = False, stable: bool | None = None
) -> Any:
    """The elements in order along a dimension, and their places. Source: torch.sort."""
    if args:
        dim = args[0]
        descending = args[1] if len(args) > 1 else descending
    if input.dtype.is_complex:
        raise RuntimeError(" Sort does not support complex dtypes on CPU")
    made = ops.sort(input, normalize_dim(dim, input.ndim), bool(descending))
    return _SORT(*(like_clone(one, input) for one in made))


@public()
def argsort(
    input: Tensor, *args: Any, dim: int = -1, descending: bool = False, stable: bool = False
) -> Tensor:
    """The places that sort the elements along a dimension. Source: torch.argsort."""
    if args:
        dim = args[0]
        descending = args[1] if len(args) > 1 else descending
    return sort(input, dim=dim, descending=descending)[1]


@public(out=True)
def msort(input: Tensor) -> Tensor:
    """The rows in order along the first dimension. Source: torch.msort."""
    return sort(input, dim=0)[0]


@public(out=True)
def topk(input: Tensor, k: int, dim: int = -1, largest: bool = True, sorted: bool = True) -> Any:
    """The k largest (or smallest) elements and their places. Source: torch.topk."""
    d = normalize_dim(dim, input.ndim)
    k = k.item() if isinstance(k, Tensor) else k
    size = input._shape[d] if input._shape else 1
    if not 0 <= k <= size:
        raise RuntimeError("selected index k out of range")
    _refuse_complex("topk", input)
    return _TOPK(*ops.topk(input, int(k), d, bool(largest)))
