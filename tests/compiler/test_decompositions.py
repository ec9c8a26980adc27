"""Operators taken apart: machine code gives what NumPy's rules give, and nothing is left to NumPy.

`LOXLEY_CHECK` compares every run of machine code with the rules; here it is switched on.
"""

from __future__ import annotations

from contextlib import contextmanager

import pytest

import loxley
from loxley import nn
from loxley.config import config
from loxley.runtime import interpreter, plans


@contextmanager
def compiled_and_checked():
    """Everything is compiled at once and compared; gives the reasons why NumPy had to help."""
    reasons: list[tuple[str, str]] = []

    class Hears(interpreter.Listener):
        def planned(self, event) -> None:
            if event.kind == "compiled":
                reasons.extend(event.compiled.reasons)

    names = ("compile", "compile_strict", "check")
    before, hears = [getattr(config, name) for name in names], Hears()
    interpreter.flush()
    config.compile, config.compile_strict, config.check = "1", True, True
    plans.PLANS.clear()
    plans.LISTENERS.append(hears)
    try:
        yield reasons
        interpreter.flush()
    finally:
        plans.LISTENERS.remove(hears)
        for name, value in zip(names, before):
            setattr(config, name, value)


def native(function, *arguments):
    """Runs `function` compiled and checked; AssertionError where NumPy had a part in it."""
    with compiled_and_checked() as reasons:
        made = function(*arguments)
        interpreter.flush()
    assert not reasons
    return made


def normal(*shape, dtype=loxley.float32, grad=False):
    return loxley.randn(*shape).to(dtype).requires_grad_(grad)


def trained(module, *inputs):
    """The gradients of a module's parameters and inputs, with its output."""

    def run():
        out = module(*inputs)
        out = out[0] if isinstance(out, tuple) else out
        loss = out.sin().sum()
        wanted = [*module.parameters(), *(x for x in inputs if x.requires_grad)]
        return [out, *loxley.autograd.grad(loss, wanted)]

    return native(run)


# ---------------------------------------------------------------- recurrent layers


@pytest.mark.parametrize("cell", [nn.LSTM, nn.GRU, nn.RNN])
@pytest.mark.parametrize(
    "options",
    [{}, {"num_layers": 2, "bidirectional": True}, {"bias": False}, {"batch_first": True}],
    ids=lambda options: ",".join(options),
)
def test_recurrent_layer(cell, options):
    trained(cell(7, 5, **options), normal(6, 3, 7, grad=True))


@pytest.mark.parametrize("shape", [(1, 3, 4), (5, 1, 4), (1, 1, 1), (4, 2, 19)])
def test_lstm_shapes(shape):
    trained(nn.LSTM(shape[2], 17), normal(*shape, grad=True))


def test_lstm_gradients_of_states():
    """All states as inputs and as results; the outputs have no gradient of their own."""
    layer = nn.LSTM(4, 6)
    x = normal(5, 3, 4, grad=True)
    states = normal(1, 3, 6, grad=True), normal(1, 3, 6, grad=True)

    def run():
        _, (hidden, cell) = layer(x, states)
        return loxley.autograd.grad((hidden * 2 + cell.sin()).sum(), (x, *states))

    native(run)
