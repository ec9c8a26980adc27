"""Orthogonal polynomials of a given degree: Chebyshev (four kinds, plain and shifted), Hermite,
Laguerre, Legendre.

In: x and the degree n, arrays that broadcast; n is cut to an integer, below 0 gives 0.  Out: arrays
of the broadcast shape in the common dtype.  Three-term recurrences (DLMF 18.9) in that dtype, and
the trigonometric form for higher Chebyshev degrees inside (-1, 1) (DLMF 18.5).
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from .blocks import blocked
from .series import floating_dtype

# Above this degree cos(n arccos x) is both faster and more accurate than the recurrence.
_TRIGONOMETRIC_FROM = 9

Step = Callable[[int, np.ndarray, np.ndarray, np.ndarray], np.ndarray]
"""(k, x, polynomial of degree k - 1, polynomial of degree k) -> polynomial of degree k + 1."""


def _recurrence(
    x: np.ndarray, n: np.ndarray, first: Callable[[np.ndarray], np.ndarray], step: Step
) -> np.ndarray:
    """Run all elements up the degrees together; each leaves at its own."""
    result = (n == 0).astype(x.dtype)
    where = np.flatnonzero(n >= 1)
    x, n = x[where], n[where]
    previous, current, k = np.ones_like(x), first(x), 1
    while where.size:
        done = (n == k) | np.isnan(current)
        if done.any():
            result[where[done]] = current[done]
            rest = ~done
            where, x, n = where[rest], x[rest], n[rest]
            previous, current = previous[rest], current[rest]
        previous, current = current, step(k, x, previous, current)
        k += 1
    return result


def _polynomial(evaluate: Callable[[np.ndarray, np.ndarray], np.ndarray]) -> Callable:
    """Make `evaluate(x, degree)` of 1-D blocks a function of arrays that broadcast."""

    def compute(x: np.ndarray, n: np.ndarray, target: np.ndarray) -> None:
        degree = np.clip(np.nan_to_num(np.trunc(n), nan=-1), -1, 2.0**62).astype(np.int64)
        target[...] = evaluate(x.astype(target.dtype, copy=False), degree)

    def run(x: np.ndarray, n: np.ndarray, out: np.ndarray | None = None) -> np.ndarray:
        x, n = np.asarray(x), np.asarray(n)
        return blocked(compute, [x, n], out, dtype=floating_dtype(x, n))

    return run


def _chebyshev(
    first: Callable[[np.ndarray], np.ndarray],
    inside: Callable[[np.ndarray, np.ndarray], np.ndarray],
    shifted: bool,
) -> Callable:
    """One kind: its polynomial of degree 1, and its value from (degree, arccos x)."""

    def step(k: int, x: np.ndarray, previous: np.ndarray, current: np.ndarray) -> np.ndarray:
        return (x + x) * current - previous

    def evaluate(x: np.ndarray, n: np.ndarray) -> np.ndarray:
        x = x + x - 1 if shifted else x
        direct = (n >= _TRIGONOMETRIC_FROM) & (np.abs(x) < 1)
        result = _recurrence(x, np.where(direct, 0, n), first, step)
        result[direct] = inside(n[direct].astype(x.dtype), np.arccos(x[direct]))
        return result

    return _polynomial(evaluate)


_FIRST_KIND = (lambda x: x, lambda n, a: np.cos(n * a))
_SECOND_KIND = (lambda x: x + x, lambda n, a: np.sin((n + 1) * a) / np.sin(a))
_THIRD_KIND = (lambda x: x + x - 1, lambda n, a: np.cos((n + 0.5) * a) / np.cos(a / 2))
_FOURTH_KIND = (lambda x: x + x + 1, lambda n, a: np.sin((n + 0.5) * a) / np.sin(a / 2))

chebyshev_polynomial_t = _chebyshev(*_FIRST_KIND, shifted=False)
chebyshev_polynomial_u = _chebyshev(*_SECOND_KIND, shifted=False)
chebyshev_polynomial_v = _chebyshev(*_THIRD_KIND, shifted=False)
chebyshev_polynomial_w = _chebyshev(*_FOURTH_KIND, shifted=False)
shifted_chebyshev_polynomial_t = _chebyshev(*_FIRST_KIND, shifted=True)
shifted_chebyshev_polynomial_u = _chebyshev(*_SECOND_KIND, shifted=True)
shifted_chebyshev_polynomial_v = _chebyshev(*_THIRD_KIND, shifted=True)
shifted_chebyshev_polynomial_w = _chebyshev(*_FOURTH_KIND, shifted=True)


def _hermite(factor: int) -> Callable:
    """Physicists' (factor 2) or probabilists' (factor 1); nan above the degree PyTorch allows."""

    def step(k: int, x: np.ndarray, previous: np.ndarray, current: np.ndarray) -> np.ndarray:
        back = (factor * k * previous).astype(x.dtype)
        if x.dtype == np.float32:  # x * current is not rounded before the difference, as in PyTorch
            return (factor * x.astype(np.float64) * current - back).astype(x.dtype)
        return factor * x * current - back

    def evaluate(x: np.ndarray, n: np.ndarray) -> np.ndarray:
        too_high = n > (128 if x.dtype == np.float32 else 512)
        result = _recurrence(x, np.where(too_high, 0, n), lambda v: factor * v, step)
        result[too_high] = np.nan
        return result

    return _polynomial(evaluate)


hermite_polynomial_h = _hermite(2)
hermite_polynomial_he = _hermite(1)


def _laguerre_step(k: int, x: np.ndarray, previous: np.ndarray, current: np.ndarray) -> np.ndarray:
    return ((2 * k + 1 - x) * current - k * previous) / (k + 1)


def _laguerre(x: np.ndarray, n: np.ndarray) -> np.ndarray:
    at_zero = np.where((x == 0) & (n > 0), 0, n)
    return _recurrence(x, at_zero, lambda v: 1 - v, _laguerre_step)


def _legendre_step(k: int, x: np.ndarray, previous: np.ndarray, current: np.ndarray) -> np.ndarray:
    return ((2 * k + 1) * x * current - k * previous) / (k + 1)


def _legendre(x: np.ndarray, n: np.ndarray) -> np.ndarray:
    """At -1 and 1 the value is a sign, whatever the degree."""
    edge = (np.abs(x) == 1) & (n > 0)
    result = _recurrence(x, np.where(edge, 0, n), lambda v: v, _legendre_step)
    return np.where(edge & (x < 0) & (n % 2 == 1), -result, result)


laguerre_polynomial_l = _polynomial(_laguerre)
legendre_polynomial_p = _polynomial(_legendre)
