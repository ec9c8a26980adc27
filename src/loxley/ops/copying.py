"""Values taken over whole: copies, fills, and what `copy_`, `fill_` and `zero_` record.

The operators of in-place forms have the written tensor as first input, so that its edge in the grad
graph is there, and replace it by None, so that its value isn't read.
"""

from __future__ import annotations

import numpy as np

from ..ir.graph import Op
from .family import convert_array, to_kind
from .movement import zeros

# A value of its own from another: copies only when one of the two is written to.
clone = Op(
    "clone",
    rule=lambda x: (x.shape, x.dtype),
    eval=lambda x, /: x,
    vjp=lambda g: g,
    elementwise=True,
)

# The same with elements in order in memory, whatever the order of the input's.
contiguous = Op(
    "contiguous",
    rule=lambda x: (x.shape, x.dtype),
    eval=lambda x, /: x,
    vjp=lambda g: g,
    grad_name="CloneBackward0",
)


def _nothing_left(g, shape, kind):
    return zeros(shape, kind)


copy = Op(
    "copy",
    rule=lambda x, source, shape, kind: (shape, kind),
    eval=lambda x, source, shape, kind: np.broadcast_to(_converted(source, kind), shape),
    names=("x", "source"),
    attrs=("shape", "kind"),
    prepare=lambda inputs, attrs: (None, inputs[1]),
    vjp=(_nothing_left, lambda g: g),
    grad_name="CopyBackwards",
)


def _converted(source, kind):
    return source if source.dtype == kind.numpy else convert_array(source, kind.numpy)


def _fill(name: str, grad_name: str, of_value) -> Op:
    return Op(
        name,
        rule=lambda x, value, shape, kind: (shape, kind),
        eval=lambda x, value, shape, kind: np.broadcast_to(np.asarray(value), shape),
        names=("x", "value"),
        attrs=("shape", "kind"),
        prepare=lambda inputs, attrs: (None, to_kind(inputs[1], attrs[1])),
        vjp=(_nothing_left, of_value),
        grad_name=grad_name,
    )


fill = _fill("fill", "FillBackward2", None)
fill_tensor = _fill("fill_tensor", "FillBackward3", lambda g: g)
zero = _fill("zero", "ZeroBackward0", None)
