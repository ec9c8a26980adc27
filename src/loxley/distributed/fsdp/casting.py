"""Mixed precision: the floating tensors among a module's arguments or results in another dtype."""

from __future__ import annotations

from typing import Any

from ...tensor import Tensor


def cast_floats(value: Any, kind: Any) -> Any:
    """`value` with its floating tensors, also in dicts, lists and tuples, of dtype `kind`."""
    if isinstance(value, Tensor):
        return value.to(kind) if value.is_floating_point() else value
    if isinstance(value, dict):
        return {k: cast_floats(v, kind) for k, v in value.items()}
    if type(value) in (list, tuple):
        return type(value)(cast_floats(v, kind) for v in value)
    return value
