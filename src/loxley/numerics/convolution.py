"""Convolution in any number of dimensions on NumPy's BLAS.

Windows of the input are laid out as columns of a matrix, block by block so that a block stays in
the cache, and multiplied with the weights; convolutions of one channel each add up shifted
products instead.  In: x (N, C, *S), weights (O, C / groups, *K), dy (N, O, *L).  Out: arrays.
Nothing here knows 16-bit floats: widen them first.
Source: Chellapilla et al. 2006, "High performance convolutional neural networks for document
processing".
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from math import prod
from typing import NamedTuple

import numpy as np
from numpy.lib.stride_tricks import as_strided

Shape = tuple[int, ...]
_BLOCK = 1 << 19  # elements of a block of columns
_LONG = 256  # positions that make a product worth while on their own


class Geometry(NamedTuple):
    """How windows move over the input, per spatial dimension."""

    stride: Shape
    padding: Shape
    dilation: Shape
    groups: int

    def output(self, size: Shape, kernel: Shape) -> Shape:
        """The spatial shape of the result."""
        parts = zip(size, kernel, self.stride, self.padding, self.dilation)
        return tuple((n + 2 * p - d * (k - 1) - 1) // s + 1 for n, k, s, p, d in parts)

    def padded(self, size: Shape) -> Shape:
        return tuple(n + 2 * p for n, p in zip(size, self.padding))

    def window(self, tap: Shape, rows: slice, out: Shape) -> tuple[slice, ...]:
        """Where in the padded input the given kernel element meets the output's `rows`."""
        parts = []
        for i, (t, s, d) in enumerate(zip(tap, self.stride, self.dilation)):
            first, last = (rows.start, rows.stop) if i == 0 else (0, out[i])
            start = t * d + first * s
            parts.append(slice(start, start + (last - first - 1) * s + 1, s))
        return tuple(parts)

    def is_pointwise(self, kernel: Shape) -> bool:
        """Whether the input itself is the matrix of columns."""
        plain = all(s == 1 for s in self.stride) and not any(self.padding)
        return plain and all(k == 1 for k in kernel)


def _inside(geometry: Geometry, size: Shape) -> tuple[slice, ...]:
    """The input's own place in the padded input."""
    return tuple(slice(p, p + n) for n, p in zip(size, geometry.padding))


def _padded(x: np.ndarray, geometry: Geometry) -> np.ndarray:
    if not any(geometry.padding):
        return x
    size = x.shape[2:]
    made = np.zeros(x.shape[:2] + geometry.padded(size), x.dtype)
    made[(slice(None), slice(None), *_inside(geometry, size))] = x
    return made


