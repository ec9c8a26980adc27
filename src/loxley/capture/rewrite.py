"""Functions rewritten so that what they read of the world outside goes through hooks.

In: a function.  Out: a function that does the same at the same lines of the same file, but whose
reads of globals, closures, attributes and items, calls, tests, loops and stores call the hooks'
methods (`hooks.Hooks`).  Everything between local variables is left to Python.
"""

from __future__ import annotations

import ast
import copy
from types import CellType, CodeType, FunctionType
from typing import Any

from .reasons import Refused
from .source import code_of, find

HOOKS, PLACES = "__lx__", "__at__"
INSTRUMENTED: set[CodeType] = set()  # codes made here, those of functions inside them included
_made: dict[tuple[CodeType, bool], CodeType] = {}
_refusals: dict[CodeType, str] = {}


class Places:
    """Where a function's globals and free variables are: what the hooks are told of a name."""

    __slots__ = ("function", "namespace", "cells", "inside")

    def __init__(self, function: FunctionType) -> None:
        self.function = function
        self.namespace = function.__globals__
        self.cells = dict(zip(function.__code__.co_freevars, function.__closure__ or ()))
        self.inside = function.__globals__.get("__name__", "").startswith("loxley")


def instrumented(function: FunctionType, hooks: Any, outermost: bool) -> FunctionType:
    """The function with hooks; `outermost` lets it return numbers that are looked at later."""
    code = _code(function, outermost)
    places = Places(function)
    cells = {HOOKS: CellType(hooks), PLACES: CellType(places), **places.cells}
    closure = tuple(cells[name] for name in code.co_freevars)
    made = FunctionType(
        code, function.__globals__, function.__name__, function.__defaults__, closure
    )
    made.__kwdefaults__ = function.__kwdefaults__
    made.__qualname__ = function.__qualname__
    return made


def _code(function: FunctionType, outermost: bool) -> CodeType:
    code = function.__code__
    made = _made.get((code, outermost))
    if made is None:
        if code in _refusals:
            raise Refused(_refusals[code])
        try:
            made = _rewritten(function, outermost)
        except Refused as why:
            _refusals[code] = str(why)
            raise
        _made[code, outermost] = made
        _note(made)
    return made


def _note(code: CodeType) -> None:
    INSTRUMENTED.add(code)
    for inner in code.co_consts:
        if isinstance(inner, CodeType):
            _note(inner)


def _rewritten(function: FunctionType, outermost: bool) -> CodeType:
    code = function.__code__
    if code.co_flags & 0x380:  # coroutines and asynchronous generators
        raise Refused(f"{code.co_qualname} is asynchronous")
    if outermost and code.co_flags & 0x20:
        raise Refused(f"{code.co_qualname} is a generator")
    found = find(function)
    tree = _Rewriter(code, outermost, found.owner).function(copy.deepcopy(found.tree))
    return code_of(found, code, tree, (HOOKS, PLACES))


class _Scope:
    """The names that a function or comprehension binds."""

    def __init__(self, names: set[str]) -> None:
        self.names = names


