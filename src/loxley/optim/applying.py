"""From an optimizer's step on one parameter to one recorded operator.

In: an `Update`, the tensors it changes, the scalars of this step.  Out: the tensors' storages hold
the operator's results.  A differentiable step runs the same rule on tensors instead.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np

from ..dtypes import dtype as DType
from ..dtypes import float32, float64, get_default_dtype
from ..ir.graph import Op, Value, leaf, record
from ..ops.optim import Update
from ..tensor import Tensor, tensor, view_as_real
from .tensor_math import Cell, TensorMath


@lru_cache(maxsize=256)
def _scalars_value(scalars: tuple[float, ...]) -> Value:
    """One immutable value for all parameters that are updated with the same scalars."""
    return leaf(np.array(scalars, np.float64), float64)


def number_of(value: Any) -> Any:
    """A Python number from a number or a one-element tensor."""
    return value.item() if isinstance(value, Tensor) else value


def count_dtype(fused: bool | None = None) -> DType:
    """The dtype in which steps are counted."""
    return float64 if get_default_dtype() is float64 and not fused else float32


def new_count(start: float = 0.0, fused: bool | None = None) -> Tensor:
    """A fresh 0-d state tensor such as "step"."""
    return tensor(float(start), dtype=count_dtype(fused))


def read_count(count: Tensor) -> float:
    """The number in a 0-d state tensor."""
    data = count._storage.value.data
    return count.item() if data is None or data.size != 1 else data.item()


@lru_cache(maxsize=256)
def _count_value(number: float, kind: DType) -> Value:
    """One immutable value for the counts of all parameters that are equally far."""
    return leaf(np.array(kind.scalar(number)), kind)


def set_count(count: Tensor, number: float) -> float:
    """Write a number into a 0-d state tensor; what it became in the tensor's precision."""
    if count._shape:  # old checkpoints have counts of shape (1,)
        count.fill_(number)
        return count.item()
    value = _count_value(number, count.dtype)
    count._write(value)
    return value.data.item()


def multiply_count(count: Tensor, factor: float) -> float:
    """Multiply a 0-d state tensor in its own precision; the product."""
    scalar = count.dtype.scalar
    return set_count(count, (scalar(read_count(count)) * scalar(factor)).item())


def advance(step: Tensor) -> float:
    """Count one step more; the new count."""
    return set_count(step, read_count(step) + 1)


def record_op(
    op: Op,
    param: Tensor,
    grad: Tensor,
    buffers: Sequence[Tensor],
    scalars: tuple | Value,
    flags: tuple,
) -> None:
    """Record one update operator and let the tensors' storages hold its results."""
    inputs = [param._read(), grad._read()]
    for buffer in buffers:
        inputs.append(buffer._read())
    inputs.append(_scalars_value(scalars) if type(scalars) is tuple else scalars)
    outs = record(op, tuple(inputs), (flags,))
    # Nobody but the new node may hold the old values, or they could not be overwritten.
    del inputs
    param._write(outs[0])
    if buffers:
        for buffer, out in zip(buffers, outs[1:]):
            buffer._write(out)


def apply_update(
    update: Update,
    param: Tensor,
    grad: Tensor,
    buffers: Sequence[Tensor],
    scalars: tuple,
    flags: tuple,
    differentiable: bool = False,
) -> None:
    """Run an update rule on a parameter and its buffers, which it changes."""
    if differentiable or param._storage.meta:
        _apply_to_tensors(update, (param, grad, *buffers), scalars, flags)
    else:
        record_op(update.op, param, grad, buffers, scalars, flags)


def _apply_to_tensors(update: Update, tensors: tuple, scalars: tuple, flags: tuple) -> None:
    seen = [view_as_real(t) if t.is_complex() else t for t in tensors]
    cells = [Cell(t) for t in seen]
    update.rule(TensorMath(), *cells, scalars, flags)
    for i, (t, cell) in enumerate(zip(seen, cells)):
        if i != 1 and cell.t is not t:
            t.copy_(cell.t)
