"""DataLoader: batches of a dataset, fetched here or by worker processes.

In: a dataset and how to sample, batch and collate it.  Out: an iterable of batches.
The draws from the generator (a base seed per pass, then the sampler's) are PyTorch's, in its
order, so that a seed shuffles as it does there.
Source: https://docs.pytorch.org/docs/2.13/data.html#torch.utils.data.DataLoader
"""

from __future__ import annotations

import itertools
import math
import multiprocessing
import multiprocessing.context
import os
import warnings
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Generic, TypeVar

from ...dtypes import int64
from ...tensor import Generator, empty
from ._utils.collate import default_collate, default_convert
from ._utils.fetch import _DatasetKind
from ._utils.pool import WorkerPool
from ._utils.worker import (
    ExceptionWrapper,
    StreamEnd,
    WorkerTask,
    get_worker_info,
)
from .datapipes.datapipe import IterDataPipe
from .dataset import Dataset, IterableDataset
from .graph_settings import apply_random_seed, apply_shuffle_settings
from .sampler import BatchSampler, RandomSampler, Sampler, SequentialSampler

__all__ = ["DataLoader", "default_collate", "default_convert", "get_worker_info"]

T_co = TypeVar("T_co", covariant=True)
_DEFAULT_PREFETCH = 2
_FIXED = frozenset(
    ("batch_size", "batch_sampler", "sampler", "drop_last", "dataset", "persistent_workers")
)


class _InfiniteConstantSampler(Sampler):
    """None without end: the indices of an iterable dataset, which needs none."""

    def __iter__(self) -> Iterator[None]:
        return itertools.repeat(None)


class DataLoader(Generic[T_co]):
    """An iterable over the batches of `dataset`; arguments and errors are PyTorch's.

    With `num_workers > 0` that many processes fetch ahead, `prefetch_factor` batches each;
    batches come back in shared memory, in order unless `in_order=False`.  An exception in a
    worker is raised here with the worker's traceback; a worker that dies raises RuntimeError,
    as does waiting longer than `timeout` seconds.
    """

    dataset: Dataset[T_co]
    batch_size: int | None
    num_workers: int
    pin_memory: bool
    drop_last: bool
    timeout: float
    sampler: Sampler | Iterable
    pin_memory_device: str
    prefetch_factor: int | None
    _iterator: _BaseDataLoaderIter | None = None
    __initialized = False

    def __init__(
        self,
        dataset: Dataset[T_co],
        batch_size: int | None = 1,
        shuffle: bool | None = None,
        sampler: Sampler | Iterable | None = None,
        batch_sampler: Sampler[list] | Iterable[list] | None = None,
        num_workers: int = 0,
        collate_fn: Callable[[list], Any] | None = None,
        pin_memory: bool = False,
        drop_last: bool = False,
        timeout: float = 0,
        worker_init_fn: Callable[[int], None] | None = None,
        multiprocessing_context: Any = None,
        generator: Generator | None = None,
        *,
        prefetch_factor: int | None = None,
        persistent_workers: bool = False,
        pin_memory_device: str = "",
        in_order: bool = True,
    ) -> None:
        _check_workers(num_workers, timeout, prefetch_factor, persistent_workers)
        if num_workers > 0 and prefetch_factor is None:
            prefetch_factor = _DEFAULT_PREFETCH
        if isinstance(dataset, IterDataPipe):  # whose own streams shuffle
            dataset, shuffle = apply_shuffle_settings(dataset, shuffle=shuffle), False
        self.dataset = dataset
        self.num_workers = num_workers
        self.prefetch_factor = prefetch_factor
        self.pin_memory = pin_memory
        self.pin_memory_device = pin_memory_device
        self.timeout = timeout
        self.worker_init_fn = worker_init_fn
        self.multiprocessing_context = multiprocessing_context
        self.in_order = in_order
        self._dataset_kind = _kind_of(dataset, shuffle, sampler, batch_sampler)
        _check_batching(batch_size, shuffle, sampler, batch_sampler, drop_last)
        if batch_sampler is not None:
            batch_size, drop_last = None, False
        if sampler is None:
            sampler = self._default_sampler(bool(shuffle), generator)
        if batch_size is not None and batch_sampler is None:
            batch_sampler = BatchSampler(sampler, batch_size, drop_last)
        self.batch_size = batch_size
        self.drop_last = drop_last
        self.sampler = sampler
        self.batch_sampler = batch_sampler
        self.generator = generator
        if collate_fn is None:
            collate_fn = default_collate if self._auto_collation else default_convert
        self.collate_fn = collate_fn
        self.persistent_workers = persistent_workers
        self.__initialized = True
        self._IterableDataset_len_called: int | None = None
        self._iterator = None
        self.check_worker_number_rationality()

    def _default_sampler(self, shuffle: bool, generator: Generator | None) -> Sampler:
        if self._dataset_kind == _DatasetKind.Iterable:
            return _InfiniteConstantSampler()
        if shuffle:
            return RandomSampler(self.dataset, generator=generator)
        return SequentialSampler(self.dataset)

    def __setattr__(self, attr: str, val: Any) -> None:
        if self.__initialized and attr in _FIXED:
            raise ValueError(
                f"{attr} attribute should not be set after {type(self).__name__} is initialized"
            )
        super().__setattr__(attr, val)

    @property
    def multiprocessing_context(self) -> Any:
        """The context the workers are started from; None for Python's default."""
        return self.__multiprocessing_context

    @multiprocessing_context.setter
    def multiprocessing_context(self, context: Any) -> None:
        self.__multiprocessing_context = _checked_context(context, self.num_workers)

    @property
    def _auto_collation(self) -> bool:
        return self.batch_sampler is not None

    @property
    def _index_sampler(self) -> Any:
        return self.batch_sampler if self._auto_collation else self.sampler

    def _get_iterator(self) -> _BaseDataLoaderIter:
        if self.num_workers == 0:
            return _SingleProcessDataLoaderIter(self)
        self.check_worker_number_rationality()
        return _MultiProcessingDataLoaderIter(self)

    def __iter__(self) -> _BaseDataLoaderIter:
        if not (self.persistent_workers and self.num_workers > 0):
            return self._get_iterator()
        if self._iterator is None or not self._iterator.can_go_on:
            self._iterator = self._get_iterator()
        else:
            self._iterator._reset(self)
        return self._iterator

    def __len__(self) -> int:
        if self._dataset_kind != _DatasetKind.Iterable:
            return len(self._index_sampler)
        # Remembered, so that a stream that gives more than it told can be warned about.
        length = self._IterableDataset_len_called = len(self.dataset)
        if self.batch_size is None:
            return length
        return length // self.batch_size if self.drop_last else math.ceil(length / self.batch_size)

    def check_worker_number_rationality(self) -> None:
        """Warn where there are more workers than processors this process may use."""
        if not self.num_workers:
            return
        usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 0
        suggested = usable or os.cpu_count()
        if suggested is None or self.num_workers > suggested:
            warnings.warn(_too_many_workers(suggested, self.num_workers), stacklevel=3)


