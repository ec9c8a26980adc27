"""Runs code in TorchScript's archive form.

In: the syntax tree of a function (`code.Function`).  Out: a function of Python that computes it,
made of closures: no text is ever handed to Python's compiler, and a name that is neither a local
variable nor in the lists of `vocabulary` is a RuntimeError, so that a file can reach nothing else.
"""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import Any

from .code import Class, Function, Unit
from .objects import attribute, calls_with, construct, method
from .operators import aten
from .statements import UNSET, Expr, Statements, iterated
from .types import from_code, matches
from .vocabulary import (
    BINARY,
    COMPARE,
    GLOBALS,
    NUMBERS,
    PRIMITIVES,
    Namespace,
    device,
    operator_named,
)


class Compiler(Statements):
    """Turns one function's tree into closures over a list of its local variables."""

    def __init__(self, unit: Unit, function: ast.FunctionDef) -> None:
        self.unit, self.function = unit, function
        self.slots: dict[str, int] = {"<result>": 0}
        for one in function.args.args:
            self._slot(one.arg)
        for node in ast.walk(function):
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                self._slot(node.id)
            elif isinstance(node, ast.FunctionDef) and node is not function:
                self._slot(node.name)
                for one in node.args.args:
                    self._slot(one.arg)

    def compiled(self) -> Callable[[list], Any]:
        """A function of the arguments' values, in order."""
        body = self.block(self.function.body)
        count, size = len(self.function.args.args), len(self.slots)
        rest = [UNSET] * (size - 1 - count)

        def run(values: list) -> Any:
            frame = [None, *values, *rest]
            body(frame)
            return frame[0]

        return run

    # -- expressions -------------------------------------------------------------------------------

    def expression(self, node: ast.expr) -> Expr:
        """An expression's value."""
        static = self.static(node)
        if static is not None:
            value = static[0]
            if isinstance(value, Namespace):
                raise self.fail(node, f"'{value.name}' is not a value")
            return lambda frame: value
        made = getattr(self, f"on_{type(node).__name__}", None)
        if made is None:
            raise self.fail(node, f"{type(node).__name__} is not an expression of TorchScript")
        return made(node)

    def static(self, node: ast.expr) -> tuple[Any] | None:
        """What an expression of global names stands for, in a tuple; None for others."""
        if isinstance(node, ast.Name):
            if node.id in self.slots:
                return None
            if node.id not in GLOBALS:
                raise self.fail(node, f"undefined value {node.id}")
            return (GLOBALS[node.id],)
        if isinstance(node, ast.Attribute):
            held = self.static(node.value)
            if held is not None and isinstance(held[0], Namespace):
                return (self._part(held[0].name, node),)
        return None

    def _part(self, space: str, node: ast.Attribute) -> Any:
        name = node.attr
        if space == "aten":
            return device if name == "device" else operator_named(name)
        if space == "ops" and name in ("aten", "prim"):
            return Namespace(name)
        if space == "prim":
            if name in PRIMITIVES:
                return PRIMITIVES[name]
            return operator_named(name)
        if space == "CONSTANTS" and name[:1] == "c" and name[1:].isdigit():
            return self._constant(int(name[1:]), node)
        if space.startswith("__torch__"):
            whole = f"{space}.{name}"
            found = self.unit.find(whole)
            if found is not None:
                return found
            if self.unit.is_prefix(whole):
                return Namespace(whole)
        raise self.fail(node, f"unknown name {space}.{name}")

    def _constant(self, index: int, node: ast.expr) -> Any:
        if index >= len(self.unit.constants):
            raise self.fail(node, "there is no such constant")
        return self.unit.constants[index]

    def on_Name(self, node: ast.Name) -> Expr:
        slot, name = self.slots[node.id], node.id

        def load(frame: list) -> Any:
            value = frame[slot]
            if value is UNSET:
                raise RuntimeError(f"{name} is not defined here")
            return value

        return load

    def on_Constant(self, node: ast.Constant) -> Expr:
        value = node.value
        if value is ... or isinstance(value, bytes):
            raise self.fail(node, "not a constant of TorchScript")
        return lambda frame: value

    def on_Attribute(self, node: ast.Attribute) -> Expr:
        held, name = self.expression(node.value), node.attr
        static = self.static(node.value)
        if static is not None and isinstance(static[0], Class):
            member = attribute(static[0], name)
            return lambda frame: member
        return lambda frame: attribute(held(frame), name)

    def on_Tuple(self, node: ast.Tuple) -> Expr:
        items = tuple(self.expression(one) for one in node.elts)
        return lambda frame: tuple([one(frame) for one in items])

    def on_List(self, node: ast.List) -> Expr:
        items = tuple(self.expression(one) for one in node.elts)
        return lambda frame: [one(frame) for one in items]

    def on_Dict(self, node: ast.Dict) -> Expr:
        if any(key is None for key in node.keys):
            raise self.fail(node, "** in a dict")
        pairs = [
            (self.expression(key), self.expression(value))
            for key, value in zip(node.keys, node.values, strict=True)
            if key is not None
        ]
        return lambda frame: {key(frame): value(frame) for key, value in pairs}

    def on_IfExp(self, node: ast.IfExp) -> Expr:
        test, yes, no = map(self.expression, (node.test, node.body, node.orelse))
        return lambda frame: yes(frame) if test(frame) else no(frame)

    def on_BoolOp(self, node: ast.BoolOp) -> Expr:
        values = tuple(self.expression(one) for one in node.values)
        if isinstance(node.op, ast.And):
            return lambda frame: all(bool(one(frame)) for one in values)
        return lambda frame: any(bool(one(frame)) for one in values)

    def on_UnaryOp(self, node: ast.UnaryOp) -> Expr:
        value = self.expression(node.operand)
        if isinstance(node.op, ast.Not):
            return lambda frame: not value(frame)
        if isinstance(node.op, ast.USub):
            return lambda frame: aten("neg")(value(frame))
        if isinstance(node.op, ast.Invert):
            return lambda frame: aten("bitwise_not")(value(frame))
        return value

    def _binary_of(self, node: Any) -> tuple[str, Callable]:
        found = BINARY.get(type(node.op))
        if found is None:
            raise self.fail(node, "unknown operator")
        return found

    def on_BinOp(self, node: ast.BinOp) -> Expr:
        left, right = self.expression(node.left), self.expression(node.right)
        name, plain = self._binary_of(node)

        def run(frame: list) -> Any:
            a, b = left(frame), right(frame)
            if isinstance(a, NUMBERS) and isinstance(b, NUMBERS):
                return plain(a, b)
            if isinstance(a, (list, str, tuple)):
                return _of_sequences(name, a, b)
            return aten(name)(a, b)

        return run

    def on_Compare(self, node: ast.Compare) -> Expr:
        values = [self.expression(one) for one in (node.left, *node.comparators)]
        tests = [COMPARE[type(one)] for one in node.ops]
        if len(tests) == 1:
            (test,), (left, right) = tests, values
            return lambda frame: test(left(frame), right(frame))

        def run(frame: list) -> Any:
            before = values[0](frame)
            for test, value in zip(tests, values[1:], strict=True):
                after = value(frame)
                if not test(before, after):
                    return False
                before = after
            return True

        return run

    def subscript(self, node: ast.expr) -> Expr:
        """A key or a slice."""
        if isinstance(node, ast.Slice):
            parts = [
                None if p is None else self.expression(p)
                for p in (node.lower, node.upper, node.step)
            ]
            return lambda frame: slice(*(None if p is None else p(frame) for p in parts))
        if isinstance(node, ast.Tuple):
            items = [self.subscript(one) for one in node.elts]
            return lambda frame: tuple([one(frame) for one in items])
        if isinstance(node, ast.Constant) and node.value is ...:
            return lambda frame: ...
        return self.expression(node)

    def on_Subscript(self, node: ast.Subscript) -> Expr:
        held, key = self.expression(node.value), self.subscript(node.slice)
        return lambda frame: _item(held(frame), key(frame))

    def _comprehended(self, node: Any, made: Callable[[list], Any]) -> Callable[[list], list]:
        if len(node.generators) != 1:
            raise self.fail(node, "Only a single generator is currently supported")
        (one,) = node.generators
        values, store = self.expression(one.iter), self.target(one.target)
        tests = [self.expression(test) for test in one.ifs]

        def run(frame: list) -> list:
            collected = []
            for value in iterated(values(frame)):
                store(frame, value)
                if all(test(frame) for test in tests):
                    collected.append(made(frame))
            return collected

        return run

    def on_ListComp(self, node: ast.ListComp) -> Expr:
        return self._comprehended(node, self.expression(node.elt))

    on_GeneratorExp = on_ListComp  # noqa: N815

    def on_DictComp(self, node: ast.DictComp) -> Expr:
        key, value = self.expression(node.key), self.expression(node.value)
        pairs = self._comprehended(node, lambda frame: (key(frame), value(frame)))
        return lambda frame: dict(pairs(frame))

    # -- calls -------------------------------------------------------------------------------------

    def on_Call(self, node: ast.Call) -> Expr:
        if isinstance(node.func, ast.Name) and node.func.id not in self.slots:
            special = getattr(self, f"call_{node.func.id}", None)
            if special is not None:
                return special(node)
        args = tuple(self._argument(one) for one in node.args)
        named = {one.arg: self.expression(one.value) for one in node.keywords if one.arg}
        if len(named) != len(node.keywords):
            raise self.fail(node, "keyword arguments expansion is not supported")
        starred = [isinstance(one, ast.Starred) for one in node.args]
        function = self._called(node)

        def values(frame: list) -> list:
            made: list = []
            for one, spread in zip(args, starred, strict=True):
                made.extend(one(frame)) if spread else made.append(one(frame))
            return made

        if any(starred):
            return lambda frame: function(frame)(
                *values(frame), **{k: v(frame) for k, v in named.items()}
            )
        if named:
            return lambda frame: function(frame)(
                *[one(frame) for one in args], **{k: v(frame) for k, v in named.items()}
            )
        return lambda frame: function(frame)(*[one(frame) for one in args])

    def _argument(self, node: ast.expr) -> Expr:
        return self.expression(node.value if isinstance(node, ast.Starred) else node)

    def _called(self, node: ast.Call) -> Expr:
        static = self.static(node.func)
        if static is not None:
            made = self._callable(static[0], node)
            return lambda frame: made
        if isinstance(node.func, ast.Attribute):
            held, name = self.expression(node.func.value), node.func.attr
            return lambda frame: method(held(frame), name)
        value = self.expression(node.func)
        return lambda frame: self._callable(value(frame), node)

    def _callable(self, value: Any, node: ast.Call) -> Callable:
        if isinstance(value, Function):
            return lambda *args, **kwargs: invoke(value, args, kwargs)
        if isinstance(value, Class):
            return lambda *args, **kwargs: construct(value, args, kwargs)
        if getattr(value, "_is_script_method", False):
            return value
        if callable(value) and self.static(node.func) is not None:
            return value
        raise self.fail(node, "cannot call what is no function")

    def call_annotate(self, node: ast.Call) -> Expr:
        return self._second(node)

    call_unchecked_cast = call_annotate

    def _second(self, node: ast.Call) -> Expr:
        if len(node.args) != 2 or node.keywords:
            raise self.fail(node, "expected a type and a value")
        from_code(node.args[0])
        return self.expression(node.args[1])

    def call_uninitialized(self, node: ast.Call) -> Expr:
        return lambda frame: None

    def call_isinstance(self, node: ast.Call) -> Expr:
        if len(node.args) != 2 or node.keywords:
            raise self.fail(node, "expected a value and types")
        value, told = self.expression(node.args[0]), node.args[1]
        items = told.elts if isinstance(told, (ast.Tuple, ast.List)) else [told]
        kinds = [from_code(one) for one in items]
        return lambda frame: any(matches(made, one) for one in kinds for made in (value(frame),))

    def call_hasattr(self, node: ast.Call) -> Expr:
        value, name = map(self.expression, node.args)

        def run(frame: list) -> bool:
            try:
                attribute(value(frame), name(frame))
            except (AttributeError, RuntimeError):
                return False
            return True

        return run


