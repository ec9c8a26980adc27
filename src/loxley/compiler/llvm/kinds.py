"""What the kinds of `ir.loops` are to LLVM: their types in memory and in registers.

A bool is a byte in memory and an `i1` in a register.  A bfloat16 is an `i16` of its bits: the
processors' own conversions flush denormals, so conversions are written with integers.  A complex
number is an integer of the bits of its parts.
"""

from __future__ import annotations

import struct

from ...ir.loops import Kind
from ..kinds import NUMPY, SIZE
from .builder import V, f32, f64, lanes_of, vector

MEMORY: dict[str, str] = {
    "bool": "i8",
    "u8": "i8",
    "i8": "i8",
    "i16": "i16",
    "i32": "i32",
    "i64": "i64",
    "f16": "half",
    "bf16": "i16",
    "f32": "float",
    "f64": "double",
    "c64": "i64",
    "c128": "i128",
}
REGISTER: dict[str, str] = MEMORY | {"bool": "i1"}
INTEGERS = frozenset(("u8", "i8", "i16", "i32", "i64"))
FLOATS = frozenset(("f32", "f64"))
SUFFIX = {"float": "f32", "double": "f64", "half": "f16"}  # in the names of intrinsics


def bits_of(kind: Kind) -> int:
    """The bits of a register of this kind."""
    return 1 if kind == "bool" else 8 * SIZE[kind]


def constant(value: complex, kind: Kind) -> V:
    """A scalar operand; integers wrap, floats round."""
    if isinstance(value, complex):
        return V(str(int.from_bytes(NUMPY[kind].type(value).tobytes(), "little")), MEMORY[kind])
    if kind == "f32":
        return f32(float(value))
    if kind == "f64":
        return f64(float(value))
    if kind == "bool":
        return V("true" if value else "false", "i1")
    if kind == "f16":
        return V(f"0xH{struct.unpack('<H', struct.pack('<e', value))[0]:04X}", "half")
    if kind == "bf16":
        return V(str(_bfloat_bits(float(value))), "i16")
    bits = bits_of(kind)
    wrapped = int(value) & ((1 << bits) - 1)
    return V(str(wrapped - (1 << bits) if wrapped >> (bits - 1) else wrapped), f"i{bits}")


def _bfloat_bits(value: float) -> int:
    bits = struct.unpack("<I", struct.pack("<f", value))[0]
    if value != value:
        return 0x7FC0
    return (bits + 0x7FFF + (bits >> 16 & 1)) >> 16


def intrinsic(name: str, type: str) -> str:
    """`llvm.NAME` for a scalar or vector type: `llvm.fma.v16f32`."""
    lanes = lanes_of(type)
    element = type[1:-1].split(" x ")[1] if lanes else type
    element = SUFFIX.get(element, element)
    return f"llvm.{name}.v{lanes}{element}" if lanes else f"llvm.{name}.{element}"


def like(value: V, scalar: V) -> V:
    """The constant `scalar`, splat to the lanes of `value`."""
    lanes = lanes_of(value.type)
    return V(f"splat ({scalar})", vector(lanes, scalar.type)) if lanes else scalar


def with_element(value: V, element: str) -> str:
    """The type with `value`'s lanes and another element."""
    lanes = lanes_of(value.type)
    return vector(lanes, element) if lanes else element
