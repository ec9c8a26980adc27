"""An error is told to whoever looks, as often as they look, and to nobody else."""

from __future__ import annotations

import pytest

import loxley as torch
from loxley.config import config
from loxley.ir.graph import TABLE, Op
from loxley.runtime import evaluate, interpreter


class Refusing:
    """A rule that raises what it is told to, so often."""

    def __init__(self) -> None:
        self.error, self.times = ArithmeticError("on purpose"), 1000

    def __call__(self, x, /):
        if self.times:
            self.times -= 1
            raise self.error
        return x + 1


@pytest.fixture
def refusing():
    interpreter.flush()
    rule = Refusing()
    op = Op("refuses_for_test", rule=lambda x: (x.shape, x.dtype), eval=lambda x, /: rule(x))
    rule.record = lambda: op(torch.ones(40)._read())
    yield rule
    del TABLE["refuses_for_test"]
    interpreter.flush()


@pytest.mark.parametrize("mode", ["auto", "1", "0"])
def test_what_failed_is_left_to_those_who_look(monkeypatch, refusing, mode):
    monkeypatch.setattr(config, "compile", mode)
    bad = refusing.record()
    after = TABLE["exp"](bad)
    for _ in range(2):
        with pytest.raises(ArithmeticError):
            evaluate(after)
    other = torch.ones(3) * 2  # recorded later, needs nothing of it
    weight = torch.zeros(2, requires_grad=True)
    optimizer = torch.optim.SGD([weight], 1.0)
    for _ in range(3):
        optimizer.zero_grad()
        (weight * 2).sum().backward()
        optimizer.step()
        interpreter.flush()
    assert weight.tolist() == [-6, -6]
    assert other._storage.value.data is not None
    with pytest.raises(ArithmeticError):
        evaluate(bad)


@pytest.mark.parametrize("mode", ["auto", "1"])
def test_a_flush_that_meets_an_error_tells_it_once(monkeypatch, refusing, mode):
    monkeypatch.setattr(config, "compile", mode)
    bad = refusing.record()
    with pytest.raises(ArithmeticError):
        interpreter.flush()
    interpreter.flush()
    with pytest.raises(ArithmeticError):
        evaluate(bad)


def test_a_caught_error_does_not_come_back():
    """The traceback that `kept` has holds the draws."""
    with pytest.raises(RuntimeError, match="invalid Poisson rate") as kept:
        torch.poisson(torch.tensor([-1.0]))
    interpreter.flush()
    assert kept.value and torch.rand(3).shape == (3,)


def test_an_interruption_is_no_failure(monkeypatch, refusing):
    monkeypatch.setattr(config, "compile", "0")
    refusing.error, refusing.times = KeyboardInterrupt(), 1
    value = refusing.record()
    with pytest.raises(KeyboardInterrupt):
        evaluate(value)
    interpreter.flush()
    assert value.data is not None
