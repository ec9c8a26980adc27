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
from ..numerics.fused import fma64
from ..ops.family import convert_array
from ..ops.unsupported import no_kernel
from ..shapes import numel
from .api import public, write_out
from .arguments import check_dtype, check_number
from .creation import check_options, constant_tensor, finish
from .tensor import Tensor

# PyTorch's kernels fill vectors of 32 bytes, two at a time, and the rest one by one.
_VECTOR_BYTES = 32
_BLOCK = 8192  # elements that are computed at a time, while they are in a cache


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
    if isinstance(out, Tensor) and numel(out._shape) == array.size:
        array = array.reshape(out._shape)  # what has room for the numbers keeps its shape
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


def _fused(a: Any, b: Any, c: Any, wide: np.dtype) -> np.ndarray:
    """`a * b + c` rounded once to `wide`."""
    a, b, c = (np.asarray(x, wide) for x in (a, b, c))
    if wide == np.float64:
        return fma64(a, b, c)
    return (np.multiply(a, b, dtype=np.float64) + c).astype(wide)


def _steps(start: Any, step: Any, count: int, kind: dt.dtype) -> np.ndarray:
    """`start + i * step`; the elements of a vector are counted from its rounded first one."""
    if kind.category == 1:
        places = np.arange(count, dtype=np.int64)
        places = places if int(step) == 1 else places * int(step)
        return places if int(start) == 0 else int(start) + places
    wide = np.dtype(np.float64 if kind.itemsize > 2 else np.float32)
    width = _VECTOR_BYTES // kind.itemsize
    whole = count - count % (2 * width)
    made = np.empty(count, kind.numpy)
    made[whole:] = _fused(step, np.arange(whole, count), start, wide).astype(kind.numpy)
    first = _fused(step, np.arange(0, whole, width), start, wide).astype(kind.numpy)
    vectors = _fused(step, np.arange(width), first.astype(wide)[:, None], wide)
    made[:whole] = vectors.astype(kind.numpy).reshape(-1)
    return made


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
    dtype = check_dtype("arange", dtype)
    if dtype is None and out is not None:
        dtype = out.dtype
    if dtype is None:
        whole = all(isinstance(x, int) for x in (start, end, step))
        dtype = dt.int64 if whole else dt.get_default_dtype()
    if dtype is dt.bool_ or dtype.is_complex or dtype.restricted:
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
        "torch.range is deprecated and will be removed in a future release because its behavior "
        "is inconsistent with Python's range builtin. Instead, use torch.arange, which produces "
        "values in [start, end).",
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
            f"{name} only supports 0-dimensional start and end tensors, but got start with "
            f"{dims[0]} dimension(s) and end with {dims[1]} dimension(s)."
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
    """From both ends towards the middle, in the precision of the result (integers: float64)."""
    if kind.category == 1:
        start, end = int(start), int(end)
    wide = np.dtype(np.float64) if kind.category <= 1 else kind.numpy
    first, last = wide.type(start), wide.type(end)
    if steps == 1:
        return np.array([first])
    step = (last - first) / wide.type(steps - 1)
    made = np.empty(steps, wide)
    for start in range(0, steps, _BLOCK):
        stop = min(start + _BLOCK, steps)
        half = min(max(steps // 2, start), stop)  # up to here from the first, then from the last
        up, down = (start, half, 1), (steps - 1 - half, steps - 1 - stop, -1)
        made[start:half] = _along(step, np.arange(*up, dtype=np.float64), first)
        made[half:stop] = _along(-step, np.arange(*down, dtype=np.float64), last)
    return made


def _along(step: Any, places: np.ndarray, first: Any) -> np.ndarray:
    if first.dtype == np.float32 and max(places[:1], default=0) + _BLOCK < 2**24:
        places *= np.float64(step)  # exact, as places of so many are
        places += np.float64(first)
        return places
    if first.dtype in (np.float32, np.float64):
        return _fused(step, places, first, first.dtype)
    return first + step * places.astype(first.dtype)


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
    kind = _spaced_kind(check_dtype("linspace", dtype), out, start, end)
    if (kind is dt.bool_ or kind.restricted) and steps:
        raise no_kernel("linspace_cpu", kind)
    array = convert_array(_spaced(start, end, steps, kind), kind.numpy)
    return _made("linspace", array, kind, out, device, requires_grad)


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
    kind = _spaced_kind(check_dtype("linspace", dtype), out, start, end)
    if (kind is dt.bool_ or kind.restricted) and steps:
        raise no_kernel("logspace_cpu", kind)
    with np.errstate(all="ignore"):
        exponents = _exponents(start, end, steps, kind)
        array = convert_array(np.power(exponents.dtype.type(base), exponents), kind.numpy)
    return _made("logspace", array, kind, out, device, requires_grad)


def _exponents(start: Any, end: Any, steps: int, kind: dt.dtype) -> np.ndarray:
    """Even steps between ends of the result's precision, computed in a wider one."""
    if kind.is_complex:
        return _spaced(start, end, steps, kind)
    wide = np.float32 if kind.category > 1 and kind.itemsize == 2 else np.float64
    first, last = (wide(int(x) if kind.category == 1 else kind.numpy.type(x)) for x in (start, end))
    if steps == 1:
        return np.array([wide(int(start) if kind.category == 1 else start)])
    step, places = (last - first) / wide(steps - 1), np.arange(steps)
    up, down = first + step * places.astype(wide), last - step * (steps - 1 - places).astype(wide)
    return np.where(places < steps // 2, up, down)
