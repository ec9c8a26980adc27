"""`torch.cpu.amp`: the deprecated names of `torch.amp` for the CPU."""

from __future__ import annotations

from ..amp.legacy import CpuAutocast as autocast
from ..amp.legacy import CpuGradScaler as GradScaler

__all__ = ["GradScaler", "autocast"]
