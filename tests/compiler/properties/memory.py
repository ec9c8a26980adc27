"""Memory that faults where a kernel leaves it: each buffer between two pages that nobody may touch.

In: shapes and dtypes.  Out: arrays that end (or begin) where a forbidden page begins (or ends),
filled with bytes that are NaN as floats.  A read or a write outside raises SIGSEGV, so that the
process dies: run examples in one of your own, or let pytest's workers tell which test it was.
"""

from __future__ import annotations

import ctypes
import mmap
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from math import prod
from typing import Any

import numpy as np

from loxley.compiler import placing
from loxley.compiler.arena import arena
from loxley.compiler.running import Compiled

PAGE = mmap.PAGESIZE
_ALIGN = 64  # of what lies in the arena
_UNTOUCHED = 0xFF
_NONE = 0  # PROT_NONE
_GAPS: dict[int, list[int]] = {}  # of the arenas, told apart by their sizes
AVAILABLE = sys.platform.startswith("linux")


def _forbid(memory: mmap.mmap, start: int) -> None:
    """Takes every right from the page at byte `start`."""
    address = ctypes.addressof(ctypes.c_char.from_buffer(memory, start))
    if ctypes.CDLL(None, use_errno=True).mprotect(ctypes.c_void_p(address), PAGE, _NONE):
        raise OSError(ctypes.get_errno(), "mprotect")


def _pages(size: int) -> int:
    return -(-size // PAGE) * PAGE


def guarded(shape: tuple[int, ...], dtype: Any, at_end: bool = True) -> np.ndarray:
    """An array whose last (or first) byte touches a forbidden page."""
    dtype = np.dtype(dtype)
    size = prod(shape) * dtype.itemsize
    room = max(_pages(size), PAGE)
    memory = mmap.mmap(-1, room + 2 * PAGE)
    flat = np.frombuffer(memory, np.uint8)[PAGE : PAGE + room]
    flat[:] = _UNTOUCHED
    _forbid(memory, 0)
    _forbid(memory, PAGE + room)
    part = flat[room - size :] if at_end else flat[:size]
    return part.view(dtype).reshape(shape)


def _spread(lifetimes: Sequence[Any], hosts: Sequence[Any] = ()) -> tuple[list, int]:
    """A place of its own in the arena for each buffer, with a page between each two."""
    found, offset = [], PAGE
    for life in lifetimes:
        size = -(-life.size // _ALIGN) * _ALIGN
        room = max(_pages(size), PAGE)
        found.append((-1, offset + room - size))
        offset += room + PAGE
    return found, offset


def _arena(size: int) -> None:
    """A fresh arena, whose gaps are forbidden; that of a plan of before is one buffer."""
    arena.generation += 1
    if size not in _GAPS:
        arena.memory = guarded((size,), np.uint8)
        return
    memory = mmap.mmap(-1, size)
    arena.memory = np.frombuffer(memory, np.uint8)
    arena.memory[:] = _UNTOUCHED
    for start in _GAPS[size]:
        _forbid(memory, start)


@contextmanager
def guards(at_end: bool) -> Iterator[None]:
    """Results and intermediate results of plans are guarded; those of a plan are apart."""

    def layout(lifetimes: Sequence[Any], hosts: Sequence[Any] = ()) -> tuple[list, int]:
        found, size = _spread(lifetimes)
        size += 1  # unlike that of any other arena
        while size in _GAPS:
            size += PAGE
        if lifetimes:
            ends = [_pages(offset + life.size) for (_, offset), life in zip(found, lifetimes)]
            _GAPS[size] = [0, *ends]
        return found, size if lifetimes else 0

    def arrays(self: Compiled, leaves: list) -> list:
        if self.arena_bytes:
            _arena(self.arena_bytes)
        made = leaves + [None] * (self.size - len(leaves))
        for number, shape, dtype in self.made:
            made[number] = guarded(shape, dtype, at_end)
        for number, leaf in self.given:
            made[number] = made[leaf]
        return made

    before = placing.layout, Compiled._arrays
    placing.layout, Compiled._arrays = layout, arrays  # type: ignore[method-assign]
    try:
        yield
    finally:
        placing.layout, Compiled._arrays = before  # type: ignore[method-assign]
        generation = arena.generation
        arena.__init__()  # type: ignore[misc]
        arena.generation = generation + 1  # no plan of before knows the next arena
