"""Runs plans: one native call fills the slots and runs every step with a team of native threads.

In: the functions of a plan, their slots, and which inputs go to which slots.  Out: a `Plan`; it
is packed with the inputs of the moment and called.  The native code is in `team`; here are its
state, its threads' start, and what a fork does to them.

    plan = Plan(slots, steps=[Step(address, first_slot, most_workers)], inputs=[Input("ptr", (0,))])
    plan.pack(*references(arrays), *numbers)
    plan()
"""

from __future__ import annotations

import ctypes
import functools
import os
import signal
import struct
import sys
import threading
import time
from collections.abc import Sequence
from typing import NamedTuple

from ...config import config
from . import jit, team
from .slots import BY_ID, DATA_OFFSET, Slots, Table
from .target import Target, detect

# How long a thread spins before it sleeps.  A wake-up takes about as long, so that spinning wastes
# no more than it may win.
_SPIN_SECONDS = 20e-6
_WORKERS = team.CALL.index("workers")
# A fault in a helper must reach Python's handlers; every other signal is for Python's threads.
_OWN_SIGNALS = ("SIGSEGV", "SIGBUS", "SIGFPE", "SIGILL", "SIGTRAP", "SIGABRT")


class Step(NamedTuple):
    """function: a kernel's address; slots: position of its first slot; workers: most worth it."""

    function: int
    slots: int
    workers: int


class Input(NamedTuple):
    """kind: ptr (an array), i64 or f64; slots: the positions that it is copied to."""

    kind: str
    slots: tuple[int, ...]


class Plan:
    """A frozen sequence of kernels.

    pack(*values)  the inputs of the next run in order: `references(arrays)` for ptr, ints, floats
    plan()         fills the slots and runs the steps, without the interpreter's lock
    table          the slots, for reading and writing those that are no inputs

    A run has `config.num_threads` workers at most; the first run has its helpers at once.

    A plan has one table: packing and calling it from several Python threads at once needs a lock
    of the caller's.  Different plans may run at once: the first to come leads the team, the others
    run alone; results are the same.
    """

    def __init__(self, slots: Slots, steps: Sequence[Step], inputs: Sequence[Input] = ()) -> None:
        self.table = slots.freeze()
        self._steps = self._rows(steps)
        packer = struct.Struct("".join("d" if i.kind == "f64" else "q" for i in inputs))
        self._inputs = Table(len(inputs))
        self._moves, arrays, values = _moves(inputs)
        self._call = Table(len(team.CALL))
        fields = (self.table.address, self._inputs.address, self._moves.address, arrays, values)
        for i, field in enumerate((*fields, self._steps.address, len(steps), 0)):
            self._call.ints[i] = field
        self.pack = functools.partial(packer.pack_into, self._inputs.bytes, 0)
        self._ints, self._argument = self._call.ints, ctypes.c_void_p(self._call.address)
        self._native, self._state = _runner().native, _runner().state
        worth = max((step.workers for step in steps), default=1)
        if worth > 1:
            start(min(worth, config.num_threads) - 1)

    def _rows(self, steps: Sequence[Step]) -> Table:
        rows = Table(4 * len(steps))
        for i, (function, first, workers) in enumerate(steps):
            rows.ints[4 * i] = function
            rows.ints[4 * i + 1] = self.table.address + 8 * first
            rows.ints[4 * i + 2] = workers
        return rows

    def __call__(self) -> None:
        self.run(config.num_threads)

    def run(self, workers: int) -> None:
        """Runs with `workers` at most; helpers that are lacking are there from the next run on."""
        self._ints[_WORKERS] = workers
        if self._native(self._state, self._argument):
            start(workers - 1)


