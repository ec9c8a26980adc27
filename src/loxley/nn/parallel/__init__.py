"""Data parallelism: here, on one CPU, a module is its own replica."""

from __future__ import annotations

from typing import Any

from . import distributed
from .data_parallel import DataParallel, data_parallel
from .scatter_gather import gather, parallel_apply, replicate, scatter

__all__ = [
    "DataParallel",
    "DistributedDataParallel",
    "data_parallel",
    "gather",
    "parallel_apply",
    "replicate",
    "scatter",
]


def __getattr__(name: str) -> Any:
    if name == "DistributedDataParallel":  # loaded when it is first asked for
        return distributed.DistributedDataParallel
    raise AttributeError(f"module 'torch.nn.parallel' has no attribute '{name}'")
