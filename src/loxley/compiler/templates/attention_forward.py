"""Attention's forward: blocks of queries against blocks of keys, scores never held whole.

In: a specification and a target.  Out: the kernel's text.  A task is a block of queries of one
head; worker `w` takes tasks w, w + workers, ...  Few queries (decoding) take another way
(`attention_decode.py`): there a task is a query.
Source: Dao et al., FlashAttention, https://arxiv.org/abs/2205.14135
"""

from __future__ import annotations

from typing import Any

from ..llvm.builder import Module, V, i64
from .attention_blocks import Block, define_common, wide_rows
from .attention_decode import FEW, decode, decode_floats
from .attention_parts import (
    NEGATIVE_INFINITY,
    STORED,
    Int,
    Plan,
    Writer,
    each_tile,
    narrowed,
    plan_for,
    round_up,
    tile,
)
from .attention_slots import Head, Slots, forward_slots
from .attention_softmax import finish_rows, online_softmax


def scratch_floats(sizes: Any, plan: Plan, spec: Any) -> dict[str, Any]:
    """float32s of each part of a worker's scratch memory, by name; of ints or of `Int`s."""
    width = plan.queries
    return {
        "queries": round_up(sizes["dim"], plan.lanes) * width,
        "made": round_up(sizes["value_dim"], plan.lanes) * width,
        "scores": plan.keys * width,
        "mask": plan.keys * width * bool(spec.mask),
        "state": 3 * width,
        **wide_rows(sizes, plan, spec, ("k", "v"), plan.keys),
        "few": decode_floats(sizes, plan),
    }


def scratch_bytes(sizes: Any, plan: Plan, spec: Any) -> Any:
    return round_up(sum(scratch_floats(sizes, plan, spec).values()) * 4, 64)


def text(name: str, spec: Any, target: Any) -> str:
    plan, module = plan_for(target), Module()
    define_common(module, plan, spec)
    for rows in (plan.rows, 1):
        tile(module, f"made{rows}", plan, rows, 1, None, "rescale")
    online_softmax(module, plan)
    finish_rows(module, plan)
    _block(module, plan, spec)
    decode(module, plan, spec)
    _kernel(module, plan, spec, name)
    return str(module)


def _kernel(module: Module, plan: Plan, spec: Any, name: str) -> None:
    f = Writer(module, name, [("ptr", "args"), ("i64", "worker"), ("i64", "workers")])
    slots = Slots(f, forward_slots(spec))
    few = slots["queries"] < FEW + 1
    parts = Int(f, f.select(few, i64(1), i64(plan.queries)))
    blocks = (slots["queries"] + parts - 1) // parts
    tasks = slots["batch"] * slots["heads"] * blocks
    size = scratch_bytes(slots, plan, spec)
    scratch = f.at(slots.pointer("scratch"), f.integer("worker") * size, "i8")
    with f.loop(f["worker"], tasks.value, f["workers"]) as number:
        task = Int(f, number)
        arguments = [f["args"], (task // blocks).value, (task % blocks * parts).value, scratch]
        with f.when(few):
            f.call_defined("few_queries", "void", arguments)
        with f.when(slots["queries"] > FEW):
            f.call_defined("block_of_queries", "void", arguments)
    f.ret()


def _block(module: Module, plan: Plan, spec: Any) -> None:
    """`block_of_queries`: the rows from `first` on of one head."""
    parameters = [("ptr", "args"), ("i64", "head"), ("i64", "first"), ("ptr", "scratch")]
    f = Writer(module, "block_of_queries", parameters, attributes="nounwind noinline")
    slots = Slots(f, forward_slots(spec))
    head = Head(f, slots, f.integer("head"))
    first = f.integer("first")
    rows = f.least(slots["queries"] - first, plan.queries)
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
        f.write(f.all_lanes(NEGATIVE_INFINITY, plan.lanes), parts["state"], j)
        f.write(zero, parts["state"], plan.queries + j)


def _block_of_keys(block: Block, key: Int, keys: Int) -> None:
    f, parts = block.f, block.parts
    width = block.plan.queries
    k = block.as_floats("k", key, keys)
    v, v_step = block.as_floats("v", key, keys)
    block.products(k, keys, "dim", "queries", "scores", block.slots.scale)
    block.hide(key, keys)
    block.call("online_softmax", parts["scores"], keys, parts["state"])
    factor = f.at(parts["state"], 2 * width)

    def product(d: Int, suffix: str) -> None:
        a = (f.at(v, d), i64(1), v_step)
        b = (parts["scores"], i64(width))
        c = (f.at(parts["made"], d * width), i64(width))
        block.call(f"made{suffix}", keys, *a, *b, *c, factor, i64(0))

    each_tile(f, block.plan, block.slots["value_dim"], product)


def _store_logsum(block: Block) -> None:
    f, stored = block.f, block.spec.logsum
    step = block.slots["logsum_t"]
    start = block.row("logsum", block.first, stored)
    with f.count(0, block.rows) as row:
        one = f.read(block.parts["state"], row + 2 * block.plan.queries, "float")
        f.store(narrowed(f, one, stored), f.at(start, row * step, STORED[stored]), 2)
