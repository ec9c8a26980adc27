"""relu, gelu and silu: the activations that training spends its time in, with fused derivatives."""

from __future__ import annotations

import numpy as np

from .. import dtypes as dt
from ..numerics import activations
from ..numerics.blocks import blocked
from ..numerics.rows import masked
from .elementwise import exp, tanh
from .extrema import at_least
from .family import elementwise, unary
from .movement import zeros

_SQRT_2_OVER_PI = 0.7978845608028654
_DENSITY = 0.3989422804014327  # 1 / sqrt(2 pi)
_CUBE = 0.044715


def only_floating(kernel: str):
    """`prepare` that refuses integers in PyTorch's words."""

    def prepare(inputs, attrs):
        kind = inputs[0].dtype
        if not kind.is_floating_point:
            raise NotImplementedError(f"\"{kernel}\" not implemented for '{kind.legacy_name}'")
        return inputs

    return prepare


def _relu_prepare(inputs, attrs):
    kind = inputs[0].dtype
    if kind is dt.bool_:
        raise RuntimeError("Boolean inputs not supported for relu")
    if kind.is_complex:
        raise NotImplementedError(f"\"clamp_scalar_cpu\" not implemented for '{kind.legacy_name}'")
    return inputs


def _threshold_backward(g, x, threshold):
    limit = x.dtype.type(threshold)

    def kernel(g, x, out):  # not x > t: where x is NaN the gradient passes, as in PyTorch
        below = np.less_equal(x, limit)
        masked(g, np.logical_not(below, out=below), out)

    return blocked(kernel, [g, x], dtype=g.dtype)


def flat(x_shape, x_dtype):
    """The derivative by x of what only switches at places: zeros, which reach x as in PyTorch."""
    return zeros(x_shape, x_dtype)


# g where x is above the threshold.
threshold_backward = elementwise(
    "threshold_backward",
    _threshold_backward,
    names=("dy", "x"),
    attrs=("threshold",),
    vjp=(lambda g, x, threshold: threshold_backward(g, x, threshold), flat),
    widen=False,
)
relu = unary(
    "relu",
    lambda x: at_least(x, x.dtype.type(0)),
    lambda g, out: threshold_backward(g, out, 0.0),
    prepare=_relu_prepare,
    widen=False,
)


def _gelu_second(g, dy, x, approximate):
    """g dy gelu''(x)."""
    if approximate == "none":
        return g * dy * ((2 - x * x) * exp(x * x * -0.5) * _DENSITY)
    square = x * x
    t = tanh((square * _CUBE + 1) * x * _SQRT_2_OVER_PI)
    slope = (square * (3 * _CUBE) + 1) * _SQRT_2_OVER_PI
    bend = x * (6 * _CUBE * _SQRT_2_OVER_PI)
    return g * dy * (1 - t * t) * (slope + x * bend * 0.5 - x * t * slope * slope)


gelu_backward = elementwise(
    "gelu_backward",
    lambda dy, x, approximate: activations.gelu_backward(dy, x, approximate),
    names=("dy", "x"),
    attrs=("approximate",),
    vjp=(lambda g, x, approximate: gelu_backward(g, x, approximate), _gelu_second),
)
gelu = elementwise(
    "gelu",
    lambda x, approximate: activations.gelu(x, approximate),
    names=("x",),
    attrs=("approximate",),
    vjp=lambda g, x, approximate: gelu_backward(g, x, approximate),
    prepare=only_floating("GeluKernelImpl"),
)


def logistic(x):
    """1 / (1 + exp(-x)) of operators: for derivatives of derivatives."""
    return 1 / (1 + exp(-x))


def _silu_second(g, dy, x):
    s = logistic(x)
    return g * dy * (s * (1 - s) * (2 + x * (1 - 2 * s)))


silu_backward = elementwise(
    "silu_backward",
    activations.silu_backward,
    names=("dy", "x"),
    vjp=(lambda g, x: silu_backward(g, x), _silu_second),
)


def _silu_prepare(inputs, attrs):
    if inputs[0].dtype.is_complex:
        return inputs
    return only_floating("silu_cpu")(inputs, attrs)


silu = unary("silu", activations.silu, lambda g, x: silu_backward(g, x), prepare=_silu_prepare)
