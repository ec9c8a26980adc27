"""Scans as calls of their templates: cumulative sums, products, extrema, and their gradients."""

from __future__ import annotations

from math import prod

from ...ir.loops import Kind
from ..kinds import LOW, wide
from ..nodes import Layout, Node, map_of, pick, places, to_kind, widened
from ..scalars import call as apply
from ..scalars import number, where
from ..templates import scans
from .products import call, contiguous_memory, in_memory
from .rules import rule


def _scan(what: str, inputs: tuple[Node, ...], dim: int, backwards: bool = False):
    """The results of a scan along `dim`, in the inputs' kind and shape."""
    shape, kind = inputs[0].shape, inputs[0].kind
    metas = [(shape, kind), (shape, "i64")] if what in ("max", "min") else [(shape, kind)]
    read = tuple(contiguous_memory(x) for x in inputs)
    return call(f"scan {what}", _call(what, kind, shape, dim, backwards), read, metas)


def _call(what: str, kind: Kind, shape: tuple[int, ...], dim: int, backwards: bool = False):
    """The plan of an `Invocation`: buffers are the inputs, then the results."""
    inner = prod(shape[dim + 1 :])
    spec = scans.Spec(what, kind, backwards, inner == 1)
    values: dict = {"outer": prod(shape[:dim]), "size": shape[dim], "inner": inner}
    buffers = scans.nest(spec).buffers
    read = [b.name for b in buffers if not b.writable]
    values |= {n: f"in{i}" for i, n in enumerate(read)}
    values |= {b.name: f"out{i}" for i, b in enumerate(b for b in buffers if b.writable)}

    def plan(*_layouts: Layout):
        return scans.template(spec), values

    return plan


def totals(what: str, x: Node, dim: int, backwards: bool = False) -> Node:
    """Cumulative sums ("sum") or products ("prod") in the kind that `x` is computed in."""
    return _scan(what, (widened(x),), dim, backwards)[0]


def _cumulative(what: str):
    def decompose(inputs, attrs, metas):
        (x,), dim, kind = inputs, attrs[0], metas[0][1]
        if kind == "bool":
            return None
        x = to_kind(x, wide(kind))
        return to_kind(x if not x.shape else totals(what, x, dim), kind)

    return decompose


rule("cumsum")(_cumulative("sum"))
rule("cumprod")(_cumulative("prod"))


@rule("reverse_cumsum")
def _reverse_cumsum(inputs, attrs, metas):
    (x,), kind = inputs, metas[0][1]
    if kind == "bool":
        return None
    return to_kind(totals("sum", x, attrs[0], True), kind) if x.shape else x


@rule("cumprod_backward")
def _cumprod_backward(inputs, attrs, metas):
    """(sum over j >= i of g_j out_j) / x_i; after a line's first zero 0, and there the same sum
    over products without it."""
    (g, x, out), (dim,), kind = (widened(n) for n in inputs), attrs, metas[0][1]
    if not x.shape or kind not in ("f32", "f64", *LOW):
        return None
    zeros = totals("sum", map_of(lambda v: where(v == 0, *_ones("i64")), x), dim)
    others = map_of(lambda v, n: where((v == 0) & (n == 1), number(1, v.kind), v), x, zeros)
    without = totals("sum", g * totals("prod", others, dim), dim, True)
    weighted = totals("sum", g * out, dim, True)

    def choose(v, n, sums, at_zero):
        first = (v == 0) & (n == 1)
        return where(first, at_zero, where(n > 0, number(0, v.kind), sums / v))

    return map_of(choose, x, zeros, weighted, without, kind=kind)


def _ones(kind: str):
    return number(1, kind), number(0, kind)


def _extremes(what: str):
    def decompose(inputs, attrs, metas):
        (x,), (dim,) = inputs, attrs
        if not x.shape or x.kind == "bool":
            return None
        return _scan(what, (x,), dim)

    return decompose


rule("cummax")(_extremes("max"))
rule("cummin")(_extremes("min"))


@rule("cummaxmin_backward")
def _extremes_backward(inputs, attrs, metas):
    (g, index), (dim,) = inputs, attrs
    if not g.shape:
        return g
    shape, kind = metas[0]
    plan = _call("runs", wide(kind), shape, dim)
    read = contiguous_memory(widened(g)), contiguous_memory(index)
    return to_kind(call("scan runs", plan, read, [(shape, wide(kind))])[0], kind)


@rule("scan_gather")
def _scan_gather(inputs, attrs, metas):
    (g, index), (dim,) = inputs, attrs
    if not g.shape:
        return g
    mapping = tuple(None if d == dim else d for d in range(len(g.shape)))
    return pick(in_memory(g), index, dim, mapping)


@rule("logcumsumexp")
def _logcumsumexp(inputs, attrs, metas):
    (x,), (dim,), kind = inputs, attrs, metas[0][1]
    return to_kind(_scan("logaddexp", (widened(x),), dim)[0], kind) if x.shape else x


@rule("logcumsumexp_backward")
def _logcumsumexp_backward(inputs, attrs, metas):
    """exp(x_i) times the sum over j >= i of w_j exp(-total_j), kept in range by the totals."""
    (w, x, total), (dim,), kind = (widened(n) for n in inputs), attrs, metas[0][1]
    if not x.shape:
        return None
    total = in_memory(total)
    last = number(x.shape[dim] - 1, "i64")
    after = map_of(lambda p: where(p < last, p + 1, last), places(x.shape, dim))
    mapping = tuple(None if d == dim else d for d in range(len(x.shape)))
    following = pick(total, after, dim, mapping)

    def shrink(here, there, p):
        return where(p < last, apply("exp", here - there), number(1, here.kind))

    factors = map_of(shrink, total, following, places(x.shape, dim))
    sums = _scan("linear", (factors, w), dim, True)[0]
    return map_of(lambda s, v, t: s * apply("exp", v - t), sums, x, total, kind=kind)
