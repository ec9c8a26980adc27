"""Loads and stores of a kernel: contiguous vectors, reversed ones, gathers, single elements.

Lanes beyond the end of a vector loop are masked; no byte outside of a buffer is touched.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING, Any

from ...ir.loops import Expr, Kind, Load
from ..kinds import ALIGN, FLOATING
from .builder import Function, V, i64, lanes_of, vector
from .expressions import Environment, emit, movement
from .floats import cast
from .integers import number
from .kinds import MEMORY, SUFFIX

if TYPE_CHECKING:
    from .emit import Body, Lanes


class Memory:
    """The buffers of a kernel by name, and how they are reached."""

    def __init__(self, target: Any) -> None:
        self.target = target
        self.buffers: dict[str, V] = {}

    def argument(self, f: Function, slot: V, kind: Kind) -> V:
        """A scalar from its 8-byte slot."""
        if kind in FLOATING:
            return cast(f, f.load(slot, "double", 8), "f64", kind)
        return cast(f, f.load(slot, "i64", 8), "i64", kind)

    # ------------------------------------------------------------------ scalars

    def scalar_load(self, f: Function, load: Load, env: Environment) -> V:
        index = emit(f, load.index, env.first)
        where = f.address(self.buffers[load.buffer], MEMORY[load.kind], index)
        return self.to_register(f, f.load(where, MEMORY[load.kind], ALIGN[load.kind]), load.kind)

    def to_register(self, f: Function, value: V, kind: Kind) -> V:
        return f.compare("icmp ne", value, number(value, 0)) if kind == "bool" else value

    def to_memory(self, f: Function, value: V, kind: Kind) -> V:
        return cast(f, value, "bool", "u8") if kind == "bool" else value

    # ------------------------------------------------------------------ vectors

    def mask(self, f: Function, rest: V, lanes: int) -> V:
        """The lanes below `rest`, a positive i64."""
        bits = max(8, min(64, 8 * self.target.vector_bytes // lanes))
        least = f.call("llvm.smin.i64", "i64", [rest, i64(lanes)])
        count = f.convert("trunc", least, f"i{bits}") if bits < 64 else least
        return f.compare("icmp slt", _steps(lanes, f"i{bits}"), f.splat(count, lanes))

    def iota(self, f: Function, lanes: Lanes) -> V:
        """The iterations of the lanes."""
        return f.binary("add", f.splat(lanes.start, lanes.count), _steps(lanes.count))

    def loader(self, lanes: Lanes) -> Callable[[Function, Load, Environment], V]:
        """What loads become in a vector loop."""

        def load(f: Function, load: Load, env: Environment) -> V:
            return self.vector_load(f, load, env, lanes)

        return load

    def vector_load(self, f: Function, load: Load, env: Environment, lanes: Lanes) -> V:
        moves = movement(load.index, env, lanes.name)
        if moves == 0:
            return self.scalar_load(f, load, env)
        if moves in (1, -1):
            value = self.contiguous(f, load, env, lanes, moves)
        else:
            value = self.gather(f, load, env, lanes)
        return self.to_register(f, value, load.kind)

    def place(
        self, f: Function, buffer: str, index: Expr, kind: Kind, env: Environment, shift: int
    ) -> V:
        """The address of the lowest lane of a vector."""
        first = emit(f, index, env.first)
        if shift:
            first = f.binary("sub", first, i64(shift))
        return f.address(self.buffers[buffer], MEMORY[kind], first)

    def contiguous(self, f: Function, load: Load, env: Environment, lanes: Lanes, moves: int) -> V:
        shift = lanes.count - 1 if moves < 0 else 0
        where = self.place(f, load.buffer, load.index, load.kind, env, shift)
        type, size = vector(lanes.count, MEMORY[load.kind]), ALIGN[load.kind]
        if lanes.mask is None:
            value = f.load(where, type, size)
        else:
            mask = self.reverse(f, lanes.mask) if moves < 0 else lanes.mask
            value = self.masked(f, "load", where, mask, type, size)
        return self.reverse(f, value) if moves < 0 else value

    def masked(self, f: Function, op: str, where: V, mask: V, type: str, size: int) -> V:
        """A masked load or gather; zero in the other lanes."""
        name = f"llvm.masked.{op}.{_suffix(type)}.{_pointer(where)}"
        f.module.declare(name, type, [where.type, mask.type, type])
        text = f"{where.type} align {size} {where.name}, {mask}, {type} zeroinitializer"
        return f.let(type, f"call {type} @{name}({text})")

    def reverse(self, f: Function, value: V) -> V:
        lanes = lanes_of(value.type)
        order = ", ".join(f"i32 {lanes - 1 - i}" for i in range(lanes))
        text = f"shufflevector {value}, {value.type} poison, <{lanes} x i32> <{order}>"
        return f.let(value.type, text)

    def places(
        self, f: Function, buffer: str, index: Expr, kind: Kind, env: Environment, lanes: Lanes
    ) -> V:
        """The addresses of all lanes."""
        indices = emit(f, index, env)
        text = f"getelementptr {MEMORY[kind]}, {self.buffers[buffer]}, {indices}"
        return f.let(vector(lanes.count, "ptr"), text)

    def all_lanes(self, lanes: Lanes) -> V:
        return lanes.mask or V("splat (i1 true)", vector(lanes.count, "i1"))

    def gather(self, f: Function, load: Load, env: Environment, lanes: Lanes) -> V:
        where = self.places(f, load.buffer, load.index, load.kind, env, lanes)
        type = vector(lanes.count, MEMORY[load.kind])
        return self.masked(f, "gather", where, self.all_lanes(lanes), type, ALIGN[load.kind])

    # ------------------------------------------------------------------ stores

    def store(
        self, f: Function, buffer: str, index: Expr, kind: Kind, value: V, body: Body
    ) -> None:
        env, lanes = body.env, body.lanes
        value = self.to_memory(f, value, kind)
        moves = movement(index, env, lanes.name) if lanes is not None else 0
        if moves == 0:
            if lanes_of(value.type):
                raise NotImplementedError(f"compiler: all lanes store to one place of {buffer!r}")
            f.store(value, self.place(f, buffer, index, kind, env, 0), ALIGN[kind])
            return
        assert lanes is not None
        value = value if lanes_of(value.type) else f.splat(value, lanes.count)
        self.vector_store(f, buffer, index, kind, value, body, moves)

    def vector_store(
        self,
        f: Function,
        buffer: str,
        index: Expr,
        kind: Kind,
        value: V,
        body: Body,
        moves: int | None,
    ) -> None:
        env, lanes = body.env, body.lanes
        assert lanes is not None
        if moves not in (1, -1):
            where = self.places(f, buffer, index, kind, env, lanes)
            self.masked_store(f, "scatter", value, where, self.all_lanes(lanes), ALIGN[kind])
            return
        mask = lanes.mask
        shift = lanes.count - 1 if moves < 0 else 0
        if moves < 0:
            value, mask = self.reverse(f, value), mask and self.reverse(f, mask)
        where = self.place(f, buffer, index, kind, env, shift)
        if mask is not None:
            self.masked_store(f, "store", value, where, mask, ALIGN[kind])
        else:
            f.store(value, where, ALIGN[kind])

    def masked_store(self, f: Function, op: str, value: V, where: V, mask: V, size: int) -> None:
        name = f"llvm.masked.{op}.{_suffix(value.type)}.{_pointer(where)}"
        f.module.declare(name, "void", [value.type, where.type, mask.type])
        f.line(f"call void @{name}({value}, {where.type} align {size} {where.name}, {mask})")


@cache
def _steps(lanes: int, element: str = "i64") -> V:
    """The lanes' numbers."""
    numbers = ", ".join(f"{element} {i}" for i in range(lanes))
    return V(f"<{numbers}>", vector(lanes, element))


def _suffix(type: str) -> str:
    """`v16f32` for `<16 x float>`."""
    element = type[1:-1].split(" x ")[1]
    return f"v{lanes_of(type)}{SUFFIX.get(element, element)}"


def bits_of_type(type: str) -> int:
    """The bits of a vector's element."""
    element = type[1:-1].split(" x ")[1]
    return {"half": 16, "float": 32, "double": 64}.get(element) or int(element[1:])


def _pointer(where: V) -> str:
    lanes = lanes_of(where.type)
    return f"v{lanes}p0" if lanes else "p0"
