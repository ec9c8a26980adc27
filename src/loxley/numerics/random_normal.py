"""Normal variates of PyTorch's CPU generator.

Two methods, as in PyTorch: 16 and more contiguous values are filled in blocks of 16 by the
Box-Muller transform (8 radii, 8 angles; float32 by the Cephes polynomials with FMA, which is what
PyTorch runs on every x86 processor with AVX2: bit for bit); fewer, or values of a tensor that is
not contiguous, are drawn in pairs in float64, and the second of a pair is kept for the next draw.

Sources: G. Box, M. Muller, Ann. Math. Statist. 29(2), 1958; S. Moshier, Cephes (`logf`, `sinf`).
"""

from __future__ import annotations

from collections.abc import Sequence
from math import cos, log1p, pi, prod, sin, sqrt

import numpy as np

from .fused import fma32, fma64
from .mersenne import CHUNK, MersenneTwister
from .random import HALVES, cast, part_of_complex, unit_doubles, unit_floats

BLOCK = 16
LOG = (
    7.0376836292e-2, -1.1514610310e-1, 1.1676998740e-1, -1.2420140846e-1, 1.4249322787e-1,
    -1.6668057665e-1, 2.0000714765e-1, -2.4999993993e-1, 3.3333331174e-1,
)  # fmt: skip
SIN = (-1.9515295891e-4, 8.3321608736e-3, -1.6666654611e-1)
COS = (2.443315711809948e-5, -1.388731625493765e-3, 4.166664568298827e-2)
LN2_LOW, LN2_HIGH = np.float64(np.float32(-2.12194440e-4)), 0.693359375  # ln 2 in two parts
SQRT_HALF = 0x3F3504F3  # the bits of sqrt(1/2)
FOUR_OVER_PI = np.float32(1.27323954473516)
QUARTER_PI = (-0.78515625, -2.4187564849853515625e-4, -3.77489497744594108e-8)  # in three parts


def normal(
    gen: MersenneTwister,
    shape: Sequence[int],
    dtype: np.dtype,
    mean: float = 0.0,
    std: float = 1.0,
    contiguous: bool = True,
) -> np.ndarray:
    """Normal variates, as `torch.randn` and `Tensor.normal_`.

    Of a complex dtype each part has variance std**2 / 2.  `contiguous=False` is the method for
    tensors that are not: fill them in `random.fill_order`.
    """
    dtype = np.dtype(dtype)
    part = part_of_complex(dtype)
    if part is not None:
        pairs = normal(gen, (*shape, 2), part, mean, std / sqrt(2), contiguous)
        return pairs.view(dtype)[..., 0]
    count = prod(shape)
    if count < BLOCK or not contiguous:
        values = cast(paired(gen, count, mean, std), dtype)
    else:
        values = _fill(gen, count, dtype, mean, std)
    return values.reshape(shape)


# Pairs in float64


