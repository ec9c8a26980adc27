"""Order statistics along a dimension: the k-th smallest, medians, the most frequent value."""

from __future__ import annotations

import numpy as np

from .. import dtypes as dt
from ..ir.graph import Op
from ..shapes import reduced_shape
from .reduce import put_along, spread_evenly
from .sort import comparable, order_of


def _rule(x, dim, keepdim):
    shape = reduced_shape(x.shape, (dim,) if x.shape else (), keepdim)
    return [(shape, x.dtype), (shape, dt.int64)]


def _selected_vjp(g, out1, x_shape, dim, keepdim):
    return put_along(g[0], out1, tuple(x_shape), dim, keepdim)


def _taken(x: np.ndarray, places: np.ndarray, dim: int, keepdim: bool):
    """Values at one place per row (`places` keeps the dimension), and the places."""
    values = np.take_along_axis(x, places, dim)
    return (values, places) if keepdim else (values.squeeze(dim), places.squeeze(dim))


def _kthvalue_eval(x, /, k, dim, keepdim):
    if not x.ndim:
        return x, np.zeros((), np.int64)
    return _taken(x, np.take(order_of(x, dim, False), [k - 1], dim), dim, keepdim)


kthvalue = Op(
    "kthvalue",
    rule=lambda x, k, dim, keepdim: _rule(x, dim, keepdim),
    eval=_kthvalue_eval,
    vjp=_selected_vjp,
    outputs=2,
)


def median_places(x: np.ndarray, dim: int, ignore_nan: bool) -> np.ndarray:
    """Where the lower median of each row is; the first NaN where one counts."""
    order = order_of(x, dim, False)
    missing = x != x
    count = x.shape[dim] - np.sum(missing, axis=dim, keepdims=True)
    middle = np.maximum(count - 1, 0) // 2
    if not ignore_nan:  # NaNs come last in stable order, so the first of them is at `count`
        middle = np.where(count < x.shape[dim], count, middle)
    return np.take_along_axis(order, middle, dim)


def _median_along(ignore_nan: bool):
    def along(x, /, dim, keepdim):
        if not x.ndim:
            return x, np.zeros((), np.int64)
        return _taken(x, median_places(x, dim, ignore_nan), dim, keepdim)

    return along


def _median_of_all(ignore_nan: bool):
    def compute(x, /):
        if not x.size:
            return np.asarray(np.nan) if x.dtype.kind not in "iub" else _lowest(x.dtype)
        flat = x.reshape(-1)
        return flat[median_places(flat, 0, ignore_nan)[0]]

    return compute


def _lowest(kind: np.dtype):
    return np.asarray(False if kind.kind == "b" else np.iinfo(kind).min, kind)


def _pair(name: str, grad_name: str, ignore_nan: bool) -> tuple[Op, Op]:
    of_all = Op(
        name,
        rule=lambda x: ((), x.dtype),
        eval=_median_of_all(ignore_nan),
        names=("x",),
        vjp=lambda g, x, out: spread_evenly(g, x, out, tuple(range(len(x.shape))), False),
        grad_name=f"{grad_name}Backward0",
    )
    along = Op(
        f"{name}_dim",
        rule=_rule,
        eval=_median_along(ignore_nan),
        names=("x",),
        attrs=("dim", "keepdim"),
        vjp=_selected_vjp,
        outputs=2,
        grad_name=f"{grad_name}Backward1",
    )
    return of_all, along


median_all, median_dim = _pair("median", "Median", False)
nanmedian_all, nanmedian_dim = _pair("nanmedian", "Nanmedian", True)


def _mode_eval(x, /, dim, keepdim):
    if not x.ndim:
        return x, np.zeros((), np.int64)
    moved = np.moveaxis(x, dim, -1)
    order = np.argsort(comparable(moved), axis=-1, kind="stable")
    rows = np.take_along_axis(moved, order, -1)
    n = rows.shape[-1]
    starts = np.concatenate(
        [np.ones_like(rows[..., :1], bool), rows[..., 1:] != rows[..., :-1]], -1
    )
    first = np.maximum.accumulate(np.where(starts, np.arange(n), 0), axis=-1)
    last = np.argmax(np.arange(n) - first, axis=-1)[..., None]  # ends the first of the longest runs
    places = np.moveaxis(np.take_along_axis(order, last, -1), -1, dim)
    return _taken(x, places, dim, keepdim)


mode = Op("mode", rule=_rule, eval=_mode_eval, vjp=_selected_vjp, outputs=2)
