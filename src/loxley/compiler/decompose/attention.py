"""Scaled dot-product attention and its gradient as calls of their templates."""

from __future__ import annotations

from math import prod

from ..kinds import NUMPY
from ..nodes import Layout, Node, copied, permute, view
from ..templates.attention import FEW, Spec, backward, forward
from .products import call, in_memory
from .rules import rule

_TYPES = {"f32": "float32", "bf16": "bfloat16", "f16": "float16"}


def _heads(x: Node) -> Node:
    """(..., L, E) as (batch, heads, L, E) whose last dimension is contiguous."""
    lead = x.shape[:-2]
    b, h = (1, prod(lead)) if len(lead) != 2 else lead
    x = in_memory(view(x, (b, h, *x.shape[-2:])))
    return x if x.layout[1][3] == 1 or x.shape[3] == 1 else copied(x)


def _strides(name: str, layout: Layout) -> dict[str, int]:
    return {f"{name}_{d}": s for d, s in zip("bht", layout[1])}


def _mask(mask: Node | None, shape: tuple[int, ...]) -> Node | None:
    """A mask as (batch or 1, heads or 1, queries or 1, keys or 1)."""
    if mask is None:
        return None
    lead = mask.shape[:-2]
    if len(lead) <= 2:
        full = (1,) * (4 - len(mask.shape)) + mask.shape
        full_lead = full[:2]
    else:
        return None
    if any(m not in (1, n) for m, n in zip(full_lead, shape[:2])):
        return None
    return in_memory(view(mask, full))


def _mask_strides(mask: Layout) -> dict[str, int]:
    shape, strides, _ = mask
    return {f"mask_{d}": 0 if n == 1 else s for d, n, s in zip("bhtk", shape, strides)}


def _sizes(q: Node, k: Node, v: Node) -> dict[str, int]:
    b, h, t, e = q.shape
    sizes = {"batch": b, "heads": h, "kv_heads": k.shape[1], "queries": t, "keys": k.shape[2]}
    return sizes | {"dim": e, "value_dim": v.shape[3]}


def _by_rows(b: int, h: int, t: int, e: int) -> dict[str, int]:
    """The strides of (batch, heads, rows, e) that lies in memory as (batch, rows, heads, e)."""
    return {"b": t * h * e, "h": e, "t": h * e}


def _suits(*nodes: Node) -> bool:
    return len({n.kind for n in nodes}) == 1 and nodes[0].kind in _TYPES


@rule("scaled_dot_product_flash_attention_for_cpu")
def _attention(inputs, attrs, metas):
    q, k, v, given = inputs
    causal, scale = attrs
    if not _suits(q, k, v) or len(q.shape) < 3 or len(k.shape) != len(q.shape):
        return None
    q, k, v = _heads(q), _heads(k), _heads(v)
    mask = _mask(given, q.shape)
    if (given is not None and mask is None) or q.shape[0] != k.shape[0]:
        return None
    if given is not None and len(metas[0][0]) != 4:
        return None
    b, h, t, _ = q.shape
    e, kind = v.shape[3], q.kind
    spec = Spec(_TYPES[kind], causal, _mask_kind(mask), _TYPES[metas[1][1]], t <= FEW)

    def plan(q_layout: Layout, k_layout: Layout, v_layout: Layout, *rest: Layout):
        values = _sizes(q, k, v) | {"scale": scale, "q": "in0", "k": "in1", "v": "in2"}
        values |= _strides("q", q_layout) | _strides("k", k_layout) | _strides("v", v_layout)
        values |= {f"out_{d}": s for d, s in _by_rows(b, h, t, e).items()}
        values |= {"out": "out0", "logsum": "out1", "logsum_b": h * t, "logsum_h": t, "logsum_t": 1}
        if rest:
            values |= {"mask": "in3"} | _mask_strides(rest[0])
        return forward(spec), values

    inputs = (q, k, v) if mask is None else (q, k, v, mask)
    outputs = [((b, t, h, e), kind), ((b, h, t), metas[1][1])]
    y, logsum = call("attention", plan, inputs, outputs)
    return view(permute(y, (0, 2, 1, 3)), metas[0][0]), view(logsum, metas[1][0])


def _mask_kind(mask: Node | None) -> str | None:
    if mask is None:
        return None
    return "bool" if mask.kind == "bool" else NUMPY[mask.kind].name


@rule("attention_backward")
def _attention_backward(inputs, attrs, metas):
    dy, q, k, v, given, y, logsum = inputs
    causal, scale = attrs
    if not _suits(dy, q, k, v, y) or len(q.shape) < 3 or len(k.shape) != len(q.shape):
        return None
    dy, q, k, v, y = (_heads(x) for x in (dy, q, k, v, y))
    mask = _mask(given, q.shape)
    if (given is not None and mask is None) or q.shape[0] != k.shape[0]:
        return None
    if given is not None and len(metas[0][0]) != 4:
        return None
    b, h, t, e = q.shape
    kv, keys, ev, kind = k.shape[1], k.shape[2], v.shape[3], q.kind
    logsum = in_memory(view(logsum, (b, h, t, 1)))
    spec = Spec(_TYPES[kind], causal, _mask_kind(mask), _TYPES[logsum.kind])

    def plan(*layouts: Layout):
        names = ("grad", "q", "k", "v", "out", "logsum")
        values = _sizes(q, k, v) | {"scale": scale}
        for i, (name, layout) in enumerate(zip(names, layouts)):
            values |= {name: f"in{i}"} | _strides(name, layout)
        results = {"q_grad": (b, h, t, e), "k_grad": (b, kv, keys, e), "v_grad": (b, kv, keys, ev)}
        for i, (name, shape) in enumerate(results.items()):
            values |= {name: f"out{i}"}
            values |= {f"{name}_{d}": s for d, s in _by_rows(*shape).items()}
        if mask is not None:
            values |= {"mask": "in6"} | _mask_strides(layouts[6])
        return backward(spec), values

    read = (dy, q, k, v, y, logsum, *(() if mask is None else (mask,)))
    outputs = [((b, t, h, e), kind), ((b, keys, kv, e), kind), ((b, keys, kv, ev), kind)]
    made = call("attention_backward", plan, read, outputs)
    return tuple(view(permute(d, (0, 2, 1, 3)), shape) for d, (shape, _) in zip(made, metas))
