"""Uniforms, integers, permutations and Bernoulli draws of PyTorch's CPU generator, bit for bit.

In go a `MersenneTwister`, a shape and a NumPy dtype; out come arrays, and the stream has moved by
exactly the draws that PyTorch takes.  Arrays are filled in C order; a tensor whose memory is
ordered otherwise is filled in `fill_order`.

Checked against PyTorch 2.13.0: it no longer uses MKL's generators (they depended on the CPU's
vendor until 2.5), so these streams are the same on AMD and Intel processors.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import frexp, prod

import ml_dtypes
import numpy as np

from ..narrow_types import COMPLEX32
from .fused import fma32, fma64
from .mersenne import MersenneTwister

BFLOAT16 = np.dtype(ml_dtypes.bfloat16)
HALVES = (np.dtype(np.float16), BFLOAT16)
# Bits of precision, the implied one included: the integers up to 2**bits are exact.
MANTISSA = {np.dtype(np.float16): 11, BFLOAT16: 8, np.dtype(np.float32): 24, np.dtype("f8"): 53}
_FLOAT, _LONG, _UNIT = np.dtype(np.float32), np.dtype(np.int64), np.float32(2.0**-24)
_SHORT = 64  # draws that are converted all at once
_MASK24 = np.uint32(2**24 - 1)
_MASK53 = np.uint64(2**53 - 1)
LARGE_RANGE = 2**28  # from here on an integer costs a 64-bit draw, against the skew of `%`
LARGE_PERMUTATION = (2**32 - 1) // 20


def cast(values: np.ndarray, dtype: np.dtype) -> np.ndarray:
    """Values in `dtype`; halves are rounded by way of float32, as PyTorch does."""
    if values.dtype == dtype:
        return values
    if dtype in HALVES and values.dtype != np.float32:
        values = values.astype(np.float32)
    with np.errstate(over="ignore"):  # to infinity, as in C
        return values.astype(dtype, copy=False)


def fill_order(shape: Sequence[int], strides: Sequence[int]) -> list[int]:
    """The axes from slowest to fastest in which PyTorch fills a tensor: by stride, then size.

    Fill a C-ordered array of the permuted shape and transpose it back.
    """
    order = list(range(len(shape)))[::-1]
    for end in range(1, len(order)):
        here = end
        for before in range(end - 1, -1, -1):
            side = _compare_axes(order[before], order[here], shape, strides)
            if side > 0:
                order[before], order[here] = order[here], order[before]
                here = before
            elif side < 0:
                break
    return order[::-1]


def _compare_axes(a: int, b: int, shape: Sequence[int], strides: Sequence[int]) -> int:
    """Positive when axis `a` is slower than `b`, negative when faster, 0 when it is open."""
    if strides[a] == 0 or strides[b] == 0:
        return 0
    if strides[a] != strides[b]:
        return 1 if strides[a] > strides[b] else -1
    return 1 if shape[a] > shape[b] else 0


# Uniform


def unit_floats(raw: np.ndarray, out: np.ndarray | None = None) -> np.ndarray:
    """uint32 draws -> float32 in [0, 1): their low 24 bits."""
    values = np.empty(raw.shape, np.float32) if out is None else out
    values[...] = (raw & _MASK24).view(np.int32)  # signed integers convert faster
    values *= np.float32(2.0**-24)
    return values


def unit_doubles(raw: np.ndarray, out: np.ndarray | None = None) -> np.ndarray:
    """uint64 draws -> float64 in [0, 1): their low 53 bits."""
    values = np.empty(raw.shape, np.float64) if out is None else out
    values[...] = (raw & _MASK53).view(np.int64)
    values *= 2.0**-53
    return values


def part_of_complex(dtype: np.dtype) -> np.dtype | None:
    """The dtype of a complex dtype's parts; None for others."""
    if dtype == COMPLEX32:
        return np.dtype(np.float16)
    if dtype.kind != "c":
        return None
    return np.dtype(np.float32 if dtype.itemsize == 8 else np.float64)


def uniform(
    gen: MersenneTwister,
    shape: Sequence[int],
    dtype: np.dtype,
    low: float = 0.0,
    high: float = 1.0,
) -> np.ndarray:
    """Uniform in [low, high), as `torch.rand` and `Tensor.uniform_`; complex: both parts."""
    count = prod(shape)
    if dtype == _FLOAT and low == 0 and high == 1 and count <= _SHORT:
        values = np.multiply(gen.take(count) & _MASK24, _UNIT, dtype=_FLOAT)  # exact
        return values.reshape(shape)
    dtype = np.dtype(dtype)
    part = part_of_complex(dtype)
    if part is not None:
        return uniform(gen, (*shape, 2), part, low, high).view(dtype)[..., 0]
    out = np.empty(count, dtype)
    double = dtype == np.float64
    convert = unit_doubles if double else unit_floats
    if not double:
        low, high = float(np.float32(low)), float(np.float32(high))
    span = high - low if double else float(np.float32(high) - np.float32(low))
    bounded = low != 0 or high != 1 or dtype in HALVES  # the upper one only appears by rounding
    if bounded:
        top, bottom = cast(np.array([high, low]), dtype)
    for where, raw in gen.pieces(out.size, 2 if double else 1):
        values = convert(raw, None if dtype in HALVES else out[where])
        if low != 0 or span != 1:
            out[where] = _scale(values, span, low)
        elif dtype in HALVES:
            out[where] = values
        if bounded:
            piece = out[where]
            piece[piece == top] = bottom
    return out.reshape(shape)