def _too_many_workers(suggested: int | None, workers: int) -> str:
    told = (
        f"Our suggested max number of worker in current system is {suggested}, which is smaller "
        "than what this DataLoader is going to create."
        if suggested is not None
        else "DataLoader is not able to compute a suggested max number of worker in current system."
    )
    return (
        f"This DataLoader will create {workers} worker processes in total. {told} "
        "Please be aware that excessive worker creation might get DataLoader running slow or even "
        "freeze, lower the worker number to avoid potential slowness/freeze if necessary."
    )


def _check_workers(
    num_workers: int, timeout: float, prefetch_factor: int | None, persistent_workers: bool
) -> None:
    if num_workers < 0:
        raise ValueError(
            "num_workers option should be non-negative; "
            "use num_workers=0 to disable multiprocessing."
        )
    if timeout < 0:
        raise ValueError("timeout option should be non-negative")
    if num_workers == 0 and prefetch_factor is not None:
        raise ValueError(
            "prefetch_factor option could only be specified in multiprocessing."
            "let num_workers > 0 to enable multiprocessing, otherwise set prefetch_factor to None."
        )
    if prefetch_factor is not None and prefetch_factor < 0:
        raise ValueError("prefetch_factor option should be non-negative")
    if persistent_workers and num_workers == 0:
        raise ValueError("persistent_workers option needs num_workers > 0")


def _kind_of(dataset: Any, shuffle: bool | None, sampler: Any, batch_sampler: Any) -> int:
    """Map-style or iterable; an iterable dataset has its own order and takes none from outside."""
    if not isinstance(dataset, IterableDataset):
        return _DatasetKind.Map
    refused = "DataLoader with IterableDataset: expected unspecified"
    if shuffle not in {False, None}:
        raise ValueError(f"{refused} shuffle option, but got shuffle={shuffle}")
    if sampler is not None:
        raise ValueError(f"{refused} sampler option, but got sampler={sampler}")
    if batch_sampler is not None:
        raise ValueError(f"{refused} batch_sampler option, but got batch_sampler={batch_sampler}")
    return _DatasetKind.Iterable


