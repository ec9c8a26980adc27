"""A plan whose sizes are others each time runs in parts: what stays the same in machine code."""

from __future__ import annotations

import pytest

import loxley as torch
from loxley.config import config
from loxley.nn import Linear, Module, ModuleList
from loxley.runtime import interpreter, plans, varying
from loxley.runtime.counters import counters

WIDTH, TOKENS = 16, 48


@pytest.fixture(autouse=True)
def fresh(monkeypatch):
    interpreter.flush()
    plans.PLANS.clear()
    varying.FAMILIES.clear()
    monkeypatch.setattr(config, "compile", "auto")
    monkeypatch.setattr(config, "compile_strict", True)
    torch.manual_seed(0)
    counters.reset()


class Switch(Module):
    """Layers around one that sends the first tokens to an expert and the others to another."""

    def __init__(self) -> None:
        super().__init__()
        self.before = ModuleList(Linear(WIDTH, WIDTH) for _ in range(4))
        self.experts = ModuleList(Linear(WIDTH, WIDTH) for _ in range(2))
        self.after = ModuleList(Linear(WIDTH, WIDTH) for _ in range(4))

    def forward(self, x, count):
        for layer in self.before:
            x = layer(x).tanh()
        parts = x[:count], x[count:]
        x = torch.cat([expert(part).relu() for expert, part in zip(self.experts, parts)])
        for layer in self.after:
            x = layer(x).tanh()
        return x


def trained(counts) -> list[float]:
    torch.manual_seed(1)
    model = Switch()
    adam = torch.optim.Adam(model.parameters(), lr=0.01)
    x, y = torch.randn(TOKENS, WIDTH), torch.randn(TOKENS, WIDTH)
    losses = []
    for count in counts:
        adam.zero_grad()
        loss = ((model(x, count) - y) ** 2).mean()
        loss.backward()
        adam.step()
        losses.append(loss.item())
    return losses


def test_what_stays_the_same_is_compiled(monkeypatch):
    counts = [*range(5, 30)]
    found = trained(counts)
    assert counters.compiled >= 2
    # The plans' other parts are interpreted: no plan is made for sizes that never come again.
    assert counters.compiled < 6
    assert counters.plans > 2 * (len(counts) - 12)
    monkeypatch.setattr(config, "compile", "0")
    assert trained(counts) == pytest.approx(found, rel=1e-5)


def test_each_start_takes_the_same_path():
    runs = []
    for _ in range(2):
        plans.PLANS.clear()
        varying.FAMILIES.clear()
        plans.FAMILIES.clear()
        counters.reset()
        losses = trained(range(5, 25))
        runs.append((losses, counters.compiled, counters.plans, counters.interpreted))
    assert runs[0] == runs[1]


def test_sizes_that_come_again_make_whole_plans():
    trained([20, 24] * 8)
    assert all(family.new <= 2 for family in varying.FAMILIES.values())
    assert counters.compiled == 2


def test_parts_that_come_again_are_compiled():
    trained([*range(5, 15)])
    before = counters.compiled
    trained([7, 8] * 10)
    assert counters.compiled > before
    counters.reset()
    trained([7, 8] * 3)
    assert counters.compiled < 2  # a first step, before there is state to write over, is another


def test_results_of_several_stay_with_their_operator():
    x = [torch.randn(4, n, 8) for n in range(3, 20)]
    w = torch.randn(8, 8)
    for part in x:
        y = part
        for _ in range(6):
            values, places = (y @ w).tanh().max(dim=1, keepdim=True)
            y = y + values * places
        z = w
        for _ in range(8):
            z = (z @ w).tanh() + 1
        total = y.sum() + z.sum()
        expected = y.tolist(), z.tolist()
        assert total.item() == pytest.approx(
            torch.tensor(expected[0]).sum().item() + torch.tensor(expected[1]).sum().item(),
            rel=1e-4,
        )


def test_values_that_are_written_over_are_read_before():
    """A part that reads what another one writes over sees it as it was."""
    w = torch.randn(12, 12)
    for n in range(3, 16):
        state = torch.ones(12, 12)
        late = state
        for _ in range(14):
            late = (late @ w).tanh()
        grown = torch.ones(n, 12) @ (state * 2)
        state[:2] = grown[:2]
        state += 1
        kept = state.clone()
        assert (state + late * 0)[5, 5].item() == 2
        assert kept[0, 0].item() == 25
        assert late.shape == (12, 12)


def test_what_fails_in_a_part_is_left_pending(monkeypatch):
    w, ran = torch.randn(8, 8), []

    def results(n):
        z = w
        for _ in range(20):
            z = (z @ w).tanh()
        y = torch.ones(n, 8)
        for _ in range(6):
            y = (y @ z).tanh() + n
        return y.sum()

    for n in range(3, 12):
        results(n).item()
    run = interpreter._run

    def failing(value):
        ran.append(value)
        if len(ran) == 3:
            raise KeyboardInterrupt
        run(value)

    last = results(20)
    monkeypatch.setattr(interpreter, "_run", failing)
    with pytest.raises(KeyboardInterrupt):
        last.item()
    assert len(ran) == 3
    monkeypatch.setattr(interpreter, "_run", run)
    assert last.item() == results(20).item()


def test_sizes_that_are_new_are_not_looked_up():
    """Of a step that never came before, what varies is interpreted and leaves no plan behind."""
    trained(range(5, 15))
    before = len(plans.PLANS)
    trained([17, 18, 19, 20])
    assert len(plans.PLANS) - before == 4  # whole steps, which may come again


def test_a_plan_that_comes_again_is_parted_alike(monkeypatch):
    """Where its parts lie is remembered from its second time on."""
    remembered, parted = [], varying.parted

    def heard(family, nodes, cut):
        known = cut is not None and cut.levels is not None
        parts = parted(family, nodes, cut)
        if known:
            remembered.append(len(parts))
            anew = parted(family, nodes, varying.Cut())
            assert anew == parts and [p.times for p in anew] == [p.times for p in parts]
        return parts

    monkeypatch.setattr(varying, "parted", heard)
    first = trained(range(5, 15))
    assert not remembered
    for _ in range(3):
        assert trained(range(5, 15)) == pytest.approx(first, rel=1e-4)
    assert len(remembered) > 10 and max(remembered) > 1
