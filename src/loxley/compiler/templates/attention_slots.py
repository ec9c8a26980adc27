"""Attention's slots: their order, and how a kernel reads them.

Sizes and strides count elements.  A tensor `x` has strides x_b, x_h, x_t (batch, head, row); its
last dimension is contiguous.
"""

from __future__ import annotations

from typing import Any

from ..llvm.builder import V, i64
from .index import Index
from .writer import STORED, Writer

SIZES = ("batch", "heads", "kv_heads", "queries", "keys", "dim", "value_dim")


def _tensors(names: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    strides = tuple((f"{n}_{s}", "i64") for n in names for s in "bht" + "k" * (n == "mask"))
    return tuple((n, "ptr") for n in names) + strides


def forward_slots(spec: Any) -> tuple[tuple[str, str], ...]:
    mask = ("mask",) if spec.mask else ()
    sizes = tuple((n, "i64") for n in SIZES)
    tensors = _tensors(("q", "k", "v", *mask, "out", "logsum"))
    return (*sizes, ("scale", "f64"), *tensors, ("scratch", "ptr"))


def backward_slots(spec: Any) -> tuple[tuple[str, str], ...]:
    mask = ("mask",) if spec.mask else ()
    sizes = tuple((n, "i64") for n in SIZES)
    inputs = ("grad", "q", "k", "v", *mask, "out", "logsum")
    tensors = _tensors((*inputs, "q_grad", "k_grad", "v_grad"))
    return (*sizes, ("scale", "f64"), *tensors, ("scratch", "ptr"))


class Slots:
    """Reads slots, each where it is first asked for in the function's entry block."""

    def __init__(self, f: Writer, layout: tuple[tuple[str, str], ...]) -> None:
        self.f = f
        self._values: dict[str, V] = {}
        types = {"ptr": "ptr", "i64": "i64", "f64": "double"}
        for number, (name, kind) in enumerate(layout):
            place = f.address(f["args"], "i64", i64(number))
            self._values[name] = f.load(place, types[kind], 8)
        narrow = f.convert("fptrunc", self._values["scale"], "float")
        self.scale = f.variable("float", narrow)

    def integer(self, name: str) -> Index:
        return Index(self.f, self._values[name])

    __getitem__ = integer

    def pointer(self, name: str) -> V:
        return self._values[name]

    def parts(self, floats: dict[str, Any], scratch: V) -> dict[str, V]:
        """Where each part of scratch memory begins."""
        made, offset = {}, Index(self.f, 0)
        for name, count in floats.items():
            made[name] = self.f.at(scratch, offset)
            offset = offset + count
        return made


class Head:
    """Where the rows of one head of each tensor begin."""

    _SHARED = ("k", "v", "k_grad", "v_grad")

    def __init__(self, f: Writer, slots: Slots, number: Index) -> None:
        heads, shared = slots.integer("heads"), slots.integer("kv_heads")
        self.f, self.slots = f, slots
        self.batch, self.head = number // heads, number % heads
        self.kv_head = self.head // (heads // shared)

    def start(self, name: str, stored: str) -> V:
        head = self.kv_head if name in self._SHARED else self.head
        slots = self.slots
        offset = self.batch * slots.integer(f"{name}_b") + head * slots.integer(f"{name}_h")
        return self.f.at(slots.pointer(name), offset, STORED[stored])
