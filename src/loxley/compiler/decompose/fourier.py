"""Fourier transforms as calls of their template, dimension by dimension.

In: the operators of `ops/fft.py` with their attributes.  Out: nodes, or the reason why there is no
kernel: a length with a prime factor above 13, a real line of odd length.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from math import prod

from ..kinds import COMPLEX
from ..llvm.target import host
from ..nodes import Layout, Node
from ..templates import fft
from ..templates.fft_plan import Spec, chosen, reason
from .products import call, contiguous_memory

RULES: dict[str, Callable] = {}


def _rule(function: Callable) -> Callable:
    RULES[function.__name__] = function
    return function


@_rule
def _fft_c2c(inputs, attrs, metas):
    (x,), (dims, scale, forward), (shape, kind) = inputs, attrs, metas[0]
    dims = [d for d in dims if shape[d] != 1]
    if not dims:
        return "lines of one element"
    found = _refused(kind, [("c2c", shape[d]) for d in dims])
    if found:
        return found
    *others, last = dims
    real = _real_of(x)
    if real is not None and forward and _refused(kind, [("r2c", shape[last])]) is None:
        x = _line(real, "r2c", last, shape[last], True, 1 if others else scale, whole=True)
        dims = others
    return _along(x, dims, forward, scale)


def _real_of(x: Node) -> Node | None:
    """The real numbers that complex ones were made of."""
    made = x.inputs[0] if x.what == "item" else None
    if made is None or made.what != "template" or made.data.name != "complex widened":
        return None
    return made.inputs[0]


@_rule
def _fft_r2c(inputs, attrs, metas):
    (x,), (dims, scale, onesided), (_, kind) = inputs, attrs, metas[0]
    *others, last = dims
    others = [d for d in others if x.shape[d] != 1]
    lines = [("r2c", x.shape[last]), *(("c2c", x.shape[d]) for d in others)]
    found = _refused(kind, lines)
    if found or x.kind != COMPLEX[kind]:
        return found or f"a transform of {x.kind}"
    made = _line(x, "r2c", last, x.shape[last], True, 1 if others else scale, not onesided)
    return _along(made, others, True, scale)


@_rule
def _fft_c2r(inputs, attrs, metas):
    (x,), (dims, scale, size) = inputs, attrs
    *others, last = dims
    others = [d for d in others if x.shape[d] != 1]
    if x.shape[last] != size // 2 + 1:
        return f"half a spectrum of {x.shape[last]} for a line of {size}"
    found = _refused(x.kind, [("c2r", size), *(("c2c", x.shape[d]) for d in others)])
    return found or _line(_along(x, others, False, 1), "c2r", last, size, False, scale)


def _refused(kind: str, lines) -> str | None:
    """The reason why one of the lines has no kernel."""
    reasons = (reason(COMPLEX.get(kind), what, size) for what, size in lines)
    return next((r for r in reasons if r is not None), None)


def _along(x: Node, dims, forward: bool, scale: float) -> Node:
    """Complex transforms along dimensions, the last one first; that of the first scales."""
    for number, dim in reversed(list(enumerate(dims))):
        x = _line(x, "c2c", dim, x.shape[dim], forward, 1 if number else scale)
    return x


def _line(x: Node, what, dim: int, size: int, forward: bool, scale: float, whole=False) -> Node:
    """One transform along one dimension."""
    outer, inner = prod(x.shape[:dim]), prod(x.shape[dim + 1 :])
    kind = COMPLEX.get(x.kind, x.kind)
    lanes, count = chosen(kind, what, size, (outer, inner), host().vector_bytes)
    spec = Spec(kind, what, size, forward, whole, scale != 1, lanes, count)
    made = size // 2 + 1 if what == "r2c" and not whole else size
    out = x.shape[:dim] + (made,) + x.shape[dim + 1 :]
    complex_kind = next(c for c, parts in COMPLEX.items() if parts == kind)
    result = (out, kind if what == "c2r" else complex_kind)
    plan = _plan(spec, outer, inner, float(scale))
    return call("transform", plan, (contiguous_memory(x),), [result])[0]


@lru_cache(maxsize=512)
def _plan(spec: Spec, outer: int, inner: int, scale: float) -> Callable:
    values = {"x": "in0", "out": "out0", "outer": outer, "inner": inner, "scale": scale}

    def plan(*_layouts: Layout):
        return fft.template(spec), values

    return plan
