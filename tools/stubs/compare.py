"""The stubs against the running package, name by name and parameter by parameter.

`python -m tools.stubs.compare` prints what differs; nothing is as it should be.  It reads the
files as they are on disk, and knows nothing of how they were made.
"""

from __future__ import annotations

import ast
import importlib
import inspect
import sys
from collections.abc import Iterator
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any

from .signatures import takes_out

SOURCE = Path(__file__).resolve().parents[2] / "src"
_KINDS = inspect.Parameter
_OWN = frozenset("annotations PUBLIC return_types".split())


def differences() -> Iterator[str]:
    """A line for each difference."""
    importlib.import_module("loxley.tensor.rare").load_all()
    for path in sorted((SOURCE / "loxley").rglob("*.pyi")):
        parts = path.relative_to(SOURCE).with_suffix("").parts
        name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        importlib.import_module(name)
        tree = ast.parse(path.read_text(encoding="utf-8"))
        if name in ("loxley.tensor.tensor", "loxley.tensor.return_types"):
            continue  # the class is compared below; the rest is for the package itself
        room = sys.modules[name]
        yield from _compared(name, _shown(tree.body), _public(room), room)
    tree = ast.parse((SOURCE / "loxley/tensor/tensor.pyi").read_text(encoding="utf-8"))
    cls = sys.modules["loxley.tensor.tensor"].Tensor
    body = next(n.body for n in tree.body if isinstance(n, ast.ClassDef) and n.name == "Tensor")
    running = {n for n in vars(cls) if n not in _OF_EVERY_CLASS}
    yield from _compared("Tensor", _shown(body), running | set(cls.__annotations__), cls)


_OF_EVERY_CLASS = frozenset(
    "__module__ __doc__ __dict__ __weakref__ __annotations__ __slots__ __static_attributes__ "
    "__firstlineno__".split()
)


def _public(room: ModuleType) -> set[str]:
    """The public names of a module; submodules count where it offers them itself."""
    names = {n for n in dir(room) if not n.startswith("_") and not n.isupper()} - _OWN
    if room.__name__ == "loxley":
        return {n for n in names if not _stray(room, n)}
    if room.__name__ == "loxley.tensor":
        names = {*room.__all__} - {"PUBLIC"}
    return {n for n in names if not isinstance(getattr(room, n), ModuleType)}


def _stray(room: Any, name: str) -> bool:
    """Whether a name is a submodule that is there for the package's own needs alone."""
    offered = {*room._MODULES, "autograd", "version", *room._NAMES}
    return name not in offered and isinstance(getattr(room, name), ModuleType)


def _shown(body: list[ast.stmt]) -> dict[str, list[ast.FunctionDef]]:
    """The names that a stub shows, with their definitions where they are functions."""
    found: dict[str, list[ast.FunctionDef]] = {}
    for node in body:
        if isinstance(node, ast.FunctionDef):
            setter = any(isinstance(d, ast.Attribute) for d in node.decorator_list)
            found.setdefault(node.name, []).extend([] if setter else [node])
        elif isinstance(node, ast.ClassDef):
            found.setdefault(node.name, [])
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            found.setdefault(node.target.id, [])
        elif isinstance(node, ast.ImportFrom):
            for one in node.names:
                if one.asname == one.name:  # an import for others
                    found.setdefault(one.name, [])
    return found


def _compared(
    where: str, shown: dict[str, list[ast.FunctionDef]], running: set[str], owner: Any
) -> Iterator[str]:
    for name in sorted(running - set(shown)):
        yield f"{where}.{name} runs but isn't shown"
    for name in sorted(set(shown) - running):
        if name.startswith("_") and hasattr(owner, name) or name in _OWN:
            continue
        yield f"{where}.{name} is shown but doesn't run"
    for name, nodes in shown.items():
        value = inspect.getattr_static(owner, name, None)
        method = where == "Tensor" and not isinstance(value, staticmethod)
        value = getattr(value, "__func__", value)
        if nodes and not isinstance(value, FunctionType | property):
            yield f"{where}.{name} is shown as a function"
        if not isinstance(value, FunctionType):
            continue
        for node in nodes:
            given = _parameters(value, method)
            for line in _disagreements(node, given, len(nodes) > 1):
                yield f"{where}.{name}: {line}"


def _parameters(function: Any, method: bool) -> list[inspect.Parameter]:
    made = list(inspect.signature(function).parameters.values())
    if method and made and made[0].kind is not _KINDS.VAR_POSITIONAL:
        made[0] = made[0].replace(name="cls" if made[0].name == "cls" else "self")
    if not method and takes_out(function) and all(p.name != "out" for p in made):
        at = len(made) - (1 if made and made[-1].kind is _KINDS.VAR_KEYWORD else 0)
        made.insert(at, _KINDS("out", _KINDS.KEYWORD_ONLY, default=None))
    return made


def _disagreements(
    node: ast.FunctionDef, running: list[inspect.Parameter], several: bool
) -> Iterator[str]:
    given = node.args
    keywords = [a.arg for a in given.kwonlyargs]
    places = [a.arg for a in (*given.posonlyargs, *given.args)]
    by_place = [
        p.name for p in running if p.kind in (_KINDS.POSITIONAL_ONLY, _KINDS.POSITIONAL_OR_KEYWORD)
    ]
    by_name = [p.name for p in running if p.kind is _KINDS.KEYWORD_ONLY]
    kinds = {p.kind for p in running}
    if _KINDS.VAR_KEYWORD not in kinds:
        for name in keywords:
            if name not in by_name + by_place:
                yield f"{name}= is shown but doesn't run"
    if _KINDS.VAR_POSITIONAL not in kinds and len(places) > len(by_place):
        yield f"{places} are shown by place, {by_place} run"
    if several or _KINDS.VAR_POSITIONAL in kinds or _KINDS.VAR_KEYWORD in kinds:
        return  # one of several forms: that it can be called is all that can be told
    if places != by_place and places != ["self", *by_place]:
        yield f"{places} are shown by place, {by_place} run"
    if sorted(keywords) != sorted(by_name):
        yield f"{keywords} are shown by name, {by_name} run"
    optional = {p.name for p in running if p.default is not p.empty}
    told = set(places[len(places) - len(given.defaults) :]) if given.defaults else set()
    told |= {a.arg for a, d in zip(given.kwonlyargs, given.kw_defaults) if d is not None}
    if told != optional:
        yield f"{sorted(told)} are shown as optional, {sorted(optional)} are"


if __name__ == "__main__":
    sys.path.insert(0, str(SOURCE))
    found = list(differences())
    print(*found, sep="\n" if found else "")
    sys.exit(1 if found else 0)
