"""Sparse matrices in compressed rows."""

from __future__ import annotations

import pytest

import loxley as torch

DENSE = [[0.0, 1.0, 0.0], [2.0, 0.0, 3.0]]


@pytest.fixture
def matrix():
    return torch.tensor(DENSE).to_sparse_csr()


def test_parts_and_printing(matrix):
    assert matrix.layout is torch.sparse_csr
    assert matrix.crow_indices().tolist() == [0, 1, 3]
    assert matrix.col_indices().tolist() == [1, 0, 2]
    assert repr(matrix) == (
        "tensor(crow_indices=tensor([0, 1, 3]),\n"
        "       col_indices=tensor([1, 0, 2]),\n"
        "       values=tensor([1., 2., 3.]), size=(2, 3), nnz=3,\n"
        "       layout=torch.sparse_csr)"
    )


def test_conversions(matrix):
    assert matrix.to_dense().tolist() == DENSE
    assert matrix.to_sparse().to_dense().tolist() == DENSE
    assert matrix.to_sparse().to_sparse_csr().to_dense().tolist() == DENSE
    assert matrix.double().dtype is torch.float64


def test_products(matrix):
    assert (matrix @ torch.ones(3)).tolist() == [1.0, 5.0]
    assert torch.sparse.mm(matrix, torch.ones(3, 2)).tolist() == [[1.0, 1.0], [5.0, 5.0]]
    largest = torch.sparse.mm(matrix, torch.ones(3, 2), "amax")
    assert largest.tolist() == [[1.0, 1.0], [3.0, 3.0]]
    sampled = torch.sparse.sampled_addmm(matrix, torch.ones(2, 4), torch.ones(4, 3), beta=0.5)
    assert sampled.to_dense().tolist() == [[0.0, 4.5, 0.0], [5.0, 0.0, 5.5]]


def test_gradients_have_the_places_of_the_matrix(matrix):
    matrix.requires_grad_()
    other = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
    grads = torch.autograd.grad((matrix @ other).sum(), [matrix, other])
    assert grads[0].to_dense().tolist() == [[0.0, 2.0, 0.0], [1.0, 0.0, 3.0]]
    assert grads[1].tolist() == [2.0, 1.0, 3.0]


def test_an_empty_row_reduces_to_zero():
    matrix = torch.tensor([[0.0, 0.0], [1.0, -2.0]]).to_sparse_csr()
    made = torch.sparse.mm(matrix, torch.ones(2, 1), "amin")
    assert made.tolist() == [[0.0], [-2.0]]


@pytest.mark.parametrize(
    ("crow", "col"), [([0, 1, 2], [1, 0, 2]), ([0, 1, 3], [1, 0, 5]), ([0, 1, 3], [1, 2, 0])]
)
def test_parts_that_do_not_fit(crow, col):
    with pytest.raises(RuntimeError, match="is not satisfied"):
        torch.sparse_csr_tensor(crow, col, [1.0, 2.0, 3.0], (2, 3))


def test_what_is_not_there_says_so(matrix):
    with pytest.raises(NotImplementedError):
        matrix.exp()
    with pytest.raises(RuntimeError, match="do not have strides"):
        matrix.stride()
    with pytest.raises(RuntimeError, match="expected sparse row compressed tensor layout"):
        torch.ones(2, 2).crow_indices()
