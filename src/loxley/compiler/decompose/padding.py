"""Padding by reflection, by the nearest edge, around in a circle; and the adjoints."""

from __future__ import annotations

from ..nodes import Node, copied, expand, map_of, places, reduce, slice_of, to_kind, widened
from ..scalars import number, where
from .picking import at
from .regions import Memory
from .rules import rule


def _part(g: Node, d: int, start: int, count: int, step: int = 1) -> Node:
    starts = [start if i == d and count else 0 for i in range(len(g.shape))]
    shape = [count if i == d else n for i, n in enumerate(g.shape)]
    return slice_of(g, starts, shape, [step if i == d else 1 for i in range(len(shape))])


def _frame(x: Node, d: int, before: int, after: int, mode: str) -> tuple[Node, Node, Node]:
    """What stands before, in and after the middle of a padded dimension."""
    size, cut = x.shape[d], (max(0, -before), max(0, -after))
    before, after = max(0, before), max(0, after)
    middle = _part(x, d, cut[0], size - sum(cut))
    if mode == "circular":  # around what is left after cutting
        left = middle.shape[d]
        return _part(middle, d, left - before, before), middle, _part(middle, d, 0, after)
    if mode == "replicate":
        edges = [_part(x, d, place, 1) for place in (0, size - 1)]
        shapes = [(*x.shape[:d], n, *x.shape[d + 1 :]) for n in (before, after)]
        return expand(edges[0], shapes[0]), middle, expand(edges[1], shapes[1])
    return _part(x, d, before, before, -1), middle, _part(x, d, size - 2, after, -1)


def _padding(mode: str):
    def decompose(inputs, attrs, metas):
        (x,), (pad,) = inputs, attrs
        for i in range(len(pad) // 2):
            before, after, d = pad[2 * i], pad[2 * i + 1], len(x.shape) - 1 - i
            size = x.shape[d] + min(before, 0) + min(after, 0)
            if size <= 0 or (mode == "circular" and max(before, after) > size):
                return None
            if before or after:
                x = _joined(_frame(x, d, before, after, mode), d)
        return copied(x) if x is inputs[0] else x

    return decompose


def _joined(parts: tuple[Node, ...], d: int) -> Node:
    shape = parts[0].shape
    made = Memory((*shape[:d], sum(p.shape[d] for p in parts), *shape[d + 1 :]), parts[0].kind)
    start = 0
    for part in parts:
        if part.shape[d]:
            made.put(part, [start if i == d else 0 for i in range(len(shape))])
        start += part.shape[d]
    return made.joined()


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
