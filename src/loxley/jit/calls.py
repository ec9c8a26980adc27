"""Calls in Python source, translated for TorchScript.

In: a call whose function is known: of a module, a function, a class, one of Python's own or of
torch.jit.  Out: code; or a `Static` where the result is known while compiling.
"""

from __future__ import annotations

import ast
import builtins
from typing import Any

from .. import devices
from ..nn.modules.module import Module
from ..tensor.size import Size
from . import markers
from .code import Class, Function
from .names import BUILTINS, is_enumeration, is_named_tuple, operator_of
from .types import Unscriptable, from_python
from .values import (
    ContainerMethod,
    Method,
    Static,
    Super,
    SuperMethod,
    UnsupportedNodeError,
    Values,
    dotted,
    is_constant,
    known,
)

_SPECIAL: dict[int, str] = {
    id(markers.is_scripting): "jit_true",
    id(markers.is_tracing): "jit_false",
    id(markers.annotate): "jit_annotate",
    id(markers.jit_isinstance): "jit_isinstance",
    id(super): "call_super",
}


def specially(function: Any, how: str) -> None:
    """Declares how calls of a function are translated."""
    _SPECIAL[id(function)] = how


class Calls(Values):
    """The part of the compiler that translates calls."""

    def on_Call(self, node: ast.Call) -> Any:
        function = self.value(node.func)
        if not isinstance(function, Static):
            return self._plain_call(function, node)
        held = function.value
        special = _SPECIAL.get(id(held)) if not isinstance(held, (Method, Module)) else None
        if special is not None:
            return getattr(self, special)(node)
        if id(held) in BUILTINS and not isinstance(held, Module):
            return self._builtin(BUILTINS[id(held)], node)
        if isinstance(held, Method):
            made = self.scripts.method(held)
            assert held.owner.node is not None
            target = ast.Attribute(held.owner.node, held.name, ast.Load())
            return self._call_of(made, target, node)
        if isinstance(held, Module):
            made = self.scripts.method(Method(function, "forward"))
            assert function.node is not None
            return self._call_of(made, ast.Attribute(function.node, "forward", ast.Load()), node)
        return self._call_object(held, node)

    def _call_object(self, held: Any, node: ast.Call) -> Any:
        if isinstance(held, ContainerMethod):
            return Static(None, items=held.parts)
        if isinstance(held, SuperMethod):
            made = self.scripts.super_method(held)
            target = ast.Attribute(ast.Name(self.self_name, ast.Load()), made.node.name, ast.Load())
            return self._call_of(made, target, node)
        replaced = self.scripts.replacement(held)
        if replaced is not None:
            return self._call_of(replaced, dotted(replaced.name), node)
        name = operator_of(held)
        if name is not None:
            return self._plain_call(dotted(f"torch.{name}"), node)
        if isinstance(held, type):
            return self._make(held, node)
        function = self.scripts.function(held)
        return self._call_of(function, dotted(function.name), node)

    def _make(self, held: type, node: ast.Call) -> Any:
        if held is devices.device:
            return self._plain_call(dotted("torch.device"), node)
        if issubclass(held, Size):
            return self.code(node.args[0])
        if issubclass(held, Module):
            raise RuntimeError(
                f"Could not compile: modules such as {held.__name__} cannot be made in TorchScript"
            )
        cls: Class = self.scripts.class_of(held)
        if is_enumeration(held):
            raise RuntimeError("Enum values cannot be made from values in TorchScript")
        made = cls.methods.get("__init__")
        if made is not None and not is_named_tuple(held):
            return self._call_of(made, dotted(cls.name), node)
        return self._plain_call(dotted(cls.name), node)

    def _keywords(self, node: ast.Call) -> list[ast.keyword]:
        if any(one.arg is None for one in node.keywords):
            raise UnsupportedNodeError(
                "keyword-arg expansion is not supported:\n" + ast.unparse(node)
            )
        return [ast.keyword(one.arg, self.code(one.value)) for one in node.keywords]

    def _args(self, node: ast.Call) -> list[ast.expr]:
        made: list[ast.expr] = []
        for one in node.args:
            value = self.value(one.value) if isinstance(one, ast.Starred) else None
            parts = value.parts() if isinstance(value, Static) else None
            if parts is not None:
                made += [self.as_code(part, one) for part in parts]
            elif isinstance(value, ast.Tuple):
                made += value.elts
            else:
                made.append(self.code(one))
        return made

    def _plain_call(self, function: ast.expr, node: ast.Call) -> ast.expr:
        return ast.Call(function, self._args(node), self._keywords(node))

    def _call_of(self, function: Function, target: ast.expr, node: ast.Call) -> ast.expr:
        """A call of code: numbers become floats and lists where its signature asks for those."""
        args, keywords = self._args(node), self._keywords(node)
        declared = function.declared()
        for at, one in enumerate(args):
            if at < len(declared):
                args[at] = _fitted(one, declared[at])
        named = {one.name: one for one in declared}
        for word in keywords:
            if word.arg in named:
                word.value = _fitted(word.value, named[word.arg])
        return ast.Call(target, args, keywords)

    # -- builtin functions -------------------------------------------------------------------------

    def _builtin(self, name: str, node: ast.Call) -> Any:
        special = getattr(self, f"call_{name}", None)
        if special is not None:
            return special(node)
        args = [self.value(one) for one in node.args if not isinstance(one, ast.Starred)]
        parts = args[0].parts() if args and isinstance(args[0], Static) else None
        if parts is not None and len(args) == 1:
            if name == "len":
                return Static(len(parts))
            if name == "list" and all(known(one) for one in parts):
                return Static([one.value for one in parts])
            if name in ("list", "tuple", "reversed"):
                return Static(None, items=parts[::-1] if name == "reversed" else parts)
        if name in ("min", "max", "len", "abs", "int", "float", "bool", "str", "sum") and args:
            if all(isinstance(one, Static) and is_constant(one.value) for one in args):
                return Static(getattr(builtins, name)(*(one.value for one in args)))
        return self._plain_call(ast.Name(name, ast.Load()), node)

    def call_enumerate(self, node: ast.Call) -> Any:
        values = self.value(node.args[0])
        parts = values.parts() if isinstance(values, Static) else None
        if parts is None:
            return self._plain_call(ast.Name("enumerate", ast.Load()), node)
        start = self.value(node.args[1]).value if len(node.args) > 1 else 0
        pairs = [Static(None, items=[Static(i), one]) for i, one in enumerate(parts, start)]
        return Static(None, items=pairs)

    def call_zip(self, node: ast.Call) -> Any:
        values = [self.value(one) for one in node.args]
        lists = [one.parts() if isinstance(one, Static) else None for one in values]
        if all(one is None for one in lists):
            return self._plain_call(ast.Name("zip", ast.Load()), node)
        length = min(len(one) for one in lists if one is not None)
        columns: list[list[Any]] = []
        for value, parts, place in zip(values, lists, node.args, strict=True):
            code = None if parts is not None else self.as_code(value, place)
            columns.append(
                parts[:length]
                if parts is not None
                else [
                    ast.Subscript(code, ast.Constant(i), ast.Load())  # type: ignore[arg-type]
                    for i in range(length)
                ]
            )
        return Static(None, items=[Static(None, items=list(row)) for row in zip(*columns)])

    def call_getattr(self, node: ast.Call) -> Any:
        held, name = self.value(node.args[0]), self.value(node.args[1])
        if not isinstance(name, Static) or not isinstance(name.value, str):
            raise RuntimeError("getattr's second argument must be a string literal")
        if isinstance(held, Static) and isinstance(held.value, Module):
            if len(node.args) > 2 and not self.scripts.has_member(held, name.value):
                return self.value(node.args[2])
            return self.scripts.member(held, name.value)
        return ast.Attribute(self.as_code(held, node), name.value, ast.Load())

    def call_hasattr(self, node: ast.Call) -> Any:
        held, name = self.value(node.args[0]), self.value(node.args[1])
        if isinstance(held, Static) and isinstance(held.value, Module):
            return Static(self.scripts.has_member(held, name.value))
        if isinstance(held, Static):
            return Static(hasattr(held.value, name.value))
        return self._plain_call(ast.Name("hasattr", ast.Load()), node)

    def call_isinstance(self, node: ast.Call) -> Any:
        held = self.value(node.args[0])
        kinds = self.object_of(node.args[1])  # type: ignore[attr-defined]
        if isinstance(held, Static) and held.items is None:
            if isinstance(held.value, Module):
                return Static(isinstance(held.value, kinds))
            return Static(markers.jit_isinstance(held.value, kinds))
        listed = kinds if isinstance(kinds, tuple) else (kinds,)
        try:
            made = [
                from_python(one, self.scripts.name_of).node()
                for one in listed
                if one not in (list, tuple, dict)
            ]
        except Unscriptable:
            return Static(False)
        made += [ast.Name(one.__name__, ast.Load()) for one in listed if one in (list, tuple, dict)]
        code = self.as_code(held, node)
        told = made[0] if len(made) == 1 else ast.Tuple(made, ast.Load())
        if len(made) == 1 and ast.unparse(told) == "Tensor" and getattr(code, "is_tensor", False):
            return Static(True)
        return ast.Call(ast.Name("isinstance", ast.Load()), [code, told], [])

    def call_super(self, node: ast.Call) -> Any:
        return Static(Super(self.owner, self.python))

    # -- functions of torch.jit --------------------------------------------------------------------

    def jit_true(self, node: ast.Call) -> Any:
        return Static(True)

    def jit_false(self, node: ast.Call) -> Any:
        return Static(False)

    def jit_annotate(self, node: ast.Call) -> Any:
        kind = self.type_of_node(node.args[0])  # type: ignore[attr-defined]
        value = self.code(node.args[1])
        return ast.Call(ast.Name("annotate", ast.Load()), [kind.node(), value], [])

    def jit_isinstance(self, node: ast.Call) -> Any:
        return self.call_isinstance(node)

    def jit_fork(self, node: ast.Call) -> Any:
        return ast.Call(ast.Name("fork", ast.Load()), self._args(node), self._keywords(node))

    def jit_wait(self, node: ast.Call) -> Any:
        return self._plain_call(dotted("torch.wait"), node)

    def jit_second(self, node: ast.Call) -> Any:
        return self.value(node.args[1])


def _fitted(node: ast.expr, argument: Any) -> ast.expr:
    kind = argument.kind.args[0] if argument.kind.name == "Optional" else argument.kind
    whole = isinstance(node, ast.Constant) and type(node.value) is int
    if kind.name == "float" and whole:
        return ast.Constant(float(node.value))  # type: ignore[attr-defined]
    if argument.broadcast and kind.name == "List":
        number = isinstance(node, ast.Constant) and type(node.value) in (int, float)
        if number and kind.args[0].name == "float":
            node = ast.Constant(float(node.value))  # type: ignore[attr-defined]
        if number:
            return ast.List([node] * argument.broadcast, ast.Load())
        if isinstance(node, ast.Tuple):
            return ast.List(node.elts, ast.Load())
    if kind.name == "List" and isinstance(node, ast.Tuple):
        return ast.List(node.elts, ast.Load())
    return node
