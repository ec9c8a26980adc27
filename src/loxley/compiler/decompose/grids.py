"""`grid_sample` and its gradient: places and weights are maps, planes are read and added to by the
template of taps."""

from __future__ import annotations

from functools import reduce
from itertools import product
from math import prod
from operator import add

from ...numerics import grids
from ..kinds import LOW, wide
from ..nodes import Layout, Node, map_of, slice_of, to_kind, view, widened
from ..scalars import number, where
from ..templates import taps
from .products import call, contiguous_memory
from .regions import Memory
from .rules import rule

_KINDS = frozenset(("f32", "f64", *LOW))


class _Field:
    """The taps of a grid over images of `sizes`, as nodes (N, P)."""

    def __init__(self, grid: Node, sizes: tuple[int, ...], attrs: tuple) -> None:
        n, *_, dims = grid.shape
        self.n, self.places, self.sizes = n, prod(grid.shape[1:-1]), sizes
        flat = view(grid, (n, self.places, dims))
        parts = (
            slice_of(flat, (0, 0, dims - 1 - d), (n, self.places, 1), (1, 1, 1))
            for d in range(dims)
        )
        self.lines = [view(part, (n, self.places)) for part in parts]
        self.attrs = attrs
        each = (range(4 if attrs[0] == "bicubic" else 1 if attrs[0] == "nearest" else 2),)
        self.taps = list(product(*each * dims))

    def map(self, which: tuple[int, ...], function, *more: Node) -> Node:
        """What `function` makes of the tap in each dimension and of what else there is."""

        def made(*values):
            chosen = [
                grids.taps(g, size, *self.attrs)[k] for g, size, k in zip(values, self.sizes, which)
            ]
            return function(chosen, *values[len(self.sizes) :])

        return map_of(made, *self.lines, *more)

    def element(self, which: tuple[int, ...]) -> Node:
        def flat(chosen):
            made = number(0, "i64")
            for tap, size in zip(chosen, self.sizes):
                made = made * size + grids.element(tap.place, size)[0]
            return made

        return self.map(which, flat)

    def _inside(self, chosen, value):
        for tap, size in zip(chosen, self.sizes):
            value = where(grids.element(tap.place, size)[1], value, number(0, value.kind))
        return value

    def weight(self, which: tuple[int, ...]) -> Node:
        return self.map(
            which, lambda chosen: self._inside(chosen, grids.product([t.weight for t in chosen]))
        )

    def along(self, which: tuple[int, ...], dim: int, dot: Node) -> Node:
        """The weight's derivative by a coordinate, times `dot`.

        Which counts inside alone: outside it is that of another element, perhaps an infinite one.
        """

        def made(chosen, dot):
            each = [t.slope if d == dim else t.weight for d, t in enumerate(chosen)]
            return self._inside(chosen, dot * grids.product(each))

        return self.map(which, made, dot)


def _call(what: str, read: list[Node], ats: list[Node], weights: list[Node], sizes, outputs):
    spec = taps.Spec(what, read[0].kind, len(ats))
    names = [b.name for b in taps.nest(spec).buffers if not b.writable]
    written = [b.name for b in taps.nest(spec).buffers if b.writable]
    values = dict(zip(("images", "channels", "size", "places"), sizes))
    values |= {n: f"in{i}" for i, n in enumerate(names)}
    values |= {n: f"out{i}" for i, n in enumerate(written)}

    def plan(*_layouts: Layout):
        return taps.template(spec), values

    inputs = tuple(contiguous_memory(x) for x in (*read, *ats, *weights))
    return call(f"taps {what}", plan, inputs, outputs)


@rule("grid_sample")
def _sampled(inputs, attrs, metas):
    if any(i.kind not in _KINDS for i in inputs):
        return None
    (x, grid), (shape, kind) = (widened(i) for i in inputs), metas[0]
    n, c, *sizes = x.shape
    field = _Field(grid, tuple(sizes), attrs)
    ats = [field.element(t) for t in field.taps]
    weights = [field.weight(t) for t in field.taps]
    outputs = [((n, c, field.places), x.kind)]
    numbers = n, c, prod(sizes), field.places
    made = _call("sum", [x], ats, weights, numbers, outputs)[0]
    return to_kind(view(made, shape), kind)


@rule("grid_sample_backward")
def _sampled_backward(inputs, attrs, metas):
    if any(i.kind not in _KINDS for i in inputs):
        return None
    (dy, x, grid), ((shape, kind), (grid_shape, grid_kind)) = (widened(i) for i in inputs), metas
    n, c, *sizes = x.shape
    field = _Field(grid, tuple(sizes), attrs)
    ats = [field.element(t) for t in field.taps]
    weights = [field.weight(t) for t in field.taps]
    numbers = n, c, prod(sizes), field.places
    dx = _call("add", [dy], ats, weights, numbers, [((n, c, numbers[2]), dy.kind)])[0]
    rows = [((n, field.places), x.kind)] * len(ats)
    dots = _call("dot", [x, dy], ats, [], numbers, rows)
    made = Memory((n, field.places, len(sizes)), wide(grid_kind))
    for d in range(len(sizes)):
        along = reduce(add, [field.along(t, d, dot) for dot, t in zip(dots, field.taps)])
        made.put(view(along, (n, field.places, 1)), (0, 0, len(sizes) - 1 - d))
    return to_kind(view(dx, shape), kind), to_kind(view(made.joined(), grid_shape), grid_kind)
