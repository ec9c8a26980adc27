"""`torch.sparse`: products with sparse matrices.

Source: https://docs.pytorch.org/docs/stable/sparse.html#torch-functions-specific-to-sparse-tensors
"""

from __future__ import annotations

from typing import Any

from .dtypes import dtype, int64
from .layouts import sparse_csr
from .shapes import normalize_dims
from .tensor import Tensor
from .tensor.comparison import where
from .tensor.compressed import CompressedTensor, csr_product, weighted_rows
from .tensor.coordinate import SparseTensor, sparse_mm
from .tensor.segments import segment_reduce

__all__ = ["addmm", "mm", "sampled_addmm", "sum"]

_REDUCTIONS = {"sum": "sum", "mean": "mean", "amax": "max", "amin": "min"}


def mm(mat1: Tensor, mat2: Tensor, reduce: str | None = None) -> Tensor:
    """A sparse matrix times a dense one; `reduce` ("sum", "mean", "amax", "amin") combines the
    products of each row in another way (CSR only).  Source: torch.sparse.mm."""
    if reduce is None:
        if isinstance(mat1, CompressedTensor):
            return csr_product(mat1, mat2)
        return sparse_mm(mat1, mat2)
    if reduce not in _REDUCTIONS:
        raise RuntimeError(
            f"reduce argument must be either sum, prod, mean, amax or amin, got {reduce}"
        )
    if not isinstance(mat1, CompressedTensor) or mat1.layout is not sparse_csr:
        raise RuntimeError("torch.sparse.mm: reduce expects mat1 to be a sparse CSR tensor")
    if mat2.ndim != 2 or mat1._shape[1] != mat2._shape[0]:
        return csr_product(mat1, mat2)  # says what does not fit
    counts = mat1.crow_indices().diff().to(int64)
    made = segment_reduce(weighted_rows(mat1, mat2), _REDUCTIONS[reduce], lengths=counts)
    return where((counts == 0).unsqueeze(1), made.new_zeros(()), made)


def sum(  # noqa: A001 - PyTorch's name
    input: Tensor, dim: Any = None, dtype: dtype | None = None
) -> Tensor:
    """The sum over some dimensions of a sparse tensor, of all elements by default: dense where no
    sparse dimension is left, else sparse. Source: torch.sparse.sum."""
    if not isinstance(input, SparseTensor):
        layout = "SparseCsr" if isinstance(input, CompressedTensor) else "Strided"
        raise RuntimeError(f"coalesce expected sparse coordinate tensor layout but got {layout}")
    found = input.coalesce()
    values = found._values_ if dtype is None else found._values_.to(dtype)
    if dim is None:
        return values.sum(dtype=dtype)
    gone = (
        normalize_dims([dim] if isinstance(dim, int) else tuple(dim), input.ndim)
        if dim != ()
        else ()
    )
    sparse = input.sparse_dim()
    inner = [d - sparse + 1 for d in gone if d >= sparse]
    if inner:
        values = values.sum(inner)
    kept = [d for d in range(sparse) if d not in gone]
    if not kept:
        return values.sum(0)
    shape = tuple(n for d, n in enumerate(input._shape) if d not in gone)
    return SparseTensor.make(found._indices_[kept], values, shape, len(kept) == sparse).coalesce()


def addmm(
    mat: Tensor, mat1: Tensor, mat2: Tensor, *, beta: float = 1.0, alpha: float = 1.0
) -> Tensor:
    """beta mat + alpha (mat1 @ mat2), mat1 being sparse. Source: torch.sparse.addmm."""
    return mat * beta + mm(mat1, mat2) * alpha


def sampled_addmm(
    input: Tensor,
    mat1: Tensor,
    mat2: Tensor,
    *,
    beta: complex = 1.0,
    alpha: complex = 1.0,
    out: Tensor | None = None,
) -> Tensor:
    """beta input + alpha (mat1 @ mat2) at the places where the CSR matrix `input` has elements.

    Source: torch.sparse.sampled_addmm.
    """
    if not isinstance(input, CompressedTensor) or input.layout is not sparse_csr:
        raise RuntimeError(
            f"sampled_addmm: Expected self to have sparse csr layout, but got {input.layout}"
        )
    _check_sampled(input, mat1, mat2)
    rows = mat1.index_select(0, input.row_indices_of_values())
    columns = mat2.index_select(1, input.col_indices()).t()
    values = (rows * columns).sum(1) * alpha + input.values() * beta
    if out is None:
        return input._with(values)
    if not isinstance(out, CompressedTensor) or out.layout is not sparse_csr:
        raise RuntimeError(
            f"sampled_addmm: Expected out to have sparse csr layout, but got {out.layout}"
        )
    out.become(input._with(values))
    return out


def _check_sampled(input: Tensor, mat1: Tensor, mat2: Tensor) -> None:
    if mat1.ndim != 2 or mat2.ndim != 2 or mat1._shape[1] != mat2._shape[0]:
        raise RuntimeError(
            "sampled_addmm: mat1 and mat2 shapes cannot be multiplied "
            f"({'x'.join(map(str, mat1._shape))} and {'x'.join(map(str, mat2._shape))})"
        )
    for d, (name, n) in enumerate(
        (("mat1.shape[-2]", mat1._shape[0]), ("mat2.shape[-1]", mat2._shape[1]))
    ):
        if input._shape[d] != n:
            raise RuntimeError(f"sampled_addmm: self.shape[{d - 2}] must match {name}")
