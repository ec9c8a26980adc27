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
