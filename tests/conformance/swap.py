"""Find, for a callable that speaks of torch, the one that speaks of the target instead.

In: a function of PyTorch (`torch.add`, `torch.Tensor.__radd__`, `F.relu`), or a Python function of
PyTorch's test tables that refers to torch in its globals, its closure or its defaults.
Out: the target's function of the same public name, or the same code over the target's names.
"""

from __future__ import annotations

import functools
import types
from collections.abc import Iterator
from typing import Any

import torch

from tests.bridge import Bridge, resolve

_NAMESPACES = (
    "",
    "nn.functional",
    "Tensor",
    "linalg",
    "fft",
    "special",
    "masked",
    "signal.windows",
    "nn.utils",
    "nn.utils.rnn",
    "nn.init",
    "nn",
    "optim",
    "optim.lr_scheduler",
    "autograd",
)


@functools.cache
def _public_paths() -> dict[int, str]:
    """Public path of every named object of torch, by identity; the first namespace wins."""
    paths: dict[int, str] = {}
    for namespace in _NAMESPACES:
        owner = resolve(torch, namespace) if namespace else torch
        for name in dir(owner):
            value = getattr(owner, name, None)
            if callable(value) or isinstance(value, types.ModuleType):
                path = f"{namespace}.{name}" if namespace else name
                paths.setdefault(id(value), path)
    return paths


def _names_used(code: types.CodeType) -> Iterator[str]:
    yield from code.co_names
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            yield from _names_used(constant)


class Swapper:
    """Counterparts of callables, each made once."""

    def __init__(self, target: types.ModuleType):
        self.target = target
        self.bridge = Bridge(target, swap_function=self.swap)
        self._made: dict[int, tuple[Any, Any]] = {}

    def find(self, function: Any, name: str) -> Any:
        """The counterpart of an operator known to the table by `name`."""
        path = name.removeprefix("torch.")
        try:
            known = resolve(torch, path)
        except AttributeError:
            known = None
        return resolve(self.target, path) if known is function else self.swap(function)

    def swap(self, value: Any) -> Any:
        """The counterpart of any callable or module; what does not speak of torch is itself."""
        if isinstance(value, types.ModuleType):
            return self._module(value)
        path = _public_paths().get(id(value))
        if path is not None:
            return resolve(self.target, path)
        if isinstance(value, functools.partial):
            arguments = self.bridge.forward(value.args)
            return functools.partial(
                self.swap(value.func), *arguments, **self.bridge.forward(value.keywords)
            )
        if isinstance(value, types.FunctionType):
            return self._function(value)
        if type(value).__module__.startswith("torch._ops"):
            return resolve(self.target, f"ops.{str(value)}")
        return value

    def _module(self, module: types.ModuleType) -> Any:
        if module is torch:
            return self.target
        if module.__name__.startswith("torch."):
            return resolve(self.target, module.__name__.removeprefix("torch."))
        return module

    def _function(self, function: types.FunctionType) -> Any:
        if id(function) in self._made:
            return self._made[id(function)][1]
        if function.__name__ == "wrapper_set_seed":
            made: Any = self._seeded
        elif (function.__module__ or "").startswith("torch."):
            made = self._rebuild(function)
        else:
            made = function
        self._made[id(function)] = (function, made)
        return made

    def _seeded(self, function: Any, *args: Any, **kwargs: Any) -> Any:
        """PyTorch's tables run random operators under this seed."""
        self.target.manual_seed(42)
        return function(*args, **kwargs)

    def _rebuild(self, function: types.FunctionType) -> types.FunctionType:
        if not function.__module__.startswith("torch.testing"):
            raise AttributeError(f"missing: {function.__module__}.{function.__qualname__}")
        names: dict[str, Any] = {"__builtins__": __builtins__}
        cells = tuple(types.CellType() for _ in function.__closure__ or ())
        made = types.FunctionType(
            function.__code__, names, function.__name__, function.__defaults__, cells
        )
        made.__kwdefaults__ = function.__kwdefaults__
        self._made[id(function)] = (function, made)  # before its globals: it may call itself
        for name in _names_used(function.__code__):
            if name in function.__globals__:
                names[name] = self._global(function.__globals__[name])
        for cell, original in zip(cells, function.__closure__ or ()):
            cell.cell_contents = self._global(original.cell_contents)
        if function.__defaults__:
            made.__defaults__ = self.bridge.forward(function.__defaults__)
        return made

    def _global(self, value: Any) -> Any:
        if isinstance(value, type) and not value.__module__.startswith("torch"):
            return value
        if callable(value) or isinstance(value, types.ModuleType):
            return self.swap(value)
        return self.bridge.forward(value)
