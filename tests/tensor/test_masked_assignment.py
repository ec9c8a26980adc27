"""`x[mask] = number` takes no look at the mask: masks of other counts make no other plan."""

from __future__ import annotations

import pytest

import loxley as torch
from loxley.runtime.counters import counters


def test_a_number_where_a_mask_holds_is_recorded_without_a_look() -> None:
    x = torch.arange(6.0).reshape(2, 3)
    before = counters.flushes
    x[x > 3] = -1
    x[:, torch.tensor([True, False, False])] = 7
    x[torch.tensor([False, True])] *= 2
    x[torch.tensor([True, False]), 1] = torch.tensor([9.0])
    assert counters.flushes <= before + 2  # the last two read places, which takes a look
    assert x.tolist() == [[7, 9, 2], [14, -2, -2]]


def test_its_gradient_is_zero_where_the_number_went() -> None:
    x = torch.ones(2, 3, requires_grad=True)
    y = x * 2
    y[torch.tensor([[True, False, True], [False, False, True]])] = 5
    assert type(y.grad_fn).__name__ == "IndexPutBackward0"
    (y * y).sum().backward()
    assert x.grad.tolist() == [[0, 8, 0], [8, 8, 0]]


def test_masks_that_do_not_fit_are_refused() -> None:
    x = torch.zeros(2, 3)
    with pytest.raises(IndexError, match=r"mask \[3\] at index 0 does not match"):
        x[torch.tensor([True, False, True])] = 1
    with pytest.raises(RuntimeError, match="leaf Variable that requires grad"):
        x.requires_grad_()[torch.tensor([True, False])] = 1
