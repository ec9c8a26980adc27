"""Vectors to and from memory: masks, parts of vectors, 16-bit floats.

Every kind in memory has an LLVM type; 16-bit floats are moved as integers.  Nothing beyond
`count` elements is read or written, whatever the target lacks.
"""

from __future__ import annotations

from typing import Literal

from ..llvm.builder import Function, V, element_of, f32, i64, lanes_of, vector
from ..llvm.floats import cast
from ..llvm.target import Target

# Which of a matrix's directions has elements side by side.
Contiguous = Literal["lines", "k", "none"]
# LLVM's types of elements in memory.
TYPES = {"f32": "float", "f64": "double", "bf16": "i16", "f16": "i16"}
BYTES = {"f32": 4, "f64": 8, "bf16": 2, "f16": 2}


_SIZES = {"i16": 2, "i32": 4, "float": 4, "double": 8}


def lane_mask(f: Function, count: V, lanes: int) -> V:
    """`<lanes x i1>`: lane l is on where l < count (i64; may be negative or large)."""
    clipped = f.call("llvm.smin.i64", "i64", [count, i64(lanes)])
    counts = f.splat(f.convert("trunc", clipped, "i32"), lanes)
    numbers = ", ".join(f"i32 {lane}" for lane in range(lanes))
    return f.compare("icmp slt", V(f"<{numbers}>", vector(lanes, "i32")), counts)


_SHORT = {"double": "f64", "float": "f32", "half": "f16", "bfloat": "bf16"}


def mangled(type: str) -> str:
    """How LLVM's intrinsics spell a type: `<16 x float>` is v16f32."""
    element, lanes = element_of(type), lanes_of(type)
    return (f"v{lanes}" if lanes else "") + _SHORT.get(element, element)


def masked_load(f: Function, pointer: V, type: str, mask: V, align: int) -> V:
    """A vector whose lanes outside `mask` are zero and were not read."""
    name = f"llvm.masked.load.{mangled(type)}.p0"
    f.module.declare(name, type, ["ptr", mask.type, type])
    where = f"ptr align {align} {pointer.name}"
    return f.let(type, f"call {type} @{name}({where}, {mask}, {type} zeroinitializer)")


def masked_store(f: Function, value: V, pointer: V, mask: V, align: int) -> None:
    """Stores the lanes in `mask` and touches no others."""
    name = f"llvm.masked.store.{mangled(value.type)}.p0"
    f.module.declare(name, "void", [value.type, "ptr", mask.type])
    f.line(f"call void @{name}({value}, ptr align {align} {pointer.name}, {mask})")


def fetch(f: Function, place: V, to: Literal["read", "write"] = "read") -> None:
    """Fetches a cache line into the second cache; nothing happens where there is no memory."""
    hints = [V("1" if to == "write" else "0", "i32"), V("2", "i32"), V("1", "i32")]
    f.call("llvm.prefetch.p0", "void", [place, *hints])


def read(f: Function, target: Target, pointer: V, element: str, lanes: int, count: V) -> V:
    """`<lanes x element>` from memory, of which the first `count` (i64, any) are read, others 0."""
    type, size = vector(lanes, element), _SIZES[element]
    if target.has("avx512") or (size > 2 and target.has("avx2")):
        return masked_load(f, pointer, type, lane_mask(f, count, lanes), size)
    result = f.variable(type, V("zeroinitializer", type))
    full, part, end = f.label("full"), f.label("part"), f.label("end")
    f.branch_if(f.compare("icmp sge", count, i64(lanes)), full, part)
    f.place(full)
    f.set(result, f.load(pointer, type, size))
    f.branch(end)
    f.place(part)
    with f.loop(i64(0), count) as lane:
        one = f.load(f.address(pointer, element, lane), element, size)
        f.store(one, f.address(result, element, lane), size)
    f.branch(end)
    f.place(end)
    return f.get(result, type)


def write(f: Function, target: Target, value: V, pointer: V, count: V) -> None:
    """Stores the first `count` (i64, any) lanes of a vector of memory's elements."""
    lanes, element = lanes_of(value.type), element_of(value.type)
    size = _SIZES[element]
    if target.has("avx512"):
        masked_store(f, value, pointer, lane_mask(f, count, lanes), size)
        return
    full, part, end = f.label("full"), f.label("part"), f.label("end")
    f.branch_if(f.compare("icmp sge", count, i64(lanes)), full, part)
    f.place(full)
    f.store(value, pointer, size)
    f.branch(end)
    f.place(part)
    copy = f.variable(value.type, value)
    with f.loop(i64(0), count) as lane:
        one = f.load(f.address(copy, element, lane), element, size)
        f.store(one, f.address(pointer, element, lane), size)
    f.branch(end)
    f.place(end)


