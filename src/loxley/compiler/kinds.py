"""Element types as the compiler names them, and what NumPy and PyTorch call them."""

from __future__ import annotations

import ml_dtypes
import numpy as np

from ..dtypes import BY_NUMPY, dtype
from ..ir.loops import Kind

NUMPY: dict[str, np.dtype] = {
    "bool": np.dtype(np.bool_),
    "u8": np.dtype(np.uint8),
    "i8": np.dtype(np.int8),
    "i16": np.dtype(np.int16),
    "i32": np.dtype(np.int32),
    "i64": np.dtype(np.int64),
    "f16": np.dtype(np.float16),
    "bf16": np.dtype(ml_dtypes.bfloat16),
    "f32": np.dtype(np.float32),
    "f64": np.dtype(np.float64),
}
OF_NUMPY = {v: k for k, v in NUMPY.items()}  # what expressions know
# Pairs of floats, which loops move as they are; only templates compute with them.
COMPLEX = {"c64": "f32", "c128": "f64"}
NUMPY |= {"c64": np.dtype(np.complex64), "c128": np.dtype(np.complex128)}
OF_DTYPE: dict[dtype, Kind] = {BY_NUMPY[v]: k for k, v in NUMPY.items()}  # type: ignore[misc]
SIZE = {k: v.itemsize for k, v in NUMPY.items()}
ALIGN = {k: v.alignment for k, v in NUMPY.items()}  # of elements in memory: parts' of complex ones
LOW = ("f16", "bf16")
FLOATING = ("f16", "bf16", "f32", "f64")
INTEGERS = ("u8", "i8", "i16", "i32", "i64")


def wide(kind: Kind) -> Kind:
    """What arithmetic on `kind` is done in: 16-bit floats in f32."""
    return "f32" if kind in LOW else kind
