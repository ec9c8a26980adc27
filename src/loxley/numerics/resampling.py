"""The matrices of interpolation: how each output weighs the inputs of one dimension.

In: sizes and a mode. Out: (out, in) matrices, the taps that they are made of (places and weights of
each output), or indices for the nearest modes.
Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.interpolate.html; for
antialiasing the filters of Pillow's resize.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np

CUBIC, CUBIC_ANTIALIASED = -0.75, -0.5


def step_of(size: int, out: int, align: bool, scale: float | None) -> float:
    """How far apart two outputs lie, in inputs."""
    if align:
        return (size - 1) / (out - 1) if out > 1 else 0.0
    return 1.0 / scale if scale is not None and scale > 0 else size / out


@lru_cache(maxsize=64)
def nearest(size: int, out: int, scale: float | None, exact: bool, kind: str) -> np.ndarray:
    """For each output the input it copies."""
    number = np.float64 if kind == "float64" else np.float32
    step = number(step_of(size, out, False, scale))
    places = np.arange(out).astype(number)
    if exact:
        places = places + number(0.5)
    return np.minimum(np.floor(places * step).astype(np.int64), size - 1)


@lru_cache(maxsize=64)
def taps(
    mode: str, size: int, out: int, align: bool, scale: float | None, antialias: bool, kind: str
) -> list[tuple[np.ndarray, np.ndarray]]:
    """What interpolation adds up: for each tap its (out,) places and weights.

    A weight of zero counts in PyTorch: zero times infinity. Past an antialiasing window nothing is
    read; there the place is -1.
    """
    number = np.float64 if kind == "float64" else np.float32
    if mode.startswith("nearest"):
        places = nearest(size, out, scale, mode == "nearest-exact", kind)
        return [(places, np.ones(out, number))]
    step = number(step_of(size, out, align, scale))
    if antialias:
        return _antialiased(mode, size, out, step, number)
    if mode == "linear":
        return _linear(size, out, align, step, number)
    return _cubic(size, out, align, step, number)


@lru_cache(maxsize=64)
def matrix(
    mode: str, size: int, out: int, align: bool, scale: float | None, antialias: bool, kind: str
) -> np.ndarray:
    """The (out, size) matrix of interpolation."""
    made = np.zeros((out, size), np.float64 if kind == "float64" else np.float32)
    for places, weights in taps(mode, size, out, align, scale, antialias, kind):
        read = np.flatnonzero(places >= 0)
        np.add.at(made, (read, places[read]), weights[read])
    made.flags.writeable = False
    return made


def _sources(out: int, align: bool, step, number) -> np.ndarray:
    i = np.arange(out).astype(number)
    return i * step if align else (i + number(0.5)) * step - number(0.5)


def _linear(size: int, out: int, align: bool, step, number) -> list:
    source = np.maximum(_sources(out, align, step, number), 0)
    low = np.minimum(source.astype(np.int64), size - 1)
    high = np.minimum(low + 1, size - 1)
    weight = source - low.astype(number)
    return [(low, 1 - weight), (high, weight)]


def cubic_filter(x: np.ndarray, a: float) -> np.ndarray:
    x = np.abs(x)
    near = ((a + 2) * x - (a + 3)) * x * x + 1
    far = ((a * x - 5 * a) * x + 8 * a) * x - 4 * a
    return np.where(x <= 1, near, np.where(x < 2, far, 0))


def _cubic(size: int, out: int, align: bool, step, number) -> list:
    source = _sources(out, align, step, number)
    base = np.floor(source)
    fraction, made = source - base, []
    for tap in range(-1, 3):
        weight = cubic_filter(fraction - tap, CUBIC).astype(number)
        made.append((np.clip(base.astype(np.int64) + tap, 0, size - 1), weight))
    return made


def _antialiased(mode: str, size: int, out: int, step, number) -> list:
    reach = 1.0 if mode == "linear" else 2.0
    stretch = max(float(step), 1.0)
    support = reach * stretch
    most = min(size, int(2 * support) + 2)
    places, weights = np.full((out, most), -1), np.zeros((out, most), number)
    for i in range(out):
        centre = float(step) * (i + 0.5)
        low = max(int(centre - support + 0.5), 0)
        high = min(int(centre + support + 0.5), size)
        x = (np.arange(low, high) - centre + 0.5) / stretch
        if mode == "linear":
            weight = np.maximum(1 - np.abs(x), 0)
        else:
            weight = cubic_filter(x, CUBIC_ANTIALIASED)
        total = weight.sum()
        places[i, : high - low] = np.arange(low, high)
        weights[i, : high - low] = weight / total if total else weight
    return list(zip(places.T, weights.T))
