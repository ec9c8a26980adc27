"""WorkerPool: starts the worker processes of a loader, talks to them, notices when one dies.

In: a multiprocessing context and a `WorkerTask` per worker.  Out: their answers, in the order of
arrival.  A worker that has ended without being told to raises RuntimeError in the next wait.
"""

from __future__ import annotations

import collections
import multiprocessing.connection
import os
import signal
import sys
from typing import Any

from . import channel as channels
from .worker import MP_STATUS_CHECK_INTERVAL, Resume, WorkerTask, run_worker

# So many small messages fit a socket for certain; the rest wait here, and nothing ever blocks.
_UNANSWERED_LIMIT = 64


class WorkerPool:
    """The worker processes of one iterator, and the channels to them."""

    def __init__(self, context: Any, tasks: list[WorkerTask]) -> None:
        if not channels.SUPPORTED:
            raise NotImplementedError(
                "DataLoader: num_workers > 0 needs shared memory passed between processes by "
                "descriptors, which this platform lacks; use num_workers=0"
            )
        self.processes: list[Any] = []
        self._channels: list[channels.Channel] = []
        self._owner_pid = os.getpid()
        self.is_open = True
        self._unanswered = [0] * len(tasks)
        self._backlog = [collections.deque() for _ in tasks]
        self._dismissed = [False] * len(tasks)
        try:
            for task in tasks:
                self._start(context, task)
        except BaseException:
            self.shut_down()
            raise

    def _start(self, context: Any, task: WorkerTask) -> None:
        ours, theirs = channels.pair()
        inherited = [*self._channels, ours] if context.get_start_method() == "fork" else []
        process = context.Process(target=run_worker, args=(theirs, task, inherited), daemon=True)
        try:
            process.start()
        except BaseException:
            ours.close()
            raise
        finally:
            theirs.close()
        self.processes.append(process)
        self._channels.append(ours)

    def submit(self, worker: int, message: Any) -> None:
        """Hand a task to a worker; never waits."""
        if self._unanswered[worker] >= _UNANSWERED_LIMIT:
            self._backlog[worker].append(message)
        else:
            self._unanswered[worker] += 1
            self._send(worker, message)

    def _send(self, worker: int, message: Any) -> None:
        try:
            self._channels[worker].send(message)
        except (BrokenPipeError, ConnectionResetError):
            self._raise_death(worker)

    def receive(self, timeout: float) -> Any:
        """The next answer of any worker; RuntimeError after `timeout` seconds (0: never)."""
        if not self.is_open:
            raise AssertionError(
                "Invalid iterator state: shutdown or no outstanding tasks when fetching next data"
            )
        live = {
            channel: worker
            for worker, channel in enumerate(self._channels)
            if not self._dismissed[worker]
        }
        ready = multiprocessing.connection.wait(list(live), timeout or None)
        if not ready:
            raise RuntimeError(f"DataLoader timed out after {timeout} seconds")
        worker = live[ready[0]]
        answer = self._receive_from(worker)
        self._unanswered[worker] -= 1
        if self._backlog[worker]:
            self.submit(worker, self._backlog[worker].popleft())
        return answer

    def _receive_from(self, worker: int) -> Any:
        try:
            return self._channels[worker].receive()
        except (EOFError, ConnectionResetError):
            self._raise_death(worker)
        except BaseException:
            # Half a message may have been read: nothing that follows could be made sense of.
            self.shut_down()
            raise

    def _raise_death(self, worker: int) -> None:
        process = self.processes[worker]
        process.join(MP_STATUS_CHECK_INTERVAL)
        message = f"DataLoader worker (pid(s) {process.pid}) exited unexpectedly"
        cause = RuntimeError(_cause_of_death(process))
        self.shut_down()
        raise RuntimeError(message) from cause

    def resume(self) -> None:
        """Have every worker start its dataset anew; what was under way is thrown away."""
        self._unanswered = [0] * len(self._channels)
        for worker in range(len(self._channels)):
            self._backlog[worker].clear()
            self._send(worker, Resume())
        for worker in range(len(self._channels)):
            while not isinstance(self._receive_from(worker), Resume):
                pass

    def dismiss(self, worker: int) -> None:
        """Tell a worker to end; it is not waited for."""
        if self._dismissed[worker]:
            return
        self._dismissed[worker] = True
        try:
            self._channels[worker].send(None)
        except OSError:
            pass  # it has ended already

    def shut_down(self) -> None:
        """End all workers: asked first, then terminated, then killed.  Does nothing in a fork."""
        if not self.is_open or os.getpid() != self._owner_pid or sys.is_finalizing():
            return
        self.is_open = False
        for worker in range(len(self._channels)):
            self.dismiss(worker)
        for channel in self._channels:
            channel.close()
        for process in self.processes:
            process.join(MP_STATUS_CHECK_INTERVAL)
            if process.is_alive():
                process.terminate()
                process.join(MP_STATUS_CHECK_INTERVAL)
            if process.is_alive():
                process.kill()
                process.join()


def _cause_of_death(process: Any) -> str:
    who = f"DataLoader worker (pid {process.pid})"
    code = process.exitcode
    if code is None or code >= 0:
        return (
            f"{who} exited unexpectedly with exit code {code}. Details are lost due to "
            "multiprocessing. Rerunning with num_workers=0 may give better error trace."
        )
    if -code == signal.SIGBUS:
        return (
            f"{who} is killed by signal: Bus error. It is possible that dataloader's workers are "
            "out of shared memory. Please try to raise your shared memory limit."
        )
    return f"{who} is killed by signal: {signal.strsignal(-code)}. "
