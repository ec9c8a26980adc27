"""What is put together from parts: padding, rolling, repeating, parts replaced, triangles."""

from __future__ import annotations

from collections.abc import Sequence

from ...ir.loops import Kind
from ...shapes import contiguous_strides
from ..kinds import wide
from ..nodes import Node, constant, expand, map_of, permute, places, slice_of, to_kind, view
from ..scalars import number, where
from .rules import rule


class Memory:
    """Memory that is filled region by region; every element by one region or more."""

    def __init__(self, shape: tuple[int, ...], kind: str) -> None:
        self.shape, self.kind = shape, kind
        self.strides = tuple(contiguous_strides(shape))
        self.parts: list[Node] = []

    def put(self, x: Node, starts: Sequence[int]) -> None:
        """Stores `x` along the last dimensions, from `starts` (one per dimension) on."""
        offset = sum(a * s for a, s in zip(starts, self.strides))
        strides = self.strides[len(self.strides) - len(x.shape) :]
        self.parts.append(Node("stored", x.shape, self.kind, (x,), (strides, offset)))

    def joined(self) -> Node:
        return Node("joined", self.shape, self.kind, tuple(self.parts))


def block(x: Node, starts: Sequence[int], shape: Sequence[int]) -> Node:
    return slice_of(x, starts, shape, (1,) * len(x.shape))


def replaced(base: Node, source: Node, starts: Sequence[int], steps: Sequence[int]) -> Node:
    """`base` with the region of `source`'s shape from `starts` on in its place."""
    own = contiguous_strides(base.shape)
    strides = tuple(s * k for s, k in zip(own, steps))
    offset = sum(a * s for a, s in zip(starts, own))
    return Node("write", base.shape, base.kind, (base, source), (strides, offset))


def written(base: Node, source: Node, starts: Sequence[int]) -> Node:
    """As `replaced`, of what other nodes go on with."""
    strides = tuple(contiguous_strides(base.shape))
    offset = sum(a * s for a, s in zip(starts, strides))
    under = Node("stored", base.shape, base.kind, (base,), (strides, 0))
    over = Node("stored", source.shape, source.kind, (source, under), (strides, offset))
    return Node("joined", base.shape, base.kind, (under, over))


def padded(x: Node, before: Sequence[int], shape: tuple[int, ...], value: float) -> Node:
    """`x` inside a frame of a number; negative `before` cuts off."""
    starts = [max(0, -b) for b in before]
    at = [max(0, b) for b in before]
    sizes = [min(n - s, m - a) for n, s, m, a in zip(x.shape, starts, shape, at)]
    part = block(x, starts, sizes)
    if part.shape == shape:
        return part
    return replaced(_frame(value, shape, x.kind), part, at, [1] * len(shape))


def _frame(value: float, shape: tuple[int, ...], kind: Kind) -> Node:
    return to_kind(constant(value, wide(kind), shape), kind)


