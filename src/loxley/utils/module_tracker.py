"""`ModuleTracker`: which modules are running, forward or backward.

In: the modules that are called while it is on.  Out: `parents`, their names ("Net.layers.0"), and
"Global".  Source: https://docs.pytorch.org/docs/stable/module_tracker.html
"""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterator
from typing import Any

from ..autograd.engine import in_backward, queue_callback
from ..autograd.graph import register_multi_grad_hook
from ..nn import Module
from ..nn.modules.hooks import register_module_forward_hook, register_module_forward_pre_hook
from ..tensor import Tensor
from ..tensor.modes import modes

__all__ = ["ModuleTracker"]


class ModuleTracker:
    """A block in which `parents` holds the names of the modules that are running."""

    def __init__(self) -> None:
        self.parents = {"Global"}
        self._known: weakref.WeakKeyDictionary[Module, str] = weakref.WeakKeyDictionary()
        self._seen: weakref.WeakSet[Module] = weakref.WeakSet()
        self._has_callback = False

    @property
    def is_bw(self) -> bool:
        """Whether a backward pass is under way."""
        return in_backward()

    def __enter__(self) -> ModuleTracker:
        self._handles = [
            register_module_forward_pre_hook(self._before),
            register_module_forward_hook(self._after, always_call=True),
        ]
        return self

    def __exit__(self, *exc: object) -> None:
        for handle in self._handles:
            handle.remove()

    def _name(self, module: Module) -> str:
        """The name of a module, which names its children."""
        if module not in self._known:
            self._known[module] = type(module).__name__
        name = self._known[module]
        if module not in self._seen:
            for child, submodule in module.named_children():
                self._known[submodule] = f"{name}.{child}"
                self._name(submodule)
            self._seen.add(module)
        return name

    def _before(self, module: Module, args: Any) -> None:
        name = self._name(module)
        self.parents.add(name)
        found = _tracked(args)
        if found and modes.grad:
            register_multi_grad_hook(found, self._leaving(name))

    def _after(self, module: Module, args: Any, output: Any) -> None:
        name = self._name(module)
        self.parents.discard(name)
        found = _tracked(output)
        if found and modes.grad:
            register_multi_grad_hook(found, self._entering(name), mode="any")

    def _entering(self, name: str) -> Callable:
        """What the gradient of a module's results calls."""

        def enter(grad: Any) -> None:
            self._clear_afterwards()
            self.parents.add(name)

        return enter

    def _leaving(self, name: str) -> Callable:
        """What the gradients of a module's arguments call."""

        def leave(grads: Any) -> None:
            self._clear_afterwards()
            self.parents.discard(name)

        return leave

    def _clear_afterwards(self) -> None:
        if in_backward() and not self._has_callback:
            queue_callback(self._cleared)
            self._has_callback = True

    def _cleared(self) -> None:
        self.parents = {"Global"}
        self._has_callback = False


def _tracked(values: Any) -> list[Tensor]:
    return [t for t in _tensors(values) if t.requires_grad]


def _tensors(values: Any) -> Iterator[Tensor]:
    if isinstance(values, Tensor):
        yield values
    elif isinstance(values, (list, tuple)):
        for one in values:
            yield from _tensors(one)
    elif isinstance(values, dict):
        for one in values.values():
            yield from _tensors(one)
