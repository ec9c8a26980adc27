"""Recorded operators taken apart into primitives.

`decompose(op, inputs, attrs, metas)` gives nodes, or the reason why NumPy has to do it.
"""

from __future__ import annotations

from ...ir.graph import Op
from ...ir.loops import Kind
from ...ops.optim.update import RULE_OF
from . import (
    attention,
    bags,
    complex_numbers,
    convolution,
    diagonals,
    distances,
    elementwise,
    grids,
    losses,
    movement,
    ordering,
    padding,
    picking,
    pooling,
    products,
    random,
    recurrent,
    reductions,
    regions,
    resampling,
    rows,
    scans,
    scattering,
    special,
    triangles,
    updates,
)
from .rules import RULES

__all__ = ["RULES", "attention", "convolution", "decompose", "movement", "products", "reductions"]
__all__ += ["ordering", "pooling", "recurrent", "rows"]
__all__ += ["losses", "picking", "random", "regions", "resampling", "scans", "scattering"]
__all__ += ["bags", "diagonals", "distances", "grids", "padding", "special"]
__all__ += ["triangles"]

Meta = tuple[tuple[int, ...], Kind]


def decompose(op: Op, inputs: tuple, attrs: tuple, metas: tuple[Meta, ...]):
    """Nodes for the outputs of one operator, or a string that says why there are none."""
    if any([0 in shape for shape, _ in metas]):
        return "a result without elements"
    nodes = inputs[0] if op.variadic else inputs
    if op.name != "cat" and any([x is not None and not x.size for x in nodes]):
        return "an argument without elements"
    made = None
    found = RULES.get(op.name)
    if complex_numbers.is_complex([k for _, k in metas] + [x.kind for x in nodes if x is not None]):
        made = complex_numbers.decompose(op, inputs, attrs, metas)
    elif found is not None:
        made = found(inputs, attrs, metas)
    elif op.name in RULE_OF:
        made = updates.decompose(RULE_OF[op.name], inputs, attrs[0])
    elif op.elementwise or op.name in elementwise.ALSO:
        made = elementwise.decompose(op, inputs, attrs, metas[0][1])
    if made is None:
        return f"no decomposition of {op.name} with these arguments"
    if isinstance(made, str):
        return made
    made = made if isinstance(made, tuple) else (made,)
    for node, (shape, kind) in zip(made, metas, strict=True):
        if node.shape != shape or node.kind != kind:
            raise AssertionError(f"{op.name}: {node} should be {kind}{list(shape)}")
    return made
