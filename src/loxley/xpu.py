"""`torch.xpu` on a machine without an Intel GPU."""

from __future__ import annotations

from collections import OrderedDict
from typing import Any, NoReturn

from .devices import ignored_states, no_states

get_rng_state_all, set_rng_state_all = no_states, ignored_states


def _absent() -> NoReturn:
    raise AssertionError("Torch not compiled with XPU enabled")


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
    """Without effect where there is no such device."""


manual_seed_all = manual_seed


def is_initialized() -> bool:
    """False: there is no XPU state."""
    return False


def is_bf16_supported(including_emulation: bool = True) -> bool:
    """False: there is no XPU device."""
    return False


def current_device() -> int:
    """AssertionError: there is no XPU device."""
    _absent()


def get_device_name(device: Any = None) -> str:
    """AssertionError: there is no XPU device."""
    _absent()


def synchronize(device: Any = None) -> None:
    """AssertionError: there is no XPU device."""
    _absent()


def set_device(device: Any) -> None:
    """AssertionError: there is no XPU device."""
    _absent()


def mem_get_info(device: Any = None) -> tuple[int, int]:
    """AssertionError: there is no XPU device."""
    _absent()


get_device_properties = get_device_capability = current_stream = get_device_name


def get_rng_state(device: Any = "xpu") -> Any:
    """AssertionError: there is no XPU device."""
    _absent()


def set_rng_state(new_state: Any, device: Any = "xpu") -> None:
    """Kept by PyTorch until XPU is initialized, which never happens here."""


def memory_allocated(device: Any = None) -> int:
    """0: nothing is allocated on a device that is not there."""
    return 0


max_memory_allocated = memory_reserved = max_memory_reserved = memory_allocated


def memory_stats(device: Any = None) -> OrderedDict[str, Any]:
    """Empty: nothing was counted."""
    return OrderedDict()
