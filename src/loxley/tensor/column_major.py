"""The memory order of LAPACK's results: matrices by columns, as PyTorch returns them."""

from __future__ import annotations

from ..shapes import is_contiguous, numel
from .layout import relay
from .tensor import Tensor


def column_major(*fresh: Tensor) -> tuple[Tensor, ...]:
    """The same tensors with their matrices stored by columns; vectors stay as they are.

    Only for results that nobody has seen yet.
    """
    for x in fresh:
        n = x.ndim
        if n >= 2 and numel(x._shape):
            relay(x, (*range(n - 2), n - 1, n - 2))
            x._contiguous = is_contiguous(x._shape, x._strides)
    return fresh


def by_columns(x: Tensor) -> Tensor:
    """`column_major` of one tensor."""
    return column_major(x)[0]
