"""Divergences between different families: -entropy(p) - E_p[log q(x)].

Infinite where p puts mass outside the support of q.
"""

from __future__ import annotations

import math
from typing import Any

from ..tensor import Tensor, full_like, where
from .bernoulli import Bernoulli
from .beta import Beta
from .binomial import Binomial
from .continuous_bernoulli import ContinuousBernoulli
from .distribution import Distribution
from .exponential import Exponential
from .gamma import Gamma
from .gumbel import Gumbel
from .kl import register_kl
from .laplace import Laplace
from .normal import Normal
from .pareto import Pareto
from .poisson import Poisson
from .uniform import Uniform
from .utils import euler_constant

_LOG_ROOT_2PI = 0.5 * math.log(2 * math.pi)


def _infinite_like(x: Tensor) -> Tensor:
    return full_like(x, math.inf)


def _infinite(name: str) -> Any:
    """KL(p || q) = inf of the shape of a parameter of p."""
    return lambda p, q: _infinite_like(getattr(p, name))


# Mass outside of q's support, whatever the parameters.
_NEVER: dict[tuple[type[Distribution], str], tuple[type[Distribution], ...]] = {
    (Beta, "concentration1"): (Pareto,),
    (ContinuousBernoulli, "probs"): (Pareto,),
    (Exponential, "rate"): (Uniform, Pareto, ContinuousBernoulli, Beta),
    (Gamma, "concentration"): (Uniform, Pareto, ContinuousBernoulli, Beta),
    (Gumbel, "loc"): (Uniform, Pareto, Gamma, Exponential, ContinuousBernoulli, Beta),
    (Laplace, "loc"): (Uniform, Pareto, Gamma, Exponential, ContinuousBernoulli, Beta),
    (Normal, "loc"): (Uniform, Pareto, Gamma, Exponential, ContinuousBernoulli, Beta),
    (Pareto, "scale"): (Uniform, ContinuousBernoulli, Beta),
    (Poisson, "rate"): (Binomial, Bernoulli),
}
for (_p, _name), _others in _NEVER.items():
    for _q in _others:
        register_kl(_p, _q)(_infinite(_name))


def _to_normal(p: Distribution, q: Normal) -> Tensor:
    """-entropy(p) + log(scale sqrt(2 pi)) + E[(x - loc)^2] / (2 scale^2)."""
    spread = p.variance + (p.mean - q.loc).pow(2)
    return -p.entropy() + q.scale.log() + _LOG_ROOT_2PI + 0.5 * spread / q.scale.pow(2)


for _p in (Beta, Exponential, Gamma, Gumbel, Laplace, Uniform):
    register_kl(_p, Normal)(_to_normal)


@register_kl(ContinuousBernoulli, Normal)
def _continuous_bernoulli_normal(p: ContinuousBernoulli, q: Normal) -> Tensor:
    return _to_normal(p, q)


@register_kl(Pareto, Normal)
def _pareto_normal(p: Pareto, q: Normal) -> Tensor:
    return where(p.alpha <= 2, math.inf, _to_normal(p, q))


def _to_exponential(p: Distribution, q: Exponential) -> Tensor:
    """-entropy(p) - log rate + rate E[x]."""
    return -p.entropy() - q.rate.log() + q.rate * p.mean


for _p in (Beta, Gamma, ContinuousBernoulli):
    register_kl(_p, Exponential)(_to_exponential)


@register_kl(Pareto, Exponential)
def _pareto_exponential(p: Pareto, q: Exponential) -> Tensor:
    return where(p.alpha <= 1, math.inf, _to_exponential(p, q))


@register_kl(Uniform, Exponential)
def _uniform_exponential(p: Uniform, q: Exponential) -> Tensor:
    return where(p.low < 0, math.inf, _to_exponential(p, q))


def _to_gamma(p: Distribution, q: Gamma, mean_log: Tensor) -> Tensor:
    """`mean_log` is E_p[log x]."""
    a = q.concentration
    normalizer = a.lgamma() - a * q.rate.log()
    return -p.entropy() + normalizer - (a - 1) * mean_log + q.rate * p.mean


@register_kl(Beta, Gamma)
def _beta_gamma(p: Beta, q: Gamma) -> Tensor:
    total = p.concentration1 + p.concentration0
    return _to_gamma(p, q, p.concentration1.digamma() - total.digamma())


@register_kl(Exponential, Gamma)
def _exponential_gamma(p: Exponential, q: Gamma) -> Tensor:
    return _to_gamma(p, q, -euler_constant - p.rate.log())


@register_kl(Pareto, Gamma)
def _pareto_gamma(p: Pareto, q: Gamma) -> Tensor:
    finite = _to_gamma(p, q, p.scale.log() + p.alpha.reciprocal())
    return where(p.alpha <= 1, math.inf, finite)


