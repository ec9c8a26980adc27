"""Densities sum to 1; distribution functions, entropies and divergences are their integrals."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

import loxley as torch

D = torch.distributions


def T(values: Any) -> Any:  # noqa: N802
    return torch.tensor(values, dtype=torch.float64)


# A distribution and where its mass is, to 1e-5.
LINES = [
    ("D.Normal(T(.5), T(2.))", -20, 20),
    ("D.Laplace(T(.5), T(2.))", -40, 40),
    ("D.Gumbel(T(.5), T(2.))", -8, 60),
    ("D.StudentT(T(9.), T(.5), T(2.))", -60, 60),
    ("D.Uniform(T(.5), T(2.))", 0.5, 2 - 1e-12),
    ("D.Exponential(T(.5))", 0, 60),
    ("D.Gamma(T(2.5), T(2.))", 1e-9, 30),
    ("D.Chi2(T(5.))", 1e-9, 80),
    ("D.InverseGamma(T(9.), T(2.))", 1e-3, 30),
    ("D.Beta(T(2.5), T(3.))", 1e-9, 1 - 1e-9),
    ("D.Kumaraswamy(T(2.5), T(3.))", 1e-9, 1 - 1e-9),
    ("D.ContinuousBernoulli(T(.2))", 0, 1),
    ("D.ContinuousBernoulli(T(.5))", 0, 1),
    ("D.HalfNormal(T(2.))", 0, 20),
    ("D.LogNormal(T(.5), T(.4))", 1e-6, 30),
    ("D.Weibull(T(2.), T(1.5))", 1e-9, 60),
    ("D.Pareto(T(1.), T(9.))", 1, 30),
    ("D.FisherSnedecor(T(5.), T(60.))", 1e-9, 60),
    ("D.VonMises(T(.5), T(2.))", -math.pi, math.pi),
    ("D.GeneralizedPareto(T(.5), T(1.), T(-.2))", 0.5, 5.5 - 1e-9),
    ("D.GeneralizedPareto(T(.5), T(1.), T(0.))", 0.5, 40),
    (
        "D.MixtureSameFamily(D.Categorical(T([.3, .7])), D.Normal(T([0., 4.]), T([1., 2.])))",
        -20,
        30,
    ),
    ("D.RelaxedBernoulli(T(2.), T(.3))", 1e-9, 1 - 1e-9),
]
COUNTS = [
    ("D.Bernoulli(T(.3))", 2),
    ("D.Binomial(12, T(.3))", 13),
    ("D.Categorical(T([.3, .5, .2]))", 3),
    ("D.Geometric(T(.3))", 100),
    ("D.NegativeBinomial(T(3.), T(.3))", 100),
    ("D.Poisson(T(3.5))", 60),
]


def made(case: str) -> Any:
    return eval(case, {"D": D, "T": T})


@pytest.mark.parametrize("case, low, high", LINES)
def test_densities_on_the_line(case: str, low: float, high: float) -> None:
    d = made(case)
    x = torch.linspace(low, high, 50_001, dtype=torch.float64)
    log_prob = d.log_prob(x)
    density = log_prob.exp()
    assert abs(float(torch.trapezoid(density, x)) - 1) < 2e-4
    if not isinstance(d, D.VonMises):  # its mean and variance are the circle's
        for attribute in ("mean", "variance"):
            try:
                claimed = float(getattr(d, attribute))
            except NotImplementedError:
                continue
            power = x if attribute == "mean" else (x - d.mean) ** 2
            found = float(torch.trapezoid(density * power, x))
            assert found == pytest.approx(claimed, rel=3e-3, abs=1e-4)
    try:
        entropy = float(d.entropy())
    except NotImplementedError:
        pass
    else:
        inside = torch.where(density > 0, density * log_prob, T(0.0))
        assert -float(torch.trapezoid(inside, x)) == pytest.approx(entropy, rel=2e-3, abs=1e-3)
    _check_cdf(d, x, density)


def _check_cdf(d: Any, x: Any, density: Any) -> None:
    try:
        cdf = d.cdf(x)
    except NotImplementedError:
        return
    found = torch.cumulative_trapezoid(density, x)
    assert float((cdf[1:] - cdf[0] - found).abs().max()) < 1e-3
    try:
        again = d.icdf(T([0.1, 0.5, 0.8]))
    except NotImplementedError:
        return
    np.testing.assert_allclose(d.cdf(again).tolist(), [0.1, 0.5, 0.8], rtol=1e-6)


@pytest.mark.parametrize("case, count", COUNTS)
def test_masses(case: str, count: int) -> None:
    d = made(case)
    k = torch.arange(count, dtype=torch.float64)
    mass = d.log_prob(k).exp()
    assert float(mass.sum()) == pytest.approx(1, abs=1e-9)
    if not isinstance(d, D.Categorical):
        mean = float((mass * k).sum())
        assert float(d.mean) == pytest.approx(mean)
        assert float(d.variance) == pytest.approx(float((mass * (k - mean) ** 2).sum()))
        assert float(mass.argmax()) == float(d.mode)
    if not isinstance(d, D.NegativeBinomial):
        found = -float(torch.xlogy(mass, mass).sum())
        try:
            assert float(d.entropy()) == pytest.approx(found, rel=1e-9)
        except NotImplementedError:
            assert isinstance(d, D.Poisson)
    if d.has_enumerate_support:
        assert d.enumerate_support().tolist() == k.tolist()


PAIRS = [
    ("D.Normal(T(.5), T(1.))", "D.Normal(T(1.), T(2.))", -20, 20),
    ("D.Normal(T(.5), T(1.))", "D.Laplace(T(1.), T(2.))", -20, 20),
    ("D.Normal(T(.5), T(1.))", "D.Gumbel(T(1.), T(2.))", -12, 20),
    ("D.Laplace(T(.5), T(1.))", "D.Normal(T(1.), T(2.))", -40, 40),
    ("D.Laplace(T(.5), T(1.))", "D.Laplace(T(1.), T(2.))", -40, 40),
    ("D.Gumbel(T(.5), T(1.))", "D.Gumbel(T(1.), T(2.))", -6, 40),
    ("D.Cauchy(T(.5), T(1.))", "D.Cauchy(T(1.), T(2.))", -3_000, 3_000),
    ("D.Gamma(T(2.), T(1.))", "D.Gamma(T(3.), T(2.))", 1e-9, 30),
    ("D.Gamma(T(2.), T(1.))", "D.Gumbel(T(1.), T(2.))", 1e-9, 30),
    ("D.Exponential(T(1.))", "D.Gamma(T(3.), T(2.))", 1e-9, 30),
    ("D.Exponential(T(1.))", "D.Gumbel(T(3.), T(2.))", 1e-9, 30),
    ("D.Beta(T(2.), T(3.))", "D.Beta(T(3.), T(1.5))", 1e-9, 1 - 1e-9),
    ("D.Beta(T(2.), T(3.))", "D.Gamma(T(3.), T(1.5))", 1e-9, 1 - 1e-9),
    ("D.Beta(T(2.), T(3.))", "D.ContinuousBernoulli(T(.2))", 1e-9, 1 - 1e-9),
    ("D.ContinuousBernoulli(T(.3))", "D.ContinuousBernoulli(T(.2))", 0, 1),
    ("D.ContinuousBernoulli(T(.3))", "D.Exponential(T(.2))", 0, 1),
    ("D.Uniform(T(.2), T(.7))", "D.Beta(T(2.), T(3.))", 0.2, 0.7 - 1e-12),
    ("D.Uniform(T(.2), T(.7))", "D.Gumbel(T(2.), T(3.))", 0.2, 0.7 - 1e-12),
    ("D.Uniform(T(.2), T(.7))", "D.Gamma(T(2.), T(3.))", 0.2, 0.7 - 1e-12),
    ("D.Uniform(T(1.2), T(1.7))", "D.Pareto(T(1.), T(3.))", 1.2, 1.7 - 1e-12),
    ("D.Pareto(T(1.), T(9.))", "D.Pareto(T(.5), T(3.))", 1, 30),
    ("D.Pareto(T(1.), T(9.))", "D.Gamma(T(.5), T(3.))", 1, 30),
    ("D.LogNormal(T(.5), T(.4))", "D.LogNormal(T(.1), T(1.))", 1e-6, 40),
]


@pytest.mark.parametrize("p, q, low, high", PAIRS)
def test_divergences_by_integration(p: str, q: str, low: float, high: float) -> None:
    one, other = made(p), made(q)
    x = torch.linspace(low, high, 200_001, dtype=torch.float64)
    log_p = one.log_prob(x)
    found = torch.trapezoid(log_p.exp() * (log_p - other.log_prob(x)), x)
    assert float(D.kl_divergence(one, other)) == pytest.approx(float(found), rel=5e-3, abs=1e-3)


def test_multivariate_normals_agree_however_they_are_told() -> None:
    loc, w, d = T([1.0, 2.0, 0.0]), T([[1.0], [0.5], [-1.0]]), T([1.0, 2.0, 0.5])
    low = D.LowRankMultivariateNormal(loc, w, d)
    full = D.MultivariateNormal(loc, w @ w.mT + torch.diag(d))
    by_precision = D.MultivariateNormal(loc, precision_matrix=low.precision_matrix)
    x = torch.randn(5, 3, dtype=torch.float64)
    for other in (full, by_precision):
        torch.testing.assert_close(low.log_prob(x), other.log_prob(x))
        torch.testing.assert_close(low.entropy(), other.entropy())
        torch.testing.assert_close(low.scale_tril, other.scale_tril)
        assert float(D.kl_divergence(low, other).abs()) < 1e-9


def test_densities_on_the_simplex_and_of_matrices() -> None:
    d = D.Dirichlet(T([2.0, 3.0, 1.5]))
    grid = (torch.arange(400, dtype=torch.float64) + 0.5) / 400
    x, y = torch.meshgrid(grid, grid, indexing="ij")
    inside = (x + y) < 1
    points = torch.stack([x[inside], y[inside], 1 - x[inside] - y[inside]], -1)
    assert float(d.log_prob(points).exp().sum()) / 400**2 == pytest.approx(1, abs=5e-3)
    # of two dimensions: the factor is [1, 0], [r, sqrt(1 - r^2)]
    r = torch.linspace(-0.999999, 0.999999, 100_001, dtype=torch.float64)
    side = (1 - r * r).sqrt()
    factors = torch.zeros(r.numel(), 2, 2, dtype=torch.float64)
    factors[:, 0, 0], factors[:, 1, 0], factors[:, 1, 1] = 1, r, side
    density = D.LKJCholesky(2, T(2.0)).log_prob(factors).exp()
    assert float(torch.trapezoid(density, r)) == pytest.approx(1, abs=1e-3)
