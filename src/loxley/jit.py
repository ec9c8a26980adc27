"""`torch.jit`: the markers that programs carry; scripting itself is not there."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

F = TypeVar("F")


def is_scripting() -> bool:
    """False: code always runs as Python."""
    return False


def is_tracing() -> bool:
    """False: code always runs as Python."""
    return False


def ignore(drop: Any = False, **kwargs: Any) -> Any:
    """Marks a function for the scripting compiler; returns it."""
    return drop if callable(drop) else lambda function: function


def unused(function: F) -> F:
    """Marks a function for the scripting compiler; returns it."""
    return function


export = unused


def script(obj: Any, *args: Any, **kwargs: Any) -> Any:
    """NotImplementedError: TorchScript is not there."""
    raise NotImplementedError("torch.jit.script is not implemented")


def trace(func: Callable, *args: Any, **kwargs: Any) -> Any:
    """NotImplementedError: TorchScript is not there."""
    raise NotImplementedError("torch.jit.trace is not implemented")


def annotate(the_type: Any, the_value: F) -> F:
    """Tells the scripting compiler a type; returns the value."""
    return the_value


class Final:
    """Marks an attribute as constant: `Final[int]`."""

    def __class_getitem__(cls, item: Any) -> Any:
        return item


def _overload(func: F) -> F:
    """Declares a signature for the scripting compiler; returns the function."""
    return func


_overload_method = _overload


def _script_if_tracing(fn: F) -> F:
    """A function to be scripted where it is traced, which never happens here; returns it."""
    return fn


script_if_tracing = _script_if_tracing


def trace_module(mod: Any, inputs: Any, *args: Any, **kwargs: Any) -> Any:
    """NotImplementedError: TorchScript is not there."""
    raise NotImplementedError("torch.jit.trace_module is not implemented")


def save(m: Any, f: Any, _extra_files: Any = None) -> None:
    """NotImplementedError: TorchScript's files are not there."""
    raise NotImplementedError("torch.jit.save is not implemented")


def load(f: Any, map_location: Any = None, *args: Any, **kwargs: Any) -> Any:
    """NotImplementedError: TorchScript's files are not there."""
    raise NotImplementedError("torch.jit.load is not implemented")


class ScriptModule:
    """A compiled module: none exists here, so nothing is an instance; making one raises."""

    def __init__(self) -> None:
        raise NotImplementedError("torch.jit.ScriptModule is not implemented")


class ScriptFunction:
    """A compiled function: none exists here, so nothing is an instance; making one raises."""

    def __init__(self) -> None:
        raise NotImplementedError("torch.jit.ScriptFunction is not implemented")
