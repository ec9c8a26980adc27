"""Joining tensors and taking them apart: cat, stack, block_diag; split and unbind, which alias."""

from __future__ import annotations

import numpy as np

from ..ir.graph import Op
from ..shapes import Shape
from .family import promote
from .movement import view, zeros
from .slicing import at, replaced, select, slice_, without

LEGACY_EMPTY = (0,)  # a 1-d tensor without elements joins anything, as it always has


def _joined(shapes: list[Shape], dim: int) -> Shape:
    real = [s for s in shapes if s != LEGACY_EMPTY]
    if not real:
        return LEGACY_EMPTY
    first = real[0]
    return first[:dim] + (sum(s[dim] for s in real),) + first[dim + 1 :]


def _piece(g, dim: int, start: int, size: int):
    return slice_(g, dim, start, start + size, 1)


def _cat_backward(g, tensors_shape, dim, needs):
    made, start = [], 0
    for shape, need in zip(tensors_shape, needs):
        if shape == LEGACY_EMPTY:
            made.append(zeros(shape, g.dtype) if need else None)
            continue
        made.append(_piece(g, dim, start, shape[dim]) if need else None)
        start += shape[dim]
    return made


def _cat_eval(tensors, dim):
    real = [a for a in tensors if a.shape != LEGACY_EMPTY] or tensors
    return np.concatenate(real, axis=dim if real[0].ndim else 0)


cat = Op(
    "cat",
    rule=lambda tensors, dim: (_joined([x.shape for x in tensors], dim), tensors[0].dtype),
    eval=_cat_eval,
    names=("tensors",),
    attrs=("dim",),
    vjp=_cat_backward,
    prepare=promote,
    variadic=True,
)


def _stack_rule(tensors, dim):
    shape = tensors[0].shape
    return shape[:dim] + (len(tensors),) + shape[dim:], tensors[0].dtype


stack = Op(
    "stack",
    rule=_stack_rule,
    eval=lambda tensors, dim: np.stack(tensors, axis=dim),
    names=("tensors",),
    attrs=("dim",),
    vjp=lambda g, dim, needs: [select(g, dim, i) if need else None for i, need in enumerate(needs)],
    prepare=promote,
    variadic=True,
)


def _block_shape(shape: Shape) -> Shape:
    return (1,) * (2 - len(shape)) + shape


def _block_diag_rule(tensors):
    blocks = [_block_shape(x.shape) for x in tensors]
    return (sum(b[0] for b in blocks), sum(b[1] for b in blocks)), tensors[0].dtype


def _block_diag_eval(tensors):
    blocks = [a.reshape(_block_shape(a.shape)) for a in tensors]
    shape = sum(b.shape[0] for b in blocks), sum(b.shape[1] for b in blocks)
    whole = np.zeros(shape, blocks[0].dtype)
    row = column = 0
    for b in blocks:
        whole[row : row + b.shape[0], column : column + b.shape[1]] = b
        row, column = row + b.shape[0], column + b.shape[1]
    return whole


def _block_diag_backward(g, tensors_shape, needs):
    made, row, column = [], 0, 0
    for shape, need in zip(tensors_shape, needs):
        rows, columns = _block_shape(shape)
        part = _piece(_piece(g, 0, row, rows), 1, column, columns) if need else None
        made.append(view(part, shape) if need else None)
        row, column = row + rows, column + columns
    return made


block_diag = Op(
    "block_diag",
    rule=_block_diag_rule,
    eval=_block_diag_eval,
    names=("tensors",),
    vjp=_block_diag_backward,
    prepare=promote,
    variadic=True,
)


def _split_rule(x, sizes, dim):
    return [(replaced(x.shape, dim, n), x.dtype) for n in sizes]


def _split_layout(shape, strides, offset, sizes, dim):
    made = []
    for n in sizes:
        made.append((replaced(shape, dim, n), strides, offset))
        offset += n * strides[dim]
    return made


def _split_eval(x, /, sizes, dim):
    made, start = [], 0
    for n in sizes:
        made.append(x[at(dim, slice(start, start + n))])
        start += n
    return tuple(made)


def _split_row(name: str, grad_name: str, aliases: bool = True) -> Op:
    return Op(
        name,
        rule=_split_rule,
        eval=_split_eval,
        view=_split_layout if aliases else None,
        vjp=lambda g, dim: cat(g, dim),
        grad_name=grad_name,
        outputs=-1,
    )


# Pieces of the given sizes along a dimension; the names tell how they were asked for.
split = _split_row("split", "SplitBackward0")
split_with_sizes = _split_row("split_with_sizes", "SplitWithSizesBackward0")
unsafe_split = _split_row("unsafe_split", "UnsafeSplitBackward0", aliases=False)
unsafe_split_with_sizes = _split_row(
    "unsafe_split_with_sizes", "UnsafeSplitWithSizesBackward0", aliases=False
)


def _unbind_layout(shape, strides, offset, dim):
    inner, steps = without(shape, dim), without(strides, dim)
    return [(inner, steps, offset + i * strides[dim]) for i in range(shape[dim])]


unbind = Op(
    "unbind",
    rule=lambda x, dim: [(without(x.shape, dim), x.dtype)] * x.shape[dim],
    eval=lambda x, /, dim: tuple(x[at(dim, i)] for i in range(x.shape[dim])),
    view=_unbind_layout,
    vjp=lambda g, dim: stack(g, dim),
    outputs=-1,
)
