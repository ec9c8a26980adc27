"""`grid_sample`: images and volumes read at places given by a flow field.

Places run from -1 to 1 in the last dimension of the grid, x first.
Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.grid_sample.html
"""

from __future__ import annotations

from itertools import product

import numpy as np

from ..ir.graph import Op
from .family import wide

_CUBIC = -0.75


def _unnormalized(g: np.ndarray, size: int, align: bool) -> tuple[np.ndarray, float]:
    """Places in elements, and their slope."""
    if align:
        return (g + 1) / 2 * (size - 1), (size - 1) / 2
    return ((g + 1) * size - 1) / 2, size / 2


def _reflected(x: np.ndarray, low2: int, high2: int) -> tuple[np.ndarray, np.ndarray]:
    """Places folded back between low2/2 and high2/2, and the sign of the slope."""
    if low2 == high2:
        return np.zeros_like(x), np.zeros_like(x)
    low, span = low2 / 2, (high2 - low2) / 2
    shifted = x - low
    sign = np.where(shifted < 0, -1.0, 1.0)
    shifted = np.abs(shifted)
    flips = np.floor(shifted / span)
    extra = shifted - flips * span
    even = flips % 2 == 0
    made = np.where(even, extra + low, span - extra + low)
    return made.astype(x.dtype), np.where(even, sign, -sign).astype(x.dtype)


def _clipped(x: np.ndarray, size: int) -> tuple[np.ndarray, np.ndarray]:
    inside = (x > 0) & (x < size - 1)
    return np.clip(x, 0, size - 1), inside.astype(x.dtype)


def _placed(g: np.ndarray, size: int, padding: str, align: bool):
    """Source places of a coordinate, and d place / d coordinate."""
    x, slope = _unnormalized(g, size, align)
    factor = np.full(x.shape, slope, x.dtype)
    if padding == "border":
        x, inside = _clipped(x, size)
        factor = factor * inside
    elif padding == "reflection":
        x, sign = _reflected(x, *((0, 2 * (size - 1)) if align else (-1, 2 * size - 1)))
        factor = factor * sign
        x, inside = _clipped(x, size)
        factor = factor * inside
    return np.where(np.isfinite(x), x, -100.0).astype(g.dtype), factor


def _cubic_weights(t: np.ndarray) -> list[np.ndarray]:
    a = _CUBIC

    def near(x):
        return ((a + 2) * x - (a + 3)) * x * x + 1

    def far(x):
        return ((a * x - 5 * a) * x + 8 * a) * x - 4 * a

    return [far(t + 1), near(t), near(1 - t), far(2 - t)]


def _cubic_slopes(t: np.ndarray) -> list[np.ndarray]:
    a = _CUBIC

    def near(x):
        return (3 * (a + 2) * x - 2 * (a + 3)) * x

    def far(x):
        return (3 * a * x - 10 * a) * x + 8 * a

    return [far(t + 1), near(t), -near(1 - t), -far(2 - t)]


def _cubic_curvatures(t: np.ndarray) -> list[np.ndarray]:
    a = _CUBIC

    def near(x):
        return 6 * (a + 2) * x - 2 * (a + 3)

    def far(x):
        return 6 * a * x - 10 * a

    return [far(t + 1), near(t), near(1 - t), far(2 - t)]


def _taps(grid: np.ndarray, sizes, mode: str, padding: str, align: bool):
    """For each tap its element places, weights, their slopes and curvatures, per dimension.

    Dimensions in the order of the image (last of the grid is the first of the image).
    """
    coordinates = [grid[..., -1 - d] for d in range(len(sizes))]
    per_dim = []
    for g, size in zip(coordinates, sizes):
        if mode == "bicubic":
            x, slope = _unnormalized(g, size, align)
            base = np.floor(x)
            t = x - base
            parts = zip(_cubic_weights(t), _cubic_slopes(t), _cubic_curvatures(t))
            taps = [
                (_folded(base + k - 1, size, padding, align), w, s * slope, c * slope * slope)
                for k, (w, s, c) in enumerate(parts)
            ]
        else:
            x, factor = _placed(g, size, padding, align)
            if mode == "nearest":
                taps = [(np.rint(x), np.ones_like(x), np.zeros_like(x), 0.0)]
            else:
                base = np.floor(x)
                t = x - base
                taps = [(base, 1 - t, -factor, 0.0), (base + 1, t, factor, 0.0)]
        per_dim.append(taps)
    for combination in product(*per_dim):
        yield tuple(zip(*combination))


def _folded(x: np.ndarray, size: int, padding: str, align: bool) -> np.ndarray:
    if padding == "border":
        return _clipped(x, size)[0]
    if padding == "reflection":
        x = _reflected(x, *((0, 2 * (size - 1)) if align else (-1, 2 * size - 1)))[0]
        return _clipped(x, size)[0]
    return x


def _flat_places(places, sizes):
    """Element numbers within an image, and which of them exist."""
    valid = np.ones(places[0].shape, np.bool_)
    flat = np.zeros(places[0].shape, np.int64)
    for p, size in zip(places, sizes):
        valid &= (p >= 0) & (p < size)
        flat = flat * size + np.clip(np.nan_to_num(p), 0, size - 1).astype(np.int64)
    return flat, valid


def _product(factors) -> np.ndarray:
    made = factors[0]
    for f in factors[1:]:
        made = made * f
    return made


