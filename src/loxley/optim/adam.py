"""Adam: steps by the gradient's running mean over the root of its running mean square.

Source: Kingma and Ba, https://arxiv.org/abs/1412.6980; AMSGrad: https://arxiv.org/abs/1904.09237;
https://docs.pytorch.org/docs/2.13/generated/torch.optim.Adam.html
"""

from __future__ import annotations

from typing import Any

from ..ops.optim import elementwise as rules
from ..tensor import Tensor, zeros_like
from .applying import advance, apply_update, new_count, number_of
from .optimizer import ParamsT
from .rule_optimizer import RuleOptimizer, check, check_betas, check_lr, lr_of

__all__ = ["Adam"]


class Adam(RuleOptimizer):
    """m, v <- running means of g and g^2;  p <- p - lr m^ / (sqrt(v^) + eps)."""

    _dense_only = "Adam does not support sparse gradients, please consider SparseAdam instead"
    _later_options = {
        "amsgrad": False,
        "maximize": False,
        "foreach": None,
        "capturable": False,
        "differentiable": False,
        "decoupled_weight_decay": False,
        "fused": None,
    }

    def __init__(
        self,
        params: ParamsT,
        lr: float | Tensor = 1e-3,
        betas: tuple[float | Tensor, float | Tensor] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0,
        amsgrad: bool = False,
        *,
        foreach: bool | None = None,
        maximize: bool = False,
        capturable: bool = False,
        differentiable: bool = False,
        fused: bool | None = None,
        decoupled_weight_decay: bool = False,
    ) -> None:
        _check_one_element("lr", lr, foreach, capturable)
        check_lr(lr)
        check(eps, 0.0 <= eps, "Invalid epsilon value")
        check_betas(betas)
        check(weight_decay, 0.0 <= weight_decay, "Invalid weight_decay value")
        if isinstance(betas[0], Tensor) != isinstance(betas[1], Tensor):
            raise ValueError("betas must be either both floats or both Tensors")
        for i in range(2):
            _check_one_element(f"betas[{i}]", betas[i], foreach, capturable)
        defaults = {
            "lr": lr,
            "betas": betas,
            "eps": eps,
            "weight_decay": weight_decay,
            "amsgrad": amsgrad,
            "maximize": maximize,
            "foreach": foreach,
            "capturable": capturable,
            "differentiable": differentiable,
            "fused": fused,
            "decoupled_weight_decay": decoupled_weight_decay,
        }
        super().__init__(params, defaults)
        self._set_up_fused(fused, foreach, differentiable)

    def _start_state(self, group: dict[str, Any], param: Tensor, state: dict[str, Any]) -> None:
        state["step"] = new_count(0.0, group["fused"])
        state["exp_avg"] = zeros_like(param).detach()
        state["exp_avg_sq"] = zeros_like(param).detach()
        if group["amsgrad"]:
            state["max_exp_avg_sq"] = zeros_like(param).detach()

    def _update(self, group: dict, param: Tensor, grad: Tensor, state: dict[str, Any]) -> None:
        step = advance(state["step"])
        lr, betas, decay = lr_of(group), group["betas"], group["weight_decay"]
        beta1, beta2 = betas if group["differentiable"] else map(number_of, betas)
        correction1, correction2 = 1 - beta1**step, 1 - beta2**step
        scalars = (lr, decay, beta1, beta2, group["eps"], lr / correction1, correction2**0.5)
        flags = (group["maximize"], decay != 0, group["decoupled_weight_decay"])
        update, buffers = rules.ADAM, (state["exp_avg"], state["exp_avg_sq"])
        if group["amsgrad"]:
            update, buffers = rules.ADAM_AMSGRAD, (*buffers, state["max_exp_avg_sq"])
        apply_update(update, param, grad, buffers, scalars, flags, group["differentiable"])


def _check_one_element(name: str, value: Any, foreach: bool | None, capturable: bool) -> None:
    if not isinstance(value, Tensor):
        return
    if foreach and not capturable:
        raise ValueError(
            f"{name} as a Tensor is not supported for capturable=False and foreach=True"
        )
    if value.numel() != 1:
        raise ValueError(f"Tensor {name} must be 1-element")
