"""`torch.cpu`: the CPU seen as one device, so that code for any device runs on it.

Source: https://docs.pytorch.org/docs/2.13/cpu.html
"""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from typing import Any

from . import amp

__all__ = [
    "Stream",
    "amp",
    "current_device",
    "current_stream",
    "device_count",
    "is_available",
    "is_initialized",
    "set_device",
    "stream",
    "synchronize",
]


class Stream:
    """A stream of work: on the CPU there is one, and it is always done."""

    def __init__(self, priority: int = -1) -> None:
        pass

    def wait_stream(self, stream: Stream) -> None:
        """Nothing to wait for."""


def is_available() -> bool:
    """True: there is a CPU."""
    return True


def is_initialized() -> bool:
    """True."""
    return True


def synchronize(device: Any = None) -> None:
    """Nothing to wait for: results are computed when they are looked at."""


def current_stream(device: Any = None) -> Stream:
    """The one stream."""
    return _STREAM


def stream(stream: Stream | None) -> AbstractContextManager:
    """A block that does nothing."""
    return nullcontext()


def device_count() -> int:
    """One."""
    return 1


def set_device(device: Any) -> None:
    """Nothing to choose."""


def current_device() -> str:
    """`"cpu"`."""
    return "cpu"


_STREAM = Stream()
