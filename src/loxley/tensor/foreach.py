"""`torch._foreach_*`: one function on every tensor of a list, as optimizers use them.

In: lists or tuples of tensors, and for the second operand a number, a list of numbers, a tensor or
another list of tensors.  Out: a tuple of tensors; forms whose name ends in `_` write into the first
list and return it.  Each is a row of the tables below.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from ..dtypes import dtype
from .api import PUBLIC, expose
from .arguments import NUMBERS
from .tensor import Tensor

_UNARY = (
    "abs acos asin atan ceil cos cosh erf erfc exp expm1 floor frac lgamma log log10 log1p log2 "
    "neg reciprocal round rsqrt sigmoid sign sin sinh sqrt tan tanh trunc"
).split()
_BINARY = "add sub mul div pow clamp_max:minimum clamp_min:maximum maximum minimum".split()


def _tensors(name: str, tensors: Any, argument: str = "self", place: int = 1) -> list[Tensor]:
    if not isinstance(tensors, (list, tuple)) or not all(isinstance(t, Tensor) for t in tensors):
        given = type(tensors).__name__
        raise TypeError(
            f"{name}(): argument '{argument}' (position {place}) must be tuple of Tensors, not "
            f"{given}"
        )
    if not tensors:
        raise RuntimeError("Tensor list must have at least one tensor.")
    return list(tensors)


def _is_list(value: Any, kinds: Any) -> bool:
    return isinstance(value, (list, tuple)) and all(isinstance(one, kinds) for one in value)


def _same_number(first: list, *others: Any) -> None:
    for other in others:
        if len(other) != len(first):
            raise RuntimeError(
                "Tensor lists must have the same number of tensors, got "
                f"{len(first)} and {len(other)}"
            )


def _spread(name: str, first: list[Tensor], other: Any) -> list[Any]:
    """The second operand of each tensor."""
    if isinstance(other, Tensor):
        if other.ndim:
            raise RuntimeError(
                f"scalar tensor expected to be 0 dim but it has {other.ndim} dimensions and "
                f"{other.numel()} elements."
            )
        return [other] * len(first)
    if isinstance(other, NUMBERS):
        return [other] * len(first)
    if _is_list(other, Tensor) and other:
        _same_number(first, other)
        return list(other)
    if _is_list(other, NUMBERS):
        if len(other) != len(first):
            raise RuntimeError("Tensor list must have same number of elements as scalar list.")
        return list(other)
    raise TypeError(
        f"{name}() received an invalid combination of arguments - got "
        f"({type(first).__name__}, {type(other).__name__})"
    )


def _written(tensors: list[Tensor], made: list[Tensor]) -> None:
    for tensor, result in zip(tensors, made):
        tensor.copy_(result)


def _forms(name: str, compute: Callable, only_in_place: bool = False) -> None:
    """`torch._foreach_name` and `torch._foreach_name_`."""

    def plain(self: Any, *args: Any, **kwargs: Any) -> tuple[Tensor, ...]:
        return tuple(compute(f"_foreach_{name}", "", self, *args, **kwargs))

    def in_place(self: Any, *args: Any, **kwargs: Any) -> Any:
        compute(f"_foreach_{name}_", "_", self, *args, **kwargs)
        return self

    for function, suffix in ((plain, ""), (in_place, "_")):
        function.__name__ = function.__qualname__ = f"_foreach_{name}{suffix}"
        function.__doc__ = f"`{name}{suffix}` of every tensor."
        if suffix or not only_in_place:
            expose(**{function.__name__: function})


def _unary(name: str) -> None:
    def compute(called: str, suffix: str, self: Any) -> list[Tensor]:
        return [getattr(t, name + suffix)() for t in _tensors(called, self)]

    _forms(name, compute)


def _binary(name: str, method: str) -> None:
    def compute(called: str, suffix: str, self: Any, other: Any, *, alpha: Any = 1) -> list[Tensor]:
        if name == "pow" and isinstance(self, NUMBERS):
            return [PUBLIC["pow"](self, t) for t in _tensors(called, other, "exponent", 2)]
        tensors = _tensors(called, self)
        others = _spread(called, tensors, other)
        if alpha != 1:
            return [getattr(t, method + suffix)(o, alpha=alpha) for t, o in zip(tensors, others)]
        if method in ("maximum", "minimum"):
            return _extreme(tensors, others, method, suffix)
        return [getattr(t, method + suffix)(o) for t, o in zip(tensors, others)]

    _forms(name, compute)


def _extreme(tensors: list[Tensor], others: list, method: str, suffix: str) -> list[Tensor]:
    bound = "clamp_min" if method == "maximum" else "clamp_max"
    made = [
        getattr(t, method)(o) if isinstance(o, Tensor) else getattr(t, bound)(o)
        for t, o in zip(tensors, others)
    ]
    if suffix:
        _written(tensors, made)
    return made


def _pointwise(name: str) -> None:
    def compute(
        called: str,
        suffix: str,
        self: Any,
        tensor1: Any,
        tensor2: Any,
        value: Any = 1,
        *,
        scalars: Any = None,
    ) -> list[Tensor]:
        first = _tensors(called, self)
        second, third = _tensors(called, tensor1, "tensor1", 2), _tensors(called, tensor2, "t", 3)
        _same_number(first, second, third)
        values = _values(first, value if scalars is None else scalars)
        rows = zip(first, second, third, values)
        return [getattr(t, name + suffix)(a, b, value=v) for t, a, b, v in rows]

    _forms(name, compute)


def _values(first: list[Tensor], value: Any) -> list[Any]:
    if isinstance(value, NUMBERS):
        return [value] * len(first)
    if isinstance(value, Tensor):
        if value.ndim != 1 or value.shape[0] != len(first):
            raise RuntimeError(
                f"Expected length of scalars to match input of length {len(first)} but got "
                f"{value.numel()} instead."
            )
        return value.tolist()
    if len(value) != len(first):
        raise RuntimeError("Tensor list must have same number of elements as scalar list.")
    return list(value)


def _lerp(called: str, suffix: str, self: Any, tensors1: Any, weight: Any) -> list[Tensor]:
    first, second = _tensors(called, self), _tensors(called, tensors1, "tensors1", 2)
    _same_number(first, second)
    weights = _spread(called, first, weight)
    return [getattr(t, "lerp" + suffix)(o, w) for t, o, w in zip(first, second, weights)]


def _copy(
    called: str, suffix: str, self: Any, src: Any, non_blocking: bool = False
) -> list[Tensor]:
    first, second = _tensors(called, self), _tensors(called, src, "src", 2)
    _same_number(first, second)
    return [t.copy_(o) for t, o in zip(first, second)]


def _zero(called: str, suffix: str, self: Any) -> list[Tensor]:
    return [t.zero_() for t in _tensors(called, self)]


def _norm(self: Any, ord: Any = 2, dtype: dtype | None = None) -> tuple[Tensor, ...]:  # noqa: A002
    """The vector norm of every tensor, all of its elements taken as one vector."""
    norm = PUBLIC["norm"]
    tensors = _tensors("_foreach_norm", self)
    if math.isinf(ord) and any(t.numel() == 0 for t in tensors):
        raise RuntimeError(
            "_foreach_norm cannot compute the infinity norm on an empty tensor because the "
            "operation does not have an identity"
        )
    return tuple(norm(t.reshape(-1), p=ord, dtype=dtype) for t in tensors)


def _max(self: Any) -> tuple[Tensor, ...]:
    """The greatest element of every tensor."""
    return tuple(t.max() for t in _tensors("_foreach_max", self))


def _clone(self: Any, *, memory_format: Any = None) -> tuple[Tensor, ...]:
    """A copy of every tensor."""
    given = {} if memory_format is None else {"memory_format": memory_format}
    return tuple(t.clone(**given) for t in _tensors("_foreach_clone", self))


for _name in _UNARY:
    _unary(_name)
for _pair in _BINARY:
    _name, _, _method = _pair.partition(":")
    _binary(_name, _method or _name)
for _name in ("addcdiv", "addcmul"):
    _pointwise(_name)
_forms("lerp", _lerp)
_forms("copy", _copy, only_in_place=True)
_forms("zero", _zero, only_in_place=True)
expose(_foreach_norm=_norm, _foreach_max=_max, _foreach_clone=_clone)
