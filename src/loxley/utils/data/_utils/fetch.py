"""Fetching: the indices of one task become one collated batch.

In: a dataset, the collate function, indices (a list when batching, else one).  Out: the batch.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

from ....tensor.joining import rows_now
from ..dataset import TensorDataset
from .collate import default_collate, stacks_tensors


class _MapFetcher:
    """Fetches from a map-style dataset, by `__getitems__` where it has one."""

    def __init__(self, dataset: Any, auto_collation: bool, collate_fn: Callable) -> None:
        self.dataset = dataset
        self.auto_collation = auto_collation
        self.collate_fn = collate_fn

    def fetch(self, index: Any) -> Any:
        if not self.auto_collation:
            return self.collate_fn(self.dataset[index])
        if getattr(self.dataset, "__getitems__", None):
            return self.collate_fn(self.dataset.__getitems__(index))
        if type(self.dataset) is TensorDataset and self.collate_fn is default_collate:
            if stacks_tensors():
                batch = [rows_now(tensor, index) for tensor in self.dataset.tensors]
                if all(one is not None for one in batch):
                    return batch
        return self.collate_fn([self.dataset[i] for i in index])


class _IterableFetcher:
    """Takes the next samples of a stream; raises StopIteration at its end."""

    def __init__(
        self, dataset: Any, auto_collation: bool, collate_fn: Callable, drop_last: bool
    ) -> None:
        self.stream = iter(dataset)
        self.auto_collation = auto_collation
        self.collate_fn = collate_fn
        self.drop_last = drop_last
        self.ended = False

    def fetch(self, index: Any) -> Any:
        if self.ended:
            raise StopIteration
        if not self.auto_collation:
            return self.collate_fn(next(self.stream))
        samples = list(itertools.islice(self.stream, len(index)))
        # A stream that has ended must not be asked again, so remember it.
        self.ended = len(samples) < len(index)
        if not samples or (self.ended and self.drop_last):
            raise StopIteration
        return self.collate_fn(samples)


class _DatasetKind:
    """Map-style or iterable, and the fetcher of each."""

    Map = 0
    Iterable = 1

    @staticmethod
    def create_fetcher(
        kind: int, dataset: Any, auto_collation: bool, collate_fn: Callable, drop_last: bool
    ) -> _MapFetcher | _IterableFetcher:
        """The fetcher for a dataset of this kind."""
        if kind == _DatasetKind.Map:
            return _MapFetcher(dataset, auto_collation, collate_fn)
        return _IterableFetcher(dataset, auto_collation, collate_fn, drop_last)
