"""Whether a result is as near to the true one as PyTorch's: both are held against float64.

In: the results of both sides, and PyTorch's for the same arguments in double precision.
"""

from __future__ import annotations

from typing import Any

import torch

from tests.conformance.compare import Tolerance, difference

# What each is computed in to judge a result; double precision is only ever held against itself.
EXACT = {
    torch.float16: torch.float64,
    torch.bfloat16: torch.float64,
    torch.float32: torch.float64,
    torch.complex64: torch.complex128,
}


def widened(value: Any) -> Any:
    """Arguments with all floating point tensors and dtypes in double precision."""
    if isinstance(value, torch.Tensor):
        return value.detach().to(EXACT[value.dtype]) if value.dtype in EXACT else value
    if isinstance(value, torch.dtype):
        return EXACT.get(value, value)
    if isinstance(value, (list, tuple)) and not isinstance(value, torch.Size):
        items = [widened(item) for item in value]
        return type(value)(*items) if hasattr(value, "_fields") else type(value)(items)
    if isinstance(value, dict):
        return {key: widened(item) for key, item in value.items()}
    return value


def _error(result: torch.Tensor, exact: torch.Tensor) -> float:
    """The largest distance; infinite where one is finite and the other is not."""
    wide = result.to(exact.dtype)
    same = (wide == exact) | (torch.isnan(wide) & torch.isnan(exact))
    apart = torch.where(same, 0.0, (wide - exact).abs())
    return float(torch.nan_to_num(apart, nan=float("inf"), posinf=float("inf")).max())


def as_near(expected: list, actual: list, exact: list, tolerance: Tolerance) -> bool:
    """Whether each tensor is as near to the float64 result as PyTorch's, or within tolerance."""
    pairs = list(zip(expected, actual, exact))
    for mine, other, precise in pairs:
        if difference(mine, other, {mine.dtype: tolerance}) is None:
            continue
        alike = mine.shape == other.shape == precise.shape and mine.dtype == other.dtype
        if not alike or mine.dtype not in EXACT or precise.dtype != EXACT[mine.dtype]:
            return False
        if difference(precise.to(mine.dtype), other, {mine.dtype: tolerance}) is None:
            continue
        if not _error(other, precise) <= _error(mine, precise):
            return False
    return bool(pairs)
