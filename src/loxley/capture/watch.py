"""What a session hears of the library while a call is under observation.

For the length of a capture a few central functions are replaced by ones that tell the session
first: recording on tensors, reading and writing storages, adding to `.grad`, drawing random
numbers, looking at values.  Without a capture none of this is there.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import get_ident
from typing import Any

from ..autograd import engine
from ..autograd.backward import backward
from ..ir.graph import Value
from ..nn.functional.cross_entropy import check_targets
from ..runtime.interpreter import WATCHERS, Watcher
from ..tensor import nn_basic
from ..tensor.gather import check_places
from ..tensor.generator import Generator
from ..tensor.storage import Storage
from ..tensor.tensor import Tensor
from .session import Session


class _Ears(Watcher):
    def __init__(self, session: Session) -> None:
        self.session = session

    def _hears(self) -> bool:
        session = self.session
        return session.reason is None and session.thread == get_ident()

    def looked(self, value: Value) -> None:
        if self._hears():
            self.session.looked(value)

    def looked_at(self, value: Value, array: Any) -> None:
        if self._hears():
            self.session.looked_at(value, array)

    def holds(self) -> bool:
        if not self._hears():
            return False
        self.session.flushes += 1
        return True


@contextmanager
def watching(session: Session) -> Iterator[None]:
    """While inside, the session hears what the library does in this thread."""
    ears = _Ears(session)
    places = _replacements(session, ears._hears)
    before = [(owner, name, owner.__dict__[name]) for owner, name, _ in places]
    WATCHERS.append(ears)
    for owner, name, made in places:
        setattr(owner, name, made)
    try:
        yield
    finally:
        for owner, name, old in before:
            setattr(owner, name, old)
        WATCHERS.remove(ears)


def _replacements(session: Session, hears: Callable[[], bool]) -> list[tuple[Any, str, Any]]:
    dispatch, read, write = Tensor.dispatch, Tensor._read, Tensor._write
    accumulate, draw, draw_now = engine._accumulate, Generator.draw, Generator.draw_now
    run_backward = engine.run_backward
    make, export, pin = Storage.__init__, Storage.export, Storage.pin
    all_within = nn_basic.all_within
    losses, gather = sys.modules[check_targets.__module__], sys.modules["loxley.tensor.gather"]

    def watched_dispatch(op, inputs, attrs, *more):
        if hears():
            for t in inputs:
                if isinstance(t, Tensor):
                    session.touch(t)
        return dispatch(op, inputs, attrs, *more)

    def watched_read(self):
        if hears():
            session.touch(self)
        return read(self)

    def watched_write(self, value):
        if hears():
            session.touch(self)
        write(self, value)

    def watched_make(self, *args, **kwargs):
        make(self, *args, **kwargs)
        if hears():
            session.born[id(self)] = self

    def watched_accumulate(task, leaf, grad):
        if hears():
            _accumulates(session, leaf)
        accumulate(task, leaf, grad)

    def watched_backward(*args):
        if hears() and session.histories:
            session.fail("a backward pass through the history of an argument")
        return run_backward(*args)

    def told(method: Callable, reason: str) -> Callable:
        def watched(self, *args):
            if hears():
                session.fail(reason)
            return method(self, *args)

        return watched

    def watched_draw(self, *args):
        if hears() and id(self) not in session.generators:
            session.fail("random numbers of a generator that nobody saw")
        return draw(self, *args)

    def watched_within(indices, size):
        found = all_within(indices, size)
        if found and hears():
            session.within(indices, size)
        return found

    def watched_places(array, size, complaint):
        check_places(array, size, complaint)
        if hears():
            session.within(array, size)

    return [
        (Tensor, "dispatch", staticmethod(watched_dispatch)),
        (Tensor, "_read", watched_read),
        (Tensor, "_write", watched_write),
        (Storage, "__init__", watched_make),
        (Storage, "export", told(export, "memory is handed out")),
        (Storage, "pin", told(pin, "memory is handed out")),
        (Generator, "draw", watched_draw),
        (Generator, "manual_seed", told(Generator.manual_seed, "random numbers are seeded")),
        (Generator, "set_state", told(Generator.set_state, "random numbers are seeded")),
        (Generator, "draw_now", told(draw_now, "random numbers are looked at")),
        (engine, "_accumulate", watched_accumulate),
        (engine, "run_backward", watched_backward),
        (sys.modules[backward.__module__], "run_backward", watched_backward),
        (nn_basic, "all_within", watched_within),
        (losses, "all_within", watched_within),
        (gather, "check_places", watched_places),
    ]


def _accumulates(session: Session, leaf: Tensor) -> None:
    """A gradient is about to be added to a leaf's."""
    spec = session.guards.tensors.get(id(leaf))
    if spec is None:
        if id(leaf._storage) not in session.born:
            session.fail("a gradient of a tensor that nobody saw")
        return
    session.use(spec)
    session.know_grad(spec)
    spec.accumulated = True
    node = leaf._accumulator() if leaf._accumulator is not None else None
    hooked = node is not None and (node.hooks or node.prehooks or node.tensor_hooks)
    if hooked or leaf._post_accumulate_hooks:
        session.fail("hooks of a tensor's gradient")
