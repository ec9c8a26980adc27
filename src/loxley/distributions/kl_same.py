"""Divergences within one family. Each function is KL(p || q) of the closed form."""

from __future__ import annotations

import math
from typing import Any

from ..autograd import grad
from ..linalg import solve_triangular
from ..nn.functional import softplus
from ..tensor import Tensor, digamma, lgamma, where
from .bernoulli import Bernoulli
from .beta import Beta
from .binomial import Binomial
from .categorical import Categorical
from .cauchy import Cauchy
from .continuous_bernoulli import ContinuousBernoulli
from .dirichlet import Dirichlet
from .exp_family import ExponentialFamily
from .exponential import Exponential
from .gamma import Gamma
from .geometric import Geometric
from .gumbel import Gumbel
from .half_normal import HalfNormal
from .independent import Independent
from .kl import kl_divergence, register_kl
from .laplace import Laplace
from .lowrank_multivariate_normal import (
    LowRankMultivariateNormal,
    _batch_lowrank_logdet,
    _batch_lowrank_mahalanobis,
)
from .multivariate_normal import MultivariateNormal, _batch_mahalanobis, _log_diagonal
from .normal import Normal
from .one_hot_categorical import OneHotCategorical
from .pareto import Pareto
from .poisson import Poisson
from .transformed_distribution import TransformedDistribution
from .uniform import Uniform
from .utils import _sum_rightmost, euler_constant

# Discrete


@register_kl(Bernoulli, Bernoulli)
def _bernoulli(p: Bernoulli, q: Bernoulli) -> Tensor:
    one = p.probs * (softplus(-q.logits) - softplus(-p.logits))
    one = one.masked_fill(q.probs == 0, math.inf).masked_fill(p.probs == 0, 0)
    zero = (1 - p.probs) * (softplus(q.logits) - softplus(p.logits))
    zero = zero.masked_fill(q.probs == 1, math.inf).masked_fill(p.probs == 1, 0)
    return one + zero


@register_kl(Binomial, Binomial)
def _binomial(p: Binomial, q: Binomial) -> Tensor:
    if (p.total_count < q.total_count).any():
        raise NotImplementedError(
            "KL between Binomials where q.total_count > p.total_count is not implemented"
        )
    of_one = p.probs * (p.logits - q.logits) + (-p.probs).log1p() - (-q.probs).log1p()
    return where(p.total_count > q.total_count, math.inf, p.total_count * of_one)


@register_kl(Categorical, Categorical)
def _categorical(p: Categorical, q: Categorical) -> Tensor:
    terms = p.probs * (p.logits - q.logits)
    terms = terms.masked_fill((q.probs == 0).expand_as(terms), math.inf)
    return terms.masked_fill((p.probs == 0).expand_as(terms), 0).sum(-1)


@register_kl(OneHotCategorical, OneHotCategorical)
def _one_hot(p: OneHotCategorical, q: OneHotCategorical) -> Tensor:
    return _categorical(p._categorical, q._categorical)


@register_kl(Geometric, Geometric)
def _geometric(p: Geometric, q: Geometric) -> Tensor:
    return -p.entropy() - (-q.probs).log1p() / p.probs - q.logits


@register_kl(Poisson, Poisson)
def _poisson(p: Poisson, q: Poisson) -> Tensor:
    return p.rate * (p.rate.log() - q.rate.log()) - (p.rate - q.rate)


# Exponential families


@register_kl(ExponentialFamily, ExponentialFamily)
def _family(p: ExponentialFamily, q: ExponentialFamily) -> Tensor:
    """The Bregman divergence of the log normalizer."""
    if type(p) is not type(q):
        raise NotImplementedError(
            "The cross KL-divergence between different exponential families cannot"
            + " " * 29
            + "be computed using Bregman divergences"
        )
    params = [x.detach().requires_grad_() for x in p._natural_params]
    normalizer = p._log_normalizer(*params)
    gradients = grad(normalizer.sum(), params, create_graph=True)
    result = q._log_normalizer(*q._natural_params) - normalizer
    for mine, theirs, gradient in zip(params, q._natural_params, gradients):
        result = result - _sum_rightmost((theirs - mine) * gradient, len(q.event_shape))
    return result


