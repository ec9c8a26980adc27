"""Giving a fresh result the memory order that PyTorch gives it."""

from __future__ import annotations

from ..ops.movement import permute
from ..shapes import Shape, contiguous_strides, numel
from .storage import Storage
from .tensor import Tensor, _common_order


def relay(result: Tensor, order: Shape | None) -> Tensor:
    """The same tensor with its dimensions in memory from slowest to fastest as `order` lists them.

    Only for a result that nobody has seen yet.
    """
    if order is None or order == tuple(range(len(order))) or result._storage.meta:
        return result
    value = permute(result._read(), order)
    physical = contiguous_strides(value.shape)
    strides = [0] * len(order)
    for place, d in enumerate(order):
        strides[d] = physical[place]
    result._storage = Storage(value, numel(value.shape))
    result._strides = tuple(strides)
    result._plain = result._contiguous = False
    return result


def like_clone(result: Tensor, source: Tensor) -> Tensor:
    """The result in the memory order that a clone of `source` would have."""
    if source._contiguous:
        return result
    return relay(result, _common_order((source,)))
