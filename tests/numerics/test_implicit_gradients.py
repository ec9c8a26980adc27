"""Derivatives of gamma and beta variates against integrals of their densities' derivatives."""

from __future__ import annotations

from math import exp, lgamma

import numpy as np
import pytest

from loxley.numerics.implicit_gradients import dirichlet_grad, standard_gamma_grad
from loxley.numerics.special import digamma


def _by_differences(log_density, a: float, t: np.ndarray, last: float) -> float:
    """-(dF/da) / p at t[-1], for a density of log t or of the odds' logarithm."""
    step = 1e-4 * a
    difference = np.exp(log_density(a + step)) - np.exp(log_density(a - step))
    return -float(np.trapezoid(difference / (2 * step), t)) / last


@pytest.mark.parametrize("a", [0.2, 1.0, 3.5, 40.0, 900.0])
@pytest.mark.parametrize("deviations", [-1.5, -0.3, 0.2, 2.0])
def test_gamma(a: float, deviations: float) -> None:
    x = max(a + deviations * a**0.5, 0.05 * a)
    u = np.linspace(np.log(x) - 60 / min(a, 30), np.log(x), 400_001)
    density = exp((a - 1) * np.log(x) - x - lgamma(a))
    expected = _by_differences(lambda b: b * u - np.exp(u) - lgamma(b), a, u, density)
    found = standard_gamma_grad(np.array([a]), np.array([x]))
    np.testing.assert_allclose(found, expected, rtol=2e-5)


@pytest.mark.parametrize("a, b", [(0.4, 0.7), (2.0, 3.0), (30.0, 4.0), (5.0, 200.0)])
@pytest.mark.parametrize("deviations", [-1.0, -0.2, 0.5, 1.5])
def test_beta(a: float, b: float, deviations: float) -> None:
    mean, total = a / (a + b), a + b
    x = float(np.clip(mean + deviations * (mean * (1 - mean) / (total + 1)) ** 0.5, 0.02, 0.98))
    odds = np.linspace(np.log(x / (1 - x)) - 60 / min(a, 10), np.log(x / (1 - x)), 400_001)
    log_t, log_rest = -np.log1p(np.exp(-odds)), -np.log1p(np.exp(odds))

    def log_density(c: float) -> np.ndarray:
        return c * log_t + b * log_rest + lgamma(c + b) - lgamma(c) - lgamma(b)

    density = exp(log_density(a)[-1]) / (x * (1 - x))
    expected = _by_differences(log_density, a, odds, density) / (1 - x)
    found = dirichlet_grad(np.array([x]), np.array([a]), np.array([a + b]))
    np.testing.assert_allclose(found, expected, rtol=2e-5)


def test_small_parameters() -> None:
    """Near a corner all but the first term of the distribution function's series vanishes."""
    a, b, x = 0.0835, 25.2, 1.948e-7
    score = np.log(x) - 1 / a - digamma(np.array(a)) + digamma(np.array(a + b))
    found = dirichlet_grad(np.array([x]), np.array([a]), np.array([a + b]))
    np.testing.assert_allclose(found, -x / a * score, rtol=1e-5)


def test_extreme_variates_stay_finite() -> None:
    a = np.array([1e-3, 0.5, 1e6, 20.0, 3.0])
    x = np.array([1e-300, 1e-20, 1e6, 1e-3, 80.0])
    assert np.isfinite(standard_gamma_grad(a, x)).all()
    assert (standard_gamma_grad(a, x) >= 0).all()
    y = np.array([0.0, 1e-30, 1 - 1e-16, 1.0, 0.5])
    assert np.isfinite(dirichlet_grad(y, a, a + 0.7)).all()
