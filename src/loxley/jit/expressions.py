"""Expressions of Python source, translated for TorchScript: the values that the compiler knows.

In: expressions of a program.  Out: code, or a `Static`: something that stands for no value of
TorchScript's (a module, a function, a class) or is known while compiling (a constant).
"""

from __future__ import annotations

import ast
import builtins
import enum
import inspect
import math
import operator
import types
from dataclasses import dataclass
from typing import Any

from .. import devices
from ..nn.modules.container import ModuleDict, ModuleList, Sequential
from ..nn.modules.module import Module
from ..tensor import Tensor
from ..tensor.size import Size
from . import markers
from .code import Class, Function
from .names import BUILTINS, is_enumeration, is_named_tuple, operator_of
from .types import Unscriptable, code_of, from_python

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


def _is_constant(value: Any) -> bool:
    return value is None or isinstance(value, (bool, int, float, str, tuple))


def _known(value: Any) -> bool:
    return isinstance(value, Static) and value.items is None and _is_constant(value.value)


_FOLDED = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
    ast.Div: operator.truediv,
    ast.Pow: operator.pow,
}
_COMPARED = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Is: operator.is_,
    ast.IsNot: operator.is_not,
    ast.In: lambda a, b: a in b,
    ast.NotIn: lambda a, b: a not in b,
}


