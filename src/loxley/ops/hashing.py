"""Hashes of elements: exclusive or of their bits."""

from __future__ import annotations

import numpy as np

from .. import dtypes as dt
from ..ir.graph import Op
from ..shapes import reduced_shape


def _eval(x, /, dims, keepdim):
    wide = np.float64 if x.dtype.kind not in "biu" else np.int64
    bits = x.astype(wide).view(np.uint64)
    return np.bitwise_xor.reduce(bits, axis=dims, keepdims=keepdim)


# Every element as a 64-bit number, the bits of all of them combined by exclusive or.
hash_tensor = Op(
    "hash_tensor",
    rule=lambda x, dims, keepdim: (reduced_shape(x.shape, dims, keepdim), dt.uint64),
    eval=_eval,
)
