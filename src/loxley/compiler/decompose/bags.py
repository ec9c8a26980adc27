"""`embedding_bag` of bags of one size: rows that are picked, then summed; and its gradient."""

from __future__ import annotations

from typing import NamedTuple

from ..kinds import wide
from ..nodes import Node, constant, expand, map_of, reduce, to_kind, view, widened
from ..scalars import number, where
from .ordering import table_gradient
from .picking import at
from .regions import block
from .rules import rule

_INDICES = frozenset(("i64", "i32"))


class _Bags(NamedTuple):
    """number  of bags
    size    of each
    indices [number, size] of all rows
    scales  [number, size, 1] of each row; None: all are one
    """

    number: int
    size: int
    indices: Node
    scales: Node | None


def _bags(indices: Node, scales: Node | None, starts: tuple[int, ...], mode: str) -> _Bags | None:
    """The bags, if they are alike and what is in them is summed."""
    count, size = len(starts) - 1, starts[1] - starts[0] if len(starts) > 1 else 0
    alike = all(start == i * size for i, start in enumerate(starts))
    if not size or not alike or mode == "max" or indices.kind not in _INDICES:
        return None

    def of_bags(x: Node, *more: int) -> Node:
        used = block(view(x, (x.size,)), (0,), (count * size,))
        return view(used, (count, size, *more))

    return _Bags(count, size, of_bags(indices), None if scales is None else of_bags(scales, 1))


def _kept(rows: Node, bags: _Bags, padding: int) -> Node:
    """The rows; zeros where the index is the padding's."""
    if padding < 0:
        return rows

    def keep(v, index):
        return where(index == padding, number(0, v.kind), v)

    index = view(bags.indices, (bags.number, bags.size, 1))
    return map_of(keep, rows, index, kind=rows.kind)


def _counts(bags: _Bags, padding: int, kind: str) -> Node:
    """How many indices of each bag count, one at least."""
    if padding < 0:
        return constant(bags.size, kind, (bags.number, 1))
    ones = _kept(constant(1, kind, (bags.number, bags.size, 1)), bags, padding)
    total = view(reduce("add", ones, (1,)), (bags.number, 1))
    return map_of(lambda n: where(n < 1, number(1, n.kind), n), total, kind=kind)


@rule("embedding_bag")
def _embedding_bag(inputs, attrs, metas):
    (weight, indices, scales), (starts, mode, padding, _by_frequency) = inputs, attrs
    shape, kind = metas[0]
    bags = _bags(indices, scales, starts, mode)
    if bags is None or kind not in ("f32", "f64", "bf16", "f16"):
        return None
    rows = widened(at(weight, bags.indices, 0))
    if bags.scales is not None:
        rows = rows * to_kind(bags.scales, rows.kind)
    made = view(reduce("add", _kept(rows, bags, padding), (1,)), shape)
    return to_kind(made / _counts(bags, padding, wide(kind)) if mode == "mean" else made, kind)


@rule("embedding_bag_backward")
def _embedding_bag_backward(inputs, attrs, metas):
    (dy, _weight, indices, scales), (starts, mode, padding, by_frequency) = inputs, attrs
    bags = _bags(indices, scales, starts, mode)
    (shape, kind), columns = metas[0], dy.shape[1]
    if bags is None or dy.kind != kind or kind not in ("f32", "f64"):
        return None
    dy = dy / _counts(bags, padding, kind) if mode == "mean" else dy
    rows = expand(view(dy, (bags.number, 1, columns)), (bags.number, bags.size, columns))
    if bags.scales is not None:
        rows = rows * to_kind(bags.scales, kind)
    return table_gradient(rows, bags.indices, (shape[0], padding, by_frequency), metas)
