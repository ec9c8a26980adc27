"""`torch.distributed` before any process group exists: this process alone."""

from __future__ import annotations

from typing import Any


def is_available() -> bool:
    """False: process groups are not there yet."""
    return False


def is_initialized() -> bool:
    """False: no process group was made."""
    return False


def is_torchelastic_launched() -> bool:
    """False: this process was started by itself."""
    return False


def init_process_group(*args: Any, **kwargs: Any) -> None:
    """NotImplementedError: process groups are not there yet."""
    raise NotImplementedError("torch.distributed.init_process_group is not implemented")


def _uninitialized(*args: Any, **kwargs: Any) -> Any:
    raise ValueError(
        "Default process group has not been initialized, please make sure to call "
        "init_process_group."
    )


get_rank = get_world_size = barrier = all_reduce = broadcast = all_gather = _uninitialized
destroy_process_group = reduce = gather = scatter = _uninitialized
