"""The interpreter: runs each recorded operator's NumPy rule, inputs before users.

It answers at once, it is the reference for every compiled kernel, and it covers what is never
compiled.  `evaluate(value)` runs the ancestors of one value; `flush()` runs all that is pending
and still wanted, in the order of recording.  A value drops its inputs once computed, so arrays
die as soon as their last reader has run.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextvars import copy_context
from sys import getrefcount
from time import perf_counter
from weakref import ref

import numpy as np

from ..collector import count_results
from ..config import config
from ..errors import InternalError
from ..ir.graph import ITEM, META, Pending, Value
from ..narrow_types import narrowed
from ..threads import limit_blas
from .counters import counters
from .few import is_little
from .plans import FAILED, LISTENERS, PlanEvent, run_compiled
from .varying import Part

_FEW = 64  # listed as pending, which are not gone through
_LOCK = threading.RLock()
_QUIET = copy_context()  # in which NumPy warns of nothing; entered in a fifth of `errstate`'s time
_QUIET.run(np.seterr, all="ignore")
_started: list[bool] = []  # whether NumPy's BLAS was found and told to use one thread
_left: list[ref] = []  # what runs that ended early have left: pending, and not listed as such
# References to an input (and to its array) at the moment of the check that are the interpreter's
# own: the tuple of inputs (the value's slot and the list of arguments), the local name, the call.
_OWN_VALUE, _OWN_ARRAY = 3, 4


class _Kept:
    """How much may be listed as pending until what was computed is looked for once more."""

    __slots__ = ("most", "most_bytes")

    def __init__(self) -> None:
        self.note(0, 0)

    def note(self, refs: int, size: int) -> None:
        """So many are listed now."""
        self.most = refs + min(max(refs, _FEW), config.pending_nodes >> 2)
        self.most_bytes = size + (config.pending_bytes >> 3)


_kept = _Kept()


class Listener:
    """Hears what the interpreter does: the log and `explain` are listeners."""

    def ran(self, reason: str, operators: int, seconds: float) -> None:
        """Pending work has run: at a `look` at one value, or a `flush` of all."""

    def computed(self, value: Value, line: str) -> None:
        """A result is there; `line` is where it was recorded, if that was traced."""

    def planned(self, event: PlanEvent) -> None:
        """A plan was compiled, or run in machine code."""


class Watcher:
    """Hears, during a capture, that a value is looked at; and keeps what is pending together."""

    def looked(self, value: Value) -> None:
        """A value is about to be looked at."""

    def looked_at(self, value: Value, array: np.ndarray) -> None:
        """It was."""

    def holds(self) -> bool:
        """Whether a flush is put off."""
        return False


WATCHERS: list[Watcher] = []  # of the capture under way, if there is one


def evaluate(value: Value) -> np.ndarray:
    """The array of a value, computing it and what it needs first."""
    if WATCHERS:
        watcher = WATCHERS[-1]
        watcher.looked(value)
        array = evaluate_unwatched(value)
        watcher.looked_at(value, array)
        return array
    return evaluate_unwatched(value) if value.data is None else value.data


def evaluate_unwatched(value: Value) -> np.ndarray:
    """As `evaluate`, which a capture doesn't hear of."""
    if value.data is None:
        with _LOCK:
            started, before = perf_counter() if LISTENERS else 0.0, counters.evaluated
            _run_nodes(_ancestors((value,)))
            counters.flushes += 1
            if LISTENERS:
                _tell_ran("look", counters.evaluated - before, started)
        if len(Pending.refs) > _kept.most or Pending.bytes > _kept.most_bytes:
            _forget_computed()
    return value.data


def flush() -> None:
    """Computes every pending value that somebody still holds."""
    if WATCHERS and WATCHERS[-1].holds():
        return
    with _LOCK:
        started, before = perf_counter() if LISTENERS else 0.0, counters.evaluated
        refs, Pending.refs = Pending.refs, []
        size, Pending.bytes = Pending.bytes, 0
        nodes = _in_order(refs)
        if _anything_left():
            nodes = _ancestors(nodes)
            if FAILED:
                nodes, failed = _without_failed(nodes)
                _left.extend(map(ref, failed))
        _run_nodes(nodes)
        _kept.note(0, 0)
        count_results(size)
        if counters.evaluated != before:
            counters.flushes += 1
            if LISTENERS:
                _tell_ran("flush", counters.evaluated - before, started)


