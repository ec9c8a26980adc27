"""Factories of operator families: a member of the elementwise families costs one line.

`unary("sin", np.sin, lambda g, x: g * cos(x), floating=True)` defines, records and differentiates;
the factory supplies the shape rule, type promotion, the refusal of dtypes that PyTorch has no
kernel for, and the treatment of 16-bit floats, which compute in float32 and round once.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from .. import dtypes as dt
from ..ir.graph import Op, Value, constant, shared_constant
from ..narrow_types import NARROW, narrowed
from ..narrow_types import widened as without_narrow
from ..shapes import broadcast_shapes

KERNELS: dict[str, str] = {}  # elementwise operator: its kernel's name in PyTorch's messages
LOW = frozenset((dt.float16.numpy, dt.bfloat16.numpy))
_FLOATING = dt.float32.category
_CATEGORIES = "bifc"  # bool, integral, floating, complex: the letters of `supports`


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
        if type(a) is Value:
            kind, other = a.dtype, type(b)
            if other is Value:
                if kind is b.dtype:
                    return inputs
            elif (other is float and kind.category == _FLOATING) or (
                other is int and kind.category > 0
            ):
                return a, shared_constant(b, kind)
    kind = result_type(inputs)
    return tuple(to_kind(x, kind) for x in inputs)


def promote_float(inputs: tuple, attrs: tuple = ()) -> tuple:
    """All inputs at their common type, integers and bools at the default float type."""
    if len(inputs) == 1 and type(inputs[0]) is Value and inputs[0].dtype.category >= _FLOATING:
        return inputs
    kind = result_type(inputs)
    if kind.category < _FLOATING:
        kind = dt.get_default_dtype()
    return tuple(to_kind(x, kind) for x in inputs)


def keeping_scalar(prepare: Callable) -> Callable:
    """`prepare` where a 0-d second operand of 16-bit floats stays at float32.

    PyTorch's CPU kernels of `mul` and `div` read such a scalar at the precision they compute in.
    """

    def prepared(inputs: tuple, attrs: tuple = ()) -> tuple:
        a, b = inputs
        if type(a) is Value and (a.dtype is dt.float16 or a.dtype is dt.bfloat16):
            if a.shape and not getattr(b, "shape", ()) and result_type(inputs) is a.dtype:
                return a, to_kind(b, dt.float32)
        return prepare(inputs, attrs)

    return prepared


def same_rule(*inputs, **_):
    """Shape rule of elementwise operators: broadcast; the first input's type."""
    first = inputs[0]
    if len(inputs) == 1:
        return first.shape, first.dtype
    return broadcast_shapes(*(x.shape for x in inputs if x is not None)), first.dtype


def wide(x: np.ndarray) -> np.ndarray:
    """16-bit floats as float32, everything else as it is."""
    return x.astype(np.float32) if x.dtype in LOW else x


def widened(function: Callable, count: int | None = None) -> Callable:
    """`function` computing 16-bit floats in float32 (the result is rounded by the interpreter).

    The first `count` arguments are arrays (None among them), all of them by default.
    """

    def compute(*arguments):
        if arguments[0].dtype not in LOW:
            return function(*arguments)
        n = len(arguments) if count is None else count
        wide = [None if a is None else a.astype(np.float32) for a in arguments[:n]]
        return function(*wide, *arguments[n:])

    return compute


def _rule(count: int, convert: Callable | None, check: Callable | None) -> Callable:
    """The shape rule of `count` inputs; `convert` makes the result's dtype of the inputs'."""

    def rule_of_one(x, *_attrs):
        kind = x.dtype
        if check is not None:
            check(kind)
        return x.shape, kind if convert is None else convert(kind)

    def rule_of_two(a, b, *_attrs):
        kind = a.dtype
        shape = a.shape
        if shape != b.shape and b.shape:
            shape = broadcast_shapes(shape, b.shape)
        if check is not None:  # after the shapes, as PyTorch's kernels are chosen
            check(kind)
        return shape, kind if convert is None else convert(kind)

    def rule(*args):
        shape, kind = same_rule(*args[:count])
        if check is not None:
            check(kind)
        return shape, kind if convert is None else convert(kind)

    return {1: rule_of_one, 2: rule_of_two}.get(count, rule)


