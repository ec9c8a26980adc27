"""How gamma and beta variates move with their parameters: implicit reparameterization.

For a variate x of distribution function F(x; a) and density p(x; a), dx/da = -(dF/da) / p.  As
dF/da = integral over t <= x of p(t) (score of a at t), and the score has mean zero, the integral
may run over either side of x; on the side where the score keeps its sign nothing cancels.  There
t = x exp(-s) or x exp(s) (for beta: the odds of t) makes the integrand smooth and decaying, and
double exponential quadrature takes the integral.

In: float arrays of one shape.  Out: float64 arrays, exact to about 1e-10 for usual parameters.
Sources: M. Figurnov, S. Mohamed, A. Mnih, "Implicit reparameterization gradients", 2018;
H. Takahasi, M. Mori, Publ. RIMS 9, 1974 (quadrature).
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from .special import digamma

_PIECE = 4096  # variates at a time: all nodes of a piece are in memory together
_SERIES_TERMS = 24
_STEP = 0.06
_AT = np.arange(-70, 68) * _STEP
# s = exp(u - exp(-u)) leads u in R to s > 0.
_NODES = np.exp(_AT - np.exp(-_AT))
_WEIGHTS = _STEP * _NODES * (1 + np.exp(-_AT))


def _pieces(function: Callable, *arrays: np.ndarray) -> np.ndarray:
    """A function of flat float64 arrays, piece by piece, in the first one's shape."""
    flat = [np.asarray(x, np.float64).reshape(-1) for x in np.broadcast_arrays(*arrays)]
    out = np.empty(flat[0].size)
    with np.errstate(all="ignore"):
        for start in range(0, out.size, _PIECE):
            here = slice(start, start + _PIECE)
            out[here] = function(*(x[here] for x in flat))
    return out.reshape(np.broadcast_shapes(*(x.shape for x in arrays)))


def _integral(exponent: Callable, factor: Callable, scale: np.ndarray) -> np.ndarray:
    """The integral over s > 0 of factor(s) exp(exponent(s)), which decays in about `scale`."""
    s = scale[:, None] * _NODES
    return (np.exp(exponent(s)) * factor(s) * _WEIGHTS).sum(axis=1) * scale


def _decay(slope: np.ndarray, curvature: np.ndarray) -> np.ndarray:
    """Where slope s + curvature s^2 / 2 reaches 1."""
    return 2 / (slope + np.sqrt(slope * slope + 2 * curvature))


# Gamma


def standard_gamma_grad(alpha: np.ndarray, x: np.ndarray) -> np.ndarray:
    """dx/dalpha of gamma variates x of shape alpha and scale 1."""
    return _pieces(_gamma_grad, alpha, x)


def _gamma_grad(alpha: np.ndarray, x: np.ndarray) -> np.ndarray:
    small = x <= 1
    out = np.empty(x.size)
    out[small] = _gamma_series(alpha[small], x[small])
    out[~small] = _gamma_quadrature(alpha[~small], x[~small])
    return out


def _gamma_series(alpha: np.ndarray, x: np.ndarray) -> np.ndarray:
    """From F = x^a e^-x / Gamma(a + 1) * sum of x^n / ((a + 1) .. (a + n)), for x <= 1."""
    term, harmonic = np.ones_like(x), np.zeros_like(x)
    total, moved = term.copy(), np.zeros_like(x)
    for n in range(1, _SERIES_TERMS):
        term = term * x / (alpha + n)
        harmonic = harmonic + 1 / (alpha + n)
        total += term
        moved -= term * harmonic
    return -x / alpha * (total * (np.log(x) - digamma(alpha + 1)) + moved)


def _gamma_quadrature(alpha: np.ndarray, x: np.ndarray) -> np.ndarray:
    score = np.log(x) - digamma(alpha)
    a, y, away = alpha[:, None], x[:, None], np.abs(score)[:, None]
    out = np.empty_like(x)
    for below in (True, False):
        side = (score < 0) == below
        sign = -1 if below else 1  # t = x exp(sign * s)

        def exponent(s, a=a[side], y=y[side], sign=sign):
            return sign * a * s - y * np.expm1(sign * s)

        def factor(s, away=away[side]):
            return away + s

        scale = _decay(np.maximum(-sign * (alpha - x)[side], 0), x[side])
        out[side] = x[side] * _integral(exponent, factor, scale)
    return out


