"""Python's collector of cycles, kept away from what makes many objects that stay.

In: a block.  Out: the same block, without collections.  Python looks through the young objects
after every few hundred new ones, and now and then through all there are: where a hundred thousand
are made that live on (an import, a plan) that finds nothing and takes a quarter of the time.

So does a step that records two thousand operators, each a dozen objects of which PyTorch has one
or two.  So the young are looked through after `YOUNG` new ones (unless the program said after how
many), and, since a cycle of few objects may hold much memory, after `MEMORY` bytes of results.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

YOUNG, MEMORY = 20_000, 1 << 30
_PYTHONS = (700, 2000, 10_000)  # after how many Python itself does, by its version


class _Results:
    """Bytes of results since the young were looked through for them."""

    __slots__ = ("bytes",)

    def __init__(self) -> None:
        self.bytes = 0


_results = _Results()


def collect_less_often() -> None:
    """Sets after how many new objects Python looks through the young."""
    first, *rest = gc.get_threshold()
    if first in _PYTHONS:
        gc.set_threshold(YOUNG, *rest)


def count_results(size: int) -> None:
    """Notes `size` bytes of results that are no longer pending; collects once there are enough."""
    _results.bytes += size
    if _results.bytes > MEMORY:
        _results.bytes = 0
        if gc.isenabled():
            gc.collect(1)


@contextmanager
def without_collections(settle: bool = False) -> Iterator[None]:
    """A block in which nothing is collected.

    settle  what there is afterwards counts as old, so that the next collection of the young does
            not walk over all that the block has made (unless the program keeps objects frozen)
    """
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if settle and not gc.get_freeze_count():
            gc.freeze()  # all objects aside ...
            gc.unfreeze()  # ... and back, to the oldest
        if enabled:
            gc.enable()
