"""`axis`, `keepdims` and NumPy's names of operands, which PyTorch takes for its own."""

from __future__ import annotations

import pytest

import loxley as torch
import loxley.nn.functional as F
from loxley.config import config

X = torch.arange(6.0).reshape(2, 3)


@pytest.mark.parametrize("name", "sum mean prod amax argmin logsumexp std var all any".split())
def test_reductions(name: str) -> None:
    with config.one_executor():
        wanted = getattr(torch, name)(X, dim=1, keepdim=True)
        assert torch.equal(getattr(torch, name)(X, axis=1, keepdims=True), wanted)
        assert torch.equal(getattr(X, name)(axis=1, keepdim=True), wanted)


@pytest.mark.parametrize("name", "unsqueeze squeeze softmax cumsum argsort".split())
def test_functions_of_a_dimension(name: str) -> None:
    with config.one_executor():
        wanted = getattr(torch, name)(X, dim=0)
        assert torch.equal(getattr(torch, name)(X, axis=0), wanted)
        assert torch.equal(getattr(X, name)(axis=0), wanted)


def test_lists_pairs_and_outputs() -> None:
    assert torch.equal(torch.stack([X, X], axis=1), torch.stack([X, X], 1))
    assert torch.equal(torch.max(X, axis=1, keepdims=True).indices, torch.tensor([[2], [2]]))
    out = torch.empty(2)
    torch.sum(X, axis=1, out=out)
    assert out.tolist() == [3.0, 12.0]


def test_operands() -> None:
    assert torch.equal(torch.add(x1=X, x2=X), X + X)
    assert torch.equal(torch.sum(a=X, axis=0), X.sum(0))


def test_names_given_twice_or_to_functions_in_python_are_refused() -> None:
    with pytest.raises(TypeError):
        torch.sum(X, dim=1, axis=1)
    with pytest.raises(TypeError):
        F.softmax(X, axis=1)