def paired(gen: MersenneTwister, count: int, mean: float, std: float) -> np.ndarray:
    """`count` normals in float64, two by two; an odd one out is kept in `gen.next_normal`."""
    if gen.next_normal is None and not count % 2 and 0 < count < BLOCK:
        out = _pairs(unit_doubles(gen.take64(count)))
        return out if std == 1 and mean == 0 else fma64(out, std, mean)
    out = np.empty(count)
    start = 0
    if count and gen.next_normal is not None:
        out[0], gen.next_normal, start = gen.next_normal, None, 1
    pairs = -(-(count - start) // 2)
    rest = np.empty(2 * pairs)
    for where, raw in gen.pieces(pairs * 2, 2):
        rest[where] = _pairs(unit_doubles(raw))
    out[start:] = rest[: count - start]
    if 2 * pairs > count - start:
        gen.next_normal = float(rest[-1])
    if std == 1 and mean == 0:
        return out
    return fma64(out, std, mean)


def _pairs(uniforms: np.ndarray) -> np.ndarray:
    """Box and Muller on consecutive pairs (angle, radius) -> (cosine part, sine part)."""
    if uniforms.size <= 2 * BLOCK:  # the C library's functions, to the last bit
        numbers, made = iter(uniforms.tolist()), []
        for angle, height in zip(numbers, numbers):
            radius, theta = sqrt(-2.0 * log1p(-height)), 2.0 * pi * angle
            made += (radius * cos(theta), radius * sin(theta))
        return np.array(made)
    out = np.empty_like(uniforms)
    theta = 2.0 * pi * uniforms[0::2]
    radius = np.sqrt(-2.0 * np.log1p(-uniforms[1::2]))
    out[0::2] = radius * np.cos(theta)
    out[1::2] = radius * np.sin(theta)
    return out


# Blocks of 16


def _fill(gen: MersenneTwister, count: int, dtype: np.dtype, mean: float, std: float) -> np.ndarray:
    """Blocks of 16; where `count` is no multiple, the last 16 values are drawn once more.

    The draws left over before that are taken, but for halves they are not.
    """
    out = np.empty(count, dtype)
    double = dtype == np.float64
    convert = unit_doubles if double else unit_floats
    transform = _double_blocks if double else _FloatBlocks(count)
    drawn = count - count % BLOCK if dtype in HALVES else count
    for where, raw in gen.pieces(drawn, 2 if double else 1):
        whole = raw.size - raw.size % BLOCK
        out[where][:whole] = transform(convert(raw[:whole]), mean, std)
    if count % BLOCK:
        raw = gen.take64(BLOCK) if double else gen.take(BLOCK)
        out[-BLOCK:] = transform(convert(raw), mean, std)
    return out


def _double_blocks(uniforms: np.ndarray, mean: float, std: float) -> np.ndarray:
    """[16 n] uniforms -> [16 n] normals in float64."""
    uniforms = uniforms.reshape(-1, 2, BLOCK // 2)
    radius = np.sqrt(-2.0 * np.log(1.0 - uniforms[:, 0]))
    theta = 2.0 * pi * uniforms[:, 1]
    out = np.empty_like(uniforms)
    np.multiply(radius, np.cos(theta), out=out[:, 0])
    np.multiply(radius, np.sin(theta), out=out[:, 1])
    if mean != 0 or std != 1:
        out = fma64(out, std, mean)
    return out.reshape(-1)


class _FloatBlocks:
    """Box and Muller in float32 on [16 n] uniforms, with buffers that serve chunk after chunk.

    `_wide` and its like hold float32 numbers in float64, where a product of two is exact: an FMA
    is then a product, a sum and a rounding.  (Rounded twice, so the last bit is off once in 2**29
    times; `fused.fma32` would cost twice as much.)
    """

    def __init__(self, largest: int) -> None:
        pairs = max(min(largest, CHUNK) // 2, BLOCK // 2)
        self._buffers = [np.empty(pairs, np.float64) for _ in range(4)]
        self._singles = [np.empty(pairs, np.float32) for _ in range(5)]

    def __call__(self, uniforms: np.ndarray, mean: float, std: float) -> np.ndarray:
        """[16 n] uniforms -> [16 n] normals, in a buffer that the next call overwrites."""
        blocks = uniforms.reshape(-1, 2, BLOCK // 2)
        pairs = uniforms.size // 2
        radius, angle, sine, cosine, spare = (single[:pairs] for single in self._singles)
        wide = [buffer[:pairs] for buffer in self._buffers]
        np.subtract(np.float32(1), blocks[:, 0], out=radius.reshape(-1, BLOCK // 2))
        _log(radius, wide, spare)
        radius *= np.float32(-2)
        np.sqrt(radius, out=radius)
        np.multiply(blocks[:, 1], np.float32(2 * pi), out=angle.reshape(-1, BLOCK // 2))
        _sincos(angle, sine, cosine, wide, spare)
        cosine *= radius
        sine *= radius
        out = np.empty_like(blocks)
        out[:, 0] = cosine.reshape(-1, BLOCK // 2)
        out[:, 1] = sine.reshape(-1, BLOCK // 2)
        if mean != 0 or std != 1:
            out = fma32(out, float(np.float32(std)), float(np.float32(mean)))
        return out.reshape(-1)


def _round(wide: np.ndarray, spare: np.ndarray) -> None:
    """Rounds float64 to float32, in place."""
    spare[...] = wide
    wide[...] = spare


def _horner(
    coefficients: Sequence[float], x: np.ndarray, out: np.ndarray, spare: np.ndarray
) -> None:
    """out = the polynomial at x, in float32 with FMA."""
    first, *rest = (np.float64(np.float32(c)) for c in coefficients)
    out[...] = first
    for coefficient in rest:
        out *= x
        out += coefficient
        _round(out, spare)


def _log(x: np.ndarray, wide: Sequence[np.ndarray], spare: np.ndarray) -> None:
    """Natural logarithm of positive normal float32 numbers, in place, as Cephes' `logf`.

    x = 2**e (1 + t) with 1 + t in [sqrt(1/2), sqrt(2)).
    """
    y, t, square, e = wide
    bits = x.view(np.int32)
    bits += 0x3F800000 - SQRT_HALF
    e[...] = bits >> 23
    e -= 127
    bits &= 0x7FFFFF
    bits += SQRT_HALF
    x -= np.float32(1)
    t[...] = x
    np.multiply(t, t, out=square)
    _round(square, spare)
    _horner(LOG, t, y, spare)
    y *= t
    _round(y, spare)
    y *= square
    y += (e * LN2_LOW).astype(np.float32)
    _round(y, spare)
    square *= -0.5
    square += y
    _round(square, spare)
    t += square
    _round(t, spare)
    e *= LN2_HIGH
    e += t
    x[...] = e


def _sincos(
    x: np.ndarray,
    sine: np.ndarray,
    cosine: np.ndarray,
    wide: Sequence[np.ndarray],
    spare: np.ndarray,
) -> None:
    """Sine and cosine of float32 numbers in [0, 8192), as Cephes' `sinf`; `x` is used up.

    x is reduced to [-pi/4, pi/4] by an even number of octants.
    """
    y, reduced, square, turns = wide
    reduced[...] = x
    x *= FOUR_OVER_PI
    octant = x.astype(np.int32)
    octant += 1
    octant &= ~1
    turns[...] = octant
    for part in QUARTER_PI:
        np.multiply(turns, np.float64(np.float32(part)), out=y)
        reduced += y
        _round(reduced, spare)
    np.multiply(reduced, reduced, out=square)
    _round(square, spare)
    _horner(SIN, square, y, spare)
    y *= square
    _round(y, spare)
    y *= reduced
    y += reduced
    sine[...] = y
    _horner(COS, square, y, spare)
    y *= square
    _round(y, spare)
    y *= square
    square *= 0.5
    y -= square
    cosine[...] = y
    cosine += np.float32(1)
    _turn(sine.view(np.int32), cosine.view(np.int32), octant)


def _turn(sine: np.ndarray, cosine: np.ndarray, octant: np.ndarray) -> None:
    """Swaps the two and sets their signs, on their bits, for an angle's even octant."""
    swap = (octant << 30) >> 31  # all ones where octant & 2
    swap &= sine ^ cosine
    sine ^= swap
    cosine ^= swap
    sine ^= (octant & 4) << 29
    octant += 2
    octant &= 4
    octant <<= 29
    cosine ^= octant
