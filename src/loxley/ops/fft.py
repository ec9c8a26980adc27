"""Fourier transforms on NumPy's pocketfft: complex, real to complex, complex to real.

`dims` are the transformed dimensions, the halved one last; `scale` multiplies the unnormalized sum;
`forward` is the sign of the exponent.
"""

from __future__ import annotations

import numpy as np

from ..ir.graph import Op, leaf
from ..shapes import Shape
from .complex_numbers import real_part
from .padding import constant_pad_nd
from .slicing import replaced, slice_


def _scaled(x: np.ndarray, scale: float) -> np.ndarray:
    return x if scale == 1 else x * x.real.dtype.type(scale)


def _transform(x: np.ndarray, dims: Shape, forward: bool) -> np.ndarray:
    if not x.size:
        return x
    if forward:
        return np.fft.fftn(x, axes=dims)
    return np.fft.ifftn(x, axes=dims, norm="forward")


c2c = Op(
    "_fft_c2c",
    rule=lambda x, dims, scale, forward: (x.shape, x.dtype),
    eval=lambda x, /, dims, scale, forward: _scaled(_transform(x, dims, forward), scale),
    vjp=lambda g, dims, scale, forward: c2c(g, dims, scale, not forward),
    grad_name="FftC2CBackward0",
)


def _r2c_rule(x, dims, scale, onesided):
    last = dims[-1]
    size = x.shape[last] // 2 + 1 if onesided else x.shape[last]
    return replaced(x.shape, last, size), x.dtype.to_complex()


def _r2c_eval(x, /, dims, scale, onesided):
    if not x.size:
        kind = np.complex128 if x.dtype == np.float64 else np.complex64
        last = dims[-1]
        size = x.shape[last] // 2 + 1 if onesided else x.shape[last]
        return np.zeros(replaced(x.shape, last, size), kind)
    return _scaled((np.fft.rfftn if onesided else np.fft.fftn)(x, axes=dims), scale)


def _r2c_vjp(g, x_shape, dims, scale, onesided):
    last = dims[-1]
    missing = x_shape[last] - g.shape[last]
    if onesided and missing:
        behind = len(x_shape) - 1 - last
        g = constant_pad_nd(g, (0, 0) * behind + (0, missing), 0)
    return real_part(c2c(g, dims, scale, False))


# Real to complex; `onesided` keeps the half of the last dimension that tells all.
r2c = Op(
    "_fft_r2c",
    rule=_r2c_rule,
    eval=_r2c_eval,
    vjp=_r2c_vjp,
    grad_name="FftR2CBackward0",
)


def _c2r_eval(x, /, dims, scale, size):
    last = dims[-1]
    if not x.size:
        return np.zeros(replaced(x.shape, last, size), x.real.dtype)
    if len(dims) > 1:
        x = _transform(x, dims[:-1], False)
    return _scaled(np.fft.irfft(x, size, last, norm="forward"), scale)


def _c2r_vjp(g, x_shape, dims, scale, size):
    made = r2c(g, dims, scale, True)
    last, half = dims[-1], x_shape[dims[-1]]
    weights = np.ones(half, g.dtype.numpy)
    weights[1 : 1 + size - half] = 2  # these stand for their mirror images too
    weights = weights.reshape((-1,) + (1,) * (len(x_shape) - 1 - last))
    return made * leaf(weights, g.dtype)


# Complex to real: the last dimension holds half of a spectrum of `size`.
c2r = Op(
    "_fft_c2r",
    rule=lambda x, dims, scale, size: (replaced(x.shape, dims[-1], size), x.dtype.to_real()),
    eval=_c2r_eval,
    vjp=_c2r_vjp,
    grad_name="FftC2RBackward0",
)


def resized(x, dim: int, size: int):
    """x cut, or filled with zeros, to `size` along a dimension."""
    have = x.shape[dim]
    if size < have:
        return slice_(x, dim, 0, size, 1)
    if size == have:
        return x
    return constant_pad_nd(x, (0, 0) * (len(x.shape) - 1 - dim) + (0, size - have), 0)