def _moves(inputs: Sequence[Input]) -> tuple[Table, int, int]:
    """(input, slot) for each copy, those of arrays first; how many of those, and of the others."""
    pairs = [(i, slot, one.kind) for i, one in enumerate(inputs) for slot in one.slots]
    arrays = [p[:2] for p in pairs if BY_ID and p[2] == "ptr"]
    values = [p[:2] for p in pairs if not (BY_ID and p[2] == "ptr")]
    table = Table(2 * len(pairs))
    for i, number in enumerate(n for pair in (*arrays, *values) for n in pair):
        table.ints[i] = number
    return table, len(arrays), len(values)


class _Runner:
    """The driver's native functions and the state that its threads share."""

    def __init__(self, target: Target) -> None:
        names = ("loxley_pauses", "loxley_begin", "loxley_start", "loxley_run")
        text = functools.partial(team.text, target, DATA_OFFSET)
        found = jit.addresses_by_key(names, f"driver {DATA_OFFSET}", text, target)
        self._pauses = ctypes.CFUNCTYPE(None)(found[0])
        integer = ctypes.CFUNCTYPE(ctypes.c_int64)
        self._begin, self._start, self.native = map(integer, found[1:])
        self._starting = threading.Lock()
        self._buffer = ctypes.create_string_buffer(team.STATE_BYTES + 64)
        # Sleeping helpers outlive the interpreter: their state must never be freed.
        ctypes.pythonapi.Py_IncRef(ctypes.py_object(self._buffer))
        self.state = ctypes.c_void_p(-(-ctypes.addressof(self._buffer) // 64) * 64)
        self._reset()

    def _word(self, offset: int) -> ctypes.c_int64:
        return ctypes.c_int64.from_address((self.state.value or 0) + offset)

    def _reset(self) -> None:
        self._refused = False
        self._begin(self.state)
        self._word(team.SPINS).value = self._spins()

    def _spins(self) -> int:
        """Pauses in `_SPIN_SECONDS`; the best of a few measurements, for others may be running."""
        best = 1.0
        for _ in range(5):
            start = time.perf_counter()
            self._pauses(self.state, ctypes.c_int64(500))
            best = min(best, time.perf_counter() - start)
        return max(int(_SPIN_SECONDS / best * 500), 1)

    @property
    def helpers(self) -> int:
        """How many threads were started."""
        return self._word(team.STARTED).value

    def start(self, helpers: int) -> int:
        """Starts threads until there are `helpers`, or as many as the system lets us have."""
        if self._refused or sys.platform == "win32":
            return self.helpers
        helpers = min(helpers, team.MOST_HELPERS)
        with self._starting:
            kept = signal.valid_signals() - {getattr(signal, n, None) for n in _OWN_SIGNALS}
            before = signal.pthread_sigmask(signal.SIG_BLOCK, kept)
            try:
                started = self._start(self.state, ctypes.c_int64(helpers))
            finally:
                signal.pthread_sigmask(signal.SIG_SETMASK, before)
            self._refused = started < helpers or helpers == team.MOST_HELPERS
            return started

    def forgive(self) -> None:
        self._word(team.ALONE_UNTIL).value = 0

    def forget(self) -> None:
        """In the child of a fork: the threads are the parent's, the state is half of something."""
        ctypes.memset(self.state, 0, team.HELPERS + self.helpers * team.HELPER_BYTES)
        self._starting = threading.Lock()
        self._reset()


_runners: list[_Runner] = []
_making = threading.Lock()


def _runner() -> _Runner:
    """The process's only one, made when the first plan is."""
    if not _runners:
        with _making:
            if not _runners:
                _runners.append(_Runner(detect()))
    return _runners[0]


def start(helpers: int) -> int:
    """Starts threads until there are `helpers`; how many there are (the system may refuse some)."""
    return _runner().start(helpers)


def forgive() -> None:
    """Makes the next run use the team, even if helpers were waited for too long a moment ago."""
    _runner().forgive()


def _after_fork() -> None:
    global _making
    _making = threading.Lock()
    for runner in _runners:
        runner.forget()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
