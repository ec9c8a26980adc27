"""Runs code in TorchScript's archive form.

In: the syntax tree of a function (`code.Function`).  Out: a function of Python that computes it,
made of closures: no text is ever handed to Python's compiler, and a name that is neither a local
variable nor in the lists below is a RuntimeError, so that a file can reach nothing else.
"""

from __future__ import annotations

import ast
import math
import operator
from collections.abc import Callable
from typing import Any

from ..futures import Future
from . import scalars
from .code import Class, Function, Unit
from .objects import (
    RaisedError,
    attribute,
    calls_with,
    construct,
    method,
    raise_exception,
    set_attribute,
)
from .operators import aten
from .state import STATE
from .types import from_code, matches

Expr = Callable[[list], Any]
_UNSET = object()
_BREAK, _CONTINUE, _RETURN = object(), object(), object()


class CompileError(RuntimeError):
    """Code that isn't TorchScript's."""


class _Namespace:
    """A name that only has parts: `torch`, `ops`, `ops.prim`, `__torch__.module`."""

    def __init__(self, name: str) -> None:
        self.name = name


def _operator(name: str) -> Callable:
    """An operator; one that isn't there raises when it is called, not where code names it."""
    try:
        return aten(name)
    except RuntimeError:

        def missing(*args: Any, **kwargs: Any) -> Any:
            raise NotImplementedError(f"TorchScript: aten::{name} is not implemented")

        return missing


def fork(func: Any, *args: Any, **kwargs: Any) -> Future:
    """Calls a function; a future holds the result. It runs at once.

    Source: torch.jit.fork.
    """
    made = Future()
    made.set_result(func(*args, **kwargs))
    return made


def _forked(function: Any) -> Callable:
    if isinstance(function, Function):
        return lambda *args, **kwargs: invoke(function, args, kwargs)
    if getattr(function, "_is_script_method", False):
        return function
    raise CompileError("fork needs a function or method of TorchScript")


def _print(*values: Any) -> None:
    print(*values)


def _zip(*values: Any) -> list:
    return list(zip(*values, strict=False))


def _int(value: Any, base: int = 10) -> int:
    return int(value, base) if isinstance(value, str) else int(value)


# The names that code may use besides its own.
GLOBALS: dict[str, Any] = {
    "inf": math.inf,
    "nan": math.nan,
    "infj": complex(0, math.inf),
    "nanj": complex(0, math.nan),
    "torch": _Namespace("aten"),
    "ops": _Namespace("ops"),
    "CONSTANTS": _Namespace("CONSTANTS"),
    "__torch__": _Namespace("__torch__"),
    "print": _print,
    "range": range,
    "enumerate": lambda values, start=0: list(enumerate(values, start)),
    "zip": _zip,
    "int": _int,
    "float": float,
    "bool": bool,
    "complex": complex,
    "str": str,
    "len": aten("len"),
    "tuple": tuple,
    "list": list,
    "dict": lambda items=(): dict(items),
    "sorted": sorted,
    "reversed": lambda values: list(reversed(values)),
    "min": lambda *args: _extreme("min", args),
    "max": lambda *args: _extreme("max", args),
    "sum": lambda values: _extreme("sum", (values,)),
    "all": lambda values: _extreme("all", (values,)),
    "any": lambda values: _extreme("any", (values,)),
    "abs": aten("abs"),
    "divmod": divmod,
    "round": aten("round"),
    "pow": aten("pow"),
    "ord": ord,
    "chr": chr,
    "hex": hex,
    "oct": oct,
    "bin": bin,
    "hash": hash,
    "getattr": lambda value, name, *default: attribute(value, name),
    "fork": lambda function, *args, **kwargs: fork(_forked(function), *args, **kwargs),
    "Exception": "Exception",
}


def _extreme(name: str, args: tuple) -> Any:
    if STATE.tracer is None and not hasattr(args[0], "dtype"):
        return {"min": min, "max": max, "sum": sum, "all": all, "any": any}[name](*args)
    return aten({"min": "minimum", "max": "maximum"}.get(name, name) if len(args) > 1 else name)(
        *args
    )


def _device(*args: Any) -> Any:
    return aten("device")(args[0] if len(args) == 1 else f"{args[0]}:{args[1]}")


