"""What a trace is made of: frames, their variables, sizes that remember where they came from.

In: the calls that `tracing` sees.  Out: variables, by which later statements name earlier results.
"""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import Any

from ..nn.modules.module import Module
from ..tensor import Tensor
from .state import STATE


class Frame:
    """The call of one module (or of the traced function) while it is recorded."""

    def __init__(self, parent: Frame | None, module: Module | None) -> None:
        self.parent, self.module = parent, module
        self.statements: list[ast.stmt] = []
        self.inputs: list[tuple[Value, Value]] = []  # (outside, inside)
        self.outputs: list[tuple[Value, Value]] = []  # (inside, outside)
        self.count = 0
        self.name = ""

    def fresh(self) -> Value:
        """A new variable."""
        made = Value(self, f"_{self.count}")
        self.count += 1
        return made

    def line(self) -> list[Frame]:
        """This frame and those around it, innermost first."""
        return [self, *(self.parent.line() if self.parent is not None else ())]


class Value:
    """A variable of a frame."""

    def __init__(self, frame: Frame, name: str, is_int: bool = False) -> None:
        self.frame, self.name, self.is_int = frame, name, is_int
        self.exported: Value | None = None
        self.imported: dict[int, Value] = {}


class TracedInt(int):
    """A size of a tensor, which remembers where it came from."""

    value: Value

    def __reduce__(self) -> Any:
        return int, (int(self),)


def _arithmetic(name: str, operator: str, swapped: bool) -> Callable:
    plain = getattr(int, name)

    def method(self: TracedInt, other: Any) -> Any:
        made = plain(self, other)
        tracer = STATE.tracer
        if tracer is None or made is NotImplemented or type(made) is not int:
            return made
        args = (other, self) if swapped else (self, other)
        return tracer.integer(operator, args, made)

    return method


for _name, _operator in (
    ("add", "add"),
    ("sub", "sub"),
    ("mul", "mul"),
    ("floordiv", "floordiv"),
    ("mod", "remainder"),
):
    setattr(TracedInt, f"__{_name}__", _arithmetic(f"__{_name}__", _operator, False))
    setattr(TracedInt, f"__r{_name}__", _arithmetic(f"__r{_name}__", _operator, True))


class CallPlace(ast.stmt):
    """The place of a submodule's call, whose arguments and results are known at the end."""

    def __init__(self, frame: Frame) -> None:
        super().__init__()
        self.frame = frame


class _Extent(TracedInt):
    """A size whose statement is written when it is first used."""

    of: tuple

    @property
    def value(self) -> Value:  # type: ignore[override]
        """The variable, made in the frame that asks first."""
        found = self.__dict__.get("_value")
        if found is None:
            tracer, x, dim = self.of
            call = ast.parse("torch.size", mode="eval").body
            node = ast.Call(call, [tracer.node(x), ast.Constant(dim)], [])
            found = self.__dict__["_value"] = tracer.emit(tracer.frame, node)
            found.is_int = True
        return found


def extent(tracer: Any, x: Tensor, dim: int, n: int) -> int:
    made = _Extent(n)
    made.of = (tracer, x, dim)
    return made


def exported(value: Value) -> Value:
    """The variable of the frame around that holds the same."""
    if value.exported is None:
        assert value.frame.parent is not None
        made = value.frame.parent.fresh()
        made.is_int = value.is_int
        value.exported = made
        value.frame.outputs.append((value, made))
    return value.exported


def imported(value: Value, frame: Frame) -> Value:
    """The argument of an inner frame that holds the same."""
    if id(frame) not in value.imported:
        name = "input" if not frame.inputs else f"argument_{len(frame.inputs)}"
        made = Value(frame, name, value.is_int)
        frame.inputs.append((value, made))
        value.imported[id(frame)] = made
    return value.imported[id(frame)]


def traced(number: int, value: Value) -> TracedInt:
    made = TracedInt(number)
    made.value = value
    return made
