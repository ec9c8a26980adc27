"""What each operation of a loop nest means: a NumPy function by name.

Arrays of one kind in, an array out.  Where NumPy leaves results open, they are settled here:
conversions of floats out of an integer's range, integer division by zero, `maximum` of two zeros.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ...numerics.error_functions import erf, erfc
from ..kinds import NUMPY

Array = Any  # an array or a scalar of NumPy's


def cast(x: Array, kind: str) -> Array:
    """As C converts on x86; 16-bit floats are converted by way of float32."""
    x, dtype = np.asarray(x), NUMPY[kind]
    if kind == "bool":
        return x != x.dtype.type(0)
    if x.dtype.itemsize == 2 and x.dtype.kind != "i":
        x = x.astype(np.float32)
    if kind in ("f16", "bf16"):
        return x.astype(np.float32).astype(dtype)
    if x.dtype.kind == "f" and dtype.kind in "iu":
        return _whole(x, dtype)
    return x.astype(dtype)


def _whole(x: Array, dtype: np.dtype) -> Array:
    """Out of range: the least number of 64 or, for narrower integers, 32 bits."""
    bits = 64 if dtype == np.int64 else 32
    wide, limit = np.dtype(f"i{bits // 8}"), 2 ** (bits - 1)
    whole = np.trunc(x)
    inside = (whole >= -float(limit)) & (whole < float(limit))
    made = np.where(inside, whole, 0).astype(wide)
    return np.where(inside, made, wide.type(-limit)).astype(dtype)


def _div(a: Array, b: Array) -> Array:
    if a.dtype.kind == "f":
        return np.divide(a, b)
    safe = np.where(b == 0, b.dtype.type(1), b)
    return np.where(b == 0, a.dtype.type(0), np.floor_divide(a - np.fmod(a, safe), safe))


def _maximum(a: Array, b: Array) -> Array:
    return np.where(b != b, b, np.where(a < b, b, a))


def _minimum(a: Array, b: Array) -> Array:
    return np.where(b != b, b, np.where(a > b, b, a))


def _fmax(a: Array, b: Array) -> Array:
    return np.where(a != a, b, np.where(a < b, b, a))


def _fmin(a: Array, b: Array) -> Array:
    return np.where(a != a, b, np.where(a > b, b, a))


def _power(a: Array, b: Array) -> Array:
    """Integers modulo their range; a negative exponent truncates towards zero."""
    if a.dtype.kind == "f":
        return np.power(a, b)
    made = np.power(a, np.where(b < 0, b.dtype.type(0), b))
    odd = np.where(b & 1, a, 1).astype(a.dtype)
    return np.where(b < 0, np.where(a == 1, 1, np.where(a == -1, odd, 0)), made).astype(a.dtype)


def _fma(a: Array, b: Array, c: Array) -> Array:
    """Of float32 nearly always rounded once; of float64 twice."""
    if a.dtype == np.float32:
        return (a.astype(np.float64) * b + c).astype(np.float32)
    return a * b + c


def _sigmoid(x: Array) -> Array:
    e = np.exp(-np.abs(x))
    return np.where(x < 0, e, 1) / (1 + e)


def _exactly(function: Callable[..., Array]) -> Callable[..., Array]:
    """float32 in float64, rounded once."""

    def rounded(*args: Array) -> Array:
        if args[0].dtype != np.float32:
            return np.asarray(function(*args), args[0].dtype)
        return np.asarray(function(*[a.astype(np.float64) for a in args])).astype(np.float32)

    return rounded


def _of_floats(function: Callable[..., Array], otherwise: Callable[..., Array]) -> Callable:
    """What integers and bools have instead."""
    return lambda x: function(x) if np.asarray(x).dtype.kind == "f" else otherwise(x)


def _same(x: Array) -> Array:
    return x


def _nowhere(x: Array) -> Array:
    return np.zeros(np.shape(x), bool)


_FUNCTIONS: dict[str, Callable[..., Array]] = {
    "exp": np.exp,
    "exp2": np.exp2,
    "expm1": np.expm1,
    "log": np.log,
    "log2": np.log2,
    "log10": np.log10,
    "log1p": np.log1p,
    "tanh": np.tanh,
    "sigmoid": _sigmoid,
    "erf": erf,
    "erfc": erfc,
    "sin": np.sin,
    "cos": np.cos,
    "tan": np.tan,
    "asin": np.arcsin,
    "acos": np.arccos,
    "atan": np.arctan,
    "atan2": np.arctan2,
    "sinh": np.sinh,
    "cosh": np.cosh,
    "asinh": np.arcsinh,
    "acosh": np.arccosh,
    "atanh": np.arctanh,
}

# The operations, except `cast`, which needs to know its result's kind.
MEANING: dict[str, Callable[..., Array]] = {
    "add": np.add,
    "sub": np.subtract,
    "mul": np.multiply,
    "div": _div,
    "neg": np.negative,
    "abs": np.abs,
    "maximum": _maximum,
    "minimum": _minimum,
    "fmax": _fmax,
    "fmin": _fmin,
    "lt": np.less,
    "le": np.less_equal,
    "gt": np.greater,
    "ge": np.greater_equal,
    "eq": np.equal,
    "ne": np.not_equal,
    "and": np.bitwise_and,
    "or": np.bitwise_or,
    "xor": np.bitwise_xor,
    "not": np.invert,
    "where": np.where,
    "fma": _fma,
    "sqrt": np.sqrt,
    "rsqrt": lambda x: 1 / np.sqrt(x),
    "floor": _of_floats(np.floor, _same),
    "ceil": _of_floats(np.ceil, _same),
    "trunc": _of_floats(np.trunc, _same),
    "rint": _of_floats(np.rint, _same),
    "sign": np.sign,
    "pow": _exactly(_power),
    "floor_divide": np.floor_divide,
    "remainder": np.remainder,
    "fmod": np.fmod,
    "shl": np.left_shift,
    "shr": np.right_shift,
    "isnan": _of_floats(np.isnan, _nowhere),
    "isinf": _of_floats(np.isinf, _nowhere),
    **{name: _exactly(function) for name, function in _FUNCTIONS.items()},
}
