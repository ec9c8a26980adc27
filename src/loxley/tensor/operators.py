"""Python's operators and conversions on tensors."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import numpy as np

from .. import dtypes as dt
from ..ir.graph import Op, leaf
from ..ops import elementwise as ops
from ..runtime.counters import counters
from ..shapes import numel
from . import arithmetic
from .arguments import NUMBERS, OPERANDS
from .construction import from_numpy
from .layout import refuse_partial_overlap
from .modes import modes
from .slices import refuse_control_flow
from .tensor import Tensor

_MOST = 64  # elements that are changed at once
_NUMBERS = frozenset((float, int))
_FAST = frozenset((Tensor, float, int))
_OF_TWO = inspect.signature(lambda self, other: None)  # of operators, whatever they answer to


def _with_array(function: Callable, self: Tensor, other: Any) -> Any:
    if isinstance(other, np.ndarray) and other.dtype.kind in "biufc":
        return function(self, from_numpy(other))
    return NotImplemented


def _is_plain(t: Tensor) -> bool:
    """Whether nothing but its elements and its version hears that a tensor is written to."""
    return not (
        t._inference
        or t._tangents is not None
        or t._tracks()
        or modes.forward is not None
        or modes.autocast is not None
        or modes.vmaps
    )


def _changed_at_once(op: Op, self: Tensor, number: int | float) -> bool:
    """Computes `self = op(self, number)` in place; False where it has to be recorded.

    What `counts[i, j] += 1` does takes less than recording it, on a few elements of memory that is
    there and that nobody else holds.
    """
    storage, kind = self._storage, self.dtype
    if kind is not storage.dtype or kind.restricted or 0 in self._strides:
        return False
    if not 0 < numel(self._shape) <= _MOST or not _is_plain(self):
        return False
    memory = storage.owned()
    if memory is None:
        return False
    window = _window(memory, self)
    inputs = (leaf(window, kind), number)
    if op.prepare is not None:
        inputs = op.prepare(inputs, ())
    if op.rule(*inputs)[1] is not kind or any(value.data is None for value in inputs):
        return False
    with np.errstate(all="ignore"):
        result = op.run([value.data for value in inputs], ())
    if result.dtype != window.dtype:
        return False
    window[...] = result
    counters.evaluated += 1
    self._counter.version += 1
    return True


def _window(memory: np.ndarray, t: Tensor) -> np.ndarray:
    size = memory.itemsize
    strides = tuple([stride * size for stride in t._strides])
    return np.ndarray(t._shape, memory.dtype, memory, t._offset * size, strides)


def _binary(name: str, function: Callable, reflected: Callable, in_place: Callable | None) -> None:
    """`a op b`, `b op a` and `a op= b`; operands of other types are left to their own class."""

    is_op = type(function) is Op

    def forward(self: Tensor, other: Any) -> Any:
        if type(other) in _FAST and is_op:
            return self.dispatch(function, (self, other), ())
        if isinstance(other, OPERANDS):
            return function(self, other)
        return _with_array(function, self, other)

    def backward(self: Any, other: Any = None, *more: Any, **named: Any) -> Any:
        if not isinstance(self, Tensor):
            if name == "truediv":  # a Python function in PyTorch, the others are C's
                raise AttributeError(
                    f"'{type(self).__name__}' object has no attribute 'reciprocal'"
                )
            raise TypeError(
                f"descriptor '__r{name}__' for 'torch._C.TensorBase' objects doesn't apply to a "
                f"'{type(self).__name__}' object"
            )
        if isinstance(other, OPERANDS) and not more and not named:
            return reflected(self, other)
        return NotImplemented  # as PyTorch answers to what its parser of arguments refuses

    at_once = type(in_place) is Op and in_place.elementwise

    def assign(self: Tensor, other: Any) -> Any:
        if at_once and type(other) in _NUMBERS and _changed_at_once(in_place, self, other):
            return self
        if isinstance(other, OPERANDS):
            self._check_before_write(other)
            refuse_partial_overlap(self, (other,))
            return self._assign(in_place(self, other))
        return NotImplemented

    for prefix, made in (("", forward), ("r", backward), ("i", assign)):
        if prefix != "i" or in_place is not None:
            made.__name__ = f"__{prefix}{name}__"
            made.__signature__ = _OF_TWO
            setattr(Tensor, made.__name__, made)


def _swapped(function: Callable) -> Callable:
    return lambda a, b: function(b, a)


def _divided_by(a: Tensor, b: Any) -> Tensor:
    """`number / tensor` as PyTorch computes it, rounding twice."""
    if isinstance(b, Tensor):
        return ops.div(b, a)
    return ops.mul(ops.reciprocal(a), b)


_binary("add", ops.add, ops.add, ops.add)
_binary("sub", ops.sub, ops.rsub, ops.sub)
_binary("mul", ops.mul, ops.mul, ops.mul)
_binary("truediv", ops.div, _divided_by, ops.div)
_binary(
    "floordiv",
    arithmetic.floor_divide,
    _swapped(arithmetic.floor_divide),
    arithmetic.floor_divide,
)
_binary("mod", arithmetic.remainder, _swapped(arithmetic.remainder), arithmetic.remainder)
_binary("pow", arithmetic.pow, _swapped(arithmetic.pow), arithmetic.pow)
_binary("and", ops.bitwise_and, ops.bitwise_and, ops.bitwise_and)
_binary("or", ops.bitwise_or, ops.bitwise_or, ops.bitwise_or)
_binary("xor", ops.bitwise_xor, ops.bitwise_xor, ops.bitwise_xor)
_binary("lshift", ops.left_shift, _swapped(ops.left_shift), ops.left_shift)
_binary("rshift", ops.right_shift, _swapped(ops.right_shift), ops.right_shift)
Tensor.__div__ = Tensor.__truediv__  # type: ignore[attr-defined]
Tensor.__rdiv__ = Tensor.__rtruediv__  # type: ignore[attr-defined]
Tensor.__idiv__ = Tensor.__itruediv__  # type: ignore[attr-defined]


def _comparison(name: str, function: Op) -> None:
    def compare(self: Tensor, other: Any) -> Any:
        if type(other) in _FAST:
            return self.dispatch(function, (self, other), ())
        if isinstance(other, OPERANDS):
            return function(self, other)
        return _with_array(function, self, other)

    compare.__name__ = f"__{name}__"
    setattr(Tensor, compare.__name__, compare)


for _name in ("eq", "ne", "lt", "le", "gt", "ge"):
    _comparison(_name, getattr(ops, _name))


def _invert(self: Tensor) -> Tensor:
    if self.dtype.category > dt.int64.category:
        raise TypeError(
            "~ (operator.invert) is only implemented on integer and Boolean-type tensors"
        )
    return ops.bitwise_not(self)


def _only_element(self: Tensor) -> Any:
    if numel(self._shape) != 1:
        raise ValueError("only one element tensors can be converted to Python scalars")
    found = self._number()
    return self.item() if found is None else found


def _bool(self: Tensor) -> bool:
    count = numel(self._shape)
    refuse_control_flow(self._storage.value)
    if count == 1:
        found = self._number()
        if found is not None:
            return bool(found)
        return bool(self._array().reshape(-1)[0])
    if count == 0:
        raise RuntimeError("Boolean value of Tensor with no values is ambiguous")
    raise RuntimeError("Boolean value of Tensor with more than one value is ambiguous")


def _index(self: Tensor) -> int:
    if numel(self._shape) != 1 or self.dtype.category > dt.int64.category:
        raise TypeError("only integer tensors of a single element can be converted to an index")
    return int(self.item())


def _contains(self: Tensor, element: Any) -> bool:
    if isinstance(element, (Tensor, *NUMBERS)):
        return bool(np.any(ops.eq(self, element)._array()))
    raise RuntimeError(
        f"Tensor.__contains__ only supports Tensor or scalar, but you passed in a {type(element)}."
    )


def _reversed(self: Tensor) -> Tensor:
    return self.flip(0) if self._shape else self


_PROTOCOL: dict[str, Callable] = {
    "neg": lambda self: ops.neg(self),
    "pos": lambda self: self.positive(),
    "abs": lambda self: ops.abs(self),
    "invert": _invert,
    "bool": _bool,
    "int": lambda self: int(_only_element(self)),
    "float": lambda self: float(_only_element(self)),
    "complex": lambda self: complex(_only_element(self)),
    "index": _index,
    "contains": _contains,
    "reversed": _reversed,
    "hash": lambda self: id(self),
}
for _name, _function in _PROTOCOL.items():
    setattr(Tensor, f"__{_name}__", _function)
