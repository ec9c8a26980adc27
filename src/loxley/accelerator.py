"""`torch.accelerator` on a machine that has none."""

from __future__ import annotations

from typing import Any


def is_available() -> bool:
    """False: only the CPU computes here."""
    return False


def current_accelerator(check_available: bool = False) -> Any:
    """None: there is no accelerator."""
    return None


def device_count() -> int:
    """0."""
    return 0


def synchronize(device: Any = None) -> None:
    """RuntimeError: there is no accelerator to wait for."""
    raise RuntimeError("Cannot access accelerator device when none is available.")


def set_device_index(device: Any, /) -> None:
    """RuntimeError: there is no accelerator to choose."""
    synchronize(device)


set_device_idx = set_device_index
current_device_index = current_device_idx = synchronize
empty_cache = memory_allocated = max_memory_allocated = memory_reserved = synchronize
memory_stats = get_memory_info = current_stream = synchronize


class device_index:  # noqa: N801 - PyTorch's name
    """A block that works on a device; without effect for None, RuntimeError for any other."""

    def __init__(self, device: int | None, /) -> None:
        self.idx = device

    def __enter__(self) -> None:
        if self.idx is not None:
            synchronize(self.idx)

    def __exit__(self, *exc: object) -> None:
        pass
