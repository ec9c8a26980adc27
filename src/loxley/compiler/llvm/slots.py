"""Kernels' arguments: tables of 8-byte slots at fixed addresses, cheap to write from Python.

A kernel's slot is an address, an i64 or an f64 (`docs/design/compiler.md`).  Here are the tables,
and the short way to where an ndarray keeps its data: the driver reads it from the object itself,
so that Python hands over nothing but `id(array)`.
"""

from __future__ import annotations

import ctypes
from array import array
from collections.abc import Callable, Iterable, Sequence
from functools import partial

import numpy as np


class Table:
    """`count` slots of 8 bytes; `ints`, `floats` and `bytes` are views of the same memory."""

    __slots__ = ("address", "bytes", "ints", "floats")

    def __init__(self, count: int) -> None:
        memory = (ctypes.c_int64 * max(count, 1))()
        self.address = ctypes.addressof(memory)
        self.bytes = memoryview(memory).cast("B")
        self.ints, self.floats = self.bytes.cast("q"), self.bytes.cast("d")

    def __len__(self) -> int:
        return len(self.ints)


class Slots:
    """A table that grows while a plan is put together; `freeze` gives it its address.

    Positions are counted in slots; a kernel's slots are taken together and lie side by side.
    """

    __slots__ = ("_values",)

    def __init__(self) -> None:
        self._values: list[int | float] = []

    def __len__(self) -> int:
        return len(self._values)

    def take(self, values: Sequence[int | float]) -> int:
        """The position of the first of new slots that hold `values` (0 where filled later)."""
        first = len(self._values)
        self._values.extend(values)
        return first

    def __setitem__(self, position: int, value: int | float) -> None:
        self._values[position] = value

    def freeze(self) -> Table:
        """The slots in memory: ints as i64 (addresses up to 2**64 too), floats as f64."""
        table, values = Table(len(self._values)), self._values
        whole = [0 if isinstance(value, float) else value for value in values]
        try:
            table.ints[: len(whole)] = array("q", whole)
        except OverflowError:
            table.ints[: len(whole)] = array("q", map(signed, whole))
        for i, value in enumerate(values):
            if isinstance(value, float):
                table.floats[i] = value
        return table


def signed(number: int) -> int:
    """The i64 with the bits of an address."""
    return number - (1 << 64) if number >= 1 << 63 else number


def data_address(array: np.ndarray) -> int:
    """Where an array's data begins; as `array.ctypes.data`, ten times faster."""
    return array.__array_interface__["data"][0]


# Where an ndarray object keeps the address of its data: its first field.
DATA_OFFSET = object.__basicsize__


def _follows_ids() -> bool:
    """Whether the address of the data stands where we think it does."""
    base = np.arange(12, dtype=np.int64)
    samples = (
        base,
        base[3:],
        base.reshape(3, 4).T,
        np.zeros((), np.float32),
        base.view(np.ndarray),
    )
    return all(
        ctypes.c_uint64.from_address(id(a) + DATA_OFFSET).value == data_address(a) for a in samples
    )


try:
    BY_ID = type(np.zeros(1)) is np.ndarray and _follows_ids()
except Exception:
    BY_ID = False  # an interpreter whose ids are no addresses


# What `Plan.pack` takes for each of some arrays: its id, or its data's address where ids don't do.
# The arrays must stay alive until the plan has run.
references: Callable[[Iterable[np.ndarray]], Iterable[int]] = partial(
    map, id if BY_ID else data_address
)