@register_kl(Beta, Beta)
def _beta(p: Beta, q: Beta) -> Tensor:
    total_p, total_q = (d.concentration1 + d.concentration0 for d in (p, q))
    norm_p = p.concentration1.lgamma() + p.concentration0.lgamma() + total_q.lgamma()
    norm_q = q.concentration1.lgamma() + q.concentration0.lgamma() + total_p.lgamma()
    ones = (p.concentration1 - q.concentration1) * digamma(p.concentration1)
    zeros = (p.concentration0 - q.concentration0) * digamma(p.concentration0)
    return norm_q - norm_p + ones + zeros + (total_q - total_p) * digamma(total_p)


@register_kl(Dirichlet, Dirichlet)
def _dirichlet(p: Dirichlet, q: Dirichlet) -> Tensor:
    a, b = p.concentration, q.concentration
    total = a.sum(-1)
    normalizers = total.lgamma() - b.sum(-1).lgamma() - (a.lgamma() - b.lgamma()).sum(-1)
    return normalizers + ((a - b) * (a.digamma() - total.digamma().unsqueeze(-1))).sum(-1)


@register_kl(ContinuousBernoulli, ContinuousBernoulli)
def _continuous_bernoulli(p: ContinuousBernoulli, q: ContinuousBernoulli) -> Tensor:
    mean = p.mean * (p.logits - q.logits)
    constants = p._cont_bern_log_norm() + (-p.probs).log1p()
    return mean + constants - q._cont_bern_log_norm() - (-q.probs).log1p()


@register_kl(Exponential, Exponential)
def _exponential(p: Exponential, q: Exponential) -> Tensor:
    ratio = q.rate / p.rate
    return -ratio.log() + ratio - 1


@register_kl(Gamma, Gamma)
def _gamma(p: Gamma, q: Gamma) -> Tensor:
    a, b = p.concentration, q.concentration
    scale = b * (p.rate / q.rate).log()
    shape = lgamma(b) - lgamma(a) + (a - b) * digamma(a)
    return scale + shape + (q.rate - p.rate) * (a / p.rate)


# On the line


@register_kl(Normal, Normal)
def _normal(p: Normal, q: Normal) -> Tensor:
    ratio = (p.scale / q.scale).pow(2)
    distance = ((p.loc - q.loc) / q.scale).pow(2)
    return 0.5 * (ratio + distance - 1 - ratio.log())


@register_kl(HalfNormal, HalfNormal)
def _half_normal(p: HalfNormal, q: HalfNormal) -> Tensor:
    return _normal(p.base_dist, q.base_dist)


@register_kl(Gumbel, Gumbel)
def _gumbel(p: Gumbel, q: Gumbel) -> Tensor:
    scale, loc_q, loc_p = p.scale / q.scale, q.loc / q.scale, p.loc / q.scale
    exponent = loc_q - loc_p + (1 + scale).lgamma()
    return (
        -scale.log()
        - loc_q
        + loc_p
        + exponent.exp()
        + scale * euler_constant
        - (1 + euler_constant)
    )


@register_kl(Laplace, Laplace)
def _laplace(p: Laplace, q: Laplace) -> Tensor:
    scale, distance = p.scale / q.scale, (p.loc - q.loc).abs()
    return -scale.log() + distance / q.scale + scale * (-distance / p.scale).exp() - 1


@register_kl(Cauchy, Cauchy)
def _cauchy(p: Cauchy, q: Cauchy) -> Tensor:
    """F. Chyzak, F. Nielsen, "A closed-form formula for the KL divergence between Cauchy
    distributions", 2019."""
    apart = (p.scale + q.scale).pow(2) + (p.loc - q.loc).pow(2)
    return apart.log() - (4 * p.scale * q.scale).log()


@register_kl(Pareto, Pareto)
def _pareto(p: Pareto, q: Pareto) -> Tensor:
    scale, alpha = p.scale / q.scale, q.alpha / p.alpha
    result = q.alpha * scale.log() - alpha.log() + alpha - 1
    return result.masked_fill(p.support.lower_bound < q.support.lower_bound, math.inf)


@register_kl(Uniform, Uniform)
def _uniform(p: Uniform, q: Uniform) -> Tensor:
    result = ((q.high - q.low) / (p.high - p.low)).log()
    return result.masked_fill((q.low > p.low) | (q.high < p.high), math.inf)


# Vectors


