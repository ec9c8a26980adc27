"""Random operators as calls of their templates; a generator's state is memory like any other.

What rejects or looks at its arguments, and draws that go through float64's functions of the C
library, is left to NumPy.
"""

from __future__ import annotations

from math import ceil, prod

import numpy as np

from ...numerics import random as reference
from ...numerics.random_normal import BLOCK
from ..kinds import LOW, NUMPY
from ..llvm.slots import signed
from ..nodes import Layout, constant, to_kind
from ..templates import draws
from .products import call, contiguous_memory
from .rules import rule


def _drawn(spec: draws.Spec, numbers: dict, inputs, metas):
    """The sample and the next state; `numbers` are slots besides `count`."""
    state = contiguous_memory(inputs[0])
    sizes = {"count": prod(metas[0][0])} | numbers

    def plan(*_layouts: Layout):
        places = {"state": "in0", "out": "out0", "next": "out1"}
        return draws.template(spec), sizes | places

    return call(f"random {spec.what}", plan, (state,), metas)


@rule("random_uniform")
def _uniform(inputs, attrs, metas):
    (*_, low, high), kind = attrs, metas[0][1]
    if kind != "f64":
        low, high = float(np.float32(low)), float(np.float32(high))
    span = high - low if kind == "f64" else float(np.float32(high) - np.float32(low))
    if not abs(span) < 2.0**127:
        return None
    top, bottom = reference.cast(np.array([high, low]), NUMPY[kind]).tolist()
    numbers = {"top": float(top), "bottom": float(bottom)}
    scaled = low != 0 or span != 1
    if scaled:
        numbers |= {"low": float(low), "span": float(span)}
    return _drawn(draws.Spec("uniform", kind, scaled), numbers, inputs, metas)


@rule("random_normal")
def _normal(inputs, attrs, metas):
    (_, _, mean, std, contiguous), (shape, kind) = attrs, metas[0]
    if kind not in ("f32", *LOW) or not contiguous or prod(shape) < BLOCK:
        return None
    scaled = mean != 0 or std != 1
    numbers = {"mean": float(mean), "std": float(std)} if scaled else {}
    return _drawn(draws.Spec("normal", kind, scaled), numbers, inputs, metas)


@rule("random_integers")
def _integers(inputs, attrs, metas):
    (*_, low, count), kind = attrs, metas[0][1]
    if count >= 2**64:
        return None
    wide = count >= reference.LARGE_RANGE
    spec = draws.Spec("integers", kind, wide=wide)
    return _drawn(spec, {"modulus": signed(int(count)), "low": int(low)}, inputs, metas)


@rule("random_all_integers")
def _all_integers(inputs, attrs, metas):
    kind = metas[0][1]
    count, wide = reference.whole_range(NUMPY[kind])
    spec = draws.Spec("integers", kind, wide=wide)
    return _drawn(spec, {"modulus": signed(count), "low": 0}, inputs, metas)


@rule("random_bernoulli")
def _bernoulli(inputs, attrs, metas):
    limit = {"limit": ceil(float(attrs[2]) * 2.0**53)}
    return _drawn(draws.Spec("bernoulli", metas[0][1]), limit, inputs, metas)


@rule("random_permutation")
def _permutation(inputs, attrs, metas):
    (shape, kind), state = metas
    if not 1 < shape[0] < reference.LARGE_PERMUTATION:
        return None
    spec = draws.Spec("permutation", "i64")
    order, following = _drawn(spec, {"count": shape[0] - 1}, inputs, [(shape, "i64"), state])
    if kind in LOW:
        order = to_kind(order, "f32")
    return to_kind(order, kind), following


@rule("sampled", "sampled_without_derivative")
def _sampled(inputs, attrs, metas):
    return inputs[1]


@rule("zeros_of")
def _zeros(inputs, attrs, metas):
    shape, kind = metas[0]
    return to_kind(constant(0, "f32", shape), kind) if kind in LOW else constant(0, kind, shape)
