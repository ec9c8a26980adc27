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


current_device_index = set_device_index = current_device_idx = set_device_idx = synchronize
