"""Stochastic gradient descent, with momentum, dampening and Nesterov's variant.

Source: https://docs.pytorch.org/docs/2.13/generated/torch.optim.SGD.html
"""

from __future__ import annotations

from typing import Any

from ..ops.optim import elementwise as rules
from ..tensor import Tensor, zeros_like
from ..tensor.sparse_gradients import SparseTensor, add_into, added
from .applying import apply_update, number_of
from .optimizer import ParamsT
from .rule_optimizer import RuleOptimizer, check, check_lr, lr_of

__all__ = ["SGD"]


class SGD(RuleOptimizer):
    """b <- momentum b + (1 - dampening) g;  p <- p - lr b  (g + momentum b with `nesterov`)."""

    _differentiates_foreach = True
    _later_options = {
        "nesterov": False,
        "maximize": False,
        "foreach": None,
        "differentiable": False,
        "fused": False,
    }

    def __init__(
        self,
        params: ParamsT,
        lr: float | Tensor = 1e-3,
        momentum: float = 0,
        dampening: float = 0,
        weight_decay: float | Tensor = 0,
        nesterov: bool = False,
        *,
        maximize: bool = False,
        foreach: bool | None = None,
        differentiable: bool = False,
        fused: bool | None = None,
    ) -> None:
        check_lr(lr)
        check(momentum, momentum >= 0.0, "Invalid momentum value")
        check(weight_decay, weight_decay >= 0.0, "Invalid weight_decay value")
        defaults = {
            "lr": lr,
            "momentum": momentum,
            "dampening": dampening,
            "weight_decay": weight_decay,
            "nesterov": nesterov,
            "maximize": maximize,
            "foreach": foreach,
            "differentiable": differentiable,
            "fused": fused,
        }
        if nesterov and (momentum <= 0 or dampening != 0):
            raise ValueError("Nesterov momentum requires a momentum and zero dampening")
        super().__init__(params, defaults)
        self._set_up_fused(fused, foreach, differentiable)

    def _has_state(self, group: dict[str, Any]) -> bool:
        return group["momentum"] != 0

    def _start_state(self, group: dict[str, Any], param: Tensor, state: dict[str, Any]) -> None:
        """Nothing yet: the first gradient becomes the buffer."""

    def _update(self, group: dict, param: Tensor, grad: Tensor, state: dict[str, Any]) -> None:
        differentiable = group["differentiable"]
        decay = group["weight_decay"] if differentiable else number_of(group["weight_decay"])
        flags = (group["maximize"], bool(decay != 0))
        scalars = (lr_of(group), decay)
        if group["momentum"] == 0:
            apply_update(rules.SGD, param, grad, (), scalars, flags, differentiable)
            return
        first = state.get("momentum_buffer") is None
        if first:
            state["momentum_buffer"] = zeros_like(grad).detach()
        apply_update(
            rules.SGD_MOMENTUM,
            param,
            grad,
            (state["momentum_buffer"],),
            (*scalars, group["momentum"], group["dampening"]),
            (*flags, group["nesterov"], first),
            differentiable,
        )

    def _update_sparsely(
        self, group: dict, param: Tensor, grad: SparseTensor, state: dict[str, Any]
    ) -> None:
        """As of a dense gradient, on the elements that the gradient and the buffer hold."""
        if number_of(group["weight_decay"]):
            raise RuntimeError(
                "add(sparse, dense) is not supported. Use add(dense, sparse) instead."
            )
        momentum = group["momentum"]
        moved = -grad if group["maximize"] else grad
        if momentum:
            before = state.get("momentum_buffer")
            fresh = moved if before is None else moved * (1 - group["dampening"])
            buffer = fresh.clone() if before is None else added(before * momentum, fresh)
            state["momentum_buffer"] = buffer
            moved = added(moved, buffer * momentum) if group["nesterov"] else buffer
        add_into(param, moved, -lr_of(group))
