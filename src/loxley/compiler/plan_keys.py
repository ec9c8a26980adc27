"""Names of plans on disk: a digest of all that a compiled plan depends on.

In: a plan's key, as `runtime.plans` makes it.  Out: 32 bytes; or None for a plan that must not be
kept, because something in its key has no written form or one of its operators isn't loxley's.
"""

from __future__ import annotations

import functools
import struct
import sys
from collections.abc import Callable
from dataclasses import fields, is_dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import llvmlite
import numpy as np

from ..dtypes import dtype
from ..ir.graph import TABLE, Op
from .llvm import cache, jit
from .llvm.target import Target, host

_FORMAT = 2  # of the files, see `plan_files`
_PACKAGE = __name__.partition(".")[0]
_FLOAT = struct.Struct("<d")


class _Unwritable(Exception):
    """Something that a digest can't stand for."""


def digest(key: tuple) -> bytes | None:
    """The name of the plan of this key on this machine."""
    parts: list[str] = []
    try:
        _write(key, parts)
    except _Unwritable:
        return None
    return sha256("\n".join((_surroundings(host()), *parts)).encode()).digest()


def _write(item: Any, parts: list[str]) -> None:
    """A tuple, list or record: its kind and length, then what it holds."""
    kind: Any = type(item)
    if kind is not tuple and kind is not list:
        names = _fields(kind)
        if names is None:
            raise _Unwritable(kind.__name__)
        item = [getattr(item, name) for name in names]
    parts.append(f"{_title(kind)} {len(item)}")
    for x in item:
        writer = _WRITERS.get(type(x))
        if writer is None:
            _write(x, parts)
        else:
            parts.append(writer(x))


@functools.cache
def _title(kind: type) -> str:
    return f"{kind.__module__}.{kind.__qualname__}"


@functools.cache
def _fields(kind: type) -> tuple[str, ...] | None:
    """The fields of a frozen record of loxley's own: its values are what those are."""
    if kind.__module__.partition(".")[0] != _PACKAGE:
        return None
    if is_dataclass(kind):
        frozen = kind.__dataclass_params__.frozen  # type: ignore[attr-defined]
        return tuple(field.name for field in fields(kind)) if frozen else None
    return getattr(kind, "_fields", None) if issubclass(kind, tuple) else None


@functools.cache
def _operator(op: Op) -> str:
    """The name of an operator of loxley's own, whose meaning the sources' digest covers."""
    for rule in (op.eval, op.rule):
        module = getattr(rule, "__module__", None) or ""
        if module.partition(".")[0] not in (_PACKAGE, "numpy", "functools", ""):
            raise _Unwritable(op.name)
    if TABLE.get(op.name) is not op:
        raise _Unwritable(op.name)
    return f"op {op.name!r}"


_WRITERS: dict[type, Callable[[Any], str]] = {
    Op: _operator,
    dtype: lambda x: f"dtype {x.name}",
    bool: repr,
    int: repr,
    type(None): repr,
    str: repr,
    # every bit: 0.0 and -0.0 are equal, and NaNs are not
    float: lambda x: _FLOAT.pack(x).hex(),
    complex: lambda x: f"{_FLOAT.pack(x.real).hex()}j{_FLOAT.pack(x.imag).hex()}",
}


@functools.cache
def _surroundings(target: Target) -> str:
    """The machine, versions, and the sources that plans are made by."""
    package = Path(__file__).resolve().parents[1]
    rules = [package / folder for folder in ("ir", "numerics", "ops", "tensor")]
    rules += package.glob("*.py")
    versions = f"{_FORMAT} {sys.version_info} {np.__version__} {llvmlite.__version__}"
    sources = f"{cache.own_sources()} {cache.digest_of(*rules)}"
    return f"{versions} {jit.pipeline()} {target!r} {sources}"
