"""Batched values and how each operator is recorded on them; what `vmap` stands on.

The rules of single operators are loaded with the first `vmap`, which calls `activate`.
"""

from __future__ import annotations

from typing import Any

from ..late import Late, same
from . import randomness
from .core import (
    batched,
    bottom,
    counters,
    enter,
    fallen_back,
    leave,
    level_of,
    levels_of,
    like,
    summed,
)

__all__ = [
    "batched",
    "bottom",
    "counters",
    "enter",
    "fallen_back",
    "leave",
    "level_of",
    "levels_of",
    "like",
    "randomness",
    "summed",
]

_LATE = Late(
    globals(), same("indexing matrices moving networks products shifted"), {"activate": "rules"}
)


def __getattr__(name: str) -> Any:
    return _LATE.find(name)
