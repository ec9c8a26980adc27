"""Adagrad: steps that shrink with all the gradients that an element has seen.

Source: Duchi, Hazan and Singer, https://jmlr.org/papers/v12/duchi11a.html;
https://docs.pytorch.org/docs/2.13/generated/torch.optim.Adagrad.html
"""

from __future__ import annotations

from typing import Any

from ..ops.optim import elementwise as rules
from ..tensor import Tensor, full_like
from ..tensor.sparse_gradients import SparseTensor
from .applying import advance, apply_update, new_count
from .optimizer import ParamsT
from .rule_optimizer import RuleOptimizer, check, check_lr, lr_of

__all__ = ["Adagrad"]


class Adagrad(RuleOptimizer):
    """s <- s + g^2;  p <- p - lr / (1 + (t - 1) lr_decay) g / (sqrt(s) + eps)."""

    _later_options = {"foreach": None, "maximize": False, "differentiable": False, "fused": None}

    def __init__(
        self,
        params: ParamsT,
        lr: float | Tensor = 1e-2,
        lr_decay: float = 0,
        weight_decay: float = 0,
        initial_accumulator_value: float = 0,
        eps: float = 1e-10,
        foreach: bool | None = None,
        *,
        maximize: bool = False,
        differentiable: bool = False,
        fused: bool | None = None,
    ) -> None:
        check_lr(lr)
        check(lr_decay, 0.0 <= lr_decay, "Invalid lr_decay value")
        check(weight_decay, 0.0 <= weight_decay, "Invalid weight_decay value")
        start = initial_accumulator_value
        check(start, 0.0 <= start, "Invalid initial_accumulator_value value")
        check(eps, 0.0 <= eps, "Invalid epsilon value")
        defaults = {
            "lr": lr,
            "lr_decay": lr_decay,
            "eps": eps,
            "weight_decay": weight_decay,
            "initial_accumulator_value": initial_accumulator_value,
            "foreach": foreach,
            "maximize": maximize,
            "differentiable": differentiable,
            "fused": fused,
        }
        super().__init__(params, defaults)
        self._set_up_fused(fused, foreach, differentiable)
        for group in self.param_groups:
            for p in group["params"]:
                self._start_state(group, p, self.state[p])

    def _start_state(self, group: dict[str, Any], param: Tensor, state: dict[str, Any]) -> None:
        start = group["initial_accumulator_value"]
        state["step"] = new_count(0.0, group["fused"])
        filled = complex(start, start) if param.is_complex() else start
        state["sum"] = full_like(param, filled).detach()

    def share_memory(self) -> None:
        """Move the state to shared memory, for training in several processes."""
        for group in self.param_groups:
            for p in group["params"]:
                self.state[p]["sum"].share_memory_()

    def _update(self, group: dict, param: Tensor, grad: Tensor, state: dict[str, Any]) -> None:
        step = advance(state["step"])
        decay = group["weight_decay"]
        step_size = lr_of(group) / (1 + (step - 1) * group["lr_decay"])
        apply_update(
            rules.ADAGRAD,
            param,
            grad,
            (state["sum"],),
            (decay, group["eps"], step_size),
            (group["maximize"], decay != 0),
            group["differentiable"],
        )

    def _update_sparsely(
        self, group: dict, param: Tensor, grad: SparseTensor, state: dict[str, Any]
    ) -> None:
        """As of a dense gradient, on the elements that the gradient holds."""
        step = advance(state["step"])
        if group["weight_decay"] != 0:
            raise RuntimeError("weight_decay option is not compatible with sparse gradients")
        grad = (-grad if group["maximize"] else grad).coalesce()
        places, values = tuple(grad.indices().unbind(0)), grad.values()
        state["sum"].index_put_(places, values * values, accumulate=True)
        deviation = state["sum"][places].sqrt_().add_(group["eps"])
        step_size = lr_of(group) / (1 + (step - 1) * group["lr_decay"])
        param.index_put_(places, values / deviation * -step_size, accumulate=True)
