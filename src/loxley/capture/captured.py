"""A function that is captured: its captures by signature, and why some calls run plainly.

In: a function or module.  Out: a `Captured`, called in its stead.  A call is replayed if one of
the captures stands for it; else it runs under observation and becomes the next capture, or it
runs plainly.
"""

from __future__ import annotations

import threading
import types
import weakref
from collections.abc import Callable
from typing import Any

from ..config import config
from ..dtypes import get_default_dtype
from ..nn.modules.module import Module
from ..runtime import flush, plans
from ..runtime.counters import counters
from ..runtime.log import emit
from ..tensor.modes import modes
from .hooks import hooks, running
from .numbers import Number
from .reasons import Refused
from .replay import MISS, Capture
from .rewrite import INSTRUMENTED, instrumented
from .session import Late, Session, state_of
from .watch import watching

MOST_CAPTURES = 8  # of a function, as in PyTorch
MOST_FAILURES = 3  # calls that could not be captured, after which no more are observed
_OBSERVING = threading.Lock()
_ALL: weakref.WeakSet[Captured] = weakref.WeakSet()


class Captured:
    """What is called in place of `function`.

    captures  those made so far, the one that stood for the last call first
    reasons   why calls were not captured, in order
    """

    nothing = MISS

    def __init__(
        self,
        function: Callable,
        fullgraph: bool = False,
        most: int | None = None,
        error: type[Exception] = RuntimeError,
    ) -> None:
        self.function, self.fullgraph = function, fullgraph
        self.most, self.error = most or MOST_CAPTURES, error
        self.captures: list[Capture] = []
        self.reasons: list[str] = []
        self.given_up = False
        _ALL.add(self)

    def __reduce__(self) -> tuple:
        return Captured, (self.function, self.fullgraph, self.most, self.error)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        for capture in self.captures:
            result = capture.replay(args, kwargs)
            if result is not MISS:
                return result
        return self.observe(args, kwargs)

    def forget(self) -> None:
        """Drops all captures, and begins to observe anew."""
        self.captures.clear()
        self.reasons.clear()
        self.given_up = False

    # ------------------------------------------------------------------ calls that aren't replayed

    def observe(self, args: tuple, kwargs: dict) -> Any:
        """Runs a call that no capture stands for, and captures it if possible."""
        if running.stance == "force_eager":
            return self.function(*args, **kwargs)
        before, running.compiled = running.compiled, True
        try:
            return self._observe(args, kwargs)
        finally:
            running.compiled = before

    def _observe(self, args: tuple, kwargs: dict) -> Any:
        counters.misses += bool(self.captures)
        why = self._unobserved()
        if why is None and _OBSERVING.acquire(blocking=False):
            try:
                if hooks.session is None:
                    return self._under_observation(args, kwargs)
            finally:
                _OBSERVING.release()
        counters.plain += 1
        return self.function(*args, **kwargs)

    def _unobserved(self) -> str | None:
        """Why the call need not be observed."""
        if self.given_up:
            return "given up"
        if hooks.session is not None:
            return "another call is under observation"
        if config.compile == "0" or config.eager or config.check or plans.RUNNERS:
            return "the compiler is off, or every operator is looked at"
        if modes.anomaly or modes.saved_hooks or modes.saved_hooks_disabled:
            return "a mode that looks at every operator"
        if modes.transforms or modes.vmaps or modes.forward_levels:
            return "a function of torch.func is under way"
        return None

    def _under_observation(self, args: tuple, kwargs: dict) -> Any:
        session = Session()
        at_first = _modes_now()
        capture = None
        hooks.session = session
        try:
            with watching(session):
                header = _read_arguments(session, args, kwargs)
                result = _run(session, self.function, args, kwargs)
                if session.reason is None and _modes_now() != at_first:
                    session.fail("a mode is changed")
                if session.reason is None:
                    capture = self._captured(session, result, header)
        finally:
            hooks.session = None
            session.close()
        self._note(session, capture)
        result = _settled(session, result)
        return result

    def _captured(self, session: Session, result: Any, header: list[str]) -> Capture | None:
        try:
            for spec in session.guards.tensors.values():
                if len(spec.before) > 1 and not _same(spec.before, state_of(spec.tensor)):
                    raise Refused("the layout or history of an argument is changed")
            return Capture(session, result, header, name_of(self.function))
        except Refused as why:
            session.reason = str(why)
        except Exception as error:
            if config.compile_strict:
                raise
            session.reason = f"{type(error).__name__}: {error}"
        return None

    def _note(self, session: Session, capture: Capture | None) -> None:
        if capture is not None:
            counters.captures += 1
            self.captures.insert(0, capture)
            emit("capture", f"{name_of(self.function)}: {len(capture.recorded.nodes)} operators")
            if len(self.captures) >= self.most:
                self._give_up(f"there are {self.most} captures")
            return
        counters.plain += 1
        reason = session.reason or "unknown"
        self.reasons.append(reason)
        emit("capture", f"{name_of(self.function)} runs plainly: {reason}")
        if self.fullgraph:
            raise self.error(f"torch.compile with fullgraph=True: {reason}")
        if len(self.reasons) >= MOST_FAILURES:
            self._give_up(reason)

    def _give_up(self, reason: str) -> None:
        self.given_up = True
        emit("capture", f"{name_of(self.function)} is not observed any more: {reason}")


