"""The memory of intermediate results: one arena that all plans share, laid out once per plan.

In: lifetimes of buffers, in steps, and arrays that are free until their own first step.  Out: a
place for each buffer, so that buffers that are alive at the same time don't overlap and the arena
is small.  The arena grows to the largest plan's need and stays, so that its pages are faulted in
once.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections import OrderedDict
from collections.abc import Callable, Sequence
from itertools import accumulate
from math import prod
from sys import getrefcount
from typing import NamedTuple
from weakref import finalize

import numpy as np

_ALIGN = 64
_LEAST_GUEST = 1 << 16  # bytes of a buffer that is worth a place in another's array


class Lifetime(NamedTuple):
    """A buffer of `size` bytes that is written at step `first` and last read at step `last`.

    A guest may lie in another's array; others need the arena's alignment.
    """

    size: int
    first: int
    last: int
    guest: bool = True


class Host(NamedTuple):
    """An array of `size` bytes that others may use before step `until`."""

    number: int
    size: int
    until: int


class _Region:
    """Memory in which buffers are placed, with those that are there, by their offsets."""

    def __init__(self, number: int, size: int, until: int) -> None:
        self.number, self.size, self.until = number, size, until
        self.placed: list[tuple[int, int, int, int]] = []  # offset, end, first, last

    def fit(self, size: int, life: Lifetime) -> int | None:
        """The first gap of `size` bytes while the buffer is alive; None if there is none."""
        offset, (_, begin, until, _) = 0, life
        for start, end, first, last in self.placed:
            if first <= until and last >= begin:
                if start - offset >= size:
                    break
                if end > offset:
                    offset = end
        return offset if offset + size <= self.size else None


_ORDERS: tuple[Callable[[Lifetime], tuple], ...] = (
    lambda life: (-life.size, life.first),
    lambda life: (-life.size, -life.last),
    lambda life: (-life.size * (life.last - life.first + 1), life.first),
    lambda life: (life.first - life.last, -life.size),
)


def layout(
    lifetimes: Sequence[Lifetime], hosts: Sequence[Host] = ()
) -> tuple[list[tuple[int, int]], int]:
    """For each buffer its array (-1 is the arena) and offset there; the size of the arena.

    The best of a few orders, or the first that nothing can be better than: greedy placing is good,
    but which buffers should choose first depends on whether sizes or lifetimes differ more.
    """
    least = _least(lifetimes, hosts)
    best = _layout(lifetimes, hosts, _ORDERS[0])
    for order in _ORDERS[1:] if hosts else ():
        if best[1] <= least:
            break
        best = min(best, _layout(lifetimes, hosts, order), key=lambda found: found[1])
    return best


def _least(lifetimes: Sequence[Lifetime], hosts: Sequence[Host]) -> int:
    """Bytes that every arena has: the most that is alive at once of what fits into no host."""
    latest = sorted(hosts, key=lambda h: -h.until)
    largest = list(accumulate((h.size for h in latest), max))  # of the so many latest
    changes: list[tuple[int, int]] = []
    for life in lifetimes:
        size = _aligned(life.size)
        free = bisect_left(latest, -life.last, key=lambda h: -h.until)
        if not (life.guest and free and _LEAST_GUEST <= size <= largest[free - 1]):
            changes += ((life.first, size), (life.last + 1, -size))
    most = alive = 0
    for _, change in sorted(changes):
        alive += change
        most = max(most, alive)
    return most


def _aligned(size: int) -> int:
    return -(-size // _ALIGN) * _ALIGN


def _chosen(regions: Sequence[_Region], size: int, life: Lifetime) -> tuple[_Region, int] | None:
    """The first region that is free long enough and has a gap."""
    if life.guest and size >= _LEAST_GUEST:
        for region in regions:
            if size <= region.size and life.last < region.until:
                offset = region.fit(size, life)
                if offset is not None:
                    return region, offset
    return None


def _layout(
    lifetimes: Sequence[Lifetime], hosts: Sequence[Host], order: Callable[[Lifetime], tuple]
) -> tuple[list[tuple[int, int]], int]:
    """Each buffer in turn goes to the array that is taken away soonest, at last to the arena."""
    regions = [_Region(*h) for h in sorted(hosts, key=lambda h: (h.until, h.number))]
    arena = _Region(-1, 1 << 62, 1 << 62)
    found = [(-1, 0)] * len(lifetimes)
    total = 0
    for i in sorted(range(len(lifetimes)), key=lambda i: order(lifetimes[i])):
        life = lifetimes[i]
        size = _aligned(life.size)
        region, offset = _chosen(regions, size, life) or (
            arena,
            arena.fit(size, life) or 0,
        )
        found[i] = region.number, offset
        insort(region.placed, (offset, offset + size, life.first, life.last))
        if region is arena:
            total = max(total, offset + size)
    return found, total


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
    to the same memory.  Each plan has a shelf, which dies with it; what lies on all shelves
    together is bounded.
    """

    LEAST, MOST = 1 << 20, 1 << 28  # bytes of an array worth remembering; of all together

    def __init__(self) -> None:
        self._shelves: OrderedDict[int, list[np.ndarray]] = OrderedDict()  # the oldest first
        self._bytes = 0
        self._ids: set[int] = set()

    def __contains__(self, array: np.ndarray) -> bool:
        """Whether a plan remembers the array, and so holds one reference more."""
        return id(array) in self._ids

    def shelf(self, owner: object) -> list[np.ndarray]:
        """An empty shelf, cleared when its owner dies."""
        made: list[np.ndarray] = []
        finalize(owner, self._clear, made).atexit = False
        return made

    def remembers(self, shape: tuple[int, ...], dtype: np.dtype) -> bool:
        """Whether such an array is worth remembering."""
        return self.LEAST <= prod(shape) * dtype.itemsize <= self.MOST

    def take(self, shelf: list[np.ndarray], shape: tuple[int, ...], dtype: np.dtype) -> np.ndarray:
        """An array that nobody else has, with anything in it."""
        if not self.remembers(shape, dtype):
            return np.empty(shape, dtype)
        for i in range(len(shelf)):
            array = shelf[i]
            if getrefcount(array) == _UNSHARED and array.shape == shape and array.dtype == dtype:
                return array
        array = np.empty(shape, dtype)
        self._remember(shelf, array)
        return array

    def _remember(self, shelf: list[np.ndarray], array: np.ndarray) -> None:
        while self._shelves and self._bytes + array.nbytes > self.MOST:
            oldest = next(iter(self._shelves.values()))
            self._forget(oldest.pop(0))
            if not oldest:
                del self._shelves[id(oldest)]
        shelf.append(array)
        self._shelves[id(shelf)] = shelf
        self._shelves.move_to_end(id(shelf))
        self._ids.add(id(array))
        self._bytes += array.nbytes

    def _forget(self, array: np.ndarray) -> None:
        self._ids.discard(id(array))
        self._bytes -= array.nbytes

    def _clear(self, shelf: list[np.ndarray]) -> None:
        self._shelves.pop(id(shelf), None)
        while shelf:
            self._forget(shelf.pop())


results = Results()
# References to an array that a plan alone has: its shelf, the name, the call's argument.
_UNSHARED = 3
