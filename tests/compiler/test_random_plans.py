"""Random operators in plans: one native call with what surrounds them, the interpreter's bits."""

from __future__ import annotations

import pytest

import loxley
from loxley import nn
from loxley.config import config
from loxley.nn import functional as F
from loxley.runtime import interpreter, plans

from .test_decompositions import native

DRAWS = {
    "rand": lambda: loxley.rand(5, 40),
    "rand f64": lambda: loxley.rand(77, dtype=loxley.float64),
    "uniform_": lambda: loxley.empty(30, 11).uniform_(-2, 3),
    "randn": lambda: loxley.randn(1000),
    "randn bf16": lambda: loxley.randn(123, dtype=loxley.bfloat16),
    "normal_": lambda: loxley.empty(16, 4).normal_(1.5, 0.25),
    "randint": lambda: loxley.randint(-5, 100, (33,)),
    "random_": lambda: loxley.empty(40, dtype=loxley.int64).random_(),
    "random_ i32": lambda: loxley.empty(40, dtype=loxley.int32).random_(),
    "random_ bf16": lambda: loxley.empty(40, dtype=loxley.bfloat16).random_(),
    "random_ f64": lambda: loxley.empty(41, dtype=loxley.float64).random_(),
    "randperm": lambda: loxley.randperm(500),
    "bernoulli_": lambda: loxley.empty(70).bernoulli_(0.25),
    "dropout": lambda: F.dropout(loxley.ones(9, 50), 0.3),
    "rand_like": lambda: loxley.rand_like(loxley.ones(3, 4)),
}


def bits(function, mode, threads=1):
    """What three runs draw, and the state after them."""
    before = config.compile, loxley.get_num_threads()
    interpreter.flush()
    plans.PLANS.clear()
    config.compile = mode
    loxley.set_num_threads(threads)
    try:
        loxley.manual_seed(5)
        made = [function() for _ in range(3)]
        return [t.tolist() for t in made], loxley.get_rng_state().tolist()
    finally:
        config.compile = before[0]
        loxley.set_num_threads(before[1])


@pytest.mark.parametrize("name", DRAWS)
def test_same_bits_whoever_computes(name):
    wanted = bits(DRAWS[name], "0")
    for threads in (1, 2, 5):
        assert bits(DRAWS[name], "1", threads) == wanted
    native(DRAWS[name])


def test_a_step_with_dropout_is_one_native_call():
    model = nn.Sequential(nn.Linear(20, 30), nn.Dropout(0.2), nn.ReLU(), nn.Linear(30, 4))
    optimizer = loxley.optim.SGD(model.parameters(), 0.1)
    x, target = loxley.randn(8, 20), loxley.randint(0, 4, (8,))
    interpreter.flush()
    steps = []

    class Hears(interpreter.Listener):
        def planned(self, event) -> None:
            steps.append(event.compiled.steps)

    before, hears = config.compile, Hears()
    config.compile = "1"
    plans.PLANS.clear()
    plans.LISTENERS.append(hears)
    try:
        F.cross_entropy(model(x), target).backward()
        optimizer.step()
        interpreter.flush()
    finally:
        plans.LISTENERS.remove(hears)
        config.compile = before
    assert steps and all(len(parts) == 1 for parts in steps)
    assert all(type(part).__name__ == "Native" for parts in steps for part in parts)


def test_states_are_restored_between_native_draws():
    generator = loxley.Generator().manual_seed(3)
    native(lambda: loxley.randn(100, generator=generator))
    kept = generator.get_state()
    first = native(lambda: loxley.rand(50, generator=generator)).tolist()
    generator.set_state(kept)
    assert native(lambda: loxley.rand(50, generator=generator)).tolist() == first
