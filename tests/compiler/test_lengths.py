"""Generation, a length more at each step: kernels take lengths as arguments, so a few serve all."""

from __future__ import annotations

import pytest

import loxley as torch
from loxley.compiler import assemble
from loxley.config import config
from loxley.nn import Embedding, LayerNorm, Linear, Module, ModuleList
from loxley.runtime.interpreter import flush
from loxley.runtime.plans import PLANS
from tests.transformers import Layer

WIDTH, HEADS, VOCABULARY, LENGTHS = 32, 2, 61, 200


class GPT(Module):
    def __init__(self) -> None:
        super().__init__()
        self.tokens, self.places = Embedding(VOCABULARY, WIDTH), Embedding(LENGTHS + 1, WIDTH)
        self.layers = ModuleList(Layer(WIDTH, HEADS) for _ in range(2))
        self.norm, self.head = LayerNorm(WIDTH), Linear(WIDTH, VOCABULARY)

    def forward(self, tokens, start=0, caches=None):
        at = torch.arange(start, start + tokens.shape[1])
        x = self.tokens(tokens) + self.places(at)
        kept = []
        for i, layer in enumerate(self.layers):
            x, cache = layer(x, caches[i] if caches else None)
            kept.append(cache)
        return self.head(self.norm(x[:, -1])), kept


def kernels() -> int:
    """Generated kernels and templates that there is machine code for."""
    return len(assemble._names) + assemble.compiled_template.cache_info().currsize


def generated(model: GPT, cached: bool, lengths: int = LENGTHS) -> tuple[list[int], list[int]]:
    """The tokens that are most likely one after the other; how many kernels there are at each."""
    tokens, counts, caches = [1], [], None
    with torch.no_grad():
        for length in range(1, lengths + 1):
            if cached:
                logits, caches = model(torch.tensor([tokens[-1:]]), length - 1, caches)
            else:
                logits, _ = model(torch.tensor([tokens]))
            tokens.append(logits.argmax(-1).item())
            counts.append(kernels())
    return tokens, counts


@pytest.fixture
def model() -> GPT:
    flush()
    PLANS.clear()
    torch.manual_seed(0)
    made = GPT().eval()
    flush()
    return made


@pytest.mark.parametrize("cached", [True, False])
def test_two_hundred_lengths_share_a_few_kernels(monkeypatch, model, cached):
    """Every length's plan compiled: kernels are those of the first lengths."""
    monkeypatch.setattr(config, "compile", "1")
    monkeypatch.setattr(config, "compile_strict", True)
    before = kernels()
    tokens, counts = generated(model, cached)
    assert counts[-1] - before < 50
    assert counts[-1] == counts[20]
    assert len(PLANS) <= 2048
    assert sum(entry.compiled is not None for entry in PLANS.values()) <= 1024
    monkeypatch.setattr(config, "compile", "0")
    assert generated(model, cached)[0] == tokens


def test_a_second_text_is_generated_by_plans_that_are_there(monkeypatch, model):
    monkeypatch.setattr(config, "compile", "1")
    first = generated(model, True, 30)[0]
    plans = len(PLANS)
    assert generated(model, True, 30)[0] == first
    assert len(PLANS) == plans
