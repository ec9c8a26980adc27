"""Bessel functions of orders 0 and 1, plain, modified and scaled, the spherical j0, and Airy's Ai.

In: float32 or float64 arrays.  Out: arrays of the same shape and dtype.  Near zero a series of
what is left without logarithms and poles, far out a series of the slowly varying amplitude (DLMF
9.7, 10.17, 10.40); `special_tables` says where each ends.
"""

from __future__ import annotations

import math

import numpy as np

from . import special_tables as tables
from .series import chebyshev, in_double, piecewise

_TWO_OVER_PI = 2 / math.pi
_SQRT_HALF = math.sqrt(0.5)
_ZETA_ABOVE = 2 / 3 * 2.0**1.5  # where the Airy function is no longer a polynomial
_ZETA_BELOW = 2 / 3 * 5.0**1.5
_I = ((tables.I0_SMALL, tables.I0_LARGE), (tables.I1_SMALL, tables.I1_LARGE))
_J = (tables.J0_SMALL, tables.J1_SMALL)
_Y = (tables.Y0_SMALL, tables.Y1_SMALL)
_K = ((tables.K0_SMALL, tables.K0_LARGE), (tables.K1_SMALL, tables.K1_LARGE))
_HANKEL = ((tables.HANKEL0_P, tables.HANKEL0_Q), (tables.HANKEL1_P, tables.HANKEL1_Q))


def _scaled_i(order: int, x: np.ndarray) -> np.ndarray:
    """exp(-|x|) I(|x|)."""
    small, large = _I[order]
    x = np.abs(x)
    return piecewise(
        (x,),
        (x == 0, 1.0 - order),
        (x <= 8, lambda v: v**order * chebyshev(v / 4 - 1, small)),
        (x > 8, lambda v: chebyshev(16 / v - 1, large) / np.sqrt(v)),
    )


def _odd(x: np.ndarray, values: np.ndarray) -> np.ndarray:
    """`values` of an odd function at |x|, with x's sign (+0 at both zeros, as PyTorch)."""
    return np.where(x < 0, -values, values)


def _i0e(x: np.ndarray) -> np.ndarray:
    """exp(-|x|) I0(x) (torch.special.i0e)."""
    return _scaled_i(0, x)


def _i0(x: np.ndarray) -> np.ndarray:
    """The modified Bessel function of the first kind, order 0 (torch.special.i0)."""
    return np.exp(np.abs(x)) * _scaled_i(0, x)


def _i1e(x: np.ndarray) -> np.ndarray:
    """exp(-|x|) I1(x) (torch.special.i1e)."""
    return _odd(x, _scaled_i(1, x))


def _i1(x: np.ndarray) -> np.ndarray:
    """The modified Bessel function of the first kind, order 1 (torch.special.i1)."""
    return _odd(x, np.exp(np.abs(x)) * _scaled_i(1, x))


