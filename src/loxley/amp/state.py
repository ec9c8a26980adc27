"""The autocast state of the running thread: per device whether it is on, and at which dtype.

`torch.is_autocast_enabled`, `get_autocast_dtype` and their like; `autocast` sets and restores them.
The CPU's state is what recording consults, by way of `modes.autocast`.
"""

from __future__ import annotations

import threading
import warnings

from ..dtypes import bfloat16, dtype, float16
from ..tensor.modes import modes
from .policy import Autocast

_DEVICES = (
    "cpu, cuda, ipu, xpu, mkldnn, opengl, opencl, ideep, hip, ve, fpga, maia, xla, lazy, vulkan, "
    "mps, meta, hpu, mtia, privateuseone"
)
_DEFAULT_DTYPES: dict[str, dtype] = {
    "cpu": bfloat16,
    "cuda": float16,
    "hpu": bfloat16,
    "ipu": float16,
    "maia": bfloat16,
    "mps": float16,
    "mtia": float16,
    "privateuseone": float16,
    "xla": bfloat16,
    "xpu": float16,
}


class _State(threading.local):
    def __init__(self) -> None:
        self.enabled: set[str] = set()
        self.dtypes = dict(_DEFAULT_DTYPES)
        self.cache_enabled = True
        self.nesting = 0


_state = _State()


def device_kind(device_type: str) -> str:
    """The device without its number; RuntimeError for one that PyTorch does not know."""
    kind = device_type.partition(":")[0]
    if kind not in _DEVICES.split(", "):
        raise RuntimeError(
            f"Expected one of {_DEVICES} device type at start of device string: {device_type}"
        )
    return kind


def is_autocast_available(device_type: str) -> bool:
    """Whether there is an autocast for this kind of device."""
    return device_kind(device_type) in _DEFAULT_DTYPES


def _checked(device_type: str) -> str:
    kind = device_kind(device_type)
    if kind not in _DEFAULT_DTYPES:
        raise RuntimeError(
            "unknown device type for autocast in get_autocast_dispatch_key_from_device_type"
        )
    return kind


def is_autocast_enabled(device_type: str = "cuda") -> bool:
    """Whether autocast is on for this kind of device."""
    return _checked(device_type) in _state.enabled


def set_autocast_enabled(device_type: str | bool, enabled: bool | None = None) -> None:
    """Turn autocast on or off; `set_autocast_enabled(flag)` is about "cuda"."""
    if enabled is None:
        device_type, enabled = "cuda", bool(device_type)
    kind = _checked(device_type)
    (_state.enabled.add if enabled else _state.enabled.discard)(kind)
    _set_hook()


def get_autocast_dtype(device_type: str) -> dtype:
    """The lower precision of this kind of device."""
    kind = device_kind(device_type)
    if kind not in _DEFAULT_DTYPES:
        raise RuntimeError("unsupported scalarType")
    return _state.dtypes[kind]


def set_autocast_dtype(device_type: str, dtype: dtype) -> None:
    """Set the lower precision of this kind of device."""
    _state.dtypes[_checked(device_type)] = dtype
    _set_hook()


def _set_hook() -> None:
    modes.autocast = Autocast(_state.dtypes["cpu"]) if "cpu" in _state.enabled else None


def is_autocast_cache_enabled() -> bool:
    """Whether casts of weights may be kept within a region; here none are."""
    return _state.cache_enabled


def set_autocast_cache_enabled(enabled: bool) -> None:
    """Set what `is_autocast_cache_enabled` tells."""
    _state.cache_enabled = enabled


def clear_autocast_cache() -> None:
    """Forget kept casts: there are none, each is an operator of the graph like any other."""


def autocast_increment_nesting() -> int:
    """Enter a region; how deep that is."""
    _state.nesting += 1
    return _state.nesting


def autocast_decrement_nesting() -> int:
    """Leave a region; how deep that is."""
    _state.nesting -= 1
    return _state.nesting


def _deprecated(old: str, new: str) -> None:
    warnings.warn(
        f"torch.{old} is deprecated. Please use torch.{new} instead.",
        DeprecationWarning,
        stacklevel=3,
    )


def is_autocast_cpu_enabled() -> bool:
    """Deprecated: `is_autocast_enabled("cpu")`."""
    _deprecated("is_autocast_cpu_enabled()", "is_autocast_enabled('cpu')")
    return is_autocast_enabled("cpu")


def set_autocast_cpu_enabled(enabled: bool) -> None:
    """Deprecated: `set_autocast_enabled("cpu", enabled)`."""
    _deprecated("set_autocast_cpu_enabled(enabled)", "set_autocast_enabled('cpu', enabled)")
    set_autocast_enabled("cpu", enabled)


def get_autocast_cpu_dtype() -> dtype:
    """Deprecated: `get_autocast_dtype("cpu")`."""
    _deprecated("get_autocast_cpu_dtype()", "get_autocast_dtype('cpu')")
    return get_autocast_dtype("cpu")


def set_autocast_cpu_dtype(dtype: dtype) -> None:
    """Deprecated: `set_autocast_dtype("cpu", dtype)`."""
    _deprecated("set_autocast_cpu_dtype(dtype)", "set_autocast_dtype('cpu', dtype)")
    set_autocast_dtype("cpu", dtype)


def get_autocast_gpu_dtype() -> dtype:
    """Deprecated: `get_autocast_dtype("cuda")`."""
    _deprecated("get_autocast_gpu_dtype()", "get_autocast_dtype('cuda')")
    return get_autocast_dtype("cuda")


def set_autocast_gpu_dtype(dtype: dtype) -> None:
    """Deprecated: `set_autocast_dtype("cuda", dtype)`."""
    _deprecated("set_autocast_gpu_dtype(dtype)", "set_autocast_dtype('cuda', dtype)")
    set_autocast_dtype("cuda", dtype)
