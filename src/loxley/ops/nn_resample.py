"""Interpolation of images and volumes, and its adjoint, dimension by dimension."""

from __future__ import annotations

import numpy as np

from ..ir.graph import Op
from ..numerics import resampling
from .family import wide

_BASE = {"linear": "linear", "bilinear": "linear", "trilinear": "linear", "bicubic": "cubic"}


def _along(x: np.ndarray, settings: tuple, dim: int) -> np.ndarray:
    """One dimension interpolated: by its matrix, or tap by tap where numbers are not finite."""
    x = np.moveaxis(x, dim, -1)
    made = np.matmul(x, resampling.matrix(*settings).T)
    if not np.isfinite(made).all():  # zero times infinity in the matrix's many zeros
        made = np.zeros_like(made)
        for places, weights in resampling.taps(*settings):
            made += np.where(places >= 0, x[..., places] * weights, 0)
    return np.moveaxis(made, -1, dim)


def _back_along(dy: np.ndarray, settings: tuple, dim: int) -> np.ndarray:
    """The adjoint of `_along`."""
    dy = np.moveaxis(dy, dim, -1)
    made = np.matmul(dy, resampling.matrix(*settings))
    if not np.isfinite(made).all():
        made = np.zeros_like(made)
        for places, weights in resampling.taps(*settings):
            read = np.flatnonzero(places >= 0)
            np.add.at(made, (..., places[read]), dy[..., read] * weights[read])
    return np.moveaxis(made, -1, dim)


def _settings(shape, sizes, mode, align, scales, antialias, dtype):
    """What tells the matrix of each dimension: (dimension, arguments of `resampling.taps`)."""
    kind = "float64" if dtype == np.float64 else "float32"
    for d, (out, scale) in enumerate(zip(sizes, scales), 2):
        yield d, (_BASE.get(mode, mode), shape[d], out, align, scale, antialias, kind)


def _eval(x, /, sizes, mode, align, scales, antialias):
    if mode.startswith("nearest"):
        for dim, settings in _settings(x.shape, sizes, mode, align, scales, antialias, x.dtype):
            x = np.take(x, resampling.taps(*settings)[0][0], axis=dim)
        return x
    if x.dtype == np.uint8:
        made = _eval(x.astype(np.float32), sizes, mode, align, scales, antialias)
        return np.clip(np.floor(made + np.float32(0.5)), 0, 255).astype(np.uint8)
    x = wide(x)
    for dim, settings in _settings(x.shape, sizes, mode, align, scales, antialias, x.dtype):
        x = _along(x, settings, dim)
    return x


def _adjoint(dy, /, shape, sizes, mode, align, scales, antialias):
    dy = wide(dy)
    for dim, settings in _settings(shape, sizes, mode, align, scales, antialias, dy.dtype):
        dy = _back_along(dy, settings, dim)
    return dy


def _name(attrs, metas) -> str:
    sizes, mode, antialias = attrs[0], attrs[1], attrs[4]
    dims = f"{len(sizes)}D"
    stem = {
        "nearest": "UpsampleNearest",
        "nearest-exact": "UpsampleNearestExact",
        "linear": "UpsampleLinear",
        "bilinear": "UpsampleBilinear",
        "trilinear": "UpsampleTrilinear",
        "bicubic": "UpsampleBicubic",
    }[mode]
    return f"{stem}{dims}{'Aa' if antialias else ''}Backward0"


# (N, C, spatial...) -> (N, C, *sizes)
upsample = Op(
    "upsample",
    rule=lambda x, sizes, mode, align, scales, antialias: (x.shape[:2] + sizes, x.dtype),
    eval=_eval,
    vjp=lambda g, x_shape, sizes, mode, align, scales, antialias: upsample_backward(
        g, tuple(x_shape), sizes, mode, align, scales, antialias
    ),
    grad_name=_name,
)
upsample_backward = Op(
    "upsample_backward",
    rule=lambda dy, shape, sizes, mode, align, scales, antialias: (shape, dy.dtype),
    eval=_adjoint,
    vjp=lambda g, sizes, mode, align, scales, antialias: upsample(
        g, sizes, mode, align, scales, antialias
    ),
)


def unfold_positions(size, kernel, dilation, padding, stride):
    return tuple(
        (n + 2 * p - d * (k - 1) - 1) // s + 1
        for n, k, d, p, s in zip(size, kernel, dilation, padding, stride)
    )


