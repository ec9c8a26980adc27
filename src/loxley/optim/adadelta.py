"""Adadelta: steps in units of the steps taken so far.

Source: Zeiler, https://arxiv.org/abs/1212.5701;
https://docs.pytorch.org/docs/2.13/generated/torch.optim.Adadelta.html
"""

from __future__ import annotations

from typing import Any

from ..ops.optim import elementwise as rules
from ..tensor import Tensor, zeros_like
from .applying import advance, apply_update, new_count
from .optimizer import ParamsT
from .rule_optimizer import RuleOptimizer, check, check_lr, lr_of

__all__ = ["Adadelta"]


class Adadelta(RuleOptimizer):
    """d = g sqrt(u + eps) / sqrt(v + eps);  p <- p - lr d;  v, u: running means of g^2, d^2."""

    _later_options = {
        "foreach": None,
        "maximize": False,
        "differentiable": False,
        "capturable": False,
    }
    _capturable_devices = ["cuda", "xpu", "hpu", "privateuseone"]

    def __init__(
        self,
        params: ParamsT,
        lr: float | Tensor = 1.0,
        rho: float = 0.9,
        eps: float = 1e-6,
        weight_decay: float = 0,
        foreach: bool | None = None,
        *,
        capturable: bool = False,
        maximize: bool = False,
        differentiable: bool = False,
    ) -> None:
        check_lr(lr)
        check(rho, 0.0 <= rho <= 1.0, "Invalid rho value")
        check(eps, 0.0 <= eps, "Invalid epsilon value")
        check(weight_decay, 0.0 <= weight_decay, "Invalid weight_decay value")
        defaults = {
            "lr": lr,
            "rho": rho,
            "eps": eps,
            "weight_decay": weight_decay,
            "maximize": maximize,
            "capturable": capturable,
            "foreach": foreach,
            "differentiable": differentiable,
        }
        super().__init__(params, defaults)

    def _start_state(self, group: dict[str, Any], param: Tensor, state: dict[str, Any]) -> None:
        state["step"] = new_count()
        state["square_avg"] = zeros_like(param).detach()
        state["acc_delta"] = zeros_like(param).detach()

    def _update(self, group: dict, param: Tensor, grad: Tensor, state: dict[str, Any]) -> None:
        advance(state["step"])
        decay = group["weight_decay"]
        apply_update(
            rules.ADADELTA,
            param,
            grad,
            (state["square_avg"], state["acc_delta"]),
            (lr_of(group), decay, group["rho"], group["eps"]),
            (group["maximize"], decay != 0),
            group["differentiable"],
        )
