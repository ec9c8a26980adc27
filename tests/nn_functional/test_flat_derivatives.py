"""Second derivatives of what is flat but for a place: zeros that reach the input, as in PyTorch."""

from __future__ import annotations

import pytest

import loxley as torch
import loxley.nn.functional as F

FLAT = {
    "relu": torch.relu,
    "leaky_relu": F.leaky_relu,
    "hardtanh": F.hardtanh,
    "softshrink": F.softshrink,
    "hardshrink": F.hardshrink,
    "threshold": lambda x: F.threshold(x, 0.1, 2.0),
}


@pytest.mark.parametrize("name", FLAT)
def test_second_derivatives_are_zeros_not_missing(name):
    x = torch.tensor([1.5, 0.25], requires_grad=True)
    (slope,) = torch.autograd.grad(FLAT[name](x).sum(), x, create_graph=True)
    assert slope.requires_grad
    slope.sum().backward()
    assert x.grad.tolist() == [0.0, 0.0]


def test_a_graph_freed_by_a_second_derivative_is_not_walked_again():
    x = torch.ones(2, 1, requires_grad=True)
    y = x.relu()
    (slope,) = torch.autograd.grad(y.sum(), x, create_graph=True)
    slope.sum().backward()
    with pytest.raises(RuntimeError, match="second time"):
        (y * y).sum().backward()
