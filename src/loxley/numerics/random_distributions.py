"""Exponential, Cauchy, log-normal, geometric, Poisson, binomial, gamma and Dirichlet variates.

In go a `MersenneTwister` and parameters; out come arrays drawn as PyTorch's CPU kernels draw them,
in float64 from 53-bit uniforms, cast to the result's dtype at the end.  Samplers that reject draw
one by one, in C order.

Sources: L. Devroye, "Non-Uniform Random Variate Generation", 1986 (inversion; Poisson below 10);
W. Hoermann, Insurance: Math. and Econ. 12(1), 1993 (Poisson, PTRS) and J. Stat. Comput. Simul.
46(1-2), 1993 (binomial, BTRS); G. Marsaglia, W. Tsang, ACM TOMS 26(3), 2000 (gamma).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import ceil, cos, exp, floor, inf, lgamma, log, log1p, nan, pi, prod, sin, sqrt

import numpy as np

from .mersenne import DoubleStream, MersenneTwister
from .random import cast, uniform_doubles
from .random_normal import paired

_BOX = 0.07  # in this part of the square, transformed rejection accepts by a comparison alone
_THIRD = float(np.float32(1) / np.float32(3))  # PyTorch's constants are single precision here
_SQUEEZE = float(np.float32(0.0331))
# log(k!) minus Stirling's approximation, k = 0 .. 9
_STIRLING_TAIL = (
    0.0810614667953272, 0.0413406959554092, 0.0276779256849983, 0.02079067210376509,
    0.0166446911898211, 0.0138761288230707, 0.0118967099458917, 0.0104112652619720,
    0.00925546218271273, 0.00833056343336287,
)  # fmt: skip


# By inversion: one 64-bit draw each


def exponential(
    gen: MersenneTwister, shape: Sequence[int], dtype: np.dtype, rate: float = 1.0
) -> np.ndarray:
    """Exponential variates of mean 1 / rate, as `Tensor.exponential_`."""
    values = uniform_doubles(gen, prod(shape))
    np.negative(values, out=values)
    np.log1p(values, out=values)
    values *= np.float64(-1.0) / np.float64(rate)
    return cast(values, np.dtype(dtype)).reshape(shape)


def cauchy(
    gen: MersenneTwister,
    shape: Sequence[int],
    dtype: np.dtype,
    median: float = 0.0,
    sigma: float = 1.0,
) -> np.ndarray:
    """Cauchy variates, as `Tensor.cauchy_`."""
    values = uniform_doubles(gen, prod(shape))
    values -= 0.5
    values *= pi
    np.tan(values, out=values)
    values *= sigma
    values += median
    with np.errstate(over="ignore"):
        return cast(values, np.dtype(dtype)).reshape(shape)


def geometric(gen: MersenneTwister, shape: Sequence[int], dtype: np.dtype, p: float) -> np.ndarray:
    """How many trials of probability p until the first success, as `Tensor.geometric_`."""
    values = uniform_doubles(gen, prod(shape))
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        np.log(values, out=values)
        values /= log1p(-p)
        np.ceil(values, out=values)
        return cast(values, np.dtype(dtype)).reshape(shape)


def log_normal(
    gen: MersenneTwister,
    shape: Sequence[int],
    dtype: np.dtype,
    mean: float = 1.0,
    std: float = 2.0,
) -> np.ndarray:
    """exp of normal variates (drawn in pairs), as `Tensor.log_normal_`."""
    with np.errstate(over="ignore"):
        values = np.exp(paired(gen, prod(shape), mean, std))
        return cast(values, np.dtype(dtype)).reshape(shape)


# By rejection


def poisson(gen: MersenneTwister, rate: np.ndarray) -> np.ndarray:
    """Poisson variates of the given rates, in their dtype, as `torch.poisson`.

    RuntimeError for a negative rate or NaN.
    """
    if not (rate >= 0).all():
        raise RuntimeError("invalid Poisson rate, expected rate to be non-negative")
    with gen.doubles() as uniform:
        values = [_poisson(uniform, value) for value in rate.reshape(-1).tolist()]
    return cast(np.array(values, np.float64), rate.dtype).reshape(rate.shape)


def _poisson(uniform: DoubleStream, rate: float) -> int:
    if rate >= 10:
        return _poisson_large(uniform, rate)
    if rate == 0:
        return 0
    limit, count, product = exp(-rate), 0, uniform()
    while product > limit:
        product *= uniform()
        count += 1
    return count


def _poisson_large(uniform: DoubleStream, rate: float) -> int:
    """Hoermann's PTRS."""
    spread = sqrt(rate)
    b = 0.931 + 2.53 * spread
    a = -0.059 + 0.02483 * b
    scale = 1.1239 + 1.1328 / (b - 3.4)
    accept = 0.9277 - 3.6224 / (b - 2)
    while True:
        u, v = uniform() - 0.5, uniform()
        us = 0.5 - abs(u)
        if us == 0:  # C's infinity: out of range
            continue
        k = floor((2 * a / us + b) * u + rate + 0.43)
        if us >= _BOX and v <= accept:
            return k
        if k < 0 or (us < 0.013 and v > us):
            continue
        height = log(v) + log(scale) - log(a / (us * us) + b) if v else -inf
        if height <= -rate + k * log(rate) - lgamma(k + 1):
            return k


def binomial(gen: MersenneTwister, count: np.ndarray, prob: np.ndarray) -> np.ndarray:
    """Binomial variates, element by element, in the arguments' dtype, as `torch.binomial`.

    The two are broadcast; NaN where `prob` is NaN.
    """
    count, prob = np.broadcast_arrays(count, prob)
    single = count.dtype == np.float32
    with gen.doubles() as uniform:
        values = [
            _binomial(uniform, n, p, _to_float32 if single else float)
            for n, p in zip(count.reshape(-1).tolist(), prob.reshape(-1).tolist())
        ]
    return np.array(values, np.float64).astype(count.dtype).reshape(count.shape)


