"""Numbers at even steps: arange, range, linspace, logspace, rounded as PyTorch's kernels round.

Source: https://docs.pytorch.org/docs/stable/torch.html#creation-ops
"""

from __future__ import annotations

import math
import warnings
from typing import Any

import numpy as np

from .. import devices as dev
from .. import dtypes as dt
from ..ir.graph import leaf
from .api import public, write_out
from .arguments import check_number
from .creation import check_options, constant_tensor, finish
from .tensor import Tensor

# PyTorch's kernels fill vectors of 32 bytes, two at a time, and the rest one by one.
_VECTOR_BYTES = 32


def _made(
    name: str,
    array: np.ndarray,
    kind: dt.dtype,
    out: Tensor | None,
    device: Any,
    requires_grad: bool,
) -> Tensor:
    if dev.resolve(device) is dev.META:
        return constant_tensor(array.shape, 0, kind, dev.META, requires_grad)
    t = finish(leaf(array.astype(kind.numpy, copy=False), kind), requires_grad)
    return t if out is None else write_out(name, t, out)


def _count(start: Any, end: Any, step: Any, kind: dt.dtype) -> int:
    for x in (start, end):
        if isinstance(x, float) and not math.isfinite(x):
            raise RuntimeError(f"unsupported range: {start} -> {end}")
    if step == 0:
        raise RuntimeError("step must be nonzero")
    if (step > 0) != (end >= start) and end != start:
        raise RuntimeError("upper bound and lower bound inconsistent with step sign")
    if kind is dt.int64:
        start, end, step = int(start), int(end), int(step)
        if step == 0:
            raise ValueError("step must be nonzero")
        return -((start - end) // step)
    return math.ceil((end - start) / step)


def _steps(start: Any, step: Any, count: int, kind: dt.dtype) -> np.ndarray:
    """`start + i * step`, each vector's elements counted from its rounded first."""
    if kind.category == 1:
        return int(start) + np.arange(count, dtype=np.int64) * int(step)
    places = np.arange(count, dtype=np.float64)
    exact = start + step * places
    if kind.numpy.itemsize not in (4, 8):
        return exact.astype(kind.numpy)
    width = _VECTOR_BYTES // kind.itemsize
    whole = count - count % (2 * width)
    exact[:whole] = (
        exact[:whole].reshape(-1, width)[:, :1].astype(kind.numpy).astype(np.float64)
        + np.arange(width) * step
    ).reshape(-1)
    return exact.astype(kind.numpy)


@public(method=False)
def arange(
    start: Any,
    end: Any = None,
    step: Any = 1,
    *,
    out: Tensor | None = None,
    dtype: dt.dtype | None = None,
    layout: Any = None,
    device: Any = None,
    requires_grad: bool = False,
    pin_memory: bool = False,
) -> Tensor:
    """Numbers from start to end (exclusive) by step. Source: torch.arange."""
    check_options("arange", layout, pin_memory)
    if end is None:
        start, end = 0, start
    bounds = (("start", start), ("end", end), ("step", step))
    start, end, step = (check_number("arange", x, name) for name, x in bounds)
    if dtype is None and out is not None:
        dtype = out.dtype
    if dtype is None:
        whole = all(isinstance(x, int) for x in (start, end, step))
        dtype = dt.int64 if whole else dt.get_default_dtype()
    if dtype is dt.bool_ or dtype.is_complex:
        raise NotImplementedError(f"\"arange_cpu\" not implemented for '{dtype.legacy_name}'")
    array = _steps(start, step, _count(start, end, step, dtype), dtype)
    return _made("arange", array, dtype, out, device, requires_grad)


@public(method=False, name="range")
def inclusive_range(
    start: Any = 0,
    end: Any = None,
    step: Any = 1,
    *,
    out: Tensor | None = None,
    dtype: dt.dtype | None = None,
    layout: Any = None,
    device: Any = None,
    requires_grad: bool = False,
) -> Tensor:
    """Numbers from start to end (inclusive) by step; deprecated. Source: torch.range."""
    warnings.warn(
        "torch.range is deprecated and will be removed in a future release because its behavior is "
        "inconsistent with Python's range builtin. Instead, use torch.arange, which produces values "
        "in [start, end).",
        UserWarning,
        stacklevel=2,
    )
    check_options("range", layout, False)
    kind = dtype or (out.dtype if out is not None else dt.get_default_dtype())
    _count(start, end, step, dt.float64)
    count = math.floor((end - start) / step) + 1
    return _made("range", _steps(start, step, count, kind), kind, out, device, requires_grad)


def _end_points(name: str, start: Any, end: Any, steps: Any) -> tuple[Any, Any]:
    dims = [len(x._shape) if isinstance(x, Tensor) else 0 for x in (start, end)]
    if any(dims):
        raise RuntimeError(
            f"{name} only supports 0-dimensional start and end tensors, but got start with {dims[0]} "
            f"dimension(s) and end with {dims[1]} dimension(s)."
        )
    if isinstance(steps, bool) or not hasattr(steps, "__index__"):
        kinds = ", ".join(type(x).__name__ for x in (start, end, steps))
        raise TypeError(
            f"{name}() received an invalid combination of arguments - got ({kinds}), but expected "
            "(Number start, Number end, int steps)"
        )
    if steps < 0:
        raise RuntimeError("number of steps must be non-negative")
    return check_number(name, start, "start"), check_number(name, end, "end")


def _spaced_kind(dtype: dt.dtype | None, out: Tensor | None, start: Any, end: Any) -> dt.dtype:
    complex_ends = isinstance(start, complex) or isinstance(end, complex)
    if dtype is None:
        if out is not None:
            return out.dtype
        kind = dt.get_default_dtype()
        return kind.to_complex() if complex_ends else kind
    if complex_ends and not dtype.is_complex:
        raise RuntimeError(
            f"torch.linspace(): inferred dtype {dt.get_default_dtype().to_complex().legacy_name} "
            f"can't be safely cast to passed dtype {dtype}"
        )
    return dtype


def _spaced(start: Any, end: Any, steps: int, kind: dt.dtype) -> np.ndarray:
    """From both ends towards the middle, in the precision of the result."""
    if kind.category == 1:
        start, end = int(start), int(end)
    wide = kind.numpy.type if kind.itemsize >= 4 and kind.category >= 2 else np.float64
    if kind.itemsize == 2 and kind.category == 2:
        wide = np.float32
    if steps == 1:
        return np.array([start]).astype(wide)
    first, last = wide(start), wide(end)
    step = wide((last - first) / wide(steps - 1))
    places = np.arange(steps)
    up = first + step * places.astype(wide)
    down = last - step * (steps - 1 - places).astype(wide)
    made = np.where(places < steps // 2, up, down)
    return np.trunc(made) if kind.category <= 1 else made


@public(method=False)
def linspace(
    start: Any,
    end: Any,
    steps: int,
    *,
    out: Tensor | None = None,
    dtype: dt.dtype | None = None,
    layout: Any = None,
    device: Any = None,
    requires_grad: bool = False,
    pin_memory: bool = False,
) -> Tensor:
    """`steps` numbers evenly from start to end (inclusive). Source: torch.linspace."""
    check_options("linspace", layout, pin_memory)
    start, end = _end_points("linspace", start, end, steps)
    kind = _spaced_kind(dtype, out, start, end)
    return _made("linspace", _spaced(start, end, steps, kind), kind, out, device, requires_grad)


@public(method=False)
def logspace(
    start: Any,
    end: Any,
    steps: int,
    base: float = 10.0,
    *,
    out: Tensor | None = None,
    dtype: dt.dtype | None = None,
    layout: Any = None,
    device: Any = None,
    requires_grad: bool = False,
    pin_memory: bool = False,
) -> Tensor:
    """`base` to the powers that `linspace` gives. Source: torch.logspace."""
    check_options("logspace", layout, pin_memory)
    start, end = _end_points("logspace", start, end, steps)
    kind = _spaced_kind(dtype, out, start, end)
    wide = kind.to_complex() if kind.is_complex else dt.float64
    exponents = _spaced(start, end, steps, kind).astype(kind.numpy).astype(wide.numpy)
    with np.errstate(all="ignore"):
        array = np.power(exponents.dtype.type(base), exponents)
    if kind.category == 1:
        array = np.trunc(array)
    return _made("logspace", array, kind, out, device, requires_grad)
