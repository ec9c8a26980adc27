"""`torch.testing`: comparisons for tests. In: two values; out: nothing, or an AssertionError.

Source: https://docs.pytorch.org/docs/stable/testing.html
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from .dtypes import dtype
from .tensor import Tensor, as_tensor

__all__ = ["assert_allclose", "assert_close"]

# (rtol, atol) by dtype; everything else is compared exactly.
_TOLERANCES = {
    "float16": (1e-3, 1e-5),
    "bfloat16": (1.6e-2, 1e-5),
    "float32": (1.3e-6, 1e-5),
    "float64": (1e-7, 1e-7),
    "complex32": (1e-3, 1e-5),
    "complex64": (1.3e-6, 1e-5),
    "complex128": (1e-7, 1e-7),
}
_NUMBERS = (int, float, complex)


def assert_close(
    actual: Any,
    expected: Any,
    *,
    allow_subclasses: bool = True,
    rtol: float | None = None,
    atol: float | None = None,
    equal_nan: bool = False,
    check_device: bool = True,
    check_dtype: bool = True,
    check_layout: bool = True,
    check_stride: bool = False,
    msg: str | Callable[[str], str] | None = None,
) -> None:
    """Raises AssertionError unless |actual - expected| <= atol + rtol * |expected| everywhere.

    Tensors of the same shape (device, dtype, layout), numbers of the same type, None, and sequences
    and mappings of these. Source: torch.testing.assert_close.
    """
    if (rtol is None) != (atol is None):
        given, missing = ("rtol", "atol") if atol is None else ("atol", "rtol")
        raise ValueError(
            f"Both 'rtol' and 'atol' must be either specified or omitted, but got no {missing}."
        )
    tolerance = None if rtol is None else (rtol, atol)
    checks = [
        name
        for name, wanted in (
            ("device", check_device),
            ("dtype", check_dtype),
            ("layout", check_layout),
            ("stride()", check_stride),
        )
        if wanted
    ]
    for place, one, other in _pairs(actual, expected, "", allow_subclasses):
        problem = _difference(one, other, tolerance, equal_nan, checks)
        if problem is not None:
            if place:
                problem += f"\n\nThe failure occurred for item {place}"
            raise AssertionError(_worded(problem, msg))


def assert_allclose(
    actual: Any,
    expected: Any,
    rtol: float | None = None,
    atol: float | None = None,
    equal_nan: bool = True,
    msg: str = "",
) -> None:
    """`assert_close` without regard to dtype and device. Source: torch.testing.assert_allclose."""
    pair = [v if isinstance(v, Tensor) else as_tensor(v) for v in (actual, expected)]
    assert_close(
        *pair,
        rtol=rtol,
        atol=atol,
        equal_nan=equal_nan,
        check_device=True,
        check_dtype=False,
        check_stride=False,
        msg=msg or None,
    )


def _worded(problem: str, msg: Any) -> str:
    if msg is None:
        return problem
    return msg(problem) if callable(msg) else msg


def _pairs(one: Any, other: Any, place: str, subclasses: bool) -> Any:
    """(place, actual, expected) of each leaf; what doesn't match as a structure is an error."""
    if _is_sequence(one) and _is_sequence(other):
        if len(one) != len(other):
            raise AssertionError(
                f"The length of the sequences mismatch: {len(one)} != {len(other)}" + _at(place)
            )
        for i, (a, b) in enumerate(zip(one, other)):
            yield from _pairs(a, b, f"{place}[{i}]", subclasses)
    elif isinstance(one, Mapping) and isinstance(other, Mapping):
        missing, extra = set(other) - set(one), set(one) - set(other)
        if missing or extra:
            raise AssertionError(
                "The keys of the mappings do not match:\n"
                f"Missing keys in the actual mapping: {_ordered(missing)}\n"
                f"Additional keys in the actual mapping: {_ordered(extra)}" + _at(place)
            )
        for key in _ordered(one):
            yield from _pairs(one[key], other[key], f"{place}[{key!r}]", subclasses)
    else:
        if not _comparable(one, other, subclasses):
            raise TypeError(
                f"No comparison pair was able to handle inputs of type {type(one)} and "
                f"{type(other)}." + _at(place)
            )
        yield place, one, other


def _at(place: str) -> str:
    return f"\n\nThe failure occurred for item {place}" if place else ""


def _ordered(keys: Any) -> list:
    try:
        return sorted(keys)
    except TypeError:
        return list(keys)


def _is_sequence(value: Any) -> bool:
    return isinstance(value, Sequence) and not isinstance(value, str)


def _comparable(one: Any, other: Any, subclasses: bool) -> bool:
    if one is None or other is None:
        return True
    if isinstance(one, Tensor) and isinstance(other, Tensor):
        related = isinstance(one, type(other)) or isinstance(other, type(one))
        return related if subclasses else type(one) is type(other) is Tensor
    numbers = (*_NUMBERS, np.number, np.bool_, bool)
    return isinstance(one, numbers) and isinstance(other, numbers)


