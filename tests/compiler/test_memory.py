"""How much memory plans need, by counting: the arena, its guests, what is overwritten."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import loxley as torch
import loxley.nn.functional as F
from loxley.compiler import arena
from loxley.compiler.arena import Host, Lifetime, layout
from loxley.config import config
from loxley.nn import GELU, Embedding, LayerNorm, Linear, Module, ModuleList, Sequential
from loxley.runtime import interpreter, plans
from loxley.runtime.counters import counters
from loxley.runtime.interpreter import flush
from loxley.runtime.plans import PLANS

WIDTH, LAYERS, LENGTH, VOCABULARY = 256, 3, 64, 4096


@pytest.fixture
def compiled(monkeypatch: pytest.MonkeyPatch) -> None:
    """Plans are compiled at first sight, and failures raise."""
    flush()
    PLANS.clear()
    monkeypatch.setattr(config, "compile", "1")
    monkeypatch.setattr(config, "compile_strict", True)
    monkeypatch.setattr(config, "num_threads", 1)


# ---------------------------------------------------------------- laying out

BUFFERS = st.lists(
    st.tuples(st.integers(1, 1 << 18), st.integers(0, 30), st.integers(0, 9), st.booleans()),
    max_size=40,
)
HOSTS = st.lists(st.tuples(st.integers(1, 1 << 19), st.integers(0, 40)), max_size=6)


@settings(max_examples=200, deadline=None, derandomize=True, database=None)
@given(BUFFERS, HOSTS)
def test_buffers_that_are_alive_together_do_not_overlap(buffers, hosts):
    lives = [Lifetime(size, first, first + more, guest) for size, first, more, guest in buffers]
    arrays = [Host(i, size, until) for i, (size, until) in enumerate(hosts)]
    places, total = layout(lives, arrays)
    assert total >= arena._least(lives, arrays)
    for i, ((number, offset), life) in enumerate(zip(places, lives)):
        if number < 0:
            assert offset % 64 == 0 and offset + life.size <= total
        else:
            assert life.guest and offset + life.size <= arrays[number].size
            assert life.last < arrays[number].until
        for (other, start), that in zip(places[:i], lives):
            together = life.first <= that.last and that.first <= life.last
            if number == other and together:
                assert offset + life.size <= start or start + that.size <= offset


def test_the_arena_is_as_large_as_what_is_alive_at_once():
    places, total = layout([Lifetime(100_000, i, i + 1) for i in range(10)])
    assert total == 2 * 100_032 and len(set(places)) == 2


def test_an_order_that_needs_no_more_than_every_arena_does_is_the_last(monkeypatch):
    lives, asked = [Lifetime(100_000, i, i + 1) for i in range(10)], []
    orders = [lambda life, order=order: asked.append(1) or order(life) for order in arena._ORDERS]
    monkeypatch.setattr(arena, "_ORDERS", orders)
    _, total = layout(lives, [Host(0, 100_032, 4)])
    assert total == 2 * 100_032 == arena._least(lives, [Host(0, 100_032, 4)])
    assert len(asked) == len(lives)


# ---------------------------------------------------------------- training


class Block(Module):
    def __init__(self) -> None:
        super().__init__()
        self.ln1, self.ln2 = LayerNorm(WIDTH), LayerNorm(WIDTH)
        self.qkv, self.out = Linear(WIDTH, 3 * WIDTH), Linear(WIDTH, WIDTH)
        self.mlp = Sequential(Linear(WIDTH, 4 * WIDTH), GELU(), Linear(4 * WIDTH, WIDTH))

    def forward(self, x):
        parts = self.qkv(self.ln1(x)).split(WIDTH, dim=-1)
        q, k, v = (z.view(1, LENGTH, 4, WIDTH // 4).transpose(1, 2) for z in parts)
        y = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        x = x + self.out(y.transpose(1, 2).reshape(1, LENGTH, WIDTH))
        return x + self.mlp(self.ln2(x))


class GPT(Module):
    def __init__(self) -> None:
        super().__init__()
        self.tokens, self.places = Embedding(VOCABULARY, WIDTH), Embedding(LENGTH, WIDTH)
        self.blocks = ModuleList(Block() for _ in range(LAYERS))
        self.norm, self.head = LayerNorm(WIDTH), Linear(WIDTH, VOCABULARY, bias=False)
        self.head.weight = self.tokens.weight

    def forward(self, tokens):
        x = self.tokens(tokens) + self.places.weight
        for block in self.blocks:
            x = block(x)
        return self.head(self.norm(x))


def training_plan(steps: int = 3):
    """The plan of a whole training step once it stays the same, and what was trained."""
    torch.manual_seed(0)
    model = GPT()
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)
    x, y = (torch.randint(0, VOCABULARY, (1, LENGTH)) for _ in range(2))
    ran = []

    class Hears(interpreter.Listener):
        def planned(self, event) -> None:
            if event.kind == "run":
                ran.append(event.compiled)

    hears = Hears()
    plans.LISTENERS.append(hears)
    try:
        for _ in range(steps):
            optimizer.zero_grad()
            loss = F.cross_entropy(model(x).view(-1, VOCABULARY), y.view(-1))
            loss.backward()
            optimizer.step()
            loss.item()
    finally:
        plans.LISTENERS.remove(hears)
    return max(ran[-2:], key=lambda plan: plan.kernels), model


def test_activations_lie_where_gradients_will_be(compiled):
    plan, _ = training_plan()
    logits = VOCABULARY * LENGTH * 4
    unit = LENGTH * WIDTH * 4  # what a residual stream takes
    scratch = max(life.size for node, _, life in plan.lifetimes if node.what == "template")
    guests = [life.size for _, place, life in plan.lifetimes if place.array >= 0]
    assert sum(guests) > 15 * unit
    # The logits, once, which their gradient is written over; a layer's activations; scratch.
    assert plan.arena_bytes < logits + 32 * unit + scratch


def test_a_tied_tables_gradient_is_one_array(compiled):
    plan, model = training_plan()
    table = model.tokens.weight
    assert table.grad is not None
    large = [life for _, _, life in plan.lifetimes if life.size >= table.numel() * 4]
    assert not large
    names = [call.name for step in plan.steps for call in getattr(step, "calls", ())]
    assert sum("embedding_backward" in n and n.endswith("onto") for n in names) == 1


def test_parameters_and_their_states_are_updated_in_place(compiled):
    plan, model = training_plan()
    parameters = len(list(model.parameters()))
    assert len(plan.given) >= 3 * parameters


# ---------------------------------------------------------------- overwriting


def test_a_result_is_written_over_what_its_rows_were_summed_from(compiled):
    x = torch.randn(64, 512) + 0
    x.tolist()
    expected = x.softmax(1).numpy().copy()
    before = counters.donated
    x.copy_(x.softmax(1))
    flush()
    assert counters.donated == before + 1
    np.testing.assert_allclose(x.numpy(), expected, rtol=1e-6)


def test_what_is_read_again_in_a_later_pass_is_not_written_over(compiled):
    x = torch.randn(64, 512) + 0
    x.tolist()
    doubled = (x * 2).numpy().copy()
    sums = ((x - x.mean(1, keepdim=True)) ** 2).sum(1).numpy().copy()
    y = x * 2
    z = ((x - x.mean(1, keepdim=True)) ** 2).sum(1)
    del x
    flush()
    np.testing.assert_allclose(y.numpy(), doubled)
    np.testing.assert_allclose(z.numpy(), sums, rtol=1e-5)


def test_operators_of_numpy_read_what_lies_in_results_to_come(compiled):
    """An operator that is left to NumPy gets a window of the array that its argument lies in."""
    torch.manual_seed(0)
    x = torch.randn(512, 1024) + 0
    x.tolist()
    late = torch.tanh(x[:, :512].contiguous() @ x[:512, :512]).float()
    solved = torch.linalg.qr(torch.exp(x[:, :512] * 0.1) @ x[:512, :512])[1]
    y = (x @ x.T).unsqueeze(0).expand(2, 512, 512) * solved
    flush()
    made = [late.numpy().copy(), solved.abs().numpy().copy(), y.abs().numpy().copy()]
    config.compile = "0"
    late = torch.tanh(x[:, :512].contiguous() @ x[:512, :512])
    solved = torch.linalg.qr(torch.exp(x[:, :512] * 0.1) @ x[:512, :512])[1]
    y = (x @ x.T).unsqueeze(0).expand(2, 512, 512) * solved
    for a, b in zip(made, (late, solved.abs(), y.abs())):
        np.testing.assert_allclose(a, b.numpy(), rtol=1e-3, atol=1e-3 * np.abs(a).max())