def _squares(matrix: Tensor) -> Tensor:
    """The trace of A A^T."""
    return matrix.pow(2).sum((-2, -1))


def _event_checked(p: Any, q: Any, told: str) -> int:
    if p.event_shape != q.event_shape:
        raise ValueError(
            f"KL-divergence between two {told} with"
            + " " * 26
            + "different event shapes cannot be computed"
        )
    return p.event_shape[0]


_TWO_LOW = "Low Rank Multivariate Normals"
_MIXED = "(Low Rank) Multivariate Normals"


@register_kl(MultivariateNormal, MultivariateNormal)
def _multivariate(p: MultivariateNormal, q: MultivariateNormal) -> Tensor:
    n = _event_checked(p, q, "Multivariate Normals")
    mine, theirs = p._unbroadcasted_scale_tril, q._unbroadcasted_scale_tril
    trace = _squares(solve_triangular(theirs, mine, upper=False))
    distance = _batch_mahalanobis(theirs, q.loc - p.loc)
    return _log_diagonal(theirs) - _log_diagonal(mine) + 0.5 * (trace + distance - n)


@register_kl(LowRankMultivariateNormal, MultivariateNormal)
def _lowrank_full(p: LowRankMultivariateNormal, q: MultivariateNormal) -> Tensor:
    n = _event_checked(p, q, _MIXED)
    w, d = p._parts()
    tril = q._unbroadcasted_scale_tril
    logs = 2 * _log_diagonal(tril) - _batch_lowrank_logdet(w, d, p._capacitance_tril)
    distance = _batch_mahalanobis(tril, q.loc - p.loc)
    trace = _squares(solve_triangular(tril, w, upper=False))
    trace = trace + _squares(solve_triangular(tril, d.sqrt().diag_embed(), upper=False))
    return 0.5 * (logs + trace + distance - n)


def _trace_in_lowrank(q: LowRankMultivariateNormal, factors: list[Tensor]) -> Tensor:
    """The trace of (W W^T + D)^-1 (F F^T + ..), by Woodbury."""
    w, d = q._parts()
    inner = w.mT / d.unsqueeze(-2)
    root = solve_triangular(q._capacitance_tril, inner, upper=False)
    scaled = d.rsqrt().unsqueeze(-1)
    return sum(_squares(f * scaled) - _squares(root @ f) for f in factors)


def _to_lowrank(p: Any, q: LowRankMultivariateNormal, logdet: Tensor, factors: list) -> Tensor:
    w, d = q._parts()
    logs = _batch_lowrank_logdet(w, d, q._capacitance_tril) - logdet
    distance = _batch_lowrank_mahalanobis(w, d, q.loc - p.loc, q._capacitance_tril)
    return 0.5 * (logs + _trace_in_lowrank(q, factors) + distance - p.event_shape[0])


@register_kl(MultivariateNormal, LowRankMultivariateNormal)
def _full_lowrank(p: MultivariateNormal, q: LowRankMultivariateNormal) -> Tensor:
    _event_checked(p, q, _MIXED)
    tril = p._unbroadcasted_scale_tril
    return _to_lowrank(p, q, 2 * _log_diagonal(tril), [tril])


@register_kl(LowRankMultivariateNormal, LowRankMultivariateNormal)
def _lowrank(p: LowRankMultivariateNormal, q: LowRankMultivariateNormal) -> Tensor:
    _event_checked(p, q, _TWO_LOW)
    w, d = p._parts()
    logdet = _batch_lowrank_logdet(w, d, p._capacitance_tril)
    return _to_lowrank(p, q, logdet, [w, d.sqrt().diag_embed()])


# Made of others


@register_kl(TransformedDistribution, TransformedDistribution)
def _transformed(p: TransformedDistribution, q: TransformedDistribution) -> Tensor:
    if p.transforms != q.transforms or p.event_shape != q.event_shape:
        raise NotImplementedError
    return kl_divergence(p.base_dist, q.base_dist)


@register_kl(Independent, Independent)
def _independent(p: Independent, q: Independent) -> Tensor:
    if p.reinterpreted_batch_ndims != q.reinterpreted_batch_ndims:
        raise NotImplementedError
    return _sum_rightmost(kl_divergence(p.base_dist, q.base_dist), p.reinterpreted_batch_ndims)
