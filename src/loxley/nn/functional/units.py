"""The less common activations with the signatures of `torch.nn.functional`."""

from __future__ import annotations

import math
import warnings
from typing import Any

from ... import dtypes as dt
from ...numeric_limits import finfo
from ...ops import nn_units as ops
from ...shapes import normalize_dim
from ...tensor import Tensor, empty_like, softmax, zeros_like
from ...tensor.api import public
from ...tensor.nn_basic import hardshrink, prelu
from ...tensor.random_of import leaky_slopes

__all__ = [
    "celu",
    "celu_",
    "elu",
    "elu_",
    "glu",
    "gumbel_softmax",
    "hardshrink",
    "hardsigmoid",
    "hardswish",
    "hardtanh",
    "hardtanh_",
    "leaky_relu",
    "leaky_relu_",
    "logsigmoid",
    "mish",
    "prelu",
    "relu6",
    "rrelu",
    "rrelu_",
    "selu",
    "selu_",
    "softmin",
    "softplus",
    "softshrink",
    "softsign",
    "tanhshrink",
    "threshold",
    "threshold_",
]


def _finish(input: Tensor, made: Tensor, inplace: bool) -> Tensor:
    return input._assign(made) if inplace else made


def leaky_relu(input: Tensor, negative_slope: float = 0.01, inplace: bool = False) -> Tensor:
    """x where positive, else negative_slope x. Source: torch.nn.functional.leaky_relu."""
    return _finish(input, ops.leaky_relu(input, float(negative_slope)), inplace)


def leaky_relu_(input: Tensor, negative_slope: float = 0.01) -> Tensor:
    """`leaky_relu` in place."""
    return leaky_relu(input, negative_slope, True)


def hardtanh(
    input: Tensor, min_val: float = -1.0, max_val: float = 1.0, inplace: bool = False
) -> Tensor:
    """x clipped to a range. Source: torch.nn.functional.hardtanh."""
    if min_val > max_val:
        raise ValueError("min_val cannot be greater than max_val")
    if input.dtype is dt.bool_:
        raise RuntimeError("Bool inputs not supported for hardtanh")
    if input.dtype is dt.uint8 and int(min_val) < 0:
        raise RuntimeError("cannot do hardtanh on an unsigned type with negative limits")
    if input.dtype.is_complex:
        raise NotImplementedError("clamp is not supported for complex types")
    return _finish(input, ops.hardtanh(input, min_val, max_val), inplace)


def hardtanh_(input: Tensor, min_val: float = -1.0, max_val: float = 1.0) -> Tensor:
    """`hardtanh` in place."""
    return hardtanh(input, min_val, max_val, True)


def relu6(input: Tensor, inplace: bool = False) -> Tensor:
    """x clipped to 0..6. Source: torch.nn.functional.relu6."""
    return hardtanh(input, 0.0, 6.0, inplace)


def hardsigmoid(input: Tensor, inplace: bool = False) -> Tensor:
    """(x + 3) / 6 clipped to 0..1. Source: torch.nn.functional.hardsigmoid."""
    return _finish(input, ops.hardsigmoid(input), inplace)


def hardswish(input: Tensor, inplace: bool = False) -> Tensor:
    """x times hardsigmoid(x). Source: torch.nn.functional.hardswish."""
    return _finish(input, ops.hardswish(input), inplace)


def elu(input: Tensor, alpha: float = 1.0, inplace: bool = False) -> Tensor:
    """x where positive, else alpha (exp(x) - 1). Source: torch.nn.functional.elu."""
    return _finish(input, ops.elu(input, float(alpha), 1.0, 1.0), inplace)


def elu_(input: Tensor, alpha: float = 1.0) -> Tensor:
    """`elu` in place."""
    return elu(input, alpha, True)


@public(method=False)
def celu(input: Tensor, alpha: float = 1.0, inplace: bool = False) -> Tensor:
    """x where positive, else alpha (exp(x / alpha) - 1). Source: torch.nn.functional.celu."""
    if alpha == 0:
        raise RuntimeError("ZeroDivisionError: alpha cannot be 0 for CELU")
    return _finish(input, ops.celu(input, float(alpha)), inplace)


@public(method=False)
def celu_(input: Tensor, alpha: float = 1.0) -> Tensor:
    """`celu` in place."""
    return celu(input, alpha, True)


@public(method=False)
def selu(input: Tensor, inplace: bool = False) -> Tensor:
    """The self-normalizing `elu`. Source: torch.nn.functional.selu."""
    return _finish(input, ops.selu(input), inplace)


@public(method=False)
def selu_(input: Tensor) -> Tensor:
    """`selu` in place."""
    return selu(input, True)


@public(function=False, method=False, out=True)
def softplus(input: Tensor, beta: float = 1.0, threshold: float = 20.0) -> Tensor:
    """log(1 + exp(beta x)) / beta. Source: torch.nn.functional.softplus."""
    return ops.softplus(input, float(beta), float(threshold))


