"""`torch.cuda` as it is on a machine without a CUDA device. Source: torch.cuda documentation."""

from __future__ import annotations

from typing import Any, NoReturn

from . import amp

__all__ = [
    "amp",
    "current_device",
    "device_count",
    "empty_cache",
    "get_device_name",
    "is_available",
    "is_bf16_supported",
    "is_initialized",
    "manual_seed",
    "manual_seed_all",
    "max_memory_allocated",
    "max_memory_reserved",
    "memory_allocated",
    "memory_reserved",
    "reset_peak_memory_stats",
    "seed",
    "seed_all",
    "set_device",
    "synchronize",
]


def _absent() -> NoReturn:
    raise AssertionError("Torch not compiled with CUDA enabled")


def is_available() -> bool:
    """False: only the CPU computes here."""
    return False


def is_initialized() -> bool:
    """False: there is no CUDA state."""
    return False


def is_bf16_supported(including_emulation: bool = True) -> bool:
    """False: there is no CUDA device."""
    return False


def device_count() -> int:
    """0."""
    return 0


def manual_seed(seed: int) -> None:
    """Accepted and without effect where there is no CUDA device, as in PyTorch."""
    int(seed)


manual_seed_all = manual_seed


def seed() -> None:
    """Without effect where there is no CUDA device."""


seed_all = seed


def empty_cache() -> None:
    """Without effect where CUDA was never initialized."""


def current_device() -> int:
    """AssertionError: there is no CUDA device."""
    _absent()


def get_device_name(device: Any = None) -> str:
    """AssertionError: there is no CUDA device."""
    _absent()


get_device_properties = get_device_capability = current_stream = get_device_name


def set_device(device: Any) -> None:
    """AssertionError for a device that is not there; negative indices are ignored."""
    if not (isinstance(device, int) and device < 0):
        _absent()


def synchronize(device: Any = None) -> None:
    """AssertionError: there is no CUDA device."""
    _absent()


def memory_allocated(device: Any = None) -> int:
    """0: nothing is allocated on a device that is not there."""
    return 0


max_memory_allocated = memory_reserved = max_memory_reserved = memory_allocated


def reset_peak_memory_stats(device: Any = None) -> None:
    """AssertionError: there is no CUDA device."""
    _absent()


reset_max_memory_allocated = reset_peak_memory_stats


class Event:
    """A marker in a CUDA stream; AssertionError here."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        _absent()


class Stream(Event):
    """A queue of CUDA work; AssertionError here."""
