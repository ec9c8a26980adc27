"""`autocast`: a region whose matrix products run in lower precision, and whose losses do not.

In: a device type and a dtype.  Out: a context manager and decorator that sets the thread's state.
Source: https://docs.pytorch.org/docs/2.13/amp.html
"""

from __future__ import annotations

import collections.abc
import functools
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

from ..dtypes import bfloat16, float16, float64
from ..dtypes import dtype as DType
from ..tensor import Tensor
from . import state
from .state import is_autocast_available

__all__ = ["autocast", "custom_bwd", "custom_fwd", "is_autocast_available"]

_CPU_DTYPES = (bfloat16, float16)


def _check_device_type(device_type: Any) -> None:
    if not isinstance(device_type, str):
        raise ValueError(f"Expected `device_type` of type `str`, got: `{type(device_type)}`")


def autocast_decorator(autocast_instance: autocast, func: Callable) -> Callable:
    """`func` within the region."""

    @functools.wraps(func)
    def decorate_autocast(*args: Any, **kwargs: Any) -> Any:
        with autocast_instance:
            return func(*args, **kwargs)

    return decorate_autocast


class autocast:  # noqa: N801 - PyTorch's name
    """Runs operators inside at the types of `policy`; `enabled=False` turns a region's inside off.

    Warns and does nothing for a dtype the CPU does not autocast to, or for a device that is not
    there.  Raises ValueError or RuntimeError for what is no device type.
    """

    def __init__(
        self,
        device_type: str,
        dtype: DType | None = None,
        enabled: bool = True,
        cache_enabled: bool | None = None,
    ) -> None:
        _check_device_type(device_type)
        self.fast_dtype = state.get_autocast_dtype(device_type) if dtype is None else dtype
        self.device = device_type
        self.custom_backend_name = "privateuseone"
        if not is_autocast_available(device_type):
            raise RuntimeError(
                f"User specified an unsupported autocast device_type '{self.device}'"
            )
        cache = state.is_autocast_cache_enabled() if cache_enabled is None else cache_enabled
        self._cache_enabled = cache
        self._enabled = bool(enabled) and self._supported()
        self._outer: list[tuple] = []

    def _supported(self) -> bool:
        kind = state.device_kind(self.device)
        if kind == "cuda":
            warnings.warn(
                "CUDA is not available or torch_xla is imported. Disabling autocast.",
                stacklevel=3,
            )
            return False
        if kind == "cpu" and self.fast_dtype not in _CPU_DTYPES:
            supported = ", ".join(str(d) for d in _CPU_DTYPES)
            warnings.warn(
                "In CPU autocast, but the target dtype is not supported. Disabling autocast.\n"
                f"CPU Autocast only supports dtypes of {supported} currently.",
                stacklevel=3,
            )
            return False
        return True

    def __enter__(self) -> autocast:
        self._outer.append(
            (
                state.is_autocast_cache_enabled(),
                state.is_autocast_enabled(self.device),
                state.get_autocast_dtype(self.device),
            )
        )
        state.set_autocast_enabled(self.device, self._enabled)
        state.set_autocast_dtype(self.device, self.fast_dtype)
        state.autocast_increment_nesting()
        state.set_autocast_cache_enabled(self._cache_enabled)
        return self

    def __exit__(self, exc_type: Any, exc_val: Any, exc_tb: Any) -> bool:
        if state.autocast_decrement_nesting() == 0:
            state.clear_autocast_cache()
        cache_enabled, enabled, dtype = self._outer.pop()
        state.set_autocast_enabled(self.device, enabled)
        state.set_autocast_dtype(self.device, dtype)
        state.set_autocast_cache_enabled(cache_enabled)
        return False

    def __call__(self, func: Callable) -> Callable:
        if not callable(func):
            raise TypeError(
                f"autocast()(func) requires a callable, but got {type(func).__name__}. "
                "Did you mean to use autocast as a context manager? For example:\n"
                "    with torch.autocast(device_type=...):\n        output = model(input)"
            )
        return autocast_decorator(self, func)


def _cast(value: Any, device_type: str, dtype: DType) -> Any:
    """Floating tensors of the device (but doubles) at `dtype`, inside containers too."""
    if isinstance(value, Tensor):
        floating = value.is_floating_point() and value.dtype is not float64
        return value.to(dtype) if floating and value.device.type == device_type else value
    if isinstance(value, (str, bytes, np.ndarray)):
        return value
    if isinstance(value, collections.abc.Mapping):
        return {
            _cast(k, device_type, dtype): _cast(v, device_type, dtype) for k, v in value.items()
        }
    if isinstance(value, collections.abc.Iterable):
        parts = (_cast(v, device_type, dtype) for v in value)
        return type(value)(parts) if isinstance(value, (list, tuple)) else parts
    return value


def custom_fwd(
    fwd: Callable | None = None, *, device_type: str, cast_inputs: DType | None = None
) -> Callable:
    """Decorates `forward` of a custom autograd function: remembers or suspends autocast.

    With `cast_inputs`, inside a region, floating inputs are cast to it and autocast is off.
    """
    _check_device_type(device_type)
    if fwd is None:
        return functools.partial(custom_fwd, device_type=device_type, cast_inputs=cast_inputs)

    @functools.wraps(fwd)
    def decorate_fwd(*args: Any, **kwargs: Any) -> Any:
        args[0]._dtype = state.get_autocast_dtype(device_type)
        if cast_inputs is None:
            args[0]._fwd_used_autocast = state.is_autocast_enabled(device_type)
            return fwd(*args, **kwargs)
        context_on = state.is_autocast_enabled(device_type)
        args[0]._fwd_used_autocast = False
        if not context_on:
            return fwd(*args, **kwargs)
        with autocast(device_type, enabled=False):
            return fwd(
                *_cast(args, device_type, cast_inputs), **_cast(kwargs, device_type, cast_inputs)
            )

    return decorate_fwd


def custom_bwd(bwd: Callable | None = None, *, device_type: str) -> Callable:
    """Decorates `backward` of a custom autograd function: with the autocast of its `forward`."""
    _check_device_type(device_type)
    if bwd is None:
        return functools.partial(custom_bwd, device_type=device_type)

    @functools.wraps(bwd)
    def decorate_bwd(*args: Any, **kwargs: Any) -> Any:
        ctx = args[0]
        with autocast(device_type, enabled=ctx._fwd_used_autocast, dtype=ctx._dtype):
            return bwd(*args, **kwargs)

    return decorate_bwd
