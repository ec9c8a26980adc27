"""`torch.distributed.tensor.experimental`, named: context parallelism is not implemented."""

from __future__ import annotations

from typing import Any, NoReturn

__all__ = ["context_parallel"]


def context_parallel(
    mesh: Any,
    *,
    buffers: list | None = None,
    buffer_seq_dims: list[int] | None = None,
    no_restore_buffers: set | None = None,
) -> NoReturn:
    """NotImplementedError."""
    raise NotImplementedError(
        "torch.distributed.tensor.experimental.context_parallel is not implemented"
    )
