"""What a name in an annotation means: where it is defined, and what a stub calls it.

In: an annotation as its module wrote it.  Out: the annotation in a stub's own names, which avoid
those that the stub defines itself (`float` is a dtype in `torch` and a method of tensors).
"""

from __future__ import annotations

import ast
import builtins
import functools
import importlib.util
import inspect
import sys
from pathlib import Path
from types import ModuleType
from typing import Any


@functools.cache
def _parsed(module: str) -> tuple[dict[str, tuple[str, str | None]], frozenset[str]]:
    """What a module imports, {name: (module, its name there or None)}, and what it defines."""
    spec = importlib.util.find_spec(module)
    if spec is None or spec.origin is None or not spec.origin.endswith(".py"):
        return {}, frozenset()
    tree = ast.parse(Path(spec.origin).read_text(encoding="utf-8"))
    package = module if spec.submodule_search_locations is not None else module.rpartition(".")[0]
    imports: dict[str, tuple[str, str | None]] = {}
    defined: set[str] = set()
    for node in _statements(tree.body):
        if isinstance(node, ast.Import):
            for one in node.names:
                imports[one.asname or one.name.partition(".")[0]] = (one.name, None)
        elif isinstance(node, ast.ImportFrom):
            source = "." * node.level + (node.module or "")
            source = importlib.util.resolve_name(source, package)
            for one in node.names:
                imports[one.asname or one.name] = (source, one.name)
        elif isinstance(node, ast.ClassDef):
            defined.add(node.name)
        elif isinstance(node, ast.Assign):
            for target in node.targets:
                defined.update(n.id for n in ast.walk(target) if isinstance(n, ast.Name))
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            defined.add(node.target.id)
    return imports, frozenset(defined)


def _statements(body: list[ast.stmt]) -> list[ast.stmt]:
    found: list[ast.stmt] = []
    for node in body:
        found.append(node)
        if isinstance(node, ast.If | ast.Try):
            found += _statements(node.body) + _statements(node.orelse)
    return found


@functools.cache
def _is_submodule(package: str, name: str) -> bool:
    spec = importlib.util.find_spec(package)
    if spec is None or spec.submodule_search_locations is None:
        return False
    whole = f"{package}.{name}"
    return whole in sys.modules or importlib.util.find_spec(whole) is not None


def definition(module: str, name: str) -> tuple[str, str | None] | None:
    """Where a module's name is defined: (module, name), (module, None) for a module, or None."""
    imports, defined = _parsed(module)
    if name in imports:
        source, original = imports[name]
        if original is None:
            return source, None
        taken = getattr(sys.modules.get(source), original, None)
        if isinstance(taken, ModuleType | None) and _is_submodule(source, original):
            return f"{source}.{original}", None
        return definition(source, original) or (source, original)
    if name in defined:
        return module, name
    return ("builtins", name) if hasattr(builtins, name) else None


class Names:
    """The names of one stub: what it defines, and what it imports to be understood."""

    def __init__(self, module: str, defined: set[str]) -> None:
        self.module, self.defined = module, defined
        self.imported: dict[str, tuple[str, str | None]] = {}
        self.unknown: list[str] = []

    def of(self, module: str, name: str | None) -> str:
        """What this stub calls a thing that another module defines."""
        if module == self.module and name is not None:
            return name
        plain = name or {"numpy": "np"}.get(module, module.rpartition(".")[2])
        if module == "builtins" and plain not in self.defined:
            return plain
        called = plain if plain not in self.defined else "_" + plain
        while self.imported.get(called, (module, name)) != (module, name):
            called = "_" + called
        self.imported[called] = (module, name)
        return called

    def annotation(self, given: Any, module: str) -> str:
        """An annotation of that module in this stub's names; Any where it cannot be told."""
        if given is inspect.Parameter.empty:
            return self.of("typing", "Any")
        if given is None or given is type(None):
            return "None"
        if not isinstance(given, str):
            given = inspect.formatannotation(given, base_module=module)
            given = given.replace("typing.", "").replace("collections.abc.", "")
        tree = ast.parse(given, mode="eval")
        return ast.unparse(_Renamed(self, module).visit(_Filled().visit(tree)))

    def lines(self) -> list[str]:
        """The import statements."""
        whole: list[str] = []
        parts: dict[str, list[str]] = {}
        for called, (module, name) in sorted(self.imported.items()):
            if name is None:
                whole.append(
                    f"import {module} as {called}" if called != module else f"import {module}"
                )
                continue
            shown = name if called == name else f"{name} as {called}"
            parts.setdefault(module, []).append(shown)
        made = whole + [f"from {m} import {', '.join(n)}" for m, n in sorted(parts.items())]
        return [wrapped_import(line) for line in made]


def wrapped_import(line: str) -> str:
    """An import statement within 100 columns."""
    if len(line) <= 100:
        return line
    head, _, names = line.partition(" import ")
    return f"{head} import (\n" + "".join(f"    {n},\n" for n in names.split(", ")) + ")"


class _Filled(ast.NodeTransformer):
    """`tuple` as `tuple[Any, ...]`, and so on: what is said of generic types in full."""

    def visit_Name(self, node: ast.Name) -> ast.AST:
        inside = _BARE.get(node.id)
        return node if inside is None else ast.parse(f"{node.id}[{inside}]", mode="eval").body

    def visit_Subscript(self, node: ast.Subscript) -> ast.AST:
        return ast.Subscript(node.value, self.visit(node.slice))


_BARE = {
    "tuple": "Any, ...",
    "list": "Any",
    "set": "Any",
    "type": "Any",
    "dict": "Any, Any",
    "Callable": "..., Any",
    "Sequence": "Any",
    "Iterable": "Any",
    "Iterator": "Any",
}


class _Renamed(ast.NodeTransformer):
    def __init__(self, names: Names, module: str) -> None:
        self.names, self.module = names, module

    def _called(self, name: str) -> ast.Name:
        found = definition(self.module, name)
        if found is None and name in _TYPING:
            found = _TYPING[name], name
        if found is None:
            self.names.unknown.append(f"{self.module}: {name}")
            found = "typing", "Any"
        return ast.Name(self.names.of(*found))

    def visit_Name(self, node: ast.Name) -> ast.AST:
        return self._called(node.id)

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
        if isinstance(node.value, ast.Name):
            found = definition(self.module, node.value.id)
            if found is not None and found[1] is None and found[0].startswith("loxley"):
                there = definition(found[0], node.attr) or (found[0], node.attr)
                return ast.Name(self.names.of(*there))
        return ast.Attribute(self.visit(node.value), node.attr)

    def visit_Constant(self, node: ast.Constant) -> ast.AST:
        if isinstance(node.value, str):  # quoted inside of an annotation
            return self.visit(ast.parse(node.value, mode="eval").body)
        return node

    def visit_Subscript(self, node: ast.Subscript) -> ast.AST:
        if isinstance(node.value, ast.Name) and node.value.id == "Literal":
            return ast.Subscript(self.visit(node.value), node.slice)
        return ast.Subscript(self.visit(node.value), self.visit(node.slice))


# Where the names of hand-written forms, and of annotations that are no strings, come from.
_TYPING = {
    "Any": "typing",
    "NoReturn": "typing",
    "Self": "typing",
    "Literal": "typing",
    "TypeVar": "typing",
    "Callable": "collections.abc",
    "Iterator": "collections.abc",
    "Sequence": "collections.abc",
    "Iterable": "collections.abc",
    "np": "numpy",
}
