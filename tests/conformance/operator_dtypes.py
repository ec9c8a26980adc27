"""PyTorch's operator table in every dtype that an entry lists for the CPU.

An entry of these tables is "name[:variant]@dtype". float32 has its own table (`operators.py`).
Results are compared to the dtype's tolerances. Where they differ by more, PyTorch's float64 result
for the same input decides: what is as near to it as PyTorch's own result is, passes.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import torch

from tests.conformance import operators as ops
from tests.conformance.compare import Tolerance, declared_tolerance, difference
from tests.conformance.harness import Skip, Table, describe
from tests.conformance.usage import operator_names

SAMPLES = 8
DTYPES = {
    str(dtype).removeprefix("torch."): dtype
    for dtype in (
        torch.bool,
        torch.uint8,
        torch.int8,
        torch.int16,
        torch.int32,
        torch.int64,
        torch.float16,
        torch.bfloat16,
        torch.float64,
        torch.complex64,
        torch.complex128,
    )
}
# What each is computed in to judge a result; double precision is only ever held against itself.
_EXACT = {
    torch.float16: torch.float64,
    torch.bfloat16: torch.float64,
    torch.float32: torch.float64,
    torch.complex64: torch.complex128,
}


def _pairs(listed: bool) -> tuple[str, ...]:
    """Entries with the dtypes that they list, or with the others, side by side."""
    return tuple(
        f"{name}@{short}"
        for name, op in ops.ENTRIES.items()
        for short, dtype in DTYPES.items()
        if (dtype in op.supported_dtypes("cpu")) == listed
    )


def _dtype_of(entry: str) -> str:
    return entry.partition("@")[2]


def _widened(value: Any) -> Any:
    """Arguments with all floating point tensors and dtypes in double precision."""
    if isinstance(value, torch.Tensor):
        return value.detach().to(_EXACT[value.dtype]) if value.dtype in _EXACT else value
    if isinstance(value, torch.dtype):
        return _EXACT.get(value, value)
    if isinstance(value, (list, tuple)) and not isinstance(value, torch.Size):
        items = [_widened(item) for item in value]
        return type(value)(*items) if hasattr(value, "_fields") else type(value)(items)
    if isinstance(value, dict):
        return {key: _widened(item) for key, item in value.items()}
    return value


def _error(result: torch.Tensor, exact: torch.Tensor) -> float:
    """The largest distance; infinite where one is finite and the other is not."""
    wide = result.to(exact.dtype)
    same = (wide == exact) | (torch.isnan(wide) & torch.isnan(exact))
    apart = torch.where(same, 0.0, (wide - exact).abs())
    return float(torch.nan_to_num(apart, nan=float("inf"), posinf=float("inf")).max())


def _as_near(expected: Any, actual: Any, exact: Any, tolerance: Tolerance) -> bool:
    """Whether each tensor is as near to the float64 result as PyTorch's, or within tolerance."""
    pairs = list(zip(ops._tensors(expected), ops._tensors(actual), ops._tensors(exact)))
    for mine, other, precise in pairs:
        if difference(mine, other, {mine.dtype: tolerance}) is None:
            continue
        alike = mine.shape == other.shape == precise.shape and mine.dtype == other.dtype
        if not alike or mine.dtype not in _EXACT or precise.dtype != _EXACT[mine.dtype]:
            return False
        if difference(precise.to(mine.dtype), other, {mine.dtype: tolerance}) is None:
            continue
        if not _error(other, precise) <= _error(mine, precise):
            return False
    return bool(pairs)


def _justified(op: Any, sample: Any, expected: Any, actual: Any, tolerance: Tolerance) -> bool:
    """Whether a difference is PyTorch's own rounding error."""
    arguments = _widened([sample.input, *sample.args])
    exact, error = ops._run(ops._seeded(torch, op.op), *arguments, **_widened(sample.kwargs))
    if error is not None:
        return False
    return _as_near(expected, ops._swapper().bridge.back(actual), exact, tolerance)


# Where elements are equal, the documentation leaves open which one's index is returned.
_INDEX_OF_EQUALS = {"argsort", "kthvalue", "mode", "sort", "topk"}


def _led_to(op: Any, sample: Any, result: Any) -> Any:
    """The values that indices lead to in their place; no index may occur twice along its dim."""
    indices = result if isinstance(result, torch.Tensor) else result[1]
    position = 1 if op.name in ("kthvalue", "topk") else 0
    rest = sample.args[position:]
    dim = sample.kwargs.get("dim", rest[0] if rest else -1)
    x = sample.input
    if not x.ndim or not indices.numel():
        return result
    if indices.ndim < x.ndim:
        indices = indices.unsqueeze(dim)
    ordered = indices.sort(dim).values
    distinct = bool((ordered.diff(dim=dim) > 0).all())
    values = result if isinstance(result, torch.Tensor) else result[0]
    return [values if values is not result else None, x.gather(dim, indices), distinct]


def _sample_difference(op: Any, counterpart: Any, sample: Any, dtype: torch.dtype) -> str | None:
    """What differs for one sample; Skip where PyTorch raises and so does the target."""
    memo: dict[Any, Any] = {}
    args, kwargs = ops._cross(sample, memo)
    here, there = ops._seeded(torch, op.op), ops._seeded(ops._swapper().target, counterpart)
    expected, error = ops._run(here, sample.input, *sample.args, **sample.kwargs)
    actual, raised = ops._run(there, *args, **kwargs)
    if error is not None:
        found = ops._same_error(error, raised)
        if found is None:
            raise Skip("PyTorch raises")
        return found
    if raised is not None:
        return describe(raised)
    tolerance = declared_tolerance(op.decorators, dtype)
    found = ops._compare(op, sample, expected, actual, dtype)
    if found and op.name in _INDEX_OF_EQUALS:
        back = ops._swapper().bridge.back(actual)
        found = difference(_led_to(op, sample, expected), _led_to(op, sample, back))
    if found and dtype in _EXACT and _justified(op, sample, expected, actual, tolerance):
        found = None
    return found or ops._changed(memo)


def _differences(entry: str) -> Iterator[str | None]:
    """What differs, sample by sample; nothing for one on which both sides raise alike."""
    name, _, short = entry.partition("@")
    op, dtype = ops.ENTRIES[name], DTYPES[short]
    counterpart = ops._counterpart(op)
    for sample in ops._spread(ops._samples(op, dtype), SAMPLES):
        try:
            found = _sample_difference(op, counterpart, sample, dtype)
        except Skip:
            continue
        yield f"{found} for {ops._where(sample)}" if found else None


def check(entry: str) -> str | None:
    """Values or errors over an entry's samples in one dtype."""
    ran = False
    for found in _differences(entry):
        if found:
            return found
        ran = True
    if not ran:
        raise Skip("PyTorch raises on all samples")
    return None


def check_unlisted(entry: str) -> str | None:
    """The same in a dtype that PyTorch's table does not list: mostly the error's type."""
    return next(filter(None, _differences(entry)), None)


def tables() -> list[Table]:
    """The (entry, dtype) pairs that PyTorch's table lists, and the others."""
    title, rest = "op_db forward, all other dtypes", "op_db, dtypes it does not list"
    others = _pairs(False)
    return [
        Table("op_dtypes", title, _pairs(True), check, operator_names, _dtype_of),
        Table("op_dtypes_unlisted", rest, others, check_unlisted, operator_names, _dtype_of),
    ]
