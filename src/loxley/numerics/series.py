"""Building blocks of the special functions: series, cases, sines of pi x, and the way in and out.

In: float64 blocks (1-D arrays).  Out: float64 blocks.  `in_double` turns a function of such blocks
into one of arrays of either floating dtype.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import wraps

import numpy as np

from .blocks import blocked

FLOATS = (np.dtype(np.float32), np.dtype(np.float64))


def in_double(fn: Callable[..., np.ndarray]) -> Callable[..., np.ndarray]:
    """Make `fn`, of float64 blocks, a function of float32 or float64 arrays that broadcast.

    The result has the arguments' common dtype; `out=` receives it where given.
    """

    def compute(*pieces: np.ndarray) -> None:
        *inputs, target = pieces
        target[...] = fn(*(p.astype(np.float64, copy=False) for p in inputs))

    @wraps(fn)
    def run(*arrays: np.ndarray, out: np.ndarray | None = None) -> np.ndarray:
        arrays = tuple(np.asarray(a) for a in arrays)
        dtype = floating_dtype(*arrays)
        return blocked(compute, arrays, out, dtype=dtype)

    return run


def floating_dtype(*arrays: np.ndarray) -> np.dtype:
    """The common dtype of `arrays`: float32 or float64, else TypeError."""
    dtype = np.result_type(*arrays)
    if dtype not in FLOATS:
        raise TypeError(f"expected float32 or float64 arrays, got {dtype}")
    return dtype


def chebyshev(t: np.ndarray, coefficients: Sequence[float]) -> np.ndarray:
    """Sum of c_k T_k(t) by Clenshaw's recurrence, |t| <= 1."""
    double = t + t
    b1 = np.full_like(t, coefficients[-1])
    b2 = np.zeros_like(t)
    for c in coefficients[-2:0:-1]:
        b2 = np.subtract(double * b1, b2, out=b2)
        b2 += c
        b1, b2 = b2, b1
    return t * b1 - b2 + coefficients[0]


def horner(x: np.ndarray, coefficients: Sequence[float]) -> np.ndarray:
    """Sum of c_k x**k, lowest order first."""
    value = np.full_like(x, coefficients[-1])
    for c in coefficients[-2::-1]:
        value *= x
        value += c
    return value


def piecewise(
    arguments: tuple[np.ndarray, ...], *cases: tuple[np.ndarray, Callable[..., np.ndarray] | float]
) -> np.ndarray:
    """Per element the value of the first case (mask, function or constant) whose mask holds.

    Each function gets only its own elements; nan where no case holds.
    """
    result = np.full(arguments[0].shape, np.nan)
    left = np.ones(arguments[0].shape, bool)
    for mask, value in cases:
        chosen = mask & left
        if not chosen.any():
            continue
        if callable(value):
            result[chosen] = value(*(a[chosen] for a in arguments))
        else:
            result[chosen] = value
        left &= ~chosen
    return result


def sin_pi(x: np.ndarray) -> np.ndarray:
    """sin(pi x), exactly 0 at integers."""
    r = x - 2 * np.round(x / 2)
    folded = np.where(np.abs(r) > 0.5, np.copysign(1.0, r) - r, r)
    return np.sin(np.pi * folded)


def cot_pi(x: np.ndarray) -> np.ndarray:
    """cot(pi x), infinite at integers."""
    r = x - np.round(x)
    return 1 / np.tan(np.pi * r)
