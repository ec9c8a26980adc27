"""Pooling operators over the last dimensions of (*, *S): maxima, means, unpooling.

Every linear map comes with its adjoint as an operator, so that each is the other's derivative.
"""

from __future__ import annotations

from math import prod

import numpy as np

from .. import dtypes as dt
from ..ir.graph import Op
from ..numerics import pooling
from .family import wide
from .movement import zeros


def _planes(x: np.ndarray, n: int) -> np.ndarray:
    """The leading dimensions as one."""
    at = x.ndim - n
    return wide(x).reshape(prod(x.shape[:at]), *x.shape[at:])


def last(shape: tuple[int, ...], n: int) -> tuple[int, ...]:
    """The last n sizes."""
    return tuple(shape[len(shape) - n :])


def _with_last(shape: tuple[int, ...], sizes: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(shape[: len(shape) - len(sizes)]) + tuple(sizes)


def _title(name: str, suffix: str = ""):
    """The grad node's name, by the number of pooled dimensions."""

    def named(attrs, metas):
        sizes = getattr(attrs[0], "kernel", attrs[0])
        return f"{name}{len(sizes)}D{suffix}Backward0"

    return named


# ---------------------------------------------------------------- maxima of regular windows


def _max_rule(x, windows):
    n = len(windows.kernel)
    shape = _with_last(x.shape, windows.output(last(x.shape, n)))
    taps = dt.uint8 if prod(windows.kernel) < 256 else dt.int32
    return [(shape, x.dtype), (shape, taps)]


def _max_eval(x, /, windows):
    best, where = pooling.max_pool(_planes(x, len(windows.kernel)), windows)
    shape = _with_last(x.shape, best.shape[1:])
    return best.reshape(shape), where.reshape(shape)


def _max_backward_eval(dy, where, /, windows, size):
    n = len(size)
    made = pooling.max_pool_backward(_planes(dy, n), _planes(where, n), windows, size)
    return made.reshape(_with_last(dy.shape, size))


def _max_pick_eval(source, where, /, windows):
    n = len(windows.kernel)
    made = pooling.max_pool_pick(_planes(source, n), _planes(where, n), windows)
    return made.reshape(where.shape)


# (*, *S) -> (maxima, number of the winning element within each window)
max_pool = Op(
    "max_pool_with_indices",
    rule=_max_rule,
    eval=_max_eval,
    vjp=lambda g, out1, x_shape, windows: max_pool_backward(
        g[0], out1, windows, last(x_shape, len(windows.kernel))
    ),
    outputs=2,
    grad_name=_title("MaxPool", "WithIndices"),
)
max_pool_backward = Op(
    "max_pool_backward",
    rule=lambda dy, where, windows, size: (_with_last(dy.shape, size), dy.dtype),
    eval=_max_backward_eval,
    vjp=(lambda g, where, windows: max_pool_pick(g, where, windows), None),
)
max_pool_pick = Op(
    "max_pool_pick",
    rule=lambda source, where, windows: (where.shape, source.dtype),
    eval=_max_pick_eval,
    vjp=(
        lambda g, where, source_shape, windows: max_pool_backward(
            g, where, windows, last(source_shape, len(windows.kernel))
        ),
        None,
    ),
)
# The winning elements' flat positions in their planes of the given size.
max_places = Op(
    "max_pool_places",
    rule=lambda where, windows, size: (where.shape, dt.int64),
    eval=lambda where, /, windows, size: pooling.places(
        _planes(where, len(size)), windows, size
    ).reshape(where.shape),
)


# ---------------------------------------------------------------- means of regular windows


def _divisor(windows, size, out, include_pad, divisor, kind):
    if divisor is not None:
        return kind.type(divisor)
    return pooling.window_counts(windows, size, out, include_pad).astype(kind)


def _mean_eval(x, /, windows, include_pad, divisor):
    n = len(windows.kernel)
    made = pooling.sum_pool(_planes(x, n), windows)
    out = made.shape[1:]
    count = _divisor(windows, last(x.shape, n), out, include_pad, divisor, made.dtype)
    made = np.trunc(made / count) if made.dtype.kind == "i" else made / count
    return made.reshape(_with_last(x.shape, out))


def _mean_backward_eval(dy, /, windows, include_pad, divisor, size):
    planes = _planes(dy, len(size))
    planes = planes / _divisor(windows, size, planes.shape[1:], include_pad, divisor, planes.dtype)
    made = pooling.sum_pool_backward(planes, windows, size)
    return made.reshape(_with_last(dy.shape, size))


avg_pool = Op(
    "avg_pool",
    rule=lambda x, windows, include_pad, divisor: (
        _with_last(x.shape, windows.output(last(x.shape, len(windows.kernel)))),
        x.dtype,
    ),
    eval=_mean_eval,
    vjp=lambda g, x_shape, windows, include_pad, divisor: avg_pool_backward(
        g, windows, include_pad, divisor, last(x_shape, len(windows.kernel))
    ),
    grad_name=_title("AvgPool"),
)
avg_pool_backward = Op(
    "avg_pool_backward",
    rule=lambda dy, windows, include_pad, divisor, size: (_with_last(dy.shape, size), dy.dtype),
    eval=_mean_backward_eval,
    vjp=lambda g, windows, include_pad, divisor: avg_pool(g, windows, include_pad, divisor),
)


# ---------------------------------------------------------------- windows by the output's size


def _adaptive_eval(x, /, cells):
    made = pooling.adaptive_mean(_planes(x, len(cells)), cells)
    return made.reshape(_with_last(x.shape, cells))


def _adaptive_backward_eval(dy, /, size):
    made = pooling.adaptive_mean_backward(_planes(dy, len(size)), size)
    return made.reshape(_with_last(dy.shape, size))


adaptive_avg_pool = Op(
    "adaptive_avg_pool",
    rule=lambda x, cells: (_with_last(x.shape, cells), x.dtype),
    eval=_adaptive_eval,
    vjp=lambda g, x_shape, cells: adaptive_avg_pool_backward(g, last(x_shape, len(cells))),
    grad_name=_title("AdaptiveAvgPool"),
)
adaptive_avg_pool_backward = Op(
    "adaptive_avg_pool_backward",
    rule=lambda dy, size: (_with_last(dy.shape, size), dy.dtype),
    eval=_adaptive_backward_eval,
    vjp=lambda g, dy_shape, size: adaptive_avg_pool(g, last(dy_shape, len(size))),
)


# ---------------------------------------------------------------- elements by flat position


def _add_at_eval(dy, where, /, size):
    n = len(size)
    made = pooling.add_at(_planes(dy, n), _planes(where, n), size)
    return made.reshape(_with_last(dy.shape, size))


def _pick_at_eval(source, where, /, n):
    return pooling.pick_at(_planes(source, n), _planes(where, n)).reshape(where.shape)


# dy (*, *L) added up at flat positions `where` of planes of the given size.
add_at = Op(
    "add_at_places",
    rule=lambda dy, where, size: (_with_last(dy.shape, size), dy.dtype),
    eval=_add_at_eval,
    vjp=(lambda g, where, size: pick_at(g, where, len(size)), None),
)
# The elements of (*, *S) at flat positions of their planes of n dimensions.
pick_at = Op(
    "pick_at_places",
    rule=lambda source, where, n: (where.shape, source.dtype),
    eval=_pick_at_eval,
    vjp=(lambda g, where, source_shape, n: add_at(g, where, last(source_shape, n)), None),
)


# dy added up at the places of the maxima; x gives the shape, and has a gradient of zeros.
max_pool2d_backward = Op(
    "max_pool2d_with_indices_backward",
    rule=lambda dy, x, where: (x.shape, dy.dtype),
    eval=lambda dy, x, where, /: _add_at_eval(dy, where, last(x.shape, 2)),
    vjp=(
        lambda g, where: pick_at(g, where, 2),
        lambda x_shape, x_dtype: zeros(x_shape, x_dtype),
        None,
    ),
    grad_name="MaxPool2DWithIndicesBackwardBackward0",
)


def _unpool_eval(x, where, /, size):
    n = len(size)
    planes, flat = _planes(x, n), _planes(where, n)
    made = np.zeros((len(planes), prod(size)), x.dtype)
    np.put_along_axis(made, flat.reshape(len(flat), -1), planes.reshape(len(planes), -1), 1)
    return made.reshape(_with_last(x.shape, size))


# Elements put at flat positions of planes of the given size, zeros elsewhere.
max_unpool = Op(
    "max_unpool",
    rule=lambda x, where, size: (_with_last(x.shape, size), x.dtype),
    eval=_unpool_eval,
    vjp=(lambda g, where, size: pick_at(g, where, len(size)), None),
    grad_name=_title("MaxUnpool"),
)


def _cells_vjp(g, out1, x_shape, cells):
    return add_at(g[0], out1, last(x_shape, len(cells)))


def _adaptive_max_eval(x, /, cells):
    n = len(cells)
    bounds = [pooling.adaptive_bounds(a, b) for a, b in zip(last(x.shape, n), cells)]
    best, where = pooling.windows_max(_planes(x, n), bounds)
    shape = _with_last(x.shape, cells)
    return best.reshape(shape), where.reshape(shape)


adaptive_max_pool = Op(
    "adaptive_max_pool",
    rule=lambda x, cells: [
        (_with_last(x.shape, cells), x.dtype),
        (_with_last(x.shape, cells), dt.int64),
    ],
    eval=_adaptive_max_eval,
    vjp=_cells_vjp,
    outputs=2,
    grad_name=_title("AdaptiveMaxPool"),
)


def _fractional_eval(x, samples, /, cells, kernel):
    n = len(cells)
    planes = _planes(x, n)
    draws = samples.reshape(len(planes), n)
    order = range(n) if n == 3 else range(n)[::-1]
    best, where = (
        np.empty((len(planes), *cells), planes.dtype),
        np.empty((len(planes), *cells), int),
    )
    for i, plane in enumerate(planes):
        # In two dimensions the first sample is the width's, in three the depth's.
        bounds = [
            pooling.fractional_bounds(m, cells[d], kernel[d], float(draws[i, order[d]]))
            for d, m in enumerate(plane.shape)
        ]
        best[i : i + 1], where[i : i + 1] = pooling.windows_max(plane[None], bounds)
    shape = _with_last(x.shape, cells)
    return best.reshape(shape), where.reshape(shape)


# (*, *S), uniform samples (*, n) -> (maxima (*, *cells), flat positions)
fractional_max_pool = Op(
    "fractional_max_pool",
    rule=lambda x, samples, cells, kernel: [
        (_with_last(x.shape, cells), x.dtype),
        (_with_last(x.shape, cells), dt.int64),
    ],
    eval=_fractional_eval,
    vjp=(_cells_vjp, None),
    outputs=2,
    grad_name=_title("FractionalMaxPool"),
)
