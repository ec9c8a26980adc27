"""Numbers that change from step to step: learning rates, counts of steps, what is made of them.

In: a number read anew before every replay.  Out: by Python's arithmetic, numbers that know the
text which computes them again.  A comparison becomes a guard; whatever else wants to know the
value ends the capture, because it would stay what it was.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .session import Session

_SIGNS: dict[str, Callable] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
    "**": operator.pow,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "==": operator.eq,
    "!=": operator.ne,
}


class Number:
    """A real number and the name under which the checks know it."""

    __slots__ = ("value", "name", "session")

    def __init__(self, session: Session, value: float, name: str) -> None:
        self.session, self.value, self.name = session, value, name

    @staticmethod
    def made(session: Session, value: float, text: str) -> Number:
        """What a text computes; the same text is computed once."""
        found = session.texts.get(text)
        if found is None:
            found = session.texts[text] = Number(session, value, session.guards.local(text, "n"))
        return found

    def known(self, why: str) -> float:
        """The value, for what can't be computed again."""
        self.session.fail(f"a number that changes is {why}")
        return self.value

    def _text(self, other: Any) -> str | None:
        if isinstance(other, Number):
            return other.name
        if type(other) in (int, float):
            return self.session.guards.constant(other)
        return None

    def _binary(self, sign: str, other: Any, reflected: bool = False) -> Any:
        text, plain = self._text(other), plain_of(other)
        pair = (plain, self.value) if reflected else (self.value, plain)
        value = _SIGNS[sign](*pair)
        if text is None or type(value) is not float or self.session.reason is not None:
            self.known("combined with something else")
            return value
        names = (text, self.name) if reflected else (self.name, text)
        return Number.made(self.session, value, f"{names[0]} {sign} {names[1]}")

    def _compare(self, sign: str, other: Any) -> Any:
        text, value = self._text(other), _SIGNS[sign](self.value, plain_of(other))
        if text is None:
            self.known("compared with something else")
        else:
            self.session.guards.check(f"({self.name} {sign} {text}) is not {bool(value)}")
        return value

    def __bool__(self) -> bool:
        return self._compare("!=", 0)

    def __neg__(self) -> Any:
        return self._binary("-", 0.0, True)

    def __pos__(self) -> Any:
        return self

    def __float__(self) -> float:
        return float(self.known("looked at"))

    def __int__(self) -> int:
        return int(self.known("looked at"))

    def __hash__(self) -> int:
        return hash(self.known("looked at"))

    def __repr__(self) -> str:
        return repr(self.known("printed"))

    def __format__(self, spec: str) -> str:
        return format(self.known("printed"), spec)


def plain_of(value: Any) -> Any:
    """The number itself."""
    return value.value if isinstance(value, Number) else value


def _attach() -> None:
    for name, sign in (("add", "+"), ("sub", "-"), ("mul", "*"), ("truediv", "/"), ("pow", "**")):
        setattr(Number, f"__{name}__", lambda a, b, sign=sign: a._binary(sign, b))
        setattr(Number, f"__r{name}__", lambda a, b, sign=sign: a._binary(sign, b, True))
    for name, sign in zip("lt le gt ge eq ne".split(), ("<", "<=", ">", ">=", "==", "!=")):
        setattr(Number, f"__{name}__", lambda a, b, sign=sign: a._compare(sign, b))


_attach()
