"""Box and Muller's transform of 16 draws to 16 normals, in the arithmetic of `random_normal`.

In: draws of a `twister`.  Out: instructions that write normals in float32 or, rounded, in a 16-bit
kind.  Of each 16 uniforms the first 8 give radii, the others angles; logarithm, sine and cosine
are Cephes' polynomials with FMA, operation by operation those of `numerics.random_normal`.

Sources: G. Box, M. Muller, Ann. Math. Statist. 29(2), 1958; S. Moshier, Cephes (`logf`, `sinf`).
"""

from __future__ import annotations

from collections.abc import Sequence
from math import pi
from typing import Any

from ...numerics import random_normal as reference
from ..llvm.builder import V, f32, lanes_of, vector
from ..llvm.floats import call, cast
from .index import Index
from .writer import Writer, put

_HALF = 8  # radii of a block of 16
_LN2_HIGH, _LN2_LOW = reference.LN2_HIGH, float(reference.LN2_LOW)


def _real(x: V, number: float) -> V:
    return V(f"splat ({f32(float(number))})", x.type)


def _integer(x: V, number: int) -> V:
    return V(f"splat (i32 {number - 2**32 if number >= 2**31 else number})", x.type)


def _fma(f: Writer, a: V, b: V, c: V) -> V:
    return call(f, "fma", a, b, c)


def _times(f: Writer, a: V, b: V) -> V:
    return f.binary("fmul", a, b)


def _horner(f: Writer, coefficients: Sequence[float], x: V) -> V:
    made = _real(x, coefficients[0])
    for coefficient in coefficients[1:]:
        made = _fma(f, made, x, _real(x, coefficient))
    return made


def _bits(f: Writer, x: V) -> V:
    return f.convert("bitcast", x, vector(lanes_of(x.type), "i32"))


def _log(f: Writer, x: V) -> V:
    """Natural logarithm of positive normal numbers: x = 2**e (1 + t), 1 + t around 1."""
    bits = _bits(f, x)
    bits = f.binary("add", bits, _integer(bits, 0x3F800000 - reference.SQRT_HALF))
    e = f.binary("sub", f.binary("lshr", bits, _integer(bits, 23)), _integer(bits, 127))
    e = f.convert("sitofp", e, x.type)
    bits = f.binary("and", bits, _integer(bits, 0x7FFFFF))
    bits = f.binary("add", bits, _integer(bits, reference.SQRT_HALF))
    t = f.binary("fsub", f.convert("bitcast", bits, x.type), _real(x, 1.0))
    square = _times(f, t, t)
    y = _times(f, _horner(f, reference.LOG, t), t)
    y = _fma(f, y, square, _times(f, e, _real(x, _LN2_LOW)))
    t = f.binary("fadd", t, _fma(f, square, _real(x, -0.5), y))
    return _fma(f, e, _real(x, _LN2_HIGH), t)


def _sincos(f: Writer, x: V) -> tuple[V, V]:
    """Sine and cosine of numbers in [0, 8192), reduced by an even number of octants."""
    lanes = lanes_of(x.type)
    octant = f.convert(
        "fptosi", _times(f, x, _real(x, float(reference.FOUR_OVER_PI))), vector(lanes, "i32")
    )
    octant = f.binary("add", octant, _integer(octant, 1))
    octant = f.binary("and", octant, _integer(octant, -2))
    turns = f.convert("sitofp", octant, x.type)
    for part in reference.QUARTER_PI:
        x = _fma(f, turns, _real(x, part), x)
    square = _times(f, x, x)
    y = _times(f, _horner(f, reference.SIN, square), square)
    sine = _fma(f, y, x, x)
    y = _times(f, _horner(f, reference.COS, square), square)
    cosine = _fma(f, y, square, _times(f, square, _real(x, -0.5)))
    cosine = f.binary("fadd", cosine, _real(x, 1.0))
    return _turned(f, sine, cosine, octant)


def _turned(f: Writer, sine: V, cosine: V, octant: V) -> tuple[V, V]:
    """Swaps the two and sets their signs for an angle's even octant."""
    zero = _integer(octant, 0)
    swap = f.compare("icmp ne", f.binary("and", octant, _integer(octant, 2)), zero)
    sine, cosine = f.select(swap, cosine, sine), f.select(swap, sine, cosine)
    shift = _integer(octant, 29)
    four = _integer(octant, 4)
    after = f.binary("add", octant, _integer(octant, 2))
    signs = [f.binary("shl", f.binary("and", o, four), shift) for o in (octant, after)]
    pair = [
        f.convert("bitcast", f.binary("xor", _bits(f, x), sign), x.type)
        for x, sign in zip((sine, cosine), signs)
    ]
    return pair[0], pair[1]


def _halves(f: Writer, blocks: list[V]) -> tuple[V, V]:
    """The first halves of all blocks, and the second ones: <16 x T> each -> <8 n x T> twice."""
    if len(blocks) == 1:
        whole = blocks[0]
        parts = [list(range(s, s + _HALF)) for s in (0, _HALF)]
        return f.picked(whole, whole, parts[0]), f.picked(whole, whole, parts[1])
    a, b = blocks
    first = [*range(_HALF), *range(2 * _HALF, 3 * _HALF)]
    return f.picked(a, b, first), f.picked(a, b, [n + _HALF for n in first])


def convert(sample: Any, spec: Any) -> None:
    """Normals of whole blocks of 16 draws; two blocks at once where vectors have 16 lanes."""
    f = sample.f
    together = 2 if sample.target.vector_bytes == 64 else 1
    wanted = vector(2 * _HALF, "i32")
    numbers = (
        [f.convert("fptrunc", sample.slots[n], "float") for n in ("std", "mean")]
        if spec.scaled
        else []
    )
    with f.count(0, sample.items, 16 * together) as at:
        blocks = [f.read(sample.draws, at + 16 * n, wanted) for n in range(together)]
        cosine, sine = _normals(f, *_halves(f, blocks))
        for n in range(together):
            own = list(range(n * _HALF, (n + 1) * _HALF))
            lanes = lanes_of(cosine.type)
            x = f.picked(cosine, sine, own + [lanes + i for i in own])
            if numbers:
                x = _fma(f, x, *(f.splat(v, 16) for v in numbers))
            x = cast(f, x, "f32", spec.kind)
            place: Index = at + 16 * n
            put(f, x, sample.out, spec.kind, sample.item + place, sample.items - place)


def _normals(f: Writer, radii: V, angles: V) -> tuple[V, V]:
    floats = vector(lanes_of(radii.type), "float")
    units = []
    for raw in (radii, angles):
        low = f.convert("sitofp", f.binary("and", raw, _integer(raw, 2**24 - 1)), floats)
        units.append(_times(f, low, _real(low, 2.0**-24)))
    u, v = units
    radius = _log(f, f.binary("fsub", _real(u, 1.0), u))
    radius = call(f, "sqrt", _times(f, radius, _real(u, -2.0)))
    sine, cosine = _sincos(f, _times(f, v, _real(v, 2 * pi)))
    return _times(f, cosine, radius), _times(f, sine, radius)
