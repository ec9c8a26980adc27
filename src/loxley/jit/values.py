"""What expressions of Python source are while they are translated for TorchScript.

In: objects of a program.  Out: code, or a `Static`: something that stands for no value of
TorchScript's (a module, a function, a class) or is known while compiling (a constant).
"""

from __future__ import annotations

import ast
import enum
import inspect
import math
import types
from dataclasses import dataclass
from typing import Any

from .. import devices
from ..nn.modules.container import ModuleDict, ModuleList, Sequential
from ..nn.modules.module import Module
from ..tensor import Tensor
from ..tensor.size import Size
from .code import Function
from .types import code_of

_CONTAINERS = (ModuleList, Sequential, ModuleDict)


class NotSupportedError(RuntimeError):
    """Source that TorchScript has nothing for. Source: torch.jit.frontend.NotSupportedError."""


class UnsupportedNodeError(NotSupportedError):
    """Source that TorchScript has nothing for. Source: torch.jit.frontend.UnsupportedNodeError."""


def container_kind(module: Any) -> str:
    """Which container a module is, scripted or not; "" for others."""
    for kind in _CONTAINERS:
        if isinstance(module, kind):
            return kind.__name__
    name = module.__dict__.get("_name", "")
    return name if name in ("ModuleList", "Sequential", "ModuleDict") else ""


@dataclass(slots=True)
class Static:
    """A value that the compiler knows; `node` is the code that leads to it, where there is any."""

    value: Any
    node: ast.expr | None = None
    items: list[Any] | None = None

    def parts(self) -> list[Any] | None:
        """The elements of a sequence; None for what is none."""
        if self.items is not None:
            return self.items
        if isinstance(self.value, Module) and container_kind(self.value):
            if container_kind(self.value) == "ModuleDict":
                return [Static(name) for name in self.value._modules]
            return [child(self, name) for name in self.value._modules]
        if isinstance(self.value, (tuple, list)):
            return [Static(one) for one in self.value]
        return None

    def is_only_static(self) -> bool:
        """Whether code can't hold the value in a variable."""
        if self.items is not None:
            return any(isinstance(one, Static) and one.is_only_static() for one in self.items)
        value = self.value
        return isinstance(value, (Module, types.ModuleType, type, Method)) or callable(value)


@dataclass(slots=True)
class Method:
    """A method of a module that is being scripted."""

    owner: Static
    name: str


def child(held: Static, name: str) -> Static:
    """A submodule, and the code that leads to it."""
    node: ast.expr
    assert held.node is not None
    if name.isidentifier():
        node = ast.Attribute(held.node, name, ast.Load())
    else:
        node = ast.Call(ast.Name("getattr", ast.Load()), [held.node, ast.Constant(name)], [])
    return Static(held.value._modules[name], node)


def constant_node(value: Any) -> ast.expr:
    """A constant as code. RuntimeError where TorchScript has none like it."""
    number = code_of(value)
    if number is not None:
        return ast.Constant(number)
    if isinstance(value, enum.Enum):
        raise RuntimeError("enumerations as constants must be reached by their class")
    if value is None or isinstance(value, (bool, str)):
        return ast.Constant(value)
    if isinstance(value, (int, float)):
        return _number(value)
    if isinstance(value, devices.device):
        call = ast.Attribute(ast.Name("torch", ast.Load()), "device", ast.Load())
        return ast.Call(call, [ast.Constant(str(value))], [])
    if isinstance(value, (list, tuple)):
        items = [constant_node(one) for one in value]
        listed = isinstance(value, (list, Size))
        return ast.List(items, ast.Load()) if listed else ast.Tuple(items, ast.Load())
    if isinstance(value, dict):
        keys: list[ast.expr | None] = [constant_node(one) for one in value]
        return ast.Dict(keys, [constant_node(one) for one in value.values()])
    raise RuntimeError(
        f"python value of type '{type(value).__name__}' cannot be used as a value. Perhaps it is "
        "a closed over global variable? If so, please consider passing it in as an argument or "
        "use a local variable instead."
    )