class _Rewriter(ast.NodeTransformer):
    def __init__(self, code: CodeType, outermost: bool, owner: str | None) -> None:
        self.owner = (owner or "").lstrip("_")
        self.scopes = [_Scope({*code.co_varnames, *code.co_cellvars})]
        self.free = set(code.co_freevars)
        self.outermost = outermost
        self.temporaries = 0

    def function(self, tree: Any) -> Any:
        """The tree of the outermost function."""
        if isinstance(tree, ast.Lambda):
            tree.body = self._returned(tree.body)
        else:
            tree.body = self._body(tree.body)
        return ast.fix_missing_locations(tree)

    def _body(self, body: list) -> list:
        made: list = []
        for statement in body:
            found = self.visit(statement)
            made.extend(found if isinstance(found, list) else [found])
        return made

    # ------------------------------------------------------------------ making calls of hooks

    def _hook(self, name: str, at: ast.AST, *args: Any) -> ast.Call:
        function = ast.Attribute(ast.Name(HOOKS, ast.Load()), name, ast.Load())
        made = ast.Call(function, [a if isinstance(a, ast.expr) else _text(a) for a in args], [])
        for node in ast.walk(made):
            if isinstance(node, ast.expr) and not hasattr(node, "lineno"):
                ast.copy_location(node, at)
        return ast.copy_location(made, at)

    def _refuse(self, at: ast.stmt, reason: str) -> ast.stmt:
        return ast.copy_location(ast.Expr(self._hook("refuse", at, reason)), at)

    def _temporary(self, at: ast.AST, value: ast.expr) -> tuple[ast.stmt, ast.Name]:
        self.temporaries += 1
        name = f"__lx_{self.temporaries}"
        store = ast.Assign([ast.Name(name, ast.Store())], value)
        return ast.copy_location(store, at), ast.copy_location(ast.Name(name, ast.Load()), at)

    # ------------------------------------------------------------------ names

    def visit_Name(self, node: ast.Name) -> ast.expr:
        name = node.id
        if self.owner and _is_private(name) and name not in (HOOKS, PLACES):
            raise Refused(f"the name {name} is private to a class")
        if not isinstance(node.ctx, ast.Load) or name in ("__class__", HOOKS, PLACES):
            return node
        if any(name in scope.names for scope in self.scopes) or name.startswith("__lx_"):
            return node
        how = "free" if name in self.free else "name"
        return self._hook(how, node, ast.Name(PLACES, ast.Load()), name, node)

    def visit_Global(self, node: ast.Global) -> Any:
        return [node, self._refuse(node, "a global variable may be assigned to")]

    def visit_Nonlocal(self, node: ast.Nonlocal) -> Any:
        if self.free.intersection(node.names):
            return [node, self._refuse(node, "a variable outside may be assigned to")]
        return node

    # ------------------------------------------------------------------ expressions

    def visit_Attribute(self, node: ast.Attribute) -> ast.expr:
        if not isinstance(node.ctx, ast.Load):
            return self.generic_visit(node)  # type: ignore[return-value]
        return self._hook("attr", node, self.visit(node.value), self._attribute(node.attr))

    def _attribute(self, name: str) -> str:
        """The name as Python mangles it in a class."""
        return f"_{self.owner}{name}" if self.owner and _is_private(name) else name

    def visit_Subscript(self, node: ast.Subscript) -> ast.expr:
        if not isinstance(node.ctx, ast.Load):
            return self.generic_visit(node)  # type: ignore[return-value]
        return self._hook("item", node, self.visit(node.value), self._key(node.slice))

    def _key(self, node: ast.expr) -> ast.expr:
        if isinstance(node, ast.Slice):
            parts = (node.lower, node.upper, node.step)
            values = [ast.Constant(None) if p is None else self.visit(p) for p in parts]
            return self._hook("slice", node, *values)
        if isinstance(node, ast.Tuple):
            node.elts = [self._key(e) for e in node.elts]
            return node
        return self.visit(node)

    def visit_Call(self, node: ast.Call) -> ast.expr:
        function = node.func
        if isinstance(function, ast.Name) and function.id == "super" and not node.args:
            return node
        made = self._hook("call", node, self.visit(function))
        made.args += [self.visit(a) for a in node.args]
        for word in node.keywords:
            word.value = self.visit(word.value)
            if word.arg is None:
                word.value = self._hook("mapping", node, word.value)
        made.keywords = node.keywords
        return made

    def visit_Starred(self, node: ast.Starred) -> ast.expr:
        if isinstance(node.ctx, ast.Load):
            node.value = self._hook("iterate", node, self.visit(node.value))
        return node

    def visit_Dict(self, node: ast.Dict) -> ast.expr:
        pairs = list(zip(node.keys, node.values))
        node.keys = [None if k is None else self.visit(k) for k, _ in pairs]
        node.values = [
            self._hook("mapping", v, self.visit(v)) if k is None else self.visit(v)
            for k, v in pairs
        ]
        return node

    def _operand(self, node: ast.expr) -> ast.expr:
        made = self.visit(node)
        return made if isinstance(made, ast.Constant) else self._hook("operand", node, made)

    def visit_BinOp(self, node: ast.BinOp) -> ast.expr:
        node.left, node.right = self._operand(node.left), self._operand(node.right)
        return node

    def visit_UnaryOp(self, node: ast.UnaryOp) -> ast.expr:
        how = self._test if isinstance(node.op, ast.Not) else self._operand
        node.operand = how(node.operand)
        return node

    def visit_Compare(self, node: ast.Compare) -> ast.expr:
        if all(isinstance(op, (ast.Is, ast.IsNot)) for op in node.ops):
            return self.generic_visit(node)  # type: ignore[return-value]
        if isinstance(node.ops[0], (ast.In, ast.NotIn)):
            node.left = self._hook("member", node.left, self.visit(node.left))
        else:
            node.left = self._operand(node.left)
        made: list[ast.expr] = []
        for op, right in zip(node.ops, node.comparators):
            if isinstance(op, (ast.In, ast.NotIn)):
                made.append(self._hook("searched", right, self.visit(right)))
            else:
                made.append(self._operand(right))
        node.comparators = made
        return node

    def _test(self, node: ast.expr) -> ast.expr:
        made = self.visit(node)
        if isinstance(made, ast.Constant):
            return made
        return self._hook("tested", node, made)

    def visit_BoolOp(self, node: ast.BoolOp) -> ast.expr:
        last = self.visit(node.values[-1])
        node.values = [*[self._test(v) for v in node.values[:-1]], last]
        return node

    def visit_IfExp(self, node: ast.IfExp) -> ast.expr:
        node.test = self._test(node.test)
        node.body, node.orelse = self.visit(node.body), self.visit(node.orelse)
        return node

    def visit_FormattedValue(self, node: ast.FormattedValue) -> ast.expr:
        node.value = self._hook("shown", node.value, self.visit(node.value))
        if node.format_spec is not None:
            node.format_spec = self.visit(node.format_spec)
        return node

    def _comprehension(self, node: Any, *parts: str) -> ast.expr:
        first = node.generators[0]
        first.iter = self._hook("iterate", first.iter, self.visit(first.iter))
        names = {
            n.id for g in node.generators for n in ast.walk(g.target) if isinstance(n, ast.Name)
        }
        self.scopes.append(_Scope(names))
        for i, one in enumerate(node.generators):
            if i:
                one.iter = self._hook("iterate", one.iter, self.visit(one.iter))
            one.ifs = [self._test(test) for test in one.ifs]
        for part in parts:
            setattr(node, part, self.visit(getattr(node, part)))
        self.scopes.pop()
        return node

    def visit_ListComp(self, node: ast.ListComp) -> ast.expr:
        return self._comprehension(node, "elt")

    visit_SetComp = visit_GeneratorExp = visit_ListComp  # type: ignore[assignment]

    def visit_DictComp(self, node: ast.DictComp) -> ast.expr:
        return self._comprehension(node, "key", "value")

    def visit_Lambda(self, node: ast.Lambda) -> ast.expr:
        self._defaults(node.args)
        self.scopes.append(_Scope(_parameters(node.args)))
        outermost, self.outermost = self.outermost, False
        node.body = self.visit(node.body)
        self.outermost = outermost
        self.scopes.pop()
        return node

    def _defaults(self, args: ast.arguments) -> None:
        args.defaults = [self.visit(d) for d in args.defaults]
        args.kw_defaults = [None if d is None else self.visit(d) for d in args.kw_defaults]

    def visit_Await(self, node: ast.Await) -> ast.expr:
        raise Refused("it waits for something asynchronous")

    # ------------------------------------------------------------------ statements

    def visit_FunctionDef(self, node: ast.FunctionDef) -> Any:
        before: list[ast.stmt] = []
        if node.decorator_list:
            before.append(self._refuse(node, f"{node.name} is decorated inside"))
        node.args = _without_annotations(node.args)
        node.returns = None
        self._defaults(node.args)
        names = _bound(node.body) | _parameters(node.args)
        self.scopes.append(_Scope(names))
        outermost, self.outermost = self.outermost, False
        node.body = self._body(node.body)
        self.outermost = outermost
        self.scopes.pop()
        return [*before, node]

    def visit_ClassDef(self, node: ast.ClassDef) -> Any:
        return [self._refuse(node, f"class {node.name} is defined inside"), node]

    def visit_Import(self, node: Any) -> Any:
        return [self._refuse(node, "something is imported inside"), node]

    visit_ImportFrom = visit_Import

    def visit_AsyncFunctionDef(self, node: Any) -> Any:
        raise Refused("it does something asynchronous")

    visit_AsyncFor = visit_AsyncWith = visit_AsyncFunctionDef

    def visit_Match(self, node: ast.Match) -> Any:
        return [self._refuse(node, "a match statement"), node]

    def visit_If(self, node: Any) -> Any:
        node.test = self._test(node.test)
        node.body, node.orelse = self._body(node.body), self._body(node.orelse)
        return node

    visit_While = visit_If

    def visit_Assert(self, node: ast.Assert) -> Any:
        node.test = self._test(node.test)
        if node.msg is not None:
            node.msg = self.visit(node.msg)
        return node

    def visit_For(self, node: ast.For) -> Any:
        node.iter = self._hook("iterate", node.iter, self.visit(node.iter))
        before = [] if _plain(node.target) else [self._refuse(node, "a loop assigns to an object")]
        node.body, node.orelse = self._body(node.body), self._body(node.orelse)
        return [*before, node]

    def visit_With(self, node: ast.With) -> Any:
        before = []
        for one in node.items:
            at = one.context_expr
            one.context_expr = self._hook("context", at, self.visit(at))
            if one.optional_vars is not None and not _plain(one.optional_vars):
                before.append(self._refuse(node, "a with statement assigns to an object"))
        node.body = self._body(node.body)
        return [*before, node]

    def visit_Return(self, node: ast.Return) -> Any:
        if node.value is not None:
            node.value = self._returned(node.value)
        return node

    def _returned(self, node: ast.expr) -> ast.expr:
        """What is returned: numbers of tensors may be looked at when all else is done."""
        if not self.outermost:
            return self.visit(node)
        if isinstance(node, (ast.Tuple, ast.List)):
            node.elts = [self._returned(e) for e in node.elts]
            return node
        if isinstance(node, ast.Dict) and all(k is not None for k in node.keys):
            node.keys = [self.visit(k) for k in node.keys if k is not None]
            node.values = [self._returned(v) for v in node.values]
            return node
        if isinstance(node, ast.Call) and not node.keywords:
            function = node.func
            if isinstance(function, ast.Attribute) and function.attr == "item" and not node.args:
                return self._hook("late_item", node, self.visit(function.value))
            if isinstance(function, ast.Name) and function.id == "float" and len(node.args) == 1:
                if not isinstance(node.args[0], ast.Starred):
                    return self._hook(
                        "late_float", node, self.visit(function), self.visit(node.args[0])
                    )
        return self.visit(node)

    # ------------------------------------------------------------------ stores

    def visit_Assign(self, node: ast.Assign) -> Any:
        value = self.visit(node.value)
        if len(node.targets) == 1:
            return self._store(node, node.targets[0], value)
        first, name = self._temporary(node, value)
        made = [first]
        for target in node.targets:
            made.extend(self._store(node, target, name))
        return made

    def visit_AnnAssign(self, node: ast.AnnAssign) -> Any:
        if node.value is None:
            return node
        return self._store(node, node.target, self.visit(node.value))

    def _store(self, at: ast.stmt, target: ast.expr, value: ast.expr) -> list[ast.stmt]:
        if isinstance(target, ast.Attribute):
            name = self._attribute(target.attr)
            call = self._hook("store_attr", at, value, self.visit(target.value), name)
            return [ast.copy_location(ast.Expr(call), at)]
        if isinstance(target, ast.Subscript):
            base, key = self.visit(target.value), self._key(target.slice)
            call = self._hook("store_item", at, value, base, key)
            return [ast.copy_location(ast.Expr(call), at)]
        before: list[ast.stmt] = []
        if not isinstance(target, ast.Name):
            if not _plain(target):
                before.append(self._refuse(at, "several assignments at once, one to an object"))
            value = self._hook("iterate", at, value)
        return [*before, ast.copy_location(ast.Assign([target], value), at)]

    def visit_AugAssign(self, node: ast.AugAssign) -> Any:
        sign = type(node.op).__name__
        target, made = node.target, []
        if isinstance(target, ast.Name):
            load = self.visit(ast.copy_location(ast.Name(target.id, ast.Load()), target))
            value = self._hook("augmented", node, sign, load, self.visit(node.value))
            return [ast.copy_location(ast.Assign([target], value), node)]
        first, base = self._temporary(node, self.visit(target.value))
        made.append(first)
        if isinstance(target, ast.Attribute):
            name = self._attribute(target.attr)
            load = self._hook("attr", node, base, name)
            value = self._hook("augmented", node, sign, load, self.visit(node.value))
            call = self._hook("store_attr", node, value, base, name)
        else:
            second, key = self._temporary(node, self._key(target.slice))
            made.append(second)
            load = self._hook("item", node, base, key)
            value = self._hook("augmented", node, sign, load, self.visit(node.value))
            call = self._hook("store_item", node, value, base, key)
        return [*made, ast.copy_location(ast.Expr(call), node)]

    def visit_Delete(self, node: ast.Delete) -> Any:
        made: list[ast.stmt] = []
        for target in node.targets:
            if isinstance(target, ast.Attribute):
                name = self._attribute(target.attr)
                call = self._hook("delete_attr", node, self.visit(target.value), name)
                made.append(ast.copy_location(ast.Expr(call), node))
            elif isinstance(target, ast.Subscript):
                base, key = self.visit(target.value), self._key(target.slice)
                call = self._hook("delete_item", node, base, key)
                made.append(ast.copy_location(ast.Expr(call), node))
            else:
                made.append(ast.copy_location(ast.Delete([target]), node))
        return made