def _windows(kernel, dilation, stride, blocks):
    """For each kernel element the slices of the padded image that it meets."""
    for i in range(kernel[0]):
        for j in range(kernel[1]):
            top, left = i * dilation[0], j * dilation[1]
            yield (
                i * kernel[1] + j,
                slice(top, top + (blocks[0] - 1) * stride[0] + 1, stride[0]),
                slice(left, left + (blocks[1] - 1) * stride[1] + 1, stride[1]),
            )


def _im2col(x, /, kernel, dilation, padding, stride):
    n, c = x.shape[:2]
    blocks = unfold_positions(x.shape[2:], kernel, dilation, padding, stride)
    padded = np.pad(x, ((0, 0), (0, 0), (padding[0],) * 2, (padding[1],) * 2))
    made = np.empty((n, c, kernel[0] * kernel[1], *blocks), x.dtype)
    for k, rows, columns in _windows(kernel, dilation, stride, blocks):
        made[:, :, k] = padded[:, :, rows, columns]
    return made.reshape(n, c * kernel[0] * kernel[1], blocks[0] * blocks[1])


def _col2im(x, /, size, kernel, dilation, padding, stride):
    n = x.shape[0]
    c = x.shape[1] // (kernel[0] * kernel[1])
    blocks = unfold_positions(size, kernel, dilation, padding, stride)
    parts = wide(x).reshape(n, c, kernel[0] * kernel[1], *blocks)
    height, width = size[0] + 2 * padding[0], size[1] + 2 * padding[1]
    made = np.zeros((n, c, height, width), parts.dtype)
    for k, rows, columns in _windows(kernel, dilation, stride, blocks):
        made[:, :, rows, columns] += parts[:, :, k]
    return made[:, :, padding[0] : padding[0] + size[0], padding[1] : padding[1] + size[1]]


def _im2col_rule(x, kernel, dilation, padding, stride):
    blocks = unfold_positions(x.shape[2:], kernel, dilation, padding, stride)
    return (x.shape[0], x.shape[1] * kernel[0] * kernel[1], blocks[0] * blocks[1]), x.dtype


im2col = Op(
    "im2col",
    rule=_im2col_rule,
    eval=_im2col,
    vjp=lambda g, x_shape, kernel, dilation, padding, stride: col2im(
        g, tuple(x_shape[2:]), kernel, dilation, padding, stride
    ),
    grad_name="Im2ColBackward0",
)
col2im = Op(
    "col2im",
    rule=lambda x, size, kernel, dilation, padding, stride: (
        (x.shape[0], x.shape[1] // (kernel[0] * kernel[1]), *size),
        x.dtype,
    ),
    eval=_col2im,
    vjp=lambda g, kernel, dilation, padding, stride: im2col(g, kernel, dilation, padding, stride),
    grad_name="Col2ImBackward0",
)


def _shuffle(x, /, r):
    *batch, c, h, w = x.shape
    n = len(batch)
    parts = x.reshape(*batch, c // (r * r), r, r, h, w)
    order = (*range(n + 1), n + 3, n + 1, n + 4, n + 2)
    return parts.transpose(order).reshape(*batch, c // (r * r), h * r, w * r)


def _unshuffle(x, /, r):
    *batch, c, h, w = x.shape
    n = len(batch)
    parts = x.reshape(*batch, c, h // r, r, w // r, r)
    order = (*range(n + 1), n + 2, n + 4, n + 1, n + 3)
    return parts.transpose(order).reshape(*batch, c * r * r, h // r, w // r)


pixel_shuffle = Op(
    "pixel_shuffle",
    rule=lambda x, r: (
        (*x.shape[:-3], x.shape[-3] // (r * r), x.shape[-2] * r, x.shape[-1] * r),
        x.dtype,
    ),
    eval=_shuffle,
    vjp=lambda g, r: pixel_unshuffle(g, r),
)
pixel_unshuffle = Op(
    "pixel_unshuffle",
    rule=lambda x, r: (
        (*x.shape[:-3], x.shape[-3] * r * r, x.shape[-2] // r, x.shape[-1] // r),
        x.dtype,
    ),
    eval=_unshuffle,
    vjp=lambda g, r: pixel_shuffle(g, r),
)
