"""Markers that programs put on functions for the scripting compiler, and what they ask of it.

Source: https://docs.pytorch.org/docs/2.13/jit.html
"""

from __future__ import annotations

import functools
import typing
from collections.abc import Callable
from typing import Any, TypeVar

from .state import STATE

F = TypeVar("F", bound=Callable[..., Any])
MODIFIER = "_torchscript_modifier"


def is_scripting() -> bool:
    """Whether code of TorchScript is running; always False in Python's own."""
    return False


def is_tracing() -> bool:
    """Whether a call is being traced."""
    return STATE.tracer is not None


def _mark(function: Any, how: str) -> Any:
    setattr(function, MODIFIER, how)
    return function


def export(fn: F) -> F:
    """A method that is compiled though `forward` doesn't call it."""
    return _mark(fn, "export")


def unused(fn: F) -> F:
    """A method that isn't compiled; code that calls it raises."""
    if isinstance(fn, property):
        _mark(fn.fget, "unused")
        return fn
    return _mark(fn, "unused")


def ignore(drop: Any = False, **kwargs: Any) -> Any:
    """A method that code of TorchScript calls as Python; it can't be saved."""
    if callable(drop):
        return _mark(drop, "ignore")
    if not isinstance(drop, bool):
        raise RuntimeError(
            f"Argument to @torch.jit.ignore must be a bool or a function but got {drop}"
        )
    how = "unused" if drop or kwargs.get("drop_on_export") else "ignore"
    return lambda function: _mark(function, how)


def annotate(the_type: Any, the_value: Any) -> Any:
    """Tells the scripting compiler a type; returns the value."""
    return the_value


def jit_isinstance(obj: Any, target_type: Any) -> bool:
    """Whether a value is of a type, elements of containers included.

    Source: torch.jit.isinstance.
    """
    kinds = target_type if isinstance(target_type, tuple) else (target_type,)
    return any(_is(obj, kind) for kind in kinds)


def _is(obj: Any, kind: Any) -> bool:
    origin, args = typing.get_origin(kind), typing.get_args(kind)
    if kind in (list, dict, tuple, typing.List, typing.Dict, typing.Tuple):  # noqa: UP006
        raise RuntimeError(
            f"Attempted to use {kind} without a contained type. Please add a contained type, "
            f"e.g. {getattr(kind, '__name__', kind)}[int]"
        )
    if origin is None:
        return obj is None if kind in (None, type(None)) else isinstance(obj, kind)
    if origin is list:
        return isinstance(obj, list) and all(_is(one, args[0]) for one in obj)
    if origin is dict:
        return isinstance(obj, dict) and all(
            _is(k, args[0]) and _is(v, args[1]) for k, v in obj.items()
        )
    if origin is tuple:
        return (
            isinstance(obj, tuple)
            and len(obj) == len(args)
            and all(_is(one, kind) for one, kind in zip(obj, args, strict=True))
        )
    return any(_is(obj, one) for one in args)


Final = typing.Final


class Attribute(typing.NamedTuple):
    """An attribute of a module with its type. Source: torch.jit.Attribute."""

    value: Any
    type: Any


def _overload(func: F) -> F:
    """Declares a signature; returns the function."""
    return func


def _overload_method(func: F) -> F:
    """Declares a signature; returns the method."""
    return func


_scripter: list[Callable] = []


def scripts_with(script: Callable) -> None:
    """Tells how functions are compiled."""
    _scripter.append(script)


def script_if_tracing(fn: F) -> F:
    """A function that is compiled where it is called in a trace."""

    @functools.wraps(fn)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        if not is_tracing():
            return fn(*args, **kwargs)
        return _scripter[0](wrapper.__original_fn)(*args, **kwargs)  # type: ignore[attr-defined]

    wrapper.__original_fn = fn  # type: ignore[attr-defined]
    wrapper.__script_if_tracing_wrapper = True  # type: ignore[attr-defined]
    return typing.cast(F, wrapper)
