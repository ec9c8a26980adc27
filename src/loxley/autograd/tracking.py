"""Inputs of a function that is to be differentiated: tensors of its own in the grad graph."""

from __future__ import annotations

from ..tensor import Tensor
from ..tensor.modes import modes


def tracked(t: Tensor) -> Tensor:
    """The tensor as an input of its own: outer derivatives of either mode go through it."""
    if t._tracks():
        return t.view_as(t)
    made = t.detach()
    made._tangents = t._tangents
    made.requires_grad_()
    made._levels = modes.levels  # its gradient may differ from slice to slice
    return made
