"""What follows a convolution and needs no memory of its own: batch norm, sums, ReLU.

In: the wanted nodes of a program and what they need.  Out: the same, changed in place.  An
elementwise operation that is a convolution's only reader, with a number per channel or with an
array like the result, is done with each sum before it is stored.  Each is rounded as it would be
alone: the results are the same.
"""

from __future__ import annotations

from collections.abc import Sequence

from ..ir.loops import Call, Const, Ref
from .casts import readers
from .decompose.convolution import Convolution
from .nodes import FREE, Node, in_order, is_whole
from .templates.conv_epilogue import MOST

_WHOLE = ("f32", "f64")  # kinds whose sums are stored as they are


def finish_sums(nodes: Sequence[Node], wanted: set[Node]) -> bool:
    """Whether something was changed in `nodes`, which are in order and know their users."""
    changed = False
    for node in nodes:
        while node.what == "map" and _absorb(node, wanted):
            changed = True
    return changed


def _absorb(node: Node, wanted: set[Node]) -> bool:
    """Makes a map the result of the convolution that it reads, if it can be."""
    for i, source in enumerate(node.inputs):
        plan = _plan(source.base)
        if plan is None or source.base in wanted or not is_whole(source):
            continue
        same = source.shape == node.shape == source.base.shape and source.kind == node.kind
        if not same or readers(source.base) != [node]:
            continue
        found = _operation(node, i)
        if found is None or len(plan.spec.epilogue) >= MOST:
            continue
        operation, other = found
        template = source.base.inputs[0]
        template.inputs = (*template.inputs, *other)
        template.data = template.data._replace(plan=plan.followed_by(operation))
        node.what, node.inputs, node.data = "item", (template,), 0
        return True
    return False


def _plan(node: Node) -> Convolution | None:
    if node.what != "item" or node.inputs[0].what != "template" or node.kind not in _WHOLE:
        return None
    plan = node.inputs[0].data.plan
    return plan if type(plan) is Convolution and plan.spec.direction != "weight" else None


def _operation(node: Node, place: int) -> tuple[str, tuple[Node, ...]] | None:
    """What a map does with its input at `place`, and the other input if there is one."""
    expr, kind = node.data, node.kind
    if type(expr) is not Call or len(expr.args) != 2:
        return None
    own = Ref(str(place), kind)
    if expr.op == "maximum" and own in expr.args:
        zeros = [a for a in expr.args if type(a) is Const and a.value == 0]
        return ("relu", ()) if zeros else None
    if len(node.inputs) != 2 or expr.op not in ("add", "sub", "mul"):
        return None
    other = node.inputs[1 - place]
    swapped = expr.args == (Ref(str(1 - place), kind), own)
    if other.kind != kind or not (swapped or expr.args == (own, Ref(str(1 - place), kind))):
        return None
    if (expr.op == "sub" and swapped) or not _lies_in_order(other):
        return None
    if other.shape == node.shape:
        return ("residual", (other,)) if expr.op == "add" else None
    if _of_channels(other.shape, node.shape):
        return {"add": "bias", "sub": "minus", "mul": "scale"}[expr.op], (other,)
    return None


def _of_channels(shape: tuple[int, ...], whole: tuple[int, ...]) -> bool:
    """Whether an array holds a number for each channel."""
    full = (1,) * (len(whole) - len(shape)) + shape
    return full[1] == whole[1] and all(n == 1 for i, n in enumerate(full) if i != 1)


def _lies_in_order(node: Node) -> bool:
    """Whether a node's elements are all of some memory, in order; little is worth a copy else."""
    return node.base.what not in FREE and node.base.size == node.size and in_order(node)
