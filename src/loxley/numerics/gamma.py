"""The gamma function's logarithm and its derivatives, and the Hurwitz zeta function.

In: float32 or float64 arrays.  Out: arrays of the broadcast shape and common dtype.  Near the zeros
1 and 2 a series, elsewhere Stirling's series after recurrence, reflection for negative arguments;
zeta is Euler-Maclaurin summation (DLMF 5.11, 5.5, 25.11).
"""

from __future__ import annotations

import math

import numpy as np

from . import special_tables as tables
from .blocks import blocked
from .series import chebyshev, cot_pi, horner, in_double, piecewise, sin_pi

# Bernoulli numbers B_2, B_4, ..., B_24.
_BERNOULLI = (
    *(1 / 6, -1 / 30, 1 / 42, -1 / 30, 5 / 66, -691 / 2730, 7 / 6),
    *(-3617 / 510, 43867 / 798, -174611 / 330, 854513 / 138, -236364091 / 2730),
)
_STIRLING = tuple(b / (2 * k * (2 * k - 1)) for k, b in enumerate(_BERNOULLI[:8], 1))
_DIGAMMA_SERIES = tuple(b / (2 * k) for k, b in enumerate(_BERNOULLI[:8], 1))
_ZETA_SERIES = tuple(b / math.factorial(2 * k) for k, b in enumerate(_BERNOULLI, 1))
_STIRLING_FROM = 10.0
_HALF_LOG_TWO_PI = 0.5 * math.log(2 * math.pi)


def stirling_correction(x: np.ndarray) -> np.ndarray:
    """log Gamma(x) - ((x - 1/2) log x - x + log(2 pi) / 2), x >= 10."""
    return horner(1 / (x * x), _STIRLING) / x


def lgamma1p(x: np.ndarray) -> np.ndarray:
    """log Gamma(1 + x), -0.5 <= x <= 1.5, to full relative accuracy at x = 0."""
    return 0.0 - x * (1 - x) * chebyshev(x - 0.5, tables.LGAMMA)


def _lgamma_middle(x: np.ndarray) -> np.ndarray:
    """2.5 <= x < 10: divided down to below 2.5."""
    product = np.ones_like(x)
    for _ in range(8):
        large = x >= 2.5
        x = np.where(large, x - 1, x)
        product = np.where(large, product * x, product)
    return np.log(product) + lgamma1p(x - 1)


def _lgamma_large(x: np.ndarray) -> np.ndarray:
    return (x - 0.5) * (np.log(x) - 1) + (_HALF_LOG_TWO_PI - 0.5) + stirling_correction(x)


def lgamma_positive(x: np.ndarray) -> np.ndarray:
    """log Gamma of a float64 block, x > 0."""
    return piecewise(
        (x,),
        (x < 0.5, lambda v: lgamma1p(v) - np.log(v)),
        (x < 2.5, lambda v: lgamma1p(v - 1)),
        (x < _STIRLING_FROM, _lgamma_middle),
        (x >= _STIRLING_FROM, _lgamma_large),
    )


def lgamma_block(x: np.ndarray) -> np.ndarray:
    """log |Gamma| of a float64 block."""
    return piecewise(
        (x,),
        (x > 0, lgamma_positive),
        (x == np.floor(x), np.inf),
        (x < 0, _lgamma_reflected),
    )


def _lgamma_reflected(x: np.ndarray) -> np.ndarray:
    sine = np.log(np.abs(sin_pi(x)))
    return math.log(math.pi) - np.log(-x) - sine - lgamma_positive(-x)


def _digamma_positive(x: np.ndarray) -> np.ndarray:
    shift = np.zeros_like(x)
    for _ in range(int(_STIRLING_FROM)):
        small = x < _STIRLING_FROM
        shift = np.where(small, shift - 1 / x, shift)
        x = np.where(small, x + 1, x)
    square = 1 / (x * x)
    return shift + np.log(x) - 0.5 / x - square * horner(square, _DIGAMMA_SERIES)


def _digamma(x: np.ndarray) -> np.ndarray:
    """The logarithmic derivative of gamma: -inf at 0, inf at -0, nan at the other poles."""
    return piecewise(
        (x,),
        (x > 0, _digamma_positive),
        (x == 0, lambda v: np.copysign(np.inf, -v)),
        (x == np.floor(x), np.nan),
        (x < 0, lambda v: _digamma_positive(1 - v) - math.pi * cot_pi(v)),
    )


def _trigamma(x: np.ndarray) -> np.ndarray:
    return piecewise(
        (x,),
        (np.isposinf(x), 0.0),
        (x > 0, lambda v: _zeta_positive(np.full_like(v, 2.0), v)),
        (np.isneginf(x), np.nan),
        (x == np.floor(x), np.inf),
        (x < 0, lambda v: (math.pi / sin_pi(v)) ** 2 - _trigamma(1 - v)),
    )


