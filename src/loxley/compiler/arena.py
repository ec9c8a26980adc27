"""The memory of intermediate results: one arena that all plans share, laid out once per plan.

In: lifetimes of buffers, in steps.  Out: an offset for each, so that buffers that are alive at the
same time don't overlap and the arena is small.  The arena grows to the largest plan's need and
stays, so that its pages are faulted in once.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

_ALIGN = 64


class Lifetime(NamedTuple):
    """A buffer of `size` bytes that is written at step `first` and last read at step `last`."""

    size: int
    first: int
    last: int


def layout(lifetimes: list[Lifetime]) -> tuple[list[int], int]:
    """Offsets of the buffers and the size of the whole; the largest are placed first."""
    offsets = [0] * len(lifetimes)
    placed: list[tuple[int, int, int, int]] = []  # offset, end, first, last
    total = 0
    order = sorted(range(len(lifetimes)), key=lambda i: (-lifetimes[i].size, lifetimes[i].first))
    for i in order:
        size, first, last = lifetimes[i]
        size = -(-size // _ALIGN) * _ALIGN
        offset = 0
        for start, end, f, l in placed:  # sorted by offset
            if f > last or l < first:
                continue
            if start - offset >= size:
                break
            offset = max(offset, end)
        offsets[i] = offset
        placed.append((offset, offset + size, first, last))
        placed.sort()
        total = max(total, offset + size)
    return offsets, total


class Arena:
    """The process's arena; `generation` tells when its memory has moved."""

    def __init__(self) -> None:
        self.generation = 0
        self._own = np.empty(0, np.uint8)
        self.memory = self._own

    def reserve(self, size: int) -> None:
        if size > len(self.memory):
            self._own = np.empty(size + _ALIGN, np.uint8)
            start = -self._own.ctypes.data % _ALIGN
            self.memory = self._own[start : start + size]
            self.generation += 1

    @property
    def address(self) -> int:
        return self.memory.ctypes.data if len(self.memory) else 0


arena = Arena()
