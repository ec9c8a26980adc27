"""Integer and boolean arithmetic with NumPy's results: no operand traps, none is undefined.

Division by zero gives 0, the least integer divided by -1 wraps, a shift by the width or more
shifts everything out.  Operands are scalars or vectors, two of one type.
"""

from __future__ import annotations

from collections.abc import Callable

from ...ir.loops import Kind
from .builder import Function, V, element_of
from .kinds import bits_of, intrinsic, like


def number(value: V, bits: int | str) -> V:
    """The integer constant `bits` in the type of `value`."""
    return like(value, V(str(bits), element_of(value.type)))


def is_zero(f: Function, a: V) -> V:
    return f.compare("icmp eq", a, number(a, 0))


def _divide(f: Function, kind: Kind, a: V, b: V) -> tuple[V, V]:
    """Quotient towards zero and remainder; 0 and 0 where `b` is 0."""
    zero = is_zero(f, b)
    if kind == "u8":
        safe = f.select(zero, number(b, 1), b)
        q, r = f.binary("udiv", a, safe), f.binary("urem", a, safe)
        return f.select(zero, number(a, 0), q), f.select(zero, number(a, 0), r)
    minus = f.compare("icmp eq", b, number(b, -1))
    either = f.binary("or", zero, minus)
    safe = f.select(either, number(b, 1), b)
    q, r = f.binary("sdiv", a, safe), f.binary("srem", a, safe)
    q = f.select(minus, f.binary("sub", number(a, 0), a), q)
    return f.select(zero, number(a, 0), q), f.select(either, number(a, 0), r)


def _crosses(f: Function, b: V, rest: V) -> V:
    """Where a remainder is not zero and its sign is not the divisor's."""
    differs = f.compare("icmp slt", f.binary("xor", b, rest), number(b, 0))
    return f.binary("and", differs, f.compare("icmp ne", rest, number(rest, 0)))


def div(f: Function, kind: Kind, a: V, b: V) -> V:
    return _divide(f, kind, a, b)[0]


def fmod(f: Function, kind: Kind, a: V, b: V) -> V:
    return _divide(f, kind, a, b)[1]


def floor_divide(f: Function, kind: Kind, a: V, b: V) -> V:
    q, r = _divide(f, kind, a, b)
    if kind == "u8":
        return q
    return f.select(_crosses(f, b, r), f.binary("sub", q, number(q, 1)), q)


def remainder(f: Function, kind: Kind, a: V, b: V) -> V:
    r = _divide(f, kind, a, b)[1]
    return r if kind == "u8" else f.select(_crosses(f, b, r), f.binary("add", r, b), r)


def shl(f: Function, kind: Kind, a: V, b: V) -> V:
    inside = f.compare("icmp ult", b, number(b, bits_of(kind)))
    return f.select(inside, f.binary("shl", a, b), number(a, 0))


def shr(f: Function, kind: Kind, a: V, b: V) -> V:
    inside = f.compare("icmp ult", b, number(b, bits_of(kind)))
    if kind == "u8":
        return f.select(inside, f.binary("lshr", a, b), number(a, 0))
    most = f.select(inside, b, number(b, bits_of(kind) - 1))
    return f.binary("ashr", a, most)


def neg(f: Function, kind: Kind, a: V) -> V:
    return f.binary("sub", number(a, 0), a)


def absolute(f: Function, kind: Kind, a: V) -> V:
    if kind == "u8":
        return a
    return f.call(intrinsic("abs", a.type), a.type, [a, V("false", "i1")])


def extreme(f: Function, kind: Kind, a: V, b: V, largest: bool) -> V:
    name = ("u" if kind == "u8" else "s") + ("max" if largest else "min")
    return f.call(intrinsic(name, a.type), a.type, [a, b])


def sign(f: Function, kind: Kind, a: V) -> V:
    positive = f.compare("icmp ne" if kind == "u8" else "icmp sgt", a, number(a, 0))
    made = f.convert("zext", positive, a.type)
    if kind == "u8":
        return made
    return f.binary("or", made, f.binary("ashr", a, number(a, bits_of(kind) - 1)))