# `ops.prim.X`.
PRIMITIVES: dict[str, Callable] = {
    "RaiseException": raise_exception,
    "NumToTensor": lambda value: aten("tensor")(value),
    "min": GLOBALS["min"],
    "max": GLOBALS["max"],
    "abs": GLOBALS["abs"],
    "TupleIndex": operator.getitem,
    "TupleUnpack": lambda values: values,
    "ListUnpack": lambda values: values,
    "unchecked_unwrap_optional": lambda value: value,
    "rangelist": lambda count: list(range(count)),
    "StringIndex": operator.getitem,
    "Print": _print,
    "isinstance": lambda value, kind: isinstance(value, kind),
    "is_scripting": lambda: True,
}
_PROPERTIES = (
    "dtype device shape requires_grad is_cuda is_sparse is_quantized grad data layout ndim T H mT "
    "mH itemsize nbytes name type index is_mps is_meta is_cpu is_nested "
    "is_leaf is_xpu is_mkldnn is_sparse_csr"
).split()
PRIMITIVES |= {
    name: (lambda key: lambda value: attribute(value, key))(name) for name in _PROPERTIES
}

_BINARY: dict[type, tuple[str, Callable]] = {
    ast.Add: ("add", operator.add),
    ast.Sub: ("sub", operator.sub),
    ast.Mult: ("mul", operator.mul),
    ast.Div: ("div", scalars.SCALARS["div"]),
    ast.FloorDiv: ("floordiv", scalars.SCALARS["floordiv"]),
    ast.Mod: ("remainder", operator.mod),
    ast.Pow: ("pow", scalars.SCALARS["pow"]),
    ast.MatMult: ("matmul", operator.matmul),
    ast.BitAnd: ("__and__", operator.and_),
    ast.BitOr: ("__or__", operator.or_),
    ast.BitXor: ("__xor__", operator.xor),
    ast.LShift: ("__lshift__", operator.lshift),
    ast.RShift: ("__rshift__", operator.rshift),
}
_IN_PLACE: dict[type, str] = {
    ast.Add: "add_",
    ast.Sub: "sub_",
    ast.Mult: "mul_",
    ast.Div: "div_",
}
_COMPARE: dict[type, Callable] = {
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
_NUMBERS = (int, float)


class _Inner:
    """A function that was defined within another."""

    _is_script_method = True

    def __init__(self, run: Callable) -> None:
        self.run = run

    def __call__(self, *args: Any) -> Any:
        return self.run(*args)


class Compiler:
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

    def _slot(self, name: str) -> int:
        return self.slots.setdefault(name, len(self.slots))

    def compiled(self) -> Callable[[list], Any]:
        """A function of the arguments' values, in order."""
        body = self.block(self.function.body)
        count, size = len(self.function.args.args), len(self.slots)
        rest = [_UNSET] * (size - 1 - count)

        def run(values: list) -> Any:
            frame = [None, *values, *rest]
            body(frame)
            return frame[0]

        return run

    def fail(self, node: ast.AST, why: str) -> CompileError:
        """The error for a place in the code."""
        text = ast.unparse(node) if isinstance(node, (ast.expr, ast.stmt)) else type(node).__name__
        return CompileError(f"{why}:\n{text[:200]}")

    # -- statements ------------------------------------------------------------------------------

    def block(self, statements: list[ast.stmt]) -> Expr:
        """Runs statements until one of them leaves."""
        steps = tuple(self.statement(one) for one in statements if not isinstance(one, ast.Pass))
        if len(steps) == 1:
            return steps[0]

        def run(frame: list) -> Any:
            for step in steps:
                signal = step(frame)
                if signal is not None:
                    return signal
            return None

        return run

    def statement(self, node: ast.stmt) -> Expr:
        """A statement; what it gives tells how it was left."""
        made = getattr(self, f"do_{type(node).__name__}", None)
        if made is None:
            raise self.fail(node, f"{type(node).__name__} is not a statement of TorchScript")
        return made(node)

    def do_Expr(self, node: ast.Expr) -> Expr:
        value = self.expression(node.value)

        def run(frame: list) -> None:
            value(frame)

        return run

    def do_Assign(self, node: ast.Assign) -> Expr:
        value = self.expression(node.value)
        stores = tuple(self.target(one) for one in node.targets)
        if len(stores) == 1:
            (store,) = stores

            def run(frame: list) -> None:
                store(frame, value(frame))

            return run

        def run_all(frame: list) -> None:
            made = value(frame)
            for one in stores:
                one(frame, made)

        return run_all

    def do_AnnAssign(self, node: ast.AnnAssign) -> Expr:
        if node.value is None:
            return lambda frame: None
        plain = ast.Assign(targets=[node.target], value=node.value)
        return self.do_Assign(plain)

    def do_AugAssign(self, node: ast.AugAssign) -> Expr:
        load = self.expression(_loaded(node.target))
        value, store = self.expression(node.value), self.target(node.target)
        name, plain = self._binary_of(node)
        in_place = _IN_PLACE.get(type(node.op))

        def run(frame: list) -> None:
            old, new = load(frame), value(frame)
            if isinstance(old, _NUMBERS) and isinstance(new, _NUMBERS):
                made = plain(old, new)
            elif isinstance(old, list) and name == "add":
                old.extend(new)
                made = old
            elif in_place is not None and hasattr(old, "dtype"):
                made = aten(in_place)(old, new)
            else:
                made = aten(name)(old, new)
            store(frame, made)

        return run

    def do_Return(self, node: ast.Return) -> Expr:
        value = None if node.value is None else self.expression(node.value)

        def run(frame: list) -> Any:
            frame[0] = None if value is None else value(frame)
            return _RETURN

        return run

    def do_If(self, node: ast.If) -> Expr:
        test = self.expression(node.test)
        yes, no = self.block(node.body), self.block(node.orelse)
        return lambda frame: yes(frame) if test(frame) else no(frame)

    def do_While(self, node: ast.While) -> Expr:
        test, body = self.expression(node.test), self.block(node.body)

        def run(frame: list) -> Any:
            while test(frame):
                signal = body(frame)
                if signal is _RETURN:
                    return signal
                if signal is _BREAK:
                    break
            return None

        return run

    def do_For(self, node: ast.For) -> Expr:
        values, store = self.expression(node.iter), self.target(node.target)
        body = self.block(node.body)

        def run(frame: list) -> Any:
            for one in _iterated(values(frame)):
                store(frame, one)
                signal = body(frame)
                if signal is _RETURN:
                    return signal
                if signal is _BREAK:
                    break
            return None

        return run

    def do_Break(self, node: ast.Break) -> Expr:
        return lambda frame: _BREAK

    def do_Continue(self, node: ast.Continue) -> Expr:
        return lambda frame: _CONTINUE

    def do_Pass(self, node: ast.Pass) -> Expr:
        return lambda frame: None

    def do_Assert(self, node: ast.Assert) -> Expr:
        test = self.expression(node.test)
        message = None if node.msg is None else self.expression(node.msg)

        def run(frame: list) -> None:
            if not test(frame):
                told = "" if message is None else message(frame)
                raise_exception(f"AssertionError: {told}", None)

        return run

    def do_Raise(self, node: ast.Raise) -> Expr:
        if node.exc is None:
            raise self.fail(node, "raise without an exception")
        call = node.exc
        args = call.args if isinstance(call, ast.Call) else []
        values = [self.expression(one) for one in args]

        def run(frame: list) -> None:
            raise RaisedError(str(values[0](frame)) if values else "")

        return run

    def do_Delete(self, node: ast.Delete) -> Expr:
        steps = [self._deletion(one) for one in node.targets]

        def run(frame: list) -> None:
            for step in steps:
                step(frame)

        return run

    def _deletion(self, node: ast.expr) -> Expr:
        if isinstance(node, ast.Name):
            slot = self._slot(node.id)
            return lambda frame: frame.__setitem__(slot, _UNSET)
        if isinstance(node, ast.Subscript):
            held, key = self.expression(node.value), self.expression(node.slice)
            return lambda frame: operator.delitem(held(frame), key(frame))
        raise self.fail(node, "cannot be deleted")

    def do_FunctionDef(self, node: ast.FunctionDef) -> Expr:
        """A function within a function, as `fork` gets them; it sees the variables around it."""
        if node.decorator_list or node.args.vararg or node.args.kwarg or node.args.kwonlyargs:
            raise self.fail(node, "not a function of TorchScript")
        body, slot = self.block(node.body), self._slot(node.name)
        places = [self._slot(one.arg) for one in node.args.args]

        def run(frame: list) -> None:
            def inner(*args: Any) -> Any:
                own = list(frame)
                own[0] = None
                for place, value in zip(places, args, strict=True):
                    own[place] = value
                body(own)
                return own[0]

            frame[slot] = _Inner(inner)

        return run

    def do_With(self, node: ast.With) -> Expr:
        items = [
            (
                self.expression(one.context_expr),
                None if one.optional_vars is None else self.target(one.optional_vars),
            )
            for one in node.items
        ]
        body = self.block(node.body)

        def run(frame: list) -> Any:
            entered = []
            try:
                for value, store in items:
                    held = value(frame)
                    made = method(held, "__enter__")()
                    entered.append(held)
                    if store is not None:
                        store(frame, made)
                return body(frame)
            finally:
                for held in reversed(entered):
                    method(held, "__exit__")(None, None, None)

        return run

    # -- targets of assignments --------------------------------------------------------------------

    def target(self, node: ast.expr) -> Callable[[list, Any], None]:
        """Stores a value where a target says."""
        if isinstance(node, ast.Name):
            slot = self._slot(node.id)
            return lambda frame, value: frame.__setitem__(slot, value)
        if isinstance(node, (ast.Tuple, ast.List)):
            return self._unpacking(node.elts)
        if isinstance(node, ast.Attribute):
            held, name = self.expression(node.value), node.attr
            return lambda frame, value: set_attribute(held(frame), name, value)
        if isinstance(node, ast.Subscript):
            held, key = self.expression(node.value), self.subscript(node.slice)

            def store(frame: list, value: Any) -> None:
                held(frame)[key(frame)] = value

            return store
        raise self.fail(node, "cannot be assigned to")

    def _unpacking(self, nodes: list[ast.expr]) -> Callable[[list, Any], None]:
        starred = [i for i, one in enumerate(nodes) if isinstance(one, ast.Starred)]
        stores = [self.target(one.value if isinstance(one, ast.Starred) else one) for one in nodes]

        def store(frame: list, value: Any) -> None:
            values = list(_iterated(value))
            if starred:
                at, after = starred[0], len(nodes) - starred[0] - 1
                stop = len(values) - after
                values = [*values[:at], values[at:stop], *values[stop:]]
            if len(values) != len(stores):
                raise RuntimeError(
                    f"Provided tuple of length {len(values)} but expected {len(stores)} values"
                )
            for one, made in zip(stores, values, strict=True):
                one(frame, made)

        return store

    # -- expressions -------------------------------------------------------------------------------

    def expression(self, node: ast.expr) -> Expr:
        """An expression's value."""
        static = self.static(node)
        if static is not None:
            value = static[0]
            if isinstance(value, _Namespace):
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
            if held is not None and isinstance(held[0], _Namespace):
                return (self._part(held[0].name, node),)
        return None

    def _part(self, space: str, node: ast.Attribute) -> Any:
        name = node.attr
        if space == "aten":
            return _device if name == "device" else _operator(name)
        if space == "ops" and name in ("aten", "prim"):
            return _Namespace(name)
        if space == "prim":
            if name in PRIMITIVES:
                return PRIMITIVES[name]
            return _operator(name)
        if space == "CONSTANTS" and name[:1] == "c" and name[1:].isdigit():
            return self._constant(int(name[1:]), node)
        if space.startswith("__torch__"):
            whole = f"{space}.{name}"
            found = self.unit.find(whole)
            if found is not None:
                return found
            if self.unit.is_prefix(whole):
                return _Namespace(whole)
        raise self.fail(node, f"unknown name {space}.{name}")

    def _constant(self, index: int, node: ast.expr) -> Any:
        if index >= len(self.unit.constants):
            raise self.fail(node, "there is no such constant")
        return self.unit.constants[index]

    def on_Name(self, node: ast.Name) -> Expr:
        slot, name = self.slots[node.id], node.id

        def load(frame: list) -> Any:
            value = frame[slot]
            if value is _UNSET:
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
        found = _BINARY.get(type(node.op))
        if found is None:
            raise self.fail(node, "unknown operator")
        return found

    def on_BinOp(self, node: ast.BinOp) -> Expr:
        left, right = self.expression(node.left), self.expression(node.right)
        name, plain = self._binary_of(node)

        def run(frame: list) -> Any:
            a, b = left(frame), right(frame)
            if isinstance(a, _NUMBERS) and isinstance(b, _NUMBERS):
                return plain(a, b)
            if isinstance(a, (list, str, tuple)):
                return _of_sequences(name, a, b)
            return aten(name)(a, b)

        return run

    def on_Compare(self, node: ast.Compare) -> Expr:
        values = [self.expression(one) for one in (node.left, *node.comparators)]
        tests = [_COMPARE[type(one)] for one in node.ops]
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
            for value in _iterated(values(frame)):
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


def _loaded(node: ast.expr) -> ast.expr:
    """A target as a value."""
    if isinstance(node, ast.Name):
        return ast.Name(node.id, ast.Load())
    if isinstance(node, ast.Attribute):
        return ast.Attribute(node.value, node.attr, ast.Load())
    if isinstance(node, ast.Subscript):
        return ast.Subscript(node.value, node.slice, ast.Load())
    return node


def _iterated(value: Any) -> Any:
    if isinstance(value, (list, tuple, str, range)):
        return value
    if isinstance(value, dict):
        return list(value)
    if hasattr(value, "dtype"):
        return aten("unbind")(value)
    raise RuntimeError(f"'{type(value).__name__}' object is not iterable")


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