def _scale(values: np.ndarray, span: float, low: float) -> np.ndarray:
    """values * span + low, rounded once, for `values` in [0, 1) of 24 or 53 bits.

    `span` and `low` are exact in the precision of `values`.
    """
    if values.dtype == np.float32:
        if low == 0 or span / 16 <= abs(low) <= 16 * span:  # then exact in float64
            wide = values.astype(np.float64)
            wide *= span
            wide += low
            return wide.astype(np.float32)
        return fma32(values, span, low)
    if low == 0 or abs(frexp(span)[0]) == 0.5 or abs(span) >= 2.0**900:
        return values * span + low
    return fma64(values, span, low)


# Integers


def integer_bounds(dtype: np.dtype, low: int, high: int) -> tuple[int, int]:
    """[low, high) moved inwards to what a floating `dtype` can represent; others unchanged."""
    if dtype not in MANTISSA:
        return low, high
    bits = MANTISSA[dtype]
    above = _rounded(low + 1, dtype)
    if above < low:
        low = above + (1 << max(abs(low + 1).bit_length() - bits, 0))
    below = _rounded(high - 1, dtype)
    if below >= high:
        high = below - (1 << max(abs(high - 1).bit_length() - bits, 0))
    return low, high


def _rounded(value: int, dtype: np.dtype) -> int:
    """An integer after a visit to a floating `dtype`."""
    nearest = float(cast(np.array([value], np.int64), dtype)[0])
    return int(nearest) if abs(nearest) != float("inf") else -(2**63)


def integers(
    gen: MersenneTwister, shape: Sequence[int], dtype: np.dtype, low: int, count: int
) -> np.ndarray:
    """Integers in [low, low + count), 1 <= count <= 2**64, as `torch.randint`.

    A draw modulo `count`: of 32 bits below 2**28 (a slight skew that PyTorch accepts), else of 64.
    """
    dtype = np.dtype(dtype)
    wide = count >= LARGE_RANGE
    size = prod(shape)
    if dtype == _LONG and size <= _SHORT and not wide:
        return np.add(gen.take(size) % np.uint32(count), low, dtype=_LONG).reshape(shape)
    out = np.empty(size, dtype)
    for where, raw in gen.pieces(out.size, 2 if wide else 1):
        if count < 2**64:
            divisor = raw.dtype.type(count)
            raw = raw - raw // divisor * divisor  # faster than %, which NumPy does not vectorize
        values = (raw.view(np.int64) if wide else raw.astype(np.int64)) + np.int64(low)
        out[where] = cast(values, dtype)
    return out.reshape(shape)


def whole_range(dtype: np.dtype) -> tuple[int, bool]:
    """How many integers `Tensor.random_()` chooses from, and whether by draws of 64 bits."""
    wide = dtype in (np.dtype(np.int64), np.dtype(np.float64))
    if dtype in MANTISSA:
        return 2 ** MANTISSA[dtype] + 1, wide
    return 2 if dtype == np.bool_ else int(np.iinfo(dtype).max) + 1, wide


def random_integers(gen: MersenneTwister, shape: Sequence[int], dtype: np.dtype) -> np.ndarray:
    """Integers over the whole range that `Tensor.random_()` covers.

    Integers from 0 to the type's largest, floats from 0 to 2**bits of the mantissa, bool.
    """
    dtype = np.dtype(dtype)
    count, wide = whole_range(dtype)
    out = np.empty(prod(shape), dtype)
    for where, raw in gen.pieces(out.size, 2 if wide else 1):
        out[where] = cast(raw % raw.dtype.type(count), dtype)
    return out.reshape(shape)


# Permutations


def permutation(gen: MersenneTwister, n: int, dtype: np.dtype | type = np.int64) -> np.ndarray:
    """A permutation of 0 .. n-1: [n], as `torch.randperm` (two algorithms, by n)."""
    if n < LARGE_PERMUTATION:
        return cast(_shuffled(gen, n), np.dtype(dtype))
    return cast(_shuffled_inside_out(gen, n), np.dtype(dtype))


