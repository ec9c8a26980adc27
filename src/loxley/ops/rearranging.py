"""Rearranging whole tensors: repeat, flip, roll, rot90, triangles, diagonals, trace.

Each makes a tensor of its own; the gradient is the inverse motion or the sum of the repeats.
"""

from __future__ import annotations

import numpy as np

from .. import dtypes as dt
from ..ir.graph import TABLE, Op
from ..shapes import Shape
from .movement import expand, reshape, view, zeros
from .reduce import sum as sum_
from .reduce import wide
from .slicing import diagonal, diagonal_backward


def _repeated(shape: Shape, repeats: Shape) -> Shape:
    lead = len(repeats) - len(shape)
    return tuple(n * r for n, r in zip((1,) * lead + shape, repeats))


def _repeat_backward(g, x_shape, repeats):
    lead = len(repeats) - len(x_shape)
    sizes = (1,) * lead + x_shape
    if 0 in repeats:
        return zeros(x_shape, g.dtype)
    split, dims = [], []
    for n, r in zip(sizes, repeats):
        if r != 1:
            dims.append(len(split))
            split.append(r)
        split.append(n)
    if dims:
        g = sum_(reshape(g, tuple(split)), tuple(dims), False, g.dtype)
    return view(g, x_shape) if lead else g


# The tensor laid side by side `repeats` times along each dimension.
repeat = Op(
    "repeat",
    rule=lambda x, repeats: (_repeated(x.shape, repeats), x.dtype),
    eval=lambda x, /, repeats: np.tile(x, repeats),
    vjp=_repeat_backward,
)

flip = Op(
    "flip",
    rule=lambda x, dims: (x.shape, x.dtype),
    eval=lambda x, /, dims: np.flip(x, dims),
    vjp=lambda g, dims: flip(g, dims),
)

roll = Op(
    "roll",
    rule=lambda x, shifts, dims: (x.shape, x.dtype),
    eval=lambda x, /, shifts, dims: np.roll(x, shifts, dims or None),
    vjp=lambda g, shifts, dims: roll(g, tuple(-s for s in shifts), dims),
)


def _rotated(shape: Shape, k: int, dims: Shape) -> Shape:
    made = list(shape)
    if k % 2:
        made[dims[0]], made[dims[1]] = shape[dims[1]], shape[dims[0]]
    return tuple(made)


rot90 = Op(
    "rot90",
    rule=lambda x, k, dims: (_rotated(x.shape, k, dims), x.dtype),
    eval=lambda x, /, k, dims: np.rot90(x, k, dims),
    vjp=lambda g, k, dims: rot90(g, -k, dims),
)


def _triangle(name: str, keeps: np.ufunc) -> Op:
    def compute(x, /, diagonal):
        rows = np.arange(x.shape[-2])[:, None]
        return np.where(keeps(np.arange(x.shape[-1]) - diagonal, rows), x, np.zeros((), x.dtype))

    return Op(
        name,
        rule=lambda x, diagonal: (x.shape, x.dtype),
        eval=compute,
        vjp=lambda g, diagonal: TABLE[name](g, diagonal),
    )


tril = _triangle("tril", np.less_equal)
triu = _triangle("triu", np.greater_equal)


def _embedded(shape: Shape, offset: int, dim1: int, dim2: int) -> Shape:
    side = shape[-1] + abs(offset)
    made = list(shape[:-1])
    for d in sorted((dim1, dim2)):
        made.insert(d, side)
    return tuple(made)


# Matrices of zeros with the last dimension on a diagonal.
diag_embed = Op(
    "diag_embed",
    rule=lambda x, offset, dim1, dim2: (_embedded(x.shape, offset, dim1, dim2), x.dtype),
    eval=lambda x, /, offset, dim1, dim2: diagonal_backward.eval(
        x, _embedded(x.shape, offset, dim1, dim2), offset, dim1, dim2
    ),
    vjp=lambda g, offset, dim1, dim2: diagonal(g, offset, dim1, dim2),
)


def _trace_kind(x):
    return dt.int64 if x.dtype.category <= 1 else x.dtype


trace = Op(
    "trace",
    rule=lambda x: ((), _trace_kind(x)),
    eval=lambda x, /: np.sum(
        np.diagonal(wide(x)), dtype=np.int64 if x.dtype.kind in "bui" else None
    ),
    vjp=lambda g, x_shape: diagonal_backward(expand(g, (min(x_shape),)), x_shape, 0, 0, 1),
)
