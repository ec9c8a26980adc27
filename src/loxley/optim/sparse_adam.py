"""SparseAdam: Adam for sparse gradients, of which there are none here.

Source: https://docs.pytorch.org/docs/2.13/generated/torch.optim.SparseAdam.html
"""

from __future__ import annotations

from collections.abc import Callable

from ..autograd import enable_grad
from ..tensor import Tensor
from .optimizer import Optimizer, ParamsT, _use_grad_for_differentiable
from .rule_optimizer import check, check_betas

__all__ = ["SparseAdam"]


class SparseAdam(Optimizer):
    """Accepts dense parameters, and refuses dense gradients as PyTorch does: all ours are dense."""

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
        """Raises RuntimeError for the first gradient there is."""
        loss = None
        if closure is not None:
            with enable_grad():
                loss = closure()
        if any(p.grad is not None for group in self.param_groups for p in group["params"]):
            raise RuntimeError(
                "SparseAdam does not support dense gradients, please consider Adam instead"
            )
        return loss
