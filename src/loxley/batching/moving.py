"""Movement and creation on batched values: layouts, broadcasts, copies, repeats, joins."""

from __future__ import annotations

from math import prod
from typing import Any

from ..ir.graph import Op, Value, record
from ..ops import movement, reduce
from ..ops.order import median_dim, nanmedian_dim
from ..ops.rearranging import trace as TRACE
from ..ops.scatter import gather
from ..ops.slicing import diagonal
from .core import COMPOSED, RULES, aligned, every, lifted, slice_ndims


def _permute(op: Op, inputs: list, flags: tuple, attrs: tuple, size: int) -> Any:
    return record(op, tuple(inputs), ((0, *(d + 1 for d in attrs[0])),))


def _t(op: Op, inputs: list, flags: tuple, attrs: tuple, size: int) -> Any:
    x = inputs[0]
    return movement.permute(x, (0, 2, 1)) if x.ndim == 3 else x


def _expand(op: Op, inputs: list, flags: tuple, attrs: tuple, size: int) -> Any:
    shape = attrs[0]
    return record(op, (lifted(inputs[0], len(shape)),), ((size, *shape),))


def _full(op: Op, inputs: list, flags: tuple, attrs: tuple, size: int) -> Any:
    return movement.expand(lifted(inputs[0], len(attrs[0])), (size, *attrs[0]))


def _overwritten(op: Op, inputs: list, flags: tuple, attrs: tuple, size: int) -> Any:
    """copy, fill, zero: what is written in the first input's place, broadcast to a shape."""
    shape, kind = attrs
    source = inputs[1]
    source = lifted(source, len(shape)) if flags[1] else source
    return record(op, (None, source), ((size, *shape), kind))


def _read_strided(op: Op, inputs: list, flags: tuple, attrs: tuple, size: int) -> Any:
    """Slices lie one after the other: the first dimension steps over a whole one."""
    shape, strides, offset = attrs[:3]
    base = inputs[0]
    span = prod(base.shape[1:])
    return movement.AS_STRIDED(base, (size, *shape), (span, *strides), offset)


def _accumulate_strided(op: Op, inputs: list, flags: tuple, attrs: tuple, size: int) -> Any:
    span, strides, offset = attrs
    flat = record(op, tuple(inputs), (span * size, (span, *strides), offset))
    return movement.view(flat, (size, span))


def _write_strided(op: Op, inputs: list, flags: tuple, attrs: tuple, size: int) -> Any:
    shape, strides, offset = attrs
    base, source = every(inputs, flags, size)
    span = prod(base.shape[1:])
    return record(op, (base, source), ((size, *shape), (span, *strides), offset))


def _repeat(op: Op, inputs: list, flags: tuple, attrs: tuple, size: int) -> Any:
    repeats = attrs[0]
    return record(op, (lifted(inputs[0], len(repeats)),), ((1, *repeats),))


def _cat(op: Op, inputs: list, flags: tuple, attrs: tuple, size: int) -> Any:
    ndim = max(slice_ndims(inputs, flags))
    kept = [  # an empty vector joins anything
        (x, f) for x, f in zip(inputs, flags) if x.ndim - f == ndim or x.numel()
    ]
    given = every([x for x, _ in kept], tuple(f for _, f in kept), size)
    return record(op, tuple(given), (attrs[0] + 1,))


def _sum_to_size(x: Value, shape: tuple) -> Any:
    lead = x.ndim - len(shape)
    dims = tuple(lead + d for d, n in enumerate(shape) if n == 1 and x.shape[lead + d] != 1)
    made = reduce.sum(x, (*range(lead), *dims), False, x.dtype)
    return movement.view(made, shape)


def _trace(x: Value) -> Any:
    found, kind = diagonal(x, 0, 0, 1), TRACE.rule(x)[1]
    return reduce.sum(found, (0,), False, kind)


def _all_of(op: Op) -> Any:
    """A reduction of everything, by the one that takes dimensions."""

    def composed(x: Value, kind: Any = None) -> Any:
        tail = (kind,) if kind is not None else ()
        return op(x, tuple(range(x.ndim)), False, *tail)

    return composed


def _masked_fill(op: Op, inputs: list, flags: tuple, attrs: tuple, size: int) -> Any:
    """The tensor itself must have all slices: the result has its shape."""
    ndim = max(slice_ndims(inputs, flags))
    x = inputs[0] if flags[0] else every(inputs[:1], (False,), size)[0]
    return aligned(op, [lifted(x, ndim), *inputs[1:]], (True, *flags[1:]), attrs, size)


def _roll(op: Op, inputs: list, flags: tuple, attrs: tuple, size: int) -> Any:
    """Without dimensions the elements of a slice are rolled as one row."""
    (x,), (shifts, dims) = inputs, attrs
    if dims:
        return record(op, (x,), (shifts, tuple(d + 1 for d in dims)))
    return record(op, (movement.view(x, (size, x.numel() // max(size, 1))),), (shifts, (1,)))


def _middle(pair: Op) -> Any:
    """The median of everything, by the one along a dimension."""

    def composed(x: Value) -> Any:
        return pair(movement.view(x, (x.numel(),)), 0, False)[0]

    return composed


def _take(x: Value, index: Value) -> Any:
    flat = movement.view(x, (x.numel(),))
    places = movement.view(index, (index.numel(),))
    return movement.view(gather(flat, places, 0), index.shape)


RULES.update(
    {
        "permute": _permute,
        "permute_copy": _permute,
        "t": _t,
        "t_": _t,
        "t_copy": _t,
        "expand": _expand,
        "expand_copy": _expand,
        "full": _full,
        "copy": _overwritten,
        "fill": _overwritten,
        "fill_tensor": _overwritten,
        "zero": _overwritten,
        "read_strided": _read_strided,
        "accumulate_strided": _accumulate_strided,
        "write_strided": _write_strided,
        "repeat": _repeat,
        "cat": _cat,
        "roll": _roll,
        "masked_fill": _masked_fill,
        "masked_fill_by": _masked_fill,
        "masked_put": _masked_fill,
        "prelu_kernel": _masked_fill,
        "equal_or_nan": aligned,
        "exp_difference": aligned,
    }
)
COMPOSED.update(
    {
        "sum_to_size": _sum_to_size,
        "trace": _trace,
        "take": _take,
        "median": _middle(median_dim),
        "nanmedian": _middle(nanmedian_dim),
        "sum_all": _all_of(reduce.sum),
        "mean_all": _all_of(reduce.mean),
        "prod_all": _all_of(reduce.prod),
        "max": _all_of(reduce.amax),
        "min": _all_of(reduce.amin),
    }
)
