"""`torch._dynamo`: the names of PyTorch's compiler that programs use.

Source: https://docs.pytorch.org/docs/stable/torch.compiler_faq.html
"""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from ..compiling import (
    OptimizedModule,
    allow_in_graph,
    assume_constant_result,
    disable,
    is_compiling,
    list_backends,
    reset,
)
from ..nn.modules.module import Module
from ..tensor import Tensor
from . import eval_frame, exc

# Programs set these; what can be captured is captured and the rest runs plainly in any case.
config = SimpleNamespace(
    suppress_errors=False,
    cache_size_limit=8,
    recompile_limit=8,
    accumulated_cache_size_limit=256,
    accumulated_recompile_limit=256,
    capture_scalar_outputs=False,
    capture_dynamic_output_shape_ops=False,
    automatic_dynamic_shapes=True,
    assume_static_by_default=True,
    optimize_ddp=True,
    verbose=False,
    skip_fwd_side_effects_in_bwd_under_checkpoint=False,
)


def mark_static_address(t: Any, guard: bool = False) -> None:
    """Says that a tensor's memory stays where it is. TypeError for what is no tensor.

    Plans look up the memory of their inputs at each call, so there is nothing to note.
    """
    if not isinstance(t, Tensor):
        raise TypeError(f"mark_static_address expects a tensor but received {type(t)}")


def mark_dynamic(
    t: Any,
    index: int | list[Any] | tuple[Any, ...],
    *,
    hint_override: int | None = None,
    min: int | None = None,  # noqa: A002 - PyTorch's name
    max: int | None = None,  # noqa: A002 - PyTorch's name
    specialize_on: list[Any] | None = None,
) -> None:
    """Says that a dimension's size will change. TypeError for what is no tensor.

    A captured graph is of exact shapes and its kernels are of any, so there is nothing to note.
    """
    if not isinstance(t, Tensor):
        raise TypeError(f"mark_dynamic expects a tensor but received {type(t)}")


def maybe_mark_dynamic(t: Any, index: int | list[Any] | tuple[Any, ...]) -> None:
    """`mark_dynamic` that PyTorch may disregard."""
    mark_dynamic(t, index)


def mark_static(t: Any, index: int | list[Any] | tuple[Any, ...] | None = None) -> Any:
    """Says that sizes don't change, of a tensor or of a class of modules, which it gives back.

    TypeError for anything else.  All captured graphs are of exact shapes.
    """
    if not isinstance(t, Tensor):
        if not issubclass(t, Module):
            raise TypeError(f"mark_static expects a tensor/nn.Module class but received {type(t)}")
        return t
    return None


def graph_break(msg: str = "") -> None:
    """Without effect: a graph that is captured may go over this place."""


__all__ = [
    "OptimizedModule",
    "allow_in_graph",
    "assume_constant_result",
    "config",
    "disable",
    "eval_frame",
    "exc",
    "graph_break",
    "is_compiling",
    "list_backends",
    "mark_dynamic",
    "mark_static",
    "mark_static_address",
    "maybe_mark_dynamic",
    "reset",
]
