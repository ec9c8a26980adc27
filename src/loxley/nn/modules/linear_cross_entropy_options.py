"""`LinearCrossEntropyOptions`: how PyTorch's linear cross entropy divides its work into chunks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

_POLICIES = ("accurate", "balanced", "compact", "auto")


@dataclass
class LinearCrossEntropyOptions:
    """Options of the chunked computation.

    Chunks bound memory and change no number beyond rounding. loxley takes the options and computes
    the reference form: what is kept in memory is its planner's business.
    """

    allow_retain_graph: bool = False
    batch_chunk_size: int | None = None
    chunking_method: str | None = "auto"
    acc_policy: str = "auto"
    acc_dtype: Any = None

    def __post_init__(self) -> None:
        if self.acc_policy not in _POLICIES:
            raise ValueError(f"acc_policy must be one of {_POLICIES}, got {self.acc_policy!r}")