def _tell_ran(reason: str, operators: int, started: float) -> None:
    for listener in LISTENERS:
        listener.ran(reason, operators, perf_counter() - started)


def _tell_computed(value: Value, extra: object) -> None:
    for listener in LISTENERS:
        listener.computed(value, extra if isinstance(extra, str) else "?")


def flush_if_full() -> None:
    """Runs what is pending once it passes the bounds on nodes or bytes."""
    if len(Pending.refs) > config.pending_nodes or Pending.bytes > config.pending_bytes:
        flush()


def _forget_computed() -> None:
    """What was computed or died is no longer pending; looked for only now and then.

    As many as are kept are recorded before they are gone through again: a program whose running
    statistics nobody looks at has thousands pending, and many looks a step.
    """
    refs, size = [], 0
    for weak in Pending.refs:
        value = weak()
        if value is not None and value.data is None:
            refs.append(weak)
            size += value.numel() * value.dtype.itemsize
    gone = Pending.bytes - size
    Pending.refs, Pending.bytes = refs, size
    count_results(gone)
    _kept.note(len(refs), size)


def _in_order(refs: list[ref]) -> list[Value]:
    """What is pending and alive, as it was recorded: inputs stand before users."""
    nodes: list[Value] = []
    add = nodes.append
    last = None
    for weak in refs:
        value = weak()
        if value is None or value.data is not None:
            continue
        if value.op is ITEM:
            whole = value.inputs[0]
            if whole is not last:  # the items of one tuple follow each other
                add(whole)
                last = whole
        add(value)
    return nodes


def _ancestors(roots: Sequence[Value]) -> list[Value]:
    """The pending values that the roots need and the roots, inputs before users."""
    order: list[Value] = []
    seen: set[Value] = set()
    path: list[tuple[Value, Iterator[Value | None]]] = []  # users, with inputs yet to be gone to
    for root in roots:
        if root.op is META:
            raise NotImplementedError("Cannot copy out of meta tensor; no data!")
        if root in seen:
            continue
        seen.add(root)
        value, rest = root, iter(root.inputs)
        while True:
            for source in rest:
                if source is not None and source.data is None and source not in seen:
                    seen.add(source)
                    path.append((value, rest))
                    value, rest = source, iter(source.inputs)
                    break
            else:
                order.append(value)
                if type(value.extra) is tuple:
                    items = _alive(value.extra)
                    order += items
                    seen.update(items)
                    if path:  # the item that led here, which is one of them
                        path.pop()
                if not path:
                    break
                value, rest = path.pop()
    return order


def _alive(items: tuple[ref, ...]) -> list[Value]:
    """All items of a tuple are had at once: one left for later would read arguments given away."""
    found = [weak() for weak in items]
    return [item for item in found if item is not None and item.data is None]


def _run_nodes(nodes: list[Value]) -> None:
    """Computes values whose inputs come before them: in machine code, or one by one."""
    if not nodes:
        return
    if not _started:
        _started.append(limit_blas(1))
    try:
        if is_little(nodes):
            counters.interpreted += 1
            _QUIET.copy().run(_interpret, nodes)
            return
        done = run_compiled(nodes)
        if type(done) is list:
            nodes.clear()  # so that the parts alone hold values that may be written over
            _run_parts(done)
        elif not done:
            with np.errstate(all="ignore"):
                _interpret(nodes)
    except BaseException:
        _left.extend(ref(n) for n in nodes if n.data is None)
        raise