def _check_batching(
    batch_size: int | None, shuffle: bool | None, sampler: Any, batch_sampler: Any, drop_last: bool
) -> None:
    if sampler is not None and shuffle:
        raise ValueError("sampler option is mutually exclusive with shuffle")
    if batch_sampler is not None:
        if batch_size != 1 or shuffle or sampler is not None or drop_last:
            raise ValueError(
                "batch_sampler option is mutually exclusive "
                "with batch_size, shuffle, sampler, and drop_last"
            )
    elif batch_size is None and drop_last:
        raise ValueError(
            "batch_size=None option disables auto-batching and is mutually exclusive with drop_last"
        )


def _checked_context(context: Any, num_workers: int) -> Any:
    if context is None:
        return None
    if num_workers == 0:
        raise ValueError(
            "multiprocessing_context can only be used with multi-process loading "
            f"(num_workers > 0), but got num_workers={num_workers}"
        )
    if isinstance(context, str):
        methods = multiprocessing.get_all_start_methods()
        if context not in methods:
            raise ValueError(
                "multiprocessing_context option should specify a valid start method in "
                f"{methods!r}, but got multiprocessing_context={context!r}"
            )
        context = multiprocessing.get_context(context)
    if not isinstance(context, multiprocessing.context.BaseContext):
        raise TypeError(
            "multiprocessing_context option should be a valid context object or a string "
            f"specifying the start method, but got multiprocessing_context={context}"
        )
    return context


class _BaseDataLoaderIter:
    """One pass over a loader: what both ways of fetching share."""

    def __init__(self, loader: DataLoader) -> None:
        self._dataset = loader.dataset
        self._dataset_kind = loader._dataset_kind
        self._auto_collation = loader._auto_collation
        self._drop_last = loader.drop_last
        self._index_sampler = loader._index_sampler
        self._num_workers = loader.num_workers
        self._timeout = loader.timeout
        self._collate_fn = loader.collate_fn
        self._persistent_workers = loader.persistent_workers
        _warn_of_pinning(loader)
        if isinstance(loader.dataset, IterDataPipe):
            shared = empty((), dtype=int64).random_(generator=loader.generator).item()
            apply_random_seed(loader.dataset, Generator().manual_seed(int(shared)))
        self._base_seed = empty((), dtype=int64).random_(generator=loader.generator).item()
        self._begin(loader)

    def _begin(self, loader: DataLoader) -> None:
        self._sampler_iter = iter(self._index_sampler)
        self._num_yielded = 0
        self._IterableDataset_len_called = loader._IterableDataset_len_called

    def _reset(self, loader: DataLoader) -> None:
        self._begin(loader)

    def __iter__(self) -> _BaseDataLoaderIter:
        return self

    def __next__(self) -> Any:
        data = self._next_data()
        self._num_yielded += 1
        told = self._IterableDataset_len_called
        if (
            told is not None
            and self._num_yielded > told
            and self._dataset_kind == _DatasetKind.Iterable
        ):
            warnings.warn(self._too_long(told), stacklevel=2)
        return data

    def _too_long(self, told: int) -> str:
        message = (
            f"Length of IterableDataset {self._dataset} was reported to be {told}(when accessing "
            f"len(dataloader)), but {self._num_yielded} samples have been fetched. "
        )
        if self._num_workers:
            message += (
                "For multiprocessing data-loading, this could be caused by not properly "
                "configuring the IterableDataset replica at each worker. Please see "
                "https://pytorch.org/docs/stable/data.html#torch.utils.data.IterableDataset "
                "for examples."
            )
        return message

    def _next_data(self) -> Any:
        raise NotImplementedError

    def __len__(self) -> int:
        return len(self._index_sampler)

    def __getstate__(self) -> Any:
        raise NotImplementedError("{} cannot be pickled", type(self).__name__)


def _warn_of_pinning(loader: DataLoader) -> None:
    if loader.pin_memory and loader.pin_memory_device:
        warnings.warn(
            "pin_memory_device is deprecated, the current accelerator will be used as the device,"
            f"ignore pin_memory_device='{loader.pin_memory_device}'.",
            stacklevel=5,
        )
    if loader.pin_memory:
        warnings.warn(
            "'pin_memory' argument is set as true but no accelerator is found, "
            "then device pinned memory won't be used.",
            stacklevel=5,
        )


