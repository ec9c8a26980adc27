"""`torch.mps` on a machine without Metal."""

from __future__ import annotations


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
