"""`torch.compiler`, and `torch.compile`: a callable that runs the function.

Plans are compiled from what it records; the names here are offered as `loxley.compiler`'s too.
Source: https://docs.pytorch.org/docs/stable/generated/torch.compile.html
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .nn.modules.module import Module


def compile(  # noqa: A001
    model: Any = None,
    *,
    fullgraph: bool = False,
    dynamic: bool | None = None,
    backend: Any = "inductor",
    mode: str | None = None,
    options: dict | None = None,
    disable: bool = False,
) -> Any:
    """A function, or a module, that behaves as the given one.

    Recording is lazy already, so there is nothing to trace: what the arguments tune belongs to
    PyTorch's compiler, and is checked and otherwise without effect.  Usable as a decorator.
    """
    if mode is not None and options is not None:
        raise RuntimeError(
            "Either mode or options can be specified, but both can't be specified at the same time."
        )
    known = (
        None,
        "default",
        "reduce-overhead",
        "max-autotune",
        "max-autotune-no-cudagraphs",
        "lite",
    )
    if mode not in known:
        raise RuntimeError(
            f"Unrecognized mode={mode}, should be one of: {', '.join(map(str, known[1:]))}"
        )
    if model is None:
        return lambda wrapped: compile(
            wrapped,
            fullgraph=fullgraph,
            dynamic=dynamic,
            backend=backend,
            mode=mode,
            options=options,
            disable=disable,
        )
    if isinstance(model, Module):
        return OptimizedModule(model)
    if not callable(model):
        raise RuntimeError(f"torch.compile: expected a callable, got {type(model).__name__}")
    return _Compiled(model)


class _Compiled:
    """A function as `compile` returns it."""

    def __init__(self, function: Callable) -> None:
        self.__wrapped__ = function
        self.__name__ = getattr(function, "__name__", type(function).__name__)
        self.__doc__ = function.__doc__

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self.__wrapped__(*args, **kwargs)

    def __get__(self, instance: Any, owner: Any = None) -> Any:
        return self if instance is None else self.__wrapped__.__get__(instance, owner)


class OptimizedModule(Module):
    """A module as `compile` returns it: the original, under `_orig_mod`."""

    def __init__(self, module: Module) -> None:
        super().__init__()
        self._orig_mod = module
        self.training = module.training

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        return self._orig_mod(*args, **kwargs)

    def train(self, mode: bool = True) -> OptimizedModule:
        super().train(mode)
        return self

    def __getattr__(self, name: str) -> Any:
        if name == "_orig_mod":
            return self._modules["_orig_mod"]
        return getattr(self._modules["_orig_mod"], name)


def is_compiling() -> bool:
    """False: code always runs as Python."""
    return False


is_dynamo_compiling = is_exporting = is_compiling


def disable(fn: Any = None, recursive: bool = True, reason: str | None = None) -> Any:
    """Keeps a function out of compilation; returns it."""
    return fn if fn is not None else lambda function: function


allow_in_graph = disable


def reset() -> None:
    """Forgets what was compiled: nothing."""


def cudagraph_mark_step_begin() -> None:
    """Without effect on the CPU."""
