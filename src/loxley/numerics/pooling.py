"""Pooling in any number of dimensions: maxima and sums of windows, and their adjoints.

Arrays have shape (P, *S): planes of spatial dimensions.  Planes are walked in blocks that stay in
the cache; windows are visited one kernel element ("tap") after the other, so that every step is one
pass over a strided view.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from math import prod
from typing import NamedTuple

import numpy as np

from .rows import masked

Shape = tuple[int, ...]
_BLOCK = 1 << 15  # elements of a block of planes


class Windows(NamedTuple):
    """How windows lie over the input, per spatial dimension."""

    kernel: Shape
    stride: Shape
    padding: Shape
    dilation: Shape
    ceil: bool

    def output(self, size: Shape) -> Shape:
        """How many windows there are; with `ceil` the last may stick out, but starts inside."""
        made = []
        parts = zip(size, self.kernel, self.stride, self.padding, self.dilation)
        for n, k, s, p, d in parts:
            span = n + 2 * p - d * (k - 1) - 1
            count = (span + (s - 1 if self.ceil else 0)) // s + 1
            if self.ceil and (count - 1) * s >= n + p:
                count -= 1
            made.append(count)
        return tuple(made)

    def reach(self, out: Shape) -> Shape:
        """The padded size that the windows cover."""
        parts = zip(out, self.kernel, self.stride, self.dilation)
        return tuple((m - 1) * s + d * (k - 1) + 1 for m, k, s, d in parts)

    def taps(self) -> Iterator[Shape]:
        return product(*map(range, self.kernel))

    def view(self, tap: Shape, out: Shape) -> tuple:
        """The index of a tap's element of every window, for a padded (P, *S)."""
        parts = zip(tap, out, self.stride, self.dilation)
        return (slice(None), *(slice(t * d, t * d + (m - 1) * s + 1, s) for t, m, s, d in parts))

    def place(self, size: Shape, out: Shape) -> tuple[tuple, tuple]:
        """Index of the part of the padded array that the input fills, and of that input part."""
        inner, outer = [slice(None)], [slice(None)]
        for n, p, reach in zip(size, self.padding, self.reach(out)):
            count = min(n, reach - p)
            inner.append(slice(p, p + count))
            outer.append(slice(0, count))
        return tuple(inner), tuple(outer)

    def disjoint(self) -> bool:
        return all(s > d * (k - 1) for k, s, d in zip(self.kernel, self.stride, self.dilation))


