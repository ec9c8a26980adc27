"""`torch.mtia` on a machine without Meta's accelerator."""

from __future__ import annotations

from typing import Any, NoReturn

from .devices import ignored_states, no_states

get_rng_state_all, set_rng_state_all = no_states, ignored_states


def _absent(what: str) -> NoReturn:
    raise RuntimeError(f"Cannot execute {what}() without MTIA backend.")


def is_available() -> bool:
    """False."""
    return False


def is_initialized() -> bool:
    """False."""
    return False


def device_count() -> int:
    """0."""
    return 0


def manual_seed(seed: int) -> None:
    """Without effect where there is no such device."""
    int(seed)


manual_seed_all = manual_seed


def current_device() -> int:
    """RuntimeError: there is no such device."""
    _absent("getCurrentDevice")


def synchronize(device: Any = None) -> None:
    """RuntimeError: there is no such device."""
    _absent("getCurrentDevice" if device is None else "maybeExchangeDevice")


def empty_cache() -> None:
    """RuntimeError: there is no such device."""
    _absent("emptyCache")


def memory_allocated(device: Any = None) -> int:
    """0: nothing is allocated on a device that is not there."""
    return 0


max_memory_allocated = memory_allocated
