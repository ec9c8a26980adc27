"""Distinct elements of a flat array, its runs of equal neighbours, and where elements are.

In: one dimension, and whether the second and third result are wanted.  Out: the distinct elements;
for each element the number of its own among them; how often each occurs (None: not wanted).
"""

from __future__ import annotations

import numpy as np

Found = tuple[np.ndarray, np.ndarray | None, np.ndarray | None]
_TABLE = 2**16  # counts for which it is always worth having a table


def runs(x: np.ndarray, places: bool, counts: bool) -> Found:
    """The first elements of runs; NaN is unlike everything."""
    starts = np.ones(x.size, bool)
    np.not_equal(x[1:], x[:-1], out=starts[1:])
    firsts = np.flatnonzero(starts)
    return (
        x[firsts],
        np.cumsum(starts) - 1 if places else None,
        np.diff(firsts, append=x.size) if counts else None,
    )


def distinct(x: np.ndarray, places: bool, counts: bool) -> Found:
    """The distinct elements in order; of equal ones the first, each NaN by itself."""
    if x.dtype.kind in "iub" and x.size:
        low, high = int(x.min()), int(x.max())
        if high - low < max(4 * x.size, _TABLE):
            return _counted(x, low, high - low + 1, places, counts)
    if not places and not counts:
        return _zero_as_first(runs(np.sort(x), False, False)[0], x), None, None
    order = order_of(x)
    values, groups, lengths = runs(x[order], places, counts)
    inverse = None
    if groups is not None:
        inverse = np.empty(x.size, np.int64)
        inverse[order] = groups
    return values, inverse, lengths


def _counted(x: np.ndarray, low: int, span: int, places: bool, counts: bool) -> Found:
    """By a table of how often each integer from `low` on occurs."""
    offsets = x.astype(np.int64) if x.dtype.kind == "b" else np.subtract(x, low, dtype=_wide(x))
    offsets = offsets.view(np.int64) if offsets.dtype == np.uint64 else offsets
    table = np.bincount(offsets, minlength=span)
    there = np.flatnonzero(table)
    inverse = (np.cumsum(table > 0) - 1)[offsets] if places else None
    values = there.astype(x.dtype) + x.dtype.type(low)  # modulo what the kind can hold
    return values, inverse, table[there] if counts else None


def _wide(x: np.ndarray) -> type:
    return np.uint64 if x.dtype == np.uint64 else np.int64


def _zero_as_first(values: np.ndarray, x: np.ndarray) -> np.ndarray:
    """Zero with the sign of the first one in `x`: sorting leaves open which of both it is."""
    if x.dtype.kind == "f":
        values[values == 0] = x[np.argmax(x == 0)] if x.size else 0
    return values


def order_of(x: np.ndarray) -> np.ndarray:
    """Where the elements of a stable ascending order stand; NaN comes last."""
    keys = _keys(x)
    if keys is None or x.size >= 2**32:
        return np.argsort(x, kind="stable")
    packed = np.left_shift(keys, 32, dtype=np.int64)
    packed |= np.arange(x.size)
    packed.sort()
    return packed & 0xFFFFFFFF


def _keys(x: np.ndarray) -> np.ndarray | None:
    """Integers of up to 32 bits in the order of the elements, if there are any."""
    if x.dtype == np.float32:
        bits = (x + np.float32(0)).view(np.int32)
        keys = bits ^ ((bits >> 31) & 0x7FFFFFFF)
        keys[np.isnan(x)] = 2**31 - 1
        return keys
    return x if x.dtype.kind in "iu" and x.dtype.itemsize < 4 or x.dtype == np.int32 else None


def places_where(x: np.ndarray) -> np.ndarray:
    """The indices of the elements that aren't zero, a row each (`numpy.argwhere`)."""
    flat = np.flatnonzero(x if x.dtype.kind == "b" else x != 0)
    made = np.empty((flat.size, x.ndim), np.int64)
    for dim in range(x.ndim - 1, 0, -1):
        rows = flat // max(x.shape[dim], 1)
        made[:, dim] = flat - rows * x.shape[dim]
        flat = rows
    made[:, :1] = flat[:, None]
    return made
