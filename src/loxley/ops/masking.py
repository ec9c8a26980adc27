"""Reading and writing where a mask says so: masked_fill, masked_select, masked_scatter."""

from __future__ import annotations

import numpy as np

from ..ir.graph import Op
from ..shapes import Shape, broadcast_shapes, numel
from .elementwise import where
from .family import to_kind
from .movement import zeros


def _fill_prepare(inputs, attrs):
    return (*inputs[:2], to_kind(inputs[2], inputs[0].dtype))


def _fill_row(name: str, grad_name: str) -> Op:
    return Op(
        name,
        rule=lambda x, mask, number: (broadcast_shapes(x.shape, mask.shape), x.dtype),
        eval=lambda x, mask, number, /: np.where(mask, number, x),
        prepare=_fill_prepare,
        vjp=(
            lambda g, mask: masked_fill(g, mask, 0),
            None,
            lambda g, mask: where(mask, g, 0.0),  # the engine sums it
        ),
        grad_name=grad_name,
    )


# With a Python number, with a 0-d tensor, by `x[mask] = number`.
masked_fill = _fill_row("masked_fill", "MaskedFillBackward0")
masked_fill_by = _fill_row("masked_fill_by", "MaskedFillBackward1")
masked_put = _fill_row("masked_put", "IndexPutBackward0")


# The elements at places of the flat memory of x broadcast to `shape`: those where the mask holds.
masked_select = Op(
    "masked_select",
    rule=lambda x, places, shape: (places.shape, x.dtype),
    eval=lambda x, places, /, shape: np.broadcast_to(x, shape).reshape(-1)[places],
    vjp=(lambda g, places, shape: masked_select_backward(g, places, shape), None),
)


def _select_backward_eval(g, places, /, shape):
    whole = np.zeros(numel(shape), g.dtype)
    whole[places] = g
    return whole.reshape(shape)


masked_select_backward = Op(
    "masked_select_backward",
    rule=lambda g, places, shape: (shape, g.dtype),
    eval=_select_backward_eval,
    names=("x", "places"),
    attrs=("shape",),
    vjp=(lambda g, places, shape: masked_select(g, places, shape), None),
    grad_name="MaskedScatterBackward0",
)


def _scatter_rule(x, mask, source):
    return broadcast_shapes(x.shape, mask.shape), x.dtype


def _scatter_eval(x, mask, source, /):
    shape = broadcast_shapes(x.shape, mask.shape)
    whole = np.array(np.broadcast_to(x, shape), order="C")
    mask = np.broadcast_to(mask, shape)
    whole[mask] = source.reshape(-1)[: np.count_nonzero(mask)]
    return whole


# x with the elements of source, in order, where the mask holds.
masked_scatter = Op(
    "masked_scatter",
    rule=_scatter_rule,
    eval=_scatter_eval,
    vjp=(
        lambda g, mask: masked_fill(g, mask, 0),
        None,
        lambda g, mask, source_shape: masked_scatter_backward(g, mask, source_shape),
    ),
)


def _scatter_backward_eval(g, mask, /, shape: Shape):
    chosen = g[np.broadcast_to(mask, g.shape)]
    whole = np.zeros(numel(shape), g.dtype)
    whole[: chosen.size] = chosen
    return whole.reshape(shape)


masked_scatter_backward = Op(
    "masked_scatter_backward",
    rule=lambda g, mask, shape: (shape, g.dtype),
    eval=_scatter_backward_eval,
    names=("x", "mask"),
    attrs=("shape",),
    vjp=(lambda g, x_shape, mask: masked_scatter(zeros(x_shape, g.dtype), mask, g), None),
    grad_name="MaskedSelectBackward0",
)
