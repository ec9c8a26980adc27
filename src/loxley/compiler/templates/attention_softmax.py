"""Passes over a block of transposed scores: masks, the online softmax, its statistics.

In: a `Plan` and a module.  Out: internal functions that work on [keys][plan.queries] blocks.
Source: Milakov and Gimelshein, "Online normalizer calculation for softmax" (2018).
"""

from __future__ import annotations

from ..llvm.builder import Module, V, f32, i64, vector
from .attention_parts import (
    INTERNAL,
    NEGATIVE_INFINITY,
    STORED,
    Int,
    Plan,
    Writer,
    transpose_in,
    widened,
)

_LOG2_E = 1.4426950408889634
_MAGIC = 12582912.0  # 1.5 * 2**23: adding it leaves the nearest integer in the low bits
_LN2_HIGH, _LN2_LOW = 0.693145751953125, 1.428606765330187e-06
_EXP = (1 / 5040, 1 / 720, 1 / 120, 1 / 24, 1 / 6, 0.5, 1.0, 1.0)


def constant(f: Writer, type: str, number: float) -> V:
    lanes = int(type[1:].split(" x ")[0])
    return f.all_lanes(f32(number), lanes)


def exponential(f: Writer, x: V) -> V:
    """exp of float32 lanes that are at most about 0; 0 below -87; not a number stays so."""
    low = f.compare("fcmp olt", x, constant(f, x.type, -87.0))
    magic = constant(f, x.type, _MAGIC)
    moved = f.multiply_add(x, constant(f, x.type, _LOG2_E), magic)
    nearest = f.binary("fsub", moved, magic)
    rest = f.multiply_add(nearest, constant(f, x.type, -_LN2_HIGH), x)
    rest = f.multiply_add(nearest, constant(f, x.type, -_LN2_LOW), rest)
    made = constant(f, x.type, _EXP[0])
    for c in _EXP[1:]:
        made = f.multiply_add(made, rest, constant(f, x.type, c))
    lanes = int(x.type[1:].split(" x ")[0])
    power = f.convert("bitcast", moved, vector(lanes, "i32"))
    power = f.binary("add", power, f.all_lanes(V("127", "i32"), lanes))
    power = f.binary("shl", power, f.all_lanes(V("23", "i32"), lanes))
    made = f.binary("fmul", made, f.convert("bitcast", power, x.type))
    return f.select(low, V("zeroinitializer", x.type), made)


def logarithm(f: Writer, x: V) -> V:
    """log of float32 lanes that are 0, at least about 1, or no number."""
    lanes = int(x.type[1:].split(" x ")[0])
    integers = vector(lanes, "i32")
    whole = lambda n: f.all_lanes(V(str(n), "i32"), lanes)  # noqa: E731
    bits = f.convert("bitcast", x, integers)
    moved = f.binary("sub", bits, whole(0x3F3504F3))  # sqrt(1/2): the mantissa comes around 1
    exponent = f.binary("ashr", moved, whole(23))
    mantissa = f.binary("sub", bits, f.binary("shl", exponent, whole(23)))
    m = f.convert("bitcast", mantissa, x.type)
    one = constant(f, x.type, 1.0)
    s = f.binary("fdiv", f.binary("fsub", m, one), f.binary("fadd", m, one))
    square = f.binary("fmul", s, s)
    made = constant(f, x.type, 2 / 11)
    for c in (2 / 9, 2 / 7, 2 / 5, 2 / 3, 2.0):
        made = f.multiply_add(made, square, constant(f, x.type, c))
    scaled = f.convert("sitofp", exponent, x.type)
    made = f.multiply_add(
        scaled, constant(f, x.type, 0.6931471805599453), f.binary("fmul", made, s)
    )
    zero = f.compare("fcmp oeq", x, V("zeroinitializer", x.type))
    made = f.select(zero, f.all_lanes(NEGATIVE_INFINITY, lanes), made)
    return f.select(f.compare("fcmp uno", x, x), x, made)


def finite_top(f: Writer, top: V) -> V:
    """The greatest score, or 0 where a query sees no key."""
    lanes = int(top.type[1:].split(" x ")[0])
    none = f.compare("fcmp oeq", top, f.all_lanes(NEGATIVE_INFINITY, lanes))
    return f.select(none, V("zeroinitializer", top.type), top)


def hide_later(module: Module, plan: Plan) -> None:
    """A function: scores[key, query] = -infinity where first_key + key > first_query + query."""
    parameters = [("ptr", "scores"), ("i64", "keys"), ("i64", "first_key"), ("i64", "first_query")]
    f = Writer(module, "hide_later", parameters, **INTERNAL)
    hidden = f.all_lanes(NEGATIVE_INFINITY, plan.lanes)
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
        key = Int(f, number)
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
    for j in range(plan.wide):
        _online_lanes(f, plan, j * plan.lanes)
    f.ret()


def _online_lanes(f: Writer, plan: Plan, lane: int) -> None:
    place = [f.at(f["state"], row * plan.queries + lane) for row in range(3)]
    before = f.load(place[0], plan.type, 4)
    greatest = f.variable(plan.type, before)
    with f.count(0, f.integer("keys")) as key:
        score = f.read(f["scores"], key * plan.queries + lane, plan.type)
        f.set(greatest, f.greater(score, f.get(greatest, plan.type)))
    top = f.get(greatest, plan.type)
    f.store(top, place[0], 4)
    top = finite_top(f, top)
    factor = exponential(f, f.binary("fsub", before, top))
    f.store(factor, place[2], 4)
    start = f.binary("fmul", f.load(place[1], plan.type, 4), factor)
    total = f.variable(plan.type, start)
    with f.count(0, f.integer("keys")) as key:
        at = f.at(f["scores"], key * plan.queries + lane)
        made = exponential(f, f.binary("fsub", f.load(at, plan.type, 4), top))
        f.store(made, at, 4)
        f.set(total, f.binary("fadd", f.get(total, plan.type), made))
    f.store(f.get(total, plan.type), place[1], 4)


def slope_of(f: Writer, score: V, slope: V, log: V, total: V, scale: V) -> tuple[V, V]:
    """p = exp(score - log), and p * (slope - total) * scale."""
    p = exponential(f, f.binary("fsub", score, log))
    difference = f.binary("fsub", slope, total)
    return p, f.binary("fmul", f.binary("fmul", difference, p), scale)


def finish_rows(module: Module, plan: Plan) -> None:
    """A function: made[d, query] /= the query's sum, for d < rows; state[2] = log of the sums.

    Where the sum is 0 nothing is divided, and the logarithm is -infinity.
    """
    parameters = [("ptr", "made"), ("i64", "rows"), ("ptr", "state")]
    f = Writer(module, "finish_rows", parameters, **INTERNAL)
    zero = V("zeroinitializer", plan.type)
    for j in range(plan.wide):
        lane = j * plan.lanes
        top, total = (f.read(f["state"], n * plan.queries + lane, plan.type) for n in (0, 1))
        made = f.binary("fadd", logarithm(f, total), finite_top(f, top))
        f.write(made, f["state"], 2 * plan.queries + lane)
        none = f.compare("fcmp oeq", total, zero)
        total = f.select(none, constant(f, plan.type, 1.0), total)
        with f.count(0, f.integer("rows")) as row:
            at = f.at(f["made"], row * plan.queries + lane)
            f.store(f.binary("fdiv", f.load(at, plan.type, 4), total), at, 4)
    f.ret()
