"""SparseAdam: Adam that moves only the elements a sparse gradient names.

Source: https://docs.pytorch.org/docs/2.13/generated/torch.optim.SparseAdam.html
"""

from __future__ import annotations

import math
from collections.abc import Callable

from ..autograd import enable_grad
from ..tensor import Tensor, zeros_like
from .optimizer import Optimizer, ParamsT, _use_grad_for_differentiable
from .rule_optimizer import check, check_betas

__all__ = ["SparseAdam"]


class SparseAdam(Optimizer):
    """Lazy Adam for dense parameters with sparse gradients; dense gradients are a RuntimeError."""

    def __init__(
        self,
        params: ParamsT,
        lr: float | Tensor = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        maximize: bool = False,
    ) -> None:
        if isinstance(lr, Tensor) and lr.numel() != 1:
            raise ValueError("Tensor lr must be 1-element")
        check(lr, 0.0 < lr, "Invalid learning rate")
        check(eps, 0.0 < eps, "Invalid epsilon value")
        check_betas(betas)
        super().__init__(params, {"lr": lr, "betas": betas, "eps": eps, "maximize": maximize})
        sparse = [
            [i, j]
            for i, group in enumerate(self.param_groups)
            for j, p in enumerate(group["params"])
            if p.is_sparse
        ]
        if sparse:
            raise ValueError(
                f"Sparse params at indices {sparse}: SparseAdam requires dense parameter tensors"
            )
        found = [
            [i, j]
            for i, group in enumerate(self.param_groups)
            for j, p in enumerate(group["params"])
            if p.is_complex()
        ]
        if found:
            raise ValueError(
                f"Complex params at indices {found}: SparseAdam does not support complex parameters"
            )

    @_use_grad_for_differentiable
    def step(self, closure: Callable[[], float] | None = None) -> float | None:
        """One update of every parameter that has a gradient."""
        loss = None
        if closure is not None:
            with enable_grad():
                loss = closure()
        for group in self.param_groups:
            for p in group["params"]:
                if p.grad is None:
                    continue
                if not p.grad.is_sparse:
                    raise RuntimeError(
                        "SparseAdam does not support dense gradients, please consider Adam instead"
                    )
                self._update(p, group)
        return loss

    def _update(self, p: Tensor, group: dict) -> None:
        """m and v decay where the gradient is, then p moves there; elsewhere nothing changes."""
        state = self.state[p]
        if not state:
            state["step"] = 0
            state["exp_avg"], state["exp_avg_sq"] = zeros_like(p), zeros_like(p)
        state["step"] += 1
        gradient = p.grad.coalesce()
        values = gradient.values()
        if values.numel() == 0:
            return
        if group["maximize"]:
            values = -values
        where = tuple(gradient.indices().unbind(0))
        beta1, beta2 = group["betas"]
        m, v = state["exp_avg"], state["exp_avg_sq"]
        m_new = m[where] + (values - m[where]) * (1 - beta1)
        v_new = v[where] + (values * values - v[where]) * (1 - beta2)
        m.index_put_(where, m_new)
        v.index_put_(where, v_new)
        correction1, correction2 = 1 - beta1 ** state["step"], 1 - beta2 ** state["step"]
        size = group["lr"] * math.sqrt(correction2) / correction1
        step = m_new / (v_new.sqrt() + group["eps"]) * -size
        p.index_put_(where, step, accumulate=True)
