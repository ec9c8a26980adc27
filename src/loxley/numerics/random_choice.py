"""`torch.multinomial`: categories drawn with given weights, by PyTorch's two methods.

Without replacement, or for a single sample, the weights are divided by exponential variates and
the largest quotients win; with replacement, a uniform is looked up in the cumulated weights.

Source: P. Efraimidis, P. Spirakis, "Weighted random sampling with a reservoir", IPL 97(5), 2006.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from .mersenne import MersenneTwister
from .random import HALVES, cast, uniform_doubles
from .random_distributions import exponential


def multinomial(
    gen: MersenneTwister,
    weights: np.ndarray,
    samples: int,
    replacement: bool,
    order: Sequence[int] | None = None,
) -> np.ndarray:
    """Weights [n] or [m, n] -> categories, int64 [samples] or [m, samples].

    `order` are the axes of a tensor of weights from slowest to fastest, where that isn't row-major:
    the exponential variates are drawn along its memory.

    Expects `0 < samples`, and `samples <= n` without replacement.  RuntimeError for weights that
    are negative or not finite or sum to 0.
    """
    if not replacement or samples == 1:
        return _by_exponentials(gen, weights, samples, order)
    rows = weights.reshape(-1, weights.shape[-1])
    out = np.empty((rows.shape[0], samples), np.int64)
    for row, chosen in zip(rows, out):
        chosen[...] = _by_cumulation(gen, row, samples)
    return out.reshape(*weights.shape[:-1], samples)


def _by_exponentials(
    gen: MersenneTwister, weights: np.ndarray, samples: int, order: Sequence[int] | None
) -> np.ndarray:
    wide = weights.astype(np.float32) if weights.dtype in HALVES else weights
    _check(wide)
    if order is None:
        noise = exponential(gen, weights.shape, weights.dtype)
    else:
        noise = exponential(gen, [weights.shape[axis] for axis in order], weights.dtype)
        noise = noise.transpose(np.argsort(order))
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        keys = wide / noise.astype(wide.dtype, copy=False)
        if wide is not weights:
            keys = cast(keys, weights.dtype).astype(wide.dtype)
    if samples == 1:
        return np.argmax(keys, axis=-1)[..., None]
    ranked = np.argsort(-keys, axis=-1, kind="stable")
    return np.ascontiguousarray(ranked[..., :samples])


def _check(weights: np.ndarray) -> None:
    """RuntimeError for weights of float32 or float64 that nothing can be drawn with."""
    if not weights.size:
        return
    largest = weights.max(-1)
    if not (weights.min() >= 0 and largest.max() < np.inf):
        raise RuntimeError("probability tensor contains either `inf`, `nan` or element < 0")
    if not largest.all():
        raise RuntimeError("invalid multinomial distribution (sum of probabilities <= 0)")


def _by_cumulation(gen: MersenneTwister, weights: np.ndarray, samples: int) -> np.ndarray:
    wide = weights.astype(np.float32) if weights.dtype in HALVES else weights
    finite = np.isfinite(wide)
    bad = ~finite | (wide < 0)
    if bad.any():
        first = int(np.argmax(bad))
        entry = "< 0" if wide[first] < 0 else "= infinity or NaN"
        raise RuntimeError(
            f"invalid multinomial distribution (encountering probability entry {entry})"
        )
    cumulated = np.cumsum(wide, dtype=wide.dtype)  # one after the other, in the weights' precision
    if cumulated[-1] <= 0:
        raise RuntimeError("invalid multinomial distribution (sum of probabilities <= 0)")
    cumulated /= cumulated[-1]
    cumulated[-1] = 1
    return np.searchsorted(cumulated.astype(np.float64), uniform_doubles(gen, samples))