# Beta and Dirichlet


def dirichlet_grad(x: np.ndarray, alpha: np.ndarray, total: np.ndarray) -> np.ndarray:
    """dx/dalpha / (1 - x) of beta variates x of parameters alpha and total - alpha.

    An element of a Dirichlet variate is one; when it grows, the others shrink in proportion.
    """
    return _pieces(_beta_grad, x, alpha, total)


def _beta_grad(x: np.ndarray, alpha: np.ndarray, total: np.ndarray) -> np.ndarray:
    x = np.clip(x, np.finfo(np.float64).tiny, 1 - np.finfo(np.float64).epsneg)
    beta = total - alpha
    low = x * np.maximum(beta, 1) < 0.5
    high = ~low & ((1 - x) * np.maximum(alpha, 1) < 0.5)
    out = np.empty_like(x)
    for function, where in (
        (_beta_low, low),
        (_beta_high, high),
        (_beta_quadrature, ~(low | high)),
    ):
        out[where] = function(x[where], alpha[where], total[where])
    return out


def _beta_low(x: np.ndarray, alpha: np.ndarray, total: np.ndarray) -> np.ndarray:
    """From F = x^a / B(a, b) * sum of (1 - b)_n x^n / (n! (a + n)), for small x b."""
    beta = total - alpha
    term, sums, moved = np.ones_like(x), 1 / alpha, -1 / alpha**2
    for n in range(1, _SERIES_TERMS):
        term = term * (n - beta) / n * x
        sums = sums + term / (alpha + n)
        moved = moved - term / (alpha + n) ** 2
    score = np.log(x) - digamma(alpha) + digamma(total)
    return -x * np.exp(-beta * np.log1p(-x)) * (sums * score + moved)


def _beta_high(x: np.ndarray, alpha: np.ndarray, total: np.ndarray) -> np.ndarray:
    """From the same series of 1 - F in 1 - x, whose coefficients depend on a."""
    beta, y = total - alpha, 1 - x
    term, slope = np.ones_like(x), np.zeros_like(x)
    sums, moved = 1 / beta, np.zeros_like(x)
    for n in range(1, _SERIES_TERMS):
        slope = (slope * (n - alpha) - term) / n * y
        term = term * (n - alpha) / n * y
        sums = sums + term / (beta + n)
        moved = moved + slope / (beta + n)
    score = digamma(total) - digamma(alpha)
    return np.exp((1 - alpha) * np.log(x)) * (sums * score + moved)


def _beta_quadrature(x: np.ndarray, alpha: np.ndarray, total: np.ndarray) -> np.ndarray:
    beta = total - alpha
    mean_log = digamma(alpha) - digamma(total)
    score = np.log(x) - mean_log
    columns = [v[:, None] for v in (x, alpha, beta, score)]
    out = np.empty_like(x)
    for below in (True, False):
        side = (score < 0) == below
        sign = -1 if below else 1  # odds of t = odds of x * exp(sign * s)
        y, a, b, away = (c[side] for c in columns)

        def moves(s, y=y, below=below):
            """log(t / x) and log((1 - t) / (1 - x)): the one that grows, and it less s."""
            grows = -np.log1p((y if below else 1 - y) * np.expm1(-s))
            return (grows - s, grows) if below else (grows, grows - s)

        def exponent(s, a=a, b=b, moves=moves):
            of_t, of_rest = moves(s)
            return a * of_t + b * of_rest

        def factor(s, away=away, sign=sign, moves=moves):
            return sign * (away + moves(s)[0])

        slope = np.maximum(-sign * (alpha - total * x)[side], 0)
        scale = _decay(slope, (total * x * (1 - x))[side])
        out[side] = x[side] * _integral(exponent, factor, scale)
    return out
