"""`torch.multiprocessing`: Python's multiprocessing, and `spawn`.

Tensors travel between processes by value. Source: https://docs.pytorch.org/docs/stable/multiprocessing.html
"""

from __future__ import annotations

import multiprocessing
import signal
import sys
import traceback
from collections.abc import Callable
from multiprocessing import (  # noqa: F401 - offered under this name
    Array,
    Barrier,
    BoundedSemaphore,
    Condition,
    Event,
    JoinableQueue,
    Lock,
    Manager,
    Pipe,
    Pool,
    Process,
    Queue,
    RLock,
    Semaphore,
    SimpleQueue,
    Value,
    active_children,
    cpu_count,
    current_process,
    freeze_support,
    get_all_start_methods,
    get_context,
    get_start_method,
    parent_process,
    set_start_method,
)
from multiprocessing.connection import wait
from typing import Any


class ProcessException(Exception):
    """A process that `spawn` started has failed: `error_index`, `error_pid`."""

    def __init__(self, msg: str, error_index: int, pid: int | None) -> None:
        super().__init__(msg)
        self.msg, self.error_index, self.error_pid = msg, error_index, pid


class ProcessRaisedException(ProcessException):
    """It raised; the message holds its traceback."""


class ProcessExitedException(ProcessException):
    """It ended by a signal or with an exit code."""

    def __init__(
        self, msg: str, error_index: int, error_pid: int | None, exit_code: int | None
    ) -> None:
        super().__init__(msg, error_index, error_pid)
        self.exit_code = exit_code


class ProcessContext:
    """The processes of one `spawn`."""

    def __init__(self, processes: list[Any], errors: list[Any]) -> None:
        self.processes, self._errors = processes, errors

    def pids(self) -> list[int | None]:
        """Their numbers."""
        return [process.pid for process in self.processes]

    def join(self, timeout: float | None = None) -> bool:
        """Waits until one ends; True where all have ended well.

        The first failure ends the others and is raised here.
        """
        running = [process for process in self.processes if process.is_alive()]
        if running:
            wait([process.sentinel for process in running], timeout)
        for index, process in enumerate(self.processes):
            if process.exitcode not in (None, 0):
                self._fail(index)
        return all(process.exitcode == 0 for process in self.processes)

    def _fail(self, index: int) -> None:
        failed = self.processes[index]
        for process in self.processes:
            if process.is_alive():
                process.terminate()
            process.join()
        if self._errors[index].poll():
            text = f"\n\n-- Process {index} terminated with the following error:\n"
            raise ProcessRaisedException(text + self._errors[index].recv(), index, failed.pid)
        code = failed.exitcode
        how = f"signal {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"
        text = f"process {index} terminated with {how}"
        raise ProcessExitedException(text, index, failed.pid, code)


def _run(fn: Callable, index: int, args: tuple, error: Any) -> None:
    try:
        fn(index, *args)
    except KeyboardInterrupt:
        pass
    except Exception:  # noqa: BLE001 - reported to the parent, which raises it
        error.send(traceback.format_exc())
        sys.exit(1)


def start_processes(
    fn: Callable,
    args: tuple = (),
    nprocs: int = 1,
    join: bool = True,
    daemon: bool = False,
    start_method: str = "spawn",
) -> ProcessContext | None:
    """Runs `fn(i, *args)` in `nprocs` processes. Source: torch.multiprocessing.start_processes."""
    context: Any = multiprocessing.get_context(start_method)
    processes, errors = [], []
    for index in range(nprocs):
        receiver, sender = context.Pipe(duplex=False)
        process = context.Process(target=_run, args=(fn, index, args, sender), daemon=daemon)
        process.start()
        processes.append(process)
        errors.append(receiver)
    made = ProcessContext(processes, errors)
    if not join:
        return made
    while not made.join():
        pass
    return None


def spawn(
    fn: Callable,
    args: tuple = (),
    nprocs: int = 1,
    join: bool = True,
    daemon: bool = False,
    start_method: str = "spawn",
) -> ProcessContext | None:
    """Runs `fn(i, *args)` in `nprocs` new processes.

    ProcessRaisedException or ProcessExitedException where one fails.
    Source: torch.multiprocessing.spawn.
    """
    return start_processes(fn, args, nprocs, join, daemon, start_method)


def get_all_sharing_strategies() -> set[str]:
    """How tensors can be shared between processes."""
    return {"file_system"}


def get_sharing_strategy() -> str:
    """How tensors are shared between processes."""
    return "file_system"


def set_sharing_strategy(new_strategy: str) -> None:
    """Accepts the one strategy that there is; AssertionError for others."""
    if new_strategy not in get_all_sharing_strategies():
        raise AssertionError(f"sharing strategy {new_strategy!r} is not available")
