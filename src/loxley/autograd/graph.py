"""`torch.autograd.graph`: hooks on what is saved, and nodes.

Source: https://docs.pytorch.org/docs/stable/autograd.html#autograd-graph
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from ..tensor.grad import Handle, Node
from ..tensor.modes import modes
from ..tensor.tensor import Tensor

__all__ = [
    "GradientEdge",
    "Node",
    "disable_saved_tensors_hooks",
    "get_gradient_edge",
    "increment_version",
    "register_multi_grad_hook",
    "save_on_cpu",
    "saved_tensors_hooks",
]


class saved_tensors_hooks:  # noqa: N801
    """A block in which `pack` replaces each saved tensor and `unpack` gives it back."""

    def __init__(self, pack_hook: Callable, unpack_hook: Callable) -> None:
        self.hooks = (pack_hook, unpack_hook)

    def __enter__(self) -> None:
        if modes.saved_hooks_disabled is not None:
            raise RuntimeError(modes.saved_hooks_disabled)
        modes.saved_hooks = (*modes.saved_hooks, self.hooks)

    def __exit__(self, *exc: object) -> None:
        modes.saved_hooks = modes.saved_hooks[:-1]


class save_on_cpu(saved_tensors_hooks):  # noqa: N801
    """Keeps saved tensors on the CPU, where all are already."""

    def __init__(self, pin_memory: bool = False, device_type: str = "cuda") -> None:
        super().__init__(lambda t: t.detach().clone(), lambda t: t)


class disable_saved_tensors_hooks:  # noqa: N801
    """A block in which installing saved-tensor hooks raises `error_message`."""

    def __init__(self, error_message: str) -> None:
        self.message = error_message

    def __enter__(self) -> None:
        self.previous, modes.saved_hooks_disabled = modes.saved_hooks_disabled, self.message

    def __exit__(self, *exc: object) -> None:
        modes.saved_hooks_disabled = self.previous


class GradientEdge(NamedTuple):
    """A place in the grad graph: a node and the number of its output."""

    node: Node
    output_nr: int
    ownership_token: Any = None


def get_gradient_edge(tensor: Tensor) -> GradientEdge:
    """Where the gradient of a tensor arrives."""
    edge = tensor._edge()
    if edge is None:
        raise RuntimeError(
            "It is not possible to get the gradient edge for a Tensor that does not require "
            "gradients"
        )
    return GradientEdge(*edge)


def increment_version(tensor: Any) -> None:
    """Counts a write that autograd could not see."""
    for t in (tensor,) if isinstance(tensor, Tensor) else tensor:
        t._counter.version += 1


def register_multi_grad_hook(tensors: Any, fn: Callable, *, mode: str = "all") -> Any:
    """Calls `fn` when the gradients of all (or any) of the tensors have been computed."""
    if mode not in ("all", "any"):
        raise ValueError(f"Expects mode to be one of ('all', 'any') but got {mode}")
    state = {"count": 0, "grads": [None] * len(tensors), "called": False}

    def inner(grad: Tensor, at: int) -> None:
        if mode == "any":
            if not state["called"]:
                state["called"] = True
                fn(grad)
            return
        state["count"] += 1
        state["grads"][at] = grad
        if state["count"] == sum(t.requires_grad for t in tensors):
            fn(state["grads"])
            state["count"], state["grads"] = 0, [None] * len(tensors)

    handles = [
        t.register_hook(lambda g, at=i: inner(g, at))
        for i, t in enumerate(tensors)
        if t.requires_grad
    ]
    return _Handles(handles)


class _Handles:
    """Removes several hooks at once."""

    def __init__(self, handles: list[Handle]) -> None:
        self.handles = handles

    def remove(self) -> None:
        for handle in self.handles:
            handle.remove()

    def __enter__(self) -> _Handles:
        return self

    def __exit__(self, *exc: object) -> None:
        self.remove()
