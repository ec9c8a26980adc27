"""Giving a fresh result the memory order that PyTorch gives it."""

from __future__ import annotations

from ..ops.movement import permute
from ..shapes import Shape, contiguous_strides, is_contiguous, memory_order, numel
from .storage import Storage
from .tensor import Tensor, _common_order, _keep_strides


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
    result._plain, result._contiguous = False, is_contiguous(result._shape, result._strides)
    return result


def refuse_partial_overlap(written: Tensor, operands: tuple) -> None:
    """RuntimeError where an operand shares some of the memory that is being written.

    As PyTorch, only what lies dense in memory is looked at; the same layout is no conflict.
    """
    refuse_overlap(written, operands, same_allowed=True)


def refuse_overlap(written: Tensor, operands: tuple, same_allowed: bool = False) -> None:
    """RuntimeError where an operand shares memory that is being written."""
    for t in operands:
        if not isinstance(t, Tensor) or t._storage is not written._storage:
            continue
        begin, end = _dense_range(written)
        first, last = _dense_range(t)
        dense = begin < end and first < last
        same = t is written or (
            dense and (begin, end) == (first, last) and t._strides == written._strides
        )
        if same and same_allowed:
            continue
        if same or dense and begin < last and first < end:
            raise RuntimeError(
                "unsupported operation: some elements of the input tensor and the written-to "
                "tensor refer to a single memory location. Please clone() the tensor before "
                "performing the operation."
            )


def _dense_range(t: Tensor) -> tuple[int, int]:
    """The places of a dense tensor in its storage; nothing for others."""
    if memory_order(t._shape, t._strides) is None:
        return 0, 0
    return t._offset, t._offset + numel(t._shape)


def like_clone(result: Tensor, source: Tensor) -> Tensor:
    """The result in the memory order that a clone of `source` would have."""
    if not source._contiguous:
        relay(result, _common_order((source,)))
    if result._shape == source._shape:
        _keep_strides(result, source)
    return result
