"""The memory of intermediate results: one arena that all plans share, laid out once per plan.

In: lifetimes of buffers, in steps.  Out: an offset for each, so that buffers that are alive at the
same time don't overlap and the arena is small.  The arena grows to the largest plan's need and
stays, so that its pages are faulted in once.
"""

from __future__ import annotations

from collections import OrderedDict
from math import prod
from sys import getrefcount
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


class Results:
    """Arrays of results that plans remember, to write into again once nobody else has them.

    Fresh pages cost more than most kernels; a result that a loop throws away each time is written
    to the same memory.  What all plans remember together is bounded.
    """

    LEAST, MOST = 1 << 20, 1 << 28  # bytes of an array worth remembering; of all together

    def __init__(self) -> None:
        self._of: OrderedDict[int, list[np.ndarray]] = OrderedDict()  # by a plan's id, oldest first
        self._bytes = 0
        self._ids: set[int] = set()

    def __contains__(self, array: np.ndarray) -> bool:
        """Whether a plan remembers the array, and so holds one reference more."""
        return id(array) in self._ids

    def take(self, plan: int, shape: tuple[int, ...], dtype: np.dtype) -> np.ndarray:
        """An array that nobody else has, with anything in it."""
        size = prod(shape) * dtype.itemsize
        if size < self.LEAST or size > self.MOST:
            return np.empty(shape, dtype)
        known = self._of.setdefault(plan, [])
        for i in range(len(known)):
            array = known[i]
            if getrefcount(array) == _UNSHARED and array.shape == shape and array.dtype == dtype:
                return array
        array = np.empty(shape, dtype)
        self._remember(plan, array)
        return array

    def _remember(self, plan: int, array: np.ndarray) -> None:
        while self._of and self._bytes + array.nbytes > self.MOST:
            oldest = next(iter(self._of))
            if not self._of[oldest]:
                del self._of[oldest]
                continue
            self._drop(oldest, 0)
        self._of.setdefault(plan, []).append(array)
        self._of.move_to_end(plan)
        self._ids.add(id(array))
        self._bytes += array.nbytes

    def _drop(self, plan: int, position: int) -> None:
        array = self._of[plan].pop(position)
        self._ids.discard(id(array))
        self._bytes -= array.nbytes


results = Results()
# References to an array that a plan alone has: its list, the name, the call's argument.
_UNSHARED = 3
