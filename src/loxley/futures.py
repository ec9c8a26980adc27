"""`torch.futures`: results that other threads will bring.

In: a value or an exception, once.  Out: waiting, callbacks, futures made from futures.
Source: https://docs.pytorch.org/docs/2.13/futures.html
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

__all__ = ["Future", "collect_all", "wait_all"]


class Future:
    """A value that is there later; `devices` may name none, since there are no accelerators."""

    def __init__(self, *, devices: list | None = None) -> None:
        if devices:
            raise NotImplementedError("torch.futures.Future: argument 'devices' is not implemented")
        self._lock = threading.Condition()
        self._done = False
        self._value: Any = None
        self._error: BaseException | None = None
        self._callbacks: list[Callable[[Future], None]] = []

    def done(self) -> bool:
        """Whether there is a value or an exception."""
        return self._done

    def wait(self) -> Any:
        """Wait until it is done; the value, or its exception is raised."""
        with self._lock:
            self._lock.wait_for(lambda: self._done)
        return self.value()

    def value(self) -> Any:
        """The value of a finished future; RuntimeError where it is not finished."""
        if not self._done:
            raise RuntimeError("Future.value: the future is not completed")
        if self._error is not None:
            raise self._error
        return self._value

    def set_result(self, result: Any) -> None:
        """Finish with a value; RuntimeError the second time."""
        self._finish(result, None)

    def set_exception(self, result: BaseException) -> None:
        """Finish with an exception, which waiting raises."""
        if not isinstance(result, Exception):
            raise AssertionError(f"{result} is of type {type(result)}, not an Exception.")
        self._finish(None, result)

    def _finish(self, value: Any, error: BaseException | None) -> None:
        with self._lock:
            if self._done:
                raise RuntimeError(
                    "Attempting to mark a completed Future as complete again. Note that a Future "
                    "can only be marked completed once."
                )
            self._value, self._error, self._done = value, error, True
            waiting, self._callbacks = self._callbacks, []
            self._lock.notify_all()
        for callback in waiting:
            callback(self)

    def _when_done(self, callback: Callable[[Future], None]) -> None:
        with self._lock:
            if not self._done:
                self._callbacks.append(callback)
                return
        callback(self)

    def then(self, callback: Callable[[Future], Any]) -> Future:
        """A future of what `callback(self)` returns once this one is done."""
        following = Future()

        def run(finished: Future) -> None:
            try:
                following.set_result(callback(finished))
            except Exception as error:
                told = f"Got the following error when running the callback: {_shown(error)}"
                following.set_exception(RuntimeError(told))

        self._when_done(run)
        return following

    def add_done_callback(self, callback: Callable[[Future], Any]) -> None:
        """Run `callback(self)` once this one is done."""
        self.then(callback)


def _shown(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"


def collect_all(futures: list[Future]) -> Future:
    """A future of the list of futures, done when all of them are."""
    whole, left, lock = Future(), [len(futures)], threading.Lock()

    def count(_: Future) -> None:
        with lock:
            left[0] -= 1
            last = left[0] == 0
        if last:
            whole.set_result(list(futures))

    if not futures:
        whole.set_result([])
    for future in futures:
        future._when_done(count)
    return whole


def wait_all(futures: list[Future]) -> list:
    """The values of all; the first exception is raised."""
    return [future.wait() for future in collect_all(futures).wait()]
