"""Attention's products in bfloat16: pairs along the summed dimension, as `vdpbf16ps` wants them.

In: a `Plan` that is `paired` and a module.  Out: internal functions that lay out operands as
pairs, two bfloat16 in the place of a float32.  So a product's code is that of float32 but for one
instruction.  Source: Intel, Instruction Set Extensions Programming Reference, AVX512_BF16.
"""

from __future__ import annotations

from ..llvm.builder import Module, V, lanes_of, vector
from .attention_parts import Plan
from .attention_softmax import slope_of
from .index import Index
from .writer import INTERNAL, Writer


def pair_rows(module: Module, plan: Plan) -> None:
    """A function: to[r, c] = (from[r, 2c], from[r, 2c + 1]), 0 beyond `columns`.

    from has rows `step` elements apart; rows of `to` are `wide` pairs, in whole vectors.
    """
    f = _copying(module, "pair_rows")
    columns = f.integer("columns")
    both = 2 * plan.lanes
    with f.count(0, f.integer("rows")) as row, f.count(0, columns, both) as column:
        x = _read(f, row * f.integer("step") + column, f.lanes_below(columns - column, both))
        place = f.at(f["to"], row * f.integer("wide") + column // 2)
        f.store(x, place, 4)
    f.ret()


def interleave(module: Module, plan: Plan) -> None:
    """A function: to[r, c] = (from[2r, c], from[2r + 1, c]), 0 beyond `rows` and `columns`.

    from has rows `step` elements apart; rows of `to` are `wide` pairs, in whole vectors.
    """
    f = _copying(module, "interleave")
    rows, columns = f.integer("rows"), f.integer("columns")
    none = V("zeroinitializer", vector(plan.lanes, "i1"))
    with f.count(0, rows, 2) as row, f.count(0, columns, plan.lanes) as column:
        exist = f.lanes_below(columns - column, plan.lanes)
        place = row * f.integer("step") + column
        first = _read(f, place, exist)
        more = f.select(row + 1 < rows, exist, none)
        second = _read(f, place + f.integer("step"), more)
        to = f.at(f["to"], row // 2 * f.integer("wide") + column)
        f.store(_interleaved(f, first, second), to, 4)
    f.ret()


def _copying(module: Module, name: str) -> Writer:
    parameters = [("ptr", "from"), ("i64", "step"), ("i64", "rows"), ("i64", "columns")]
    return Writer(module, name, [*parameters, ("ptr", "to"), ("i64", "wide")], **INTERNAL)


def _read(f: Writer, index: Index, mask: V) -> V:
    lanes = mask.type[1:].split(" x ")[0]
    return f.masked_read(f.at(f["from"], index, "i16"), mask, f"<{lanes} x i16>")


def _interleaved(f: Writer, a: V, b: V) -> V:
    n = lanes_of(a.type)
    picks = ", ".join(f"i32 {i // 2 + (i % 2) * n}" for i in range(2 * n))
    text = f"shufflevector {a}, {b}, <{2 * n} x i32> <{picks}>"
    return f.let(vector(2 * n, "i16"), text)


def _rounded(f: Writer, x: V) -> V:
    """float32 lanes as bfloat16's bits, by the processor's own conversion."""
    lanes = lanes_of(x.type)
    made = f.convert("fptrunc", x, vector(lanes, "bfloat"))
    return f.convert("bitcast", made, vector(lanes, "i16"))


def pair_scores(module: Module, plan: Plan) -> None:
    """A function: scores[key / 2, query] = (scores[key, query], scores[key + 1, query]), in place.

    A last key without a partner is paired with 0.
    """
    f = Writer(module, "pair_scores", [("ptr", "scores"), ("i64", "keys")], **INTERNAL)

    def pair(key: Index, two: bool) -> None:
        with f.count(0, plan.queries, plan.lanes) as j:
            rows = [_rounded(f, f.read(f["scores"], key * plan.queries + j, plan.type))]
            if two:
                x = f.read(f["scores"], (key + 1) * plan.queries + j, plan.type)
                rows.append(_rounded(f, x))
            _store_pair(f, plan, f["scores"], key, j, rows)

    _by_two(f, pair)
    f.ret()


def _store_pair(f: Writer, plan: Plan, to: V, key: Index, lane: Index, rows: list[V]) -> None:
    second = rows[1] if len(rows) == 2 else V("zeroinitializer", rows[0].type)
    place = f.at(to, key // 2 * plan.queries + lane)
    f.store(_interleaved(f, rows[0], second), place, 4)


def _by_two(f: Writer, body) -> None:
    keys = f.integer("keys")
    whole = keys // 2 * 2
    with f.count(0, whole, 2) as key:
        body(key, True)
    with f.count(whole, keys) as key:
        body(key, False)


def pair_slopes(module: Module, plan: Plan) -> None:
    """The function of `attention_backward.slopes`, with bfloat16 results.

    score_rows, slope_rows: [key, query], two queries in a float32's place; slopes: pairs of keys,
    as `pair_scores` makes them.
    """
    parameters = [("ptr", "scores"), ("ptr", "slopes"), ("ptr", "state"), ("i64", "keys")]
    parameters += [("ptr", "scale"), ("ptr", "score_rows"), ("ptr", "slope_rows")]
    f = Writer(module, "slopes", parameters, **INTERNAL)
    scale = f.splat(f.read(f["scale"], 0, "float"), plan.lanes)

    def pair(key: Index, two: bool) -> None:
        with f.count(0, plan.queries, plan.lanes) as j:
            state = [f.read(f["state"], j + r, plan.type) for r in (0, plan.queries)]
            rows = []
            for row in (key, key + 1)[: 1 + two]:
                place = row * plan.queries + j
                score, slope = (f.read(f[n], place, plan.type) for n in ("scores", "slopes"))
                p, slope = slope_of(f, plan, score, slope, state[0], state[1], scale)
                rows.append(_rounded(f, slope))
                f.store(_rounded(f, p), f.at(f["score_rows"], place, "i16"), 2)
                f.store(rows[-1], f.at(f["slope_rows"], place, "i16"), 2)
            _store_pair(f, plan, f["slopes"], key, j, rows)

    _by_two(f, pair)
    f.ret()
