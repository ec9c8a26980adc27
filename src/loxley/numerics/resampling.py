"""The matrices of interpolation: how each output weighs the inputs of one dimension.

In: sizes and a mode. Out: (out, in) matrices, or indices for the nearest modes.
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
def matrix(
    mode: str, size: int, out: int, align: bool, scale: float | None, antialias: bool, kind: str
) -> np.ndarray:
    """The (out, size) matrix of linear or cubic interpolation."""
    number = np.float64 if kind == "float64" else np.float32
    step = number(step_of(size, out, align, scale))
    if antialias:
        made = _antialiased(mode, size, out, step, number)
    elif mode == "linear":
        made = _linear(size, out, align, step, number)
    else:
        made = _cubic(size, out, align, step, number)
    made.flags.writeable = False
    return made


def _sources(out: int, align: bool, step, number) -> np.ndarray:
    i = np.arange(out).astype(number)
    return i * step if align else (i + number(0.5)) * step - number(0.5)


def _linear(size: int, out: int, align: bool, step, number) -> np.ndarray:
    source = np.maximum(_sources(out, align, step, number), 0)
    low = np.minimum(source.astype(np.int64), size - 1)
    high = np.minimum(low + 1, size - 1)
    weight = source - low.astype(number)
    made = np.zeros((out, size), number)
    at = np.arange(out)
    np.add.at(made, (at, low), 1 - weight)
    np.add.at(made, (at, high), weight)
    return made


def cubic_filter(x: np.ndarray, a: float) -> np.ndarray:
    x = np.abs(x)
    near = ((a + 2) * x - (a + 3)) * x * x + 1
    far = ((a * x - 5 * a) * x + 8 * a) * x - 4 * a
    return np.where(x <= 1, near, np.where(x < 2, far, 0))


def _cubic(size: int, out: int, align: bool, step, number) -> np.ndarray:
    source = _sources(out, align, step, number)
    base = np.floor(source)
    fraction = source - base
    made = np.zeros((out, size), number)
    at = np.arange(out)
    for tap in range(-1, 3):
        weight = cubic_filter(fraction - tap, CUBIC).astype(number)
        np.add.at(made, (at, np.clip(base.astype(np.int64) + tap, 0, size - 1)), weight)
    return made


def _antialiased(mode: str, size: int, out: int, step, number) -> np.ndarray:
    reach = 1.0 if mode == "linear" else 2.0
    stretch = max(float(step), 1.0)
    support = reach * stretch
    made = np.zeros((out, size), number)
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
        made[i, low:high] = weight / total if total else weight
    return made
