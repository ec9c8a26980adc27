"""The less common activations: one elementwise operator each, its derivative beside it.

Every `*_backward` is an operator of its own, so that second derivatives exist.
"""

from __future__ import annotations

import numpy as np

from ..ir.graph import Op
from .elementwise import sigmoid, tanh, where
from .family import elementwise, wide
from .joining import cat
from .nn_activation import flat, only_floating
from .slicing import slice_


def _unit(name: str, function, vjp, attrs=(), kernel: str | None = None, grad_name=None):
    return elementwise(
        name,
        function,
        names=("x",),
        attrs=attrs,
        vjp=vjp,
        prepare=only_floating(kernel or f"{name}_cpu"),
        grad_name=grad_name,
    )


def _s(x: np.ndarray, number: float):
    return x.dtype.type(number)


def _leaky(x, slope):
    return np.where(x > 0, x, x * _s(x, slope))


leaky_relu_backward = elementwise(
    "leaky_relu_backward",
    lambda dy, x, slope: np.where(x > 0, dy, dy * _s(dy, slope)),
    names=("dy", "x"),
    attrs=("slope",),
    vjp=(lambda g, x, slope: leaky_relu_backward(g, x, slope), flat),
)
leaky_relu = _unit(
    "leaky_relu",
    _leaky,
    lambda g, x, slope: leaky_relu_backward(g, x, slope),
    ("slope",),
)


def _between(x, low, high):
    return (x > _s(x, low)) & (x < _s(x, high))


inside = elementwise(
    "inside_backward",
    lambda dy, x, low, high: np.where(_between(x, low, high), dy, 0),
    names=("dy", "x"),
    attrs=("low", "high"),
    vjp=(lambda g, x, low, high: inside(g, x, low, high), flat),
)
hardtanh = elementwise(
    "hardtanh",
    lambda x, low, high: np.clip(x, _s(x, low), _s(x, high)),
    names=("x",),
    attrs=("low", "high"),
    vjp=lambda g, x, low, high: inside(g, x, low, high),
)
hardsigmoid = _unit(
    "hardsigmoid",
    lambda x: np.clip(x + _s(x, 3), 0, 6) / _s(x, 6),
    lambda g, x: inside(g, x, -3.0, 3.0) * (1 / 6),
)
hardswish_slope = elementwise(
    "hardswish_slope",
    lambda x: np.where(x < -3, 0, np.where(x <= 3, x / _s(x, 3) + _s(x, 0.5), 1)).astype(x.dtype),
    names=("x",),
    vjp=lambda g, x: inside(g, x, -3.0, 3.0) * (1 / 3),
)
hardswish = _unit(
    "hardswish",
    lambda x: x * np.clip(x + _s(x, 3), 0, 6) / _s(x, 6),
    lambda g, x: g * hardswish_slope(x),
)


def _elu(x, alpha, scale, input_scale):
    low = np.expm1(np.minimum(x, 0) * _s(x, input_scale)) * _s(x, alpha * scale)
    return np.where(x <= 0, low, x * _s(x, scale))


# elu'(x) from x; differentiable again.
elu_slope = elementwise(
    "elu_slope",
    lambda x, alpha, scale, input_scale: np.where(
        x <= 0,
        np.exp(np.minimum(x, 0) * _s(x, input_scale)) * _s(x, alpha * scale * input_scale),
        _s(x, scale),
    ),
    names=("x",),
    attrs=("alpha", "scale", "input_scale"),
    vjp=lambda g, x, out, alpha, scale, input_scale: zero_positive(g * out * input_scale, x),
)
zero_positive = elementwise(
    "zero_positive",
    lambda dy, x: np.where(x <= 0, dy, 0),
    names=("dy", "x"),
    vjp=(lambda g, x: zero_positive(g, x), None),
)
elu = _unit(
    "elu",
    _elu,
    lambda g, x, alpha, scale, input_scale: g * elu_slope(x, alpha, scale, input_scale),
    ("alpha", "scale", "input_scale"),
)
celu = _unit(
    "celu",
    lambda x, alpha: _elu(x, alpha, 1.0, 1.0 / alpha),
    lambda g, x, alpha: g * elu_slope(x, alpha, 1.0, 1.0 / alpha),
    ("alpha",),
    kernel="elu_cpu",
    grad_name="CeluBackward0",
)
SELU_ALPHA, SELU_SCALE = 1.6732632423543772848170429916717, 1.0507009873554804934193349852946
selu = _unit(
    "selu",
    lambda x: _elu(x, SELU_ALPHA, SELU_SCALE, 1.0),
    lambda g, x: g * elu_slope(x, SELU_ALPHA, SELU_SCALE, 1.0),
    kernel="elu_cpu",
    grad_name="EluBackward0",
)


def _softplus(x, beta, threshold):
    scaled = x * _s(x, beta)
    return np.where(scaled > threshold, x, np.logaddexp(scaled, 0) / _s(x, beta))


