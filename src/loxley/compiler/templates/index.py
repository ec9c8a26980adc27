"""Whole numbers with operators: what kernels count with.

In: a `Function` under construction.  Out: its instructions, written by Python's operators.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from ..llvm.builder import Function, V, i64


class Index:
    """An i64 under construction; `//` and `%` take numbers that are not negative."""

    __slots__ = ("f", "value")

    def __init__(self, f: Function, value: V | int) -> None:
        self.f, self.value = f, i64(value) if isinstance(value, int) else value

    def _binary(self, op: str, other: Index | int) -> Index:
        return Index(self.f, self.f.binary(op, self.value, raw(other)))

    def __add__(self, other: Index | int) -> Index:
        return self._binary("add", other)

    def __sub__(self, other: Index | int) -> Index:
        return self._binary("sub", other)

    def __mul__(self, other: Index | int) -> Index:
        return self._binary("mul", other)

    __radd__ = __add__
    __rmul__ = __mul__

    def __floordiv__(self, other: Index | int) -> Index:
        return self._binary("udiv", other)

    def __mod__(self, other: Index | int) -> Index:
        return self._binary("urem", other)

    def __neg__(self) -> Index:
        return Index(self.f, 0) - self

    def __lt__(self, other: Index | int) -> V:
        return self.f.compare("icmp slt", self.value, raw(other))

    def __gt__(self, other: Index | int) -> V:
        return self.f.compare("icmp sgt", self.value, raw(other))

    def __ge__(self, other: Index | int) -> V:
        return self.f.compare("icmp sge", self.value, raw(other))

    def equals(self, other: Index | int) -> V:
        return self.f.compare("icmp eq", self.value, raw(other))

    def differs(self, other: Index | int) -> V:
        return self.f.compare("icmp ne", self.value, raw(other))

    def least(self, other: Index | int) -> Index:
        return Index(self.f, self.f.call("llvm.smin.i64", "i64", [self.value, raw(other)]))

    def most(self, other: Index | int) -> Index:
        return Index(self.f, self.f.call("llvm.smax.i64", "i64", [self.value, raw(other)]))

    def parts(self, size: Index | int) -> Index:
        """How many parts of `size` hold this many."""
        return (self + size - 1) // size

    def rounded(self, size: Index | int) -> Index:
        """The next multiple of `size`."""
        return self.parts(size) * size


def raw(number: Index | int) -> V:
    return i64(number) if isinstance(number, int) else number.value


def flag(f: Function, condition: V) -> Index:
    """1 where `condition` (i1) holds, else 0."""
    return Index(f, f.convert("zext", condition, "i64"))


@contextmanager
def counting(
    f: Function, start: Index | int, stop: Index | int, step: Index | int = 1
) -> Iterator[Index]:
    """`for i in range(start, stop, step)` with a positive step."""
    with f.loop(raw(start), raw(stop), raw(step)) as i:
        yield Index(f, i)


class Counter:
    """A mutable i64."""

    def __init__(self, f: Function, start: Index | int = 0) -> None:
        self.f, self.variable = f, f.variable("i64")
        self.set(start)

    def get(self) -> Index:
        return Index(self.f, self.f.get(self.variable, "i64"))

    def set(self, value: Index | int) -> None:
        self.f.set(self.variable, raw(value))

    def add(self, value: Index | int) -> None:
        self.set(self.get() + value)
