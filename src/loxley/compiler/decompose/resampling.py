"""Upsampling by whole factors to the nearest neighbour: every element r times, or their sums."""

from __future__ import annotations

import numpy as np

from ...numerics import resampling
from ..nodes import expand, reduce, to_kind, view, widened
from .rules import rule


def _factors(shape, sizes, mode: str, scales, kind: str) -> list[int] | None:
    """How often each element stands along each dimension, if all stand equally often."""
    if not mode.startswith("nearest"):
        return None
    factors, inner = [], "float64" if kind == "f64" else "float32"
    for size, out, scale in zip(shape[2:], sizes, scales):
        if not size or out % size:
            return None
        factor = out // size
        places = resampling.nearest(size, out, scale, mode == "nearest-exact", inner)
        if not np.array_equal(places, np.arange(out) // factor):
            return None
        factors.append(factor)
    return factors


def _apart(shape, factors) -> tuple[int, ...]:
    """(N, C, size, factor, size, factor ...)"""
    pairs = (m for pair in zip(shape[2:], factors) for m in pair)
    return (*shape[:2], *pairs)


@rule("upsample")
def _upsample(inputs, attrs, metas):
    (x,), (sizes, mode, _align, scales, _antialias) = inputs, attrs
    factors = _factors(x.shape, sizes, mode, scales, x.kind)
    if factors is None:
        return None
    ones = view(x, _apart(x.shape, [1] * len(factors)))
    return view(expand(ones, _apart(x.shape, factors)), metas[0][0])


@rule("upsample_backward")
def _upsample_backward(inputs, attrs, metas):
    (dy,), (shape, sizes, mode, _align, scales, _antialias) = inputs, attrs
    factors = _factors(shape, sizes, mode, scales, dy.kind)
    if factors is None:
        return None
    apart = view(widened(dy), _apart(shape, factors))
    summed = reduce("add", apart, [3 + 2 * i for i in range(len(factors))])
    return to_kind(view(summed, metas[0][0]), metas[0][1])
