"""Reductions: sums, means, extrema, moments, over any dimensions."""

from __future__ import annotations

from math import prod

from ..kinds import FLOATING, wide
from ..nodes import (
    Node,
    constant,
    copied,
    expand,
    map_of,
    permute,
    places,
    reduce,
    to_kind,
    unary,
    view,
    widened,
)
from ..scalars import number, truth, where
from .regions import Memory, block
from .rules import rule
from .scans import totals


def total(x: Node, dims: tuple[int, ...], shape: tuple[int, ...], kind: str) -> Node:
    """The sum over `dims` at `kind`, 16-bit floats added up in float32."""
    made = reduce("add", to_kind(x, wide(kind)), dims)
    return view(to_kind(made, kind), shape)


def _every(x: Node) -> tuple[int, ...]:
    return tuple(range(len(x.shape)))


def _summable(kind: str) -> bool:
    return kind != "bool"


@rule("sum")
def _sum(inputs, attrs, metas):
    (x,), (dims, _keepdim, _kind) = inputs, attrs
    shape, kind = metas[0]
    return total(x, dims, shape, kind) if _summable(kind) else None


@rule("prod")
def _prod(inputs, attrs, metas):
    (x,), (dims, _keepdim, _kind) = inputs, attrs
    shape, kind = metas[0]
    if not _summable(kind):
        return None
    made = reduce("mul", to_kind(x, wide(kind)), dims)
    return view(to_kind(made, kind), shape)


@rule("prod_all")
def _prod_all(inputs, attrs, metas):
    shape, kind = metas[0]
    if not _summable(kind):
        return None
    made = reduce("mul", to_kind(inputs[0], wide(kind)), _every(inputs[0]))
    return view(to_kind(made, kind), shape)


