"""Machine code against the operators' NumPy rules on random shapes, strides, offsets and dtypes.

python -m tests.compiler.properties --examples 300      many examples of each family
"""

from __future__ import annotations

from . import learning, moving, multiplying, picking, transforming
from .draw import FAMILIES, Draw
from .running import difference

__all__ = ["FAMILIES", "check", "learning", "moving", "multiplying", "picking", "transforming"]
__all__ += ["turns"]


def check(name: str, seed: int) -> str | None:
    """What differs in one example of a family; None if nothing does."""
    return difference(FAMILIES[name](Draw(seed)))


def turns(name: str) -> int:
    """How many examples a family needs to show each of its kinds."""
    draw = Draw(0)
    FAMILIES[name](draw)
    return draw.turns