def _item(held: Any, key: Any) -> Any:
    if isinstance(held, (list, tuple, str, dict, range)) or hasattr(held, "dtype"):
        return held[key]
    return method(held, "__getitem__")(key)


def _of_sequences(name: str, a: Any, b: Any) -> Any:
    if name == "remainder" and isinstance(a, str):
        return a % b
    if name in ("add", "mul"):
        return a + b if name == "add" else a * b
    raise RuntimeError(f"{name} of a {type(a).__name__} and a {type(b).__name__}")


def run_of(function: Function) -> Callable[[list], Any]:
    """What computes a function, compiled when first asked for."""
    if function.run is None:
        function.run = Compiler(function.unit, function.node).compiled()
    return function.run


def bind(function: Function, args: tuple, kwargs: dict[str, Any], whole: str | None = None) -> list:
    """The arguments' values in order, defaults filled in. RuntimeError where they don't fit."""
    declared = function.declared()
    name = whole or function.name.rpartition(".")[2]
    if len(args) > len(declared):
        raise RuntimeError(
            f"{name}() expected at most {len(declared) + (function.owner is not None)} argument(s)"
            f" but received {len(args) + (function.owner is not None)} argument(s). "
            f"Declaration: {declaration(function)}"
        )
    values = list(args)
    used = 0
    for one in declared[len(args) :]:
        if one.name in kwargs:
            values.append(kwargs[one.name])
            used += 1
        elif one.required:
            raise RuntimeError(
                f"{name}() is missing value for argument '{one.name}'. "
                f"Declaration: {declaration(function)}"
            )
        else:
            values.append(Compiler(function.unit, _EMPTY).expression(one.default)([]))
    if used != len(kwargs):
        _refuse_names(function, name, args, kwargs)
    for at, one in enumerate(declared):
        if one.broadcast and isinstance(values[at], (int, float)):
            values[at] = [values[at]] * one.broadcast
    return values


