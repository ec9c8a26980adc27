"""Attention's backward: probabilities computed again, block by block, from the rows' logarithms.

In: a specification and a target.  Out: the kernel's text.  A task is a key head of one batch with
all query heads that share it, so that one worker sums a gradient, in the order of the queries;
each worker takes a stretch of tasks, whose rows lie side by side.  For a block of queries and one
of keys, with p the probabilities and D = rowsum(grad * out):

    v_grad += p^T grad    ds = p (grad v^T - D) scale    q_grad += ds k    k_grad += ds^T q

Source: Dao et al., FlashAttention, https://arxiv.org/abs/2205.14135
"""

from __future__ import annotations

from typing import Any

from ..llvm.builder import Module, V, f32, i64
from .attention_blocks import Block, copied_rows, define_common
from .attention_pairs import pair_slopes
from .attention_parts import Plan, plan_for, product
from .attention_slots import Head, Slots, backward_slots
from .attention_softmax import slope_of
from .index import Index
from .writer import INTERNAL, NULL, STORED, Writer, narrowed, round_up, widened

_SUMMED = {"k_grad": "dim", "v_grad": "value_dim"}


def scratch_floats(sizes: Any, plan: Plan, spec: Any) -> dict[str, Any]:
    """float32s of each part of a worker's scratch memory, by name; of ints or of `Index`s."""
    width, dim, keys = plan.queries, round_up(sizes["dim"], plan.lanes), sizes["keys"]
    floats = {
        "queries": dim * width,
        "grads": round_up(sizes["value_dim"], plan.lanes) * width,
        "made": dim * width,
        "scores": plan.keys * width,
        "slopes": plan.keys * width,
        "mask": plan.keys * width * bool(spec.mask),
        "state": 2 * width,
        **copied_rows(sizes, plan, ("k", "v", *_SUMMED), keys),
    }
    if not plan.paired:
        return floats | copied_rows(sizes, plan, ("q", "grad"), width)
    floats |= copied_rows(sizes, plan, ("k_pairs",), round_up(keys, 2) // 2)
    floats |= copied_rows(sizes, plan, ("q_pairs", "grad_pairs"), width // 2)
    return floats | dict.fromkeys(("score_rows", "slope_rows"), plan.keys * width // 2)


def scratch_bytes(sizes: Any, plan: Plan, spec: Any) -> Any:
    return round_up(sum(scratch_floats(sizes, plan, spec).values()) * 4, 64)


def text(name: str, spec: Any, target: Any) -> str:
    plan, module = plan_for(target, spec.dtype), Module()
    define_common(module, plan, spec)
    product(module, "added", plan, "add", masked=True)
    (pair_slopes if plan.paired else _slopes)(module, plan)
    _row_products(module, plan, spec)
    _clear(module, plan)
    _narrow(module, plan, spec)
    _block(module, plan, spec)
    _kernel(module, plan, spec, name)
    return str(module)


def _kernel(module: Module, plan: Plan, spec: Any, name: str) -> None:
    f = Writer(module, name, [("ptr", "args"), ("i64", "worker"), ("i64", "workers")])
    slots = Slots(f, backward_slots(spec))
    shared, keys = slots["kv_heads"], slots["keys"]
    size = scratch_bytes(slots, plan, spec)
    scratch = f.at(slots.pointer("scratch"), f.integer("worker") * size, "i8")
    parts = slots.parts(scratch_floats(slots, plan, spec), scratch)
    tasks = slots["batch"] * shared * slots["heads"].least(1)
    with f.count(*f.share(tasks)) as task:
        none = Index(f, 0)
        group = slots["heads"] // shared
        start = task // shared * slots["heads"] + task % shared * group
        whole = Block(f, plan, spec, slots, Head(f, slots, start), parts, none, none)
        rows = [whole.near_rows_of(n, none, keys) for n in "kv"]
        rows.append(whole.columns_of("k", none, keys) if plan.paired else rows[0])
        rows += [_sums(whole, n) for n in _SUMMED]
        with f.count(0, group) as member, f.count(0, slots["queries"], plan.queries) as first:
            steps = [x for place, step in rows for x in (place, step)]
            whole.call("block_of_queries", f["args"], start + member, first, scratch, *steps)
        for summed, made in zip(_SUMMED, rows[3:]):
            _store_sums(whole, summed, made)
    f.ret()


def _sums(whole: Block, name: str) -> tuple[V, Index]:
    """Where k_grad or v_grad is summed, cleared: the result itself, or scratch memory."""
    f, columns = whole.f, whole.slots[_SUMMED[name]]
    wide = round_up(columns, whole.plan.lanes)
    start, step = f.variable("ptr", whole.parts[name]), f.variable("i64", wide.value)
    with f.when(_in_place(whole, name)):
        f.set(start, whole.head.start(name, whole.spec.dtype))
        f.set(step, whole.slots[f"{name}_t"].value)
    made = f.get(start, "ptr"), Index(f, f.get(step, "i64"))
    whole.call("clear", *made, whole.slots["keys"], columns)
    return made


def _in_place(whole: Block, name: str) -> V:
    if whole.spec.dtype != "float32":
        return V("false", "i1")
    apart = whole.slots[f"{name}_t"]
    return whole.f.compare("icmp ne", (apart % 256).value, i64(0))


def _store_sums(whole: Block, name: str, made: tuple[V, Index]) -> None:
    f, slots = whole.f, whole.slots
    to = whole.head.start(name, whole.spec.dtype), slots[f"{name}_t"]
    with f.when(f.compare("icmp eq", _in_place(whole, name), V("false", "i1"))):
        whole.call("narrow", *made, *to, slots["keys"], slots[_SUMMED[name]])


_ROWS = ("k", "v", "k_columns", "k_sum", "v_sum")


def _block(module: Module, plan: Plan, spec: Any) -> None:
    """`block_of_queries`: what the rows from `first` on of one head add to each gradient.

    Of a head's keys and values, and of the sums of their gradients, starts and strides come in.
    """
    parameters = [("ptr", "args"), ("i64", "head"), ("i64", "first"), ("ptr", "scratch")]
    for name in _ROWS:
        parameters += [("ptr", name), ("i64", f"{name}_t")]
    f = Writer(module, "block_of_queries", parameters, **INTERNAL)
    slots = Slots(f, backward_slots(spec))
    head, first = Head(f, slots, f.integer("head")), f.integer("first")
    rows = (slots["queries"] - first).least(plan.queries)
    parts = slots.parts(scratch_floats(slots, plan, spec), f["scratch"])
    block = Block(f, plan, spec, slots, head, parts, first, rows)
    block.pack("q", "queries")
    block.pack("grad", "grads")
    q, grad = (block.columns_of(n, first, rows) for n in ("q", "grad"))
    _start(block)
    one = f.variable("float", f32(1))
    with block.key_blocks() as key:
        keys = block.keys_in(key)
        k, v, columns, *sums = (_from_key(block, n, key) for n in _ROWS)
        block.products(k, keys, "dim", "queries", "scores", slots.scale)
        block.hide(key, keys)
        block.products(v, keys, "value_dim", "grads", "slopes", one)
        p, ds = _probabilities(block, keys)
        _outward(block, p, grad, keys, "value_dim", sums[1])
        _outward(block, ds, q, keys, "dim", sums[0])
        _inward(block, columns, keys)
    block.unpack("made", "q_grad", "dim")
    f.ret()


def _from_key(block: Block, name: str, key: Index) -> tuple[V, Index]:
    """The rows of one of `_ROWS` from a key on; a row of columns may be a pair of keys."""
    step = block.f.integer(f"{name}_t")
    row = key // 2 if name == "k_columns" and block.plan.paired else key
    return block.f.at(block.f[name], row * step), step


def _start(block: Block) -> None:
    """Clears q_grad's sums; state = the rows' logarithms (infinity where there is none), and D."""
    f, plan, slots, parts = block.f, block.plan, block.slots, block.parts
    zero = V("zeroinitializer", plan.type)
    with f.count(0, round_up(slots["dim"], plan.lanes) * plan.queries, plan.lanes) as i:
        f.write(zero, parts["made"], i)
    infinite = f.splat(f32(float("inf")), plan.lanes)
    for j in range(0, plan.queries, plan.lanes):
        f.write(infinite, parts["state"], j)
        f.write(zero, parts["state"], plan.queries + j)
    stored, step = block.spec.logsum, slots["logsum_t"]
    start = block.row("logsum", block.first, stored)
    with f.count(0, block.rows) as row:
        x = f.load(f.at(start, row * step, STORED[stored]), STORED[stored], 2)
        x = widened(f, x, stored)
        distance = f.call("llvm.fabs.f32", "float", [x])
        finite = f.compare("fcmp olt", distance, f32(float("inf")))
        f.write(f.select(finite, x, f32(float("inf"))), parts["state"], row)
    grad, out = (block.row(n, block.first) for n in ("grad", "out"))
    steps = slots["grad_t"], slots["out_t"]
    made = f.at(parts["state"], plan.queries)
    block.call("row_products", grad, steps[0], out, steps[1], block.rows, slots["value_dim"], made)


def _probabilities(block: Block, keys: Index) -> tuple[V, V]:
    """Where p and ds lie by rows of keys; ds lies by pairs of keys, or the same, in "slopes"."""
    parts = block.parts
    arguments = (parts["scores"], parts["slopes"], parts["state"], keys, block.slots.scale)
    if not block.plan.paired:
        block.call("slopes", *arguments)
        return parts["scores"], parts["slopes"]
    rows = parts["score_rows"], parts["slope_rows"]
    block.call("slopes", *arguments, *rows)
    return rows


def _outward(
    block: Block, of: V, rows: tuple[V, Index], keys: Index, size: str, to: tuple[V, Index]
) -> None:
    """to[key, :] += the sum over queries of of[key, query] * rows[query, :]."""
    width = block.plan.queries // 2 if block.plan.paired else block.plan.queries
    a = (of, i64(width), i64(1))
    block.call("added", block.steps(block.rows), *a, *rows, *to, NULL, keys, block.slots[size])


def _inward(block: Block, k: tuple[V, Index], keys: Index) -> None:
    """made[d, query] += the sum over a block of keys of k[key, d] * slopes[key, query]."""
    width = i64(block.plan.queries)
    a, b, c = (k[0], i64(1), k[1]), (block.parts["slopes"], width), (block.parts["made"], width)
    block.call("added", block.steps(keys), *a, *b, *c, NULL, block.slots["dim"], width)


def _slopes(module: Module, plan: Plan) -> None:
    """scores = exp(scores - state[0]); slopes = scores * (slopes - state[1]) * scale."""
    parameters = [("ptr", "scores"), ("ptr", "slopes"), ("ptr", "state"), ("i64", "keys")]
    f = Writer(module, "slopes", [*parameters, ("ptr", "scale")], **INTERNAL)
    scale = f.splat(f.read(f["scale"], 0, "float"), plan.lanes)
    with f.count(0, plan.queries, plan.lanes) as lane:
        state = [f.read(f["state"], lane + r, plan.type) for r in (0, plan.queries)]
        with f.count(0, f.integer("keys")) as key:
            place = key * plan.queries + lane
            score, slope = (f.read(f[n], place, plan.type) for n in ("scores", "slopes"))
            made = slope_of(f, plan, score, slope, state[0], state[1], scale)
            f.write(made[0], f["scores"], place)
            f.write(made[1], f["slopes"], place)
    f.ret()


def _row_products(module: Module, plan: Plan, spec: Any) -> None:
    """A function: to[r] = the sum over columns of a[r * a_step + c] * b[r * b_step + c]."""
    parameters = [("ptr", "a"), ("i64", "a_step"), ("ptr", "b"), ("i64", "b_step")]
    parameters += [("i64", "rows"), ("i64", "columns"), ("ptr", "to")]
    f = Writer(module, "row_products", parameters, **INTERNAL)
    zero = V("zeroinitializer", plan.type)
    total = f.variable(plan.type)
    with f.count(0, f.integer("rows")) as row:
        f.set(total, zero)
        with f.count(0, f.integer("columns"), plan.lanes) as column:
            exist = f.lanes_below(f.integer("columns") - column, plan.lanes)
            a, b = (
                f.read_stored(f[n], row * f.integer(f"{n}_step") + column, spec.dtype, exist)
                for n in "ab"
            )
            f.set(total, f.multiply_add(a, b, f.get(total, plan.type)))
        f.write(f.sum_of_lanes(f.get(total, plan.type)), f["to"], row)
    f.ret()


def _clear(module: Module, plan: Plan) -> None:
    """A function: to[r * step + c] = 0."""
    parameters = [("ptr", "to"), ("i64", "step"), ("i64", "rows"), ("i64", "columns")]
    f = Writer(module, "clear", parameters, **INTERNAL)
    columns, zero = f.integer("columns"), V("zeroinitializer", plan.type)
    with f.count(0, f.integer("rows")) as row, f.count(0, columns, plan.lanes) as column:
        place = f.at(f["to"], row * f.integer("step") + column)
        f.masked_write(zero, place, f.lanes_below(columns - column, plan.lanes))
    f.ret()


def _narrow(module: Module, plan: Plan, spec: Any) -> None:
    """A function: to[r * to_step + c] = from[r * step + c] as it is stored."""
    parameters = [("ptr", "from"), ("i64", "step"), ("ptr", "to"), ("i64", "to_step")]
    f = Writer(module, "narrow", [*parameters, ("i64", "rows"), ("i64", "columns")], **INTERNAL)
    columns = f.integer("columns")
    with f.count(0, f.integer("rows")) as row, f.count(0, columns, plan.lanes) as column:
        made = f.read(f["from"], row * f.integer("step") + column, plan.type)
        place = f.at(f["to"], row * f.integer("to_step") + column, STORED[spec.dtype])
        exist = f.lanes_below(columns - column, plan.lanes)
        f.masked_write(narrowed(f, made, spec.dtype), place, exist)
    f.ret()
