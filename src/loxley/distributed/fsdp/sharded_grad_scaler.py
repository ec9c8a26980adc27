"""`ShardedGradScaler`: a `GradScaler` whose processes agree on what is infinite."""

from __future__ import annotations

from typing import Any

from ...amp.grad_scaler import GradScaler
from ..groups import default_group


class ShardedGradScaler(GradScaler):
    """As `GradScaler`, with the default process group; one process agrees with itself."""

    def __init__(
        self,
        device: str = "cuda",
        init_scale: float = 2.0**16,
        backoff_factor: float = 0.5,
        growth_factor: float = 2.0,
        growth_interval: int = 2000,
        enabled: bool = True,
        process_group: Any = None,
    ) -> None:
        group = default_group() if process_group is None else process_group
        super().__init__(
            device, init_scale, growth_factor, backoff_factor, growth_interval, enabled
        )
        if self._enabled:
            self.process_group = group