def _same(before: tuple, now: tuple) -> bool:
    plain = (bool, int, tuple)
    return all(
        a is b or (type(a) in plain and type(b) is type(a) and a == b) for a, b in zip(before, now)
    )


def name_of(function: Any) -> str:
    """How messages call a function or module."""
    return getattr(function, "__qualname__", None) or type(function).__qualname__


def forget_all() -> None:
    """Drops every capture of every function."""
    for captured in list(_ALL):
        captured.forget()


def _modes_now() -> tuple:
    found = dict(modes.__dict__)
    found.pop("read_exported")
    found["default dtype"] = get_default_dtype()
    found["threads"], found["compile"] = config.num_threads, config.compile
    found["autocast"] = getattr(found["autocast"], "lower", None)
    return tuple(sorted(found.items(), key=lambda item: item[0]))


def _read_arguments(session: Session, args: tuple, kwargs: dict) -> list[str]:
    """Registers the arguments; the lines that take them apart."""
    guards = session.guards
    header = [f"if len(args) != {len(args)} or len(kwargs) != {len(kwargs)}: return MISS"]
    if args:
        header.append("".join(f"a{i}, " for i in range(len(args))) + "= args")
    names = [(f"a{i}", value) for i, value in enumerate(args)]
    for i, (word, value) in enumerate(kwargs.items()):
        header.append(f"b{i} = kwargs[{word!r}]")
        names.append((f"b{i}", value))
    try:
        for name, value in names:
            guards.read(value, name)
    except Refused as why:
        session.fail(str(why))
    return header


def _run(session: Session, function: Any, args: tuple, kwargs: dict) -> Any:
    """The call itself, with hooks in the function where it is one."""
    inner = function
    if isinstance(function, types.MethodType):
        session.guards.trust(function.__self__)
        inner, args = function.__func__, (function.__self__, *args)
    module = getattr(inner, "__module__", None) or ""
    if isinstance(inner, types.FunctionType) and not module.startswith("loxley."):
        try:
            if inner.__code__ in INSTRUMENTED:
                raise Refused("a function made in a captured one")
            session._trust_defaults(inner)
            made = instrumented(inner, hooks, outermost=True)
        except Refused as why:
            session.fail(str(why))
            return inner(*args, **kwargs)
        return made(*args, **kwargs)
    if isinstance(inner, Module) or not isinstance(inner, types.FunctionType):
        session.guards.trust(inner)
    return session.call(inner, args, kwargs)


def _settled(session: Session, result: Any) -> Any:
    """What is returned, with the numbers that were put off."""
    if session.flushes:
        flush()
    return _numbers_of(result)


def _numbers_of(result: Any) -> Any:
    kind = type(result)
    if kind is Late:
        return result.number()
    if kind is Number:
        return result.value
    if kind in (list, tuple):
        if any(type(one) in (Late, Number, list, tuple, dict) for one in result):
            made = [_numbers_of(one) for one in result]
            if any(a is not b for a, b in zip(made, result)):
                if kind is tuple:
                    return tuple(made)
                result[:] = made
    elif kind is dict:
        for key, one in result.items():
            made = _numbers_of(one)
            if made is not one:
                result[key] = made
    return result
