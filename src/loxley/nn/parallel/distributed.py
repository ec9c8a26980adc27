"""`DistributedDataParallel`: named, not implemented."""

from __future__ import annotations

from typing import Any

from ..modules.module import Module


class DistributedDataParallel(Module):
    """Needs processes that talk to each other; loxley has none yet."""

    def __init__(self, module: Module, *args: Any, **kwargs: Any) -> None:
        raise NotImplementedError(
            "torch.nn.parallel.DistributedDataParallel is not implemented: loxley has no process "
            "groups yet"
        )