@rule("others_product")
def _others_product(inputs, attrs, metas):
    """Products of what stands before and after each element, as scans of shifted lines."""
    (x,), (dims,), kind = inputs, attrs, metas[0][1]
    if kind == "bool":
        return None
    rest = tuple(d for d in range(len(x.shape)) if d not in dims)
    order = (*rest, *dims)
    moved = permute(widened(x), order)
    count = prod(x.shape[d] for d in dims)
    flat = view(moved, (x.size // count, count))
    made = _shifted_product(flat, 1) * _shifted_product(flat, -1)
    back = [order.index(d) for d in range(len(order))]
    return to_kind(permute(view(made, moved.shape), back), kind)


def _shifted_product(flat: Node, step: int) -> Node:
    """The product of all elements of a row before (1) or after (-1) each place."""
    rows, count = flat.shape
    made = Memory(flat.shape, flat.kind)
    made.put(constant(1, flat.kind, (rows, 1)), (0, 0 if step > 0 else count - 1))
    if count > 1:
        kept = block(flat, (0, 0 if step > 0 else 1), (rows, count - 1))
        made.put(kept, (0, 1 if step > 0 else 0))
    return totals("prod", made.joined(), 1, step < 0)


@rule("sum_all")
def _sum_all(inputs, attrs, metas):
    shape, kind = metas[0]
    return total(inputs[0], _every(inputs[0]), shape, kind) if _summable(kind) else None


def _mean_of(x: Node, dims: tuple[int, ...], shape: tuple[int, ...], kind: str) -> Node | None:
    if kind not in FLOATING:
        return None
    count = prod(x.shape[d] for d in dims)
    made = reduce("add", to_kind(x, wide(kind)), dims)
    return view(to_kind(made / count if count else made / 0.0, kind), shape)


@rule("mean")
def _mean(inputs, attrs, metas):
    return _mean_of(inputs[0], attrs[0], *metas[0])


@rule("mean_all")
def _mean_all(inputs, attrs, metas):
    return _mean_of(inputs[0], _every(inputs[0]), *metas[0])


@rule("sum_to_size")
def _sum_to(inputs, attrs, metas):
    (x,), (shape, kind) = inputs, metas[0]
    lead = len(x.shape) - len(shape)
    dims = tuple(d for d, n in enumerate(x.shape) if d < lead or (shape[d - lead] == 1 and n != 1))
    return total(x, dims, shape, kind) if _summable(kind) else None


def _extremum(op: str, inputs, dims, metas):
    (x,), (shape, kind) = inputs, metas[0]
    if kind == "bool" or x.size == 0:
        return None
    return view(to_kind(reduce(op, widened(x), dims), kind), shape)


@rule("amax")
def _amax(inputs, attrs, metas):
    return _extremum("maximum", inputs, attrs[0], metas)


@rule("amin")
def _amin(inputs, attrs, metas):
    return _extremum("minimum", inputs, attrs[0], metas)


@rule("max")
def _max(inputs, attrs, metas):
    return _extremum("maximum", inputs, _every(inputs[0]), metas)


@rule("min")
def _min(inputs, attrs, metas):
    return _extremum("minimum", inputs, _every(inputs[0]), metas)


@rule("all")
def _all(inputs, attrs, metas):
    return _truths("and", inputs, attrs, metas)


@rule("any")
def _any(inputs, attrs, metas):
    return _truths("or", inputs, attrs, metas)


def _truths(op: str, inputs, attrs, metas):
    (x,), (shape, kind) = inputs, metas[0]
    if kind != "bool" or x.size == 0:
        return None
    return view(reduce(op, map_of(truth, x), attrs[0]), shape)


@rule("count_nonzero")
def _count(inputs, attrs, metas):
    return total(map_of(truth, inputs[0]), attrs[0], *metas[0])


@rule("logsumexp")
def _logsumexp(inputs, attrs, metas):
    (x,), (dims, _keepdim) = inputs, attrs
    shape, kind = metas[0]
    if kind not in FLOATING or x.size == 0:
        return None
    x = widened(x)
    top = finite_or_zero(reduce("maximum", x, dims))
    powers = unary("exp", x - expand(top, x.shape))
    return view(to_kind(unary("log", reduce("add", powers, dims)) + top, kind), shape)


def finite_or_zero(x: Node) -> Node:
    """`x` where it is finite, else zero."""

    # the difference is NaN where the number is not finite
    return map_of(lambda s: where(s - s == 0, s, number(0, s.kind)), x)


# ---------------------------------------------------------------- where extrema are


def _first_best(op: str, x: Node, dim: int) -> tuple[Node, Node]:
    """The extremum along a dimension and where it stands first; NaN beats everything."""
    best = reduce(op, x, (dim,))
    last = x.shape[dim]

    def candidate(value, top, place):
        return where((value == top) | (value != value), place, number(last, "i64"))

    found = map_of(candidate, x, expand(best, x.shape), places(x.shape, dim))
    return best, reduce("minimum", found, (dim,))


def _argument(op: str):
    def decompose(inputs, attrs, metas):
        (x,), (dim, _keepdim), (shape, _) = inputs, attrs, metas[0]
        if x.kind == "bool":
            return None
        if dim is None or not x.shape:
            x, dim = view(x, (x.size,)), 0
        if x.shape[dim] == 1:
            return expand(constant(0, "i64"), shape)
        return view(_first_best(op, widened(x), dim)[1], shape)

    return decompose


def _extremum_along(op: str):
    def decompose(inputs, attrs, metas):
        (x,), (dim, _keepdim) = inputs, attrs
        if x.kind == "bool":
            return None
        (shape, kind), (_, places_kind) = metas
        if not x.shape or x.shape[dim] == 1:
            return copied(view(x, shape)), constant(0, places_kind, shape)
        best, found = _first_best(op, widened(x), dim)
        return to_kind(view(best, shape), kind), view(found, shape)

    return decompose


rule("argmax")(_argument("maximum"))
rule("argmin")(_argument("minimum"))
rule("max_dim")(_extremum_along("maximum"))
rule("min_dim")(_extremum_along("minimum"))
