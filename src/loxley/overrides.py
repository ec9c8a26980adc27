"""`torch.overrides`: classes and modes that take over what the public functions do.

Source: https://docs.pytorch.org/docs/stable/torch.overrides.html
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import contextmanager
from typing import Any

from .tensor import PUBLIC, Tensor
from .tensor.torch_function import STATE, activate, ask, nowrap, overloaded, takes_part

__all__ = [
    "TorchFunctionMode",
    "get_default_nowrap_functions",
    "handle_torch_function",
    "has_torch_function",
    "is_tensor_like",
    "is_tensor_method_or_property",
    "resolve_name",
]


def has_torch_function(relevant_args: Iterable[Any]) -> bool:
    """Whether a mode is entered or an argument has a `__torch_function__` of its own."""
    return bool(STATE.modes and STATE.modes_too) or any(map(takes_part, relevant_args))


def has_torch_function_unary(obj: Any) -> bool:
    """`has_torch_function` of one argument."""
    return has_torch_function((obj,))


def has_torch_function_variadic(*args: Any) -> bool:
    """`has_torch_function` of several arguments."""
    return has_torch_function(args)


def handle_torch_function(
    public_api: Callable, relevant_args: Iterable[Any], *args: Any, **kwargs: Any
) -> Any:
    """What the modes and arguments make of a call. TypeError where none of them knows."""
    return ask(public_api, overloaded(relevant_args), args, kwargs)


def is_tensor_like(inp: Any) -> bool:
    """Whether something is a tensor or takes over functions on tensors."""
    return type(inp) is Tensor or hasattr(inp, "__torch_function__")


def is_tensor_method_or_property(func: Callable) -> bool:
    """Whether a function is a method of tensors, or reads a property of them."""
    name = getattr(func, "__name__", "")
    return name == "__get__" or vars(Tensor).get(name) is func and PUBLIC.get(name) is not func


def get_default_nowrap_functions() -> set[Callable]:
    """Functions whose results stay of the class that they are."""
    return {member.__get__ for member in nowrap()}


def resolve_name(f: Callable) -> str | None:
    """The dotted name of a function, such as "torch.add"; None for one of no library's."""
    name = getattr(f, "__name__", None)
    if name is not None and PUBLIC.get(name) is f:
        return f"torch.{name}"
    if name is not None and vars(Tensor).get(name) is f:
        return f"torch.Tensor.{name}"
    return None


class TorchFunctionMode:
    """A block in which every public function's call goes to `__torch_function__` of the mode.

    Inside of the method the mode isn't in force. Source: torch.overrides.TorchFunctionMode.
    """

    def __init__(self) -> None:
        pass

    def __torch_function__(
        self, func: Callable, types: Any, args: tuple = (), kwargs: dict | None = None
    ) -> Any:
        raise NotImplementedError

    def __enter__(self) -> TorchFunctionMode:
        activate()
        STATE.modes.append(self)
        return self

    def __exit__(self, *exc: object) -> None:
        STATE.modes.pop()

    @classmethod
    def push(cls, *args: Any, **kwargs: Any) -> TorchFunctionMode:
        """An instance, to be entered."""
        return cls(*args, **kwargs)


class BaseTorchFunctionMode(TorchFunctionMode):
    """A mode that changes nothing."""

    def __torch_function__(
        self, func: Callable, types: Any, args: tuple = (), kwargs: dict | None = None
    ) -> Any:
        return func(*args, **({} if kwargs is None else kwargs))


@contextmanager
def enable_reentrant_dispatch() -> Any:
    """A block in which a handler's calls are handled again."""
    before = STATE.subclasses, STATE.modes_too
    STATE.subclasses = STATE.modes_too = True
    try:
        yield
    finally:
        STATE.subclasses, STATE.modes_too = before
