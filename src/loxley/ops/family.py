"""Factories of operator families: a member of the elementwise families costs one line.

`unary("sin", np.sin, vjp=lambda g, x: g * cos(x))` defines, records and differentiates; the
factory supplies the shape rule, type promotion and the treatment of 16-bit floats, which compute
in float32 and round once.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from .. import dtypes as dt
from ..ir.graph import Op, Value, constant
from ..shapes import broadcast_shapes

_LOW = frozenset((dt.float16.numpy, dt.bfloat16.numpy))


def combine_categories(high: dt.dtype | None, low: dt.dtype | None) -> dt.dtype | None:
    """The result type where `high` takes precedence unless `low` is of a higher category."""
    if high is None or low is None:
        return high or low
    if high.is_complex:
        return high
    if high.is_floating_point:
        return high.to_complex() if low.is_complex else high
    if high is dt.bool_ or low.is_floating_point or low.is_complex:
        return dt.promote_types(high, low)
    return high


def result_type(inputs: tuple) -> dt.dtype:
    """PyTorch's promotion: tensors with dimensions, then 0-d tensors, then Python numbers.

    Source: https://docs.pytorch.org/docs/stable/tensor_attributes.html#type-promotion-doc
    """
    dims = zeros = numbers = None
    for x in inputs:
        if x is None:
            continue
        kind = getattr(x, "dtype", None)
        if kind is None or isinstance(x, np.generic):
            kind = dt.dtype_of_scalar(x)
            numbers = kind if numbers is None else dt.promote_types(numbers, kind)
        elif x.shape:
            dims = kind if dims is None else dt.promote_types(dims, kind)
        else:
            zeros = kind if zeros is None else dt.promote_types(zeros, kind)
    return combine_categories(combine_categories(dims, zeros), numbers)


def to_kind(x: Value | object, kind: dt.dtype) -> Value:
    """A value of the given dtype from a value or a Python number."""
    if type(x) is Value:
        return x if x.dtype is kind else CAST(x, kind)
    if x is None:
        return None
    return constant(x, kind)


def promote(inputs: tuple, attrs: tuple = ()) -> tuple:
    """All inputs at their common type (`prepare` of most elementwise operators)."""
    if len(inputs) == 2:
        a, b = inputs
        if type(a) is Value and type(b) is Value and a.dtype is b.dtype:
            return inputs
    kind = result_type(inputs)
    return tuple(to_kind(x, kind) for x in inputs)


def promote_float(inputs: tuple, attrs: tuple = ()) -> tuple:
    """All inputs at their common type, integers and bools at the default float type."""
    kind = result_type(inputs)
    if kind.category < dt.float32.category:
        kind = dt.get_default_dtype()
    return tuple(to_kind(x, kind) for x in inputs)


def same_rule(*inputs, **_):
    """Shape rule of elementwise operators: broadcast; the first input's type."""
    first = inputs[0]
    if len(inputs) == 1:
        return first.shape, first.dtype
    if len(inputs) == 2 and first.shape == inputs[1].shape:
        return first.shape, first.dtype
    return broadcast_shapes(*(x.shape for x in inputs if x is not None)), first.dtype


def widened(function: Callable) -> Callable:
    """`function` computing 16-bit floats in float32 (the result is rounded by the interpreter)."""

    def compute(*arrays):
        if arrays[0].dtype in _LOW:
            arrays = [a.astype(np.float32) for a in arrays]
        return function(*arrays)

    return compute


def _rule(count: int, result: str, kind_of: Callable | None) -> Callable:
    def rule(*args):
        shape, kind = same_rule(*args[:count])
        if result == "bool":
            kind = dt.bool_
        elif result == "real":
            kind = kind.to_real()
        elif kind_of is not None:
            kind = kind_of(kind)
        return shape, kind

    return rule


def elementwise(
    name: str,
    function: Callable,
    *,
    names: tuple[str, ...],
    attrs: tuple[str, ...] = (),
    vjp=None,
    result: str = "same",
    floating: bool = False,
    widen: bool = True,
    prepare: Callable | None = None,
    grad_name: str | None = None,
) -> Op:
    """Defines an elementwise operator of any arity.

    result    "same" as the promoted inputs, "bool", or "real" (of complex inputs)
    floating  integers and bools are promoted to the default float type first
    widen     16-bit floats are computed in float32
    """
    count = len(names)
    compute = widened(function) if widen and not attrs else function
    if widen and attrs:

        def compute(*args):
            arrays = args[:count]
            if arrays[0].dtype in _LOW:
                arrays = [a.astype(np.float32) for a in arrays]
            return function(*arrays, *args[count:])

    return Op(
        name,
        rule=_rule(count, result, None),
        eval=compute,
        vjp=vjp,
        prepare=prepare or (promote_float if floating else promote),
        elementwise=True,
        names=names,
        attrs=attrs,
        grad_name=grad_name,
    )


def unary(name: str, function: Callable, vjp=None, **options) -> Op:
    """An elementwise operator of one input `x`; see `elementwise`."""
    return elementwise(name, function, names=("x",), vjp=vjp, **options)


def binary(name: str, function: Callable, vjp=None, **options) -> Op:
    """An elementwise operator of `a` and `b`, broadcast and promoted; see `elementwise`."""
    return elementwise(name, function, names=("a", "b"), vjp=vjp, **options)


def _cast_eval(x, kind):
    if isinstance(x, np.generic):
        x = np.asarray(x)
    target = kind.numpy
    if x.dtype.kind == "c" and target.kind not in "cb":
        x = x.real
    if target.kind in "iu" and x.dtype.kind not in "iub":
        # C's conversion by way of int64; what does not fit is the processor's sentinel.
        return x.astype(np.int64).astype(target)
    return x.astype(target)


CAST = Op(
    "to_copy",
    rule=lambda x, kind: (x.shape, kind),
    eval=_cast_eval,
    names=("x",),
    attrs=("kind",),
    vjp=lambda g, x_dtype: cast(g, x_dtype),
    elementwise=True,
)


def cast(x, kind: dt.dtype):
    """`x` at another dtype, itself where it has that dtype already."""
    return x if x.dtype is kind else CAST(x, kind)
