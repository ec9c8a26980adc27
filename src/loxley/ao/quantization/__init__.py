"""`QuantStub` and `DeQuantStub`: where values would be quantized; before that they pass them on.

Source: https://docs.pytorch.org/docs/stable/generated/torch.ao.quantization.QuantStub.html
"""

from __future__ import annotations

from typing import Any

from ...nn.modules import Module
from ...tensor import Tensor

__all__ = ["DeQuantStub", "QuantStub"]


class QuantStub(Module):
    """Passes its input on. NotImplementedError for a `qconfig`: nothing is quantized here."""

    def __init__(self, qconfig: Any = None) -> None:
        super().__init__()
        if qconfig is not None:
            raise NotImplementedError(f"{type(self).__name__}: argument 'qconfig'")

    def forward(self, x: Tensor) -> Tensor:
        """The input."""
        return x


class DeQuantStub(QuantStub):
    """Passes its input on."""
