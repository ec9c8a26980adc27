"""Views and shape functions."""

from __future__ import annotations

from typing import Any

from ..ops import movement
from ..shapes import infer_reshape, normalize_dim, numel
from .api import method, public
from .tensor import Tensor


def shape_argument(shape: tuple) -> tuple[int, ...]:
    """`f(2, 3)` and `f((2, 3))` alike."""
    if len(shape) == 1 and isinstance(shape[0], (tuple, list)):
        shape = tuple(shape[0])
    return tuple(int(n) for n in shape)


@method
def view(self: Tensor, *shape: Any) -> Tensor:
    """The same memory under another shape. Source: torch.Tensor.view."""
    return movement.VIEW(self, infer_reshape(shape_argument(shape), numel(self._shape)))


@public()
def transpose(input: Tensor, dim0: int, dim1: int) -> Tensor:
    """Two dimensions exchanged, sharing memory. Source: torch.transpose."""
    n = len(input._shape)
    return movement.transpose(input, normalize_dim(dim0, n), normalize_dim(dim1, n))

