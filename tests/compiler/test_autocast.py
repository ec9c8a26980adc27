"""Autocast compiled: the losses of 16-bit logits, the casts of weights, a transformer's block."""

from __future__ import annotations

import pytest

import loxley
from loxley import nn
from loxley.config import config
from loxley.nn import functional as F
from loxley.runtime import interpreter, plans

from .test_decompositions import compiled_and_checked, native, normal


@pytest.mark.parametrize("dtype", [loxley.bfloat16, loxley.float16])
@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
@pytest.mark.parametrize("shape", [(6, 5), (2, 5, 3, 4), (5,)])
def test_cross_entropy_of_narrow_logits(shape, reduction, dtype):
    target = loxley.randint(0, 5, shape[:1] + shape[2:] if len(shape) > 1 else ())
    x, weight = normal(*shape, grad=True), loxley.rand(5)

    def run():
        with loxley.autocast("cpu", dtype=dtype):
            plain = F.cross_entropy(x.to(dtype), target, ignore_index=2, reduction=reduction)
        logs = F.log_softmax(x, min(x.ndim - 1, 1))
        weighted = F.nll_loss(logs, target, weight, reduction=reduction)
        loss = plain.float().sum() + (weighted * 0.5).sum()
        return [plain, weighted, *loxley.autograd.grad(loss, x)]

    native(run)


# ---------------------------------------------------------------- a transformer's block


class Block(nn.Module):
    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.norm, self.norm2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.qkv, self.proj = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.mlp = nn.Sequential(nn.Linear(width, 64), nn.GELU(), nn.Linear(64, width, bias=False))

    def forward(self, x):
        b, t, c = x.shape
        parts = self.qkv(self.norm(x)).split(c, dim=2)
        q, k, v = (z.view(b, t, self.heads, c // self.heads).transpose(1, 2) for z in parts)
        y = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        x = x + self.proj(y.transpose(1, 2).reshape(b, t, c))
        return x + self.mlp(self.norm2(x))


def stepped(block, x, dtype):
    """The output of a block under autocast, and the gradients of its parameters and input."""
    with loxley.autocast("cpu", dtype=dtype):
        out = block(x)
    return [out, *loxley.autograd.grad(out.float().square().mean(), [x, *block.parameters()])]


@pytest.mark.parametrize("dtype", [loxley.bfloat16, loxley.float16])
def test_block_agrees_with_the_interpreter(dtype):
    loxley.manual_seed(0)
    block, x = Block(32, 4), normal(2, 9, 32, grad=True)
    compiled = native(stepped, block, x, dtype)
    before, config.compile = config.compile, "0"
    try:
        plain = stepped(block, x, dtype)
        for made, expected in zip(compiled, plain):
            assert made.dtype is expected.dtype
            span = float(expected.float().abs().max())
            loxley.testing.assert_close(made, expected, rtol=2e-2, atol=2e-2 * span)
    finally:
        config.compile = before


def compiled_plans(function, *arguments):
    made = []

    class Hears(interpreter.Listener):
        def planned(self, event) -> None:
            if event.kind == "compiled":
                made.append(event.compiled)

    hears = Hears()
    with compiled_and_checked():
        plans.LISTENERS.append(hears)
        try:
            kept = function(*arguments)
            interpreter.flush()
        finally:
            plans.LISTENERS.remove(hears)
    del kept
    return made


def test_weights_are_rounded_by_the_products_that_read_them():
    block, x = Block(32, 4), normal(2, 9, 32, grad=True)
    weights = [tuple(p.shape) for p in block.parameters() if p.ndim == 2]
    plans_made = compiled_plans(stepped, block, x, loxley.bfloat16)
    nodes = [n for plan in plans_made for n in plan.program.nodes]
    assert sum(n.what == "template" for n in nodes) == 4 * 3 + 2
    assert not [n for n in nodes if n.what == "map" and n.shape in weights]
