"""`torch.ops.aten`: names, overloads, and what exists there only."""

from __future__ import annotations

import pytest

import loxley as torch

aten = torch.ops.aten


def test_names_and_overloads():
    assert str(aten.add) == "aten.add"
    assert str(aten.add.Tensor) == "aten.add.Tensor"
    assert repr(aten.add.Tensor) == "<OpOverload(op='aten.add', overload='Tensor')>"
    assert aten.add.Tensor.name() == "aten::add.Tensor"
    assert {"Tensor", "Scalar", "out"} <= set(aten.add.overloads())
    assert aten.relu.default(torch.tensor([-1.0, 2.0])).tolist() == [0.0, 2.0]
    assert aten.add.out(torch.ones(1), 1, out=torch.zeros(1)).tolist() == [2.0]


def test_unknown_names():
    with pytest.raises(AttributeError, match="'_OpNamespace' 'aten' object has no attribute 'foo'"):
        _ = aten.foo
    with pytest.raises(AttributeError, match="'aten.add' has no overload name 'foo'"):
        _ = aten.add.foo
    with pytest.raises(RuntimeError, match="failed to match any schema"):
        aten.slice(torch.arange(3), nonsense=1)


def test_slice():
    x = torch.arange(5)
    assert aten.slice.Tensor(x, 0, -3, None, 2).tolist() == [2, 4]
    with pytest.raises(IndexError, match="0-dim"):
        aten.slice(torch.tensor(1))


def test_safe_softmax_of_nothing():
    x = torch.full((2, 2), -float("inf"), requires_grad=True)
    made = aten._safe_softmax(x, 1)
    made.sum().backward()
    assert made.tolist() == [[0.0, 0.0]] * 2
    assert x.grad.tolist() == [[0.0, 0.0]] * 2


def test_pooling_backward():
    x = torch.arange(16.0).reshape(1, 1, 4, 4)
    made, places = aten.max_pool2d_with_indices(x, [2, 2])
    grad = aten.max_pool2d_with_indices_backward(
        torch.ones_like(made), x, [2, 2], [2, 2], [0, 0], [1, 1], False, places
    )
    assert grad.sum().item() == 4.0
    assert grad[0, 0, 1, 1].item() == 1.0


def test_what_other_devices_have():
    x = torch.ones(1, 1, 1, 8)
    with pytest.raises(NotImplementedError, match="Could not run 'aten::_flash_attention_forward'"):
        aten._flash_attention_forward(x, x, x, None, None, 1, 1, 0.0, False, False)
