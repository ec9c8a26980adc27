"""`torch.distributed.tensor.experimental`, named: context parallelism is not implemented."""

from __future__ import annotations

from typing import Any, NoReturn

__all__ = ["context_parallel"]


def context_parallel(mesh: Any, **options: Any) -> NoReturn:
    """NotImplementedError."""
    raise NotImplementedError(
        "torch.distributed.tensor.experimental.context_parallel is not implemented"
    )