def refusal(kernel: str, supports: str) -> Callable[[dt.dtype], None] | None:
    """A check that raises PyTorch's error for dtypes of other categories (letters of "bifc")."""
    if supports == _CATEGORIES:
        return None

    def check(kind: dt.dtype) -> None:
        if _CATEGORIES[kind.category] not in supports:
            raise NotImplementedError(f"\"{kernel}\" not implemented for '{kind.legacy_name}'")

    return check


_TYPE_NAMES = {
    "uint8": "unsigned char",
    "int8": "signed char",
    "int16": "short int",
    "int32": "int",
    "int64": "long int",
    "float16": "c10::Half",
    "bfloat16": "c10::BFloat16",
    "float32": "float",
    "float64": "double",
    "complex64": "c10::complex<float>",
    "complex128": "c10::complex<double>",
}


def type_name(kind: dt.dtype) -> str:
    """The C++ type's name, as some of PyTorch's messages show it (`long int`)."""
    return _TYPE_NAMES.get(kind.name, kind.name)


def not_differentiable(name: str) -> Callable:
    """The derivative of what PyTorch cannot differentiate: an error once backward gets there."""

    def formula(g):
        raise RuntimeError(f"derivative for aten::{name} is not implemented")

    return formula


_CONVERSIONS = {"same": None, "bool": lambda kind: dt.bool_, "real": dt.dtype.to_real}


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
    supports: str = _CATEGORIES,
    kernel: str | None = None,
) -> Op:
    """Defines an elementwise operator of any arity.

    result    "same" as the promoted inputs, "bool", or "real" (of complex inputs)
    floating  integers and bools are promoted to the default float type first
    widen     16-bit floats are computed in float32
    supports  categories of the promoted dtype that there is a kernel for, letters of "bifc"
    kernel    the kernel's name in PyTorch's message about other dtypes
    """
    count = len(names)
    KERNELS[name] = kernel = kernel or f"{name}_cpu"
    check = refusal(kernel, supports)
    return Op(
        name,
        rule=_rule(count, _CONVERSIONS[result], check),
        eval=widened(function, count) if widen else function,
        vjp=vjp,
        prepare=prepare or (promote_float if floating else promote),
        elementwise=True,
        names=names,
        attrs=attrs,
        grad_name=grad_name,
    )


def unary(name: str, function: Callable, vjp=None, **options) -> Op:
    """An elementwise operator of one input `x`; see `elementwise`."""
    options.setdefault("kernel", f"{name}_vml_cpu")
    return elementwise(name, function, names=("x",), vjp=vjp, **options)


def binary(name: str, function: Callable, vjp=None, **options) -> Op:
    """An elementwise operator of `a` and `b`, broadcast and promoted; see `elementwise`."""
    return elementwise(name, function, names=("a", "b"), vjp=vjp, **options)


def convert_array(x: np.ndarray | np.generic, target: np.dtype) -> np.ndarray:
    """`x` at another NumPy dtype, converted as C converts numbers."""
    x = np.asarray(x)
    if target in NARROW:
        return narrowed(x, target)
    x = without_narrow(x)
    if x.dtype.kind == "c" and target.kind not in "cb":
        x = x.real
    if target.kind in "iu" and x.dtype.kind not in "iub":
        # By way of the processor's conversions, whose sentinel stands for what does not fit.
        middle = np.int64 if target.itemsize == 8 or target == np.uint32 else np.int32
        return x.astype(middle).astype(target)
    return x.astype(target)


CAST = Op(
    "to_copy",
    rule=lambda x, kind: (x.shape, kind),
    eval=lambda x, kind: convert_array(x, kind.numpy),
    names=("x",),
    attrs=("kind",),
    vjp=lambda g, x_dtype: cast(g, x_dtype),
    elementwise=True,
)


def cast(x, kind: dt.dtype):
    """`x` at another dtype, itself where it has that dtype already."""
    return x if x.dtype is kind else CAST(x, kind)
