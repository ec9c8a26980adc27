"""Random draws as kernels: uniforms, integers, Bernoulli masks, permutations, normals.

In: what is drawn (a `Spec`).  Out: a template whose slots are the generator's `state`, its `next`
state, the result `out`, and the numbers of `Spec.what`.  The bits are those of `numerics.random`
and `numerics.random_normal`, whatever the number of workers.

    uniform      low, span (with `scaled`); top, which only appears by rounding, becomes bottom
    integers     draw modulo `modulus` plus `low`, of 64-bit draws where `wide`
    bernoulli    1 where the low 53 bits of a 64-bit draw are below `limit`
    permutation  of 0 .. count: `out` int64 [count + 1]
    normal       mean, std (with `scaled`), by blocks of 16
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from ..llvm.builder import V, f32, f64, i64, vector
from ..llvm.floats import call, cast
from ..llvm.kinds import MEMORY
from . import normals
from .index import Index
from .template import Template
from .twister import SCRATCH, Sample, Sampler, Slots, slots_of, text
from .writer import Writer, put

_MASK24, _MASK53 = 2**24 - 1, 2**53 - 1


class Spec(NamedTuple):
    """what    uniform, integers, bernoulli, permutation or normal
    kind    of the result's elements
    scaled  numbers are multiplied and added
    wide    of integers: 64-bit draws
    """

    what: str
    kind: str
    scaled: bool = False
    wide: bool = False


@lru_cache(maxsize=64)
def template(spec: Spec) -> Template:
    sampler = _sampler(spec)
    name = f"random_{spec.what}_{spec.kind}_{int(spec.scaled)}{int(spec.wide)}"
    cost = 16 if spec.what == "normal" else 4
    return Template(
        name,
        ("random", *spec),
        lambda target: text(name, sampler, target),
        slots_of(sampler),
        lambda sizes, target: SCRATCH,
        lambda sizes: 0 if sampler.whole else cost * sizes["count"],
    )


def _sampler(spec: Spec) -> Sampler:
    element = MEMORY[spec.kind]
    if spec.what == "uniform":
        names = ("low", "span", "top", "bottom") if spec.scaled else ("top", "bottom")
        words = 2 if spec.kind == "f64" else 1
        slots = tuple((n, "f64") for n in names)
        return Sampler(words, 1, element, slots, lambda sample: _uniform(sample, spec))
    if spec.what == "integers":
        convert = _wide_integers if spec.wide else _integers
        slots = (("modulus", "i64"), ("low", "i64"))
        return Sampler(1 + spec.wide, 1, element, slots, lambda sample: convert(sample, spec.kind))
    if spec.what == "bernoulli":
        slots = (("limit", "i64"),)
        return Sampler(2, 1, element, slots, lambda sample: _bernoulli(sample, spec.kind))
    if spec.what == "permutation":
        return Sampler(1, 1, "i64", (), _swap, _in_order, whole=True)
    slots = (("mean", "f64"), ("std", "f64")) if spec.scaled else ()
    again = 0 if spec.kind in ("f16", "bf16") else 1
    return Sampler(1, 16, element, slots, lambda sample: normals.convert(sample, spec), again=again)


def _lanes(sample: Sample) -> int:
    return sample.target.vector_bytes // 4


def _raw(sample: Sample, at: Index, lanes: int) -> V:
    return sample.f.load(sample.f.at(sample.draws, at, "i32"), vector(lanes, "i32"), 4)


def _raw64(sample: Sample, at: Index, lanes: int) -> V:
    """64-bit draws, each of two, the first one high."""
    f = sample.f
    pairs = f.convert("bitcast", _raw(sample, at * 2, 2 * lanes), vector(lanes, "i64"))
    half = f.splat(i64(32), lanes)
    return f.binary("or", f.binary("shl", pairs, half), f.binary("lshr", pairs, half))


def _store(sample: Sample, values: V, at: Index, kind: str) -> None:
    put(sample.f, values, sample.out, kind, sample.item + at, sample.items - at)


def _single(f: Writer, x: V) -> V:
    return f.convert("fptrunc", x, "float")


# ---------------------------------------------------------------- uniform


def unit_floats(f: Writer, raw: V, lanes: int) -> V:
    """Draws as float32 in [0, 1): their low 24 bits."""
    low = f.binary("and", raw, f.splat(V(str(_MASK24), "i32"), lanes))
    exact = f.convert("sitofp", low, vector(lanes, "float"))
    return f.binary("fmul", exact, f.splat(f32(2.0**-24), lanes))


def _unit_doubles(f: Writer, raw: V, lanes: int) -> V:
    low = f.binary("and", raw, f.splat(i64(_MASK53), lanes))
    exact = f.convert("sitofp", low, vector(lanes, "double"))
    return f.binary("fmul", exact, f.splat(f64(2.0**-53), lanes))


def _uniform(sample: Sample, spec: Spec) -> None:
    f, double = sample.f, spec.kind == "f64"
    inner = "f64" if double else "f32"
    numbers = {n: sample.slots[n] for n, _ in sample.slots.kinds if n in _NUMBERS}
    lanes = _lanes(sample)
    fixed = {n: f.splat(v if double else _single(f, v), lanes) for n, v in numbers.items()}
    with f.count(0, sample.items, lanes) as at:
        if double:
            x = _unit_doubles(f, _raw64(sample, at, lanes), lanes)
        else:
            x = unit_floats(f, _raw(sample, at, lanes), lanes)
        if spec.scaled:
            x = call(f, "fma", x, fixed["span"], fixed["low"])
        x = cast(f, x, inner, spec.kind)
        back = cast(f, x, spec.kind, inner)
        highest = f.compare("fcmp oeq", back, fixed["top"])
        x = f.select(highest, cast(f, fixed["bottom"], inner, spec.kind), x)
        _store(sample, x, at, spec.kind)


_NUMBERS = frozenset(("low", "span", "top", "bottom"))


# ---------------------------------------------------------------- integers


def _integers(sample: Sample, kind: str) -> None:
    """Modulo below 2**28 through the quotient in float64, which is off by one at most."""
    f, lanes = sample.f, _lanes(sample)
    modulus = sample.slots["modulus"]
    real = f.convert("sitofp", modulus, "double")
    inverse = f.splat(f.binary("fdiv", f64(1.0), real), lanes)
    real, low = f.splat(real, lanes), f.splat(sample.slots["low"], lanes)
    zero = V("zeroinitializer", real.type)
    with f.count(0, sample.items, lanes) as at:
        x = f.convert("uitofp", _raw(sample, at, lanes), real.type)
        quotient = call(f, "floor", f.binary("fmul", x, inverse))
        rest = f.binary("fsub", x, f.binary("fmul", quotient, real))
        below = f.compare("fcmp olt", rest, zero)
        rest = f.select(below, f.binary("fadd", rest, real), rest)
        above = f.compare("fcmp oge", rest, real)
        rest = f.select(above, f.binary("fsub", rest, real), rest)
        whole = f.convert("fptosi", rest, vector(lanes, "i64"))
        _store(sample, cast(f, f.binary("add", whole, low), "i64", kind), at, kind)


def _wide_integers(sample: Sample, kind: str) -> None:
    f = sample.f
    modulus, low = sample.slots["modulus"], sample.slots["low"]
    with f.count(0, sample.items) as at:
        raw = f.let("i64", f"extractelement {_raw64(sample, at, 1)}, i64 0")
        value = f.binary("add", f.binary("urem", raw, modulus), low)
        value = cast(f, value, "i64", kind)
        if kind == "bool":
            value = f.convert("zext", value, "i8")
        place = f.at(sample.out, sample.item + at, MEMORY[kind])
        f.store(value, place, 1)


# ---------------------------------------------------------------- Bernoulli


def _bernoulli(sample: Sample, kind: str) -> None:
    f, lanes = sample.f, _lanes(sample)
    limit = f.splat(sample.slots["limit"], lanes)
    mask = f.splat(i64(_MASK53), lanes)
    with f.count(0, sample.items, lanes) as at:
        drawn = f.binary("and", _raw64(sample, at, lanes), mask)
        chosen = f.compare("icmp slt", drawn, limit)
        _store(sample, cast(f, chosen, "bool", kind), at, kind)


# ---------------------------------------------------------------- permutations


def _in_order(f: Writer, slots: Slots) -> None:
    out = slots["out"]
    with f.count(0, slots.integer("count") + 1) as i:
        f.store(i.value, f.at(out, i, "i64"), 8)


def _swap(sample: Sample) -> None:
    """Fisher and Yates forwards: position i is swapped with i + draw % (n - i)."""
    f = sample.f
    n = sample.slots.integer("count") + 1
    with f.count(0, sample.items) as at:
        here = sample.item + at
        draw = f.load(f.at(sample.draws, at, "i32"), "i32", 4)
        choices = f.convert("trunc", (n - here).value, "i32")
        step = f.convert("zext", f.binary("urem", draw, choices), "i64")
        places = [f.at(sample.out, p, "i64") for p in (here, here + Index(f, step))]
        values = [f.load(p, "i64", 8) for p in places]
        for value, place in zip(reversed(values), places):
            f.store(value, place, 8)
