"""All rules of batched operators at once: whoever activates batching has them."""

from __future__ import annotations

from . import indexing, matrices, moving, networks, products, randomness, shifted
from .core import activate

__all__ = [
    "activate",
    "indexing",
    "matrices",
    "moving",
    "networks",
    "products",
    "randomness",
    "shifted",
]
