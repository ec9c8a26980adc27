"""`torch.mps` on a machine without Metal."""

from __future__ import annotations

from typing import Any, NoReturn


def _absent(what: str) -> NoReturn:
    raise RuntimeError(f"Cannot execute {what}() without MPS backend.")


def is_available() -> bool:
    """False."""
    return False


def device_count() -> int:
    """0."""
    return 0


def manual_seed(seed: int) -> None:
    """Without effect where there is no such device."""
    int(seed)


def empty_cache() -> None:
    """RuntimeError: there is no such device."""
    _absent("emptyCache")


def synchronize() -> None:
    """RuntimeError: there is no such device."""
    _absent("deviceSynchronize")


def get_rng_state(device: Any = "mps") -> Any:
    """RuntimeError: there is no such device."""
    _absent("getDefaultGenerator")


def set_rng_state(new_state: Any, device: Any = "mps") -> None:
    """RuntimeError: there is no such device."""
    _absent("getDefaultGenerator")


def current_allocated_memory() -> int:
    """RuntimeError: there is no such device."""
    _absent("getCurrentAllocatedMemory")


def driver_allocated_memory() -> int:
    """RuntimeError: there is no such device."""
    _absent("getDriverAllocatedMemory")


def recommended_max_memory() -> int:
    """RuntimeError: there is no such device."""
    _absent("getRecommendedMaxMemory")