def _is_private(name: str) -> bool:
    return name.startswith("__") and not name.endswith("__")


def _text(value: Any) -> ast.Constant:
    return ast.Constant(value)


def _plain(target: ast.expr) -> bool:
    """Whether a target binds local names alone."""
    return not any(isinstance(n, (ast.Attribute, ast.Subscript)) for n in ast.walk(target))


def _parameters(args: ast.arguments) -> set[str]:
    every = [*args.posonlyargs, *args.args, *args.kwonlyargs]
    every += [a for a in (args.vararg, args.kwarg) if a is not None]
    return {a.arg for a in every}


def _without_annotations(args: ast.arguments) -> ast.arguments:
    for arg in ast.walk(args):
        if isinstance(arg, ast.arg):
            arg.annotation = None
    return args


def _bound(body: list[ast.stmt]) -> set[str]:
    """The names that statements bind in their function: not in functions or comprehensions."""
    names: set[str] = set()
    outside: set[str] = set()
    stack: list[ast.AST] = list(body)
    while stack:
        node = stack.pop()
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            names.add(node.name)
            stack += node.decorator_list
            continue
        if isinstance(node, ast.Lambda):
            continue
        if isinstance(node, (ast.Global, ast.Nonlocal)):
            outside.update(node.names)
        elif isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
            names.add(node.id)
        elif isinstance(node, ast.ExceptHandler) and node.name:
            names.add(node.name)
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            names.update((a.asname or a.name).split(".")[0] for a in node.names)
        elif isinstance(node, ast.comprehension):
            stack += [node.iter, *node.ifs]  # its target is its own
            continue
        stack.extend(ast.iter_child_nodes(node))
    return names - outside
