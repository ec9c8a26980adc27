"""`torch.Size`: the tuple of a tensor's sizes."""

from __future__ import annotations

import operator
from collections.abc import Iterable
from math import prod
from typing import Any, NoReturn, SupportsIndex, overload

_INT64 = range(-(2**63), 2**63)


_HEAP_TYPE = 1 << 9  # set in the flags of classes that Python code defined


def _type_name(item: object) -> str:
    """The name that C code sees: with its module for extension types such as `numpy.float32`."""
    kind = type(item)
    if kind.__flags__ & _HEAP_TYPE or kind.__module__ == "builtins":
        return kind.__name__
    return f"{kind.__module__}.{kind.__name__}"


def _checked(place: int, item: object) -> int:
    try:
        value = operator.index(item)  # type: ignore[arg-type]
    except TypeError:
        raise TypeError(
            f"torch.Size() takes an iterable of 'int' (item {place} is '{_type_name(item)}')"
        ) from None
    if value not in _INT64:
        raise ValueError("Overflow when unpacking long long")
    return value


class Size(tuple[int, ...]):
    """A tuple of integers that stays a `Size` when sliced, added to or repeated.

    TypeError for items that are no integers, ValueError for those beyond 64 bits. Code that holds
    a tuple of plain integers may skip the checks: `tuple.__new__(Size, sizes)`.
    Source: https://docs.pytorch.org/docs/stable/size.html

    >>> Size([2, 3])[1:] + (4,)
    torch.Size([3, 4])
    """

    __slots__ = ()

    def __new__(cls, iterable: Iterable[SupportsIndex] = (), /) -> Size:
        if type(iterable) is Size:
            return iterable
        return tuple.__new__(cls, [_checked(i, item) for i, item in enumerate(iterable)])

    def __init_subclass__(cls) -> NoReturn:
        raise TypeError("type 'torch.Size' is not an acceptable base type")

    def numel(self) -> int:
        """The number of elements of a tensor with these sizes."""
        return prod(self)

    def __repr__(self) -> str:
        return f"torch.Size([{', '.join(map(str, self))}])"

    @overload
    def __getitem__(self, index: SupportsIndex) -> int: ...
    @overload
    def __getitem__(self, index: slice) -> Size: ...
    def __getitem__(self, index: Any) -> Any:
        found = tuple.__getitem__(self, index)
        return tuple.__new__(Size, found) if isinstance(index, slice) else found

    def __add__(self, other: object) -> Size:  # type: ignore[override]
        if not isinstance(other, tuple):
            raise TypeError(
                f"can only concatenate tuple (not {type(other).__name__}) to torch.Size"
            )
        return Size(tuple(self) + other)

    def __radd__(self, other: object) -> Size:
        if not isinstance(other, tuple):
            return NotImplemented
        return Size(other + tuple(self))

    def __mul__(self, count: SupportsIndex) -> Size:
        return tuple.__new__(Size, tuple.__mul__(self, count))

    __rmul__ = __mul__

    def __reduce__(self) -> tuple[type[Size], tuple[tuple[int, ...]]]:
        return Size, (tuple(self),)