def widen(f: Function, target: Target, raw: V, memory: str) -> V:
    """Elements as memory holds them (16-bit floats as i16) in the type they are computed in."""
    if memory in ("f32", "f64"):
        return raw
    lanes = lanes_of(raw.type)
    floats = vector(lanes, "float")
    if memory == "f16" and (target.has("f16c") or target.has("neon")):
        return f.convert("fpext", f.convert("bitcast", raw, vector(lanes, "half")), floats)
    bits = f.convert("zext", raw, vector(lanes, "i32"))
    if memory == "f16":
        return _widen_f16(f, bits)
    return f.convert("bitcast", f.binary("shl", bits, lanes_splat(f, 16, lanes)), floats)


def _widen_f16(f: Function, bits: V) -> V:
    """f16 (as i32) to f32 with integers: the exponent is moved by a product with 2^112."""
    lanes = lanes_of(bits.type)
    size = f.binary("and", bits, lanes_splat(f, 0x7FFF, lanes))
    sign = f.binary("shl", f.binary("xor", bits, size), lanes_splat(f, 16, lanes))
    moved = f.convert(
        "bitcast", f.binary("shl", size, lanes_splat(f, 13, lanes)), vector(lanes, "float")
    )
    scaled = f.binary("fmul", moved, f.splat(f32(2.0**112), lanes))
    scaled = f.convert("bitcast", scaled, bits.type)
    special = f.binary("or", scaled, lanes_splat(f, 0x7F800000, lanes))
    infinite = f.compare("icmp uge", size, lanes_splat(f, 0x7C00, lanes))
    result = f.binary("or", f.select(infinite, special, scaled), sign)
    return f.convert("bitcast", result, moved.type)


def narrow(f: Function, target: Target, value: V, memory: str) -> V:
    """Values in the elements that memory holds, rounded to nearest even."""
    if memory in ("f32", "f64"):
        return value
    if memory == "bf16":
        return round_bf16(f, value)
    narrowed = vector(lanes_of(value.type), "i16")
    if target.has("f16c") or target.has("neon"):
        return f.convert("bitcast", cast(f, value, "f32", "f16"), narrowed)
    return f.convert("trunc", _round_f16(f, value), narrowed)


def _round_f16(f: Function, value: V) -> V:
    """f32 to f16 (as i32) with integers; subnormals are rounded by a sum with 0.5."""
    lanes = lanes_of(value.type)
    bits = f.convert("bitcast", value, vector(lanes, "i32"))
    size = f.binary("and", bits, lanes_splat(f, 0x7FFFFFFF, lanes))
    sign = f.binary("lshr", f.binary("xor", bits, size), lanes_splat(f, 16, lanes))
    odd = f.binary(
        "and", f.binary("lshr", size, lanes_splat(f, 13, lanes)), lanes_splat(f, 1, lanes)
    )
    bias = f.binary("add", odd, lanes_splat(f, 0xFFF - (112 << 23), lanes))
    normal = f.binary("lshr", f.binary("add", size, bias), lanes_splat(f, 13, lanes))
    moved = f.binary("fadd", f.convert("bitcast", size, value.type), f.splat(f32(0.5), lanes))
    half = lanes_splat(f, 0x3F000000, lanes)
    tiny = f.binary("sub", f.convert("bitcast", moved, bits.type), half)
    result = f.select(f.compare("icmp ult", size, lanes_splat(f, 113 << 23, lanes)), tiny, normal)
    huge = f.compare("icmp uge", size, lanes_splat(f, 143 << 23, lanes))
    result = f.select(huge, lanes_splat(f, 0x7C00, lanes), result)
    is_nan = f.compare("fcmp uno", value, value)
    result = f.select(is_nan, lanes_splat(f, 0x7E00, lanes), result)
    return f.binary("or", result, sign)


def round_bf16(f: Function, value: V) -> V:
    """f32 to bf16 (as i16), to the nearest, ties to even; NaN stays NaN."""
    lanes = lanes_of(value.type)
    bits = f.convert("bitcast", value, vector(lanes, "i32"))
    high = f.binary("lshr", bits, lanes_splat(f, 16, lanes))
    odd = f.binary("and", high, lanes_splat(f, 1, lanes))
    bias = f.binary("add", odd, lanes_splat(f, 0x7FFF, lanes))
    rounded = f.binary("lshr", f.binary("add", bits, bias), lanes_splat(f, 16, lanes))
    quiet = f.binary("or", high, lanes_splat(f, 64, lanes))
    is_nan = f.compare("fcmp uno", value, value)
    return f.convert("trunc", f.select(is_nan, quiet, rounded), vector(lanes, "i16"))


def lanes_splat(f: Function, number: int, lanes: int) -> V:
    """An i32 in every lane."""
    return f.splat(V(str(number), "i32"), lanes)
