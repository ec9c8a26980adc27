"""`FloatFunctional`: arithmetic as a module, for a quantizer to watch.

Source: https://docs.pytorch.org/docs/stable/generated/torch.ao.nn.quantized.FloatFunctional.html
"""

from __future__ import annotations

from typing import Any

from ...nn.functional import relu
from ...nn.modules import Identity, Module
from ...tensor import Tensor, cat

__all__ = ["FloatFunctional"]


class FloatFunctional(Module):
    """Sums, products and joins of floats; results go through `activation_post_process`."""

    def __init__(self) -> None:
        super().__init__()
        self.activation_post_process: Any = Identity()

    def forward(self, x: Any) -> Any:
        """RuntimeError: its methods are to be called."""
        raise RuntimeError(
            "FloatFunctional is not intended to use the 'forward'. Please use the underlying "
            "operation"
        )

    def add(self, x: Tensor, y: Tensor) -> Tensor:
        """x + y."""
        return self.activation_post_process(x + y)

    def add_scalar(self, x: Tensor, y: float) -> Tensor:
        """x + y, which isn't watched."""
        return x + y

    def mul(self, x: Tensor, y: Tensor) -> Tensor:
        """x * y."""
        return self.activation_post_process(x * y)

    def mul_scalar(self, x: Tensor, y: float) -> Tensor:
        """x * y, which isn't watched."""
        return x * y

    def cat(self, x: list[Tensor], dim: int = 0) -> Tensor:
        """Tensors joined."""
        return self.activation_post_process(cat(x, dim=dim))

    def add_relu(self, x: Tensor, y: Tensor) -> Tensor:
        """relu(x + y)."""
        return self.activation_post_process(relu(x + y))

    def matmul(self, x: Tensor, y: Tensor) -> Tensor:
        """x @ y."""
        return self.activation_post_process(x @ y)
