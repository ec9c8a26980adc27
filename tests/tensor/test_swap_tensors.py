"""`torch.utils.swap_tensors`: tensors exchange what they are and keep their identity."""

from __future__ import annotations

import weakref

import pytest

import loxley as torch
import loxley.utils


def test_content_class_and_attributes_move() -> None:
    a, b = torch.nn.Parameter(torch.ones(2)), torch.zeros(3, dtype=torch.int64)
    a.mark = 1
    torch.utils.swap_tensors(a, b)
    assert type(a) is torch.Tensor and a.dtype is torch.int64 and a.tolist() == [0, 0, 0]
    assert isinstance(b, torch.nn.Parameter) and b.requires_grad and b.mark == 1


def test_a_module_trains_on_with_what_it_was_given() -> None:
    m, given = torch.nn.Linear(2, 2), torch.nn.Parameter(torch.zeros(2, 2))
    m(torch.ones(1, 2)).sum().backward()
    torch.utils.swap_tensors(m.weight, given)
    assert m.weight.grad is None and given.grad.tolist() == [[1.0, 1.0], [1.0, 1.0]]
    m(torch.ones(1, 2)).sum().backward()
    assert m.weight.grad.tolist() == [[1.0, 1.0], [1.0, 1.0]]


def test_backward_through_an_older_graph_is_refused() -> None:
    a, b = torch.ones(2, requires_grad=True), torch.zeros(2, requires_grad=True)
    total = (a * a).sum()
    torch.utils.swap_tensors(a, b)
    with pytest.raises(RuntimeError, match="poisoned by swap_tensors"):
        total.backward()


def test_weak_references_and_views_are_refused() -> None:
    a, b = torch.ones(2), torch.zeros(2)
    watched = weakref.ref(a)
    with pytest.raises(RuntimeError, match="Cannot swap t1 because it has weakref"):
        torch.utils.swap_tensors(a, b)
    with pytest.raises(RuntimeError, match="Cannot swap t2 because it has weakref"):
        torch.utils.swap_tensors(b, a)
    assert watched() is a
    c = torch.ones(3)
    view = c[:1]
    with pytest.raises(RuntimeError):
        torch.utils.swap_tensors(c, b)
    assert view.tolist() == [1.0] and c.tolist() == [1.0, 1.0, 1.0]
