"""Averaged stochastic gradient descent.

Source: Polyak and Juditsky, https://doi.org/10.1137/0330046;
https://docs.pytorch.org/docs/2.13/generated/torch.optim.ASGD.html
"""

from __future__ import annotations

from typing import Any

from ..ops.optim import elementwise as rules
from ..tensor import Tensor, zeros_like
from .applying import advance, apply_update, new_count, number_of, read_count, set_count
from .optimizer import ParamsT
from .rule_optimizer import RuleOptimizer, check, check_lr

__all__ = ["ASGD"]


class ASGD(RuleOptimizer):
    """p <- (1 - lambd eta) p - eta g with a falling eta;  ax averages p from step t0 on."""

    _later_options = {
        "foreach": None,
        "maximize": False,
        "differentiable": False,
        "capturable": False,
    }
    _counts = ("step", "eta", "mu")
    _captured = "params, mus, etas, and state_steps"

    def __init__(
        self,
        params: ParamsT,
        lr: float | Tensor = 1e-2,
        lambd: float = 1e-4,
        alpha: float = 0.75,
        t0: float = 1e6,
        weight_decay: float = 0,
        foreach: bool | None = None,
        maximize: bool = False,
        differentiable: bool = False,
        capturable: bool = False,
    ) -> None:
        check_lr(lr)
        check(weight_decay, 0.0 <= weight_decay, "Invalid weight_decay value")
        defaults = {
            "lr": lr,
            "lambd": lambd,
            "alpha": alpha,
            "t0": t0,
            "weight_decay": weight_decay,
            "foreach": foreach,
            "maximize": maximize,
            "differentiable": differentiable,
            "capturable": capturable,
        }
        super().__init__(params, defaults)

    def _start_state(self, group: dict[str, Any], param: Tensor, state: dict[str, Any]) -> None:
        state["step"] = new_count()
        state["eta"] = new_count(number_of(group["lr"]))
        state["mu"] = new_count(1.0)
        state["ax"] = zeros_like(param).detach()

    def _update(self, group: dict, param: Tensor, grad: Tensor, state: dict[str, Any]) -> None:
        step = advance(state["step"])
        lambd, decay = group["lambd"], group["weight_decay"]
        eta, mu = read_count(state["eta"]), read_count(state["mu"])
        apply_update(
            rules.ASGD,
            param,
            grad,
            (state["ax"],),
            (decay, 1 - lambd * eta, eta, mu),
            (group["maximize"], decay != 0, mu != 1),
            group["differentiable"],
        )
        lr = number_of(group["lr"])
        set_count(state["eta"], lr / ((1 + lambd * lr * step) ** group["alpha"]))
        set_count(state["mu"], 1 / max(1, step - group["t0"]))
