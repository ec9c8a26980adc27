"""Stretches of a plan that repeat, as layers do, are one plan where the whole never comes again."""

from __future__ import annotations

import pytest

import loxley as torch
from loxley.config import config
from loxley.ir.graph import ITEM
from loxley.nn import Module, ModuleList
from loxley.runtime import interpreter, plans, varying
from loxley.runtime.counters import counters
from loxley.runtime.varying import repeated
from tests.transformers import Layer

WIDTH, LAYERS = 96, 5


@pytest.fixture(autouse=True)
def fresh(monkeypatch):
    interpreter.flush()
    monkeypatch.setattr(config, "compile", "auto")
    monkeypatch.setattr(config, "compile_strict", True)
    forget()


def forget() -> None:
    plans.PLANS.clear()
    plans.FAMILIES.clear()
    varying.FAMILIES.clear()
    counters.reset()


class Layers(Module):
    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.layers = ModuleList(Layer(WIDTH, 4) for _ in range(LAYERS))

    def forward(self, x):
        for layer in self.layers:
            x, _ = layer(x)
        return x[:, -1]


def results(lengths) -> list[list[float]]:
    model = Layers()
    interpreter.flush()
    torch.manual_seed(1)
    found = []
    with torch.no_grad():
        for length in lengths:
            x = torch.randn(1, length, WIDTH)
            x.tolist()
            counters.reset()
            found.append(model(x).tolist()[0])
    return found


def test_layers_of_a_length_that_is_new_are_one_plan(monkeypatch):
    found = results(range(80, 92))
    assert counters.compiled <= 2  # at the last length: what the first layer reads is kept
    assert counters.plans >= LAYERS - 1
    assert counters.interpreted <= 2
    monkeypatch.setattr(config, "compile", "0")
    for x, y in zip(results(range(80, 92)), found, strict=True):
        assert x == pytest.approx(y, rel=1e-3, abs=1e-4)


def test_each_start_takes_the_same_path():
    first = results(range(80, 90)), counters.compiled, counters.plans, counters.interpreted
    forget()
    assert first == (
        results(range(80, 90)),
        counters.compiled,
        counters.plans,
        counters.interpreted,
    )


def test_few_elements_are_not_worth_plans():
    results(range(3, 15))
    assert counters.compiled == 0


def pending(function) -> list:
    """What a function has recorded, as a look at its result finds it."""
    return interpreter._ancestors([function()._read()])


def test_nothing_is_lost_and_the_order_stays():
    x = torch.randn(40, 16)
    x.tolist()

    def chain():
        y = x * 3
        for _ in range(6):
            values, places = (y @ y.T).tanh().max(dim=1, keepdim=True)
            y = (y * values + places).relu().sigmoid() - 0.5
        return y.exp() + 1

    nodes = pending(chain)
    parts = repeated(nodes)
    assert [n for part in parts for n in part] == nodes
    assert max(part.times for part in parts) >= 4
    listed: set[int] = set()
    for part in parts:
        assert part[0].op is not ITEM
        listed.update(map(id, part))
        assert all(
            i is None or i.data is not None or id(i) in listed for n in part for i in n.inputs
        )


def test_what_does_not_repeat_stays_whole():
    x = torch.randn(8, 8)
    x.tolist()
    nodes = pending(lambda: (x.exp() + 1).tanh().sigmoid() * 2 - x.sum())
    assert repeated(nodes) == []


def test_layers_that_write_in_place(monkeypatch):
    """Each layer writes over a state that later ones and the program read."""

    def run(size: int):
        state, kept = torch.zeros(size, 64), []
        x = torch.ones(size, 64)
        for _ in range(5):
            kept.append(state.clone())
            y = (x + state).tanh().relu().sigmoid()
            state += y
            state[:1] = 2.0
            x = (x * state - y).tanh().exp()
        return x.sum().item(), [k.sum().item() for k in kept], state.sum().item()

    sizes = range(70, 84)
    found = [run(size) for size in sizes]
    assert counters.compiled > 0
    forget()
    monkeypatch.setattr(config, "compile", "0")
    for size, (x, kept, state) in zip(sizes, found):
        again = run(size)
        assert x == pytest.approx(again[0], rel=1e-4)
        assert kept == pytest.approx(again[1], rel=1e-5)
        assert state == pytest.approx(again[2], rel=1e-5)


def test_training_with_lengths_that_are_new(monkeypatch):
    """Forward and backward repeat, each by itself, and gradients are those of NumPy's rules."""

    def train(lengths):
        model = Layers()
        losses = []
        torch.manual_seed(2)
        optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
        for length in lengths:
            optimizer.zero_grad()
            loss = (model(torch.randn(1, length, WIDTH)) ** 2).mean()
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
        return losses

    found = train(range(80, 90))
    assert counters.compiled > 0
    forget()
    monkeypatch.setattr(config, "compile", "0")
    assert train(range(80, 90)) == pytest.approx(found, rel=1e-3)
