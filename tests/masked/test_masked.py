"""Masked operations against values recorded from PyTorch 2.13.0."""

from __future__ import annotations

import math

import pytest

import loxley as torch

X = [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]
MASK = [[True, False, True], [False, False, False]]


@pytest.fixture
def x():
    return torch.tensor(X)


@pytest.fixture
def mask():
    return torch.tensor(MASK)


@pytest.mark.parametrize(
    ("name", "arguments", "expected"),
    [
        ("sum", (1,), [4.0, 0.0]),
        ("prod", (1,), [3.0, 1.0]),
        ("amax", (1,), [3.0, -math.inf]),
        ("amin", (1,), [1.0, math.inf]),
        ("argmax", (1,), [2.0, 0.0]),
        ("mean", (1,), [2.0, math.nan]),
        ("median", (1,), [1.0, math.nan]),
        ("norm", (2.0, 1), [math.sqrt(10), 0.0]),
        ("var", (1,), [2.0, math.nan]),
        ("cumsum", (1,), [[1.0, 1.0, 4.0], [0.0, 0.0, 0.0]]),
        ("cumprod", (1,), [[1.0, 1.0, 3.0], [1.0, 1.0, 1.0]]),
        ("normalize", (2.0, 1), [[0.31622776, 0.0, 0.9486833], [0.0, 0.0, 0.0]]),
    ],
)
def test_rows(x, mask, name, arguments, expected):
    made = getattr(torch.masked, name)(x, *arguments, mask=mask)
    torch.testing.assert_close(made, torch.tensor(expected), equal_nan=True)


def test_softmax_leaves_out_what_the_mask_leaves_out(x, mask):
    made = torch.masked.softmax(x, 1, mask=mask)
    torch.testing.assert_close(made[0], torch.tensor([0.11920292, 0.0, 0.880797]))
    assert bool(made[1].isnan().all())


def test_sums_of_small_integers_are_wide(x, mask):
    assert torch.masked.sum(x.int(), mask=mask).dtype is torch.int64
    assert torch.masked.cumsum(x.int(), 1, mask=mask).dtype is torch.int32


def test_no_dimension_means_all(x):
    assert torch.masked.sum(x, ()).item() == 21.0
    assert torch.masked.mean(x).item() == 3.5


def test_gradient_reaches_kept_elements_only(x, mask):
    x.requires_grad_()
    torch.masked.mean(x, (0, 1), mask=mask).backward()
    assert x.grad.tolist() == [[0.5, 0.0, 0.5], [0.0, 0.0, 0.0]]


def test_errors(x, mask):
    with pytest.raises(IndexError, match="got mask dimensionality higher than of the input"):
        torch.masked.sum(x, mask=torch.ones(2, 2, 3, dtype=torch.bool))
    with pytest.raises(RuntimeError, match="appears multiple times"):
        torch.masked.sum(x, (0, 0))
    with pytest.raises(ValueError, match="Could not infer output dtype"):
        torch.masked.mean(x.int(), mask=mask)
    with pytest.raises(ValueError, match="no fully masked out rows"):
        torch.masked.median(x.long(), 1, mask=mask)
    with pytest.raises(NotImplementedError, match="identity of amax on torch.bool input"):
        torch.masked.amax(x.bool(), 1, mask=mask)
