"""Expressions of Python source, translated for TorchScript: the values that the compiler knows.

In: expressions of a program.  Out: code, or a `Static`: something that stands for no value of
TorchScript's (a module, a function, a class) or is known while compiling (a constant).
"""

from __future__ import annotations

import ast
import builtins
import operator
from typing import Any

from ..nn.modules.module import Module
from .calls import Calls
from .values import (
    Static,
    Super,
    UnsupportedNodeError,
    child,
    is_constant,
    known,
)

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


class Expressions(Calls):
    """The part of the compiler that translates expressions."""

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
        if isinstance(held.value, Super):
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
        if items and all(known(one) for one in items):
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
        if isinstance(value, Static) and is_constant(value.value):
            if isinstance(node.op, ast.Not):
                return Static(not value.value)
            if isinstance(node.op, ast.USub):
                return Static(-value.value)
        return ast.UnaryOp(node.op, self.as_code(value, node.operand))

    def on_BinOp(self, node: ast.BinOp) -> Any:
        left, right = self.value(node.left), self.value(node.right)
        if isinstance(left, Static) and isinstance(right, Static):
            fold = _FOLDED.get(type(node.op))
            if fold is not None and is_constant(left.value) and is_constant(right.value):
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
