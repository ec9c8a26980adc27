"""Walking large arrays in blocks that stay in the cache, with scratch memory that is used again.

A chain of NumPy ufuncs over a large array streams it through memory once per ufunc; the same chain
over blocks of `BLOCK_BYTES` runs from the second-level cache.  `blocked` does this for elementwise
functions; `chunks`, `row_chunks` and `borrowed` are its parts, for reductions over rows and fused
updates that write their own loop.

In: arrays and functions written with `out=`.  Out: arrays.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import numpy as np

BLOCK_BYTES = 128 * 1024
_ALIGNMENT = 64


class _Pool(threading.local):
    """Free scratch buffers of one thread, each of `BLOCK_BYTES`."""

    def __init__(self) -> None:
        self.free: list[np.ndarray] = []


_pool = _Pool()


def block_length(dtype: np.dtype | type) -> int:
    """How many elements of `dtype` make one block."""
    return BLOCK_BYTES // np.dtype(dtype).itemsize


def chunks(n: int, size: int) -> Iterator[slice]:
    """Slices of at most `size` that together cover range(n)."""
    for start in range(0, n, size):
        yield slice(start, min(start + size, n))


def row_chunks(rows: int, width: int, dtype: np.dtype | type) -> Iterator[slice]:
    """Slices of whole rows of `width` elements: as many as make a block, at least one."""
    return chunks(rows, max(1, block_length(dtype) // max(width, 1)))


@contextmanager
def borrowed(count: int, size: int, dtype: np.dtype | type) -> Iterator[list[np.ndarray]]:
    """`count` uninitialized 1-D arrays of `size` elements, given back to this thread's pool.

    Sizes of more than a block are allocated afresh.  The arrays must not outlive the `with`.
    """
    bytes_needed = size * np.dtype(dtype).itemsize
    taken = [_take(bytes_needed) for _ in range(count)]
    try:
        yield [buffer[:bytes_needed].view(dtype) for buffer in taken]
    finally:
        _pool.free.extend(b for b in taken if b.nbytes == BLOCK_BYTES)


def _take(bytes_needed: int) -> np.ndarray:
    if bytes_needed <= BLOCK_BYTES and _pool.free:
        return _pool.free.pop()
    size = max(bytes_needed, BLOCK_BYTES)
    memory = np.empty(size + _ALIGNMENT, np.uint8)
    start = -memory.ctypes.data % _ALIGNMENT
    return memory[start : start + size]


def blocked(
    fn: Callable[..., object],
    arrays: Sequence[np.ndarray],
    out: np.ndarray | None = None,
    *,
    scratch: int = 0,
    dtype: np.dtype | type | None = None,
) -> np.ndarray:
    """Run the elementwise `fn(*inputs, out, *scratch)` block by block over broadcast `arrays`.

    `fn` gets 1-D pieces of equal length and fills `out`'s; the `scratch` pieces have `out`'s dtype.
    Where `out` may be one of the inputs, `fn` must not write to it before it last reads them.
    Floating-point warnings are off.  `out` defaults to a new array of `dtype`, or of the inputs'
    common dtype, in the first input's memory layout.  ValueError if `out` has another shape.
    """
    shape = np.broadcast_shapes(*(a.shape for a in arrays))
    if out is None:
        out = _fresh(arrays, shape, dtype)
    elif out.shape != shape:
        raise ValueError(f"out has shape {out.shape}, expected {shape}")
    order = _axis_order(arrays, out)
    flat = [_flattened(a, shape, order) for a in arrays]
    target = _flattened(out, shape, order)
    in_place = np.may_share_memory(target, out) or not out.size
    _walk(fn, flat, target, scratch)
    if not in_place:
        turned = out.transpose(order)
        turned[...] = target.reshape(turned.shape)
    return out


def _walk(fn: Callable, flat: list[np.ndarray], target: np.ndarray, scratch: int) -> None:
    length = block_length(target.dtype)
    with (
        np.errstate(all="ignore"),
        borrowed(scratch, min(length, target.size), target.dtype) as buffers,
    ):
        for piece in chunks(target.size, length):
            size = piece.stop - piece.start
            fn(*(a[piece] for a in flat), target[piece], *(b[:size] for b in buffers))


def _fresh(
    arrays: Sequence[np.ndarray], shape: tuple[int, ...], dtype: np.dtype | type | None
) -> np.ndarray:
    wanted = np.result_type(*arrays) if dtype is None else np.dtype(dtype)
    if arrays[0].shape == shape:
        return np.empty_like(arrays[0], dtype=wanted)
    return np.empty(shape, wanted)


def _axis_order(arrays: Sequence[np.ndarray], out: np.ndarray) -> list[int]:
    """Axes of `out` from the widest stride to the narrowest: the order in which memory lies."""
    axes = list(range(out.ndim))
    if out.flags.c_contiguous and all(a.flags.c_contiguous for a in arrays):
        return axes
    return sorted(axes, key=lambda axis: -abs(out.strides[axis]))


def _flattened(a: np.ndarray, shape: tuple[int, ...], order: list[int]) -> np.ndarray:
    """`a`, broadcast, as a 1-D array in the given order of axes: a view where memory allows."""
    if a.shape != shape:
        a = np.broadcast_to(a, shape)
    return a.transpose(order).reshape(-1)
