"""Elementwise functions of complex numbers, whose pairs of floats lie side by side in memory.

In: one or two arguments in order in memory, of complex or of real numbers.  Out: a template whose
result is complex or real.  A complex number of n elements and its 2 n floats are the same memory,
so `same` also gives the floats of complex numbers and complex numbers of floats.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, NamedTuple

from ..llvm.builder import Module, V, lanes_of, vector
from ..llvm.target import Target
from .fft_memory import Access
from .fft_small import Complex, minus, negative, plus, real_like, scaled, times
from .gemm_spec import Slots
from .index import Index
from .memory import mangled
from .template import Template
from .writer import Writer

_POINTERS = ("a", "b", "out")
_NUMBERS = ("real", "imag")
SLOTS = (
    *((n, "ptr") for n in _POINTERS),
    ("count", "i64"),
    *((n, "f64") for n in _NUMBERS),
)
_BLOCK = 16  # vectors that are one unit of parallel work


class Spec(NamedTuple):
    """kind  of the parts: f32 or f64
    what  the function, one of `FUNCTIONS`
    read  its arguments: c for a complex one, r for a real one; of C and R one number is there
    """

    kind: str
    what: str
    read: str = "c"


def _size(f: Writer, x: Complex) -> V:
    """The absolute value, whatever a square's exponent would be.

    The parts are multiplied by a power of two that takes the larger to about one.
    """
    lanes = lanes_of(x[0].type)
    bits, fraction = (64, 52) if "double" in x[0].type else (32, 23)
    type = vector(lanes, f"i{bits}")
    most = (1 << (bits - 1 - fraction)) - 1  # the exponent of infinity

    def number(value: int) -> V:
        return V(f"splat (i{bits} {value})", type)

    def pick(name: str, a: V, b: V) -> V:
        return f.call(f"llvm.{name}.v{lanes}i{bits}", type, [a, b])

    sizes = [f.call(f"llvm.fabs.{mangled(p.type)}", p.type, [p]) for p in x]
    larger = pick("umax", *(f.convert("bitcast", s, type) for s in sizes))
    exponent = f.binary("and", larger, number(most << fraction))
    exponent = pick("umax", exponent, number(1 << fraction))
    exponent = pick("umin", exponent, number((most - 2) << fraction))
    up = f.convert("bitcast", f.binary("sub", number((most - 1) << fraction), exponent), x[0].type)
    down = f.convert("bitcast", exponent, x[0].type)
    a, b = (f.binary("fmul", s, up) for s in sizes)
    square = f.multiply_add(a, a, f.binary("fmul", b, b))
    root = f.call(f"llvm.sqrt.{mangled(square.type)}", square.type, [square])
    made = f.binary("fmul", root, down)
    for s in sizes:  # infinity, even beside what is no number
        infinite = real_like(f, s, float("inf"))
        made = f.select(f.compare("fcmp oeq", s, infinite), infinite, made)
    return made


def _sign(f: Writer, x: Complex) -> Complex:
    size = _size(f, x)
    zero = real_like(f, size, 0.0)
    none = f.compare("fcmp oeq", size, zero)
    made = [f.select(none, zero, f.binary("fdiv", p, size)) for p in x]
    return made[0], made[1]


def _product(f: Writer, a: Any, b: Any) -> Complex:
    if isinstance(a, V):
        a, b = b, a
    return scaled(f, a, b) if isinstance(b, V) else times(f, a, b)


# By name: what becomes of one or two arguments, each a V (real) or a pair of them.
FUNCTIONS: Mapping[str, Callable[..., V | Complex]] = {
    "same": lambda f, a: a,
    "number": lambda f, a: a,
    "abs": _size,
    "sgn": _sign,
    "conj": lambda f, a: (a[0], negative(f, a[1])),
    "neg": lambda f, a: (negative(f, a[0]), negative(f, a[1])),
    "real": lambda f, a: a[0],
    "imag": lambda f, a: a[1],
    "widened": lambda f, a: (a, real_like(f, a, 0.0)),
    "complex": lambda f, a, b: (a, b),
    "add": plus,
    "sub": minus,
    "mul": _product,
}


@lru_cache(maxsize=64)
def template(spec: Spec) -> Template:
    """Slots: a, b (0 if they are not there), out, count (of elements), real, imag (of `number`)."""
    name = f"complex_{spec.what}_{spec.read}_{spec.kind}"
    key = ("complex", *spec)

    def work(sizes: Mapping[str, int]) -> int:
        return 4 * sizes["count"]

    return Template(name, key, lambda t: _text(name, spec, t), SLOTS, lambda s, t: 0, work)


def _text(name: str, spec: Spec, target: Target) -> str:
    module = Module()
    f = Writer(module, name, [("ptr", "args"), ("i64", "worker"), ("i64", "workers")])
    lanes = target.vector_bytes // (4 if spec.kind == "f32" else 8)
    access = Access(f, spec.kind, lanes, target)
    reader = Slots(SLOTS)
    slots = {slot: reader.get(f, slot) for slot, _ in SLOTS}
    count, step = Index(f, slots["count"]), lanes * _BLOCK
    start, stop = f.share(count.parts(step))
    start, stop = start * step, (stop * step).least(count)
    whole = start + (stop - start).most(0) // lanes * lanes
    with f.count(start, whole, lanes) as i:
        _apply(access, spec, slots, i, None)
    with f.count(whole, stop, lanes) as i:
        _apply(access, spec, slots, i, stop - i)
    f.ret()
    return str(module)


def _apply(a: Access, spec: Spec, slots: dict[str, V], i: Index, count: Index | None) -> None:
    """A vector of results; the first `count` of them, if it is there."""
    read = [_argument(a, how, slots[slot], i, count) for how, slot in zip(spec.read, _POINTERS)]
    if spec.what == "number":
        number = [slots[n] for n in _NUMBERS]
        if spec.kind == "f32":
            number = [a.f.convert("fptrunc", n, "float") for n in number]
        read = [tuple(a.f.splat(n, a.lanes) for n in number)]
    made, out = FUNCTIONS[spec.what](a.f, *read), slots["out"]
    if isinstance(made, V):
        a.put_vector(made, out, i) if count is None else a.put_some(made, out, i, count)
    elif count is None:
        a.put_pairs(made, out, i * 2)
    else:
        a.put_some_pairs(made, out, i * 2, count)


def _argument(a: Access, how: str, base: V, i: Index, count: Index | None) -> Any:
    if how == "R":
        return a.splat(base, 0)
    if how == "C":
        return a.splat(base, 0), a.splat(base, 1)
    if how == "r":
        return a.vector(base, i) if count is None else a.some(base, i, count)
    return a.pairs(base, i * 2) if count is None else a.some_pairs(base, i * 2, count)
