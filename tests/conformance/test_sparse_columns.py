"""Compressed columns, sums and products of sparse tensors, held against PyTorch's."""

from __future__ import annotations

from typing import Any

import pytest

import loxley

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.filterwarnings("ignore")


def told(call: Any) -> str:
    try:
        return repr(call()).replace("loxley.", "torch.")
    except Exception as error:
        return f"{type(error).__name__}: {error}"


def both(program: Any) -> tuple[list[str], list[str]]:
    expected, actual = ([told(call) for call in program(p)] for p in (torch, loxley))
    return expected, actual


def coordinates(torch: Any) -> Any:
    indices = torch.tensor([[0, 0, 1, 1, 0], [2, 0, 1, 2, 2]])
    return torch.sparse_coo_tensor(indices, torch.arange(1.0, 6.0), (2, 3))


@pytest.mark.parametrize("dim", [None, 0, 1, -1, (0, 1), [1], (), (0, 2), (2,), 5, (0, 0)])
@pytest.mark.parametrize("dense", [False, True])
def test_sums(dim: Any, dense: bool) -> None:
    def program(torch: Any) -> Any:
        s = coordinates(torch)
        if dense:
            values = torch.arange(10.0).reshape(5, 2)
            s = torch.sparse_coo_tensor(s._indices(), values, (2, 3, 2))
        yield lambda: torch.sparse.sum(s, dim)
        yield lambda: torch.sparse.sum(s, dim, dtype=torch.float64)

    expected, actual = both(program)
    assert actual == expected


def test_products() -> None:
    def program(torch: Any) -> Any:
        s, dense = coordinates(torch), torch.arange(12.0).reshape(3, 4)
        for name in ("spmm", "dsmm", "hsmm"):
            yield lambda name=name: getattr(torch, name)(s, dense)
        yield lambda: torch.spmm(s.to_dense(), dense)
        yield lambda: torch.spmm(s.to_dense().to_sparse_csr(), dense)
        yield lambda: torch.spmm(s.to_dense().to_sparse_csc(), dense)

    expected, actual = both(program)
    assert actual == expected


def test_columns() -> None:
    def program(torch: Any) -> Any:
        m = torch.tensor([[0, 1.0, 0], [2, 0, 3]])
        c, dense = m.to_sparse_csc(), torch.arange(12.0).reshape(3, 4)
        yield lambda: c
        yield lambda: (c.ccol_indices(), c.row_indices(), c.values(), c.layout, c.shape)
        yield lambda: (c.is_sparse, c.is_sparse_csr, c._nnz(), c.sparse_dim(), c.dense_dim())
        yield lambda: c.crow_indices()
        yield lambda: c.stride()
        for other in (m, coordinates(torch), m.to_sparse_csr()):
            yield lambda other=other: other.row_indices()
            yield lambda other=other: other.ccol_indices()
            yield lambda other=other: other.to_sparse_csc()
        yield lambda: (c.to_dense(), c.to_sparse(), c.to_sparse_csr())
        yield lambda: (c.t(), m.to_sparse_csr().t(), c.t().to_dense(), c.t().t())
        yield lambda: (c.double(), c * 2, -c, c.sum(), c.abs(), c.clone())
        yield lambda: c.to_sparse_csc() is c
        yield lambda: (c @ dense, torch.sparse.mm(c, dense), c @ dense[:, 0])
        yield lambda: m.to_sparse(layout=torch.sparse_csc)
        yield lambda: torch.sparse_csc_tensor([0, 1, 2, 3], [1, 0, 1], [2.0, 1.0, 3.0])
        yield lambda: torch.sparse_csc_tensor(
            [0, 1, 2, 3], [1, 0, 5], [2.0, 1.0, 3.0], (2, 3), check_invariants=True
        )
        for layout, starts in ((torch.sparse_csc, [0, 1, 2, 3]), (torch.sparse_csr, [0, 1, 3])):
            yield (
                lambda layout=layout, starts=starts: (
                    torch.sparse_compressed_tensor(
                        starts, [1, 0, 1], [2.0, 1.0, 3.0], (len(starts) - 1, 3), layout=layout
                    ).layout
                )
            )

    expected, actual = both(program)
    assert actual == expected