def _to_float32(value: float) -> float:
    return float(np.float32(value))


def _binomial(
    uniform: DoubleStream, count: float, prob: float, to: Callable[[float], float]
) -> float:
    """One variate; `to` rounds to the arguments' precision, in which PyTorch takes some steps."""
    if count <= 0 or prob <= 0:
        return 0.0
    if prob >= 1:
        return count
    if prob <= 0.5:
        return _successes(uniform, count, prob, to)
    if prob > 0.5:
        return count - _successes(uniform, count, to(1.0 - prob), to)
    return nan


def _successes(
    uniform: DoubleStream, count: float, prob: float, to: Callable[[float], float]
) -> float:
    if to(count * prob) >= 10:
        return _binomial_large(uniform, count, prob, to)
    log_failure = to(log1p(-prob))
    total, successes = 0.0, 0.0
    while True:
        u = uniform()
        total += ceil(log(u) / log_failure) if u else inf
        if total > count:
            return successes
        successes += 1


def _binomial_large(
    uniform: DoubleStream, n: float, p: float, to: Callable[[float], float]
) -> float:
    """Hoermann's BTRS."""
    mean, failure = to(n * p), to(1 - p)
    spread = to(sqrt(to(mean * failure)))
    b = 1.15 + 2.53 * spread
    a = -0.0873 + 0.0248 * b + 0.01 * p
    accept = 0.92 - 4.2 / b
    ratio = to(p / failure)
    alpha = (2.83 + 5.1 / b) * spread
    mode = float(floor(to((n + 1) * p)))
    while True:
        u, v = uniform() - 0.5, uniform()
        us = 0.5 - abs(u)
        if us == 0:  # C's infinity: out of range
            continue
        k = float(floor((2 * a / us + b) * u + mean + 0.5))
        if k < 0 or k > n:
            continue
        if us >= _BOX and v <= accept:
            return k
        height = log(v * alpha / (a / (us * us) + b)) if v else -inf
        bound = (mode + 0.5) * log((mode + 1) / (ratio * (n - mode + 1)))
        bound += (n + 1) * log((n - mode + 1) / (n - k + 1))
        bound += (k + 0.5) * log(ratio * (n - k + 1) / (k + 1))
        bound += _stirling_tail(mode) + _stirling_tail(n - mode)
        bound -= _stirling_tail(k) + _stirling_tail(n - k)
        if height <= bound:
            return k


def _stirling_tail(k: float) -> float:
    if k < len(_STIRLING_TAIL):
        return _STIRLING_TAIL[int(k)]
    square = (k + 1) * (k + 1)
    return (1 / 12 - (1 / 360 - 1 / 1260 / square) / square) / (k + 1)


def standard_gamma(gen: MersenneTwister, alpha: np.ndarray) -> np.ndarray:
    """Gamma variates of shape `alpha` and scale 1, in its dtype, as `torch._standard_gamma`."""
    single = alpha.dtype == np.float32
    values = _gammas(gen, alpha.reshape(-1).tolist(), _to_float32 if single else float)
    out = np.array(values, np.float64).astype(alpha.dtype).reshape(alpha.shape)
    return np.maximum(out, np.finfo(alpha.dtype).tiny)


def _gammas(
    gen: MersenneTwister, alphas: Sequence[float], to: Callable[[float], float]
) -> list[float]:
    """Gamma variates one by one; `to` rounds to the precision of the alphas."""
    with gen.doubles() as uniform:
        return [_gamma(gen, uniform, alpha, to) for alpha in alphas]


def _gamma(
    gen: MersenneTwister, uniform: DoubleStream, alpha: float, to: Callable[[float], float]
) -> float:
    """One variate, by Marsaglia and Tsang's rejection."""
    scale = 1.0
    if alpha < 1:
        if alpha == 0:
            return 0.0
        scale = (1 - uniform()) ** to(1 / alpha)
        alpha = to(alpha + 1)
    d = to(alpha - _THIRD)
    c = 1 / sqrt(9 * d)
    while True:
        y = 0.0
        while y <= 0:
            x = _normal(gen, uniform)
            y = 1 + c * x
        v, u, xx = y * y * y, 1 - uniform(), x * x
        if u < 1 - _SQUEEZE * xx * xx or log(u) < 0.5 * xx + d * (1 - v + log(v)):
            return scale * d * v


def _normal(gen: MersenneTwister, uniform: DoubleStream) -> float:
    """One normal in float64, the stored one if there is one: `random_normal.paired` for one."""
    kept, gen.next_normal = gen.next_normal, None
    if kept is not None:
        return kept
    theta, radius = 2.0 * pi * uniform(), sqrt(-2.0 * log1p(-uniform()))
    gen.next_normal = radius * sin(theta)
    return radius * cos(theta)


def dirichlet(gen: MersenneTwister, alpha: np.ndarray) -> np.ndarray:
    """Dirichlet variates along the last axis, in alpha's dtype, as `torch._sample_dirichlet`."""
    gammas = np.array(_gammas(gen, alpha.reshape(-1).tolist(), float)).reshape(alpha.shape)
    gammas = np.maximum(gammas, np.finfo(np.float64).tiny)
    shares = (gammas / gammas.sum(-1, keepdims=True)).astype(alpha.dtype)
    below_one = np.nextafter(alpha.dtype.type(1), alpha.dtype.type(0))
    return np.clip(shares, np.finfo(alpha.dtype).tiny, below_one)
