"""Attention for few queries, as in generating text: a pass over the keys, one over the values.

In: a `Plan` and a module.  Out: `few_queries`, which computes one query of one head.  Nothing
is reused between queries, so that the speed is the memory's.
"""

from __future__ import annotations

from typing import Any

from ..llvm.builder import Module, V, f32
from ..llvm.math import function
from .attention_parts import Plan
from .attention_slots import Head, Slots, forward_slots
from .attention_softmax import finite_top
from .index import Index
from .memory import mangled
from .writer import NEGATIVE_INFINITY, STORED, Writer, narrowed, round_up, widened

_TOGETHER = 4  # keys, and vectors of values, at a time


def few_floats(sizes: Any, plan: Plan) -> dict[str, Any]:
    """float32s of scratch memory: the query, and a row of scores."""
    names = {"query": "dim", "scores": "keys"}
    return {n: round_up(sizes[size], plan.lanes) for n, size in names.items()}


def define_few(module: Module, plan: Plan, spec: Any) -> None:
    parameters = [("ptr", "args"), ("i64", "head"), ("i64", "first"), ("ptr", "scratch")]
    f = Writer(module, "few_queries", parameters, attributes="nounwind noinline")
    slots = Slots(f, forward_slots(spec))
    head = Head(f, slots, f.integer("head"))
    query, scores = slots.parts(few_floats(slots, plan), f["scratch"]).values()
    first, seen = f.integer("first"), slots["keys"]
    if spec.causal:
        seen = seen.least(first + 1)
    _copy_query(f, plan, spec, slots, head.start("q", spec.dtype), query)
    _all_scores(f, plan, spec, slots, head.start("k", spec.dtype), query, seen, scores)
    if spec.mask:
        _mask_scores(f, spec, slots, head, seen, scores)
    top, total = _softmax(f, plan, seen, scores)
    _weighted_values(f, plan, spec, slots, head, seen, scores, total)
    place = f.at(head.start("logsum", spec.logsum), first * slots["logsum_t"], STORED[spec.logsum])
    f.store(narrowed(f, _first_lane(f, plan, top, total), spec.logsum), place, 2)
    f.ret()


def _copy_query(f: Writer, plan: Plan, spec: Any, slots: Slots, q: V, query: V) -> None:
    row = f.integer("first") * slots["q_t"]
    with f.count(0, slots["dim"], plan.lanes) as d:
        mask = f.lanes_below(slots["dim"] - d, plan.lanes)
        f.write(f.read_stored(q, row + d, spec.dtype, mask), query, d)


def _all_scores(
    f: Writer, plan: Plan, spec: Any, slots: Slots, k: V, query: V, seen: Index, scores: V
) -> None:
    whole = seen // _TOGETHER * _TOGETHER
    factor = f.get(slots.scale, "float")
    zero = V("zeroinitializer", plan.type)
    for start, stop, keys in ((0, whole, _TOGETHER), (whole, seen, 1)):
        with f.count(start, stop, keys) as key:
            sums = [f.variable(plan.type) for _ in range(keys)]
            for total in sums:
                f.set(total, zero)
            with f.count(0, slots["dim"], plan.lanes) as d:
                mask = f.lanes_below(slots["dim"] - d, plan.lanes)
                x = f.read(query, d, plan.type)
                for i, total in enumerate(sums):
                    row = f.read_stored(k, (key + i) * slots["k_t"] + d, spec.dtype, mask)
                    f.set(total, f.multiply_add(x, row, f.get(total, plan.type)))
            for i, total in enumerate(sums):
                made = f.sum_of_lanes(f.get(total, plan.type))
                f.write(f.binary("fmul", made, factor), scores, key + i)


def _mask_scores(f: Writer, spec: Any, slots: Slots, head: Head, seen: Index, scores: V) -> None:
    element = STORED[spec.mask]
    mask = head.start("mask", spec.mask)
    row = f.integer("first") * slots["mask_t"]
    with f.count(0, seen) as key:
        x = f.load(f.at(mask, row + key * slots["mask_k"], element), element, 1)
        made = f.binary("fadd", f.read(scores, key, "float"), widened(f, x, spec.mask))
        f.write(made, scores, key)


def _softmax(f: Writer, plan: Plan, seen: Index, scores: V) -> tuple[V, V]:
    """scores = exp(scores - top); returns top (0 where there is none) and the sum, as scalars."""
    hidden = f.splat(NEGATIVE_INFINITY, plan.lanes)
    greatest = f.variable(plan.type, hidden)
    with f.count(0, seen, plan.lanes) as key:
        x = f.read(scores, key, plan.type)
        x = f.select(f.lanes_below(seen - key, plan.lanes), x, hidden)
        f.write(x, scores, key)
        f.set(greatest, f.greater(x, f.get(greatest, plan.type)))
    name = f"llvm.vector.reduce.fmax.{mangled(plan.type)}"
    top = f.call(name, "float", [f.get(greatest, plan.type)])
    tops = finite_top(f, f.splat(top, plan.lanes))
    total = f.variable(plan.type, V("zeroinitializer", plan.type))
    with f.count(0, seen, plan.lanes) as key:
        score = f.binary("fsub", f.read(scores, key, plan.type), tops)
        made = function(f, "exp", [score], plan.target)
        f.write(made, scores, key)
        f.set(total, f.binary("fadd", f.get(total, plan.type), made))
    return f.let("float", f"extractelement {tops}, i64 0"), f.sum_of_lanes(f.get(total, plan.type))


def _weighted_values(
    f: Writer, plan: Plan, spec: Any, slots: Slots, head: Head, seen: Index, scores: V, total: V
) -> None:
    v, out = head.start("v", spec.dtype), head.start("out", spec.dtype)
    row = f.integer("first") * slots["out_t"]
    none = f.compare("fcmp oeq", total, f32(0))
    divisor = f.splat(f.select(none, f32(1), total), plan.lanes)
    zero = V("zeroinitializer", plan.type)
    lanes = plan.lanes
    with f.count(0, slots["value_dim"], _TOGETHER * lanes) as d:
        masks = [f.lanes_below(slots["value_dim"] - d, lanes, j * lanes) for j in range(_TOGETHER)]
        sums = [f.variable(plan.type) for _ in masks]
        for made in sums:
            f.set(made, zero)
        with f.count(0, seen) as key:
            weight = f.splat(f.read(scores, key, "float"), lanes)
            for j, (made, mask) in enumerate(zip(sums, masks)):
                place = key * slots["v_t"] + d + j * lanes
                x = f.read_stored(v, place, spec.dtype, mask)
                f.set(made, f.multiply_add(weight, x, f.get(made, plan.type)))
        for j, (made, mask) in enumerate(zip(sums, masks)):
            x = narrowed(f, f.binary("fdiv", f.get(made, plan.type), divisor), spec.dtype)
            f.masked_write(x, f.at(out, row + d + j * lanes, STORED[spec.dtype]), mask)


def _first_lane(f: Writer, plan: Plan, top: V, total: V) -> V:
    """top + log(total)."""
    logs = function(f, "log", [f.splat(total, plan.lanes)], plan.target)
    return f.binary("fadd", f.let("float", f"extractelement {logs}, i64 0"), top)