def _blocks(samples: int, depth: int, out: Shape) -> Iterator[tuple[slice, slice]]:
    """(samples, rows of the output) of blocks of `depth` times their positions elements."""
    positions = prod(out)
    if depth * positions > _BLOCK and out[0] > 1:
        line = max(1, prod(out[1:]))
        rows = max(1, -(-_LONG // line), _BLOCK // (depth * line))
        for i in range(samples):
            for r in range(0, out[0], rows):
                yield slice(i, i + 1), slice(r, min(r + rows, out[0]))
        return
    group = 1 if positions >= _LONG else max(1, min(_BLOCK // max(depth * positions, 1), samples))
    for i in range(0, samples, group):
        yield slice(i, min(i + group, samples)), slice(0, out[0])


def _columns(xp, geometry: Geometry, kernel: Shape, rows: slice, out: Shape) -> np.ndarray:
    """(groups, C / groups * taps, n * positions) from a padded block (n, C, *)."""
    n, c = xp.shape[:2]
    lines = (rows.stop - rows.start, *out[1:])
    made = np.empty((c, prod(kernel), n, *lines), xp.dtype)
    turned = xp.swapaxes(0, 1)
    for i, tap in enumerate(product(*map(range, kernel))):
        where = geometry.window(tap, rows, out)
        made[:, i] = turned[(slice(None), slice(None), *where)]
    return made.reshape(geometry.groups, -1, n * prod(lines))


def _grouped(y: np.ndarray, groups: int) -> np.ndarray:
    """(n, O, *) -> (groups, O / groups, n * positions)."""
    n, o = y.shape[:2]
    positions = prod(y.shape[2:])
    return y.reshape(n, o, positions).swapaxes(0, 1).reshape(groups, o // groups, n * positions)


def forward(x: np.ndarray, w: np.ndarray, bias: np.ndarray | None, g: Geometry) -> np.ndarray:
    """The cross-correlation of x with w, plus a bias per output channel: (N, O, *L)."""
    kernel = w.shape[2:]
    out = g.output(x.shape[2:], kernel)
    shape = (x.shape[0], w.shape[0], *out)
    if 0 in shape or not x.size:
        y = np.zeros(shape, x.dtype)
        return y if bias is None else y + _per_channel(bias, len(out))
    if _is_depthwise(w, x.shape[1], g):
        y = _depthwise(x, w, g, out)
    elif g.is_pointwise(kernel) and prod(out) >= _LONG // 4:
        y = _pointwise(x, w.reshape(g.groups, -1, w.shape[1]), shape)
    else:
        return _by_columns(x, w, bias, g, np.empty(shape, x.dtype))
    if bias is not None:
        y += _per_channel(bias, len(out))
    return y


def _per_channel(vector: np.ndarray, dims: int) -> np.ndarray:
    return vector.reshape((-1,) + (1,) * dims)


def _pointwise(x: np.ndarray, w: np.ndarray, shape: Shape) -> np.ndarray:
    """Weights (groups, O / groups, C / groups) times x at every position."""
    columns = x.reshape(x.shape[0], w.shape[0], w.shape[2], -1)
    return np.matmul(w, columns).reshape(shape)


def _by_columns(x, w, bias, g: Geometry, y: np.ndarray) -> np.ndarray:
    kernel, out = w.shape[2:], y.shape[2:]
    weights = w.reshape(g.groups, w.shape[0] // g.groups, -1)
    depth = weights.shape[2] * g.groups
    for samples, rows in _blocks(len(x), depth, out):
        xp = _padded(x[samples], g)
        made = np.matmul(weights, _columns(xp, g, kernel, rows, out))
        if bias is not None:
            made += bias.reshape(g.groups, -1, 1)
        count = samples.stop - samples.start
        lines = (rows.stop - rows.start, *out[1:])
        y[samples, :, rows] = made.reshape(w.shape[0], count, *lines).swapaxes(0, 1)
    return y


def grad_weight(dy: np.ndarray, x: np.ndarray, shape: Shape, g: Geometry) -> np.ndarray:
    """The gradient of the weights, which have the given shape."""
    kernel, out = shape[2:], dy.shape[2:]
    if not dy.size or not x.size:
        return np.zeros(shape, dy.dtype)
    if shape[1] == 1 and shape[0] == x.shape[1] == g.groups:
        return _depthwise_grad_weight(dy, x, shape, g)
    total = np.zeros((g.groups, shape[0] // g.groups, prod(shape[1:])), dy.dtype)
    if g.is_pointwise(kernel) and prod(out) >= _LONG // 4:
        left = dy.reshape(len(dy), g.groups, -1, prod(out))
        right = x.reshape(len(x), g.groups, -1, prod(out))
        for a, b in zip(left, right):
            total += np.matmul(a, b.swapaxes(1, 2))
        return total.reshape(shape)
    for samples, rows in _blocks(len(x), total.shape[2] * g.groups, out):
        xp = _padded(x[samples], g)
        columns = _columns(xp, g, kernel, rows, out)
        total += np.matmul(_grouped(dy[samples, :, rows], g.groups), columns.swapaxes(1, 2))
    return total.reshape(shape)


def grad_input(dy: np.ndarray, w: np.ndarray, size: Shape, g: Geometry) -> np.ndarray:
    """The gradient of an input whose spatial shape is `size`: a transposed convolution."""
    kernel = w.shape[2:]
    channels = w.shape[1] * g.groups
    shape = (dy.shape[0], channels, *size)
    if 0 in shape or not dy.size:
        return np.zeros(shape, dy.dtype)
    if _is_depthwise(w, channels, g):
        return _depthwise_grad_input(dy, w, size, g)
    turned = w.reshape(g.groups, -1, *w.shape[1:]).swapaxes(1, 2)  # groups, C / g, O / g, *K
    if g.is_pointwise(kernel) and prod(size) >= _LONG // 4:
        return _pointwise(dy, turned.reshape(turned.shape[:3]), shape)
    full = tuple(d * (k - 1) - p for d, k, p in zip(g.dilation, kernel, g.padding))
    large = dy.size * prod(w.shape[1:]) > _BLOCK  # small ones are scattered, in PyTorch's order
    plain = all(s == 1 for s in g.stride) and min(full) >= 0
    if large and plain and size == _full_size(dy, full, kernel, g):
        flipped = turned[(..., *(slice(None, None, -1),) * len(kernel))]
        flipped = np.ascontiguousarray(flipped).reshape(channels, -1, *kernel)
        return forward(dy, flipped, None, Geometry(g.stride, full, g.dilation, g.groups))
    return _scattered(dy, w, np.empty(shape, dy.dtype), g)


def _full_size(dy: np.ndarray, padding: Shape, kernel: Shape, g: Geometry) -> Shape:
    return Geometry(g.stride, padding, g.dilation, 1).output(dy.shape[2:], kernel)


def _scattered(dy: np.ndarray, w: np.ndarray, dx: np.ndarray, g: Geometry) -> np.ndarray:
    """Columns of gradients added up where they overlap."""
    kernel, out, size = w.shape[2:], dy.shape[2:], dx.shape[2:]
    channels = dx.shape[1]
    weights = w.reshape(g.groups, w.shape[0] // g.groups, -1).swapaxes(1, 2)
    inside = (slice(None), slice(None), *_inside(g, size))
    before, buffer = slice(0, 0), None
    for samples, rows in _blocks(len(dy), channels * prod(kernel), out):
        count = samples.stop - samples.start
        if samples != before:
            if buffer is not None:
                dx[before] = buffer[inside]
            before = samples
            buffer = np.zeros((count, channels, *g.padded(size)), dy.dtype)
        columns = np.matmul(weights, _grouped(dy[samples, :, rows], g.groups))
        lines = (rows.stop - rows.start, *out[1:])
        columns = columns.reshape(channels, -1, count, *lines)
        for i, tap in enumerate(product(*map(range, kernel))):
            where = (slice(None), slice(None), *g.window(tap, rows, out))
            buffer[where] += columns[:, i].swapaxes(0, 1)
    dx[before] = buffer[inside]
    return dx


# ---------------------------------------------------------------- one channel each


def _is_depthwise(w: np.ndarray, channels: int, g: Geometry) -> bool:
    return w.shape[1] == 1 and w.shape[0] == channels == g.groups


def _channel_blocks(x: np.ndarray, positions: int) -> Iterator[tuple[int, slice]]:
    size = max(1, (_BLOCK >> 4) // max(positions, 1))
    for i in range(x.shape[0]):
        for c in range(0, x.shape[1], size):
            yield i, slice(c, min(c + size, x.shape[1]))


def _line(g: Geometry, out: Shape, padded: Shape) -> tuple[Shape, int, tuple]:
    """How windows lie in flat padded planes, for a stride of one.

    (steps of a kernel element per dimension, elements from the first window to the last, the part
    of such a line, seen as rows of the padded width, that the output takes): every kernel element
    is one long slice, elements between the rows being computed and thrown away.
    """
    strides = [prod(padded[d + 1 :]) for d in range(len(padded))]
    steps = tuple(s * d for s, d in zip(strides, g.dilation))
    length = 1 + sum((n - 1) * s for n, s in zip(out, strides))
    return steps, length, (slice(None), *(slice(0, n) for n in out))


def _offset(tap: Shape, steps: Shape) -> int:
    return sum(t * s for t, s in zip(tap, steps))


def _as_rows(line: np.ndarray, shape: Shape) -> np.ndarray:
    """(C, size) memory as (C, *shape); the last rows may reach beyond `size` if not looked at."""
    strides = [line.itemsize]
    for n in reversed(shape[1:]):
        strides.append(strides[-1] * n)
    return as_strided(line, (len(line), *shape), (line.strides[0], *reversed(strides)))


class _Taps:
    """The windows of one block of channels, kernel element by kernel element."""

    def __init__(self, g: Geometry, kernel: Shape, size: Shape, out: Shape) -> None:
        self.g, self.out, self.padded = g, out, g.padded(size)
        self.taps = list(product(*map(range, kernel)))
        self.flat = all(s == 1 for s in g.stride)
        self.steps, self.length, self.keep = _line(g, out, self.padded)

    def shape(self, channels: int) -> Shape:
        """The shape in which results accumulate."""
        return (channels, self.length) if self.flat else (channels, *self.out)

    def window(self, xp: np.ndarray, tap: Shape) -> np.ndarray:
        if self.flat:
            start = _offset(tap, self.steps)
            return xp.reshape(len(xp), -1)[:, start : start + self.length]
        return xp[(slice(None), *self.g.window(tap, slice(0, self.out[0]), self.out))]

    def column(self, vector: np.ndarray) -> np.ndarray:
        return vector[:, None] if self.flat else _per_channel(vector, len(self.out))

    def spread(self, part: np.ndarray) -> np.ndarray:
        """A block of the output's shape as results accumulate: zeros between its rows."""
        if not self.flat:
            return part
        line = np.zeros((len(part), prod(self.padded)), part.dtype)
        line.reshape(len(part), *self.padded)[self.keep] = part
        return line[:, : self.length]

    def cut(self, total: np.ndarray) -> np.ndarray:
        """What `spread` puts in."""
        return _as_rows(total, self.padded)[self.keep] if self.flat else total


def _depthwise(x: np.ndarray, w: np.ndarray, g: Geometry, out: Shape) -> np.ndarray:
    y = np.empty((*x.shape[:2], *out), x.dtype)
    taps = _Taps(g, w.shape[2:], x.shape[2:], out)
    flat = w.reshape(len(w), -1)
    for i, channels in _channel_blocks(x, prod(out)):
        xp = np.ascontiguousarray(_padded(x[i : i + 1, channels], g)[0])
        total = np.zeros(taps.shape(len(xp)), x.dtype)
        work = np.empty_like(total)
        for t, tap in enumerate(taps.taps):
            np.multiply(taps.window(xp, tap), taps.column(flat[channels, t]), out=work)
            total += work
        y[i, channels] = taps.cut(total)
    return y


def _depthwise_grad_input(dy: np.ndarray, w: np.ndarray, size: Shape, g: Geometry) -> np.ndarray:
    dx = np.empty((*dy.shape[:2], *size), dy.dtype)
    taps = _Taps(g, w.shape[2:], size, dy.shape[2:])
    flat = w.reshape(len(w), -1)
    inside = (slice(None), *_inside(g, size))
    for i, channels in _channel_blocks(dy, prod(dy.shape[2:])):
        part = taps.spread(dy[i, channels])
        buffer, work = np.zeros((len(part), *taps.padded), dy.dtype), np.empty_like(part)
        for t, tap in enumerate(taps.taps):
            np.multiply(part, taps.column(flat[channels, t]), out=work)
            target = taps.window(buffer, tap)
            target += work
        dx[i, channels] = buffer[inside]
    return dx


def _depthwise_grad_weight(dy: np.ndarray, x: np.ndarray, shape: Shape, g: Geometry) -> np.ndarray:
    taps = _Taps(g, shape[2:], x.shape[2:], dy.shape[2:])
    total = np.zeros((shape[0], len(taps.taps)), dy.dtype)
    for i, channels in _channel_blocks(dy, prod(dy.shape[2:])):
        part = taps.spread(dy[i, channels])
        xp = np.ascontiguousarray(_padded(x[i : i + 1, channels], g)[0])
        for t, tap in enumerate(taps.taps):
            window = taps.window(xp, tap)
            total[channels, t] += _dots(part, window)
    return total.reshape(shape)


def _dots(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """The sum of a * b per channel."""
    if a.ndim == 2:
        return np.einsum("ij,ij->i", a, b)
    return (a * b).reshape(len(a), -1).sum(1)
