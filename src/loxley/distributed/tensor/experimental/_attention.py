"""Context parallelism, named."""

from __future__ import annotations

from typing import NoReturn

from . import context_parallel as context_parallel


def set_rotate_method(rotate_method: str) -> NoReturn:
    """NotImplementedError."""
    raise NotImplementedError(
        "torch.distributed.tensor.experimental._attention.set_rotate_method is not implemented"
    )
