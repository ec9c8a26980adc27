"""Casts that need no memory of their own: those beside products, and those that only widen.

In: the wanted nodes of a program.  Out: the wanted nodes; what they need is changed in place.
Under autocast every product is surrounded by casts.  A float32 leaf that is rounded for a product
(a weight) is rounded while the product packs it: no copy is written in the forward pass and kept
for the backward.  A wanted result (a weight's gradient) that is the cast of a product is written by
the product, rounded and widened.  Where a narrow value is widened, each reader widens it anew:
reading two bytes twice is less than writing four.
"""

from __future__ import annotations

from collections.abc import Sequence

from .decompose.products import Product
from .kinds import LOW, SIZE
from .nodes import Node, cast_source, is_whole, move


def absorb(nodes: Sequence[Node], wanted: set[Node]) -> bool:
    """Whether something was changed in `nodes`, which are in order and know their users."""
    changed = False
    for node in nodes:
        if _is_product(node):
            changed |= _read_leaves(node)
        elif node in wanted:
            changed |= _write_wide(node, wanted)
    for node in nodes:
        if len(node.users) > 1 and node not in wanted and node.inputs and _widens(node):
            changed |= _share_out(node)
    return changed


def _is_product(node: Node) -> bool:
    return node.what == "template" and type(node.data.plan) is Product


def _read_leaves(node: Node) -> bool:
    """Operands of a bf16 product that are rounded leaves: the leaves themselves."""
    plan, inputs = node.data.plan, list(node.inputs)
    if plan.spec.kind != "bf16":
        return False
    for i, x in enumerate(inputs):
        source = cast_source(x.base)
        if source is None or source.base.what != "leaf" or source.kind != "f32":
            continue
        if x.kind == "bf16" and is_whole(source):
            inputs[i] = move("strided", source, x.layout)
            plan = plan.reading(i, "f32")
    changed = plan is not node.data.plan
    node.inputs, node.data = tuple(inputs), node.data._replace(plan=plan)
    return changed


def _write_wide(node: Node, wanted: set[Node]) -> bool:
    """A wanted node that is the float32 of a bf16 product nobody else reads: the product's own."""
    source = cast_source(node)
    if source is None or source.base.what != "item" or not is_whole(source) or node.kind != "f32":
        return False
    template = source.base.inputs[0]
    if not _is_product(template) or template.data.plan.spec.kind != "bf16":
        return False
    if source.kind != "bf16" or source.base in wanted or readers(source.base) != [node]:
        return False
    plan = template.data.plan
    plan = plan._replace(spec=plan.spec._replace(out="f32"))
    outputs = ((template.data.outputs[0][0], "f32"),)
    template.data = template.data._replace(plan=plan, outputs=outputs)
    node.what, node.inputs, node.data = "item", (template,), source.base.data
    return True


def readers(node: Node) -> list[Node]:
    """Who reads a node, through moves."""
    found, stack = [], list(node.users)
    while stack:
        user = stack.pop()
        if user.base is node:
            stack.extend(user.users)
        else:
            found.append(user)
    return found


def _widens(node: Node) -> bool:
    source = cast_source(node)
    return source is not None and source.kind in LOW and SIZE[node.kind] > SIZE[source.kind]


def _share_out(node: Node) -> bool:
    """Gives every reader but the first a cast of its own; readers of moves keep the first."""
    changed = False
    for user in dict.fromkeys(node.users[1:]):
        if user.what not in ("map", "reduce"):
            continue
        own = Node("map", node.shape, node.kind, node.inputs, node.data)
        own.origin = node.origin
        user.inputs = tuple(own if i is node else i for i in user.inputs)
        changed = True
    return changed
