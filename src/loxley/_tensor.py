"""`torch._tensor`: the class, and what pickles of subclasses call."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .tensor import Tensor

__all__ = ["Tensor"]


def _rebuild_from_type_v2(func: Callable, new_type: type, args: tuple, state: Any) -> Any:
    """A tensor made by `func`, as an instance of a class, with its state."""
    made = func(*args)
    if type(made) is not new_type:
        made = made.as_subclass(new_type)
    own = getattr(type(made), "__setstate__", None)
    if own is not getattr(Tensor, "__setstate__", None):
        made.__setstate__(state)
    elif isinstance(state, tuple):
        for part in state:
            made.__dict__.update(part or {})
    else:
        made.__dict__.update(state)
    return made
