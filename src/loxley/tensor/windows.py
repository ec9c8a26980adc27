"""Window functions of the main namespace: `torch.hann_window` and its like.

Source: https://docs.pytorch.org/docs/stable/torch.html#spectral-ops
"""

from __future__ import annotations

from collections.abc import Callable
from math import pi
from typing import Any

import numpy as np

from .. import devices as dev
from .. import dtypes as dt
from ..ir.graph import leaf
from ..numerics.bessel import i0
from .api import public
from .creation import finish
from .tensor import Tensor

_C_NAMES = {
    "int64": "long int",
    "int32": "int",
    "int16": "short int",
    "int8": "signed char",
    "uint8": "unsigned char",
}


def _checked(name: str, length: int, dtype: dt.dtype | None) -> dt.dtype:
    kind = dt.get_default_dtype() if dtype is None else dtype
    if not kind.is_floating_point:
        shown = _C_NAMES.get(kind.name, kind.name)
        raise RuntimeError(
            f"{name} expects floating point dtypes, got: TensorOptions(dtype={shown}, device=cpu, "
            "layout=Strided (default), requires_grad=false (default), pinned_memory=false, "
            "memory_format=(nullopt))"
        )
    if length < 0:
        raise RuntimeError(
            f"{name} requires non-negative window_length, got window_length={length}"
        )
    return kind


def _window(
    name: str, length: int, periodic: bool, options: dict[str, Any], shape: Callable
) -> Tensor:
    """The values `shape(places, intervals)` makes, the last one dropped where periodic."""
    unknown = set(options) - {"dtype", "layout", "device", "pin_memory", "requires_grad"}
    if unknown:
        raise TypeError(f"{name}() got an unexpected keyword argument '{unknown.pop()}'")
    kind = _checked(name, length, options.get("dtype"))
    compute = np.float64 if kind is dt.float64 else np.float32
    count = length + 1 if periodic and length > 1 else length
    if length < 2:
        values = np.ones(length, compute)
    else:
        values = shape(np.arange(count, dtype=compute), count - 1)[:length]
    made = finish(
        leaf(np.ascontiguousarray(values.astype(kind.numpy)), kind),
        bool(options.get("requires_grad", False)),
    )
    device = options.get("device")
    return made if device is None else made.to(dev.device(device))


def _cosine(alpha: float, beta: float) -> Callable:
    def shape(n: np.ndarray, intervals: int) -> np.ndarray:
        kind = n.dtype.type
        return np.cos(n * kind(2 * pi / intervals)) * kind(-beta) + kind(alpha)

    return shape


@public(method=False)
def hann_window(window_length: int, periodic: bool = True, **options: Any) -> Tensor:
    """(1 - cos(2 pi n / N)) / 2. Source: torch.hann_window."""
    return _window("hann_window", window_length, periodic, options, _cosine(0.5, 0.5))


@public(method=False)
def hamming_window(
    window_length: int,
    periodic: bool = True,
    alpha: float = 0.54,
    beta: float = 0.46,
    **options: Any,
) -> Tensor:
    """alpha - beta cos(2 pi n / N). Source: torch.hamming_window."""
    return _window("hamming_window", window_length, periodic, options, _cosine(alpha, beta))


def _bartlett(n: np.ndarray, intervals: int) -> np.ndarray:
    values = n * n.dtype.type(2 / intervals)
    return np.where(np.arange(len(n)) > intervals // 2, 2 - values, values)


@public(method=False)
def bartlett_window(window_length: int, periodic: bool = True, **options: Any) -> Tensor:
    """A triangle that is zero at its ends. Source: torch.bartlett_window."""
    return _window("bartlett_window", window_length, periodic, options, _bartlett)


def _blackman(n: np.ndarray, intervals: int) -> np.ndarray:
    kind = n.dtype.type
    angle = n * kind(pi / intervals)
    return np.cos(angle * 4) * kind(0.08) - np.cos(angle * 2) * kind(0.5) + kind(0.42)


@public(method=False)
def blackman_window(window_length: int, periodic: bool = True, **options: Any) -> Tensor:
    """0.42 - 0.5 cos(2 pi n / N) + 0.08 cos(4 pi n / N). Source: torch.blackman_window."""
    return _window("blackman_window", window_length, periodic, options, _blackman)


def _kaiser(beta: float) -> Callable:
    def shape(n: np.ndarray, intervals: int) -> np.ndarray:
        kind = n.dtype.type
        x = n * kind(2 / intervals) - 1
        root = np.sqrt(np.maximum(0, 1 - x * x))
        return i0(root * kind(beta)) / i0(np.asarray(beta, n.dtype))

    return shape


@public(method=False)
def kaiser_window(
    window_length: int, periodic: bool = True, beta: float = 12.0, **options: Any
) -> Tensor:
    """I0(beta sqrt(1 - x^2)) / I0(beta) for x in [-1, 1]. Source: torch.kaiser_window."""
    return _window("kaiser_window", window_length, periodic, options, _kaiser(beta))
