"""`torch.Stream` and `torch.Event` where the CPU is the only device: its one stream is always done.

In: a device.  Out: objects that can be waited for, but not recorded, as in PyTorch's CPU build.
Source: https://docs.pytorch.org/docs/2.13/generated/torch.Stream.html, torch.Event.html
"""

from __future__ import annotations

from typing import Any, NoReturn

from .devices import device as Device
from .devices import resolve

Where = Device | str | int | None
_NUMBERS = {"cpu": 0, "meta": 14}  # as PyTorch counts its kinds of devices


def _place(device: Where) -> Device:
    """The device of a stream; RuntimeError for one that is not there."""
    if device is None:
        return Device("cpu")
    if isinstance(device, int):
        return resolve(device)
    place = Device(device)
    if place.type not in ("cpu", "meta"):
        raise RuntimeError(f"PyTorch is not linked with support for {place.type} devices")
    return place


def _no_events() -> NoReturn:
    raise RuntimeError("cpu backend doesn't support events.")


def _no_ipc() -> NoReturn:
    raise NotImplementedError(
        "torch.Event ipc is not supported yet, please open an issue if you need this!"
    )


class Event:
    """A marker in a stream. On the CPU it can't be recorded, and waiting for it takes no time."""

    __module__ = "torch"

    def __init__(
        self,
        device: Where = None,
        *,
        enable_timing: bool = False,
        blocking: bool = False,
        interprocess: bool = False,
    ) -> None:
        self.device = _place(device)
        self.event_id = 0
        self._timing = bool(enable_timing)  # the other two do nothing in PyTorch either

    def record(self, stream: Stream | None = None) -> None:
        """RuntimeError: the CPU has no events."""
        _no_events()

    def query(self) -> bool:
        """True: nothing is left to do."""
        return True

    def wait(self, stream: Stream | None = None) -> None:
        """Nothing to wait for."""

    def synchronize(self) -> None:
        """Nothing to wait for."""

    def elapsed_time(self, other: Event) -> float:
        """ValueError: no event was ever recorded."""
        if not (self._timing and other._timing):
            raise ValueError("Both events must be created with argument 'enable_timing=True'.")
        raise ValueError("Both events must be recorded before calculating elapsed time.")

    def ipc_handle(self) -> bytes:
        """NotImplementedError, as in PyTorch."""
        _no_ipc()

    @classmethod
    def from_ipc_handle(cls, device: Any, ipc_handle: bytes) -> Event:
        """NotImplementedError, as in PyTorch."""
        _no_ipc()

    def __repr__(self) -> str:
        return (
            f"torch.Event device_type={self.device.type}, device_index=-1, "
            f"event_flag={int(self._timing)}, event_id=0"
        )


class Stream:
    """A queue of work on a device: `Stream("cpu")`. Equal where device and number are.

    Also a context manager, which on the CPU chooses what is chosen anyway.
    """

    __module__ = "torch"

    def __init__(self, device: Where = None, *, priority: int = 0) -> None:
        self.device, self.stream_id = _place(device), 0
        self.device_index, self.device_type = -1, _NUMBERS[self.device.type]

    def query(self) -> bool:
        """True: nothing is left to do."""
        return True

    def synchronize(self) -> None:
        """Nothing to wait for."""

    def record_event(self, event: Event | None = None) -> Event:
        """RuntimeError: the CPU has no events."""
        _no_events()

    def wait_event(self, event: Event) -> None:
        """Nothing to wait for."""

    def wait_stream(self, stream: Stream) -> None:
        """RuntimeError: waiting records an event, and the CPU has none."""
        _no_events()

    def __enter__(self) -> Stream:
        return self

    def __exit__(self, *exc: object) -> None:
        pass

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Stream):
            return False
        return self.device == other.device

    def __hash__(self) -> int:
        return hash((self.device, self.stream_id))

    def __repr__(self) -> str:
        return (
            f"torch.Stream device_type={self.device.type}, device_index={self.device_index}, "
            f"stream_id={self.stream_id}"
        )
