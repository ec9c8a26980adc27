"""Moving batches among GPUs: named, not implemented, for there are no GPUs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any


def _no_devices(name: str) -> NotImplementedError:
    return NotImplementedError(f"torch.nn.parallel.{name} is not implemented: there are no GPUs")


def scatter(inputs: Any, target_gpus: Sequence[Any], dim: int = 0) -> Any:
    """Would divide `inputs` among GPUs."""
    raise _no_devices("scatter")


def gather(outputs: Any, target_device: Any, dim: int = 0) -> Any:
    """Would join outputs on one GPU."""
    raise _no_devices("gather")


def replicate(network: Any, devices: Sequence[Any], detach: bool = False) -> Any:
    """Would copy a module to GPUs."""
    raise _no_devices("replicate")


def parallel_apply(
    modules: Sequence[Any],
    inputs: Sequence[Any],
    kwargs_tup: Sequence[Any] | None = None,
    devices: Sequence[Any] | None = None,
) -> Any:
    """Would call replicas at the same time."""
    raise _no_devices("parallel_apply")
