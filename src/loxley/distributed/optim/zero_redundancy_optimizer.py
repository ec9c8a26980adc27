"""`ZeroRedundancyOptimizer`: each process keeps its part of the state; one process keeps all.

Source: https://docs.pytorch.org/docs/2.13/distributed.optim.html
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ...optim import Optimizer
from ..groups import default_group


class ZeroRedundancyOptimizer(Optimizer):
    """Wraps `optimizer_class(params, **defaults)`.

    NotImplementedError for `overlap_with_ddp` and `parameters_as_bucket_view`.
    """

    def __init__(
        self,
        params: Any,
        optimizer_class: type[Optimizer],
        process_group: Any = None,
        parameters_as_bucket_view: bool = False,
        overlap_with_ddp: bool = False,
        **defaults: Any,
    ) -> None:
        asked = {
            "parameters_as_bucket_view": parameters_as_bucket_view,
            "overlap_with_ddp": overlap_with_ddp,
        }
        for name, value in asked.items():
            if value:
                raise NotImplementedError(
                    f"torch.distributed.optim.ZeroRedundancyOptimizer: argument '{name}'"
                )
        self.process_group = default_group() if process_group is None else process_group
        self.world_size, self.rank, self.global_rank = 1, 0, 0
        self._consolidated = False
        self.optim = optimizer_class(params, **defaults)
        super().__init__(self.optim.param_groups, dict(defaults))
        self.param_groups, self.state = self.optim.param_groups, self.optim.state

    def add_param_group(self, param_group: dict) -> None:
        """Adds a group to the wrapped optimizer."""
        if any(param_group is known for known in self.optim.param_groups):
            self.param_groups.append(param_group)
        else:
            self.optim.add_param_group(param_group)

    def step(self, closure: Callable | None = None, **kwargs: Any) -> Any:
        """A step of the wrapped optimizer."""
        return self.optim.step(closure, **kwargs) if closure else self.optim.step(**kwargs)

    def consolidate_state_dict(self, to: int = 0) -> None:
        """Gathers the parts of the state on one process: they are here."""
        if to != 0:
            raise RuntimeError(f"rank {to} is not in the group")
        self._consolidated = True

    def state_dict(self) -> dict:
        """The wrapped optimizer's; RuntimeError before `consolidate_state_dict`."""
        if not self._consolidated:
            raise RuntimeError(
                "Optimizer state has not been consolidated on this rank. Please call "
                "`consolidate_state_dict(to=0)` on all ranks beforehand if you meant to save the "
                "global state."
            )
        self._consolidated = False
        return self.optim.state_dict()

    def load_state_dict(self, state_dict: dict) -> None:
        """Gives a state to the wrapped optimizer."""
        self.optim.load_state_dict(state_dict)
        self.param_groups, self.state = self.optim.param_groups, self.optim.state
