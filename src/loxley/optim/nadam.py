"""NAdam: Adam with Nesterov's momentum.

Source: Dozat, https://openreview.net/forum?id=OM0jvwB8jIp57ZJjtNEZ;
https://docs.pytorch.org/docs/2.13/generated/torch.optim.NAdam.html
"""

from __future__ import annotations

from typing import Any

from ..ops.optim import elementwise as rules
from ..tensor import Tensor, zeros_like
from .applying import advance, apply_update, multiply_count, new_count
from .optimizer import ParamsT
from .rule_optimizer import RuleOptimizer, check, check_betas, check_lr, lr_of

__all__ = ["NAdam"]


class NAdam(RuleOptimizer):
    """Adam's step with the gradient and its mean weighted by a momentum that grows with time."""

    _later_options = {
        "maximize": False,
        "foreach": None,
        "capturable": False,
        "differentiable": False,
        "decoupled_weight_decay": False,
    }
    _counts = ("step", "mu_product")
    _captured = "params, mu_products and state_steps"

    def __init__(
        self,
        params: ParamsT,
        lr: float | Tensor = 2e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0,
        momentum_decay: float = 4e-3,
        decoupled_weight_decay: bool = False,
        *,
        foreach: bool | None = None,
        maximize: bool = False,
        capturable: bool = False,
        differentiable: bool = False,
    ) -> None:
        check_lr(lr)
        check(eps, 0.0 <= eps, "Invalid epsilon value")
        check_betas(betas)
        check(weight_decay, 0.0 <= weight_decay, "Invalid weight_decay value")
        check(momentum_decay, 0.0 <= momentum_decay, "Invalid momentum_decay value")
        defaults = {
            "lr": lr,
            "betas": betas,
            "eps": eps,
            "weight_decay": weight_decay,
            "momentum_decay": momentum_decay,
            "decoupled_weight_decay": decoupled_weight_decay,
            "maximize": maximize,
            "foreach": foreach,
            "capturable": capturable,
            "differentiable": differentiable,
        }
        super().__init__(params, defaults)

    def _start_state(self, group: dict[str, Any], param: Tensor, state: dict[str, Any]) -> None:
        state["step"] = new_count()
        state["mu_product"] = new_count(1.0)
        state["exp_avg"] = zeros_like(param).detach()
        state["exp_avg_sq"] = zeros_like(param).detach()

    def _update(self, group: dict, param: Tensor, grad: Tensor, state: dict[str, Any]) -> None:
        step = advance(state["step"])
        lr, (beta1, beta2), decay = lr_of(group), group["betas"], group["weight_decay"]
        mu = _momentum(beta1, step, group["momentum_decay"])
        mu_next = _momentum(beta1, step + 1, group["momentum_decay"])
        product = multiply_count(state["mu_product"], mu)
        of_gradient = -lr * (1.0 - mu) / (1.0 - product)
        of_average = (-lr * mu_next) / (1.0 - product * mu_next)
        correction = 1 - beta2**step
        apply_update(
            rules.NADAM,
            param,
            grad,
            (state["exp_avg"], state["exp_avg_sq"]),
            (lr, decay, beta1, beta2, group["eps"], correction, of_gradient, of_average),
            (group["maximize"], decay != 0, group["decoupled_weight_decay"]),
            group["differentiable"],
        )


def _momentum(beta1: float, step: float, momentum_decay: float) -> float:
    return beta1 * (1.0 - 0.5 * 0.96 ** (step * momentum_decay))
