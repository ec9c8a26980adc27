"""Compressed columns without PyTorch: printing and refusals that were recorded."""

from __future__ import annotations

import pytest

import loxley as torch


def test_a_matrix_prints_by_columns():
    c = torch.tensor([[0, 1.0, 0], [2, 0, 3]]).to_sparse_csc()
    assert repr(c) == (
        "tensor(ccol_indices=tensor([0, 1, 2, 3]),\n       row_indices=tensor([1, 0, 1]),\n"
        "       values=tensor([2., 1., 3.]), size=(2, 3), nnz=3,\n       layout=torch.sparse_csc)"
    )
    assert (c @ torch.ones(3)).tolist() == [1.0, 5.0]


def test_rows_of_other_layouts_are_refused():
    with pytest.raises(RuntimeError, match="row_indices expected sparse column compressed tensor"):
        torch.ones(2, 2).row_indices()


def test_sums_of_sparse_tensors():
    s = torch.tensor([[0, 1.0], [2, 3]]).to_sparse()
    assert torch.sparse.sum(s).item() == 6
    assert torch.sparse.sum(s, 0).to_dense().tolist() == [2.0, 4.0]
