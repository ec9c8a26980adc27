"""Muon: momentum whose steps are made orthogonal, for matrices.

Source: Jordan, https://kellerjordan.github.io/posts/muon/; Liu et al.,
https://arxiv.org/abs/2502.16982; https://docs.pytorch.org/docs/2.13/generated/torch.optim.Muon.html
"""

from __future__ import annotations

import math
from typing import Any

from ..ops.optim import matrix
from ..tensor import Tensor, zeros_like
from .applying import number_of, record_op
from .optimizer import ParamsT
from .rule_optimizer import RuleOptimizer, check

__all__ = ["Muon"]

_MOST_STEPS = 100


class Muon(RuleOptimizer):
    """p <- (1 - lr weight_decay) p - rate O, O the orthogonal matrix nearest to the momentum."""

    def __init__(
        self,
        params: ParamsT,
        lr: float = 1e-3,
        weight_decay: float = 0.1,
        momentum: float = 0.95,
        nesterov: bool = True,
        ns_coefficients: tuple[float, float, float] = (3.4445, -4.7750, 2.0315),
        eps: float = 1e-7,
        ns_steps: int = 5,
        adjust_lr_fn: str | None = None,
    ) -> None:
        if isinstance(lr, Tensor) and lr.numel() != 1:
            raise ValueError("Tensor lr must be 1-element")
        check(lr, 0.0 <= lr, "Learning rate should be >= 0 but is")
        check(momentum, 0.0 <= momentum, "momentum should be >= 0 but is")
        check(weight_decay, 0.0 <= weight_decay, "weight decay should be >= 0 but is")
        if adjust_lr_fn not in (None, "original", "match_rms_adamw"):
            raise ValueError(f"Adjust learning rate function {adjust_lr_fn} is not supported")
        defaults = {
            "lr": lr,
            "weight_decay": weight_decay,
            "momentum": momentum,
            "nesterov": nesterov,
            "ns_coefficients": ns_coefficients,
            "eps": eps,
            "ns_steps": ns_steps,
            "adjust_lr_fn": adjust_lr_fn,
        }
        super().__init__(params, defaults)
        for p in (p for group in self.param_groups for p in group["params"]):
            if p.dim() != 2:
                raise ValueError(
                    "Muon only supports 2D parameters whereas we found a parameter with size: "
                    f"{p.size()}"
                )

    def _start_state(self, group: dict[str, Any], param: Tensor, state: dict[str, Any]) -> None:
        if param.is_complex():
            raise RuntimeError("Muon does not support complex parameters")
        state["momentum_buffer"] = zeros_like(param.grad).detach()

    def _check_modes(self, group: dict[str, Any]) -> None:
        if group["ns_steps"] >= _MOST_STEPS:
            raise ValueError("Number of steps must be less than 100 for computational efficiency")
        if len(group["ns_coefficients"]) != 3:
            raise ValueError("Coefficients must be a tuple of exactly 3 values")

    def _update(self, group: dict, param: Tensor, grad: Tensor, state: dict[str, Any]) -> None:
        lr = number_of(group["lr"])
        rate = _adjusted(lr, group["adjust_lr_fn"], tuple(param.shape))
        shrink = 1 - lr * group["weight_decay"]
        coefficients = tuple(float(c) for c in group["ns_coefficients"])
        record_op(
            matrix.MUON,
            param,
            grad,
            (state["momentum_buffer"],),
            (shrink, rate, group["momentum"], group["eps"]),
            (group["nesterov"], coefficients, group["ns_steps"]),
        )


def _adjusted(lr: float, how: str | None, shape: tuple[int, int]) -> float:
    """The learning rate for a matrix of this shape."""
    rows, columns = shape
    if how == "match_rms_adamw":
        return lr * 0.2 * math.sqrt(max(rows, columns))
    return lr * math.sqrt(max(1, rows / columns))
