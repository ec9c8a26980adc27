"""`grid_sample`: images and volumes read at places given by a flow field.

Places run from -1 to 1 in the last dimension of the grid, x first.
Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.grid_sample.html
"""

from __future__ import annotations

from itertools import product

import numpy as np

from ..ir.graph import Op
from ..numerics import grids
from .family import wide


def _taps(grid: np.ndarray, sizes, mode: str, padding: str, align: bool):
    """For each tap its element places, weights, their slopes and curvatures, per dimension.

    Dimensions in the order of the image (last of the grid is the first of the image).
    """
    per_dim = [
        grids.taps(grid[..., -1 - d], size, mode, padding, align) for d, size in enumerate(sizes)
    ]
    for combination in product(*per_dim):
        yield tuple(zip(*combination))


def _flat_places(places, sizes):
    """Element numbers within an image, and which of them exist."""
    valid = np.ones(places[0].shape, np.bool_)
    flat = np.zeros(places[0].shape, np.int64)
    for p, size in zip(places, sizes):
        at, inside = grids.element(p, size)
        valid &= inside
        flat = flat * size + at
    return flat, valid


def _eval(x, grid, /, mode, padding, align):
    x, grid = wide(x), wide(grid)
    n, c, *sizes = x.shape
    out_shape = grid.shape[1:-1]
    flat = x.reshape(n, c, -1)
    made = np.zeros((n, c, int(np.prod(out_shape))), x.dtype)
    for places, weights, *_ in _taps(grid, sizes, mode, padding, align):
        at, valid = _flat_places(places, sizes)
        weight = np.where(valid, grids.product(weights), 0).reshape(n, 1, -1).astype(x.dtype)
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
        weight = np.where(valid, grids.product(weights).reshape(n, -1), 0)
        for channel in range(c):
            np.add.at(dx[:, channel], (rows, at), dy[:, channel] * weight)
        picked = np.where(valid[:, None], np.take_along_axis(flat, at[:, None], axis=2), 0)
        dot = (dy * picked).sum(1).reshape(places[0].shape)
        for d in range(len(sizes)):
            others = [s if i == d else w for i, (w, s) in enumerate(zip(weights, slopes))]
            dgrid[..., -1 - d] += dot * grids.product(others)
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
        weight = np.where(valid, grids.product(weights), 0).reshape(n, 1, -1)
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
    return grids.product([s if i in dims else w for i, (w, s) in enumerate(zip(weights, slopes))])


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
