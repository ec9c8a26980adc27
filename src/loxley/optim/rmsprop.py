"""RMSprop: steps by the gradient over the root of its running mean square.

Source: Hinton, https://www.cs.toronto.edu/~tijmen/csc321/slides/lecture_slides_lec6.pdf; centered:
Graves, https://arxiv.org/abs/1308.0850;
https://docs.pytorch.org/docs/2.13/generated/torch.optim.RMSprop.html
"""

from __future__ import annotations

from typing import Any

from ..ops.optim import elementwise as rules
from ..tensor import Tensor, zeros_like
from .applying import advance, apply_update, new_count
from .optimizer import ParamsT
from .rule_optimizer import RuleOptimizer, check, check_lr, lr_of

__all__ = ["RMSprop"]

# By (centered, with momentum): the rule and the state that it keeps.
_VARIANTS = {
    (False, False): (rules.RMSPROP, ("square_avg",)),
    (False, True): (rules.RMSPROP_MOMENTUM, ("square_avg", "momentum_buffer")),
    (True, False): (rules.RMSPROP_CENTERED, ("square_avg", "grad_avg")),
    (True, True): (
        rules.RMSPROP_CENTERED_MOMENTUM,
        ("square_avg", "momentum_buffer", "grad_avg"),
    ),
}


class RMSprop(RuleOptimizer):
    """v <- running mean of g^2;  p <- p - lr g / (sqrt(v) + eps), with momentum where asked."""

    _later_options = {
        "momentum": 0,
        "centered": False,
        "foreach": None,
        "maximize": False,
        "differentiable": False,
        "capturable": False,
    }

    def __init__(
        self,
        params: ParamsT,
        lr: float | Tensor = 1e-2,
        alpha: float = 0.99,
        eps: float = 1e-8,
        weight_decay: float = 0,
        momentum: float = 0,
        centered: bool = False,
        capturable: bool = False,
        foreach: bool | None = None,
        maximize: bool = False,
        differentiable: bool = False,
    ) -> None:
        check_lr(lr)
        check(eps, 0.0 <= eps, "Invalid epsilon value")
        check(momentum, 0.0 <= momentum, "Invalid momentum value")
        check(weight_decay, 0.0 <= weight_decay, "Invalid weight_decay value")
        check(alpha, 0.0 <= alpha, "Invalid alpha value")
        defaults = {
            "lr": lr,
            "momentum": momentum,
            "alpha": alpha,
            "eps": eps,
            "centered": centered,
            "weight_decay": weight_decay,
            "capturable": capturable,
            "foreach": foreach,
            "maximize": maximize,
            "differentiable": differentiable,
        }
        super().__init__(params, defaults)

    def _start_state(self, group: dict[str, Any], param: Tensor, state: dict[str, Any]) -> None:
        state["step"] = new_count()
        for name in _VARIANTS[bool(group["centered"]), group["momentum"] > 0][1]:
            state[name] = zeros_like(param).detach()

    def _update(self, group: dict, param: Tensor, grad: Tensor, state: dict[str, Any]) -> None:
        advance(state["step"])
        update, names = _VARIANTS[bool(group["centered"]), group["momentum"] > 0]
        decay = group["weight_decay"]
        apply_update(
            update,
            param,
            grad,
            [state[name] for name in names],
            (lr_of(group), decay, group["alpha"], group["eps"], group["momentum"]),
            (group["maximize"], decay != 0),
            group["differentiable"],
        )
