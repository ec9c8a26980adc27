"""relu, gelu, silu, sigmoid and tanh with the signatures of `torch.nn.functional`."""

from __future__ import annotations

from ...ops import nn_activation
from ...tensor import Tensor, nn_basic, relu_, sigmoid, tanh
from ...tensor.api import public

__all__ = ["gelu", "relu", "relu_", "sigmoid", "silu", "tanh"]


def relu(input: Tensor, inplace: bool = False) -> Tensor:
    """max(input, 0). Source: torch.nn.functional.relu."""
    return relu_(input) if inplace else nn_basic.relu(input)


@public(method=False, function=False, out=True)
def gelu(input: Tensor, approximate: str = "none") -> Tensor:
    """x Phi(x), or its tanh approximation. Source: torch.nn.functional.gelu."""
    if approximate not in ("none", "tanh"):
        raise RuntimeError("approximate argument must be either none or tanh.")
    return nn_activation.gelu(input, approximate)


def silu(input: Tensor, inplace: bool = False) -> Tensor:
    """x sigmoid(x). Source: torch.nn.functional.silu."""
    made = nn_activation.silu(input)
    return input._assign(made) if inplace else made
