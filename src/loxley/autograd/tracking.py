"""Inputs of a function that is to be differentiated: tensors of its own in the grad graph."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from ..tensor import Tensor
from ..tensor.modes import modes


def tracked(t: Tensor) -> Tensor:
    """The tensor as an input of its own: outer derivatives of either mode go through it."""
    if t._tracks():
        return t.view_as(t)
    made = t.detach()
    made._tangents = t._tangents
    if not (made.dtype.is_floating_point or made.dtype.is_complex):
        raise RuntimeError("only Tensors of floating point dtype can require gradients")
    made._requires_grad = True
    made._levels = modes.levels  # its gradient may differ from slice to slice
    return made


@contextmanager
def transforming() -> Iterator[None]:
    """While a function runs that is being transformed."""
    modes.transforms += 1
    try:
        yield
    finally:
        modes.transforms -= 1
