"""What the history of `linear` looks like from outside: PyTorch's nodes, of which ours is one.

PyTorch takes a linear layer apart into a product with the transposed weight and views of what has
other than two dimensions. `next_functions` shows those nodes; gradients don't pass through them.
"""

from __future__ import annotations

from typing import Any

_Shown = tuple[Any, int]
_NOTHING: _Shown = (None, 0)


def linear_edges(node: Any, make: Any) -> tuple[_Shown, ...] | None:
    """The edges that PyTorch's node of the same name has; None for a weight of one dimension.

    `node.edges` lead to input, weight and bias; `make(name, edges)` gives a node to be shown.
    """
    inputs, weight, bias = (*node.edges, None)[:3]
    name, rank = node.name(), len(node.out_metas[0][0])
    if rank == 0 or (rank == 2) != (name in ("AddmmBackward0", "MmBackward0")):
        return None
    transposed = _through(make, "TBackward0", weight)
    product = "AddmmBackward0" if name in ("AddmmBackward0", "ViewBackward0") else "MmBackward0"
    viewed: _Shown = inputs or _NOTHING
    if rank != 2:
        view = "UnsqueezeBackward0" if name == "SqueezeBackward4" else "ViewBackward0"
        viewed = _through(make, view, inputs)
    edges: tuple[_Shown, ...] = (viewed, transposed)
    if product == "AddmmBackward0":
        edges = (bias or _NOTHING, *edges)
    return edges if rank == 2 else ((make(product, edges), 0),)


def _through(make: Any, name: str, edge: _Shown | None) -> _Shown:
    return _NOTHING if edge is None else (make(name, (edge,)), 0)
