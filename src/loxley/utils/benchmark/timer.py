"""`Timer`: runs a statement many times, and reads the clock.

Source: https://docs.pytorch.org/docs/stable/benchmark_utils.html
"""

from __future__ import annotations

import contextlib
import enum
import sys
import timeit
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from ...threads import get_num_threads, set_num_threads
from .measurement import Measurement, TaskSpec

timer = timeit.default_timer


class Language(enum.Enum):
    """What a statement is written in."""

    PYTHON = 0
    CPP = 1


@contextlib.contextmanager
def set_torch_threads(n: int) -> Iterator[None]:
    """Sets the number of threads within a block."""
    before = get_num_threads()
    try:
        set_num_threads(n)
        yield
    finally:
        set_num_threads(before)


class Timer:
    """Times `stmt`, Python text that runs with the names of `globals` after `setup`.

    One thread computes unless `num_threads` says otherwise. What the statement drops unread is
    recorded and never computed (docs/laziness.md): let it look at the result, as `.item()` does,
    to time the computation too. NotImplementedError for C++. Source: torch.utils.benchmark.Timer.
    """

    def __init__(
        self,
        stmt: str = "pass",
        setup: str = "pass",
        global_setup: str = "",
        timer: Callable[[], float] = timer,
        globals: dict[str, Any] | None = None,
        label: str | None = None,
        sub_label: str | None = None,
        description: str | None = None,
        env: str | None = None,
        num_threads: int = 1,
        language: Language | str = Language.PYTHON,
    ) -> None:
        if language not in (Language.PYTHON, "py", "python"):
            raise NotImplementedError("torch.utils.benchmark.Timer: language C++")
        if global_setup:
            raise ValueError(
                "global_setup is C++ only; the torch.utils.benchmark.Timer of Python has setup"
            )
        names = dict(globals or {})
        names.setdefault("torch", sys.modules[__name__.partition(".")[0]])
        stmt, setup = _dedented(stmt), _dedented(setup)
        self._globals = names
        self._timer = timeit.Timer(stmt, setup, timer=timer, globals=names)
        self._task_spec = TaskSpec(
            stmt, setup, global_setup, label, sub_label, description, env, num_threads
        )

    def timeit(self, number: int = 1000000) -> Measurement:
        """The time of `number` runs, after a few that are not counted."""
        with set_torch_threads(self._task_spec.num_threads):
            self._timer.timeit(number=max(int(number // 100), 2))
            return Measurement(number, [self._timer.timeit(number=number)], self._task_spec)

    def blocked_autorange(
        self,
        callback: Callable[[int, float], Any] | None = None,
        min_run_time: float = 0.2,
    ) -> Measurement:
        """Times of blocks of runs until `min_run_time` seconds have passed.

        Blocks are so long that reading the clock takes no part in their time.
        """
        with set_torch_threads(self._task_spec.num_threads):
            number = self._block_size(min_run_time)
            times, total = [], 0.0
            while total < min_run_time:
                taken = self._timer.timeit(number=number)
                times.append(taken)
                total += taken
                if callback is not None:
                    callback(number, taken)
        return Measurement(number, times, self._task_spec)

    def _block_size(self, min_run_time: float) -> int:
        overhead = float(np.median([timeit.Timer("pass").timeit(number=0) for _ in range(5)]))
        number = 1
        while True:
            taken = self._timer.timeit(number=number)
            if taken > 0 and overhead / taken <= 1e-4 and taken >= min_run_time / 1000:
                return number
            if taken > min_run_time:
                return number
            number *= 10

    def adaptive_autorange(
        self,
        threshold: float = 0.1,
        *,
        min_run_time: float = 0.01,
        max_run_time: float = 10.0,
        callback: Callable[[int, float], Any] | None = None,
    ) -> Measurement:
        """Times of blocks of runs until their quartiles lie within `threshold` of the median."""
        with set_torch_threads(self._task_spec.num_threads):
            number = self._block_size(0.05)
            times: list[float] = []
            while sum(times) < max_run_time:
                taken = self._timer.timeit(number=number)
                times.append(taken)
                if callback is not None:
                    callback(number, taken)
                made = Measurement(number, times, self._task_spec)
                if len(times) > 3 and sum(times) > min_run_time:
                    if made.meets_confidence(threshold):
                        break
        return Measurement(number, times, self._task_spec)

    def collect_callgrind(self, *args: Any, **kwargs: Any) -> Any:
        """Raises NotImplementedError: it counts the instructions of compiled code."""
        raise NotImplementedError("torch.utils.benchmark.Timer.collect_callgrind")


def _dedented(text: str) -> str:
    """Text without blank lines about it and without its first line's indentation."""
    lines = text.strip("\n").rstrip().split("\n")
    depth = len(lines[0]) - len(lines[0].lstrip())
    return "\n".join(line[depth:] if line[:depth].isspace() else line for line in lines)
