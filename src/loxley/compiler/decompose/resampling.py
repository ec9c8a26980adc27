"""Interpolation along each dimension as weighted sums of a few places; the adjoint as sums there.

Places and weights are expressions of the output's index, in the arithmetic of
`numerics.resampling`.  Nearest neighbours by whole factors need no index at all.
"""

from __future__ import annotations

import numpy as np

from ...numerics import resampling
from ..kinds import NUMPY, wide
from ..nodes import (
    Node,
    constant,
    expand,
    map_of,
    places,
    reduce,
    to_kind,
    view,
    widened,
)
from ..scalars import cast, number
from .picking import at
from .rules import rule
from .scattering import scattered

_TAPS = {"linear": (0, 1), "bilinear": (0, 1), "trilinear": (0, 1), "bicubic": (-1, 0, 1, 2)}


def _factors(shape, sizes, mode: str, scales, kind: str) -> list[int] | None:
    """How often each element stands along each dimension, if all stand equally often."""
    if not mode.startswith("nearest"):
        return None
    factors, inner = [], "float64" if kind == "f64" else "float32"
    for size, out, scale in zip(shape[2:], sizes, scales):
        if not size or out % size:
            return None
        factor = out // size
        found = resampling.nearest(size, out, scale, mode == "nearest-exact", inner)
        if not np.array_equal(found, np.arange(out) // factor):
            return None
        factors.append(factor)
    return factors


def _apart(shape, factors) -> tuple[int, ...]:
    """(N, C, size, factor, size, factor ...)"""
    pairs = (m for pair in zip(shape[2:], factors) for m in pair)
    return (*shape[:2], *pairs)


def _limited(place, size: int):
    last = number(size - 1, "i64")
    return np.minimum(np.maximum(place, number(0, "i64")), last)


def _taps(size: int, out: int, mode: str, align: bool, scale, kind: str):
    """For each tap the places read and their weights (None: 1), along `out`."""
    real = NUMPY[kind].type
    step = number(real(resampling.step_of(size, out, align, scale)), kind)
    half = number(0.5, kind)
    line = places((out,), 0)
    if mode.startswith("nearest"):
        shift = half if mode == "nearest-exact" else number(0, kind)

        def nearest(i):
            return _limited(cast(np.floor((cast(i, kind) + shift) * step), "i64"), size)

        return [(map_of(nearest, line), None)]
    return [_tap(size, mode, align, step, kind, line, tap) for tap in _TAPS[mode]]


def _tap(size: int, mode: str, align: bool, step, kind: str, line: Node, tap: int):
    half, cubic = number(0.5, kind), mode == "bicubic"

    def source(i):
        i = cast(i, kind)
        made = i * step if align else (i + half) * step - half
        return made if cubic else np.maximum(made, number(0, kind))

    def place(i):
        base = cast(np.floor(source(i)), "i64")
        if not cubic:  # the lower one is limited before the upper one is found
            base = _limited(base, size)
        return _limited(base + tap, size)

    def weight(i):
        s = source(i)
        base = np.floor(s)
        if cubic:
            return resampling.cubic_filter(s - base - number(tap, kind), resampling.CUBIC)
        low = cast(_limited(cast(base, "i64"), size), kind)
        return s - low if tap else number(1, kind) - (s - low)

    return map_of(place, line), map_of(weight, line, kind=kind)


def _along(weight: Node, rank: int, dim: int) -> Node:
    return view(weight, (1,) * dim + weight.shape + (1,) * (rank - dim - 1))


@rule("upsample")
def _upsample(inputs, attrs, metas):
    (x,), (sizes, mode, align, scales, antialias), kind = inputs, attrs, metas[0][1]
    factors = _factors(x.shape, sizes, mode, scales, x.kind)
    if factors is not None:
        ones = view(x, _apart(x.shape, [1] * len(factors)))
        return view(expand(ones, _apart(x.shape, factors)), metas[0][0])
    if antialias or x.kind == "u8":
        return None
    x, rank = widened(x), len(x.shape)
    for d, (out, scale) in enumerate(zip(sizes, scales), 2):
        made = None
        for index, weight in _taps(x.shape[d], out, mode, align, scale, x.kind):
            part = at(x, index, d)
            part = part if weight is None else part * _along(weight, rank, d)
            made = part if made is None else made + part
        x = made
    return to_kind(x, kind)


@rule("upsample_backward")
def _upsample_backward(inputs, attrs, metas):
    (dy,), (shape, sizes, mode, align, scales, antialias) = inputs, attrs
    kind = metas[0][1]
    factors = _factors(shape, sizes, mode, scales, dy.kind)
    if factors is not None:
        apart = view(widened(dy), _apart(shape, factors))
        summed = reduce("add", apart, [3 + 2 * i for i in range(len(factors))])
        return to_kind(view(summed, metas[0][0]), kind)
    if antialias:
        return None
    dy, rank = widened(dy), len(shape)
    for d, (out, scale) in enumerate(zip(sizes, scales), 2):
        made: Node = constant(0, wide(kind), (*dy.shape[:d], shape[d], *dy.shape[d + 1 :]))
        for index, weight in _taps(shape[d], out, mode, align, scale, dy.kind):
            part = dy if weight is None else dy * _along(weight, rank, d)
            made = scattered("add", made, index, part, d)
        dy = made
    return to_kind(dy, kind)
