"""Tensors that enter and leave a `vmap`, with their place in the grad graph and their tangents.

In: tensors whose first dimension counts slices, or slices. Out: the other of the two.  A node's
`levels` are the `vmap`s inside of which it was made: a gradient that leaves a level for a node made
outside is summed over its slices (`settled`), since that node's tensor was the same in all slices.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import batching
from ..ir.graph import BATCHED, Value, leaf
from .grad import Node
from .modes import modes
from .tensor import Tensor


def is_batched(t: Tensor) -> bool:
    """Whether a tensor stands for one slice of several."""
    return t._storage.value.op is BATCHED


class EnterBackward(Node):
    """From the gradient of a slice to that of the tensor of all slices."""

    def __init__(self, t: Tensor, out: Tensor, level: int, size: int) -> None:
        super().__init__((t._edge(),), [(out._shape, out.dtype)])
        self.levels = (*modes.levels, level) if level not in modes.levels else modes.levels
        self.level, self.size = level, size

    def apply(self, grads: list, create_graph: bool) -> tuple:
        g = grads[0]
        if type(g) is Value:
            return (batching.leave(g, self.level, self.size),)
        return (leave(g, self.level, self.size),)


class LeaveBackward(Node):
    """From the gradient of a tensor of all slices to that of a slice."""

    def __init__(self, t: Tensor, out: Tensor, level: int, size: int) -> None:
        super().__init__((t._edge(),), [(out._shape, out.dtype)])
        self.levels = (*modes.levels, level) if level not in modes.levels else modes.levels
        self.level, self.size = level, size
        self.title = None if t._grad_fn is None else t._grad_fn.name()

    def name(self) -> str:  # type: ignore[override]
        return self.title or "ExpandBackward0"

    def apply(self, grads: list, create_graph: bool) -> tuple:
        g = grads[0]
        if type(g) is Value:
            return (batching.enter(g, self.level),)
        return (enter(g, self.level, self.size),)


def _passed(t: Tensor, out: Tensor, node: type, level: int, size: int, move: Any) -> Tensor:
    """History and tangents of what has crossed the border of a level."""
    out._inference = t._inference
    if modes.grad and t._tracks():
        out._grad_fn, out._requires_grad = node(t, out, level, size), True
    if t._tangents is not None:
        out._tangents = {at: move(tangent, level, size) for at, tangent in t._tangents.items()}
    return out


def enter(t: Tensor, level: int, size: int) -> Tensor:
    """One slice, for all, along a tensor's first dimension."""
    value = t._read()
    if t._storage.exported:  # slices are read later, when the outside may have written to it
        value = leaf(np.array(t._array(), order="C", copy=True), t.dtype)
    out = Tensor._wrap(batching.enter(value, level), t._storage.meta)
    return _passed(t, out, EnterBackward, level, size, enter)


def leave(t: Tensor, level: int, size: int) -> Tensor:
    """All slices of a tensor along a new first dimension."""
    out = Tensor._wrap(batching.leave(t._read(), level, size), t._storage.meta)
    return _passed(t, out, LeaveBackward, level, size, leave)


def settled(grad: Any, levels: tuple[int, ...], kept: tuple[int, ...]) -> Any:
    """A gradient summed over the slices of all levels that its receiver does not stand in."""
    for level in reversed(levels):
        if level in kept:
            continue
        if type(grad) is Value:
            grad = batching.summed(grad, level)
        elif level in batching.levels_of(grad._read()):
            whole = leave(grad, level, 0)
            grad = whole.sum(0)
    return grad


def spread_like(made: Tensor, pattern: Tensor) -> Tensor:
    """A fresh tensor repeated in every slice of another, so that slices may be written to it."""
    if is_batched(pattern):
        made._storage.value = batching.like(made._storage.value, pattern._storage.value)
    return made