def _shuffled(gen: MersenneTwister, n: int) -> np.ndarray:
    """Fisher and Yates forwards: position i is swapped with i + draw % (n - i)."""
    targets = np.arange(n)
    for where, raw in gen.pieces(max(n - 1, 0)):
        targets[where] += raw % (n - targets[where])
    if n > 1000:
        return _apply_swaps(targets)
    result = list(range(n))
    for here, there in enumerate(targets.tolist()):
        result[here], result[there] = result[there], result[here]
    return np.array(result, np.int64)


def _apply_swaps(targets: np.ndarray) -> np.ndarray:
    """0 .. n-1 after swapping i with targets[i] >= i for i = 0, 1, ..., all at once: [n].

    Step i leaves at i what stood at its target: what the step before with the same target, s, put
    there, which is what stood at s just then; the target itself if there was none.  What stands at
    s just before step s was put there by the last step with target s, and so on to a step whose
    position nobody had touched: `source` leads there by doubling.
    """
    n = targets.size
    bits = n.bit_length()
    keys = (targets << bits) | np.arange(n)
    keys.sort()
    steps, targets = keys & ((1 << bits) - 1), keys >> bits
    again = targets[1:] == targets[:-1]
    moved = steps != targets
    last = moved.copy()
    last[:-1] &= ~(again & moved[1:])
    source = np.arange(n)
    source[targets[last]] = steps[last]
    while not np.array_equal(further := source[source], source):
        source = further
    targets[1:][again] = source[steps[:-1][again]]
    result = np.empty(n, np.int64)
    result[steps] = targets
    return result


def _shuffled_inside_out(gen: MersenneTwister, n: int) -> np.ndarray:
    """Fisher and Yates inside out: i goes where draw64 % (i + 1) was, which moves to i."""
    result = np.arange(n)
    # Few of a batch of sqrt(n) meet each other once i is large; the first ones always do.
    start = 0
    while start < n:
        size = min(max(int(start**0.5) // 2, 256), n - start)
        positions = np.arange(start, start + size)
        targets = (gen.take64(size) % (positions + 1).astype(np.uint64)).astype(np.int64)
        ordered = np.sort(targets)
        if ordered[-1] < start and (ordered[1:] != ordered[:-1]).all():
            result[positions] = result[targets]
            result[targets] = positions
        else:
            for here, there in enumerate(targets.tolist(), start):
                result[here] = result[there]
                result[there] = here
        start += size
    return result


# Bernoulli


def bernoulli(gen: MersenneTwister, shape: Sequence[int], dtype: np.dtype, p: float) -> np.ndarray:
    """1 with probability p, else 0, as `Tensor.bernoulli_(p)`; 53 bits of a 64-bit draw decide."""
    out = np.empty(prod(shape), np.bool_)
    limit = np.uint64(np.ceil(float(p) * 2.0**53))
    for where, raw in gen.pieces(out.size, 2):
        np.less(raw & _MASK53, limit, out=out[where])
    return out.reshape(shape).astype(dtype, copy=False)


def bernoulli_each(gen: MersenneTwister, p: np.ndarray, dtype: np.dtype) -> np.ndarray:
    """1 with probability p[i], as `torch.bernoulli(p)`; RuntimeError unless all p are in [0, 1].

    A float64 `p` takes 64-bit draws, the others 32-bit ones.
    """
    flat = np.ascontiguousarray(p).reshape(-1)
    double = flat.dtype == np.float64
    flat = flat if double else flat.astype(np.float32)
    if not ((flat >= 0) & (flat <= 1)).all():
        raise RuntimeError(
            "Expected p_in >= 0 && p_in <= 1 to be true, but got false.  (Could this error message "
            "be improved?  If so, please report an enhancement request to PyTorch.)"
        )
    out = np.empty(flat.size, np.bool_)
    for where, raw in gen.pieces(out.size, 2 if double else 1):
        np.less((unit_doubles if double else unit_floats)(raw), flat[where], out=out[where])
    return out.reshape(p.shape).astype(dtype, copy=False)


def leaky_slopes(gen: MersenneTwister, x: np.ndarray, lower: float, upper: float) -> np.ndarray:
    """The noise of `rrelu` in training: uniform in [lower, upper) where x <= 0, else 1.

    Only the non-positive elements draw.
    """
    noise = np.ones(x.size, x.dtype)
    falls = (x <= 0).reshape(-1)
    lower, upper = cast(np.array([lower, upper]), x.dtype).astype(np.float64)
    values = uniform_doubles(gen, int(falls.sum()))
    values *= upper - lower
    values += lower  # this kernel of PyTorch's is compiled without FMA
    noise[falls] = cast(values, x.dtype)
    return noise.reshape(x.shape)


def uniform_doubles(gen: MersenneTwister, count: int) -> np.ndarray:
    """`count` doubles uniform in [0, 1): the source of the other distributions."""
    out = np.empty(count)
    for where, raw in gen.pieces(count, 2):
        unit_doubles(raw, out[where])
    return out