class Expressions:
    """The part of the compiler that translates expressions."""

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
            return ast.Attribute(_dotted(cls.name), held.name, ast.Load())
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
            return _dotted(self.scripts.function(held).name)
        raise RuntimeError(f"'{name}' cannot be used as a value")

    def value(self, node: ast.expr) -> Any:
        """An expression as code or as a `Static`."""
        translate = getattr(self, f"on_{type(node).__name__}", None)
        if translate is None:
            raise UnsupportedNodeError(
                f"{type(node).__name__}s aren't supported:\n{ast.unparse(node)}"
            )
        return translate(node)

    # -- names and attributes ----------------------------------------------------------------------

    def on_Name(self, node: ast.Name) -> Any:
        name = node.id
        if name in self.static:
            return self.static[name]
        if name == self.self_name and self.owner is not None:
            if self.owner.module is None:
                return ast.Name(name, ast.Load())
            return Static(self.owner.module, ast.Name(name, ast.Load()))
        if name in self.local:
            return ast.Name(name, ast.Load())
        if name in self.room:
            return Static(self.room[name])
        if hasattr(builtins, name):
            return Static(getattr(builtins, name))
        raise RuntimeError(f"undefined value {name}:\n{ast.unparse(self._statement_of(node))}")

    def _statement_of(self, node: ast.AST) -> ast.AST:
        return node

    def on_Constant(self, node: ast.Constant) -> Any:
        return Static(node.value)

    def on_Attribute(self, node: ast.Attribute) -> Any:
        held = self.value(node.value)
        if not isinstance(held, Static):
            return ast.Attribute(held, node.attr, ast.Load())
        if isinstance(held.value, Module):
            return self.scripts.member(held, node.attr)
        if isinstance(held.value, _Super):
            return Static(held.value.method(node.attr))
        if held.items is not None or isinstance(held.value, str):
            return ast.Attribute(self.as_code(held, node), node.attr, ast.Load())
        try:
            return Static(getattr(held.value, node.attr))
        except AttributeError:
            raise RuntimeError(
                f"module '{getattr(held.value, '__name__', held.value)}' has no attribute "
                f"'{node.attr}'"
            ) from None

    def key(self, node: ast.expr) -> ast.expr:
        """What stands in brackets."""
        if isinstance(node, ast.Slice):
            parts = (node.lower, node.upper, node.step)
            return ast.Slice(*(None if one is None else self.code(one) for one in parts))
        if isinstance(node, ast.Tuple):
            return ast.Tuple([self.key(one) for one in node.elts], ast.Load())
        if isinstance(node, ast.Constant) and node.value is ...:
            return node
        return self.code(node)

    def on_Subscript(self, node: ast.Subscript) -> Any:
        held = self.value(node.value)
        if isinstance(held, Static):
            made = self._static_item(held, node)
            if made is not None:
                return made
        return ast.Subscript(self.as_code(held, node), self.key(node.slice), ast.Load())

    def _static_item(self, held: Static, node: ast.Subscript) -> Any:
        parts = held.parts()
        if isinstance(node.slice, ast.Slice):
            bounds = [
                None if one is None else self.value(one)
                for one in (node.slice.lower, node.slice.upper, node.slice.step)
            ]
            if parts is None or not all(b is None or isinstance(b, Static) for b in bounds):
                return None
            chosen = parts[slice(*(None if b is None else b.value for b in bounds))]
            return Static(None, items=chosen)
        key = self.value(node.slice)
        if not isinstance(key, Static):
            if isinstance(held.value, Module):
                raise RuntimeError(
                    "Unable to extract string literal index. ModuleDict indexing is only supported "
                    "with string literals. Enumeration of ModuleDict is supported."
                )
            return None
        if isinstance(held.value, Module) and isinstance(key.value, str):
            return child(held, key.value)
        if parts is not None and isinstance(key.value, int):
            return parts[key.value]
        return None

    # -- containers --------------------------------------------------------------------------------

    def on_Tuple(self, node: ast.Tuple) -> Any:
        items = [self.value(one) for one in node.elts]
        if any(isinstance(one, Static) and one.is_only_static() for one in items):
            return Static(None, items=items)
        if items and all(_known(one) for one in items):
            return Static(tuple(one.value for one in items))
        pairs = zip(items, node.elts, strict=True)
        return ast.Tuple([self.as_code(value, part) for value, part in pairs], ast.Load())

    def on_List(self, node: ast.List) -> Any:
        items = [self.value(one) for one in node.elts]
        if any(isinstance(one, Static) and one.is_only_static() for one in items):
            return Static(None, items=items)
        pairs = zip(items, node.elts, strict=True)
        return ast.List([self.as_code(value, part) for value, part in pairs], ast.Load())

    def on_Dict(self, node: ast.Dict) -> Any:
        if any(key is None for key in node.keys):
            raise UnsupportedNodeError("** in dicts isn't supported")
        keys: list[ast.expr | None] = [self.code(one) for one in node.keys if one is not None]
        return ast.Dict(keys, [self.code(one) for one in node.values])

    def on_JoinedStr(self, node: ast.JoinedStr) -> Any:
        text, args = "", []
        for one in node.values:
            if isinstance(one, ast.FormattedValue):
                if one.conversion != -1:
                    raise UnsupportedNodeError("Don't support conversion in JoinedStr")
                if one.format_spec is not None:
                    raise UnsupportedNodeError("Don't support formatting in JoinedStr")
                text += "{}"
                args.append(self.code(one.value))
            else:
                text += str(one.value) if isinstance(one, ast.Constant) else ""
        return ast.Call(ast.Attribute(ast.Constant(text), "format", ast.Load()), args, [])

    def on_Starred(self, node: ast.Starred) -> Any:
        return ast.Starred(self.code(node.value), ast.Load())

    def on_ListComp(self, node: ast.ListComp) -> Any:
        if len(node.generators) != 1:
            raise UnsupportedNodeError("Only a single generator is currently supported")
        (one,) = node.generators
        values = self.value(one.iter)
        parts = values.parts() if isinstance(values, Static) else None
        if parts is not None and isinstance(one.target, ast.Name) and not one.ifs:
            return self._written_list(node.elt, one.target.id, parts)
        code = self.as_code(values, one.iter)
        before = set(self.local)
        target = self.target(one.target)  # type: ignore[attr-defined]
        tests = [self.code(test) for test in one.ifs]
        if tests:
            raise UnsupportedNodeError("Comprehension ifs are not supported yet")
        made = ast.ListComp(self.code(node.elt), [ast.comprehension(target, code, tests, 0)])
        self.local = before
        return made

    on_GeneratorExp = on_ListComp  # noqa: N815

    def _written_list(self, element: ast.expr, name: str, parts: list[Any]) -> Any:
        before = self.static.get(name)
        made = []
        for one in parts:
            self.static[name] = one if isinstance(one, Static) else Static(None, one)
            made.append(self.code(element))
        self.static.pop(name)
        if before is not None:
            self.static[name] = before
        return ast.List(made, ast.Load())

    def on_DictComp(self, node: ast.DictComp) -> Any:
        if len(node.generators) != 1 or node.generators[0].ifs:
            raise UnsupportedNodeError("Comprehension ifs are not supported yet")
        (one,) = node.generators
        code = self.code(one.iter)
        before = set(self.local)
        target = self.target(one.target)  # type: ignore[attr-defined]
        key, value = self.code(node.key), self.code(node.value)
        self.local = before
        return ast.DictComp(key, value, [ast.comprehension(target, code, [], 0)])

    # -- operators ---------------------------------------------------------------------------------

    def truth(self, node: ast.expr) -> bool | None:
        """Whether a condition holds, where that is known."""
        if isinstance(node, ast.BoolOp):
            known = []
            stop = isinstance(node.op, ast.Or)
            for one in node.values:
                known.append(self.truth(one))
                if known[-1] is stop:
                    return stop if None not in known[:-1] else stop
            return None if None in known else not stop
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
            inner = self.truth(node.operand)
            return None if inner is None else not inner
        value = self.value(node)
        if isinstance(value, Static) and value.items is None:
            if isinstance(value.value, Module):
                return True
            return bool(value.value)
        return None

    def on_BoolOp(self, node: ast.BoolOp) -> Any:
        known = self.truth(node)
        if known is not None:
            return Static(known)
        open_ = [one for one in node.values if self.truth(one) is None]
        codes = [self.code(one) for one in open_]
        return codes[0] if len(codes) == 1 else ast.BoolOp(node.op, codes)

    def on_UnaryOp(self, node: ast.UnaryOp) -> Any:
        value = self.value(node.operand)
        if isinstance(value, Static) and _is_constant(value.value):
            if isinstance(node.op, ast.Not):
                return Static(not value.value)
            if isinstance(node.op, ast.USub):
                return Static(-value.value)
        return ast.UnaryOp(node.op, self.as_code(value, node.operand))

    def on_BinOp(self, node: ast.BinOp) -> Any:
        left, right = self.value(node.left), self.value(node.right)
        if isinstance(left, Static) and isinstance(right, Static):
            fold = _FOLDED.get(type(node.op))
            if fold is not None and _is_constant(left.value) and _is_constant(right.value):
                return Static(fold(left.value, right.value))
        codes = self.as_code(left, node.left), self.as_code(right, node.right)
        return ast.BinOp(codes[0], node.op, codes[1])

    def on_Compare(self, node: ast.Compare) -> Any:
        values = [self.value(one) for one in (node.left, *node.comparators)]
        if len(values) == 2:
            known = self._compared(values[0], type(node.ops[0]), values[1])
            if known is not None:
                return Static(known)
        places = (node.left, *node.comparators)
        codes = [self.as_code(value, at) for value, at in zip(values, places, strict=True)]
        return ast.Compare(codes[0], node.ops, codes[1:])

    def _compared(self, left: Any, kind: type, right: Any) -> bool | None:
        if kind in (ast.Is, ast.IsNot) and isinstance(right, Static) and right.value is None:
            if isinstance(left, Static):
                return (left.value is None and left.items is None) is (kind is ast.Is)
            return kind is ast.IsNot if getattr(left, "never_none", False) else None
        if isinstance(left, Static) and isinstance(right, Static):
            if left.items is None and right.items is None:
                return bool(_COMPARED[kind](left.value, right.value))
        return None

    def on_IfExp(self, node: ast.IfExp) -> Any:
        known = self.truth(node.test)
        if known is not None:
            return self.value(node.body if known else node.orelse)
        return ast.IfExp(self.code(node.test), self.code(node.body), self.code(node.orelse))

    # -- calls -------------------------------------------------------------------------------------

    def on_Call(self, node: ast.Call) -> Any:
        function = self.value(node.func)
        if not isinstance(function, Static):
            if isinstance(function, ast.Attribute):
                return self._plain_call(function, node)
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
        if isinstance(held, _SuperMethod):
            made = self.scripts.super_method(held)
            target = ast.Attribute(ast.Name(self.self_name, ast.Load()), made.node.name, ast.Load())
            return self._call_of(made, target, node)
        replaced = self.scripts.replacement(held)
        if replaced is not None:
            return self._call_of(replaced, _dotted(replaced.name), node)
        name = operator_of(held)
        if name is not None:
            return self._plain_call(_dotted(f"torch.{name}"), node)
        if isinstance(held, type):
            return self._make(held, node)
        function = self.scripts.function(held)
        return self._call_of(function, _dotted(function.name), node)

    def _make(self, held: type, node: ast.Call) -> Any:
        if held is devices.device:
            return self._plain_call(_dotted("torch.device"), node)
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
            return self._call_of(made, _dotted(cls.name), node)
        return self._plain_call(_dotted(cls.name), node)

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
            if name == "list" and all(_known(one) for one in parts):
                return Static([one.value for one in parts])
            if name in ("list", "tuple", "reversed"):
                return Static(None, items=parts[::-1] if name == "reversed" else parts)
        if name in ("min", "max", "len", "abs", "int", "float", "bool", "str", "sum") and args:
            if all(isinstance(one, Static) and _is_constant(one.value) for one in args):
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
                _kind_node(from_python(one, self.scripts.name_of))
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
        return Static(_Super(self.owner, self.python))

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
        return self._plain_call(_dotted("torch.wait"), node)

    def jit_second(self, node: ast.Call) -> Any:
        return self.value(node.args[1])


class ContainerMethod:
    """`values`, `keys` or `items` of a dict of modules, called while compiling."""

    def __init__(self, parts: list[Any]) -> None:
        self.parts = parts


class _SuperMethod:
    def __init__(self, owner: Any, name: str, function: Any, home: type) -> None:
        self.owner, self.name, self.function, self.home = owner, name, function, home


class _Super:
    """`super()` in a method of a module."""

    def __init__(self, owner: Any, python: Any) -> None:
        self.owner, self.python = owner, python

    def method(self, name: str) -> _SuperMethod:
        """The method that comes next in the order of classes."""
        line = type(self.owner.module).__mro__
        here = next((i for i, c in enumerate(line) if self.python in vars(c).values()), 0)
        for cls in line[here + 1 :]:
            found = vars(cls).get(name)
            if inspect.isfunction(found):
                return _SuperMethod(self.owner, name, found, cls)
        raise RuntimeError(f"super() has no method '{name}'")


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


def _kind_node(kind: Any) -> ast.expr:
    return kind.node()


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


def _dotted(name: str) -> ast.expr:
    return ast.parse(name, mode="eval").body
