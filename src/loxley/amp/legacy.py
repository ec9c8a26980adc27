"""The deprecated spellings `torch.cuda.amp.*` and `torch.cpu.amp.*`.

`loxley.cuda.amp` and `loxley.cpu.amp` take their names from here.
"""

from __future__ import annotations

import functools
import warnings
from collections.abc import Callable
from typing import Any

from ..dtypes import bfloat16, float16
from ..dtypes import dtype as DType
from . import autocast_mode, grad_scaler


def _warn(old: str, new: str) -> None:
    warnings.warn(
        f"`torch.{old}(args...)` is deprecated. Please use `torch.amp.{new}` instead.",
        FutureWarning,
        stacklevel=3,
    )


class CudaAutocast(autocast_mode.autocast):
    """Deprecated: `torch.amp.autocast("cuda", ...)`."""

    def __init__(
        self, enabled: bool = True, dtype: DType = float16, cache_enabled: bool = True
    ) -> None:
        _warn("cuda.amp.autocast", "autocast('cuda', args...)")
        super().__init__("cuda", enabled=enabled, dtype=dtype, cache_enabled=cache_enabled)


class CpuAutocast(autocast_mode.autocast):
    """Deprecated: `torch.amp.autocast("cpu", ...)`."""

    def __init__(
        self, enabled: bool = True, dtype: DType = bfloat16, cache_enabled: bool = True
    ) -> None:
        _warn("cpu.amp.autocast", "autocast('cpu', args...)")
        super().__init__("cpu", enabled=enabled, dtype=dtype, cache_enabled=cache_enabled)


class _LegacyScaler(grad_scaler.GradScaler):
    _kind = "cuda"

    def __init__(
        self,
        init_scale: float = 65536.0,
        growth_factor: float = 2.0,
        backoff_factor: float = 0.5,
        growth_interval: int = 2000,
        enabled: bool = True,
    ) -> None:
        _warn(f"{self._kind}.amp.GradScaler", f"GradScaler('{self._kind}', args...)")
        super().__init__(
            self._kind, init_scale, growth_factor, backoff_factor, growth_interval, enabled
        )


class CudaGradScaler(_LegacyScaler):
    """Deprecated: `torch.amp.GradScaler("cuda", ...)`."""


class CpuGradScaler(_LegacyScaler):
    """Deprecated: `torch.amp.GradScaler("cpu", ...)`."""

    _kind = "cpu"


def cuda_custom_fwd(fwd: Callable | None = None, **kwargs: Any) -> Callable:
    """Deprecated: `torch.amp.custom_fwd(device_type="cuda")`."""
    _warn("cuda.amp.custom_fwd", "custom_fwd(args..., device_type='cuda')")
    return functools.partial(autocast_mode.custom_fwd, device_type="cuda")(fwd, **kwargs)


def cuda_custom_bwd(bwd: Callable) -> Callable:
    """Deprecated: `torch.amp.custom_bwd(device_type="cuda")`."""
    _warn("cuda.amp.custom_bwd", "custom_bwd(args..., device_type='cuda')")
    return functools.partial(autocast_mode.custom_bwd, device_type="cuda")(bwd)