@public(function=False, method=False, out=True)
def logsigmoid(input: Tensor) -> Tensor:
    """log(sigmoid(x)). Source: torch.nn.functional.logsigmoid."""
    return ops.log_sigmoid(input)


def mish(input: Tensor, inplace: bool = False) -> Tensor:
    """x tanh(softplus(x)). Source: torch.nn.functional.mish."""
    return _finish(input, ops.mish(input), inplace)


@public(function=False, method=False, out=True)
def softshrink(input: Tensor, lambd: float = 0.5) -> Tensor:
    """x moved towards zero by lambd. Source: torch.nn.functional.softshrink."""
    kind = input.dtype
    if not kind.is_floating_point:
        raise NotImplementedError(f"\"softshrink_check\" not implemented for '{kind.legacy_name}'")
    if not 0 <= lambd <= finfo(kind).max:
        raise RuntimeError(
            f"lambda must be in range [0, {finfo(kind).max:g}] for input dtype "
            f"{kind.legacy_name}, but found {lambd:g}"
        )
    return ops.softshrink(input, float(lambd))


def tanhshrink(input: Tensor) -> Tensor:
    """x - tanh(x). Source: torch.nn.functional.tanhshrink."""
    return input - input.tanh()


def softsign(input: Tensor) -> Tensor:
    """x / (1 + |x|). Source: torch.nn.functional.softsign."""
    return input / (input.abs() + 1)


@public(method=False)
def threshold(input: Tensor, threshold: float, value: float, inplace: bool = False) -> Tensor:
    """x above the threshold, `value` elsewhere. Source: torch.nn.functional.threshold."""
    return _finish(input, ops.threshold(input, threshold, value), inplace)


@public(method=False)
def threshold_(input: Tensor, threshold: float, value: float) -> Tensor:
    """`threshold` in place."""
    return _finish(input, ops.threshold(input, threshold, value), True)


@public(method=False)
def rrelu(
    input: Tensor,
    lower: float = 1.0 / 8,
    upper: float = 1.0 / 3,
    training: bool = False,
    inplace: bool = False,
) -> Tensor:
    """`leaky_relu` with slopes drawn at random while training.

    Source: torch.nn.functional.rrelu.
    """
    for side, bound in (("lower", lower), ("upper", upper)):
        if not math.isfinite(bound):
            raise RuntimeError(f"rrelu: {side} bound must be finite, got {bound:g}")
    if lower > upper:
        raise RuntimeError("Lower bound should be less than or equal to the upper bound")
    if not training:
        return leaky_relu(input, (lower + upper) / 2, inplace)
    slopes = leaky_slopes(input, lower, upper)
    return _finish(input, input * slopes, inplace)


@public(method=False)
def rrelu_(
    input: Tensor, lower: float = 1.0 / 8, upper: float = 1.0 / 3, training: bool = False
) -> Tensor:
    """`rrelu` in place."""
    return rrelu(input, lower, upper, training, True)


def glu(input: Tensor, dim: int = -1) -> Tensor:
    """The first half times the sigmoid of the second. Source: torch.nn.functional.glu."""
    if input.ndim == 0:
        raise RuntimeError("glu does not support scalars because halving size must be even")
    d = normalize_dim(dim, input.ndim)
    if input._shape[d] % 2:
        raise RuntimeError(
            f"Halving dimension must be even, but dimension {d} is size {input._shape[d]}"
        )
    return ops.glu(input, d)


def softmin(
    input: Tensor, dim: int | None = None, _stacklevel: int = 3, dtype: Any = None
) -> Tensor:
    """softmax(-x). Source: torch.nn.functional.softmin."""
    return softmax(-input, _implicit_dim("softmin", input.ndim, dim), dtype)


def _implicit_dim(name: str, ndim: int, dim: int | None) -> int:
    if dim is not None:
        return dim
    warnings.warn(
        f"Implicit dimension choice for {name} has been deprecated. Change the call to include "
        "dim=X as an "
        "argument.",
        stacklevel=4,
    )
    return 0 if ndim in (0, 1, 3) else 1


def gumbel_softmax(
    logits: Tensor, tau: float = 1, hard: bool = False, eps: float = 1e-10, dim: int = -1
) -> Tensor:
    """Samples of the Gumbel-softmax distribution, one-hot if `hard`.

    Source: Jang et al., https://arxiv.org/abs/1611.01144; torch.nn.functional.gumbel_softmax.
    """
    gumbels = -empty_like(logits).exponential_().log()
    soft = softmax((logits + gumbels) / tau, dim)
    if not hard:
        return soft
    index = soft.max(dim, keepdim=True)[1]
    one_hot = zeros_like(logits).scatter_(dim, index, 1.0)
    return one_hot - soft.detach() + soft
