"""Where a flow field points in an image: places, and the weights of what lies around them.

In: coordinates from -1 to 1 along one dimension, as an array or as the compiler's symbol of an
element.  Out: taps, each with its weight and the weight's derivatives by the coordinate.
Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.grid_sample.html
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

_CUBIC = -0.75


class Tap(NamedTuple):
    """A whole number as a float, perhaps outside the image; slope and curvature may be numbers."""

    place: Any
    weight: Any
    slope: Any
    curvature: Any


def taps(g: Any, size: int, mode: str, padding: str, align: bool) -> list[Tap]:
    """What is read along a dimension of `size` elements: one tap, two, or four (bicubic)."""
    if mode == "bicubic":
        return _cubic(g, size, padding, align)
    x, factor = _placed(g, size, padding, align)
    if mode == "nearest":
        nothing = x * 0
        return [Tap(np.rint(x), nothing + 1, nothing, 0.0)]
    base = np.floor(x)
    t = x - base
    return [Tap(base, 1 - t, -factor, 0.0), Tap(base + 1, t, factor, 0.0)]


def element(place: Any, size: int) -> tuple[Any, Any]:
    """The number of the element at a place, moved inside, and whether it was inside."""
    inside = (place >= 0) & (place < size)
    known = np.where(place == place, place, 0)
    return np.clip(known, 0, size - 1).astype(np.int64), inside


def product(factors: Sequence[Any]) -> Any:
    made = factors[0]
    for f in factors[1:]:
        made = made * f
    return made


def _unnormalized(g: Any, size: int, align: bool) -> tuple[Any, float]:
    """Places in elements, and their slope."""
    if align:
        return (g + 1) / 2 * (size - 1), (size - 1) / 2
    return ((g + 1) * size - 1) / 2, size / 2


def _reflected(x: Any, size: int, align: bool) -> tuple[Any, Any]:
    """Places folded back at the edges, or at the middles of the outermost elements, and the sign
    of the slope."""
    low, span = (0.0, size - 1.0) if align else (-0.5, float(size))
    if not span:
        zero = np.where(x == x, np.clip(x, 0, 0), 0)
        return zero, zero
    shifted = x - low
    sign = np.where(shifted < 0, -1.0, 1.0)
    shifted = np.abs(shifted)
    flips = np.floor(shifted / span)
    extra = shifted - flips * span
    even = flips % 2 == 0
    made = np.where(even, extra + low, span - extra + low)
    return made.astype(x.dtype), np.where(even, sign, -sign).astype(x.dtype)


def _clipped(x: Any, size: int) -> tuple[Any, Any]:
    inside = (x > 0) & (x < size - 1)
    return np.clip(x, 0, size - 1), inside.astype(x.dtype)


def _placed(g: Any, size: int, padding: str, align: bool) -> tuple[Any, Any]:
    """Source places of a coordinate, and d place / d coordinate."""
    x, factor = _unnormalized(g, size, align)
    if padding == "reflection":
        x, sign = _reflected(x, size, align)
        factor = sign * factor
    if padding != "zeros":
        x, inside = _clipped(x, size)
        factor = inside * factor
    return np.where(np.isfinite(x), x, -100.0).astype(g.dtype), factor


def _cubic(g: Any, size: int, padding: str, align: bool) -> list[Tap]:
    x, slope = _unnormalized(g, size, align)
    base = np.floor(x)
    t = x - base
    parts = zip(_cubic_weights(t), _cubic_slopes(t), _cubic_curvatures(t))
    return [
        Tap(_folded(base + k - 1, size, padding, align), w, s * slope, c * slope * slope)
        for k, (w, s, c) in enumerate(parts)
    ]


def _folded(x: Any, size: int, padding: str, align: bool) -> Any:
    if padding == "reflection":
        x = _reflected(x, size, align)[0]
    return x if padding == "zeros" else _clipped(x, size)[0]


def _cubic_weights(t: Any) -> list[Any]:
    a = _CUBIC

    def near(x):
        return ((a + 2) * x - (a + 3)) * x * x + 1

    def far(x):
        return ((a * x - 5 * a) * x + 8 * a) * x - 4 * a

    return [far(t + 1), near(t), near(1 - t), far(2 - t)]


def _cubic_slopes(t: Any) -> list[Any]:
    a = _CUBIC

    def near(x):
        return (3 * (a + 2) * x - 2 * (a + 3)) * x

    def far(x):
        return (3 * a * x - 10 * a) * x + 8 * a

    return [far(t + 1), near(t), -near(1 - t), -far(2 - t)]


def _cubic_curvatures(t: Any) -> list[Any]:
    a = _CUBIC

    def near(x):
        return 6 * (a + 2) * x - 2 * (a + 3)

    def far(x):
        return 6 * a * x - 10 * a

    return [far(t + 1), near(t), near(1 - t), far(2 - t)]
