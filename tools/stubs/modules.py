"""The stubs, file by file: which names each module has, and how each is shown.

In: the running package.  Out: {path below `src`: text}.
"""

from __future__ import annotations

import ast
import importlib
import inspect
import textwrap
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any

from .names import Names, _parsed, definition, wrapped_import
from .signatures import definition_of

HEADER = "# Made by `make stubs` from the running package; changes go into what it is made of.\n"


def texts(source: Path) -> tuple[dict[str, str], list[str]]:
    """All stubs, and the annotations whose names mean nothing where they stand."""
    torch = importlib.import_module("loxley")
    importlib.import_module("loxley.nn")  # attaches what modules need of tensors
    importlib.import_module("loxley.tensor.rare").load_all()
    made: dict[str, tuple[str, Names]] = {
        "loxley/__init__.pyi": _top(torch, source),
        "loxley/tensor/__init__.pyi": _public(),
        "loxley/tensor/tensor.pyi": _tensor(),
        "loxley/tensor/return_types.pyi": _return_types(),
        "loxley/linalg/__init__.pyi": _functions("loxley.linalg", "linalg"),
        "loxley/special.pyi": _functions("loxley.special", "special"),
        "loxley/fft.pyi": _functions("loxley.fft", "fft"),
    }
    unknown = sorted({one for _, names in made.values() for one in names.unknown})
    return {path: text for path, (text, _) in made.items()}, unknown


def _file(docstring: str | None, names: Names, before: list[str], body: list[str]) -> str:
    told = [f'"""{(docstring or "").partition(chr(10))[0]}"""']
    parts = ["\n".join(told), "\n".join(names.lines()), "\n".join(before), "\n".join(body)]
    return HEADER + "\n\n".join(part for part in parts if part) + "\n"


def _thing(name: str, value: Any, names: Names, owner: str = "") -> list[str]:
    """How a stub shows a module's attribute."""
    if isinstance(value, FunctionType):
        return definition_of(name, value, names, owner=owner)
    if isinstance(value, type):
        if value.__module__ == "torch":  # FloatTensor and its like, which are made at run time
            home = (
                ("storages", "TypedStorage") if name.endswith("Storage") else ("tensor", "Tensor")
            )
            return [f"class {name}({names.of('loxley.tensor.' + home[0], home[1])}): ..."]
        return [f"from {value.__module__} import {value.__qualname__} as {name}"]
    if value is None:
        return [f"{name}: None"]
    kind = type(value)
    return [f"{name}: {names.of(kind.__module__, kind.__qualname__)}"]


def _imported(module: str, names: list[str]) -> list[str]:
    """Re-exports, as checkers ask for them: `import a as a`."""
    return [wrapped_import(f"from {module} import " + ", ".join(f"{n} as {n}" for n in names))]


def _top(torch: ModuleType, source: Path) -> tuple[str, Names]:
    tree = ast.parse((source / "loxley/__init__.py").read_text(encoding="utf-8"))
    values = {n: v for n, v in vars(torch).items() if not isinstance(v, ModuleType)}
    brought = {n: m for n, m in torch._NAMES.items()}
    own = _own_functions(tree)
    names = Names("loxley", {*values, *brought, *torch._MODULES, "autograd", "version"})
    before, seen = _reexports(tree)
    before += _imported("loxley.tensor", [n for n in _tensor_functions() if n not in seen])
    for module in dict.fromkeys(brought.values()):
        given = [n for n, m in brought.items() if m == module]
        before += _imported(f"loxley.{module}", given)
    body: list[str] = []
    for name in sorted(values):
        plain = name in own or not name.startswith("_") or name == "__version__"
        if plain and name not in {*_tensor_functions(), *seen, *brought, "annotations"}:
            body += _thing(name, values[name], names)
    return _file(torch.__doc__, names, sorted(before), body), names


def _tensor_functions() -> list[str]:
    """What is public without `nn`, which registers functions of its own later."""
    room = importlib.import_module("loxley.tensor")
    return sorted({*room.__all__} - {"PUBLIC", "Tensor"})


def _public() -> tuple[str, Names]:
    """`loxley.tensor`: the public functions of tensors."""
    room = importlib.import_module("loxley.tensor")
    given = _tensor_functions()
    names = Names("loxley.tensor", {*given, "PUBLIC", "Tensor"})
    body = [f"PUBLIC: {names.annotation('dict[str, Any]', 'loxley.tensor.api')}"]
    for name in given:
        body += _thing(name, getattr(room, name), names)
    before = ["from loxley.tensor.tensor import Tensor as Tensor"]
    before += [line for line in body if line.startswith("from ")]
    body = [line for line in body if not line.startswith("from ")]
    return _file(room.__doc__, names, before, body), names


