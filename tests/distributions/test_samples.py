"""Samples of the distributions: as PyTorch 2.13.0 draws them, and with the moments they claim."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest

import loxley as torch

D = torch.distributions
T = torch.tensor

# Two samples each after `torch.manual_seed(7)`, flat.

RECORDED = [
    ("D.Normal(T([0., 1.]), T([1., 2.]))", [-0.146795, 2.57228, 0.946822, -1.22869]),
    ("D.Bernoulli(T([.1, .5, .9]))", [0.0, 1.0, 1.0, 0.0, 1.0, 1.0]),
    ("D.Categorical(T([[.1, .2, .7], [.3, .3, .4]]))", [1.0, 2.0, 1.0, 2.0]),
    ("D.Gamma(T([.5, 3.]), T([1., 2.]))", [0.454868, 3.67302, 0.0211929, 2.61393]),
    ("D.Beta(T([.5, 3.]), T([1., 2.]))", [0.10417, 0.791795, 0.102745, 0.580907]),
    (
        "D.Dirichlet(T([.5, 3., 2.]))",
        [0.044984, 0.726482, 0.228534, 0.00614502, 0.631931, 0.361924],
    ),
    ("D.Poisson(T([.5, 20.]))", [0.0, 17.0, 1.0, 25.0]),
    ("D.Binomial(20, T([.1, .7]))", [1.0, 12.0, 0.0, 18.0]),
    ("D.NegativeBinomial(T([5., 2.]), T([.1, .5]))", [1.0, 1.0, 0.0, 0.0]),
    ("D.Geometric(T([.1, .5]))", [5.0, 2.0, 3.0, 0.0]),
    ("D.StudentT(T([2., 5.]))", [-0.0818137, 1.18602, 1.06799, -2.45752]),
    ("D.Laplace(T([0., 1.]), T([1., 2.]))", [0.0724042, -0.844585, 0.383347, 1.75312]),
    ("D.Gumbel(T([0., 1.]), T([1., 2.]))", [0.468991, 0.0407851, 0.875363, 2.73387]),
    ("D.VonMises(T([0., 1.]), T([1., 20.]))", [0.448441, 1.10243, -2.29097, 0.630638]),
    (
        "D.MultivariateNormal(T([0., 1.]), T([[2., .5], [.5, 1.]]))",
        [-0.2076, 1.68347, 1.33901, 0.292379],
    ),
    (
        "D.LKJCholesky(3)",
        [
            1.0,
            0.0,
            0.0,
            -0.0828239,
            0.996564,
            0.0,
            0.786377,
            0.21389,
            0.579536,
            1.0,
            0.0,
            0.0,
            0.0202776,
            0.999794,
            0.0,
            -0.904307,
            -0.374085,
            0.205644,
        ],
    ),
    (
        "D.RelaxedOneHotCategorical(T(.5), T([.1, .2, .7]))",
        [0.00892457, 0.00535433, 0.985721, 0.0760147, 0.025269, 0.898716],
    ),
    ("D.Multinomial(9, T([.1, .2, .7]))", [2.0, 4.0, 3.0, 2.0, 1.0, 6.0]),
    (
        "D.Wishart(T(4.), T([[2., .5], [.5, 1.]]))",
        [8.44539, 7.61775, 7.61775, 9.17435, 16.3224, 7.75853, 7.75853, 14.7476],
    ),
    (
        "D.MixtureSameFamily(D.Categorical(T([.3, .7])), D.Normal(T([0., 9.]), 1.))",
        [0.946822, 1.69079],
    ),
]


def made(case: str) -> Any:
    return eval(case, {"D": D, "T": T})


@pytest.mark.filterwarnings("ignore:Singular sample")
@pytest.mark.parametrize("case, expected", RECORDED)
def test_streams(case: str, expected: list[float]) -> None:
    torch.manual_seed(7)
    np.testing.assert_allclose(made(case).sample((2,)).reshape(-1).tolist(), expected, 2e-5, 1e-6)


MANY = 4000


@pytest.mark.filterwarnings("ignore:Singular sample")
@pytest.mark.parametrize("case", [case for case, _ in RECORDED if "Von" not in case])
def test_moments(case: str) -> None:
    d = made(case)
    torch.manual_seed(1)
    samples = d.sample((MANY,)).to(torch.float64)
    assert samples.shape == (MANY, *d.batch_shape, *d.event_shape)
    assert d.support.check(samples.to(torch.float32)).all()
    try:
        mean, variance = d.mean, d.variance
    except NotImplementedError:
        return
    if torch.isnan(mean).any() or torch.isinf(variance).any():
        return
    error = (samples.mean(0) - mean).abs() / (variance / MANY).sqrt()
    assert (error < 5).all(), error
    np.testing.assert_allclose(samples.var(0).tolist(), variance.tolist(), rtol=0.25)


def test_gradients_of_samples_by_their_distribution_functions() -> None:
    """dx/dp = -(dF/dp) / density at each sample, where the distribution function is known."""
    cases = [
        (lambda a, b: D.Normal(a, b), 0.3, 1.5),
        (lambda a, b: D.Laplace(a, b), 0.3, 1.5),
        (lambda a, b: D.Weibull(a, b), 1.3, 1.5),
        (lambda a, b: D.Kumaraswamy(a, b), 1.3, 1.5),
        (lambda a, b: D.Gumbel(a, b), 1.3, 1.5),
        (lambda a, b: D.Cauchy(a, b), 1.3, 1.5),
        (lambda a, b: D.Pareto(a, b), 1.3, 1.5),
    ]
    for build, *numbers in cases:
        leaves = [torch.tensor(n, dtype=torch.float64, requires_grad=True) for n in numbers]
        sample = build(*leaves).rsample()
        moved = torch.autograd.grad(sample, leaves)
        fixed = sample.detach()
        of_cdf = torch.autograd.grad(build(*leaves).cdf(fixed), leaves)
        density = build(*leaves).log_prob(fixed).exp()
        for one, other in zip(moved, of_cdf):
            torch.testing.assert_close(one, -other / density.detach(), rtol=1e-6, atol=1e-8)


def test_gamma_and_beta_samples_follow_their_parameters() -> None:
    """Means of gradients are gradients of means."""
    torch.manual_seed(0)
    a = torch.tensor([0.5, 2.0, 30.0], dtype=torch.float64, requires_grad=True)
    D.Gamma(a.expand(MANY, 3), 2.0).rsample().mean(0).sum().backward()
    np.testing.assert_allclose(a.grad.tolist(), [0.5] * 3, rtol=0.05)
    b = torch.tensor([0.5, 2.0, 3.0], dtype=torch.float64, requires_grad=True)
    D.Dirichlet(b.expand(MANY, 3)).rsample().mean(0)[0].backward()
    total = 5.5
    expected = [(total - 0.5) / total**2, -0.5 / total**2, -0.5 / total**2]
    np.testing.assert_allclose(b.grad.tolist(), expected, rtol=0.1)


def test_second_derivatives_of_gamma_samples_are_refused() -> None:
    a = torch.tensor(2.0, requires_grad=True)
    (g,) = torch.autograd.grad(D.Gamma(a, 1.0).rsample(), a, create_graph=True)
    with pytest.raises(NotImplementedError, match="_standard_gamma_grad"):
        g.backward()


def test_singular_samples_warn() -> None:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        D.Wishart(T(3.0), torch.eye(2)).sample()
    assert any("Singular sample detected." in str(w.message) for w in caught)
