"""Fused multiply-add in NumPy: a * b + c rounded once, as processors with FMA compute it.

PyTorch's CPU kernels are compiled for FMA, so matching their last digit needs it.
Source: S. Boldo, G. Melquiond, "Emulation of FMA and correctly rounded sums", IEEE TC 57(4), 2008.
"""

from __future__ import annotations

import numpy as np

_SPLIT = 2.0**27 + 1


def _two_sum(a: np.ndarray, b: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """a + b rounded, and the rounding error."""
    total = a + b
    part = total - a
    return total, (a - (total - part)) + (b - part)


def _split(a: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """a as a sum of two numbers of at most 26 bits."""
    scaled = a * _SPLIT
    high = scaled - (scaled - a)
    return high, a - high


def _two_product(a: np.ndarray, b: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """a * b rounded, and the rounding error."""
    product = a * b
    ah, al = _split(a)
    bh, bl = _split(b)
    return product, ((ah * bh - product) + ah * bl + al * bh) + al * bl


def _round_to_odd(total: np.ndarray, error: np.ndarray) -> np.ndarray:
    """The rounded sum moved to the neighbour with an odd last bit where it was not exact."""
    bits = np.array(total, np.float64).view(np.int64)
    inexact_even = (error != 0) & ((bits & 1) == 0)
    bits += np.where(inexact_even, np.where((error > 0) == (total > 0), 1, -1), 0)
    return bits.view(np.float64)


def fma32(a: np.ndarray, b: np.ndarray | float, c: np.ndarray | float) -> np.ndarray:
    """a * b + c for float32 arguments, rounded once to float32."""
    product = np.asarray(a, np.float64) * np.float64(b)  # 48 bits: exact
    return _round_to_odd(*_two_sum(product, np.asarray(c, np.float64))).astype(np.float32)


def fma64(a: np.ndarray, b: np.ndarray | float, c: np.ndarray | float) -> np.ndarray:
    """a * b + c for float64 arguments (below 2**900), rounded once to float64."""
    a, b, c = (np.asarray(x, np.float64) for x in (a, b, c))
    high, low = _two_product(a, b)
    top, bottom = _two_sum(c, low)
    total, error = _two_sum(high, top)
    return total + _round_to_odd(*_two_sum(bottom, error))