def _difference(one: Any, other: Any, tolerance: Any, equal_nan: bool, checks: list) -> str | None:
    if one is None or other is None:
        return None if one is other else f"None mismatch: {one} is not {other}"
    if isinstance(one, Tensor):
        return _attributes(one, other, checks) or _tensors(one, other, tolerance, equal_nan)
    if isinstance(one, (bool, np.bool_)) and isinstance(other, (bool, np.bool_)):
        return None if one == other else f"Booleans mismatch: {bool(one)} is not {bool(other)}"
    if "dtype" in checks and type(one) is not type(other):
        return f"The (d)types do not match: {type(one)} != {type(other)}."
    if tolerance is None:
        exact = not any(isinstance(v, (float, complex, np.inexact)) for v in (one, other))
        tolerance = (0.0, 0.0) if exact else _TOLERANCES["float64"]
    return _scalars(one, other, tolerance, equal_nan)


def _attributes(one: Tensor, other: Tensor, checks: list) -> str | None:
    for name in ("shape", *checks):
        values = [t.stride() if name == "stride()" else getattr(t, name) for t in (one, other)]
        if values[0] != values[1]:
            return f"The values for attribute '{name}' do not match: {values[0]} != {values[1]}."
    return None


def _tolerance_of(*kinds: dtype) -> tuple[float, float]:
    """The widest of the dtypes' tolerances."""
    found = [_TOLERANCES.get(kind.name, (0.0, 0.0)) for kind in kinds]
    return max(r for r, _ in found), max(a for _, a in found)


def _tensors(one: Tensor, other: Tensor, tolerance: Any, equal_nan: bool) -> str | None:
    rtol, atol = tolerance or _tolerance_of(one.dtype, other.dtype)
    if one.is_meta or other.is_meta:
        raise NotImplementedError("Comparing meta tensors is currently not supported")
    if one.dtype is not other.dtype:
        kind = (one.detach()[..., None][:0] + other.detach()[..., None][:0]).dtype
        one, other = one.to(kind), other.to(kind)
    if not one.numel():
        return None
    a, b = (_wide(t.detach()._array()) for t in (one, other))
    with np.errstate(all="ignore"):
        close = _close(a, b, rtol, atol) | _equal(a, b, equal_nan)
        if close.all():
            return None
        if a.ndim == 0:
            return _scalars(a.item(), b.item(), (rtol, atol), equal_nan)
        return _report(a, b, close, rtol, atol)


def _wide(array: np.ndarray) -> np.ndarray:
    """Integers and truth values with room for their differences."""
    return array.astype(np.int64) if array.dtype.kind in "bui" else array


def _close(a: np.ndarray, b: np.ndarray, rtol: float, atol: float) -> np.ndarray:
    if not (rtol or atol):
        return np.zeros(a.shape, bool)
    if a.dtype.kind not in "fc" or a.dtype.itemsize == 2:  # integers, float16, bfloat16
        a, b = a.astype(np.float64), b.astype(np.float64)
    far = np.abs(a - b)
    return np.isfinite(far) & (far <= atol + rtol * np.abs(b))


def _equal(a: np.ndarray, b: np.ndarray, equal_nan: bool) -> np.ndarray:
    return (a == b) | ((a != a) & (b != b) & equal_nan)


def _report(a: np.ndarray, b: np.ndarray, close: np.ndarray, rtol: float, atol: float) -> str:
    absolute = np.abs(a - b)
    relative = absolute / np.abs(b)
    if a.dtype.kind == "i":
        relative = absolute.astype(np.float32) / np.abs(b).astype(np.float32)
    wrong = int((~close).sum())
    lines = [
        f"Tensor-likes are not {'close' if rtol or atol else 'equal'}!\n",
        f"Mismatched elements: {wrong} / {a.size} ({wrong / a.size:.1%})",
    ]
    for name, values, bound in (("absolute", absolute, atol), ("relative", relative, rtol)):
        masked = np.where(close, 0, values)
        at = np.unravel_index(int(np.argmax(masked)), a.shape)
        line = f"Greatest {name} difference: {masked[at].item()} at index {_index(at)}"
        lines.append(line + (f" (up to {bound} allowed)" if rtol or atol else ""))
    return "\n".join(lines)


def _index(at: tuple) -> tuple[int, ...]:
    return tuple(int(i) for i in at)


def _scalars(one: Any, other: Any, tolerance: Any, equal_nan: bool) -> str | None:
    rtol, atol = tolerance
    both_nan = one != one and other != other
    absolute = abs(one - other)
    if one == other or (both_nan and equal_nan):
        return None
    if math.isfinite(absolute) and absolute <= atol + rtol * abs(other):
        return None
    relative = absolute / abs(other) if other else math.inf
    exact = not (rtol or atol)
    lines = [
        f"Scalars are not {'equal' if exact else 'close'}!\n",
        f"Expected {other} but got {one}.",
        f"Absolute difference: {absolute}" + ("" if exact else f" (up to {atol} allowed)"),
        f"Relative difference: {relative}" + ("" if exact else f" (up to {rtol} allowed)"),
    ]
    return "\n".join(lines)
