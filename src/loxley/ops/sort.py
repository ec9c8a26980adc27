"""Sorting and selection along a dimension: values with the places they came from."""

from __future__ import annotations

import numpy as np

from .. import dtypes as dt
from ..ir.graph import Op
from .reduce import put_along


def comparable(x: np.ndarray) -> np.ndarray:
    """`x` in a kind whose sorts know NaN: those of ml_dtypes leave other numbers unsorted by it."""
    return x.astype(np.float32) if x.dtype.kind == "V" else x


def order_of(x: np.ndarray, dim: int, descending: bool) -> np.ndarray:
    """The stable order of the elements along a dimension; NaN counts as the largest."""
    x = comparable(x)
    if not descending:
        return np.argsort(x, axis=dim, kind="stable")
    # Stable in descending order: sort the mirrored array and mirror the places back.
    n = x.shape[dim]
    places = np.argsort(np.flip(x, dim), axis=dim, kind="stable")
    return np.flip(n - 1 - places, dim)


def _sort_eval(x, /, dim, descending):
    if x.ndim == 0:
        return x, np.zeros((), np.int64)
    places = order_of(x, dim, descending)
    return np.take_along_axis(x, places, dim), places


def _selected_vjp(g, out1, x_shape, dim):
    return put_along(g[0], out1, tuple(x_shape), dim, True)


sort = Op(
    "sort",
    rule=lambda x, dim, descending: [(x.shape, x.dtype), (x.shape, dt.int64)],
    eval=_sort_eval,
    vjp=_selected_vjp,
    outputs=2,
)


def _topk_shape(shape, dim, k):
    return shape[:dim] + (k,) + shape[dim + 1 :] if shape else shape


def _topk_eval(x, /, k, dim, largest):
    if x.ndim == 0:
        return x, np.zeros((), np.int64)
    n = x.shape[dim]
    if k * 8 < n and x.dtype.kind == "f" and not np.isnan(x).any():
        keys = -x if largest else x
        chosen = np.argpartition(keys, k - 1 if k else 0, axis=dim)
        chosen = np.sort(np.take(chosen, range(k), axis=dim), axis=dim)
        inner = order_of(np.take_along_axis(x, chosen, dim), dim, largest)
        places = np.take_along_axis(chosen, inner, dim)
    else:
        places = np.take(order_of(x, dim, largest), range(k), axis=dim)
    return np.take_along_axis(x, places, dim), places


topk = Op(
    "topk",
    rule=lambda x, k, dim, largest: [
        (_topk_shape(x.shape, dim, k), x.dtype),
        (_topk_shape(x.shape, dim, k), dt.int64),
    ],
    eval=_topk_eval,
    vjp=_selected_vjp,
    outputs=2,
)
