"""Statements of TorchScript code as closures over a list of local variables.

In: statements of a function's tree.  Out: functions of the frame; what they give tells how a
statement was left (`BREAK`, `CONTINUE`, `RETURN`, or None).
"""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable
from typing import Any

from .objects import RaisedError, method, raise_exception, set_attribute
from .operators import aten
from .vocabulary import IN_PLACE, NUMBERS, CompileError

Expr = Callable[[list], Any]
UNSET = object()
BREAK, CONTINUE, RETURN = object(), object(), object()


class _Inner:
    """A function that was defined within another."""

    _is_script_method = True

    def __init__(self, run: Callable) -> None:
        self.run = run

    def __call__(self, *args: Any) -> Any:
        return self.run(*args)


class Statements:
    """The part of the compiler that translates statements."""

    slots: dict[str, int]
    expression: Callable[[ast.expr], Expr]
    subscript: Callable[[ast.expr], Expr]
    _binary_of: Callable[[Any], tuple[str, Callable]]

    def _slot(self, name: str) -> int:
        return self.slots.setdefault(name, len(self.slots))

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
        load = self.expression(loaded(node.target))
        value, store = self.expression(node.value), self.target(node.target)
        name, plain = self._binary_of(node)
        in_place = IN_PLACE.get(type(node.op))

        def run(frame: list) -> None:
            old, new = load(frame), value(frame)
            if isinstance(old, NUMBERS) and isinstance(new, NUMBERS):
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
            return RETURN

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
                if signal is RETURN:
                    return signal
                if signal is BREAK:
                    break
            return None

        return run

    def do_For(self, node: ast.For) -> Expr:
        values, store = self.expression(node.iter), self.target(node.target)
        body = self.block(node.body)

        def run(frame: list) -> Any:
            for one in iterated(values(frame)):
                store(frame, one)
                signal = body(frame)
                if signal is RETURN:
                    return signal
                if signal is BREAK:
                    break
            return None

        return run

    def do_Break(self, node: ast.Break) -> Expr:
        return lambda frame: BREAK

    def do_Continue(self, node: ast.Continue) -> Expr:
        return lambda frame: CONTINUE

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
            return lambda frame: frame.__setitem__(slot, UNSET)
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
            values = list(iterated(value))
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


def loaded(node: ast.expr) -> ast.expr:
    """A target as a value."""
    if isinstance(node, ast.Name):
        return ast.Name(node.id, ast.Load())
    if isinstance(node, ast.Attribute):
        return ast.Attribute(node.value, node.attr, ast.Load())
    if isinstance(node, ast.Subscript):
        return ast.Subscript(node.value, node.slice, ast.Load())
    return node


def iterated(value: Any) -> Any:
    if isinstance(value, (list, tuple, str, range)):
        return value
    if isinstance(value, dict):
        return list(value)
    if hasattr(value, "dtype"):
        return aten("unbind")(value)
    raise RuntimeError(f"'{type(value).__name__}' object is not iterable")
