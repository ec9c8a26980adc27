"""Circular and hyperbolic functions and their inverses."""

from __future__ import annotations

import math

import numpy as np

from .complex_numbers import conj
from .family import binary, elementwise, promote_float, unary
from .powers import rsqrt

sin = unary("sin", np.sin, lambda g, x: g * conj(cos(x)), floating=True)
cos = unary("cos", np.cos, lambda g, x: g * -conj(sin(x)), floating=True)
tan = unary("tan", np.tan, lambda g, out: g * conj(1 + out * out), floating=True)
asin = unary("asin", np.arcsin, lambda g, x: g * conj(rsqrt(1 - x * x)), floating=True)
acos = unary("acos", np.arccos, lambda g, x: g * -conj(rsqrt(1 - x * x)), floating=True)
atan = unary("atan", np.arctan, lambda g, x: g / conj(x * x + 1), floating=True)
sinh = unary("sinh", np.sinh, lambda g, x: g * conj(cosh(x)), floating=True)
cosh = unary("cosh", np.cosh, lambda g, x: g * conj(sinh(x)), floating=True)
tanh = unary("tanh", np.tanh, lambda g, out: tanh_backward(g, out), floating=True)
# One operator, so that 16-bit floats round once.
tanh_backward = elementwise(
    "tanh_backward",
    lambda grad, y: grad * np.conj(1 - y * y),
    names=("grad", "y"),
    vjp=(
        lambda g, y: g * (1 - y * y),
        lambda g, grad, y: conj(g) * grad * conj(y * -2),
    ),
)
asinh = unary(
    "asinh", np.arcsinh, lambda g, x: g * conj(rsqrt(x * x + 1)), floating=True, kernel="asinh_cpu"
)


def _d_acosh(g, x):
    if x.dtype.is_complex:
        return g * conj(rsqrt(x + 1) * rsqrt(x - 1))
    return g * rsqrt(x * x - 1)


acosh = unary("acosh", np.arccosh, _d_acosh, floating=True, kernel="acosh_cpu")
atanh = unary(
    "atanh", np.arctanh, lambda g, x: g / conj(1 - x * x), floating=True, kernel="atanh_cpu"
)
atan2 = binary(
    "atan2",
    np.arctan2,
    (lambda g, a, b: g * b / (a * a + b * b), lambda g, a, b: g * -a / (a * a + b * b)),
    floating=True,
    supports="f",
)


def _real_float(name: str):
    """`prepare` that makes integers floats and refuses complex numbers."""

    def prepare(inputs, attrs):
        if inputs[0].dtype.is_complex:
            raise RuntimeError(f"{name} is not supported for complex tensors.")
        return promote_float(inputs, attrs)

    return prepare


deg2rad = unary(
    "deg2rad",
    lambda x: x * x.dtype.type(math.pi / 180),
    lambda g: deg2rad(g),
    prepare=_real_float("deg2rad"),
    grad_name="Deg2RadBackward0",
)
rad2deg = unary(
    "rad2deg",
    lambda x: x * x.dtype.type(180 / math.pi),
    lambda g: rad2deg(g),
    prepare=_real_float("rad2deg"),
    grad_name="Rad2DegBackward0",
)
