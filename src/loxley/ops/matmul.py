"""Matrix products on NumPy's BLAS."""

from __future__ import annotations

import numpy as np

from .. import dtypes as dt
from ..ir.graph import Op, Value
from .elementwise import conj
from .movement import transpose

_LOW = (dt.float16.numpy, dt.bfloat16.numpy)


def product(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """`a @ b`; 16-bit floats are multiplied and summed in float32, then rounded once."""
    if a.dtype in _LOW:
        return np.matmul(a.astype(np.float32), b.astype(np.float32)).astype(a.dtype)
    return np.matmul(a, b)


def _mm_rule(a, b):
    if len(a.shape) != 2:
        raise RuntimeError("self must be a matrix")
    if len(b.shape) != 2:
        raise RuntimeError("mat2 must be a matrix")
    if a.shape[1] != b.shape[0]:
        raise RuntimeError(
            f"mat1 and mat2 shapes cannot be multiplied ({a.shape[0]}x{a.shape[1]} and "
            f"{b.shape[0]}x{b.shape[1]})"
        )
    if a.dtype is not b.dtype:
        raise RuntimeError(
            f"expected m1 and m2 to have the same dtype, but got: {_c_name(a)} != {_c_name(b)}"
        )
    return (a.shape[0], b.shape[1]), a.dtype


_C_NAMES = {
    "float32": "float",
    "float64": "double",
    "float16": "c10::Half",
    "bfloat16": "c10::BFloat16",
    "int64": "long long",
    "int32": "int",
    "int16": "short",
    "int8": "signed char",
    "uint8": "unsigned char",
    "bool": "bool",
    "complex64": "c10::complex<float>",
    "complex128": "c10::complex<double>",
}


def _c_name(x: Value) -> str:
    return _C_NAMES[x.dtype.name]


def adjoint(x):
    """The conjugate transpose of the last two dimensions."""
    n = len(x.shape)
    return conj(transpose(x, n - 2, n - 1))


mm = Op(
    "mm",
    rule=_mm_rule,
    eval=lambda a, b, /: product(a, b),
    vjp=(lambda g, b: mm(g, adjoint(b)), lambda g, a: mm(adjoint(a), g)),
)
