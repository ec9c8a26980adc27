"""The public names that programs use: whether the target has them, with PyTorch's signatures.

api_names.txt lists the 1,300 names that real code uses most, with their weights (`usage.py`).
Names of distributed training, of CUDA and of PyTorch's own compilers are in it too.
"""

from __future__ import annotations

import functools
import importlib
import inspect
import re
import types
from typing import Any

import torch

from tests.bridge import load_target
from tests.conformance.harness import Skip, Table
from tests.conformance.usage import itself, weights

NAMES = tuple(weights())


@functools.cache
def _target() -> Any:
    return load_target()


def _find(root: Any, name: str) -> Any:
    """The value of a dotted name below a package; modules are imported on the way."""
    value, path = root, root.__name__
    for part in name.split(".")[1:]:
        path += f".{part}"
        if not hasattr(value, part):
            try:
                value = importlib.import_module(path)
                continue
            except ImportError:
                raise AttributeError(f"missing: {name}") from None
        value = getattr(value, part)
    return value


def _known(name: str) -> Any:
    try:
        return _find(torch, name)
    except (AttributeError, RuntimeError):  # `torch.classes` raises the latter
        raise Skip("set on instances only, or not in this build") from None


def check_name(name: str) -> str | None:
    """The name exists."""
    _known(name)
    _find(_target(), name)
    return None


def _parameters(value: Any) -> list[tuple[str, str]] | None:
    """Names and defaults of the parameters, or None where Python cannot tell."""
    try:
        signature = inspect.signature(value)
    except (TypeError, ValueError):
        return None
    named = signature.parameters.values()
    return [(p.name, _default(p.default)) for p in named]


def _default(value: Any) -> str:
    if value is inspect.Parameter.empty:
        return "required"
    if callable(value) or isinstance(value, type):
        return "a function"
    if isinstance(value, types.ModuleType):
        return f"<module '{value.__name__}'>"
    if type(value).__repr__ is object.__repr__ or _ADDRESS.search(repr(value)):
        return f"a {type(value).__name__}"
    return repr(value).replace("loxley.", "torch.")


_ADDRESS = re.compile(r" at 0x[0-9a-f]+>")


def check_signature(name: str) -> str | None:
    """Functions, methods and classes written in Python have the same parameters and defaults."""
    value = _known(name)
    expected = _parameters(value) if callable(value) else None
    if expected is None or any(name in ("args", "kwargs") for name, _ in expected):
        raise Skip("no signature")
    actual = _parameters(_find(_target(), name))
    if actual == expected:
        return None
    return f"expected {expected}, got {actual}"


def tables() -> list[Table]:
    """The tables of names."""
    return [
        Table("api_names", "public names in use", NAMES, check_name, itself),
        Table("api_signatures", "their signatures", NAMES, check_signature, itself),
    ]
