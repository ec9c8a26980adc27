"""The activations that cost most in training: gelu and silu with their gradients, in few passes.

In: float32 or float64 arrays (silu also complex).  Out: arrays of the same shape and dtype, or
`out`, which may be one of the inputs.  float32 gelu writes the normal distribution as
Phi(x) = (1 + tanh(x P(x^2))) / 2, absolute error 3e-8, because NumPy's float32 tanh is vectorized;
that is also the accuracy of 1 + erf in float32.
"""

from __future__ import annotations

import math

import numpy as np

from . import special_tables as tables
from .blocks import blocked
from .error_functions import erfc_block
from .series import floating_dtype

_TANH_SCALE = math.sqrt(2 / math.pi)
_TANH_CUBE = 0.044715
_DENSITY = 1 / math.sqrt(2 * math.pi)


def gelu(x: np.ndarray, approximate: str = "none", out: np.ndarray | None = None) -> np.ndarray:
    """x Phi(x), or its tanh form (torch.nn.functional.gelu)."""
    x = np.asarray(x)
    kernel, scratch = _choose(x, approximate, _GELU)
    return blocked(kernel, [x], out, scratch=scratch)


def gelu_backward(
    g: np.ndarray, x: np.ndarray, approximate: str = "none", out: np.ndarray | None = None
) -> np.ndarray:
    """g times the derivative of gelu at x."""
    g, x = np.asarray(g), np.asarray(x)
    kernel, scratch = _choose(x, approximate, _GELU_BACKWARD)
    return blocked(kernel, [g, x], out, scratch=scratch)


def silu(x: np.ndarray, out: np.ndarray | None = None) -> np.ndarray:
    """x sigmoid(x) (torch.nn.functional.silu)."""
    return blocked(_silu, [np.asarray(x)], out, scratch=1)


def silu_backward(g: np.ndarray, x: np.ndarray, out: np.ndarray | None = None) -> np.ndarray:
    """g times the derivative of silu at x."""
    return blocked(_silu_backward, [np.asarray(g), np.asarray(x)], out, scratch=2)


def _choose(x: np.ndarray, approximate: str, kernels: dict) -> tuple:
    dtype = floating_dtype(x)
    if approximate not in ("none", "tanh"):
        raise RuntimeError("approximate argument must be either none or tanh.")
    return kernels[approximate, dtype.itemsize]


def _normal_float32(x: np.ndarray, square: np.ndarray, p: np.ndarray) -> None:
    """p = Phi(x), square = x^2."""
    np.multiply(x, x, out=square)
    c = tables.NORMAL_FLOAT32
    np.multiply(square, np.float32(c[-1]), out=p)
    for k in range(len(c) - 2, 0, -1):
        p += np.float32(c[k])
        p *= square
    p += np.float32(c[0])
    p *= x
    np.tanh(p, out=p)
    p *= np.float32(0.5)
    p += np.float32(0.5)


def _gelu_float32(x: np.ndarray, out: np.ndarray, square: np.ndarray, p: np.ndarray) -> None:
    _normal_float32(x, square, p)
    np.multiply(x, p, out=out)


def _gelu_float64(x: np.ndarray, out: np.ndarray) -> None:
    np.multiply(x, 0.5 * erfc_block(x * -math.sqrt(0.5)), out=out)


def _gelu_backward_float32(
    g: np.ndarray, x: np.ndarray, out: np.ndarray, square: np.ndarray, p: np.ndarray
) -> None:
    _normal_float32(x, square, p)
    _add_density(x, square, p)
    np.multiply(g, p, out=out)


def _gelu_backward_float64(
    g: np.ndarray, x: np.ndarray, out: np.ndarray, square: np.ndarray
) -> None:
    p = 0.5 * erfc_block(x * -math.sqrt(0.5))
    np.multiply(x, x, out=square)
    _add_density(x, square, p)
    np.multiply(g, p, out=out)


def _add_density(x: np.ndarray, square: np.ndarray, p: np.ndarray) -> None:
    """p += x phi(x); square is used up."""
    scalar = square.dtype.type
    square *= scalar(-0.5)
    np.exp(square, out=square)
    square *= scalar(_DENSITY)
    square *= x
    p += square


def _tanh_part(x: np.ndarray, square: np.ndarray, t: np.ndarray) -> None:
    """t = tanh(sqrt(2/pi) (x + 0.044715 x^3)), square = x^2."""
    scalar = x.dtype.type
    np.multiply(x, x, out=square)
    np.multiply(square, scalar(_TANH_SCALE * _TANH_CUBE), out=t)
    t += scalar(_TANH_SCALE)
    t *= x
    np.tanh(t, out=t)


def _gelu_tanh(x: np.ndarray, out: np.ndarray, square: np.ndarray, t: np.ndarray) -> None:
    _tanh_part(x, square, t)
    t *= t.dtype.type(0.5)
    t += t.dtype.type(0.5)
    np.multiply(x, t, out=out)


def _gelu_tanh_backward(
    g: np.ndarray, x: np.ndarray, out: np.ndarray, slope: np.ndarray, t: np.ndarray, s: np.ndarray
) -> None:
    """(1 + t) / 2 + x (1 - t^2) / 2 sqrt(2/pi) (1 + 3 * 0.044715 x^2)."""
    scalar = x.dtype.type
    _tanh_part(x, slope, t)
    slope *= scalar(1.5 * _TANH_SCALE * _TANH_CUBE)
    slope += scalar(0.5 * _TANH_SCALE)
    slope *= x
    np.multiply(t, t, out=s)
    np.subtract(scalar(1), s, out=s)
    slope *= s
    t *= scalar(0.5)
    t += scalar(0.5)
    t += slope
    np.multiply(g, t, out=out)


def _silu(x: np.ndarray, out: np.ndarray, e: np.ndarray) -> None:
    np.negative(x, out=e)
    np.exp(e, out=e)
    e += 1
    np.divide(x, e, out=out)


def _silu_backward(
    g: np.ndarray, x: np.ndarray, out: np.ndarray, s: np.ndarray, t: np.ndarray
) -> None:
    """sigmoid (1 + x (1 - sigmoid))."""
    np.negative(x, out=s)
    np.exp(s, out=s)
    s += 1
    np.reciprocal(s, out=s)
    np.subtract(1, s, out=t)
    t *= x
    t += 1
    t *= s
    np.multiply(g, t, out=out)


# By approximation and item size: kernel, number of scratch buffers.
_GELU = {
    ("none", 4): (_gelu_float32, 2),
    ("none", 8): (_gelu_float64, 0),
    ("tanh", 4): (_gelu_tanh, 2),
    ("tanh", 8): (_gelu_tanh, 2),
}
_GELU_BACKWARD = {
    ("none", 4): (_gelu_backward_float32, 2),
    ("none", 8): (_gelu_backward_float64, 1),
    ("tanh", 4): (_gelu_tanh_backward, 3),
    ("tanh", 8): (_gelu_tanh_backward, 3),
}
