"""`torch.cuda` as it is on a machine without a CUDA device. Source: torch.cuda documentation."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any, NoReturn

from ..devices import device as _Device
from ..devices import ignored_states, no_states
from ..errors import AcceleratorError, OutOfMemoryError
from . import amp
from .graphs import CUDAGraph, graph, graph_pool_handle, is_current_stream_capturing

__all__ = [
    "AcceleratorError",
    "CUDAGraph",
    "OutOfMemoryError",
    "amp",
    "current_device",
    "device",
    "device_count",
    "device_of",
    "empty_cache",
    "get_device_name",
    "graph",
    "graph_pool_handle",
    "is_available",
    "is_bf16_supported",
    "is_current_stream_capturing",
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


get_device_properties = get_device_capability = get_device_name
current_stream = default_stream = get_device_name


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
    """A marker in a CUDA stream; RuntimeError here."""

    def __init__(
        self,
        enable_timing: bool = False,
        blocking: bool = False,
        interprocess: bool = False,
        external: bool = False,
    ) -> None:
        raise RuntimeError("Tried to instantiate dummy base class Event")

    def record(self, stream: Any = None) -> None:
        """Marks the present place of a stream."""
        _absent()

    def elapsed_time(self, end_event: Any) -> float:
        """The milliseconds between two markers."""
        _absent()

    def query(self) -> bool:
        """Whether all work before the marker is done."""
        _absent()

    def wait(self, stream: Any = None) -> None:
        """Makes a stream wait for the marker."""
        _absent()

    def synchronize(self) -> None:
        """Waits for the marker."""
        _absent()


class Stream:
    """A queue of CUDA work; RuntimeError here."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        raise RuntimeError("torch.cuda.Stream requires CUDA support")

    def wait_stream(self, stream: Any) -> None:
        """Waits for what another stream has to do."""
        _absent()

    def wait_event(self, event: Any) -> None:
        """Waits for a marker."""
        _absent()

    def record_event(self, event: Any = None) -> Event:
        """A marker at the present place."""
        _absent()

    def query(self) -> bool:
        """Whether all work is done."""
        _absent()

    def synchronize(self) -> None:
        """Waits for all work."""
        _absent()


class device:  # noqa: N801 - PyTorch's name
    """A block that works on a CUDA device; without effect for negative numbers.

    RuntimeError on entering it for any other. ValueError for a device of another kind.
    """

    def __init__(self, device: Any) -> None:
        if isinstance(device, str):
            device = _Device(device)
        if isinstance(device, _Device):
            if device.type != "cuda":
                raise ValueError(f"Expected a cuda device, but got: {device}")
            device = device.index
        self.idx = device
        self.prev_idx = -1

    def __enter__(self) -> None:
        if not self.idx < 0:
            raise RuntimeError("PyTorch was compiled without CUDA support")

    def __exit__(self, *exc: object) -> None:
        pass


class device_of(device):  # noqa: N801 - PyTorch's name
    """A block that works on the device of a tensor; without effect for one on the CPU."""

    def __init__(self, obj: Any) -> None:
        super().__init__(obj.get_device() if obj.is_cuda else -1)


class StreamContext:
    """A block that works on a stream; without effect for None."""

    def __init__(self, stream: Any) -> None:
        self.stream = stream

    def __enter__(self) -> None:
        if self.stream is not None:
            _absent()

    def __exit__(self, *exc: object) -> None:
        pass


def stream(stream: Any) -> StreamContext:
    """A block that works on a stream."""
    return StreamContext(stream)


_initialized = False
get_rng_state_all, set_rng_state_all = no_states, ignored_states


def get_rng_state(device: Any = "cuda") -> Any:
    """AssertionError: there is no CUDA device."""
    _absent()


def set_rng_state(new_state: Any, device: Any = "cuda") -> None:
    """Kept by PyTorch until CUDA is initialized, which never happens here."""


def mem_get_info(device: Any = None) -> tuple[int, int]:
    """AssertionError: there is no CUDA device."""
    _absent()


def initial_seed() -> int:
    """AssertionError: there is no CUDA device."""
    _absent()


def get_arch_list() -> list[str]:
    """Empty: there is no compiled CUDA code."""
    return []


def init() -> None:
    """AssertionError: there is no CUDA device."""
    _absent()


ipc_collect = init


def memory_stats(device: Any = None) -> OrderedDict[str, Any]:
    """Empty: nothing was counted."""
    return OrderedDict()


class _Unavailable(type):
    """Classes of tensors on a device that is not there: they name nothing."""

    def __instancecheck__(cls, instance: object) -> bool:
        return False

    def __call__(cls, *args: Any, **kwargs: Any) -> NoReturn:
        raise TypeError(
            f"type torch.cuda.{cls.__name__} not available. Torch not compiled with CUDA enabled."
        )


for _name in "Float Double Half BFloat16 Long Int Short Char Byte Bool".split():
    globals()[f"{_name}Tensor"] = _Unavailable(
        f"{_name}Tensor", (), {"__module__": "torch.cuda", "__doc__": "Not available."}
    )


def _nccl_version() -> NoReturn:
    raise AttributeError("module 'torch._C' has no attribute '_nccl_version'")


@contextmanager
def _profile() -> Iterator[None]:
    _absent()
    yield


nccl = SimpleNamespace(version=_nccl_version, is_available=lambda tensors: False)
profiler = SimpleNamespace(profile=_profile, start=init, stop=init)
