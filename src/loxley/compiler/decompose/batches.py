"""Batches of matrices as products take them: two batch dimensions, read where they lie.

In: two nodes (..., rows, columns), and the shape of their batch.  Out: both as (X, Y, rows,
columns) with equal X and Y.  Strides say most of it: heads inside of rows are a batch of their
own, and where a batch was copied only to be a single dimension (`reshape`, `einsum`), what it was
copied from is read instead.
"""

from __future__ import annotations

from math import prod
from typing import NamedTuple

from ...ir.loops import Ref
from ...shapes import view_strides
from ..nodes import FREE, Node, expand, is_whole, permute, view

Shape = tuple[int, ...]


class _Way(NamedTuple):
    """Elements of a batch in order, under the shape that they have where they lie."""

    node: Node
    turned: bool  # whether the matrices are the transposes of those meant
    copied: bool  # whether it is memory that something was copied to


class _Laid(NamedTuple):
    """A batch in its final shape, and whether it takes a copy."""

    node: Node
    copied: bool


def paired(a: Node, b: Node, lead: Shape) -> tuple[Node, Node]:
    """a and b, broadcast to the batch `lead`, as (X, Y, rows, columns) with the fewest copies."""
    both = [expand(x, (*lead, *x.shape[-2:])) for x in (a, b)]
    size, ways = prod(lead), [_ways(x) for x in both]
    outer = _divisions(size, lead, ways) if a.size and b.size else [1]
    made = [
        tuple(_laid(x, w, (n, size // n, *x.shape[-2:])) for x, w in zip(both, ways)) for n in outer
    ]
    left, right = min(made, key=lambda laid: laid[0].copied + laid[1].copied)
    return left.node, right.node


def _divisions(size: int, lead: Shape, ways: list[list[_Way]]) -> list[int]:
    """What X may be: where the batch falls into dimensions, the batch's own first."""
    outer = [1] if len(lead) == 1 else [lead[0]]
    for shape in (lead, *(w.node.shape for each in ways for w in each)):
        part = 1
        for n in shape:
            outer.append(part)
            part *= n
            if size % part:
                break
    return list(dict.fromkeys(outer))


def _ways(x: Node) -> list[_Way]:
    """What `x` is a copy of, what that is a copy of, and `x`; what is first is no copy."""
    found = []
    for turned in (False, True):
        source = _source(_transposed(x) if turned else x)
        while source is not None:
            found.append(_Way(source, turned, True))
            source = _source(source)
    ways = [*found[::-1], _Way(x, False, True)]
    return [ways[0]._replace(copied=False), *ways[1:]]


def _source(x: Node) -> Node | None:
    """The node whose elements in order `x` is a copy of, if it lies in memory."""
    copy = x.base
    if copy.what != "map" or copy.data != Ref("0", x.kind) or not is_whole(x):
        return None
    (source,) = copy.inputs
    same = source.kind == x.kind and source.shape == copy.shape
    return source if same and source.base.what not in FREE else None


def _laid(x: Node, ways: list[_Way], shape: Shape) -> _Laid:
    """`x` under this shape, in the first of the ways that strides can say."""
    for node, turned, copied in ways:
        wanted = (*shape[:-2], shape[-1], shape[-2]) if turned else shape
        strides = view_strides(node.shape, node.layout[1], wanted)
        if strides is not None and (copied or len(ways) == 1 or _has_unit(wanted, strides)):
            made = view(node, wanted)
            return _Laid(_transposed(made) if turned else made, copied)
    return _Laid(view(x, shape), True)


def _has_unit(shape: Shape, strides: Shape) -> bool:
    """Whether rows or columns lie side by side: others are packed one by one."""
    return any(n == 1 or s == 1 for n, s in zip(shape[-2:], strides[-2:]))


def _transposed(x: Node) -> Node:
    rank = len(x.shape)
    return permute(x, (*range(rank - 2), rank - 1, rank - 2))
