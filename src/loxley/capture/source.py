"""A function's syntax tree, found in its source and proved to be what the function runs.

In: a function.  Out: its `FunctionDef` or `Lambda`, and the class that it stands in.  The file is
compiled again and compared with the function's byte code, so that an edited file, a rewritten
assertion or a second lambda on the same line never passes for the function.
"""

from __future__ import annotations
import __future__

import ast
import copy
import linecache
from types import CodeType, FunctionType
from typing import NamedTuple

from .reasons import Refused

_NAME = "__function__"
FUTURE = 0
for _name in __future__.all_feature_names:
    FUTURE |= getattr(__future__, _name).compiler_flag


class Found(NamedTuple):
    """The tree of a function and the name of the class around it, for private names."""

    tree: ast.FunctionDef | ast.Lambda
    owner: str | None


class _File:
    """The functions of a file: trees and codes by name and first line."""

    def __init__(self, text: str, filename: str) -> None:
        tree = ast.parse(text, filename)
        self.trees: dict[tuple[str, int], list[Found]] = {}
        self.codes: dict[tuple[str, int], list[CodeType]] = {}
        self._add_codes(compile(text, filename, "exec", dont_inherit=True))
        stack: list[tuple[ast.AST, str | None]] = [(tree, None)]
        while stack:
            node, owner = stack.pop()
            if isinstance(node, ast.ClassDef):
                owner = node.name
            if isinstance(node, ast.FunctionDef):
                first = min([node.lineno, *(d.lineno for d in node.decorator_list)])
                self.trees.setdefault((node.name, first), []).append(Found(node, owner))
            elif isinstance(node, ast.Lambda):
                self.trees.setdefault(("<lambda>", node.lineno), []).append(Found(node, owner))
            stack.extend((child, owner) for child in ast.iter_child_nodes(node))

    def _add_codes(self, code: CodeType) -> None:
        self.codes.setdefault((code.co_name, code.co_firstlineno), []).append(code)
        for inner in code.co_consts:
            if isinstance(inner, CodeType):
                self._add_codes(inner)


_files: dict[tuple[str, int], _File] = {}


def find(function: FunctionType) -> Found:
    """The tree of a function; Refused where its source is not there or is not it."""
    code = function.__code__
    lines = linecache.getlines(code.co_filename, function.__globals__)
    if not lines:
        raise Refused(f"the source of {code.co_qualname} is not available")
    text = "".join(lines)
    key = (code.co_filename, hash(text))
    if key not in _files:
        try:
            _files[key] = _File(text, code.co_filename)
        except SyntaxError:
            raise Refused(f"{code.co_filename} cannot be parsed") from None
    file, place = _files[key], (code.co_name, code.co_firstlineno)
    trees = file.trees.get(place, [])
    if not any(same_code(one, code) for one in file.codes.get(place, ())):
        raise Refused(f"the source of {code.co_qualname} is not what it runs")
    if len(trees) > 1:  # lambdas on one line
        trees = [found for found in trees if same_code(code_of(found, code, found.tree), code)]
    if not trees:
        raise Refused(f"the source of {code.co_qualname} was not found")
    return trees[0]


def code_of(
    found: Found, like: CodeType, tree: ast.FunctionDef | ast.Lambda, extra: tuple[str, ...] = ()
) -> CodeType:
    """The code of a tree, compiled where the free variables of `like` and `extra` are around it."""
    body = copy.copy(tree)
    body.args = copy.copy(tree.args)
    body.args.defaults = []
    body.args.kw_defaults = [None] * len(tree.args.kwonlyargs)
    statement: ast.stmt
    if isinstance(body, ast.FunctionDef):
        body.decorator_list, body.returns = [], None
        body.name = _NAME  # its own would be bound around it
        body.args = _bare(body.args)
        statement = body
    else:
        statement = ast.Expr(body)
        ast.copy_location(statement, tree)
    names = [ast.arg(n) for n in (*like.co_freevars, *extra)]
    around: ast.stmt = ast.FunctionDef(
        "__around__", ast.arguments([], names, None, [], [], None, []), [statement], []
    )
    if found.owner is not None:
        around = ast.ClassDef(found.owner, [], [], [around], [])
    module = ast.Module([around], [])
    for node in (around, *names):
        ast.copy_location(node, tree)
    ast.fix_missing_locations(module)
    made = compile(
        module, like.co_filename, "exec", flags=like.co_flags & FUTURE, dont_inherit=True
    )
    depth = 2 if found.owner is None else 3
    name = _NAME if isinstance(tree, ast.FunctionDef) else "<lambda>"
    for level in range(depth):
        wanted = name if level == depth - 1 else None
        made = next(
            c
            for c in made.co_consts
            if isinstance(c, CodeType) and (wanted is None or c.co_name == wanted)
        )
    return made.replace(co_name=like.co_name, co_qualname=like.co_qualname)


def _bare(args: ast.arguments) -> ast.arguments:
    """Arguments without annotations, which belong to the code around."""
    made = copy.copy(args)
    for name in ("posonlyargs", "args", "kwonlyargs"):
        setattr(made, name, [ast.copy_location(ast.arg(a.arg), a) for a in getattr(args, name)])
    for name in ("vararg", "kwarg"):
        one = getattr(args, name)
        if one is not None:
            setattr(made, name, ast.copy_location(ast.arg(one.arg), one))
    return made


def same_code(a: CodeType, b: CodeType) -> bool:
    """Whether two codes do the same, whatever their line numbers."""
    parts = ("co_code", "co_names", "co_varnames", "co_cellvars", "co_exceptiontable")
    if any(getattr(a, part) != getattr(b, part) for part in parts):
        return False
    if set(a.co_freevars) != set(b.co_freevars) or len(a.co_consts) != len(b.co_consts):
        return False
    return all(
        same_code(x, y)
        if isinstance(x, CodeType) and isinstance(y, CodeType)
        else type(x) is type(y) and repr(x) == repr(y)
        for x, y in zip(a.co_consts, b.co_consts)
    )