def _softplus_slope(x, beta, threshold):
    scaled = x * _s(x, beta)
    return np.where(scaled > threshold, 1, 1 / (1 + np.exp(-scaled))).astype(x.dtype)


softplus_slope = elementwise(
    "softplus_slope",
    _softplus_slope,
    names=("x",),
    attrs=("beta", "threshold"),
    vjp=lambda g, out, beta: g * out * (1 - out) * beta,
)
softplus = _unit(
    "softplus",
    _softplus,
    lambda g, x, beta, threshold: g * softplus_slope(x, beta, threshold),
    ("beta", "threshold"),
)
log_sigmoid = _unit(
    "log_sigmoid",
    lambda x: -np.logaddexp(0, -x),
    lambda g, x: g * sigmoid(-x),
    kernel="log_sigmoid_cpu",
    grad_name="LogSigmoidBackward0",
)


def _mish_vjp(g, x):
    t = tanh(softplus(x, 1.0, 20.0))
    return g * (t + x * (1 - t * t) * sigmoid(x))


mish = _unit("mish", lambda x: x * np.tanh(np.logaddexp(x, 0)), _mish_vjp, kernel="mish_cpu")
outside = elementwise(
    "softshrink_backward",
    lambda dy, x, bound: np.where(np.abs(x) <= _s(x, bound), 0, dy),
    names=("dy", "x"),
    attrs=("bound",),
    vjp=(lambda g, x, bound: outside(g, x, bound), flat),
)
softshrink = _unit(
    "softshrink",
    lambda x, bound: np.where(
        x > _s(x, bound),
        x - _s(x, bound),
        np.where(x < _s(x, -bound), x + _s(x, bound), x * 0),
    ),
    lambda g, x, bound: outside(g, x, bound),
    ("bound",),
)
hardshrink = _unit(
    "hardshrink",
    lambda x, bound: np.where(np.abs(x) <= _s(x, bound), 0, x),
    lambda g, x, bound: outside(g, x, bound),
    ("bound",),
)
above = elementwise(
    "above_threshold",
    lambda dy, x, bound: np.where(x <= _s(x, bound), 0, dy),
    names=("dy", "x"),
    attrs=("bound",),
    vjp=(lambda g, x, bound: above(g, x, bound), flat),
)
threshold = elementwise(
    "threshold",
    lambda x, bound, value: np.where(x <= _s(x, bound), _s(x, value), x),
    names=("x",),
    attrs=("bound", "value"),
    vjp=lambda g, x, bound: above(g, x, bound),
)


def _prelu_eval(x, weight, /):
    return np.where(x > 0, x, wide(weight) * wide(x))


# x where positive, else weight * x; the weight has been shaped to broadcast.
prelu = Op(
    "prelu_kernel",
    rule=lambda x, weight: (x.shape, x.dtype),
    eval=_prelu_eval,
    vjp=(
        lambda g, x, weight: where(_POSITIVE(x), g, g * weight),
        lambda g, x: where(_POSITIVE(x), 0.0, g * x),
    ),
    grad_name="PreluKernelBackward0",
)


_POSITIVE = elementwise("positive_mask", lambda x: x > 0, names=("x",), result="bool")


def _glu_eval(x, /, dim):
    a, b = np.split(wide(x), 2, axis=dim)
    return a / (1 + np.exp(-b))


def _glu_backward_eval(dy, x, /, dim):
    dy, x = wide(dy), wide(x)
    a, b = np.split(x, 2, axis=dim)
    s = 1 / (1 + np.exp(-b))
    return np.concatenate([dy * s, dy * a * s * (1 - s)], axis=dim)


glu = Op(
    "glu",
    rule=lambda x, dim: (
        x.shape[:dim] + (x.shape[dim] // 2,) + x.shape[dim + 1 :],
        x.dtype,
    ),
    eval=_glu_eval,
    vjp=lambda g, x, dim: glu_backward(g, x, dim),
)


def _glu_parts(x, dim):
    half = x.shape[dim] // 2
    return slice_(x, dim, 0, half, 1), slice_(x, dim, half, 2 * half, 1)


def _glu_second(g, dy, x, dim):
    """Both arguments' gradients of glu_backward, in operators of the table."""
    a, b = _glu_parts(x, dim)
    ga, gb = _glu_parts(g, dim)
    s = sigmoid(b)
    slope = s * (1 - s)
    to_dy = ga * s + gb * a * slope
    to_a = gb * dy * slope
    to_b = ga * dy * slope + gb * dy * a * slope * (1 - 2 * s)
    return to_dy, cat([to_a, to_b], dim)


glu_backward = Op(
    "glu_backward",
    rule=lambda dy, x, dim: (x.shape, x.dtype),
    eval=_glu_backward_eval,
    vjp=_glu_second,
)