@rule("constant_pad_nd")
def _constant_pad(inputs, attrs, metas):
    (x,), (pad, value), shape = inputs, attrs, metas[0][0]
    before = [0] * len(shape)
    for i in range(len(pad) // 2):
        before[-1 - i] = pad[2 * i]
    if isinstance(value, complex) or any(n <= max(0, -b) for n, b in zip(x.shape, before)):
        return None
    return padded(x, before, shape, value)


@rule("leading_backward")
def _leading_backward(inputs, attrs, metas):
    (x,), shape = inputs, metas[0][0]
    return padded(x, [0] * len(shape), shape, 0)


@rule("leading")
def _leading(inputs, attrs, metas):
    return block(inputs[0], [0] * len(metas[0][0]), metas[0][0])


@rule("select_scatter")
def _select_scatter(inputs, attrs, metas):
    (x, source), (dim, index) = inputs, attrs
    starts = [index if d == dim else 0 for d in range(len(x.shape))]
    shape = x.shape[:dim] + (1,) + x.shape[dim + 1 :]
    return replaced(x, view(source, shape), starts, [1] * len(starts))


@rule("slice_scatter")
def _slice_scatter(inputs, attrs, metas):
    (x, source), (dim, start, _stop, step) = inputs, attrs
    if source.shape[dim] == 0 or source.kind != x.kind:
        return None
    starts = [start if d == dim else 0 for d in range(len(x.shape))]
    return replaced(x, source, starts, [step if d == dim else 1 for d in range(len(starts))])


@rule("select_backward")
def _select_backward(inputs, attrs, metas):
    (g,), (shape, dim, index) = inputs, attrs
    starts = [index if d == dim else 0 for d in range(len(shape))]
    source = view(g, shape[:dim] + (1,) + shape[dim + 1 :])
    return replaced(_frame(0, shape, g.kind), source, starts, [1] * len(shape))


@rule("slice_backward")
def _slice_backward(inputs, attrs, metas):
    (g,), (shape, dim, start, _stop, step) = inputs, attrs
    starts = [start if d == dim else 0 for d in range(len(shape))]
    steps = [step if d == dim else 1 for d in range(len(shape))]
    return replaced(_frame(0, shape, g.kind), g, starts, steps)


@rule("repeat")
def _repeat(inputs, attrs, metas):
    (x,), (repeats,) = inputs, attrs
    sizes = (1,) * (len(repeats) - len(x.shape)) + x.shape
    apart = tuple(m for n in sizes for m in (1, n))
    whole = tuple(m for r, n in zip(repeats, sizes) for m in (r, n))
    return view(expand(view(x, apart), whole), metas[0][0])


def _rolled(x: Node, shift: int, dim: int) -> Node:
    size = x.shape[dim]
    shift %= size
    if not shift:
        return x
    made = Memory(x.shape, x.kind)
    for start, count, to in ((0, size - shift, shift), (size - shift, shift, 0)):
        starts = [start if d == dim else 0 for d in range(len(x.shape))]
        shape = x.shape[:dim] + (count,) + x.shape[dim + 1 :]
        made.put(block(x, starts, shape), [to if d == dim else 0 for d in range(len(x.shape))])
    return made.joined()


@rule("roll")
def _roll(inputs, attrs, metas):
    (x,), (shifts, dims), shape = inputs, attrs, metas[0][0]
    if not shape:
        return x
    if not dims:
        return view(_rolled(view(x, (x.size,)), shifts[0], 0), shape)
    for shift, dim in zip(shifts, dims):
        x = _rolled(x, shift, dim)
    return x


def _triangle(keeps):
    def decompose(inputs, attrs, metas):
        (x,), (diagonal,) = inputs, attrs
        rank = len(x.shape)
        rows, columns = places(x.shape, rank - 2), places(x.shape, rank - 1)

        def keep(v, i, j):
            return where(keeps(j - diagonal, i), v, number(0, v.kind))

        return map_of(keep, x, rows, columns, kind=x.kind)

    return decompose


rule("tril")(_triangle(lambda j, i: j <= i))
rule("triu")(_triangle(lambda j, i: j >= i))


@rule("pixel_shuffle")
def _pixel_shuffle(inputs, attrs, metas):
    (x,), (r,) = inputs, attrs
    *batch, c, h, w = x.shape
    n = len(batch)
    parts = view(x, (*batch, c // (r * r), r, r, h, w))
    order = (*range(n + 1), n + 3, n + 1, n + 4)  # all but what becomes the innermost
    made = Memory((*batch, c // (r * r), h, r, w, r), x.kind)
    for column in range(r):  # so that vectors lie along the rows, not across a few columns
        starts = [column if d == n + 2 else 0 for d in range(n + 5)]
        shape = [1 if d == n + 2 else m for d, m in enumerate(parts.shape)]
        part = permute(block(parts, starts, shape), (*order, n + 2))
        made.put(part, [0] * (n + 4) + [column])
    return view(made.joined(), metas[0][0])


@rule("pixel_unshuffle")
def _pixel_unshuffle(inputs, attrs, metas):
    (x,), (r,) = inputs, attrs
    *batch, c, h, w = x.shape
    n = len(batch)
    parts = view(x, (*batch, c, h // r, r, w // r, r))
    return view(permute(parts, (*range(n + 1), n + 2, n + 4, n + 1, n + 3)), metas[0][0])
