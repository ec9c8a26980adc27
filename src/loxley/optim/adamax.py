"""Adamax: Adam with the infinity norm in place of the mean square.

Source: Kingma and Ba, https://arxiv.org/abs/1412.6980, section 7.1;
https://docs.pytorch.org/docs/2.13/generated/torch.optim.Adamax.html
"""

from __future__ import annotations

from typing import Any

from ..ops.optim import elementwise as rules
from ..tensor import Tensor, zeros_like
from .applying import advance, apply_update, new_count
from .optimizer import ParamsT
from .rule_optimizer import RuleOptimizer, check, check_betas, check_lr, lr_of

__all__ = ["Adamax"]


class Adamax(RuleOptimizer):
    """u <- max(beta2 u, |g| + eps);  p <- p - lr m^ / u."""

    _later_options = {
        "foreach": None,
        "maximize": False,
        "differentiable": False,
        "capturable": False,
    }

    def __init__(
        self,
        params: ParamsT,
        lr: float | Tensor = 2e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0,
        foreach: bool | None = None,
        *,
        maximize: bool = False,
        differentiable: bool = False,
        capturable: bool = False,
    ) -> None:
        check_lr(lr)
        check(eps, 0.0 <= eps, "Invalid epsilon value")
        check_betas(betas)
        check(weight_decay, 0.0 <= weight_decay, "Invalid weight_decay value")
        defaults = {
            "lr": lr,
            "betas": betas,
            "eps": eps,
            "weight_decay": weight_decay,
            "foreach": foreach,
            "maximize": maximize,
            "differentiable": differentiable,
            "capturable": capturable,
        }
        super().__init__(params, defaults)

    def _start_state(self, group: dict[str, Any], param: Tensor, state: dict[str, Any]) -> None:
        state["step"] = new_count()
        state["exp_avg"] = zeros_like(param).detach()
        state["exp_inf"] = zeros_like(param).detach()

    def _update(self, group: dict, param: Tensor, grad: Tensor, state: dict[str, Any]) -> None:
        step = advance(state["step"])
        (beta1, beta2), decay = group["betas"], group["weight_decay"]
        step_size = lr_of(group) / (1 - beta1**step)
        apply_update(
            rules.ADAMAX,
            param,
            grad,
            (state["exp_avg"], state["exp_inf"]),
            (decay, beta1, beta2, group["eps"], step_size),
            (group["maximize"], decay != 0),
            group["differentiable"],
        )