def _own_functions(tree: ast.Module) -> set[str]:
    dull = ("__getattr__", "__dir__")
    return {n.name for n in tree.body if isinstance(n, ast.FunctionDef) and n.name not in dull}


def _reexports(tree: ast.Module) -> tuple[list[str], set[str]]:
    """What `__init__.py` imports for others, modules that it loads later included."""
    lines, seen = [], set()
    for node in ast.walk(tree):
        if not isinstance(node, ast.ImportFrom) or not node.level:
            continue
        given = [one.name for one in node.names if one.asname is None]
        if given:
            lines += _imported(("loxley." + (node.module or "")).rstrip("."), given)
            seen.update(given)
    return lines, seen


def _functions(module: str, owner: str) -> tuple[str, Names]:
    """A module whose functions are taken from elsewhere."""
    room = importlib.import_module(module)
    given = sorted(n for n in vars(room) if not n.startswith("_") and n != "annotations")
    given = [n for n in given if not isinstance(getattr(room, n), ModuleType | dict)]
    names = Names(module, {n for n in given if isinstance(getattr(room, n), FunctionType)})
    body = [
        line
        for n in given
        for line in _thing(n, getattr(room, n), names, owner)
        if n not in ("PUBLIC",)
    ]
    before = [line for line in body if line.startswith("from ")]
    return _file(room.__doc__, names, before, [b for b in body if b not in before]), names


def _return_types() -> tuple[str, Names]:
    room = importlib.import_module("loxley.tensor.return_types")

    names = Names("loxley.tensor.return_types", {"return_type", "return_types"})
    tensor, base = names.of("loxley.tensor.tensor", "Tensor"), names.of("typing", "NamedTuple")
    body = ["class return_types:"]
    for name, kind in sorted(vars(room.return_types).items()):
        if isinstance(kind, type):
            fields = [f"        {field}: {tensor}" for field in kind._fields]  # type: ignore
            body += [f"    class {name}({base}):", *fields]
    body += ["", *definition_of("return_type", room.return_type, names)]
    return _file(room.__doc__, names, [], body), names


def _tensor() -> tuple[str, Names]:
    room = importlib.import_module("loxley.tensor.tensor")

    cls = room.Tensor
    names = Names(room.__name__, {*vars(cls), *cls.__annotations__, "_T"})
    body = ["class Tensor:"]
    inner: list[str] = [f'"""{(cls.__doc__ or "").partition(chr(10))[0]}"""']
    shown: set[str] = set()
    for name, given in inspect.get_annotations(cls).items():
        inner.append(f"{name}: {names.annotation(given, room.__name__)}")
        shown.add(name)
    for name, value in sorted(vars(cls).items()):
        if name not in shown and name not in _OF_EVERY_CLASS:
            inner += _member(name, value, names)
    body.append(textwrap.indent("\n".join(inner), "    "))
    _, defined = _parsed(room.__name__)
    for name, value in vars(room).items():
        if isinstance(value, FunctionType) and definition(room.__name__, name) in (
            None,
            (room.__name__, name),
        ):
            body += definition_of(name, value, names)
        elif isinstance(value, type) and name != "Tensor" and value.__module__ == room.__name__:
            body += [f"class {name}:"]
            body += [
                f"    {slot}: {names.of('typing', 'Any')}" for slot in vars(value)["__slots__"]
            ]
    variable = names.of("typing", "TypeVar")
    body = [line for line in body if line]
    return _file(room.__doc__, names, [f'_T = {variable}("_T")'], body), names


_OF_EVERY_CLASS = frozenset(
    "__module__ __doc__ __dict__ __weakref__ __annotations__ __slots__ __qualname__ "
    "__static_attributes__ __firstlineno__ __getattr__".split()
)


def _member(name: str, value: Any, names: Names) -> list[str]:
    if isinstance(value, property):
        return _property(name, value, names)
    if isinstance(value, FunctionType | staticmethod | classmethod):
        return definition_of(name, value, names, method=True)
    if value is None:
        return [f"{name}: {'None' if name.startswith('__') else names.of('typing', 'Any')}"]
    if isinstance(value, bool | int | str | tuple):
        return [f"{name}: {names.of('builtins', type(value).__name__)}"]
    return [f"{name}: {names.of('typing', 'Any')}"]


def _property(name: str, value: property, names: Names) -> list[str]:
    at = names.of("builtins", "property")
    assert value.fget is not None
    lines = definition_of(name, value.fget, names, method=True)
    made = [f"@{at}", *lines]
    if value.fset is not None:
        kind = lines[0].rpartition(" -> ")[2].split(":")[0]
        if kind == names.of("builtins", "bool") and name == "requires_grad":
            kind = names.of("builtins", "bool")
        made += [f"@{name}.setter", f"def {name}(self, value: {kind}) -> None: ..."]
    return made
