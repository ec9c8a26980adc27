"""Context managers and decorators that say whether gradients are recorded.

Source: https://docs.pytorch.org/docs/stable/autograd.html#locally-disabling-gradient-computation
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Self, TypeVar, overload

from ..tensor.modes import modes

F = TypeVar("F", bound=Callable[..., Any])


class ContextDecorator:
    """A context manager that also decorates functions and generators, with a fresh one per call."""

    def clone(self) -> ContextDecorator:
        return type(self)()

    def __call__(self, function: F) -> F:
        if inspect.isclass(function):
            raise TypeError(
                "Decorating classes is deprecated and will be disabled in future versions. You "
                "should "
                "only decorate functions or methods."
            )
        if inspect.isgeneratorfunction(function):
            return self._wrap_generator(function)

        @functools.wraps(function)
        def decorated(*args: Any, **kwargs: Any) -> Any:
            with self.clone():
                return function(*args, **kwargs)

        return decorated  # type: ignore[return-value]

    def _wrap_generator(self, function: Any) -> Any:
        @functools.wraps(function)
        def generator(*args: Any, **kwargs: Any) -> Any:
            inner = function(*args, **kwargs)
            sent, error = None, None
            while True:
                try:
                    with self.clone():
                        item = inner.throw(error) if error is not None else inner.send(sent)
                except StopIteration as stop:
                    return stop.value
                try:
                    sent, error = (yield item), None
                except GeneratorExit:
                    inner.close()
                    raise
                except BaseException as raised:  # noqa: BLE001 - handed on to the generator
                    sent, error = None, raised

        return generator


class _WithoutParameters(ContextDecorator):
    """Decorates with parentheses and without."""

    @overload
    def __new__(cls, orig_func: None = None) -> Self: ...
    @overload
    def __new__(cls, orig_func: F) -> F: ...
    def __new__(cls, orig_func: Any = None) -> Any:
        made = super().__new__(cls)
        return made if orig_func is None else ContextDecorator.__call__(made, orig_func)


class no_grad(_WithoutParameters):  # noqa: N801
    """Records no gradients inside. Source: torch.no_grad."""

    if not TYPE_CHECKING:  # it takes a function to decorate

        def __init__(self) -> None:
            pass

    def __enter__(self) -> None:
        self.previous, modes.grad = modes.grad, False

    def __exit__(self, *exc: object) -> None:
        modes.grad = self.previous


class enable_grad(_WithoutParameters):  # noqa: N801
    """Records gradients inside, within `no_grad` too. Source: torch.enable_grad."""

    def __enter__(self) -> None:
        self.previous, modes.grad = modes.grad, True

    def __exit__(self, *exc: object) -> None:
        modes.grad = self.previous


class set_grad_enabled(ContextDecorator):  # noqa: N801
    """Sets whether gradients are recorded, at once or for a block.

    Source: torch.set_grad_enabled.
    """

    def __init__(self, mode: bool) -> None:
        self.mode = mode
        self.previous, modes.grad = modes.grad, bool(mode)

    def __call__(self, function: F) -> F:
        modes.grad = self.previous
        return super().__call__(function)

    def __enter__(self) -> None:
        modes.grad = bool(self.mode)

    def __exit__(self, *exc: object) -> None:
        modes.grad = self.previous

    def clone(self) -> set_grad_enabled:
        return type(self)(self.mode)


class inference_mode(ContextDecorator):  # noqa: N801
    """No gradients, no version tracking of results. Source: torch.inference_mode."""

    @overload
    def __new__(cls, mode: bool = True) -> Self: ...
    @overload
    def __new__(cls, mode: F) -> F: ...
    def __new__(cls, mode: Any = True) -> Any:
        made = super().__new__(cls)
        if isinstance(mode, bool):
            return made
        made.mode = True
        return ContextDecorator.__call__(made, mode)

    def __init__(self, mode: bool = True) -> None:
        self.mode = mode

    def __enter__(self) -> None:
        self.previous = modes.grad, modes.inference
        if self.mode:
            modes.grad, modes.inference = False, True
        else:
            modes.inference = False

    def __exit__(self, *exc: object) -> None:
        modes.grad, modes.inference = self.previous

    def clone(self) -> inference_mode:
        return type(self)(self.mode)


def is_grad_enabled() -> bool:
    """Whether gradients are being recorded in this thread."""
    return modes.grad


def is_inference_mode_enabled() -> bool:
    """Whether inference mode is on in this thread."""
    return modes.inference
