"""`torch._dynamo.exc`: what `torch.compile` raises."""

from __future__ import annotations

from ..compiling import (
    FailOnRecompileLimitHit,
    InvalidBackend,
    TorchDynamoException,
    Unsupported,
)

__all__ = ["FailOnRecompileLimitHit", "InvalidBackend", "TorchDynamoException", "Unsupported"]
