"""Whole numbers with operators, and named numbers in memory: what convolutions' kernels count with.

In: a `Function` under construction.  Out: its instructions, written by Python's operators.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from ..llvm.builder import Function, V, i64

_WINDOWS = {"size": 1, "kernel": 1, "out": 1, "stride": 1, "padding": 0, "dilation": 1}


def window_sizes(*parts: Sequence[int]) -> dict[str, int]:
    """The slots of windows over up to three dimensions; those that are lacking have one place.

    `parts` are the sizes of what the windows lie over, of a window, how many there are, their
    strides, paddings and dilations; without them, the slots of one place.
    """
    given = dict(zip(_WINDOWS, parts))
    made: dict[str, int] = {}
    for stem, filler in _WINDOWS.items():
        part = tuple(given.get(stem, ()))
        full = (filler,) * (3 - len(part)) + part
        made |= {f"{stem}_{axis}": n for axis, n in zip("dhw", full, strict=True)}
    return made


class Index:
    """An i64 under construction; `//` and `%` take numbers that are not negative."""

    __slots__ = ("f", "v")

    def __init__(self, f: Function, value: V | int) -> None:
        self.f, self.v = f, i64(value) if isinstance(value, int) else value

    def _binary(self, op: str, other: Index | int) -> Index:
        return Index(self.f, self.f.binary(op, self.v, raw(other)))

    def __add__(self, other: Index | int) -> Index:
        return self._binary("add", other)

    def __sub__(self, other: Index | int) -> Index:
        return self._binary("sub", other)

    def __mul__(self, other: Index | int) -> Index:
        return self._binary("mul", other)

    def __floordiv__(self, other: Index | int) -> Index:
        return self._binary("udiv", other)

    def __mod__(self, other: Index | int) -> Index:
        return self._binary("urem", other)

    def __neg__(self) -> Index:
        return Index(self.f, 0) - self

    def __lt__(self, other: Index | int) -> V:
        return self.f.compare("icmp slt", self.v, raw(other))

    def __ge__(self, other: Index | int) -> V:
        return self.f.compare("icmp sge", self.v, raw(other))

    def equals(self, other: Index | int) -> V:
        return self.f.compare("icmp eq", self.v, raw(other))

    def differs(self, other: Index | int) -> V:
        return self.f.compare("icmp ne", self.v, raw(other))

    def least(self, other: Index | int) -> Index:
        return Index(self.f, self.f.call("llvm.smin.i64", "i64", [self.v, raw(other)]))

    def most(self, other: Index | int) -> Index:
        return Index(self.f, self.f.call("llvm.smax.i64", "i64", [self.v, raw(other)]))

    def parts(self, size: Index | int) -> Index:
        """How many parts of `size` hold this many."""
        return (self + size - 1) // size

    def rounded(self, size: Index | int) -> Index:
        """The next multiple of `size`."""
        return self.parts(size) * size


def raw(number: Index | int) -> V:
    return i64(number) if isinstance(number, int) else number.v


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


class Frame:
    """Named 8-byte numbers and addresses behind a pointer: arguments of the inner functions."""

    def __init__(self, f: Function, names: Sequence[str], pointer: V | None = None) -> None:
        self.f, self.places = f, {n: i for i, n in enumerate(names)}
        self.pointer = pointer or f.variable(f"[{len(names)} x i64]")

    def place(self, name: str) -> V:
        """Where the number itself lies."""
        return self.f.address(self.pointer, "i64", i64(self.places[name]))

    def __getitem__(self, name: str) -> Index:
        return Index(self.f, self.f.load(self.place(name), "i64", 8))

    def __setitem__(self, name: str, value: Index | int) -> None:
        self.f.store(raw(value), self.place(name), 8)

    def three(self, stem: str) -> tuple[Index, Index, Index]:
        """The numbers of the three dimensions: stem_d, stem_h, stem_w."""
        d, h, w = (self[f"{stem}_{axis}"] for axis in "dhw")
        return d, h, w

    def set_three(self, stem: str, values: Sequence[Index | int]) -> None:
        for axis, value in zip("dhw", values, strict=True):
            self[f"{stem}_{axis}"] = value

    def address(self, name: str) -> V:
        return self.f.load(self.place(name), "ptr", 8)

    def set_address(self, name: str, value: V) -> None:
        self.f.store(value, self.place(name), 8)
