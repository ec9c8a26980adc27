"""Passes over a block of transposed scores: masks, the online softmax, its statistics.

In: a `Plan` and a module.  Out: internal functions that work on [keys][plan.queries] blocks.
Source: Milakov and Gimelshein, "Online normalizer calculation for softmax" (2018).
"""

from __future__ import annotations

from ..llvm.builder import Module, V, f32, i64, lanes_of, shared
from ..llvm.math import function
from .attention_parts import Plan, transpose_in
from .index import Index
from .writer import INTERNAL, NEGATIVE_INFINITY, STORED, Writer, widened


def finite_top(f: Writer, top: V) -> V:
    """The greatest score, or 0 where a query sees no key."""
    lanes = lanes_of(top.type)
    none = f.compare("fcmp oeq", top, f.splat(NEGATIVE_INFINITY, lanes))
    return f.select(none, V("zeroinitializer", top.type), top)


@shared
def hide_later(module: Module, plan: Plan) -> None:
    """A function: scores[key, query] = -infinity where first_key + key > first_query + query."""
    parameters = [("ptr", "scores"), ("i64", "keys"), ("i64", "first_key"), ("i64", "first_query")]
    f = Writer(module, "hide_later", parameters, **INTERNAL)
    hidden = f.splat(NEGATIVE_INFINITY, plan.lanes)
    with f.count(0, f.integer("keys")) as key:
        distance = f.integer("first_key") + key - f.integer("first_query")
        for j in range(plan.wide):
            place = f.at(f["scores"], key * plan.queries + j * plan.lanes)
            early = f.lanes_below(distance, plan.lanes, j * plan.lanes)
            f.store(f.select(early, hidden, f.load(place, plan.type, 4)), place, 4)
    f.ret()


def pack_mask(module: Module, plan: Plan, stored: str) -> None:
    """A function: to[key, query] = mask[query * step + key * key_step] as float32s to add.

    Zero where query >= rows; `to` has plan.queries columns and `keys` rows, rounded up to vectors.
    """
    transpose_in(module, "turn_mask", plan, stored)
    parameters = [("ptr", "mask"), ("i64", "step"), ("i64", "key_step"), ("i64", "rows")]
    f = Writer(module, "pack_mask", [*parameters, ("i64", "keys"), ("ptr", "to")], **INTERNAL)
    rows, keys, element = f.integer("rows"), f.integer("keys"), STORED[stored]
    adjacent = f.compare("icmp eq", f["key_step"], i64(1))
    with f.when(adjacent):
        names = ("mask", "step", "rows", "keys", "to")
        f.call_defined("turn_mask", "void", [f[n] for n in names])
    others = f.select(adjacent, i64(0), keys.value)
    with f.loop(i64(0), others) as number, f.count(0, plan.queries) as row:
        key = Index(f, number)
        f.write(f32(0), f["to"], key * plan.queries + row)
        with f.when(row < rows):
            place = row * f.integer("step") + key * f.integer("key_step")
            x = f.load(f.at(f["mask"], place, element), element, 1)
            f.write(widened(f, x, stored), f["to"], key * plan.queries + row)
    f.ret()


def add_mask(module: Module, plan: Plan) -> None:
    """A function: scores += mask, both [keys][plan.queries]."""
    parameters = [("ptr", "scores"), ("i64", "keys"), ("ptr", "mask")]
    f = Writer(module, "add_mask", parameters, **INTERNAL)
    with f.count(0, f.integer("keys") * plan.queries, plan.lanes) as i:
        made = f.binary("fadd", f.read(f["scores"], i, plan.type), f.read(f["mask"], i, plan.type))
        f.write(made, f["scores"], i)
    f.ret()


def online_softmax(module: Module, plan: Plan) -> None:
    """A function that turns a block's scores into exp(score - top), lane by lane.

    `state` holds three rows of plan.queries: the greatest score so far, the sum so far (both
    updated), and by what sums over earlier blocks must be multiplied (written).
    """
    parameters = [("ptr", "scores"), ("i64", "keys"), ("ptr", "state")]
    f = Writer(module, "online_softmax", parameters, **INTERNAL)
    with f.count(0, plan.queries, plan.lanes) as lane:
        _online_lanes(f, plan, lane)
    f.ret()


def _online_lanes(f: Writer, plan: Plan, lane: Index) -> None:
    place = [f.at(f["state"], lane + row * plan.queries) for row in range(3)]
    before = f.load(place[0], plan.type, 4)
    greatest, total = f.variable(plan.type), f.variable(plan.type)
    f.set(greatest, before)
    with f.count(0, f.integer("keys")) as key:
        score = f.read(f["scores"], key * plan.queries + lane, plan.type)
        f.set(greatest, f.greater(score, f.get(greatest, plan.type)))
    top = f.get(greatest, plan.type)
    f.store(top, place[0], 4)
    top = finite_top(f, top)
    factor = function(f, "exp", [f.binary("fsub", before, top)], plan.target)
    f.store(factor, place[2], 4)
    f.set(total, f.binary("fmul", f.load(place[1], plan.type, 4), factor))
    with f.count(0, f.integer("keys")) as key:
        at = f.at(f["scores"], key * plan.queries + lane)
        score = f.binary("fsub", f.load(at, plan.type, 4), top)
        made = function(f, "exp", [score], plan.target)
        f.store(made, at, 4)
        f.set(total, f.binary("fadd", f.get(total, plan.type), made))
    f.store(f.get(total, plan.type), place[1], 4)


def slope_of(f: Writer, plan: Plan, score: V, slope: V, log: V, total: V, scale: V) -> tuple[V, V]:
    """p = exp(score - log), and p * (slope - total) * scale."""
    p = function(f, "exp", [f.binary("fsub", score, log)], plan.target)
    difference = f.binary("fsub", slope, total)
    return p, f.binary("fmul", f.binary("fmul", difference, p), scale)


def finish_rows(module: Module, plan: Plan) -> None:
    """A function: made[d, query] /= the query's sum, for d < rows; state[2] = log of the sums.

    Where the sum is 0 nothing is divided, and the logarithm is -infinity.
    """
    parameters = [("ptr", "made"), ("i64", "rows"), ("ptr", "state")]
    f = Writer(module, "finish_rows", parameters, **INTERNAL)
    zero = V("zeroinitializer", plan.type)
    with f.count(0, plan.queries, plan.lanes) as lane:
        top, total = (f.read(f["state"], lane + n * plan.queries, plan.type) for n in (0, 1))
        logs = function(f, "log", [total], plan.target)
        made = f.binary("fadd", logs, finite_top(f, top))
        f.write(made, f["state"], lane + 2 * plan.queries)
        none = f.compare("fcmp oeq", total, zero)
        total = f.select(none, f.splat(f32(1), plan.lanes), total)
        with f.count(0, f.integer("rows")) as row:
            at = f.at(f["made"], row * plan.queries + lane)
            f.store(f.binary("fdiv", f.load(at, plan.type, 4), total), at, 4)
    f.ret()
