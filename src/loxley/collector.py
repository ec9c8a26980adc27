"""Python's collector of cycles, kept away from what makes many objects that stay.

In: a block.  Out: the same block, without collections.  Python looks through the young objects
after every few hundred new ones, and now and then through all there are: where a hundred thousand
are made that live on (an import, a plan) that finds nothing and takes a quarter of the time.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


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