def _number(value: float) -> ast.expr:
    if isinstance(value, float) and (math.isinf(value) or math.isnan(value)):
        name: ast.expr = ast.Name("nan" if math.isnan(value) else "inf", ast.Load())
        return ast.UnaryOp(ast.USub(), name) if value < 0 else name
    return ast.UnaryOp(ast.USub(), ast.Constant(-value)) if value < 0 else ast.Constant(value)


def is_constant(value: Any) -> bool:
    return value is None or isinstance(value, (bool, int, float, str, tuple))


def known(value: Any) -> bool:
    return isinstance(value, Static) and value.items is None and is_constant(value.value)


class ContainerMethod:
    """`values`, `keys` or `items` of a dict of modules, called while compiling."""

    def __init__(self, parts: list[Any]) -> None:
        self.parts = parts


class SuperMethod:
    def __init__(self, owner: Any, name: str, function: Any, home: type) -> None:
        self.owner, self.name, self.function, self.home = owner, name, function, home


class Super:
    """`super()` in a method of a module."""

    def __init__(self, owner: Any, python: Any) -> None:
        self.owner, self.python = owner, python

    def method(self, name: str) -> SuperMethod:
        """The method that comes next in the order of classes."""
        line = type(self.owner.module).__mro__
        here = next((i for i, c in enumerate(line) if self.python in vars(c).values()), 0)
        for cls in line[here + 1 :]:
            found = vars(cls).get(name)
            if inspect.isfunction(found):
                return SuperMethod(self.owner, name, found, cls)
        raise RuntimeError(f"super() has no method '{name}'")


def dotted(name: str) -> ast.expr:
    return ast.parse(name, mode="eval").body


class Values:
    """What every part of the compiler that translates expressions builds on."""

    scripts: Any
    owner: Any
    python: Any
    room: dict[str, Any]
    static: dict[str, Static]
    self_name: str
    local: set[str]
    function: Function

    def code(self, node: ast.expr, allow: bool = False) -> ast.expr:
        """An expression as code; a constant is written out."""
        return self.as_code(self.value(node), node, allow)

    def as_code(self, value: Any, node: ast.AST, allow: bool = False) -> ast.expr:
        """A translated value as code."""
        if not isinstance(value, Static):
            return value
        if value.items is not None:
            return ast.Tuple([self.as_code(one, node, allow) for one in value.items], ast.Load())
        held = value.value
        if isinstance(held, Module):
            if allow or container_kind(held) == "" and value.node is not None:
                return value.node  # type: ignore[return-value]
            raise RuntimeError("modules can be called and looped over, but are not values")
        if isinstance(held, enum.Enum):
            cls = self.scripts.class_of(type(held))
            return ast.Attribute(dotted(cls.name), held.name, ast.Load())
        if isinstance(held, Method) or (callable(held) and not isinstance(held, Tensor)):
            return self._function_value(held)
        return constant_node(held)

    def _function_value(self, held: Any) -> ast.expr:
        name = getattr(held, "__name__", str(held))
        if isinstance(held, Method):
            self.scripts.method(held)
            assert held.owner.node is not None
            return ast.Attribute(held.owner.node, held.name, ast.Load())
        if isinstance(held, types.FunctionType) or hasattr(held, "function"):
            return dotted(self.scripts.function(held).name)
        raise RuntimeError(f"'{name}' cannot be used as a value")

    def value(self, node: ast.expr) -> Any:
        """An expression as code or as a `Static`."""
        translate = getattr(self, f"on_{type(node).__name__}", None)
        if translate is None:
            raise UnsupportedNodeError(
                f"{type(node).__name__}s aren't supported:\n{ast.unparse(node)}"
            )
        return translate(node)
