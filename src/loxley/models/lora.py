"""Low-rank adapters: a frozen linear layer W gets a small trained correction, W + scale * B A.

LoRA (Hu et al. 2021, https://arxiv.org/abs/2106.09685).  A starts random and B at zero, so that
training begins at exactly the model that was given.
"""

from __future__ import annotations

import math
from collections.abc import Iterable

from .. import nn
from ..nn import functional as F
from ..nn import init
from ..tensor import Tensor, empty, zeros

# The projections of a Llama block, by the last part of their names.
PROJECTIONS = ("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj")


class LoRALinear(nn.Module):
    """(..., in) -> (..., out): x W^T + scale * (x A^T) B^T, with A (rank, in), B (out, rank)."""

    def __init__(self, base: nn.Linear, rank: int, alpha: float) -> None:
        super().__init__()
        self.base = base
        self.scale = alpha / rank
        self.lora_A = nn.Parameter(empty(rank, base.in_features))
        self.lora_B = nn.Parameter(zeros(base.out_features, rank))
        init.kaiming_uniform_(self.lora_A, a=math.sqrt(5))

    def forward(self, x: Tensor) -> Tensor:
        return self.base(x) + F.linear(F.linear(x, self.lora_A) * self.scale, self.lora_B)


def add_adapters(
    model: nn.Module, rank: int, alpha: float, targets: Iterable[str] = PROJECTIONS
) -> list[str]:
    """Freezes `model` and replaces its linear layers of these names by LoRALinear, in place.

    Returns the full names of the layers.  Raises ValueError where none has such a name.
    """
    targets = frozenset(targets)
    model.requires_grad_(False)
    names = [
        name
        for name, module in model.named_modules()
        if isinstance(module, nn.Linear) and name.rpartition(".")[2] in targets
    ]
    if not names:
        raise ValueError(f"the model has no linear layer named any of {sorted(targets)}")
    for name in names:
        parent, _, last = name.rpartition(".")
        owner = model.get_submodule(parent)
        setattr(owner, last, LoRALinear(getattr(owner, last), rank, alpha))
    return names