def _run_parts(parts: list[Part]) -> None:
    """One part of a plan after the other, each in machine code or one by one."""
    parts.reverse()
    try:
        while parts:
            if not run_compiled(parts[-1], whole=True):
                with np.errstate(all="ignore"):
                    _interpret(parts[-1])
            parts.pop()
    except BaseException:
        _left.extend(ref(n) for part in parts for n in part if n.data is None)
        raise


def _anything_left() -> bool:
    """Whether something is pending that is not listed; what was computed or died is forgotten."""
    _left[:] = [r for r in _left if (value := r()) is not None and value.data is None]
    return bool(_left)


def _without_failed(nodes: list[Value]) -> tuple[list[Value], list[Value]]:
    """The values that can be computed, and those that have failed or need one that has."""
    sound: list[Value] = []
    failed: dict[Value, None] = {}
    for node in nodes:
        if node in FAILED or any(i in failed for i in node.inputs if i is not None):
            failed[node] = None
        else:
            sound.append(node)
    return sound, list(failed)


def _interpret(nodes: list[Value]) -> None:
    nodes.reverse()
    while nodes:
        value = nodes.pop()
        if value.data is None and value.op is not ITEM:
            try:
                _run(value)
            except BaseException as error:
                nodes.append(value)
                if isinstance(error, Exception):
                    FAILED.add(value)
                raise


def _run(value: Value) -> None:
    op, attrs = value.op, value.attrs
    arrays = [None if i is None else i.data for i in value.inputs]
    into = op.donate and op.eval_into is not None
    if into:
        _own_donated(value, op, arrays)
    try:
        if into:
            result = op.eval_into(*arrays, *attrs)
        else:
            result = op.eval(arrays, *attrs) if op.variadic else op.eval(*arrays, *attrs)
    except Exception as error:
        if isinstance(value.extra, str):
            error.add_note(f"recorded at {value.extra}")
        raise
    counters.evaluated += 1
    if value.dtype is None:
        _deliver(value, result)
        return
    if type(result) is np.ndarray and result.dtype is value.dtype.numpy:
        if result.shape == value.shape:  # as nearly always
            counters.bytes += result.nbytes
            value.data = result
    if value.data is None:
        value.data = _checked(op, result, value)
    value.inputs = ()
    if LISTENERS:
        _tell_computed(value, value.extra)


def _own_donated(value: Value, op, arrays: list) -> None:
    """Replaces donated arrays that somebody else still reads by copies."""
    inputs, value.inputs = value.inputs, ()
    for position in op.donate:
        source, array = inputs[position], arrays[position]
        exclusive = (
            getrefcount(source) == _OWN_VALUE
            and getrefcount(array) == _OWN_ARRAY
            and isinstance(array, np.ndarray)
            and array.flags.owndata
            and array.flags.writeable
            and array.flags.c_contiguous
        )
        if exclusive:
            counters.donated += 1
        else:
            arrays[position] = copy_for_writing(array)


def copy_for_writing(array):
    """A copy that may be written to: C order for arrays, `copy()` for other states."""
    if isinstance(array, (np.ndarray, np.generic)):
        return np.array(array, order="C", copy=True)
    return array.copy()


def _checked(op, result, value: Value):
    if type(result) is not np.ndarray:
        if value.dtype.numpy is None:
            return result
        result = np.asarray(result)
    if result.shape != value.shape:
        raise InternalError(f"{op.name}: rule says {value.shape}, eval gave {result.shape}")
    kind = value.dtype
    if result.dtype != kind.numpy:
        result = narrowed(result, kind.numpy) if kind.restricted else result.astype(kind.numpy)
    counters.bytes += result.nbytes
    return result


def _deliver(value: Value, results: tuple) -> None:
    """Hands the outputs to the items that are alive; the tuple itself keeps none."""
    items = value.extra
    value.inputs = ()
    value.data = ()
    if len(results) != len(items):
        raise InternalError(f"{value.op.name}: {len(results)} outputs, the rule says {len(items)}")
    for weak, result in zip(items, results):
        item = weak()
        if item is not None:
            item.data = _checked(value.op, result, item)
            if LISTENERS:
                _tell_computed(item, item.extra)
            item.inputs = ()
