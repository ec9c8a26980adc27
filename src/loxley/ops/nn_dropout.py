"""The product of dropout: input times a mask of zeros and ones times one number."""

from __future__ import annotations

import numpy as np

from ..ir.graph import Op
from ..numerics.blocks import blocked
from ..shapes import broadcast_shapes
from .family import wide


def _eval(x, mask, /, keep):
    kind = wide(x).dtype
    scale = np.divide(kind.type(1), kind.type(keep)).astype(x.dtype).astype(kind)

    def kernel(x, mask, out):
        np.multiply(mask, scale, out=out)
        out *= x

    return blocked(kernel, [wide(x), wide(mask)], dtype=kind)


# x * (mask / keep), as PyTorch rounds it; the mask broadcasts over the input
masked_scale = Op(
    "masked_scale",
    rule=lambda x, mask, keep: (broadcast_shapes(x.shape, mask.shape), x.dtype),
    eval=_eval,
    vjp=(lambda g, mask, keep: masked_scale(g, mask, keep), None),
    elementwise=True,
    grad_name="MulBackward0",
)
