"""What to bind processes to. The options alone: nothing is bound here.

Source: torch.numa.binding
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

__all__ = ["AffinityMode", "NumaOptions"]


class AffinityMode(str, Enum):  # noqa: UP042 - PyTorch's bases
    """Which processors a process gets."""

    NODE = "node"
    SOCKET = "socket"
    EXCLUSIVE = "exclusive"
    CORE_COMPLEX = "core-complex"


@dataclass(frozen=True)
class NumaOptions:
    """How to bind, and whether to go on where that fails."""

    affinity_mode: AffinityMode
    should_fall_back_if_binding_fails: bool = False
