"""`DistributedOptimizer`: an optimizer on each worker that owns parameters.

Source: https://docs.pytorch.org/docs/2.13/distributed.optim.html
"""

from __future__ import annotations

from typing import Any

from ..autograd import get_gradients
from ..rpc.api import RRef


class DistributedOptimizer:
    """Steps with the gradients of a `torch.distributed.autograd` context.

    In: an optimizer's class, `RRef`s of the parameters, the optimizer's arguments.
    """

    def __init__(
        self, optimizer_class: type, params_rref: list[RRef], *args: Any, **kwargs: Any
    ) -> None:
        self.params = [reference.local_value() for reference in params_rref]
        self.optimizer = optimizer_class(self.params, *args, **kwargs)
        self.is_functional_optim = False

    def step(self, context_id: int) -> None:
        """One step; parameters without a gradient in the context stay."""
        found = {id(leaf): gradient for leaf, gradient in get_gradients(context_id).items()}
        before = [p.grad for p in self.params]
        for p in self.params:
            p.grad = found.get(id(p))
        try:
            self.optimizer.step()
        finally:
            for p, gradient in zip(self.params, before):
                p.grad = gradient
