"""What instrumented code calls: the session of the moment, or plain Python where there is none.

An instrumented function may outlive its session (as a closure that was returned) or lose it (when
capture turns out to be impossible): then its hooks do what Python would have done.
"""

from __future__ import annotations

import operator
import threading
from collections.abc import Callable
from threading import get_ident
from typing import TYPE_CHECKING, Any

from ..tensor import Tensor

if TYPE_CHECKING:
    from .rewrite import Places
    from .session import Session

_IN_PLACE: dict[str, Callable] = {
    "Add": operator.iadd,
    "Sub": operator.isub,
    "Mult": operator.imul,
    "MatMult": operator.imatmul,
    "Div": operator.itruediv,
    "FloorDiv": operator.ifloordiv,
    "Mod": operator.imod,
    "Pow": operator.ipow,
    "LShift": operator.ilshift,
    "RShift": operator.irshift,
    "BitOr": operator.ior,
    "BitXor": operator.ixor,
    "BitAnd": operator.iand,
}


class Hooks:
    """The one object that stands as `__lx__` in all instrumented functions."""

    session: Session | None = None
    slice = slice

    def active(self) -> Session | None:
        """The session under way in this thread, if nothing has spoilt it."""
        session = self.session
        if session is None or session.reason is not None or session.thread != get_ident():
            return None
        return session

    def refuse(self, reason: str) -> None:
        if (session := self.active()) is not None:
            session.fail(reason)

    def name(self, places: Places, name: str, value: Any) -> Any:
        if (session := self.active()) is not None:
            session.read_global(places, name, value)
        return value

    def free(self, places: Places, name: str, value: Any) -> Any:
        if (session := self.active()) is not None:
            session.read_free(places, name, value)
        return value

    def attr(self, owner: Any, name: str) -> Any:
        session = self.active()
        if session is None:
            return getattr(owner, name)
        try:
            return session.attr(owner, name)
        except Exception as error:
            if not session.is_own(error, name):
                raise
            return getattr(owner, name)

    def item(self, owner: Any, key: Any) -> Any:
        session = self.active()
        if session is None:
            return owner[key]
        try:
            return session.item(owner, key)
        except Exception as error:
            if not session.is_own(error, key):
                raise
            return owner[key]

    def call(self, function: Any, /, *args: Any, **kwargs: Any) -> Any:
        session = self.active()
        if session is None:
            return function(*args, **kwargs)
        try:
            return session.call(function, args, kwargs)
        except Exception as error:
            if not session.is_own(error, None):
                raise
            return function(*args, **kwargs)

    def iterate(self, values: Any) -> Any:
        session = self.active()
        return values if session is None else session.iterate(values)

    def mapping(self, values: Any) -> Any:
        if (session := self.active()) is not None:
            session.look_into(values)
        return values

    def operand(self, value: Any) -> Any:
        if (session := self.active()) is not None:
            session.operand(value)
        return value

    def member(self, value: Any) -> Any:
        if (session := self.active()) is not None:
            session.member(value)
        return value

    def searched(self, value: Any) -> Any:
        if (session := self.active()) is not None:
            session.searched(value)
        return value

    def tested(self, value: Any) -> Any:
        if (session := self.active()) is not None:
            session.tested(value)
        return value

    def shown(self, value: Any) -> Any:
        if (session := self.active()) is not None:
            session.shown(value)
        return value

    def context(self, manager: Any) -> Any:
        if (session := self.active()) is not None:
            session.context(manager)
        return manager

    def augmented(self, sign: str, value: Any, other: Any) -> Any:
        if (session := self.active()) is not None:
            session.augmented(value, other)
        return _IN_PLACE[sign](value, other)

    def late_item(self, value: Any) -> Any:
        session = self.active()
        if session is None or not isinstance(value, Tensor):
            return self.call(self.attr(value, "item"))
        return session.late(value, None)

    def late_float(self, function: Any, value: Any) -> Any:
        session = self.active()
        if session is None or function is not float or not isinstance(value, Tensor):
            return self.call(function, value)
        return session.late(value, float)

    def store_attr(self, value: Any, owner: Any, name: str) -> None:
        session = self.active()
        if session is None:
            setattr(owner, name, value)
        else:
            session.store_attr(owner, name, value)

    def store_item(self, value: Any, owner: Any, key: Any) -> None:
        session = self.active()
        if session is None:
            owner[key] = value
        else:
            session.store_item(owner, key, value)

    def delete_attr(self, owner: Any, name: str) -> None:
        if (session := self.active()) is not None:
            session.deletes(owner, name)
        delattr(owner, name)

    def delete_item(self, owner: Any, key: Any) -> None:
        if (session := self.active()) is not None:
            session.deletes(owner, None)
        del owner[key]


class Running(threading.local):
    """Of each thread: whether a compiled function runs, and what such functions are told to do."""

    compiled = False
    stance = "default"


hooks = Hooks()
running = Running()