class _SingleProcessDataLoaderIter(_BaseDataLoaderIter):
    """Fetches each batch when it is asked for."""

    def __init__(self, loader: DataLoader) -> None:
        super().__init__(loader)
        if self._timeout != 0:
            raise AssertionError("_SingleProcessDataLoaderIter requires timeout == 0")
        self._dataset_fetcher = _DatasetKind.create_fetcher(
            self._dataset_kind,
            self._dataset,
            self._auto_collation,
            self._collate_fn,
            self._drop_last,
        )

    def _next_data(self) -> Any:
        return self._dataset_fetcher.fetch(next(self._sampler_iter))


class _MultiProcessingDataLoaderIter(_BaseDataLoaderIter):
    """Has worker processes fetch ahead and gives their batches in order.

    Tasks are numbered; `_owner` maps each that is not yet given out to its worker, `_arrived`
    holds batches that came before their turn.
    """

    def __init__(self, loader: DataLoader) -> None:
        super().__init__(loader)
        self._prefetch_factor = loader.prefetch_factor
        if self._prefetch_factor <= 0:
            raise AssertionError(
                "prefetch_factor must be greater than 0 for MultiProcessingDataLoaderIter"
            )
        self._in_order = loader.in_order
        context = loader.multiprocessing_context or multiprocessing.get_context()
        self._pool = WorkerPool(context, self._worker_tasks(loader.worker_init_fn))
        self._workers = self._pool.processes
        self._start_pass()

    @property
    def can_go_on(self) -> bool:
        """Whether the workers are still there for another pass."""
        return self._pool.is_open

    def _worker_tasks(self, init_fn: Callable[[int], None] | None) -> list[WorkerTask]:
        return [
            WorkerTask(
                kind=self._dataset_kind,
                dataset=self._dataset,
                auto_collation=self._auto_collation,
                collate_fn=self._collate_fn,
                drop_last=self._drop_last,
                base_seed=self._base_seed,
                init_fn=init_fn,
                id=i,
                num_workers=self._num_workers,
            )
            for i in range(self._num_workers)
        ]

    def _reset(self, loader: DataLoader) -> None:
        super()._reset(loader)
        self._pool.resume()
        self._start_pass()

    def _start_pass(self) -> None:
        self._send_number = 0  # of the next task
        self._receive_number = 0  # of the next batch to give out
        self._owner: dict[int, int] = {}
        self._arrived: dict[int, Any] = {}
        self._active = [True] * self._num_workers
        self._tasks_of = [0] * self._num_workers
        self._turn = itertools.cycle(range(self._num_workers))
        for _ in range(self._prefetch_factor * self._num_workers):
            self._assign_next()

    def _assign_next(self) -> None:
        """Give the sampler's next indices to the next worker in turn, if there are both."""
        try:
            index = next(self._sampler_iter)
        except StopIteration:
            return
        worker = self._choose_worker()
        if worker is None:
            return
        self._owner[self._send_number] = worker
        self._pool.submit(worker, (self._send_number, index))
        self._tasks_of[worker] += 1
        self._send_number += 1

    def _choose_worker(self) -> int | None:
        fair_share = self._prefetch_factor * self._num_workers // max(1, sum(self._active))
        for worker in itertools.islice(self._turn, self._num_workers):
            if self._active[worker] and (self._in_order or self._tasks_of[worker] < fair_share):
                return worker
        return None

    def _next_data(self) -> Any:
        while True:
            self._skip_ended()
            if self._receive_number in self._arrived:
                return self._give(self._receive_number, self._arrived.pop(self._receive_number))
            if self._receive_number >= self._send_number:
                if not self._persistent_workers:
                    self._pool.shut_down()
                raise StopIteration
            number, data = self._pool.receive(self._timeout)
            if isinstance(data, StreamEnd):
                self._end_worker(self._owner[number])
                self._assign_next()
            elif number == self._receive_number or not self._in_order:
                return self._give(number, data)
            else:
                self._arrived[number] = data

    def _skip_ended(self) -> None:
        """Pass over the tasks that will have no answer, their worker's stream having ended."""
        while self._receive_number < self._send_number:
            number = self._receive_number
            waiting = number in self._owner and self._active[self._owner[number]]
            if waiting or number in self._arrived:
                return
            self._owner.pop(number, None)
            self._receive_number += 1

    def _end_worker(self, worker: int) -> None:
        self._active[worker] = False
        if not self._persistent_workers:
            self._pool.dismiss(worker)

    def _give(self, number: int, data: Any) -> Any:
        self._tasks_of[self._owner.pop(number)] -= 1
        if number == self._receive_number:
            self._receive_number += 1
        self._assign_next()
        if isinstance(data, ExceptionWrapper):
            data.reraise()
        return data

    def __del__(self) -> None:
        pool = getattr(self, "_pool", None)
        if pool is not None:
            pool.shut_down()
