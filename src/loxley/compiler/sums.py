"""Sums that need no memory of their own: a table's gradient added to what there is of it already.

In: the wanted nodes of a program and what they need.  Out: the same, changed in place.  Where an
embedding is tied to the output layer, a table has two gradients.  The one of the looked up rows is
added to the other row by row, rather than spread over a second table that is added as a whole.
"""

from __future__ import annotations

from collections.abc import Sequence

from ..ir.loops import Call, Ref
from .decompose.ordering import EmbeddingGradient
from .nodes import Node, is_whole


def add_onto(nodes: Sequence[Node], wanted: set[Node]) -> bool:
    """Whether something was changed in `nodes`, which are in order and know their users."""
    changed = False
    for node in nodes:
        if node.what == "map" and len(node.inputs) == 2 and type(node.data) is Call:
            changed |= _absorb(node, wanted)
    return changed


def _absorb(node: Node, wanted: set[Node]) -> bool:
    expr, (a, b) = node.data, node.inputs
    if expr.op != "add" or expr.args != (Ref("0", node.kind), Ref("1", node.kind)):
        return False
    for part, other in ((b, a), (a, b)):
        if part.what != "item" or part in wanted or part.users != [node] or part is other:
            continue
        template = part.inputs[0]
        plan = template.data.plan if template.what == "template" else None
        alike = part.shape == other.shape == node.shape and part.kind == other.kind == node.kind
        if type(plan) is EmbeddingGradient and not plan.spec.onto and alike and is_whole(other):
            template.inputs = (*template.inputs, other)
            template.data = template.data._replace(plan=plan.onto(), over=2)
            template.origin = node.origin
            node.what, node.inputs, node.data = "item", (template,), 0
            return True
    return False
