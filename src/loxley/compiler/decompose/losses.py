"""Losses, gated units, group normalization and what else is a few maps and sums."""

from __future__ import annotations

from math import prod

from ...ir.graph import TABLE
from ..kinds import FLOATING
from ..nodes import (
    Node,
    constant,
    map_of,
    places,
    reduce,
    to_kind,
    unary,
    view,
    widened,
)
from ..scalars import Scalar, call, number, where
from . import elementwise
from .regions import Memory, block
from .rules import rule
from .scattering import elements_added

_NONE, _MEAN = 0, 1


def _summed(losses: Node, reduction: int, shape: tuple[int, ...], kind: str) -> Node:
    """Single losses reduced as `ops.nn_loss.reduced` has it."""
    if reduction != _NONE:
        count = losses.size
        losses = reduce("add", view(losses, (count,)), (0,))
        losses = losses / float(count) if reduction == _MEAN else losses
    return to_kind(view(losses, shape), kind)


def _pointwise(name: str, at: int = 0):
    """The loss named, whose reduction is its attribute number `at`."""

    def decompose(inputs, attrs, metas):
        present = tuple(None if x is None else widened(x) for x in inputs)
        if inputs[0].kind not in FLOATING:
            return None
        single = (*attrs[:at], _NONE, *attrs[at + 1 :])
        losses = elementwise.decompose(TABLE[name], present, single, present[0].kind)
        if isinstance(losses, str):
            return losses
        return _summed(losses, attrs[at], *metas[0])

    return decompose


for _name in ("mse_loss", "smooth_l1_loss", "huber_loss", "soft_margin_loss"):
    rule(_name)(_pointwise(_name))
for _name in ("binary_cross_entropy", "binary_cross_entropy_with_logits"):
    rule(_name)(_pointwise(_name))


# ---------------------------------------------------------------- gated linear units


def _halves(x: Node, dim: int) -> tuple[Node, Node]:
    half = x.shape[dim] // 2
    shape = x.shape[:dim] + (half,) + x.shape[dim + 1 :]
    starts = [half if d == dim else 0 for d in range(len(shape))]
    return block(x, [0] * len(shape), shape), block(x, starts, shape)


@rule("glu")
def _glu(inputs, attrs, metas):
    a, b = (widened(x) for x in _halves(inputs[0], attrs[0]))
    return to_kind(map_of(lambda a, b: a * call("sigmoid", b), a, b), metas[0][1])


@rule("glu_backward")
def _glu_backward(inputs, attrs, metas):
    (dy, x), (dim,), (shape, kind) = inputs, attrs, metas[0]
    a, b = (widened(x) for x in _halves(x, dim))
    dy, gate = widened(dy), unary("sigmoid", b)
    made = Memory(shape, kind)
    starts = [0] * len(shape)
    made.put(to_kind(dy * gate, kind), starts)
    starts[dim] = shape[dim] // 2

    def slope(dy: Scalar, a: Scalar, s: Scalar) -> Scalar:
        return dy * a * s * (1 - s)

    made.put(to_kind(map_of(slope, dy, a, gate), kind), starts)
    return made.joined()


# ---------------------------------------------------------------- group normalization


def _grouped(x: Node, groups: int) -> Node:
    """(N, C, ...) as (N, groups, C / groups, rest)."""
    n, c = x.shape[:2]
    return view(x, (n, groups, c // groups, prod(x.shape[2:])))


def _per_channel(x: Node, groups: int) -> Node:
    return view(widened(x), (1, groups, x.size // groups, 1))


def _mean(x: Node) -> Node:
    return reduce("add", x, (2, 3)) * (1.0 / (x.shape[2] * x.shape[3]))


@rule("native_group_norm")
def _group_norm(inputs, attrs, metas):
    (x, weight, bias), (groups, eps) = inputs, attrs
    x = widened(_grouped(x, groups))
    mean = _mean(x)
    centred = x - mean
    rstd = 1.0 / unary("sqrt", _mean(centred * centred) + eps)
    y = centred * rstd
    y = y if weight is None else y * _per_channel(weight, groups)
    y = y if bias is None else y + _per_channel(bias, groups)
    return tuple(to_kind(view(m, shape), kind) for m, (shape, kind) in zip((y, mean, rstd), metas))


@rule("native_group_norm_backward")
def _group_norm_backward(inputs, attrs, metas):
    (dy, x, mean, rstd, weight), (groups, needs) = inputs, attrs
    dy, x = (widened(_grouped(t, groups)) for t in (dy, x))
    mean, rstd = (view(widened(t), (*t.shape, 1, 1)) for t in (mean, rstd))
    unit = (x - mean) * rstd
    h = dy if weight is None else dy * _per_channel(weight, groups)
    dx = (h - _mean(h) - unit * _mean(h * unit)) * rstd
    made = (dx, reduce("add", dy * unit, (0, 3)), reduce("add", dy, (0, 3)))
    return tuple(
        to_kind(view(m, shape), kind) if need else constant(0, kind, shape)
        for m, need, (shape, kind) in zip(made, needs, metas)
    )


# ---------------------------------------------------------------- norms and extrema


@rule("value_selecting_reduction")
def _put_along(inputs, attrs, metas):
    (g, index), (shape, dim, _keepdim) = inputs, attrs
    if not shape:
        return g
    one = tuple(1 if d == dim else n for d, n in enumerate(shape))
    if prod(index.shape) != prod(one):
        return elements_added(g, index, shape, dim)  # several places in each row
    g, index = (view(x, one) for x in (g, index))

    def keep(v, here, at):
        return where(here == at, v, number(0, v.kind))

    return map_of(keep, g, places(shape, dim), to_kind(index, "i64"), kind=g.kind)
