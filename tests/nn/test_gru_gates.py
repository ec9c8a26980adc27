"""A step of a gated recurrent unit is one operator, its derivative another, of any order."""

from __future__ import annotations

import pytest

import loxley as torch
from loxley.config import config
from loxley.runtime import flush
from loxley.runtime.counters import counters


def inputs(*shapes):
    return [torch.randn(*shape, dtype=torch.float64, requires_grad=True) for shape in shapes]


@pytest.mark.parametrize("compile", ["0", "1"])
def test_derivatives_of_both_orders(monkeypatch, compile):
    monkeypatch.setattr(config, "compile", compile)
    torch.manual_seed(0)
    cell = torch.nn.GRUCell(3, 2).double()
    x, h = inputs((2, 3), (2, 2))
    assert torch.autograd.gradcheck(cell, (x, h))
    assert torch.autograd.gradgradcheck(cell, (x, h))


def test_all_ways_give_one_derivative():
    """The operator's, that of its parts (forward mode), and the one that can be derived again."""
    torch.manual_seed(0)
    cell = torch.nn.GRUCell(3, 2).double()
    x, h = (t.detach() for t in inputs((2, 3), (2, 2)))
    backward = torch.func.jacrev(cell)(x, h)
    forward = torch.func.jacfwd(cell)(x, h)
    assert torch.allclose(backward, forward, rtol=1e-12)
    x.requires_grad_()
    plain = torch.autograd.grad(cell(x, h).sum(), x)[0]
    again = torch.autograd.grad(cell(x, h).sum(), x, create_graph=True)[0]
    assert torch.allclose(plain, again, rtol=1e-12)
    assert torch.allclose(plain, backward.sum((0, 1)), rtol=1e-12)


def test_a_layer_records_a_few_operators_a_step():
    layer = torch.nn.GRU(4, 5)
    x = torch.randn(20, 3, 4)
    flush()
    before = counters.nodes
    layer(x)[0].sum().backward()
    assert counters.nodes - before < 20 * 12 + 40


def test_the_last_of_pytorchs_operators_is_an_addition():
    cell = torch.nn.GRUCell(3, 2)
    assert cell(torch.randn(1, 3)).grad_fn.name() == "AddBackward0"