def _zeta_positive(s: np.ndarray, q: np.ndarray) -> np.ndarray:
    """Sum over k >= 0 of (q + k)**-s for s > 1, q > 0: terms while q is small, then the integral.

    Terms are added until q exceeds s + 10, where the asymptotic series has converged, or until they
    no longer count.
    """
    total = np.zeros_like(q)
    enough = s + 10
    w = q.copy()
    busy = w < enough
    while busy.any():
        term = np.where(busy, w**-s, 0.0)
        total += term
        w = np.where(busy, w + 1, w)
        busy &= (w < enough) & (term > 1e-17 * total)
    power = w**-s
    tail = power * (w / (s - 1) + 0.5)
    factor = s * power / w
    for k, coefficient in enumerate(_ZETA_SERIES, 1):
        tail += coefficient * factor
        factor = factor * ((s + 2 * k - 1) / w) * ((s + 2 * k) / w)
    return total + np.where(power > 1e-18 * total, tail, 0.0)


def _zeta_negative(s: np.ndarray, q: np.ndarray) -> np.ndarray:
    """q < 0 no integer, s an integer: the negative terms are themselves a difference of zetas."""
    distance = -q - np.floor(-q)
    sign = np.where(s % 2 == 0, 1.0, -1.0)
    below = _zeta_positive(s, distance) - _zeta_positive(s, 1 - q)
    return sign * below + _zeta_positive(s, 1 - distance)


def _zeta(s: np.ndarray, q: np.ndarray) -> np.ndarray:
    """The Hurwitz zeta function (torch.special.zeta): inf at s = 1 and at the poles in q."""
    regular = (s > 1) & np.isfinite(s) & np.isfinite(q)
    return piecewise(
        (s, q),
        (s == 1, np.inf),
        (s < 1, np.nan),
        ((q <= 0) & (q == np.floor(q)), np.inf),
        (regular & (q > 0), _zeta_positive),
        (regular & (s == np.floor(s)), _zeta_negative),
        (np.isposinf(s) & (q < 1), np.inf),
        (np.isposinf(s) & (q == 1), 1.0),
    )


def _polygamma(n: int, x: np.ndarray) -> np.ndarray:
    if n == 0:
        return _digamma(x)
    if n == 1:
        return _trigamma(x)
    factorial = float(math.factorial(n)) if n <= 170 else math.inf
    return (-1.0) ** (n + 1) * factorial * _zeta(np.full_like(x, n + 1.0), x)


def _trigamma_single(x: np.ndarray, out: np.ndarray | None) -> np.ndarray:
    """trigamma in float32 arithmetic, whose error near poles is PyTorch's: reflection below 1/2,
    six terms of the sum, then the asymptotic series (Abramowitz and Stegun 6.4.7, 6.4.6, 6.4.12).
    """

    def compute(x: np.ndarray, target: np.ndarray) -> None:
        one = np.float32(1)
        low = x < 0.5
        sine = np.sin(np.float32(math.pi) * x)
        total = np.where(low, -(np.float32(math.pi**2) / (sine * sine)), np.float32(0))
        x = np.where(low, one - x, x)
        for _ in range(6):
            total += one / (x * x)
            x = x + one
        square = one / (x * x)
        sixth, thirtieth, forty_second = (np.float32(1 / k) for k in (6, 30, 42))
        series = sixth - square * (thirtieth - square * forty_second)
        total += (one + one / (2 * x) + square * series) / x
        target[...] = np.where(low, -total, total)

    return blocked(compute, [x], out, dtype=np.dtype(np.float32))


def polygamma(n: int, x: np.ndarray, out: np.ndarray | None = None) -> np.ndarray:
    """The n-th derivative of digamma, n >= 0 (torch.special.polygamma)."""
    if n == 1 and np.asarray(x).dtype == np.float32:
        return _trigamma_single(np.asarray(x), out)
    return in_double(lambda v: _polygamma(n, v))(x, out=out)


def multigammaln(x: np.ndarray, p: int, out: np.ndarray | None = None) -> np.ndarray:
    """The logarithm of the p-variate gamma function, p >= 1 (torch.special.multigammaln)."""
    constant = p * (p - 1) / 4 * math.log(math.pi)

    def total(v: np.ndarray) -> np.ndarray:
        return sum((lgamma_block(v - j / 2) for j in range(p)), start=np.full_like(v, constant))

    return in_double(total)(x, out=out)


lgamma = in_double(lgamma_block)
digamma = in_double(_digamma)
zeta = in_double(_zeta)
mvlgamma = multigammaln