def compare(f: Function, op: str, kind: Kind, a: V, b: V) -> V:
    """`op` is lt, le, gt, ge, eq or ne."""
    if op in ("eq", "ne"):
        return f.compare(f"icmp {op}", a, b)
    return f.compare(f"icmp {'u' if kind in ('u8', 'bool') else 's'}{op}", a, b)


def power(f: Function, kind: Kind, a: V, b: V) -> V:
    """By squaring, modulo the type's range; a negative exponent truncates 1 / a**-b to zero."""
    result, base = f.variable(a.type, number(a, 1)), f.variable(a.type, a)
    positive = f.compare("icmp eq", b, b)
    if kind != "u8":
        positive = f.compare("icmp sgt", b, number(b, -1))
    left = f.variable(b.type, f.select(positive, b, number(b, 0)))
    with f.loop(V("0", "i64"), V(str(bits_of(kind)), "i64")):
        now, square, rest = (f.get(v, a.type) for v in (result, base, left))
        odd = f.compare("icmp ne", f.binary("and", rest, number(rest, 1)), number(rest, 0))
        f.set(result, f.select(odd, f.binary("mul", now, square), now))
        f.set(base, f.binary("mul", square, square))
        f.set(left, f.binary("lshr", rest, number(rest, 1)))
    made = f.get(result, a.type)
    return made if kind == "u8" else f.select(positive, made, _inverse_power(f, a, b))


def _inverse_power(f: Function, a: V, b: V) -> V:
    """What 1 and -1 give for a negative exponent; 0 for others."""
    one = f.compare("icmp eq", a, number(a, 1))
    minus = f.compare("icmp eq", a, number(a, -1))
    odd = f.compare("icmp ne", f.binary("and", b, number(b, 1)), number(b, 0))
    of_minus = f.select(odd, number(a, -1), number(a, 1))
    return f.select(one, number(a, 1), f.select(minus, of_minus, number(a, 0)))


BOOLEAN = {
    "add": "or",
    "mul": "and",
    "and": "and",
    "or": "or",
    "xor": "xor",
    "ne": "xor",
    "maximum": "or",
    "minimum": "and",
    "fmax": "or",
    "fmin": "and",
}


def booleans(f: Function, op: str, args: list[V]) -> V:
    """An operation whose operands are bools."""
    if op == "not":
        return f.binary("xor", args[0], like(args[0], V("true", "i1")))
    if op in BOOLEAN:
        return f.binary(BOOLEAN[op], args[0], args[1])
    if op in ("eq", "lt", "le", "gt", "ge"):
        return compare(f, op, "bool", args[0], args[1])
    if op == "abs":
        return args[0]
    raise NotImplementedError(f"compiler: {op} of bools is not implemented")


def integers(f: Function, op: str, kind: Kind, args: list[V]) -> V:
    """An operation whose operands are integers of `kind`, casts apart."""
    if op in ("add", "sub", "mul", "and", "or", "xor"):
        return f.binary(op, args[0], args[1])
    if op in ("lt", "le", "gt", "ge", "eq", "ne"):
        return compare(f, op, kind, args[0], args[1])
    if op in ("maximum", "fmax", "minimum", "fmin"):
        return extreme(f, kind, args[0], args[1], op in ("maximum", "fmax"))
    if op in ("floor", "ceil", "trunc", "rint"):
        return args[0]
    if op in ("isnan", "isinf"):
        return like(args[0], V("false", "i1"))
    if op == "not":
        return f.binary("xor", args[0], number(args[0], -1))
    if op == "fma":
        return f.binary("add", f.binary("mul", args[0], args[1]), args[2])
    if op not in _BY_NAME:
        raise NotImplementedError(f"compiler: {op} of integers is not implemented")
    return _BY_NAME[op](f, kind, *args)


_BY_NAME: dict[str, Callable[..., V]] = {
    "div": div,
    "fmod": fmod,
    "floor_divide": floor_divide,
    "remainder": remainder,
    "shl": shl,
    "shr": shr,
    "neg": neg,
    "abs": absolute,
    "sign": sign,
    "pow": power,
}
