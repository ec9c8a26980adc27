"""Named numbers in memory: the arguments of convolutions' and poolings' inner functions.

In: a `Function` under construction and names.  Out: loads and stores of 8 bytes each.
"""

from __future__ import annotations

from collections.abc import Sequence

from ..llvm.builder import Function, V, i64
from .index import Index, raw

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
