"""RAdam: Adam that waits with its adaptive rate until its variance is known well enough.

Source: Liu et al., https://arxiv.org/abs/1908.03265;
https://docs.pytorch.org/docs/2.13/generated/torch.optim.RAdam.html
"""

from __future__ import annotations

from typing import Any

from ..ops.optim import elementwise as rules
from ..tensor import Tensor, zeros_like
from .applying import advance, apply_update, new_count
from .optimizer import ParamsT
from .rule_optimizer import RuleOptimizer, check, check_betas, check_lr, lr_of

__all__ = ["RAdam"]

# From this length of the approximated moving average on, the step is adaptive.
_TRUSTED_LENGTH = 5.0


class RAdam(RuleOptimizer):
    """p <- p - lr m^ r / sqrt(v^) once r, the rectification, exists; p <- p - lr m^ before."""

    _later_options = {
        "foreach": None,
        "maximize": False,
        "differentiable": False,
        "decoupled_weight_decay": False,
        "capturable": False,
    }

    def __init__(
        self,
        params: ParamsT,
        lr: float | Tensor = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0,
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
        defaults = {
            "lr": lr,
            "betas": betas,
            "eps": eps,
            "weight_decay": weight_decay,
            "maximize": maximize,
            "foreach": foreach,
            "capturable": capturable,
            "decoupled_weight_decay": decoupled_weight_decay,
            "differentiable": differentiable,
        }
        super().__init__(params, defaults)

    def _start_state(self, group: dict[str, Any], param: Tensor, state: dict[str, Any]) -> None:
        state["step"] = new_count()
        state["exp_avg"] = zeros_like(param).detach()
        state["exp_avg_sq"] = zeros_like(param).detach()

    def _update(self, group: dict, param: Tensor, grad: Tensor, state: dict[str, Any]) -> None:
        step = advance(state["step"])
        (beta1, beta2), decay = group["betas"], group["weight_decay"]
        correction1, correction2 = 1 - beta1**step, 1 - beta2**step
        longest = 2 / (1 - beta2) - 1
        length = longest - 2 * step * (beta2**step) / correction2
        rectified = length > _TRUSTED_LENGTH
        rectification = _rectification(length, longest) if rectified else 1.0
        scalars = (lr_of(group), decay, beta1, beta2, group["eps"], correction1)
        apply_update(
            rules.RADAM,
            param,
            grad,
            (state["exp_avg"], state["exp_avg_sq"]),
            (*scalars, correction2**0.5, rectification),
            (group["maximize"], decay != 0, group["decoupled_weight_decay"], rectified),
            group["differentiable"],
        )


def _rectification(length: float, longest: float) -> float:
    above = (length - 4) * (length - 2) * longest
    below = (longest - 4) * (longest - 2) * length
    return (above / below) ** 0.5