def _blocks(x: np.ndarray) -> Iterator[slice]:
    size = max(1, _BLOCK // max(prod(x.shape[1:]), 1))
    for start in range(0, len(x), size):
        yield slice(start, min(start + size, len(x)))


def _filled(x: np.ndarray, windows: Windows, out: Shape, value) -> np.ndarray:
    """A block padded with `value` to what the windows cover."""
    reach = windows.reach(out)
    if reach == x.shape[1:] and not any(windows.padding):
        return x
    made = np.full((len(x), *reach), value, x.dtype)
    inner, outer = windows.place(x.shape[1:], out)
    made[inner] = x[outer]
    return made


def lowest(dtype: np.dtype):
    """What never is a maximum."""
    return -np.inf if dtype.kind == "f" else np.iinfo(dtype).min


def max_pool(x: np.ndarray, windows: Windows) -> tuple[np.ndarray, np.ndarray]:
    """The maxima (P, *out) and the number of the tap where each stands (the first of several)."""
    out = windows.output(x.shape[1:])
    count = prod(windows.kernel)
    kind = np.uint8 if count < 256 else np.int32
    best, where = np.empty((len(x), *out), x.dtype), np.zeros((len(x), *out), kind)
    for block in _blocks(x):
        padded = _filled(x[block], windows, out, lowest(x.dtype))
        _max_of_block(padded, windows, out, best[block], where[block])
    return best, where


def _max_of_block(padded, windows: Windows, out: Shape, best, where) -> None:
    careful = padded.dtype.kind == "f" and bool(np.isnan(np.max(padded, initial=0)))
    for t, tap in enumerate(windows.taps()):
        seen = padded[windows.view(tap, out)]
        if t == 0:
            best[...] = seen
            continue
        better = seen > best
        if careful:  # the last NaN counts
            better |= np.isnan(seen)
            np.copyto(best, seen, where=better)
        else:
            np.maximum(best, seen, out=best)
        # Taps come in rising order, so the largest that won is the last.
        np.maximum(where, np.multiply(better, where.dtype.type(t), dtype=where.dtype), out=where)
    if any(windows.padding):
        _skip_padding(padded, windows, out, best, where)


def _skip_padding(padded, windows: Windows, out: Shape, best, where) -> None:
    """Where all elements are the lowest number, the first inside the input counts, not padding."""
    low = best == lowest(best.dtype)
    if not low.any():
        return
    for place in zip(*np.nonzero(low)):
        start = [o * s - p for o, s, p in zip(place[1:], windows.stride, windows.padding)]
        tap = [-(min(0, a) // d) for a, d in zip(start, windows.dilation)]
        where[place] = np.ravel_multi_index(tap, windows.kernel)


def places(where: np.ndarray, windows: Windows, size: Shape) -> np.ndarray:
    """Flat positions in the input (within their plane) of the taps that won."""
    taps = np.unravel_index(where.astype(np.int64), windows.kernel)
    flat = np.zeros(where.shape, np.int64)
    parts = zip(taps, windows.stride, windows.padding, windows.dilation, size)
    for d, (tap, s, p, gap, n) in enumerate(parts):
        start = np.arange(where.shape[d + 1]) * s - p
        start = start.reshape((-1,) + (1,) * (len(size) - d - 1))
        flat = flat * n + (start + tap * gap)
    return flat


def max_pool_backward(dy, where, windows: Windows, size: Shape) -> np.ndarray:
    """Gradients put where the maxima stand: (P, *size)."""
    out = dy.shape[1:]
    dx = np.zeros((len(dy), *size), dy.dtype)
    inner, outer = windows.place(size, out)
    disjoint = windows.disjoint()
    for block in _blocks(dx):
        part, won = dy[block], where[block]
        work = np.empty_like(part)
        padded = np.zeros((len(part), *windows.reach(out)), dy.dtype)
        for t, tap in enumerate(windows.taps()):
            target, hit = padded[windows.view(tap, out)], won == t
            if disjoint:
                masked(part, hit, target)
            else:
                target += masked(part, hit, work)
        dx[block][outer] = padded[inner]
    return dx


def max_pool_pick(g, where, windows: Windows) -> np.ndarray:
    """The elements of g (P, *size) where the maxima stand: the adjoint of the backward."""
    out = where.shape[1:]
    made = np.zeros(where.shape, g.dtype)
    for block in _blocks(g):
        padded = _filled(g[block], windows, out, 0)
        for t, tap in enumerate(windows.taps()):
            np.copyto(made[block], padded[windows.view(tap, out)], where=where[block] == t)
    return made


# ---------------------------------------------------------------- means


def window_counts(windows: Windows, size: Shape, out: Shape, include_pad: bool) -> np.ndarray:
    """How many elements each window's mean divides by, as PyTorch counts them."""
    total = np.ones((), np.int64)
    for n, m, k, s, p in zip(size, out, windows.kernel, windows.stride, windows.padding):
        start = np.arange(m) * s - p
        stop = np.minimum(start + k, n + p)
        if not include_pad:
            start, stop = np.maximum(start, 0), np.minimum(stop, n)
        total = total[..., None] * (stop - start)
    return total


def sum_pool(x: np.ndarray, windows: Windows) -> np.ndarray:
    """Sums of windows, one dimension after the other."""
    out = windows.output(x.shape[1:])
    made = np.empty((len(x), *out), x.dtype)
    for block in _blocks(x):
        part = _filled(x[block], windows, out, 0)
        for d, (k, s, m) in enumerate(zip(windows.kernel, windows.stride, out), 1):
            part = _sum_along(part, d, k, s, m)
        made[block] = part
    return made


def _along(d: int, start: int, s: int, m: int) -> tuple:
    return (slice(None),) * d + (slice(start, start + (m - 1) * s + 1, s),)


def _sum_along(x: np.ndarray, d: int, k: int, s: int, m: int) -> np.ndarray:
    if k == 1:
        return x[_along(d, 0, s, m)]
    total = x[_along(d, 0, s, m)] + x[_along(d, 1, s, m)]
    for t in range(2, k):
        total += x[_along(d, t, s, m)]
    return total


def sum_pool_backward(dy: np.ndarray, windows: Windows, size: Shape) -> np.ndarray:
    """Gradients added to all elements of their windows: (P, *size)."""
    out = dy.shape[1:]
    dx = np.zeros((len(dy), *size), dy.dtype)
    inner, outer = windows.place(size, out)
    reach = windows.reach(out)
    for block in _blocks(dx):
        part = dy[block]
        for d, (k, s, m, n) in enumerate(zip(windows.kernel, windows.stride, out, reach), 1):
            wider = np.zeros((*part.shape[:d], n, *part.shape[d + 1 :]), dy.dtype)
            for t in range(k):
                wider[_along(d, t, s, m)] += part
            part = wider
        dx[block][outer] = part[inner]
    return dx


# ---------------------------------------------------------------- windows by the output's size


def adaptive_bounds(n: int, m: int) -> list[tuple[int, int]]:
    """The m windows that together cover n elements."""
    return [(i * n // m, -(-(i + 1) * n // m)) for i in range(m)]


def adaptive_mean(x: np.ndarray, out: Shape) -> np.ndarray:
    """Means of windows that cover the input, one dimension after the other."""
    for d, m in enumerate(out, 1):
        n = x.shape[d]
        made = np.empty((*x.shape[:d], m, *x.shape[d + 1 :]), x.dtype)
        lead = (slice(None),) * d
        for i, (a, b) in enumerate(adaptive_bounds(n, m)):
            np.mean(x[(*lead, slice(a, b))], axis=d, out=made[(*lead, i)])
        x = made
    return x


def adaptive_mean_backward(dy: np.ndarray, size: Shape) -> np.ndarray:
    """The adjoint of `adaptive_mean`."""
    for d, n in enumerate(size, 1):
        m = dy.shape[d]
        made = np.zeros((*dy.shape[:d], n, *dy.shape[d + 1 :]), dy.dtype)
        lead = (slice(None),) * d
        for i, (a, b) in enumerate(adaptive_bounds(n, m)):
            made[(*lead, slice(a, b))] += dy[(*lead, slice(i, i + 1))] / dy.dtype.type(b - a)
        dy = made
    return dy


def windows_max(x: np.ndarray, bounds: list[list[tuple]]) -> tuple[np.ndarray, np.ndarray]:
    """Maxima of windows given by (start, stop) per dimension, and their flat positions."""
    out = tuple(len(b) for b in bounds)
    size = x.shape[1:]
    best, where = np.empty((len(x), *out), x.dtype), np.empty((len(x), *out), np.int64)
    for cell in product(*map(range, out)):
        spans = [b[i] for b, i in zip(bounds, cell)]
        part = x[(slice(None), *(slice(a, b) for a, b in spans))]
        inner = part.shape[1:]
        flat = part.reshape(len(x), -1)
        at = np.argmax(flat, axis=1)  # the first maximum, or a NaN
        bad = flat != flat
        if bad.any():  # the last NaN
            last = flat.shape[1] - 1 - np.argmax(bad[:, ::-1], axis=1)
            at = np.where(bad.any(1), last, at)
        best[(slice(None), *cell)] = flat[np.arange(len(x)), at]
        index = np.zeros(len(x), np.int64)
        for (a, _), local, n in zip(spans, np.unravel_index(at, inner), size):
            index = index * n + (a + local)
        where[(slice(None), *cell)] = index
    return best, where


def add_at(dy: np.ndarray, where: np.ndarray, size: Shape) -> np.ndarray:
    """dy (P, *) added up at flat positions of planes of the given size."""
    planes, area = len(dy), prod(size)
    flat = where.reshape(planes, prod(where.shape[1:])) + (np.arange(planes) * area)[:, None]
    if dy.dtype.kind == "c":
        made = np.zeros(planes * area, dy.dtype)
        np.add.at(made, flat.reshape(-1), dy.reshape(-1))
    else:
        made = np.bincount(flat.reshape(-1), dy.reshape(-1), planes * area).astype(dy.dtype)
    return made.reshape(planes, *size)


def pick_at(x: np.ndarray, where: np.ndarray) -> np.ndarray:
    """The elements of every plane of x at flat positions."""
    planes = len(x)
    flat = where.reshape(planes, prod(where.shape[1:]))
    picked = np.take_along_axis(x.reshape(planes, prod(x.shape[1:])), flat, 1)
    return picked.reshape(where.shape)


def fractional_bounds(n: int, m: int, k: int, sample: float) -> list[tuple[int, int]]:
    """Windows of k elements at the pseudo-random places of fractional pooling.

    Source: Graham 2014, arXiv:1412.6071, as PyTorch draws them.
    """
    if m == 1:
        return [(n - k, n)]
    alpha = (n - k) / (m - 1)
    starts = [int((i + sample) * alpha) - int(sample * alpha) for i in range(m - 1)] + [n - k]
    return [(s, s + k) for s in starts]
