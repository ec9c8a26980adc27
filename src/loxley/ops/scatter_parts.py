"""A tensor with a part replaced: slice_scatter, select_scatter, diagonal_scatter, ..."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ..ir.graph import Op
from .family import to_kind
from .movement import AS_STRIDED, STRIDED_SCATTER, zeros
from .slicing import at, diagonal, select, slice_, writable_diagonal


def _row(name: str, part: Op, write: Callable, attrs: tuple[str, ...]) -> Op:
    def eval_into(base, source, *values):
        write(base, source, *values)
        return base

    def without(g, source_shape, values):
        return made(g, zeros(source_shape, g.dtype), *values)

    made = Op(
        name,
        rule=lambda x, source, *values: (x.shape, x.dtype),
        eval=lambda x, source, *values: eval_into(np.array(x, order="C"), source, *values),
        eval_into=eval_into,
        donate=(0,),
        names=("x", "source"),
        attrs=attrs,
        prepare=lambda inputs, values: (inputs[0], to_kind(inputs[1], inputs[0].dtype)),
        vjp=_gradients(attrs, part, without),
    )
    return made


def _gradients(attrs: tuple[str, ...], part: Op, without: Callable) -> tuple:
    """The two formulas; the parameters they name are this operator's attributes."""
    if attrs == ("dim", "index"):
        return (
            lambda g, source_shape, dim, index: without(g, source_shape, (dim, index)),
            lambda g, dim, index: part(g, dim, index),
        )
    if attrs == ("dim", "start", "stop", "step"):
        return (
            lambda g, source_shape, dim, start, stop, step: without(
                g, source_shape, (dim, start, stop, step)
            ),
            lambda g, dim, start, stop, step: part(g, dim, start, stop, step),
        )
    return (
        lambda g, source_shape, offset, dim1, dim2: without(g, source_shape, (offset, dim1, dim2)),
        lambda g, offset, dim1, dim2: part(g, offset, dim1, dim2),
    )


def _write_select(base, source, dim, index) -> None:
    base[at(dim, index)] = source


def _write_slice(base, source, dim, start, stop, step) -> None:
    base[at(dim, slice(start, stop, step))] = source


def _write_diagonal(base, source, offset, dim1, dim2) -> None:
    writable_diagonal(base, offset, dim1, dim2)[...] = source


select_scatter = _row("select_scatter", select, _write_select, ("dim", "index"))
slice_scatter = _row("slice_scatter", slice_, _write_slice, ("dim", "start", "stop", "step"))
diagonal_scatter = _row("diagonal_scatter", diagonal, _write_diagonal, ("offset", "dim1", "dim2"))


def _only_there(g, shape, strides, offset):
    """PyTorch's gradient for x: that of the replaced part, not that of the rest."""
    part = AS_STRIDED(g, shape, strides, offset)
    return as_strided_scatter(zeros(tuple(g.shape), g.dtype), part, shape, strides, offset)


as_strided_scatter = Op(
    "as_strided_scatter",
    rule=STRIDED_SCATTER.rule,
    eval=STRIDED_SCATTER.eval,
    names=("x", "source"),
    attrs=("shape", "strides", "offset"),
    vjp=(
        _only_there,
        lambda g, shape, strides, offset: AS_STRIDED(g, shape, strides, offset),
    ),
)
