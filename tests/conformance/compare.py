"""Compare what torch gave with what the target gave.

In: two results (nested containers of tensors and plain values), the second already carried back to
torch. Out: None where they agree, else one line that says what differs. Tolerances are those of
`torch.testing.assert_close` for the dtype, widened only by what a test table itself declares.
"""

from __future__ import annotations

import math
from typing import Any

import torch

DEFAULT_TOLERANCE = {
    torch.float16: (1e-3, 1e-5),
    torch.bfloat16: (1.6e-2, 1e-5),
    torch.float32: (1.3e-6, 1e-5),
    torch.float64: (1e-7, 1e-7),
    torch.complex32: (1e-3, 1e-5),
    torch.complex64: (1.3e-6, 1e-5),
    torch.complex128: (1e-7, 1e-7),
}
# What PyTorch has no comparison of, in what it can be compared in.
_WIDE = {
    torch.complex32: torch.complex64,
    torch.float8_e4m3fn: torch.float32,
    torch.float8_e5m2: torch.float32,
    torch.float8_e4m3fnuz: torch.float32,
    torch.float8_e5m2fnuz: torch.float32,
    torch.float8_e8m0fnu: torch.float32,
}
Tolerance = tuple[float, float]  # (rtol, atol)


def declared_tolerance(decorators: Any, dtype: torch.dtype) -> Tolerance:
    """A dtype's default, widened by the overrides that a table's entry declares for the CPU."""
    rtol, atol = DEFAULT_TOLERANCE.get(dtype, (0.0, 0.0))
    for info in decorators or ():
        if getattr(info, "device_type", None) not in (None, "cpu"):
            continue
        for decorator in getattr(info, "decorators", ()):
            override = getattr(decorator, "d", None)
            if not isinstance(override, dict) or dtype not in override:
                continue
            entry = override[dtype]
            own = (entry.rtol, entry.atol) if hasattr(entry, "rtol") else (0.0, float(entry))
            rtol, atol = max(rtol, own[0]), max(atol, own[1])
    return rtol, atol


def difference(
    expected: Any, actual: Any, tolerance: dict[torch.dtype, Tolerance] | None = None
) -> str | None:
    """What differs between two results, or None."""
    if isinstance(expected, torch.Tensor):
        return _tensor_difference(expected, actual, tolerance or {})
    if isinstance(expected, (list, tuple)) and not isinstance(expected, torch.Size):
        return _sequence_difference(expected, actual, tolerance)
    if isinstance(expected, dict):
        if not isinstance(actual, dict) or list(expected) != list(actual):
            return (
                f"keys: expected {list(expected)}, got {actual if actual is None else list(actual)}"
            )
        return _sequence_difference(list(expected.values()), list(actual.values()), tolerance)
    if isinstance(expected, (float, complex)) and isinstance(actual, (float, complex)):
        return _number_difference(expected, actual)
    if isinstance(expected, str) and isinstance(actual, str):
        return _text_difference(expected, actual)
    if type(expected) is not type(actual) or expected != actual:
        return f"expected {expected!r} ({type(expected).__name__}), got {actual!r:.200}"
    return None


def _sequence_difference(expected: Any, actual: Any, tolerance: Any) -> str | None:
    if not isinstance(actual, (list, tuple)):
        return f"expected a {type(expected).__name__}, got {type(actual).__name__}"
    if len(expected) != len(actual):
        return f"expected {len(expected)} items, got {len(actual)}"
    for index, (one, other) in enumerate(zip(expected, actual)):
        found = difference(one, other, tolerance)
        if found:
            return f"[{index}] {found}"
    return None


def _text_difference(expected: str, actual: str) -> str | None:
    """The first line that differs."""
    if expected == actual:
        return None
    here, there = expected.splitlines(), actual.splitlines()
    for one, other in zip(here, there):
        if one != other:
            return f"text: expected {one!r}, got {other!r}"
    return f"text: expected {len(here)} lines, got {len(there)}: {expected!r}, {actual!r}"


def _number_difference(expected: complex, actual: complex) -> str | None:
    if expected == actual or (expected != expected and actual != actual):
        return None
    if abs(expected - actual) <= 1e-5 + 1.3e-6 * abs(expected) and not math.isinf(abs(expected)):
        return None
    return f"expected {expected}, got {actual}"


def _tensor_difference(expected: torch.Tensor, actual: Any, tolerance: Any) -> str | None:
    if not isinstance(actual, torch.Tensor):
        return f"expected a tensor, got {type(actual).__name__}"
    if expected.shape != actual.shape:
        return f"shape: expected {tuple(expected.shape)}, got {tuple(actual.shape)}"
    if expected.dtype != actual.dtype:
        return f"dtype: expected {expected.dtype}, got {actual.dtype}"
    expected = expected.detach()
    if expected.layout != actual.layout:
        return f"layout: expected {expected.layout}, got {actual.layout}"
    if expected.layout in (torch.sparse_coo, torch.sparse_csr):
        expected, actual = expected.to_dense(), actual.to_dense()
    rtol, atol = tolerance.get(expected.dtype) or DEFAULT_TOLERANCE.get(expected.dtype, (0.0, 0.0))
    if expected.dtype in _WIDE:
        expected, actual = (t.to(_WIDE[expected.dtype]) for t in (expected, actual))
    if expected.numel() == 0 or torch.equal(expected, actual):
        return None
    try:
        torch.testing.assert_close(actual, expected, rtol=rtol, atol=atol, equal_nan=True)
    except AssertionError as error:
        lines = [line.strip() for line in str(error).splitlines() if line.strip()]
        return f"{tuple(expected.shape)} {expected.dtype}: " + "; ".join(lines)[:300]
    return None
