"""Arithmetic of float32 and float64 with NumPy's results, and conversions between all kinds.

Operands are scalars or vectors, all of one length.  Functions beyond arithmetic are in `math`.
"""

from __future__ import annotations

from collections.abc import Callable

from ...ir.loops import Kind
from ..kinds import SIZE
from .builder import Function, V
from .integers import number
from .kinds import FLOATS, INTEGERS, REGISTER, constant, intrinsic, like, with_element

_ARITHMETIC = {"add": "fadd", "sub": "fsub", "mul": "fmul", "div": "fdiv"}
_COMPARISONS = {"lt": "olt", "le": "ole", "gt": "ogt", "ge": "oge", "eq": "oeq", "ne": "une"}
_INTRINSICS = {
    "abs": "fabs",
    "sqrt": "sqrt",
    "floor": "floor",
    "ceil": "ceil",
    "trunc": "trunc",
    "rint": "rint",
    "fma": "fma",
}
_INFINITY = float("inf")


def kind_of(value: V) -> Kind:
    """f32 or f64, by the operand's type."""
    return "f64" if "double" in value.type else "f32"


def real(value: V, constant_: float) -> V:
    """A constant in the type of `value`."""
    return like(value, constant(constant_, kind_of(value)))


def call(f: Function, name: str, *args: V) -> V:
    """The intrinsic `name` at the type of its arguments."""
    return f.call(intrinsic(name, args[0].type), args[0].type, args)


def is_nan(f: Function, a: V) -> V:
    return f.compare("fcmp uno", a, a)


def maximum(f: Function, a: V, b: V) -> V:
    """NaN where either is."""
    return f.select(is_nan(f, b), b, fmax(f, a, b))


def minimum(f: Function, a: V, b: V) -> V:
    return f.select(is_nan(f, b), b, f.select(f.compare("fcmp ogt", a, b), b, a))


def fmax(f: Function, a: V, b: V) -> V:
    """`a` where it is NaN; never NaN because of `b`."""
    return f.select(f.compare("fcmp olt", a, b), b, a)


def _ignoring(f: Function, a: V, b: V, chosen: V) -> V:
    return f.select(is_nan(f, a), b, chosen)


def sign(f: Function, a: V) -> V:
    zero = real(a, 0.0)
    minus = f.select(f.compare("fcmp olt", a, zero), real(a, -1.0), f.binary("fadd", a, zero))
    return f.select(f.compare("fcmp ogt", a, zero), real(a, 1.0), minus)


def is_infinite(f: Function, a: V) -> V:
    return f.compare("fcmp oeq", call(f, "fabs", a), real(a, _INFINITY))


def rsqrt(f: Function, a: V) -> V:
    return f.binary("fdiv", real(a, 1.0), call(f, "sqrt", a))


def arithmetic(f: Function, op: str, args: list[V]) -> V | None:
    """The operation `op`; None where it is not one of arithmetic."""
    if op in _ARITHMETIC:
        return f.binary(_ARITHMETIC[op], args[0], args[1])
    if op in _COMPARISONS:
        return f.compare(f"fcmp {_COMPARISONS[op]}", args[0], args[1])
    if op in _INTRINSICS:
        return call(f, _INTRINSICS[op], *args)
    if op == "neg":
        return f.let(args[0].type, f"fneg {args[0]}")
    if op == "fmax":
        return _ignoring(f, args[0], args[1], fmax(f, args[0], args[1]))
    if op == "fmin":
        a, b = args
        return _ignoring(f, a, b, f.select(f.compare("fcmp ogt", a, b), b, a))
    return _BY_NAME[op](f, *args) if op in _BY_NAME else None


_BY_NAME: dict[str, Callable[..., V]] = {
    "maximum": maximum,
    "minimum": minimum,
    "sign": sign,
    "isnan": is_nan,
    "isinf": is_infinite,
    "rsqrt": rsqrt,
}


def cast(f: Function, a: V, before: Kind, after: Kind) -> V:
    """As C converts on x86: floats out of an integer's range become its least number."""
    if before == after:
        return a
    if after == "bool":
        return _to_bool(f, a, before)
    if before == "bf16":
        return cast(f, _from_bfloat(f, a), "f32", after)
    if before == "f16":
        return cast(f, f.convert("fpext", a, with_element(a, "float")), "f32", after)
    if after in ("bf16", "f16"):
        a = cast(f, a, before, "f32")
        return _to_bfloat(f, a) if after == "bf16" else _to_half(f, a)
    if before in FLOATS:
        return _from_float(f, a, before, after)
    return _from_integer(f, a, before, after)


def _to_bool(f: Function, a: V, before: Kind) -> V:
    if before in FLOATS or before == "f16":
        return f.compare("fcmp une", a, like(a, constant(0.0, before)))
    if before == "bf16":
        a = f.binary("and", a, number(a, 0x7FFF))
    return f.compare("icmp ne", a, number(a, 0))


def _to_half(f: Function, a: V) -> V:
    if a.type == "float":  # or LLVM rounds a double at once, with a call that nothing defines
        a = call(f, "arithmetic.fence", a)
    return f.convert("fptrunc", a, with_element(a, "half"))


def _from_bfloat(f: Function, a: V) -> V:
    wide = f.convert("zext", a, with_element(a, "i32"))
    return f.convert("bitcast", f.binary("shl", wide, number(wide, 16)), with_element(a, "float"))


def _to_bfloat(f: Function, a: V) -> V:
    """Rounded to nearest, ties to even; a NaN stays one."""
    bits = f.convert("bitcast", a, with_element(a, "i32"))
    upper = f.binary("lshr", bits, number(bits, 16))
    odd = f.binary("and", upper, number(bits, 1))
    rounded = f.binary("add", f.binary("add", bits, number(bits, 0x7FFF)), odd)
    rounded = f.binary("lshr", rounded, number(bits, 16))
    nan = f.binary("or", upper, number(bits, 0x40))
    return f.convert("trunc", f.select(is_nan(f, a), nan, rounded), with_element(a, "i16"))


def _from_float(f: Function, a: V, before: Kind, after: Kind) -> V:
    if after in FLOATS:
        return f.convert(
            "fpext" if after == "f64" else "fptrunc", a, with_element(a, REGISTER[after])
        )
    bits = 64 if after == "i64" else 32
    whole = f.convert("fptosi", a, with_element(a, f"i{bits}"))
    fits = f.compare("fcmp olt", call(f, "fabs", a), real(a, 2.0 ** (bits - 1)))
    if before == "f64" and bits == 32:  # -2147483648.5 is cut to a number that fits
        above = f.compare("fcmp ogt", a, real(a, -(2.0**31) - 1))
        fits = f.binary("and", above, f.compare("fcmp olt", a, real(a, 2.0**31)))
    made = f.select(fits, whole, number(whole, -(1 << (bits - 1))))
    return (
        made
        if SIZE[after] * 8 == bits
        else f.convert("trunc", made, with_element(a, REGISTER[after]))
    )


def _from_integer(f: Function, a: V, before: Kind, after: Kind) -> V:
    unsigned = before in ("u8", "bool")
    type = with_element(a, REGISTER[after])
    if after in FLOATS:
        return f.convert("uitofp" if unsigned else "sitofp", a, type)
    if before in INTEGERS and SIZE[before] == SIZE[after]:
        return a
    if before in INTEGERS and SIZE[before] > SIZE[after]:
        return f.convert("trunc", a, type)
    return f.convert("zext" if unsigned else "sext", a, type)
