"""Resilient backpropagation: step sizes by the signs of successive gradients alone.

Source: Riedmiller and Braun, https://doi.org/10.1109/ICNN.1993.298623;
https://docs.pytorch.org/docs/2.13/generated/torch.optim.Rprop.html
"""

from __future__ import annotations

from typing import Any

from ..ops.optim import elementwise as rules
from ..tensor import Tensor, full_like, zeros_like
from .applying import advance, apply_update, new_count, number_of
from .optimizer import ParamsT
from .rule_optimizer import RuleOptimizer, check_lr

__all__ = ["Rprop"]


class Rprop(RuleOptimizer):
    """Each element's step grows by etas[1] while its gradient keeps its sign, else shrinks."""

    _later_options = {
        "foreach": None,
        "maximize": False,
        "differentiable": False,
        "capturable": False,
    }

    def __init__(
        self,
        params: ParamsT,
        lr: float | Tensor = 1e-2,
        etas: tuple[float, float] = (0.5, 1.2),
        step_sizes: tuple[float, float] = (1e-6, 50),
        *,
        capturable: bool = False,
        foreach: bool | None = None,
        maximize: bool = False,
        differentiable: bool = False,
    ) -> None:
        check_lr(lr)
        if not 0.0 < etas[0] < 1.0 < etas[1]:
            raise ValueError(f"Invalid eta values: {etas[0]}, {etas[1]}")
        defaults = {
            "lr": lr,
            "etas": etas,
            "step_sizes": step_sizes,
            "foreach": foreach,
            "maximize": maximize,
            "differentiable": differentiable,
            "capturable": capturable,
        }
        super().__init__(params, defaults)

    def _start_state(self, group: dict[str, Any], param: Tensor, state: dict[str, Any]) -> None:
        lr = number_of(group["lr"])
        state["step"] = new_count()
        state["prev"] = zeros_like(param).detach()
        # Both parts of a complex parameter have steps of their own.
        filled = complex(lr, lr) if param.is_complex() else lr
        state["step_size"] = full_like(param, filled).detach()

    def _update(self, group: dict, param: Tensor, grad: Tensor, state: dict[str, Any]) -> None:
        advance(state["step"])
        apply_update(
            rules.RPROP,
            param,
            grad,
            (state["prev"], state["step_size"]),
            (*group["etas"], *group["step_sizes"]),
            (group["maximize"],),
            group["differentiable"],
        )
