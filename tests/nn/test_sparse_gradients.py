"""Gradients in coordinate form, with expectations recorded from PyTorch."""

from __future__ import annotations

import pytest

import loxley
from loxley import nn


def test_gradient_holds_the_rows_that_were_read_and_accumulates_in_place() -> None:
    table = nn.Embedding(5, 2, sparse=True, padding_idx=1)
    table(loxley.tensor([[0, 1], [3, 3]])).sum().backward()
    grad = table.weight.grad
    assert grad.is_sparse and not grad.is_coalesced()
    assert grad._indices().tolist() == [[0, 3, 3]]
    table(loxley.tensor([3, 0])).sum().backward()
    assert table.weight.grad is grad
    assert grad._indices().tolist() == [[0, 3, 0, 3]]
    assert grad.to_dense().tolist() == [[2, 2], [0, 0], [0, 0], [3, 3], [0, 0]]


def test_a_dense_gradient_takes_a_sparse_one_up() -> None:
    weight = loxley.ones(3, 2, requires_grad=True)
    weight.sum().backward()
    nn.functional.embedding(loxley.tensor([2]), weight, sparse=True).sum().backward()
    assert weight.grad.tolist() == [[1, 1], [1, 1], [2, 2]]


def test_sgd_moves_only_the_rows_that_were_read() -> None:
    table = nn.Embedding.from_pretrained(loxley.zeros(4, 2), freeze=False, sparse=True)
    optimizer = loxley.optim.SGD(table.parameters(), lr=0.5, momentum=0.5)
    for _ in range(2):
        optimizer.zero_grad()
        table(loxley.tensor([1, 1])).sum().backward()
        optimizer.step()
    assert table.weight.tolist() == [[0, 0], [-2.5, -2.5], [0, 0], [0, 0]]


def test_adam_wants_dense_gradients() -> None:
    table = nn.Embedding(4, 2, sparse=True)
    table(loxley.tensor([1])).sum().backward()
    with pytest.raises(RuntimeError, match="please consider SparseAdam instead"):
        loxley.optim.Adam(table.parameters()).step()