_EMPTY = ast.FunctionDef(
    name="empty",
    args=ast.arguments(posonlyargs=[], args=[], kwonlyargs=[], kw_defaults=[], defaults=[]),
    body=[],
    decorator_list=[],
)


def _refuse_names(function: Function, name: str, args: tuple, kwargs: dict[str, Any]) -> None:
    known = [one.name for one in function.declared()]
    for key in kwargs:
        if key not in known:
            raise RuntimeError(
                f"Unknown keyword argument '{key}' for operator '{name}'. "
                f"Schema: {declaration(function)}"
            )
        if key in known[: len(args)]:
            raise RuntimeError(f"{name}() got multiple values for argument '{key}'")


def declaration(function: Function) -> str:
    """A function's signature as messages show it."""
    parts = [] if function.owner is None else [f"{function.owner.name} self"]
    for one in function.declared():
        default = "" if one.default is None else f"={ast.unparse(one.default)}"
        parts.append(f"{one.kind} {one.name}{default}")
    returns = function.returns
    return f"{function.name.rpartition('.')[2]}({', '.join(parts)}) -> {returns or 'Tensor'}"


def invoke(function: Function, args: tuple, kwargs: dict[str, Any], *held: Any) -> Any:
    """Calls a function, or a method on `held`, from code of TorchScript."""
    values = bind(function, args, kwargs)
    return run_of(function)([*held, *values])


calls_with(invoke)
