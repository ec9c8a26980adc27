"""PowerSGD, named: compressing gradients by low-rank products is not implemented."""

from __future__ import annotations

from typing import Any, NoReturn

__all__ = ["PowerSGDState", "batched_powerSGD_hook", "powerSGD_hook"]


class PowerSGDState:
    """NotImplementedError."""

    def __init__(
        self,
        process_group: Any,
        matrix_approximation_rank: int = 1,
        start_powerSGD_iter: int = 1_000,  # noqa: N803 - PyTorch's name
        min_compression_rate: float = 2,
        use_error_feedback: bool = True,
        warm_start: bool = True,
        orthogonalization_epsilon: float = 0,
        random_seed: int = 0,
        compression_stats_logging_frequency: int = 10_000,
        batch_tensors_with_same_shape: bool = False,
    ) -> None:
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
