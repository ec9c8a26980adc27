"""Batched values: a program recorded on one slice as if it stood alone, computed on all at once.

A batched value has the shape of one slice; it holds a *physical* value whose first dimension counts
the slices, and the level of the `vmap` that it belongs to.  Recording an operator on batched values
(`ir.graph.record` hands it over) runs the operator's rule on the physical values.  Levels grow
inwards, and the outermost wrapper of a value has the highest.  docs/design/transforms.md tells why.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from ..errors import InternalError
from ..ir.graph import BATCHED, META, Batching, Op, Value, record
from ..ops import joining, movement, slicing
from ..ops.reduce import sum as sum_op

# op, physical inputs, which of them are batched, attributes, number of slices -> physical result(s)
Rule = Callable[[Op, list, tuple, tuple, int], Any]
RULES: dict[str, Rule] = {}
# Rules that compose other operators on the batched values themselves: (*inputs, *attrs) -> results
COMPOSED: dict[str, Callable] = {}
counters = {"fallbacks": 0}  # operators that were run slice by slice, for want of a rule
fallen_back: list[str] = []  # their names


def batched(physical: Value, level: int) -> Value:
    """The slices of a value as one value of that level."""
    return Value(BATCHED, (physical,), (level,), physical.shape[1:], physical.dtype)


def level_of(value: Value) -> int:
    """The innermost level that a value belongs to; 0 for a plain one."""
    return value.attrs[0] if value.op is BATCHED else 0


def levels_of(value: Value) -> tuple[int, ...]:
    """All levels that a value belongs to, outermost first."""
    found: list[int] = []
    while value.op is BATCHED:
        found.insert(0, value.attrs[0])
        value = value.inputs[0]  # type: ignore[assignment]
    return tuple(found)


def bottom(value: Value) -> Value:
    """What is under all wrappers: the slices of every level in front."""
    while value.op is BATCHED:
        value = value.inputs[0]  # type: ignore[assignment]
    return value


def _spread(value: Value, size: int) -> Value:
    if value.op is META:
        return Value(META, (), (), (size, *value.shape), value.dtype)
    return movement.expand(value, (size, *value.shape))


def enter(value: Value, level: int, dim: int = 0) -> Value:
    """The value as slices along `dim`, at a level that may lie below those it belongs to."""
    above = level_of(value)
    if above > level:
        inner: Value = value.inputs[0]  # type: ignore[assignment]
        return batched(enter(inner, level, dim + 1), above)
    if dim:
        order = (dim, *(d for d in range(value.ndim) if d != dim))
        value = movement.permute(value, order)
    return batched(value, level)


def leave(value: Value, level: int, size: int, dim: int = 0) -> Value:
    """The inverse of `enter`: slices become dimension `dim`; what is not batched is repeated."""
    above = level_of(value)
    if above > level:
        inner: Value = value.inputs[0]  # type: ignore[assignment]
        return batched(leave(inner, level, size, dim + 1), above)
    physical = value.inputs[0] if above == level else _spread(value, size)
    if dim:
        order = (*range(1, dim + 1), 0, *range(dim + 1, physical.ndim))  # type: ignore[union-attr]
        physical = movement.permute(physical, order)
    return physical  # type: ignore[return-value]


def summed(value: Value, level: int) -> Value:
    """The sum of all slices of a level, a value that does not belong to it."""
    above = level_of(value)
    if above > level:
        return batched(summed(value.inputs[0], level), above)  # type: ignore[arg-type]
    if above < level:
        return value
    physical: Value = value.inputs[0]  # type: ignore[assignment]
    return sum_op(physical, (0,), False, physical.dtype)


def with_level(value: Value, level: int, size: int) -> Value:
    """The value repeated in every slice of a level that it does not belong to."""
    return enter(leave(value, level, size), level)


def like(value: Value, pattern: Value) -> Value:
    """The value repeated in every slice that `pattern` has."""
    slices: list[tuple[int, int]] = []
    while pattern.op is BATCHED:
        physical: Value = pattern.inputs[0]  # type: ignore[assignment]
        slices.insert(0, (pattern.attrs[0], physical.shape[0]))
        pattern = physical
    sizes = tuple(n for _, n in slices)
    if value.op is BATCHED or not slices:
        return value
    value = movement.expand(value, (*sizes, *value.shape)) if value.op is not META else value
    for level, _ in slices:
        value = batched(value, level)
    return value


def apply(op: Op, inputs: tuple, attrs: tuple) -> Any:
    """Records an operator of which some inputs are batched; the results are."""
    composed = COMPOSED.get(op.name)
    if composed is not None:
        made = composed(*inputs, *attrs)
        if made is not NotImplemented:
            return made
    level = max(level_of(x) for x in inputs if x is not None)
    flags = tuple(x is not None and level_of(x) == level for x in inputs)
    physical = [x.inputs[0] if flag else x for x, flag in zip(inputs, flags)]
    size = next(p.shape[0] for p, flag in zip(physical, flags) if flag)
    metas = op.rule(inputs, *attrs) if op.variadic else op.rule(*inputs, *attrs)
    rule = RULES.get(op.name)
    if rule is None:
        rule = aligned if op.elementwise else looped
    made = rule(op, physical, flags, attrs, size)
    if type(metas) is not list:
        return _wrapped(op, made, metas[0], level, size)
    random = op.input_names[:1] == ("state",)  # what follows the sample is the next state
    return tuple(
        one if i and random else _wrapped(op, one, shape, level, size)
        for i, (one, (shape, _)) in enumerate(zip(made, metas))
    )


def _wrapped(op: Op, made: Value, shape: tuple, level: int, size: int) -> Value:
    expected = (size, *shape)
    if made.shape != expected:
        if made.numel() != _product(expected):
            raise InternalError(
                f"vmap: the rule of {op.name} gave shape {list(made.shape)}, expected "
                f"{list(expected)}"
            )
        made = movement.view(made, expected)
    return batched(made, level)


def _product(sizes: tuple[int, ...]) -> int:
    made = 1
    for n in sizes:
        made *= n
    return made


# Rules that fit many operators


def lifted(x: Value, ndim: int) -> Value:
    """A physical value with dimensions of size one after the slices, so that slices have `ndim`."""
    missing = ndim + 1 - x.ndim
    return x if missing <= 0 else movement.view(x, (x.shape[0], *(1,) * missing, *x.shape[1:]))


def slice_ndims(inputs: Sequence, flags: tuple) -> list[int]:
    """How many dimensions a slice of each input has."""
    return [0 if x is None else x.ndim - f for x, f in zip(inputs, flags)]


def aligned(op: Op, inputs: list, flags: tuple, attrs: tuple, size: int) -> Any:
    """Elementwise: what the slices broadcast from the right, the physical values do too."""
    ndim = max(slice_ndims(inputs, flags))
    given = tuple(lifted(x, ndim) if f else x for x, f in zip(inputs, flags))
    return record(op, given, attrs)


def every(inputs: list, flags: tuple, size: int) -> list:
    """All inputs with slices: those that are not batched are repeated."""
    return [x if f or x is None else _spread(x, size) for x, f in zip(inputs, flags)]


def looped(op: Op, inputs: list, flags: tuple, attrs: tuple, size: int) -> Any:
    """No rule: the operator runs on slice after slice."""
    counters["fallbacks"] += 1
    fallen_back.append(op.name)
    rows = []
    for i in range(size):
        given = tuple(slice_at(x, i) if f else x for x, f in zip(inputs, flags))
        rows.append(record(op, given, attrs))
    if type(rows[0]) is tuple:
        return tuple(stacked(list(column)) for column in zip(*rows))
    return stacked(rows)


def slice_at(x: Value, i: int) -> Value:
    """One slice of a physical value."""
    return record(slicing.select, (x,), (0, i))


def stacked(rows: list) -> Value:
    """Slices as a physical value."""
    return record(joining.stack, tuple(rows), (0,))


def activate() -> None:
    """From now on `record` looks for batched values: called by the first `vmap`."""
    Batching.apply = apply
