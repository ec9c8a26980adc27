"""Code in TorchScript's archive form: functions and classes by qualified name.

In: syntax trees, as `ast` parses the text of an archive or as `frontend` and `tracing` make them.
Out: `Function`, `Class` and the `Unit` that they live in; their text, as archives hold it.
Every name in such a tree is a local variable, a name of `execute.GLOBALS`, or a qualified name that
starts with `__torch__`.
"""

from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from .types import TENSOR, Type, from_code


@dataclass(slots=True)
class Argument:
    """An argument of a function: its type and default. `broadcast` numbers become lists."""

    name: str
    kind: Type
    default: Any = None
    required: bool = True
    broadcast: int = 0


@dataclass(slots=True, eq=False)
class Function:
    """A function or method: its tree, and what it is compiled to when it is first called."""

    name: str
    node: ast.FunctionDef
    unit: Unit
    owner: Class | None = None
    arguments: list[Argument] = field(default_factory=list)
    run: Callable | None = None
    broadcasts: dict[str, int] = field(default_factory=dict)
    python: str = ""  # "ignore" or "unused" for a function of Python, which has no code

    @property
    def returns(self) -> Type | None:
        """The declared type of the result."""
        return None if self.node.returns is None else from_code(self.node.returns)

    def declared(self) -> list[Argument]:
        """The arguments, `self` left out."""
        if not self.arguments:
            given = self.node.args.args[1 if self.owner is not None else 0 :]
            self.arguments = [
                Argument(
                    one.arg,
                    TENSOR if one.annotation is None else from_code(one.annotation),
                    broadcast=self.broadcasts.get(one.arg, 0),
                )
                for one in given
            ]
            defaults = self.node.args.defaults
            for argument, default in zip(self.arguments[len(given) - len(defaults) :], defaults):
                argument.default, argument.required = default, False
        return self.arguments

    def text(self, indent: int = 0) -> str:
        """The definition, with two spaces for each level."""
        return _two_spaces(ast.unparse(ast.fix_missing_locations(self.node)), indent)


def _two_spaces(text: str, indent: int) -> str:
    lines = []
    for line in text.split("\n"):
        body = line.lstrip(" ")
        depth = (len(line) - len(body)) // 2
        lines.append(" " * (depth + indent) + body if body else "")
    return "\n".join(lines) + "\n"


@dataclass(slots=True, eq=False)
class Class:
    """A class: of a module, of plain objects, of named tuples or of enumerations."""

    name: str
    kind: str  # "Module", "" for plain objects, "NamedTuple", "Enum"
    unit: Unit
    attributes: dict[str, Type] = field(default_factory=dict)
    parameters: list[str] = field(default_factory=list)
    buffers: list[str] = field(default_factory=list)
    constants: dict[str, Any] = field(default_factory=dict)
    methods: dict[str, Function] = field(default_factory=dict)
    python: Any = None  # the named tuple's or enumeration's class
    defaults: dict[str, Any] = field(default_factory=dict)

    @property
    def short_name(self) -> str:
        """The name without its module."""
        return self.name.rpartition(".")[2]

    def text(self) -> str:
        """The definition, as archives hold it."""
        lines = [
            f"class {self.short_name}({self.kind}):" if self.kind else f"class {self.short_name}:"
        ]
        if self.kind == "Module":
            for name, listed in (("parameters", self.parameters), ("buffers", self.buffers)):
                lines.append(f"  __{name}__ = [{''.join(f'{_quoted(one)}, ' for one in listed)}]")
        if self.kind == "Enum":
            lines += [
                f"  {one.name} : {value_text(one.value)}".replace(" : ", " = ")
                for one in self.python
            ]
            return "\n".join(lines) + "\n"
        for name, kind in self.attributes.items():
            plain = name.isidentifier()
            lines.append(
                f"  {name} : {kind}" if plain else f"  __annotations__[{_quoted(name)}] = {kind}"
            )
        if len(lines) == 1 and not self.methods:
            lines.append("  pass")
        return "\n".join(lines) + "\n" + "".join(m.text(2) for m in self.methods.values())


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def value_text(value: Any) -> str:
    """A constant as code."""
    return _quoted(value) if isinstance(value, str) else repr(value)


class Unit:
    """The functions and classes of one module or archive, and its constants."""

    def __init__(self) -> None:
        self.functions: dict[str, Function] = {}
        self.classes: dict[str, Class] = {}
        self.constants: list[Any] = []

    def find(self, name: str) -> Function | Class | None:
        """What has a qualified name."""
        return self.functions.get(name) or self.classes.get(name)

    def is_prefix(self, name: str) -> bool:
        """Whether qualified names may start with this one."""
        return name == "__torch__" or any(
            one.startswith(name + ".") for one in (*self.functions, *self.classes)
        )

    def free_name(self, name: str) -> str:
        """The name, or where it is taken PyTorch's mangled form of it."""
        if self.find(name) is None:
            return name
        module, _, short = name.rpartition(".")
        count = 0
        while self.find(f"{module}.___torch_mangle_{count}.{short}") is not None:
            count += 1
        return f"{module}.___torch_mangle_{count}.{short}"
