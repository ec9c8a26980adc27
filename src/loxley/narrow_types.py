"""8-bit floats and complex halves: elements that NumPy can hold but not compute with.

Their arrays are of the NumPy dtypes below.  `widened` gives them as float32 or complex64, without
loss; `narrowed` rounds real or complex arrays to them as PyTorch rounds.  Nothing here knows of
tensors.
Source: the formats of https://arxiv.org/abs/2209.05433, https://arxiv.org/abs/2206.02915 and
https://www.opencompute.org/documents/ocp-microscaling-formats-mx-v1-0-spec-final-pdf
"""

from __future__ import annotations

import ml_dtypes
import numpy as np
from numpy.lib.stride_tricks import as_strided as _np_as_strided

FLOAT8_E4M3FN = np.dtype(ml_dtypes.float8_e4m3fn)
FLOAT8_E5M2 = np.dtype(ml_dtypes.float8_e5m2)
FLOAT8_E4M3FNUZ = np.dtype(ml_dtypes.float8_e4m3fnuz)
FLOAT8_E5M2FNUZ = np.dtype(ml_dtypes.float8_e5m2fnuz)
FLOAT8_E8M0FNU = np.dtype(ml_dtypes.float8_e8m0fnu)
COMPLEX32 = np.dtype([("real", np.float16), ("imag", np.float16)])

FLOATS8 = (FLOAT8_E4M3FN, FLOAT8_E5M2, FLOAT8_E4M3FNUZ, FLOAT8_E5M2FNUZ, FLOAT8_E8M0FNU)
NARROW = frozenset((*FLOATS8, COMPLEX32))
_LARGEST_E4M3FN = np.float32(448)


def is_narrow(kind: np.dtype) -> bool:
    """Whether arrays of this dtype must be widened before anything is computed."""
    return kind in NARROW


def widened(x: np.ndarray) -> np.ndarray:
    """The same numbers as float32 or complex64; other arrays as they are."""
    if x.dtype == COMPLEX32:
        made = np.empty(x.shape, np.complex64)
        made.real, made.imag = x["real"], x["imag"]
        return made
    return x.astype(np.float32) if x.dtype in NARROW else x


def narrowed(x: np.ndarray, kind: np.dtype) -> np.ndarray:
    """Numbers rounded to nearest, ties to even; real parts alone for 8-bit floats.

    What is too large becomes infinite or NaN, in float8_e4m3fn the largest number.
    """
    x = widened(np.asarray(x))
    with np.errstate(all="ignore"):
        if kind == COMPLEX32:
            made = np.empty(x.shape, COMPLEX32)
            made["real"], made["imag"] = x.real, x.imag
            return made
        single = np.ascontiguousarray(x.real).astype(np.float32).reshape(x.shape)
        if kind == FLOAT8_E8M0FNU:
            return _powers_of_two(single)
        if kind == FLOAT8_E4M3FN:
            single = np.clip(single, -_LARGEST_E4M3FN, _LARGEST_E4M3FN)
        made = single.astype(kind)
        if kind in (FLOAT8_E4M3FN, FLOAT8_E5M2):  # their NaN has all bits set but the sign
            nan = np.isnan(single)
            bits = np.where(np.signbit(single), np.uint8(0xFF), np.uint8(0x7F))
            made = np.where(nan, bits, made.view(np.uint8)).view(kind)
        return made


def _powers_of_two(single: np.ndarray) -> np.ndarray:
    """The biased exponents, rounded by the fraction's first bits; the sign is dropped."""
    bits = single.view(np.uint32)
    exponent = bits >> 23 & 0xFF
    half, rest = bits & 0x400000 != 0, bits & 0x3FFFFF != 0
    up = half & (rest | (exponent > 0)) & (exponent < 0xFF)
    return (exponent + up).astype(np.uint8).view(FLOAT8_E8M0FNU)


def as_strided(
    x: np.ndarray, shape: tuple[int, ...], strides: tuple[int, ...], writeable: bool = True
) -> np.ndarray:
    """NumPy's `as_strided`, which does not know how float8_e5m2 describes itself."""
    plain = x.view(np.uint8) if x.dtype == FLOAT8_E5M2 else x
    made = _np_as_strided(plain, shape, strides, writeable=writeable)
    return made if plain is x else made.view(x.dtype)


def read_through(flat: np.ndarray, shape: tuple[int, ...], strides: tuple[int, ...]) -> np.ndarray:
    """Contiguous memory seen through a layout that lies inside it, to be read only.

    NumPy's `as_strided` does that in Python, a dozen times as slow.
    """
    if flat.dtype.isbuiltin != 1 or min(strides, default=0) < 0:
        return as_strided(flat, shape, strides, writeable=False)
    made = np.ndarray(shape, flat.dtype, flat, 0, strides)
    made.flags.writeable = False
    return made
