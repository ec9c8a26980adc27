"""`torch._dynamo.eval_frame`: the class of compiled modules."""

from __future__ import annotations

from ..compiling import OptimizedModule

__all__ = ["OptimizedModule"]
