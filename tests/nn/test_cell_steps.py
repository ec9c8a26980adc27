"""A step of a gated cell is one operator a state, its derivative another, of any order."""

from __future__ import annotations

import pytest

import loxley as torch
from loxley.config import config
from loxley.runtime import flush
from loxley.runtime.counters import counters

CELLS = pytest.mark.parametrize("kind, states", [("GRUCell", 1), ("LSTMCell", 2)])


def inputs(states):
    """The sample (2, 3) and the states (2, 2), with gradients."""
    shapes = [(2, 3), *[(2, 2)] * states]
    return [torch.randn(*shape, dtype=torch.float64, requires_grad=True) for shape in shapes]


def step(kind):
    """(sample, *states) -> the states after a step, side by side."""
    torch.manual_seed(0)
    cell = getattr(torch.nn, kind)(3, 2).double()
    if kind == "LSTMCell":
        return lambda x, *states: torch.cat(cell(x, states), 1)
    return cell


@CELLS
@pytest.mark.parametrize("compile", ["0", "1"])
def test_derivatives_of_both_orders(monkeypatch, compile, kind, states):
    monkeypatch.setattr(config, "compile", compile)
    cell = step(kind)
    assert torch.autograd.gradcheck(cell, inputs(states))
    assert torch.autograd.gradgradcheck(cell, inputs(states))


@pytest.mark.parametrize("state", [0, 1])
def test_a_state_that_is_not_used_has_no_gradient(state):
    torch.manual_seed(0)
    cell = torch.nn.LSTMCell(3, 2).double()
    assert torch.autograd.gradcheck(lambda x, *states: cell(x, states)[state], inputs(2))


@CELLS
def test_all_ways_give_one_derivative(kind, states):
    """The operator's, that of its parts (forward mode), and the one that can be derived again."""
    cell = step(kind)
    x, *rest = (t.detach() for t in inputs(states))
    backward = torch.func.jacrev(cell)(x, *rest)
    forward = torch.func.jacfwd(cell)(x, *rest)
    assert torch.allclose(backward, forward, rtol=1e-12)
    x.requires_grad_()
    plain = torch.autograd.grad(cell(x, *rest).sum(), x)[0]
    again = torch.autograd.grad(cell(x, *rest).sum(), x, create_graph=True)[0]
    assert torch.allclose(plain, again, rtol=1e-12)
    assert torch.allclose(plain, backward.sum((0, 1)), rtol=1e-12)


def test_a_layer_records_a_few_operators_a_step():
    layer = torch.nn.GRU(4, 5)
    x = torch.randn(20, 3, 4)
    flush()
    before = counters.nodes
    layer(x)[0].sum().backward()
    assert counters.nodes - before < 20 * 12 + 40


def test_steps_of_a_cell_record_a_few_operators():
    cell = torch.nn.LSTMCell(4, 5)
    x, state = torch.randn(20, 3, 4), (torch.zeros(3, 5), torch.zeros(3, 5))
    flush()
    before = counters.nodes
    for one in x:
        state = cell(one, state)
    state[0].sum().backward()
    assert counters.nodes - before < 20 * 20 + 40


def test_the_last_of_pytorchs_operators_names_the_step():
    x = torch.randn(1, 3)
    assert torch.nn.GRUCell(3, 2)(x).grad_fn.name() == "AddBackward0"
    hidden, cell = torch.nn.LSTMCell(3, 2)(x)
    assert (hidden.grad_fn.name(), cell.grad_fn.name()) == ("MulBackward0", "AddBackward0")
