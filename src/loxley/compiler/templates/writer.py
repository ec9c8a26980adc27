"""A `Function` with short names and integers that Python's operators work on.

In: what a template says.  Out: LLVM text, as `Function` writes it.  Elements are known by the names
of their types: float32, bfloat16, float16, bool.
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Any

from ..kinds import SIZE
from ..llvm.builder import Function, V, element_of, f32, lanes_of, vector
from ..llvm.floats import cast
from ..llvm.kinds import MEMORY
from .index import Index, counting, raw
from .memory import mangled

INTERNAL = {"attributes": "nounwind noinline", "linkage": "internal"}
NEGATIVE_INFINITY = f32(float("-inf"))
KINDS = {"float32": "f32", "bfloat16": "bf16", "float16": "f16"}
NULL = V("null", "ptr")
STORED = {"float32": "float", "bfloat16": "i16", "float16": "half", "bool": "i8"}


def round_up(x: Any, step: int) -> Any:
    return (x + (step - 1)) // step * step


class Writer(Function):
    """A function with short names for what these kernels do all the time."""

    def integer(self, name: str) -> Index:
        return Index(self, self[name])

    def at(self, base: V, index: Index | int, element: str = "float") -> V:
        return self.address(base, element, raw(index))

    def count(
        self, start: Index | int, stop: Index | int, step: int = 1
    ) -> AbstractContextManager[Index]:
        """`for i in range(start, stop, step)`."""
        return counting(self, start, stop, step)

    def share(self, count: Index) -> tuple[Index, Index]:
        """The range of 0..count that is the part of `worker` among `workers`."""
        worker, workers = self.integer("worker"), self.integer("workers")
        return count * worker // workers, count * (worker + 1) // workers

    def read(self, base: V, index: Index | int, type: str) -> V:
        """float32s, or a vector of them, at an element's index."""
        return self.load(self.at(base, index), type, 4)

    def write(self, value: V, base: V, index: Index | int) -> None:
        self.store(value, self.at(base, index), 4)

    def lanes_below(self, stop: Index, lanes: int, first: int = 0) -> V:
        """Which lanes, numbered from `first`, are below `stop`."""
        numbers = ", ".join(f"i64 {first + i}" for i in range(lanes))
        return self.compare(
            "icmp slt", V(f"<{numbers}>", vector(lanes, "i64")), self.splat(stop.value, lanes)
        )

    def multiply_add(self, a: V, b: V, c: V) -> V:
        return self.call(f"llvm.fmuladd.{mangled(a.type)}", a.type, [a, b, c])

    def add_pairs(self, a: V, b: V, c: V) -> V:
        """c + a's first bfloat16 * b's first + a's second * b's second, in each float32's place."""
        pairs = vector(2 * lanes_of(c.type), "bfloat")
        operands = [c, *(self.convert("bitcast", x, pairs) for x in (a, b))]
        return self.call("llvm.x86.avx512bf16.dpbf16ps.512", c.type, operands)

    def greater(self, a: V, b: V) -> V:
        """The greater in each lane; `b` where `a` is no number."""
        return self.select(self.compare("fcmp ogt", a, b), a, b)

    def masked_read(self, address: V, mask: V, type: str) -> V:
        zero = V("zeroinitializer", type)
        return self.call(f"llvm.masked.load.{mangled(type)}.p0", type, [address, mask, zero])

    def masked_write(self, value: V, address: V, mask: V) -> None:
        name = f"llvm.masked.store.{mangled(value.type)}.p0"
        self.call(name, "void", [value, address, mask])

    def read_stored(self, base: V, index: Index, stored: str, mask: V) -> V:
        """A vector of elements as float32; 0 where `mask` is false."""
        type = vector(lanes_of(mask.type), STORED[stored])
        return widened(
            self, self.masked_read(self.at(base, index, STORED[stored]), mask, type), stored
        )

    def sum_of_lanes(self, x: V) -> V:
        """By halves."""
        n = lanes_of(x.type)
        while n > 1:
            n //= 2
            low, high = (self.shuffle(x, x, list(range(s, s + n))) for s in (0, n))
            x = self.binary("fadd", low, high)
        return self.let("float", f"extractelement {x}, i64 0")

    def shuffle(self, a: V, b: V, picks: list[int]) -> V:
        mask = ", ".join(f"i32 {p}" for p in picks)
        type = vector(len(picks), "float")
        return self.let(type, f"shufflevector {a}, {b}, <{len(picks)} x i32> <{mask}>")

    def picked(self, a: V, b: V, picks: list[int]) -> V:
        """As `shuffle`, of any element."""
        mask = ", ".join(f"i32 {p}" for p in picks)
        type = vector(len(picks), element_of(a.type))
        return self.let(type, f"shufflevector {a}, {b}, <{len(picks)} x i32> <{mask}>")


def widened(f: Writer, x: V, stored: str) -> V:
    """Loaded elements as float32; of a boolean mask, 0 or -infinity."""
    lanes = lanes_of(x.type)
    type = vector(lanes, "float") if lanes else "float"
    if stored == "float32":
        return x
    if stored == "bool":
        false = f.compare("icmp eq", x, V("zeroinitializer" if lanes else "0", x.type))
        bad = f.splat(NEGATIVE_INFINITY, lanes) if lanes else NEGATIVE_INFINITY
        zero = V("zeroinitializer", type) if lanes else f32(0)
        return f.select(false, bad, zero)
    return cast(f, x, KINDS[stored], "f32")


def put(f: Writer, values: V, base: V, kind: str, index: Index, count: Index) -> None:
    """Stores the first `count` lanes (any number) of a register of a kind, at an element's index.

    Without masks, which LLVM widens for small elements.
    """
    lanes = lanes_of(values.type)
    element, size = MEMORY[kind], SIZE[kind]
    if kind == "bool":
        values = f.convert("zext", values, vector(lanes, element))
    place = f.at(base, index, element)
    full, part, end = f.label("full"), f.label("part"), f.label("end")
    f.branch_if(count < lanes, part, full)
    f.place(full)
    f.store(values, place, size)
    f.branch(end)
    f.place(part)
    spilled = f.variable(values.type, values)
    with f.count(0, count) as lane:
        one = f.load(f.at(spilled, lane, element), element, size)
        f.store(one, f.at(place, lane, element), size)
    f.branch(end)
    f.place(end)


def narrowed(f: Writer, x: V, stored: str) -> V:
    """float32 as it is stored."""
    return cast(f, x, "f32", KINDS[stored])
