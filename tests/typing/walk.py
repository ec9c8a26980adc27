"""The public functions and methods of the package, and what their annotations lack."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Iterator
from types import FunctionType, ModuleType
from typing import Any

# Packages whose modules users see; what starts with an underscore isn't public.
PUBLIC = (
    "accelerator amp autograd backends cpu cuda distributed distributions fft func hub io jit "
    "linalg masked models mps multiprocessing nn optim random signal sparse special testing types "
    "utils xpu compiling determinism devices dtypes layouts numeric_limits threads version "
    "tensor.generator tensor.size tensor.storages"
).split()


def modules() -> list[ModuleType]:
    """The public modules and their public submodules."""
    found = {"loxley": importlib.import_module("loxley")}
    for name in PUBLIC:
        room = importlib.import_module(f"loxley.{name}")
        found[room.__name__] = room
        for info in pkgutil.walk_packages(getattr(room, "__path__", []), room.__name__ + "."):
            if not any(part.startswith("_") for part in info.name.split(".")):
                found[info.name] = importlib.import_module(info.name)
    return list(found.values())


def functions() -> Iterator[tuple[str, Any]]:
    """Each public function and method once, by the name of where it is defined."""
    for room in modules():
        for name, thing in sorted(vars(room).items()):
            if name.startswith("_") or getattr(thing, "__module__", None) != room.__name__:
                continue
            if isinstance(thing, FunctionType):
                yield f"{room.__name__}.{name}", thing
            elif isinstance(thing, type):
                yield from _methods(f"{room.__name__}.{name}", thing)


def _methods(path: str, cls: type) -> Iterator[tuple[str, Any]]:
    for name, thing in sorted(vars(cls).items()):
        if name.startswith("_") and name not in _SPECIAL:
            continue
        if isinstance(thing, property):
            thing = thing.fget
        thing = getattr(thing, "__func__", thing)
        if isinstance(thing, FunctionType) and thing.__module__.startswith("loxley"):
            if thing.__qualname__.startswith(cls.__name__ + "."):  # written in the class
                yield f"{path}.{name}", thing


_SPECIAL = frozenset("__init__ __call__ __getitem__ __len__ __iter__ __enter__ __exit__".split())


def lacking(function: Any) -> list[str]:
    """The parameters without annotation, and "return"; `__init__` may leave out its result."""
    while hasattr(function, "__wrapped__"):
        function = function.__wrapped__
    signature = inspect.signature(function)
    bare = [
        p.name
        for i, p in enumerate(signature.parameters.values())
        if p.annotation is p.empty and not (i == 0 and p.name in ("self", "cls", "mcs"))
    ]
    if signature.return_annotation is signature.empty and function.__name__ != "__init__":
        bare.append("return")
    return bare
