"""Padding by reflection, by the nearest edge, around in a circle; and the adjoints."""

from __future__ import annotations

from ..nodes import Node, expand, map_of, places, reduce, slice_of, to_kind, widened
from ..scalars import Scalar, number, where
from .picking import at
from .rules import rule


def _source(place: Scalar, size: int, before: int, after: int, mode: str) -> Scalar:
    """Where the element at a padded place comes from."""
    last = number(size - 1, "i64")
    if mode == "circular":
        first = max(0, -before)
        left = size - first - max(0, -after)
        shifted = place - max(0, before)
        return (
            where(shifted < 0, shifted + left, where(shifted >= left, shifted - left, shifted))
            + first
        )
    place = place - before
    if mode == "replicate":
        return where(place < 0, number(0, "i64"), where(place > last, last, place))
    place = where(place < 0, -place, place)
    return where(place > last, 2 * (size - 1) - place, place)


def _padding(mode: str):
    def decompose(inputs, attrs, metas):
        (x,), (pad,) = inputs, attrs
        for i in range(len(pad) // 2):
            before, after, d = pad[2 * i], pad[2 * i + 1], len(x.shape) - 1 - i
            size = x.shape[d]
            if mode == "circular" and max(before, after) > size - max(0, -before) - max(0, -after):
                return None
            if before or after:
                line = places((size + before + after,), 0)
                index = map_of(lambda p: _source(p, size, before, after, mode), line)  # noqa: B023
                x = at(x, index, d)
        return x

    return decompose


for _mode, _name in (("reflect", "reflection"), ("replicate", "replication"), ("circular",) * 2):
    rule(*(f"{_name}_pad{n}d" for n in (1, 2, 3)))(_padding(_mode))


@rule("pad_backward")
def _backward(inputs, attrs, metas):
    (g,), (shape, pad, mode), kind = inputs, attrs, metas[0][1]
    if any(n < 0 for n in pad) or g.kind == "bool":
        return None
    g = widened(g)
    for i in range(len(pad) // 2):
        d = len(shape) - 1 - i
        if pad[2 * i] or pad[2 * i + 1]:
            g = _FOLDS[mode](g, d, shape[d], pad[2 * i], pad[2 * i + 1])
    return to_kind(g, kind)


def _part(g: Node, d: int, start: int, count: int) -> Node:
    starts = [start if i == d else 0 for i in range(len(g.shape))]
    shape = [count if i == d else n for i, n in enumerate(g.shape)]
    return slice_of(g, starts, shape, [1] * len(shape))


def _added(own: Node, g: Node, d: int, low: int, high: int, sign: int, shift: int) -> Node:
    """To the places from `low` to `high` is added what stands at `sign * place + shift` of g."""
    if low > high:
        return own
    first, last = number(low, "i64"), number(high, "i64")

    def source(p):
        return where(p < low, first, where(p > high, last, p)) * sign + shift

    def add(v, more, p):
        return where((p >= low) & (p <= high), v + more, v)

    more = at(g, map_of(source, places((own.shape[d],), 0)), d)
    return map_of(add, own, more, places(own.shape, d))


def _reflected(g: Node, d: int, size: int, before: int, after: int) -> Node:
    """To each place come its own element and those that were mirrored at either edge."""
    last = size - 1
    own = _added(_part(g, d, before, size), g, d, 1, before, -1, before)
    return _added(own, g, d, last - after, last - 1, -1, before + 2 * last)


def _clamped(g: Node, d: int, size: int, before: int, after: int) -> Node:
    """The first and the last place get the sums of what was padded with them."""
    own = _part(g, d, before, size)
    for place, start, count in ((0, 0, before), (size - 1, before + size, after)):
        if count:
            edge = reduce("add", _part(g, d, start, count), (d,))

            def add(v, more, p, place=place):
                return where(p == place, v + more, v)

            own = map_of(add, own, expand(edge, own.shape), places(own.shape, d))
    return own


def _around(g: Node, d: int, size: int, before: int, after: int) -> Node:
    own = _added(_part(g, d, before, size), g, d, size - before, size - 1, 1, before - size)
    return _added(own, g, d, 0, after - 1, 1, before + size)


_FOLDS = {"reflect": _reflected, "replicate": _clamped, "circular": _around}
