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


__all__ = [
    "OptimizedModule",
    "allow_in_graph",
    "assume_constant_result",
    "config",
    "disable",
    "eval_frame",
    "exc",
    "is_compiling",
    "list_backends",
    "mark_static_address",
    "reset",
]
