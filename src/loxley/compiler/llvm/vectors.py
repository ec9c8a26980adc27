"""What the vectorized functions are written with: polynomials, powers of two, calls of libm.

Operands are scalars or vectors of float32 or float64; constants take their operand's type.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from .builder import Function, V, i64, lanes_of, vector
from .floats import call, real
from .integers import number
from .kinds import with_element

Maker = Callable[..., V]


class Numbers:
    """What differs between float32 and float64 in bit fiddling."""

    def __init__(self, value: V) -> None:
        self.double = "double" in value.type
        self.integer = with_element(value, "i64" if self.double else "i32")
        self.fraction = 52 if self.double else 23  # bits
        self.bias = 1023 if self.double else 127
        # Added to a number below 2**(fraction-1), it leaves the nearest integer in the low bits.
        self.magic = 1.5 * 2.0**self.fraction
        # ln 2 = high + low, where products of `high` with exponents are exact.
        self.high = 6.93147180369123816490e-01 if self.double else 0.693359375
        self.low = 1.90821492927058770002e-10 if self.double else -2.12194440054690583e-4


def add(f: Function, a: V, b: V) -> V:
    return f.binary("fadd", a, b)


def sub(f: Function, a: V, b: V) -> V:
    return f.binary("fsub", a, b)


def mul(f: Function, a: V, b: V) -> V:
    return f.binary("fmul", a, b)


def div(f: Function, a: V, b: V) -> V:
    return f.binary("fdiv", a, b)


def fma(f: Function, a: V, b: V, c: V) -> V:
    return call(f, "fma", a, b, c)


def neg(f: Function, a: V) -> V:
    return f.let(a.type, f"fneg {a}")


def fabs(f: Function, a: V) -> V:
    return call(f, "fabs", a)


def copysign(f: Function, size: V, sign: V) -> V:
    return call(f, "copysign", size, sign)


def polynomial(f: Function, x: V, coefficients: Sequence[float]) -> V:
    """Horner's rule; the coefficients ascend."""
    made = real(x, coefficients[-1])
    for c in coefficients[-2::-1]:
        made = fma(f, made, x, real(x, c))
    return made


def at_most(f: Function, x: V, bound: float) -> V:
    """A NaN stays one."""
    return f.select(f.compare("fcmp ogt", x, real(x, bound)), real(x, bound), x)


def at_least(f: Function, x: V, bound: float) -> V:
    return f.select(f.compare("fcmp olt", x, real(x, bound)), real(x, bound), x)


def bits(f: Function, x: V) -> V:
    return f.convert("bitcast", x, Numbers(x).integer)


def from_bits(f: Function, x: V, type: str) -> V:
    return f.convert("bitcast", x, type)


def nearest(f: Function, x: V, factor: float) -> tuple[V, V]:
    """The integer next to `x * factor` as a float, and as the low bits of an integer."""
    n = Numbers(x)
    shifted = fma(f, x, real(x, factor), real(x, n.magic))
    return sub(f, shifted, real(x, n.magic)), bits(f, shifted)


def power_of_two(f: Function, whole: V, type: str) -> V:
    """2**n of the low bits of an integer, where that is a normal number."""
    double = "double" in type
    biased = f.binary("add", whole, number(whole, 1023 if double else 127))
    return from_bits(f, f.binary("shl", biased, number(whole, 52 if double else 23)), type)


def scaled(f: Function, x: V, n: V, whole: V, target: Any, wide: bool) -> V:
    """`x * 2**n`; `wide` where the result may overflow or be denormal.

    `n` and `whole` come from `nearest`.
    """
    size = lanes_of(x.type) * (8 if "double" in x.type else 4)
    if target.has("avx512") and size == 64:
        return _scalef(f, x, n)
    if target.has("avx512") and size == 128:
        return joined(f, [_scalef(f, a, b) for a, b in zip(halves(f, x), halves(f, n))])
    if not wide:
        return mul(f, x, power_of_two(f, whole, x.type))
    numbers = Numbers(x)
    magic = 0x4338000000000000 if numbers.double else 0x4B400000
    whole = f.binary("sub", whole, number(whole, magic))
    half = f.binary("ashr", whole, number(whole, 1))
    rest = f.binary("sub", whole, half)
    return mul(f, mul(f, x, power_of_two(f, half, x.type)), power_of_two(f, rest, x.type))


def _scalef(f: Function, x: V, n: V) -> V:
    double = "double" in x.type
    name = f"llvm.x86.avx512.mask.scalef.p{'d' if double else 's'}.512"
    mask = V("-1", "i8" if double else "i16")
    zero = V("zeroinitializer", x.type)
    return f.call(name, x.type, [x, n, zero, mask, V("4", "i32")])


def halves(f: Function, x: V) -> list[V]:
    lanes = lanes_of(x.type) // 2
    type = vector(lanes, x.type[1:-1].split(" x ")[1])
    made = []
    for start in (0, lanes):
        order = ", ".join(f"i32 {start + i}" for i in range(lanes))
        text = f"shufflevector {x}, {x.type} poison, <{lanes} x i32> <{order}>"
        made.append(f.let(type, text))
    return made


def joined(f: Function, parts: Sequence[V]) -> V:
    low, high = parts
    lanes = 2 * lanes_of(low.type)
    order = ", ".join(f"i32 {i}" for i in range(lanes))
    type = vector(lanes, low.type[1:-1].split(" x ")[1])
    return f.let(type, f"shufflevector {low}, {high}, <{lanes} x i32> <{order}>")


def widened(f: Function, make: Maker, args: Sequence[V], target: Any) -> V:
    """A float32 function by way of its float64 version."""
    wide = [f.convert("fpext", a, with_element(a, "double")) for a in args]
    made = make(f, *wide, target)
    return f.convert("fptrunc", made, args[0].type)


def any_lane(f: Function, condition: V) -> V:
    lanes = lanes_of(condition.type)
    if not lanes:
        return condition
    return f.call(f"llvm.vector.reduce.or.v{lanes}i1", "i1", [condition])


def where_rare(f: Function, rare: V, usual: V, make: Callable[[], V]) -> V:
    """`make()` in the lanes where `rare`, computed only if there are any."""
    cell = f.variable(usual.type, usual)
    with f.when(any_lane(f, rare)):
        f.set(cell, f.select(rare, make(), usual))
    return f.get(cell, usual.type)


def by_libm(f: Function, name: str, args: Sequence[V]) -> V:
    """The C library's function, lane by lane; `name` is that of the float64 version."""
    type = args[0].type
    element = "double" if "double" in type else "float"
    name = name if element == "double" else name + "f"
    lanes = lanes_of(type)
    if not lanes:
        return f.call(name, type, args)
    own = f"lanes.{name}.{lanes}"
    if all(g.name != own for g in f.module.functions):
        _lanewise(f, own, name, element, lanes, len(args))
    return f.call_defined(own, type, args)


def _lanewise(f: Function, own: str, name: str, element: str, lanes: int, count: int) -> None:
    type = vector(lanes, element)
    parameters = [(type, f"a{k}") for k in range(count)]
    g = Function(f.module, own, parameters, type, "nounwind noinline", "internal")
    cells = [g.variable(type, g[n]) for _, n in parameters]
    with g.loop(i64(0), i64(lanes)) as i:
        places = [g.address(c, element, i) for c in cells]
        size = 8 if element == "double" else 4
        made = g.call(name, element, [g.load(p, element, size) for p in places])
        g.store(made, places[0], size)
    g.ret(g.get(cells[0], type))
