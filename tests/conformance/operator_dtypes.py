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
from tests.conformance.compare import difference
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
    found = ops._compare(op, sample, expected, actual, dtype)
    if found and op.name in _INDEX_OF_EQUALS:
        back = ops._swapper().bridge.back(actual)
        found = difference(_led_to(op, sample, expected), _led_to(op, sample, back))
    if found and ops._justified(op, sample, expected, actual, dtype):
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
