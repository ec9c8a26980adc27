"""Batched values and how each operator is recorded on them; what `vmap` stands on."""

from . import indexing, matrices, moving, networks, products, randomness, shifted
from .core import (
    activate,
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
    "activate",
    "batched",
    "bottom",
    "counters",
    "enter",
    "fallen_back",
    "indexing",
    "leave",
    "level_of",
    "levels_of",
    "like",
    "matrices",
    "moving",
    "networks",
    "products",
    "randomness",
    "shifted",
    "summed",
]
