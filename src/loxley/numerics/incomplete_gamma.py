"""The regularized incomplete gamma functions P(a, x) and Q(a, x) = 1 - P(a, x).

In: float32 or float64 arrays.  Out: arrays of the broadcast shape and common dtype.  The plane is
divided among a power series, a continued fraction and, for large a near x = a, Temme's uniform
expansion with its coefficients by recurrence (Temme 1994; Gil, Segura and Temme, SIAM J. Sci.
Comput. 34, 2012; DLMF 8.11, 8.12).  Each method gives the smaller of P and Q directly, or nearly.
"""

from __future__ import annotations

import math

import numpy as np

from . import special_tables as tables
from .error_functions import erfcx_positive
from .gamma import lgamma1p, lgamma_positive, stirling_correction
from .series import horner, in_double, piecewise

_TEMME_FROM = 20.0
_EPSILON = 1e-17
# Enough for a < 20 (the series takes 50 terms) and for x >= 1.5 (1e-15 at a = 0, x = 1.5).
_SERIES_TERMS = 100
_FRACTION_TERMS = 64
# 1/3, 1/5, ...: of the logarithm in r**2, where r = mu / (2 + mu).
_ATANH = tuple(1 / (2 * k + 3) for k in range(14))


def _excess(mu: np.ndarray) -> np.ndarray:
    """mu - log(1 + mu), mu > -1, without cancellation near 0."""
    r = mu / (2 + mu)
    near = r * mu - 2 * r**3 * horner(r * r, _ATANH)
    return np.where(np.abs(mu) < 0.5, near, mu - np.log1p(mu))


def _prefactor(a: np.ndarray, x: np.ndarray) -> np.ndarray:
    """x**a exp(-x) / Gamma(a + 1)."""
    return piecewise(
        (a, x),
        (a < _TEMME_FROM, lambda b, y: np.exp(b * np.log(y) - y - _lgamma_after(b))),
        (a >= _TEMME_FROM, _prefactor_large),
    )


def _lgamma_after(a: np.ndarray) -> np.ndarray:
    """log Gamma(a + 1)."""
    return piecewise((a,), (a <= 1, lgamma1p), (a > 1, lambda b: lgamma_positive(b + 1)))


def _prefactor_large(a: np.ndarray, x: np.ndarray) -> np.ndarray:
    exponent = -a * _excess((x - a) / a) - stirling_correction(a)
    return np.exp(exponent) / np.sqrt(2 * math.pi * a)


def _power_series(a: np.ndarray, x: np.ndarray) -> np.ndarray:
    """P for x up to about a."""
    term = np.ones_like(x)
    total = term.copy()
    for k in range(1, _SERIES_TERMS):
        term *= x / (a + k)
        total += term
        if not (term > _EPSILON * total).any():
            break
    return _prefactor(a, x) * total


def _complement_series(a: np.ndarray, x: np.ndarray) -> np.ndarray:
    """Q for x <= 1.5 above a: 1 - P with the ones taken out (DLMF 8.7.1)."""
    term = np.ones_like(x)
    total = np.zeros_like(x)
    for k in range(1, 40):
        term = term * (-x / k)
        total += term / (a + k)
    exponent = a * np.log(x) - _lgamma_after(a)
    return -np.expm1(exponent) - np.exp(exponent) * a * total


def _continued_fraction(a: np.ndarray, x: np.ndarray) -> np.ndarray:
    """Q for x above a and 1.5 (DLMF 8.9.2), from the last term up, which is the stable way."""
    fraction = x + (2 * _FRACTION_TERMS + 1) - a
    for k in range(_FRACTION_TERMS, 0, -1):
        fraction = (x + (2 * k - 1) - a) + k * (a - k) / fraction
    return _prefactor(a, x) * a / fraction


def _temme(a: np.ndarray, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The tail on x's side of a (P below, Q above) and whether it is Q; a >= 20, |eta| <= 1."""
    mu = (x - a) / a
    half_square = _excess(mu)
    eta = np.copysign(np.sqrt(2 * half_square), mu)
    later, coefficient = np.zeros_like(a), np.zeros_like(a)
    total = np.zeros_like(a)
    for n in range(len(tables.TEMME) - 1, 0, -1):
        # coefficient is b_n, later b_{n+1}; b_{n-1} = f_n + (n + 1) b_{n+1} / a.
        later, coefficient = coefficient, tables.TEMME[n] + (n + 1) / a * later
        total = total * eta + coefficient
    total /= 1 + later / a
    bell = np.exp(-a * half_square)
    main = 0.5 * bell * erfcx_positive(np.sqrt(a * half_square))
    upper = mu >= 0
    rest = bell / np.sqrt(2 * math.pi * a) * total
    return np.where(upper, main + rest, main - rest), upper


def _regular(a: np.ndarray, x: np.ndarray, want_upper: bool) -> np.ndarray:
    """P or Q for finite a, x > 0."""

    def lower(values: np.ndarray) -> np.ndarray:
        return 1 - values if want_upper else values

    def upper(values: np.ndarray) -> np.ndarray:
        return values if want_upper else 1 - values

    def temme(b: np.ndarray, y: np.ndarray) -> np.ndarray:
        tail, is_upper = _temme(b, y)
        return np.where(is_upper == want_upper, tail, 1 - tail)

    near = (a >= _TEMME_FROM) & (_excess((x - a) / a) <= 0.5)
    return piecewise(
        (a, x),
        (near, temme),
        (x <= a, lambda b, y: lower(_power_series(b, y))),
        (x <= 1.5, lambda b, y: upper(_complement_series(b, y))),
        (x > a, lambda b, y: upper(_continued_fraction(b, y))),
    )


def _incomplete(a: np.ndarray, x: np.ndarray, want_upper: bool) -> np.ndarray:
    nothing, everything = (1.0, 0.0) if want_upper else (0.0, 1.0)
    return piecewise(
        (a, x),
        ((a < 0) | (x < 0), np.nan),
        ((a == 0) & (x > 0), everything),
        ((a == 0), np.nan),
        (x == 0, nothing),
        (np.isinf(a) & np.isinf(x), np.nan),
        (np.isinf(a), nothing),
        (np.isinf(x), everything),
        ((a > 0) & (x > 0), lambda b, y: _regular(b, y, want_upper)),
    )


def _lower(a: np.ndarray, x: np.ndarray) -> np.ndarray:
    """P(a, x), nan for negative arguments (torch.special.gammainc)."""
    return _incomplete(a, x, False)


def _upper(a: np.ndarray, x: np.ndarray) -> np.ndarray:
    """Q(a, x), nan for negative arguments (torch.special.gammaincc)."""
    return _incomplete(a, x, True)


gammainc = in_double(_lower)
gammaincc = in_double(_upper)
igamma = gammainc
igammac = gammaincc
