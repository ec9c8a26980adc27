"""Batches of matrices are multiplied where they lie: kernels that copy them are not there."""

from __future__ import annotations

import numpy as np
import pytest

import loxley as torch
from loxley.compiler.decompose.batches import paired
from loxley.compiler.nodes import Node, copied, expand, permute, unary, view
from loxley.config import config
from loxley.runtime.counters import counters


def leaf(*shape):
    return Node("leaf", shape, "f32", (), 0)


def seen(x):
    """Whose memory a batch is read from, under which shape, how."""
    return x.base, x.shape, x.layout[1]


def test_heads_that_were_reshaped_to_one_batch():
    q, k = leaf(3, 10, 4, 8), leaf(3, 12, 4, 8)
    a, b = (view(permute(x, (0, 2, 1, 3)), (12, x.shape[1], 8)) for x in (q, k))
    assert a.base is not q and b.base is not k
    a, b = paired(a, permute(b, (0, 2, 1)), (12,))
    assert seen(a) == (q, (3, 4, 10, 8), (320, 8, 32, 1))
    assert seen(b) == (k, (3, 4, 8, 12), (384, 8, 1, 32))


def test_one_of_them_was_reshaped():
    q, k = leaf(3, 10, 4, 8), leaf(12, 8, 12)
    a, b = paired(view(permute(q, (0, 2, 1, 3)), (12, 10, 8)), k, (12,))
    assert seen(a) == (q, (3, 4, 10, 8), (320, 8, 32, 1))
    assert seen(b) == (k, (3, 4, 8, 12), (384, 96, 12, 1))


def test_a_batch_of_three_dimensions_in_another_order():
    a, b = leaf(2, 3, 4, 5, 6), leaf(4, 2, 3, 6, 7)
    left, right = paired(permute(a, (2, 0, 1, 3, 4)), b, (4, 2, 3))
    assert seen(left) == (a, (4, 6, 5, 6), (30, 120, 6, 1))
    assert seen(right) == (b, (4, 6, 6, 7), (252, 42, 7, 1))


def test_a_broadcast_batch():
    a, b = leaf(2, 3, 1, 5, 6), leaf(4, 6, 7)
    left, right = paired(a, b, (2, 3, 4))
    assert seen(left) == (a, (6, 4, 5, 6), (30, 0, 6, 1))
    assert seen(right) == (b, (6, 4, 6, 7), (0, 42, 7, 1))


def test_two_copies_of_which_the_first_is_read():
    a, b = leaf(3, 10, 4, 8), leaf(12, 8, 12)
    again = copied(view(permute(a, (0, 2, 1, 3)), (12, 10, 8)))
    assert paired(again, b, (12,))[0].base is a


def test_what_is_copied_all_the_same():
    """An order that no two strides say, elements apart in both directions, what is computed."""
    a, b = leaf(2, 3, 4, 5, 6), leaf(24, 6, 7)
    assert paired(permute(a, (2, 1, 0, 3, 4)), b, (4, 3, 2))[0].base is not a
    a = leaf(10, 8, 12)
    assert paired(copied(permute(a, (2, 0, 1))), leaf(12, 8, 7), (12,))[0].base is not a
    a = unary("exp", permute(leaf(3, 10, 4, 8), (0, 2, 1, 3)))
    assert paired(view(a, (12, 10, 8)), leaf(12, 8, 12), (12,))[0].base is a


def test_numbers_are_not_read_where_they_lie():
    number = Node("number", (), "f32", (), 2.0)
    full = copied(expand(number, (3, 4, 5)))
    assert paired(full, leaf(3, 5, 6), (3,))[0].base is full


def numbers(*shape):
    return np.random.default_rng(len(shape)).standard_normal(shape).astype(np.float32)


@pytest.fixture
def compiled(monkeypatch):
    monkeypatch.setattr(config, "compile", "1")
    monkeypatch.setattr(config, "compile_strict", True)


X, W, V = numbers(30, 16), numbers(16, 32), numbers(16, 32)


@pytest.mark.parametrize(
    "scores",
    [
        lambda q, k: torch.einsum("bqhd,bkhd->bhqk", q, k),
        lambda q, k: torch.bmm(
            q.transpose(1, 2).reshape(12, 10, 8),
            k.permute(0, 2, 3, 1).reshape(12, 8, 10),
        ).view(3, 4, 10, 10),
        lambda q, k: q.transpose(1, 2) @ k.permute(0, 2, 3, 1),
    ],
)
def test_projections_and_scores_are_three_kernels(compiled, scores):
    x, w, v = (torch.tensor(a) for a in (X, W, V))
    counters.reset()
    made = scores(*((x @ u).view(3, 10, 4, 8) for u in (w, v))).numpy()
    q, k = ((X @ u).reshape(3, 10, 4, 8) for u in (W, V))
    np.testing.assert_allclose(made, np.einsum("bqhd,bkhd->bhqk", q, k), rtol=1e-4, atol=1e-4)
    assert counters.kernels == 3


@pytest.mark.parametrize(
    "equation, shapes",
    [
        ("bhqk,bkhd->bqhd", ((3, 4, 10, 12), (3, 12, 4, 8))),
        ("abhqd,abhkd->abhqk", ((2, 3, 4, 5, 6), (2, 3, 4, 7, 6))),
        ("hqd,bkhd->bhqk", ((4, 10, 8), (3, 12, 4, 8))),
        ("ikb,bkj->bij", ((5, 6, 8), (8, 6, 7))),
        ("bji,bkj->ibk", ((5, 6, 7), (5, 8, 6))),
    ],
)
def test_einsum(compiled, equation, shapes):
    arrays = [numbers(*s) for s in shapes]
    made = torch.einsum(equation, *(torch.tensor(a) for a in arrays)).numpy()
    np.testing.assert_allclose(made, np.einsum(equation, *arrays), rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("shapes", [((0, 3, 4), (0, 4, 5)), ((2, 0, 4), (2, 4, 5))])
@pytest.mark.parametrize("lead", [(), (2,), (1, 3)])
def test_no_elements(compiled, shapes, lead):
    a, b = (numbers(*lead, *s) for s in shapes)
    assert torch.matmul(torch.tensor(a), torch.tensor(b)).shape == (a @ b).shape