def _eval(x, grid, /, mode, padding, align):
    x, grid = wide(x), wide(grid)
    n, c, *sizes = x.shape
    out_shape = grid.shape[1:-1]
    flat = x.reshape(n, c, -1)
    made = np.zeros((n, c, int(np.prod(out_shape))), x.dtype)
    for places, weights, *_ in _taps(grid, sizes, mode, padding, align):
        at, valid = _flat_places(places, sizes)
        weight = np.where(valid, _product(weights), 0).reshape(n, 1, -1).astype(x.dtype)
        picked = np.take_along_axis(flat, at.reshape(n, 1, -1), axis=2)
        made += np.where(weight == 0, 0, picked * weight)
    return made.reshape(n, c, *out_shape)


def _backward(dy, x, grid, /, mode, padding, align):
    dy, x, grid = wide(dy), wide(x), wide(grid)
    n, c, *sizes = x.shape
    flat = x.reshape(n, c, -1)
    dy = dy.reshape(n, c, -1)
    dx = np.zeros_like(flat)
    dgrid = np.zeros(grid.shape, grid.dtype)
    rows = np.arange(n)[:, None]
    for places, weights, slopes, _ in _taps(grid, sizes, mode, padding, align):
        at, valid = _flat_places(places, sizes)
        at, valid = at.reshape(n, -1), valid.reshape(n, -1)
        weight = np.where(valid, _product(weights).reshape(n, -1), 0)
        for channel in range(c):
            np.add.at(dx[:, channel], (rows, at), dy[:, channel] * weight)
        picked = np.where(valid[:, None], np.take_along_axis(flat, at[:, None], axis=2), 0)
        dot = (dy * picked).sum(1).reshape(places[0].shape)
        for d in range(len(sizes)):
            others = [s if i == d else w for i, (w, s) in enumerate(zip(weights, slopes))]
            dgrid[..., -1 - d] += dot * _product(others)
    return dx.reshape(x.shape), dgrid


def _double(gx, ggrid, dy, x, grid, /, mode, padding, align):
    """Gradients of sum(gx * dx) + sum(ggrid * dgrid), for what `_backward` returns."""
    gx, ggrid, dy, x, grid = (wide(a) for a in (gx, ggrid, dy, x, grid))
    n, c, *sizes = x.shape
    dims, shape = range(len(sizes)), dy.shape
    flat, gx, dy = (a.reshape(n, c, -1) for a in (x, gx, dy))
    along = [ggrid[..., -1 - d] for d in dims]
    of_dy, of_x, of_grid = np.zeros_like(dy), np.zeros_like(flat), np.zeros_like(grid)
    rows = np.arange(n)[:, None]
    for places, weights, slopes, curvatures in _taps(grid, sizes, mode, padding, align):
        at, valid = _flat_places(places, sizes)
        slope = [np.where(valid, _replaced(weights, slopes, (d,)), 0) for d in dims]
        step = sum(g * s for g, s in zip(along, slope)).reshape(n, 1, -1)
        weight = np.where(valid, _product(weights), 0).reshape(n, 1, -1)
        at, valid = at.reshape(n, 1, -1), valid.reshape(n, 1, -1)
        here = np.where(valid, np.take_along_axis(flat, at, 2), 0)
        there = np.where(valid, np.take_along_axis(gx, at, 2), 0)
        of_dy += weight * there + step * here
        for channel in range(c):
            np.add.at(of_x[:, channel], (rows, at[:, 0]), dy[:, channel] * step[:, 0])
        first = (dy * there).sum(1).reshape(places[0].shape)
        second = (dy * here).sum(1).reshape(places[0].shape)
        for e in dims:
            bend = sum(along[d] * _bent(weights, slopes, curvatures, d, e) for d in dims)
            of_grid[..., -1 - e] += first * slope[e] + second * bend
    return of_dy.reshape(shape), of_x.reshape(x.shape), of_grid


def _replaced(weights, slopes, dims):
    """The product of the weights, their slopes standing for those of some dimensions."""
    return _product([s if i in dims else w for i, (w, s) in enumerate(zip(weights, slopes))])


def _bent(weights, slopes, curvatures, d, e):
    """The product's second derivative in dimensions d and e."""
    if d != e:
        return _replaced(weights, slopes, (d, e))
    return _replaced(weights, curvatures, (d,))


def _backward_name(attrs, metas):
    return f"GridSampler{len(metas[0][0]) - 2}DBackwardBackward0"


grid_sample_double_backward = Op(
    "grid_sample_double_backward",
    rule=lambda gx, ggrid, dy, x, grid, mode, padding, align: [
        (dy.shape, dy.dtype),
        (x.shape, x.dtype),
        (grid.shape, grid.dtype),
    ],
    eval=_double,
    outputs=3,
)
grid_sample_backward = Op(
    "grid_sample_backward",
    rule=lambda dy, x, grid, mode, padding, align: [(x.shape, x.dtype), (grid.shape, grid.dtype)],
    eval=_backward,
    vjp=lambda g, dy, x, grid, mode, padding, align: grid_sample_double_backward(
        g[0], g[1], dy, x, grid, mode, padding, align
    ),
    outputs=2,
    grad_name=_backward_name,
)
# (N, C, spatial...) read at (N, out..., dims) -> (N, C, out...)
grid_sample = Op(
    "grid_sample",
    rule=lambda x, grid, mode, padding, align: (x.shape[:2] + grid.shape[1:-1], x.dtype),
    eval=_eval,
    vjp=lambda g, x, grid, mode, padding, align: grid_sample_backward(
        g, x, grid, mode, padding, align
    ),
    grad_name=lambda attrs, metas: f"GridSampler{len(metas[0][0]) - 2}DBackward0",
)