def _waves(order: int, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """J and Y for x > 8.  The phase x - pi/4 - order pi/2 is not rounded: sums of sin x, cos x."""
    p_series, q_series = _HANKEL[order]
    t = 128 / (x * x) - 1
    p, q = chebyshev(t, p_series), chebyshev(t, q_series) / x
    sine, cosine = np.sin(x) * _SQRT_HALF, np.cos(x) * _SQRT_HALF
    shifted_cosine, shifted_sine = cosine + sine, sine - cosine
    if order == 1:
        shifted_cosine, shifted_sine = shifted_sine, -shifted_cosine
    scale = np.sqrt(_TWO_OVER_PI / x)
    j = scale * (p * shifted_cosine - q * shifted_sine)
    return j, scale * (p * shifted_sine + q * shifted_cosine)


def _small_j(order: int, x: np.ndarray) -> np.ndarray:
    return x**order * chebyshev(x * x / 32 - 1, _J[order])


def _bessel_j0(x: np.ndarray) -> np.ndarray:
    """The Bessel function of the first kind, order 0 (torch.special.bessel_j0)."""
    a = np.abs(x)
    return piecewise(
        (a,),
        (a == 0, 1.0),
        (a <= 8, lambda v: _small_j(0, v)),
        (a > 8, lambda v: _waves(0, v)[0]),
    )


def _bessel_j1(x: np.ndarray) -> np.ndarray:
    """The Bessel function of the first kind, order 1 (torch.special.bessel_j1)."""
    return piecewise(
        (x,),
        (np.abs(x) <= 8, lambda v: _small_j(1, v)),
        (np.abs(x) > 8, lambda v: _odd(v, _waves(1, np.abs(v))[0])),
    )


def _small_y(order: int, x: np.ndarray) -> np.ndarray:
    singular = np.log(x) * _small_j(order, x) - (1 / x if order else 0)
    return _TWO_OVER_PI * singular + x**order * chebyshev(x * x / 32 - 1, _Y[order])


def _y(order: int, x: np.ndarray) -> np.ndarray:
    return piecewise(
        (x,),
        (x == 0, -np.inf),
        (x < 0, np.nan),
        (x <= 8, lambda v: _small_y(order, v)),
        (x > 8, lambda v: _waves(order, v)[1]),
    )


def _bessel_y0(x: np.ndarray) -> np.ndarray:
    """The Bessel function of the second kind, order 0 (torch.special.bessel_y0)."""
    return _y(0, x)


def _bessel_y1(x: np.ndarray) -> np.ndarray:
    """The Bessel function of the second kind, order 1 (torch.special.bessel_y1)."""
    return _y(1, x)


def _small_k(order: int, x: np.ndarray) -> np.ndarray:
    sign = 1.0 if order else -1.0
    i = np.exp(x) * _scaled_i(order, x)
    pole = 1 / x if order else 0.0
    series = x**order * chebyshev(x * x / 2 - 1, _K[order][0])
    return sign * np.log(x / 2) * i + pole + series


def _large_k(order: int, x: np.ndarray) -> np.ndarray:
    return chebyshev(4 / x - 1, _K[order][1]) / np.sqrt(x)


def _k(order: int, x: np.ndarray, scaled: bool) -> np.ndarray:
    return piecewise(
        (x,),
        (x == 0, np.inf),
        (x < 0, np.nan),
        (x <= 2, lambda v: _small_k(order, v) * (np.exp(v) if scaled else 1)),
        (x > 2, lambda v: _large_k(order, v) * (1 if scaled else np.exp(-v))),
    )


def _k0(x: np.ndarray) -> np.ndarray:
    """The modified Bessel function of the second kind, order 0 (modified_bessel_k0)."""
    return _k(0, x, False)


def _k1(x: np.ndarray) -> np.ndarray:
    """The modified Bessel function of the second kind, order 1 (modified_bessel_k1)."""
    return _k(1, x, False)


def _scaled_k0(x: np.ndarray) -> np.ndarray:
    """exp(x) K0(x) (torch.special.scaled_modified_bessel_k0)."""
    return _k(0, x, True)


def _scaled_k1(x: np.ndarray) -> np.ndarray:
    """exp(x) K1(x) (torch.special.scaled_modified_bessel_k1)."""
    return _k(1, x, True)


def _spherical_j0(x: np.ndarray) -> np.ndarray:
    """sin(x) / x, 1 at 0 and 0 at infinity (torch.special.spherical_bessel_j0)."""
    return piecewise((x,), (x == 0, 1.0), (np.isinf(x), 0.0), (x != 0, lambda v: np.sin(v) / v))


i0 = in_double(_i0)
i0e = in_double(_i0e)
i1 = in_double(_i1)
i1e = in_double(_i1e)
bessel_j0 = in_double(_bessel_j0)
bessel_j1 = in_double(_bessel_j1)
bessel_y0 = in_double(_bessel_y0)
bessel_y1 = in_double(_bessel_y1)
modified_bessel_i0 = i0
modified_bessel_i1 = i1
modified_bessel_k0 = in_double(_k0)
modified_bessel_k1 = in_double(_k1)
scaled_modified_bessel_k0 = in_double(_scaled_k0)
scaled_modified_bessel_k1 = in_double(_scaled_k1)
spherical_bessel_j0 = in_double(_spherical_j0)


def _airy_decaying(x: np.ndarray) -> np.ndarray:
    """x > 2."""
    zeta = 2 / 3 * x * np.sqrt(x)
    amplitude = chebyshev(2 * _ZETA_ABOVE / zeta - 1, tables.AIRY_LARGE)
    return amplitude * np.exp(-zeta) / (2 * math.sqrt(math.pi) * np.sqrt(np.sqrt(x)))


def _airy_oscillating(x: np.ndarray) -> np.ndarray:
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
        (x > 2, _airy_decaying),
        (x < -5, _airy_oscillating),
        (x <= 2, lambda v: chebyshev((2 * v + 3) / 7, tables.AIRY_MIDDLE)),
    )


airy_ai = in_double(_airy_ai)
