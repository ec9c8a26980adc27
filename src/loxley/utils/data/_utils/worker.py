"""The worker process: takes tasks from its channel, fetches, sends batches back.

In: messages from the loader: `(number, index)` to fetch, a `Resume` to start the stream anew,
`None` to end.  Out: `(number, batch)`, where the batch may be an `ExceptionWrapper` or a
`StreamEnd`; the `Resume` itself as the answer to it.
"""

from __future__ import annotations

import multiprocessing.connection
import os
import random
import sys
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from ....tensor import Generator, manual_seed
from ....threads import set_num_threads
from .channel import Channel
from .fetch import _DatasetKind

MP_STATUS_CHECK_INTERVAL = 5.0


class Resume:
    """Begin the dataset anew: what persistent workers get at the start of an epoch."""


class StreamEnd:
    """The worker's copy of an iterable dataset has no more samples."""


@dataclass(frozen=True, slots=True)
class WorkerInfo:
    """What `get_worker_info` tells in a worker: which one it is, its seed, its copy of the dataset.

    `rng` is always None and `worker_method` always "multiprocessing": workers are processes.
    """

    id: int
    num_workers: int
    seed: int
    dataset: Any
    rng: Generator | None = None
    worker_method: str = "multiprocessing"


_worker_info: WorkerInfo | None = None


def get_worker_info() -> WorkerInfo | None:
    """The `WorkerInfo` of this worker process; None in the main process."""
    return _worker_info


@dataclass(frozen=True)
class WorkerTask:
    """All that a worker needs to know when it starts."""

    kind: int
    dataset: Any
    auto_collation: bool
    collate_fn: Callable
    drop_last: bool
    base_seed: int
    init_fn: Callable[[int], None] | None
    id: int
    num_workers: int


class _KeyErrorMessage(str):
    """A message that a KeyError shows as it is, line breaks and all."""

    def __repr__(self) -> str:
        return str(self)


class ExceptionWrapper:
    """An exception with its traceback as text, to be raised again in another process."""

    def __init__(self, where: str) -> None:
        kind, value, trace = sys.exc_info()
        self.exc_type = kind
        self.exc_msg = "".join(traceback.format_exception(kind, value, trace))
        self.where = where

    def reraise(self) -> None:
        """Raise an exception of the same type; RuntimeError if it cannot be made from a message."""
        message = f"Caught {self.exc_type.__name__} {self.where}.\nOriginal {self.exc_msg}"
        if self.exc_type is KeyError:
            message = _KeyErrorMessage(message)
        try:
            if getattr(self.exc_type, "message", None):
                exception = self.exc_type(message=message)
            else:
                exception = self.exc_type(message)
        except Exception:
            raise RuntimeError(message) from None
        raise exception


def run_worker(channel: Channel, task: WorkerTask, inherited: list[Channel]) -> None:
    """The body of a worker process; returns when told to, or when the loader is gone.

    `inherited` are the loader's own ends, copied by a fork: while any copy of its other end is
    open, a worker does not learn that the loader has gone.
    """
    for end in inherited:
        end.close()
    try:
        _prepare(task)
        _serve(channel, task)
    except (KeyboardInterrupt, EOFError, BrokenPipeError, ConnectionResetError):
        # The loader gets the interrupt itself; or it is gone and wants nothing more.
        pass
    finally:
        channel.close()


def _prepare(task: WorkerTask) -> None:
    global _worker_info
    set_num_threads(1)
    seed = task.base_seed + task.id
    random.seed(seed)
    manual_seed(seed)
    np.random.seed(_numpy_seed(task.base_seed, task.id))
    _worker_info = WorkerInfo(task.id, task.num_workers, seed, task.dataset)


def _numpy_seed(base_seed: int, worker_id: int) -> np.ndarray:
    """Four words mixed from both numbers, by NumPy's SeedSequence, as PyTorch mixes them."""
    entropy = [worker_id, base_seed & 0xFFFFFFFF, base_seed >> 32, 0]
    return np.random.SeedSequence(entropy).generate_state(4)


def _serve(channel: Channel, task: WorkerTask) -> None:
    """Answer messages until told to end; an error of the start is the answer to the first task."""
    where = f"in DataLoader worker process {task.id}"
    fetcher, failure = _start(task, where, task.init_fn)
    ended, parent = False, os.getppid()
    while (message := _next_message(channel, parent)) is not None:
        if isinstance(message, Resume):
            channel.send(message)
            fetcher, failure = _start(task, where)
            ended = False
        elif not ended:
            batch = failure or _fetch(fetcher, message[1], task.kind, where)
            failure = None
            ended = isinstance(batch, StreamEnd)
            _send(channel, message[0], batch, where)


def _start(
    task: WorkerTask, where: str, init_fn: Callable[[int], None] | None = None
) -> tuple[Any, ExceptionWrapper | None]:
    """A fetcher, or else the error that kept it from being made."""
    try:
        if init_fn is not None:
            init_fn(task.id)
        fetcher = _DatasetKind.create_fetcher(
            task.kind, task.dataset, task.auto_collation, task.collate_fn, task.drop_last
        )
        return fetcher, None
    except Exception:
        return None, ExceptionWrapper(where)


def _fetch(fetcher: Any, index: Any, kind: int, where: str) -> Any:
    try:
        return fetcher.fetch(index)
    except StopIteration:
        return StreamEnd() if kind == _DatasetKind.Iterable else ExceptionWrapper(where)
    except Exception:
        return ExceptionWrapper(where)


def _send(channel: Channel, number: int, batch: Any, where: str) -> None:
    """Send a batch; if it does not pickle, send that error instead, or any error as text."""
    try:
        channel.send((number, batch))
    except (BrokenPipeError, ConnectionResetError):
        raise
    except Exception:
        if isinstance(batch, ExceptionWrapper):
            batch.exc_type = RuntimeError  # its own class is what can't be sent
        else:
            batch = ExceptionWrapper(where)
        channel.send((number, batch))


def _next_message(channel: Channel, parent: int) -> Any:
    """The next message; EOFError when the loader's process has ended without a word.

    Workers of other loaders may hold a copy of the loader's end, so its being open proves nothing.
    """
    while not multiprocessing.connection.wait([channel], MP_STATUS_CHECK_INTERVAL):
        if os.getppid() != parent:
            raise EOFError
    return channel.receive()
