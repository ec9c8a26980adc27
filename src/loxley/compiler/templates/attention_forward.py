"""Attention's forward: blocks of queries against blocks of keys, scores never held whole.

In: a specification and a target.  Out: the kernel's text.  A task is a block of queries of one
head, or where queries are few (`attention_few.py`) a query; each worker takes a stretch of tasks.
Source: Dao et al., FlashAttention, https://arxiv.org/abs/2205.14135
"""

from __future__ import annotations

from typing import Any

from ..llvm.builder import Module, V, i64
from .attention_blocks import Block, copied_rows, define_common
from .attention_few import define_few, few_floats
from .attention_pairs import pair_scores
from .attention_parts import Plan, plan_for, product
from .attention_slots import Head, Slots, forward_slots
from .attention_softmax import finish_rows, online_softmax
from .index import Index
from .writer import NEGATIVE_INFINITY, STORED, Writer, narrowed, round_up


def scratch_floats(sizes: Any, plan: Plan, spec: Any) -> dict[str, Any]:
    """float32s of each part of a worker's scratch memory, by name; of ints or of `Index`s."""
    if spec.few:
        return few_floats(sizes, plan)
    width = plan.queries
    copied = {}
    if spec.dtype != "float32":
        copied = copied_rows(sizes, plan, ("k", "v_pairs" if plan.paired else "v"), plan.keys)
    return {
        "queries": round_up(sizes["dim"], plan.lanes) * width,
        "made": round_up(sizes["value_dim"], plan.lanes) * width,
        "scores": plan.keys * width,
        "mask": plan.keys * width * bool(spec.mask),
        "state": 3 * width,
    } | copied


def scratch_bytes(sizes: Any, plan: Plan, spec: Any) -> Any:
    return round_up(sum(scratch_floats(sizes, plan, spec).values()) * 4, 64)


def text(name: str, spec: Any, target: Any) -> str:
    plan, module = plan_for(target, spec.dtype), Module()
    if spec.few:
        define_few(module, plan, spec)
        _kernel(module, plan, spec, name, "few_queries", 1)
        return str(module)
    define_common(module, plan, spec)
    product(module, "rescaled", plan, "rescale")
    online_softmax(module, plan)
    if plan.paired:
        pair_scores(module, plan)
    finish_rows(module, plan)
    _block(module, plan, spec)
    _kernel(module, plan, spec, name, "block_of_queries", plan.queries)
    return str(module)


def _kernel(module: Module, plan: Plan, spec: Any, name: str, task_name: str, rows: int) -> None:
    f = Writer(module, name, [("ptr", "args"), ("i64", "worker"), ("i64", "workers")])
    slots = Slots(f, forward_slots(spec))
    blocks = round_up(slots["queries"], rows) // rows
    tasks = slots["batch"] * slots["heads"] * blocks
    size = scratch_bytes(slots, plan, spec)
    scratch = f.at(slots.pointer("scratch"), f.integer("worker") * size, "i8")
    with f.count(*f.share(tasks)) as number:
        head, turn = number // blocks, number % blocks
        # The first block, the last, the second ...: where later ones see more keys, a stretch of
        # tasks takes about as long as any other.
        back, half = blocks - 1 - turn // 2, turn // 2
        even = f.compare("icmp eq", (turn % 2).value, i64(0))
        block = Index(f, f.select(even, half.value, back.value))
        arguments = [f["args"], head.value, (block * rows).value, scratch]
        f.call_defined(task_name, "void", arguments)
    f.ret()


def _block(module: Module, plan: Plan, spec: Any) -> None:
    """`block_of_queries`: the rows from `first` on of one head."""
    parameters = [("ptr", "args"), ("i64", "head"), ("i64", "first"), ("ptr", "scratch")]
    f = Writer(module, "block_of_queries", parameters, attributes="nounwind noinline")
    slots = Slots(f, forward_slots(spec))
    head = Head(f, slots, f.integer("head"))
    first = f.integer("first")
    rows = (slots["queries"] - first).least(plan.queries)
    parts = slots.parts(scratch_floats(slots, plan, spec), f["scratch"])
    block = Block(f, plan, spec, slots, head, parts, first, rows)
    block.pack("q", "queries")
    _start(block)
    with block.key_blocks() as key:
        _block_of_keys(block, key, block.keys_in(key))
    block.call("finish_rows", parts["made"], slots["value_dim"], parts["state"])
    block.unpack("made", "out", "value_dim")
    _store_logsum(block)
    f.ret()


def _start(block: Block) -> None:
    f, plan, parts = block.f, block.plan, block.parts
    zero = V("zeroinitializer", plan.type)
    size = round_up(block.slots["value_dim"], plan.lanes) * plan.queries
    with f.count(0, size, plan.lanes) as i:
        f.write(zero, parts["made"], i)
    for j in range(0, plan.queries, plan.lanes):
        f.write(f.splat(NEGATIVE_INFINITY, plan.lanes), parts["state"], j)
        f.write(zero, parts["state"], plan.queries + j)


def _block_of_keys(block: Block, key: Index, keys: Index) -> None:
    parts, width = block.parts, i64(block.plan.queries)
    k = block.rows_of("k", key, keys)
    v = (block.columns_of if block.plan.paired else block.rows_of)("v", key, keys)
    block.products(k, keys, "dim", "queries", "scores", block.slots.scale)
    block.hide(key, keys)
    block.call("online_softmax", parts["scores"], keys, parts["state"])
    if block.plan.paired:
        block.call("pair_scores", parts["scores"], keys)
    factor = block.f.at(parts["state"], 2 * block.plan.queries)
    a, b, c = (v[0], i64(1), v[1]), (parts["scores"], width), (parts["made"], width)
    columns = block.slots["value_dim"]
    block.call("rescaled", block.steps(keys), *a, *b, *c, factor, columns, width)


def _store_logsum(block: Block) -> None:
    f, stored = block.f, block.spec.logsum
    step = block.slots["logsum_t"]
    start = block.row("logsum", block.first, stored)
    with f.count(0, block.rows) as row:
        one = f.read(block.parts["state"], row + 2 * block.plan.queries, "float")
        f.store(narrowed(f, one, stored), f.at(start, row * step, STORED[stored]), 2)
