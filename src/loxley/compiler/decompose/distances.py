"""Distances between all pairs of rows: by a product of matrices, or difference by difference."""

from __future__ import annotations

from math import prod

from ..kinds import FLOATING
from ..nodes import Node, constant, expand, map_of, permute, reduce, to_kind, view, widened
from ..scalars import call, number
from .products import product
from .regions import Memory
from .rows import norm
from .rules import rule


@rule("cdist")
def _cdist(inputs, attrs, metas):
    (p, by_product), (shape, kind) = attrs, metas[0]
    if any(x.kind not in FLOATING for x in inputs):
        return None
    lead = shape[:-2]
    a, b = (
        view(expand(widened(x), (*lead, *x.shape[-2:])), (1, prod(lead), *x.shape[-2:]))
        for x in inputs
    )
    made = _by_product(a, b) if by_product else _directly(a, b, p)
    return to_kind(view(made, shape), kind)


def _by_product(a: Node, b: Node) -> Node:
    """sqrt of (-2 a, |a|^2, 1) times (b, 1, |b|^2), not below zero: added up in one sum, as
    PyTorch does, its large terms leave the same small rest."""
    ones = [constant(1, x.kind, (*x.shape[:3], 1)) for x in (a, b)]
    squares = [reduce("add", x * x, (3,)) for x in (a, b)]
    left = _side_by_side(a * -2, squares[0], ones[0])
    right = _side_by_side(b, ones[1], squares[1])
    made = product(left, permute(right, (0, 1, 3, 2)))
    return map_of(lambda v: call("sqrt", call("maximum", v, number(0, v.kind))), made)


def _side_by_side(*parts: Node) -> Node:
    first, kind = parts[0].shape, parts[0].kind
    made, column = Memory((*first[:3], sum(x.shape[3] for x in parts)), kind), 0
    for x in parts:
        made.put(x, (0, 0, 0, column))
        column += x.shape[3]
    return made.joined()


def _directly(a: Node, b: Node, p: float) -> Node:
    _, batch, rows, width = a.shape
    columns = b.shape[2]
    whole = (batch, rows, columns, width)
    left = expand(view(a, (batch, rows, 1, width)), whole)
    right = expand(view(b, (batch, 1, columns, width)), whole)
    return norm(left - right, p, (3,))
