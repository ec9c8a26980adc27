"""PowerSGD, named: compressing gradients by low-rank products is not implemented."""

from __future__ import annotations

from typing import Any, NoReturn

__all__ = ["PowerSGDState", "batched_powerSGD_hook", "powerSGD_hook"]


class PowerSGDState:
    """NotImplementedError."""

    def __init__(self, process_group: Any, *args: Any, **kwargs: Any) -> None:
        raise NotImplementedError(
            "torch.distributed.algorithms.ddp_comm_hooks.powerSGD_hook.PowerSGDState "
            "is not implemented"
        )


def powerSGD_hook(state: PowerSGDState, bucket: Any) -> NoReturn:  # noqa: N802
    """NotImplementedError."""
    raise NotImplementedError("torch.distributed: powerSGD_hook is not implemented")


def batched_powerSGD_hook(state: PowerSGDState, bucket: Any) -> NoReturn:  # noqa: N802
    """NotImplementedError."""
    raise NotImplementedError("torch.distributed: batched_powerSGD_hook is not implemented")