@register_kl(Uniform, Gamma)
def _uniform_gamma(p: Uniform, q: Gamma) -> Tensor:
    finite = _to_gamma(p, q, _uniform_mean_log(p.low, p.high))
    return where(p.low < 0, math.inf, finite)


def _x_log_x(x: Tensor) -> Tensor:
    return x.xlogy(x)


def _uniform_mean_log(low: Tensor, high: Tensor) -> Tensor:
    """The mean of log x between two numbers."""
    return (_x_log_x(high) - _x_log_x(low)) / (high - low) - 1


def _to_gumbel(p: Distribution, q: Gumbel, mean_exp: Tensor) -> Tensor:
    """`mean_exp` is E_p[exp(-x / scale)]."""
    height = (p.mean - q.loc) / q.scale + (q.loc / q.scale).exp() * mean_exp
    return -p.entropy() + q.scale.log() + height


@register_kl(Exponential, Gumbel)
def _exponential_gumbel(p: Exponential, q: Gumbel) -> Tensor:
    product = p.rate * q.scale
    return _to_gumbel(p, q, product / (product + 1))


@register_kl(Gamma, Gumbel)
def _gamma_gumbel(p: Gamma, q: Gumbel) -> Tensor:
    mean_exp = (1 + (p.rate * q.scale).reciprocal()).pow(-p.concentration)
    return _to_gumbel(p, q, mean_exp)


@register_kl(Normal, Gumbel)
def _normal_gumbel(p: Normal, q: Gumbel) -> Tensor:
    ratio = p.scale / q.scale
    return _to_gumbel(p, q, (0.5 * ratio.pow(2) - p.loc / q.scale).exp())


@register_kl(Uniform, Gumbel)
def _uniform_gumbel(p: Uniform, q: Gumbel) -> Tensor:
    ends = (-p.low / q.scale).exp() - (-p.high / q.scale).exp()
    return _to_gumbel(p, q, ends * q.scale / (p.high - p.low))


@register_kl(Bernoulli, Poisson)
def _bernoulli_poisson(p: Bernoulli, q: Poisson) -> Tensor:
    return -p.entropy() - (p.probs * q.rate.log() - q.rate)


@register_kl(Normal, Laplace)
def _normal_laplace(p: Normal, q: Laplace) -> Tensor:
    """E|x - loc| of a normal x has a density's and a distribution function's part."""
    away = p.loc - q.loc
    scaled = away / p.scale
    density = math.sqrt(2 / math.pi) * p.scale * (-0.5 * scaled.pow(2)).exp()
    distance = density + away * (scaled / math.sqrt(2)).erf()
    return -p.entropy() + (2 * q.scale).log() + distance / q.scale


@register_kl(Beta, ContinuousBernoulli)
def _beta_continuous_bernoulli(p: Beta, q: ContinuousBernoulli) -> Tensor:
    return -p.entropy() - p.mean * q.logits - (-q.probs).log1p() - q._cont_bern_log_norm()


@register_kl(Uniform, ContinuousBernoulli)
def _uniform_continuous_bernoulli(p: Uniform, q: ContinuousBernoulli) -> Tensor:
    """PyTorch counts the bounds themselves as outside of the support."""
    finite = -p.entropy() - p.mean * q.logits - (-q.probs).log1p() - q._cont_bern_log_norm()
    return where((p.high >= 1) | (p.low <= 0), math.inf, finite)


@register_kl(Uniform, Beta)
def _uniform_beta(p: Uniform, q: Beta) -> Tensor:
    a, b = q.concentration1, q.concentration0
    normalizer = a.lgamma() + b.lgamma() - (a + b).lgamma()
    ones = (a - 1) * _uniform_mean_log(p.low, p.high)
    zeros = (b - 1) * _uniform_mean_log(1 - p.high, 1 - p.low)
    finite = -p.entropy() + normalizer - ones - zeros
    return where((p.high > 1) | (p.low < 0), math.inf, finite)


@register_kl(Beta, Uniform)
def _beta_uniform(p: Beta, q: Uniform) -> Tensor:
    result = -p.entropy() + (q.high - q.low).log()
    return where((q.low > 0) | (q.high < 1), math.inf, result)


@register_kl(ContinuousBernoulli, Uniform)
def _continuous_bernoulli_uniform(p: ContinuousBernoulli, q: Uniform) -> Tensor:
    """PyTorch counts the bounds themselves as outside of the support."""
    result = -p.entropy() + (q.high - q.low).log()
    return where((q.low >= 0) | (q.high <= 1), math.inf, result)


@register_kl(Uniform, Pareto)
def _uniform_pareto(p: Uniform, q: Pareto) -> Tensor:
    tail = (q.alpha + 1) * _uniform_mean_log(p.low, p.high)
    normalizer = (q.alpha * q.scale.pow(q.alpha)).log()
    return where(p.low < q.scale, math.inf, tail - p.entropy() - normalizer)
