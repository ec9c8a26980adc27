"""Adafactor: second moments kept as one row and one column per matrix.

Source: Shazeer and Stern, https://arxiv.org/abs/1804.04235;
https://docs.pytorch.org/docs/2.13/generated/torch.optim.Adafactor.html
"""

from __future__ import annotations

from typing import Any

from ..numeric_limits import finfo
from ..ops.optim import matrix
from ..tensor import Tensor, zeros
from .applying import advance, new_count, number_of, record_op
from .optimizer import ParamsT
from .rule_optimizer import RuleOptimizer, check

__all__ = ["Adafactor"]


class Adafactor(RuleOptimizer):
    """Steps of relative size by the gradient over its factored root mean square, clipped at d."""

    _later_options = {"foreach": None}

    def __init__(
        self,
        params: ParamsT,
        lr: float | Tensor = 1e-2,
        beta2_decay: float = -0.8,
        eps: tuple[float | None, float] = (None, 1e-3),
        d: float = 1.0,
        weight_decay: float = 0.0,
        *,
        foreach: bool | None = None,
        maximize: bool = False,
    ) -> None:
        if isinstance(lr, Tensor) and lr.numel() != 1:
            raise ValueError("Tensor lr must be 1-element")
        check(lr, 0.0 <= lr, "Learning rate should be >= 0 but is")
        check(beta2_decay, 0.0 >= beta2_decay, "beta2_decay should be <= 0 but is")
        check(eps[0], eps[0] is None or 0.0 <= eps[0], "epsilon1 should be >= 0 but is")
        check(eps[1], 0.0 <= eps[1], "epsilon2 should be >= 0 but is")
        check(d, 1.0 <= d, "Clipping threshold d should be >= 1 but is")
        check(weight_decay, 0.0 <= weight_decay, "weight_decay should be >= 0 but is")
        defaults = {
            "lr": lr,
            "beta2_decay": beta2_decay,
            "eps": eps,
            "d": d,
            "weight_decay": weight_decay,
            "foreach": foreach,
            "maximize": maximize,
        }
        super().__init__(params, defaults)

    def _start_state(self, group: dict[str, Any], param: Tensor, state: dict[str, Any]) -> None:
        if param.is_complex():
            raise RuntimeError("Adafactor does not support complex parameters")
        state["step"] = new_count()
        shape, kind = tuple(param.shape), param.dtype
        if len(shape) > 1:
            state["row_var"] = zeros((*shape[:-1], 1), dtype=kind)
            state["col_var"] = zeros((*shape[:-2], 1, shape[-1]), dtype=kind)
        else:
            state["variance"] = zeros(shape, dtype=kind)

    def _update(self, group: dict, param: Tensor, grad: Tensor, state: dict[str, Any]) -> None:
        step, lr = advance(state["step"]), number_of(group["lr"])
        eps1, eps2 = group["eps"]
        if eps1 is None:
            eps1 = finfo(param.dtype).eps
        weight = step ** group["beta2_decay"]
        rate = min(lr, 1 / step**0.5)
        scalars = (lr, group["weight_decay"], weight, eps1, eps2, group["d"], rate)
        flags = (group["maximize"],)
        if param.dim() > 1:
            buffers = (state["row_var"], state["col_var"])
            record_op(matrix.ADAFACTOR, param, grad, buffers, scalars, flags)
        else:
            buffers = (state["variance"],)
            record_op(matrix.ADAFACTOR_VECTOR, param, grad, buffers, scalars, flags)
