"""From recorded values to a program of primitives: decompose, simplify, drop what nobody needs.

In: the pending values of a plan in order, the leaves they read, which of them are wanted.  Out: a
`Program`, whose nodes are in an order in which they can run, with their users.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from ..dtypes import dtype
from ..ir.graph import CONSTANT, ITEM, Value
from ..shapes import contiguous_strides
from .casts import absorb
from .decompose import decompose
from .epilogues import finish_sums
from .kinds import OF_DTYPE
from .nodes import Node, copied, in_order
from .sums import add_onto


class Program:
    """Primitives in running order.

    outputs  (node, shape of the value) for every wanted value
    reasons  why operators are left to NumPy: (operator's name, reason)
    """

    def __init__(self) -> None:
        self.nodes: list[Node] = []
        self.outputs: list[tuple[Node, tuple[int, ...]]] = []
        self.reasons: list[tuple[str, str]] = []


def build(values: Sequence[Value], leaves: Sequence[Value], wanted: Iterable[int]) -> Program:
    """The program that computes `values[i]` for every i in `wanted`.

    A value of several outputs stands in `values` as its tuple, followed or not by its items.
    """
    program = Program()
    made: dict[int, Any] = {}
    for i, leaf in enumerate(leaves):
        made[id(leaf)] = _leaf(leaf, i)
    for position, value in enumerate(values):
        if value.op is ITEM:
            nodes = made[id(value.inputs[0])]
            made[id(value)] = nodes[value.attrs[0]]
            continue
        nodes = _nodes(value, made, program)
        _originate(nodes, position)
        made[id(value)] = nodes if value.dtype is None else nodes[0]
    for i in wanted:
        result = _result(made[id(values[i])])
        _originate((result,), i)
        program.outputs.append((result, values[i].shape))
    roots = [node for node, _ in program.outputs]
    program.nodes = _needed(roots)
    for change in (absorb, add_onto, finish_sums):
        if change(program.nodes, set(roots)):
            program.nodes = _needed(roots)
    return program


def _originate(nodes: Iterable[Node], position: int) -> None:
    """Tells new nodes which value they were made for."""
    stack = list(nodes)
    while stack:
        node = stack.pop()
        if node.origin < 0 and node.what not in ("leaf", "scalar"):
            node.origin = position
            stack.extend(node.inputs)


def _leaf(leaf: Value, position: int) -> Node:
    kind = OF_DTYPE.get(leaf.dtype) if type(leaf.dtype) is dtype else None
    what = "scalar" if leaf.op is CONSTANT and kind is not None else "leaf"
    return Node(what, leaf.shape, kind, (), position)


def _result(node: Node) -> Node:
    """A node that has memory of its own to hand out: moves and numbers are copied."""
    base = node.base
    owns = base.what in ("map", "reduce", "item", "joined", "gather") and base.size == node.size
    if node.kind is None or (owns and in_order(node)):
        return base
    return copied(node)


def _nodes(value: Value, made: dict, program: Program) -> tuple[Node, ...]:
    op = value.op
    inputs = tuple([None if i is None else made[id(i)] for i in value.inputs])
    if value.dtype is None:
        rule = (
            op.rule(value.inputs, *value.attrs)
            if op.variadic
            else op.rule(*value.inputs, *value.attrs)
        )
    else:
        rule = [(value.shape, value.dtype)]
    metas = [(shape, _kind(kind)) for shape, kind in rule]
    reason = "elements that the compiler has no kind for"
    if all([k is not None for _, k in metas]) and all([i is None or i.kind for i in inputs]):
        found = decompose(op, (list(inputs),) if op.variadic else inputs, value.attrs, tuple(metas))
        if not isinstance(found, str):
            return tuple([_joined(node) for node in found])
        reason = found
    program.reasons.append((op.name, reason))
    present = tuple(i for i in inputs if i is not None)
    where = tuple(i is not None for i in inputs)
    present = tuple(copied(i) if i.base.what == "iota" else i for i in present)
    arrays = tuple((shape, getattr(kind, "numpy", None)) for shape, kind in rule)
    call = Node("extern", (), None, present, (op, value.attrs, where, arrays))
    return tuple(Node("item", shape, kind, (call,), i) for i, (shape, kind) in enumerate(metas))


def _kind(kind: object):
    return OF_DTYPE.get(kind) if type(kind) is dtype else None


def _joined(node: Node) -> Node:
    """`cat` and `write` as stores into regions of one memory."""
    if node.what == "cat":
        strides = tuple(contiguous_strides(node.shape))
        offset, parts = 0, []
        for x in node.inputs:
            parts.append(Node("stored", x.shape, x.kind, (x,), (strides, offset)))
            offset += x.shape[node.data] * strides[node.data]
        return Node("joined", node.shape, node.kind, tuple(parts))
    if node.what == "write":
        base, source = node.inputs
        whole = tuple(contiguous_strides(base.shape))
        under = Node("stored", base.shape, base.kind, (base,), (whole, 0))
        over = Node("stored", source.shape, source.kind, (source, under), node.data)
        return Node("joined", node.shape, node.kind, (under, over))
    return node


def _needed(roots: Sequence[Node]) -> list[Node]:
    """What the roots need, inputs first, numbered, with the users of each."""
    order: list[Node] = []
    seen: set[Node] = set()
    stack = list(reversed(roots))
    push, pop = stack.append, stack.pop
    while stack:
        node = pop()
        if node not in seen:
            seen.add(node)
            node.index = -1
            if node.inputs:
                push(node)
                for i in node.inputs[::-1]:
                    if i not in seen:
                        push(i)
                continue
        elif node.index >= 0:
            continue
        node.index = len(order)  # its inputs are there
        node.users = []
        order.append(node)
    for node in order:
        for i in node.inputs:
            i.users.append(node)
    return order
