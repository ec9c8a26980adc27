"""`torch.utils.data.datapipes.iter`: streams over a program's data and over one another.

Source: https://docs.pytorch.org/docs/stable/data.html
"""

from __future__ import annotations

import copy
import random
from collections.abc import Callable, Iterable, Iterator, Sized
from typing import Any

from ..... import dtypes as dt
from .....tensor import empty
from ..datapipe import IterDataPipe, functional_datapipe

__all__ = ["Batcher", "Filter", "IterableWrapper", "Mapper", "Shuffler"]


def _length(pipe: IterDataPipe, source: Any) -> int:
    if isinstance(source, Sized):
        return len(source)
    raise TypeError(f"{type(pipe).__name__} instance doesn't have valid length")


class IterableWrapperIterDataPipe(IterDataPipe):
    """The items of an iterable, of which each iteration takes a copy unless told otherwise."""

    def __init__(self, iterable: Iterable, deepcopy: bool = True) -> None:
        self.iterable, self.deepcopy = iterable, deepcopy

    def __iter__(self) -> Iterator:
        source = self.iterable
        if self.deepcopy:
            try:
                source = copy.deepcopy(self.iterable)
            except TypeError:  # generators and files can't be copied
                pass
        yield from source

    def __len__(self) -> int:
        return _length(self, self.iterable)


@functional_datapipe("map")
class MapperIterDataPipe(IterDataPipe):
    """A function of every item. NotImplementedError for parts of items."""

    def __init__(
        self, datapipe: IterDataPipe, fn: Callable, input_col: Any = None, output_col: Any = None
    ) -> None:
        if input_col is not None or output_col is not None:
            raise NotImplementedError("Mapper: arguments 'input_col' and 'output_col'")
        self.datapipe, self.fn = datapipe, fn

    def __iter__(self) -> Iterator:
        for item in self.datapipe:
            yield self.fn(item)

    def __len__(self) -> int:
        return _length(self, self.datapipe)


@functional_datapipe("filter")
class FilterIterDataPipe(IterDataPipe):
    """The items of which a function is true; ValueError where it gives no bool."""

    def __init__(self, datapipe: IterDataPipe, filter_fn: Callable, input_col: Any = None) -> None:
        if input_col is not None:
            raise NotImplementedError("Filter: argument 'input_col'")
        self.datapipe, self.filter_fn = datapipe, filter_fn

    def __iter__(self) -> Iterator:
        for item in self.datapipe:
            found = self.filter_fn(item)
            if not isinstance(found, bool):
                raise ValueError(
                    "Boolean output is required for `filter_fn` of FilterIterDataPipe, got",
                    type(found),
                )
            if found:
                yield item


@functional_datapipe("batch")
class BatcherIterDataPipe(IterDataPipe):
    """Lists of `batch_size` items; the last may be shorter, unless `drop_last`."""

    def __init__(
        self,
        datapipe: IterDataPipe,
        batch_size: int,
        drop_last: bool = False,
        wrapper_class: Callable = list,
    ) -> None:
        if batch_size <= 0:
            raise AssertionError("Batch size is required to be larger than 0!")
        self.datapipe, self.batch_size = datapipe, batch_size
        self.drop_last, self.wrapper_class = drop_last, wrapper_class

    def __iter__(self) -> Iterator:
        batch = []
        for item in self.datapipe:
            batch.append(item)
            if len(batch) == self.batch_size:
                yield self.wrapper_class(batch)
                batch = []
        if batch and not self.drop_last:
            yield self.wrapper_class(batch)

    def __len__(self) -> int:
        count = _length(self, self.datapipe)
        return count // self.batch_size if self.drop_last else -(-count // self.batch_size)


@functional_datapipe("shuffle")
class ShufflerIterDataPipe(IterDataPipe):
    """The items in random order, as far as a buffer of them allows.

    Each iteration draws a new seed, unless `set_seed` has told one.
    """

    def __init__(
        self, datapipe: IterDataPipe, *, buffer_size: int = 10000, unbatch_level: int = 0
    ) -> None:
        if buffer_size <= 0:
            raise AssertionError("buffer_size should be larger than 0")
        self.datapipe = datapipe
        for _ in range(unbatch_level):
            self.datapipe = UnBatcherIterDataPipe(self.datapipe)
        self.buffer_size = buffer_size
        self._enabled, self._seed = True, None
        self._rng = random.Random()

    def set_shuffle(self, shuffle: bool = True) -> ShufflerIterDataPipe:
        """Whether it shuffles."""
        self._enabled = shuffle
        return self

    def set_seed(self, seed: int) -> ShufflerIterDataPipe:
        """The seed of the next iteration."""
        self._seed = seed  # type: ignore[assignment]
        return self

    def reset(self) -> None:
        """Seeds the next iteration."""
        if self._enabled:
            if self._seed is None:
                self._seed = int(empty((), dtype=dt.int64).random_().item())  # type: ignore[assignment]
            self._rng.seed(self._seed)
            self._seed = None

    def __iter__(self) -> Iterator:
        if not self._enabled:
            yield from self.datapipe
            return
        waiting: list[Any] = []
        for item in self.datapipe:
            if len(waiting) < self.buffer_size:
                waiting.append(item)
                continue
            at = self._rng.randint(0, len(waiting) - 1)
            chosen, waiting[at] = waiting[at], item
            yield chosen
        while waiting:
            yield waiting.pop(self._rng.randint(0, len(waiting) - 1))

    def __len__(self) -> int:
        return _length(self, self.datapipe)


class UnBatcherIterDataPipe(IterDataPipe):
    """The items of items that are lists."""

    def __init__(self, datapipe: IterDataPipe) -> None:
        self.datapipe = datapipe

    def __iter__(self) -> Iterator:
        for items in self.datapipe:
            yield from items


IterableWrapper, Mapper = IterableWrapperIterDataPipe, MapperIterDataPipe
Filter, Batcher = FilterIterDataPipe, BatcherIterDataPipe
Shuffler = ShufflerIterDataPipe
