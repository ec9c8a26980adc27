"""The Airy function Ai.

In: a float32 or float64 array.  Out: an array of the same shape and dtype.  A series in x around
zero, of the amplitudes far out (DLMF 9.7).
"""

from __future__ import annotations

import math

import numpy as np

from . import special_tables as tables
from .series import chebyshev, in_double, piecewise

_ZETA_ABOVE = 2 / 3 * 2.0**1.5
_ZETA_BELOW = 2 / 3 * 5.0**1.5
_SQRT_HALF = math.sqrt(0.5)


def _decaying(x: np.ndarray) -> np.ndarray:
    """x > 2."""
    zeta = 2 / 3 * x * np.sqrt(x)
    amplitude = chebyshev(2 * _ZETA_ABOVE / zeta - 1, tables.AIRY_LARGE)
    return amplitude * np.exp(-zeta) / (2 * math.sqrt(math.pi) * np.sqrt(np.sqrt(x)))


def _oscillating(x: np.ndarray) -> np.ndarray:
    """x < -5."""
    x = -x
    zeta = 2 / 3 * x * np.sqrt(x)
    t = 2 * (_ZETA_BELOW / zeta) ** 2 - 1
    p = chebyshev(t, tables.AIRY_WAVE_P)
    q = chebyshev(t, tables.AIRY_WAVE_Q) / zeta
    sine, cosine = np.sin(zeta) * _SQRT_HALF, np.cos(zeta) * _SQRT_HALF
    wave = p * (cosine + sine) + q * (sine - cosine)
    return wave / (math.sqrt(math.pi) * np.sqrt(np.sqrt(x)))


def _airy_ai(x: np.ndarray) -> np.ndarray:
    """Ai(x), nan at both infinities (torch.special.airy_ai)."""
    return piecewise(
        (x,),
        (np.isinf(x), np.nan),
        (x > 2, _decaying),
        (x < -5, _oscillating),
        (x <= 2, lambda v: chebyshev((2 * v + 3) / 7, tables.AIRY_MIDDLE)),
    )


airy_ai = in_double(_airy_ai)
