"""`DistributedDataParallel`, which `loxley.distributed` holds: it needs process groups."""

from __future__ import annotations

import importlib
from typing import Any


def __getattr__(name: str) -> Any:
    if name == "DistributedDataParallel":
        above = importlib.import_module("...distributed.data_parallel", __package__)
        return above.DistributedDataParallel
    raise AttributeError(f"module 'torch.nn.parallel.distributed' has no attribute '{name}'")
