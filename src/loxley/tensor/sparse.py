"""The compressed sparse forms that there are not: asking raises NotImplementedError.

Coordinate form is in `coordinate.py`, compressed rows in `compressed.py`; the
methods that PyTorch allows on strided tensors work.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .. import dtypes as dt
from .api import expose, method
from .compressed import CompressedTensor
from .coordinate import SparseTensor, sparse_mm
from .creation import zeros
from .products import mm
from .tensor import Tensor


def _missing(name: str) -> Callable:
    def refused(*args: Any, **kwargs: Any) -> Any:
        raise NotImplementedError(f"{name}: sparse tensors are not implemented")

    refused.__name__ = name.rpartition(".")[2]
    return refused


for _name in (
    "to_sparse_bsr to_sparse_bsc sparse_mask sparse_resize_ sparse_resize_and_clear_"
).split():
    setattr(Tensor, _name, _missing(f"torch.Tensor.{_name}"))
expose(
    **{name: _missing(f"torch.{name}") for name in ("sparse_bsr_tensor sparse_bsc_tensor").split()}
)


def _of_sparse(name: str) -> Callable:
    def refused(self: Tensor) -> Any:
        raise RuntimeError(f"{name} expected sparse coordinate tensor layout but got Strided")

    refused.__name__ = name
    return refused


def spmm(input: Tensor, mat2: Tensor) -> Tensor:
    """A product of matrices, either of them sparse. Source: torch.sparse.mm."""
    if isinstance(input, CompressedTensor):
        return input @ mat2
    return sparse_mm(input, mat2) if isinstance(input, SparseTensor) else mm(input, mat2)


def hsmm(input: Tensor, mat2: Tensor) -> SparseTensor:
    """The product of a sparse and a dense matrix: the rows that the sparse one has, as values of a
    sparse result. Source: torch.hspmm."""
    found = input.coalesce()
    rows = found._indices_[0]
    present, places = rows.unique(return_inverse=True)
    parts = found._values_.unsqueeze(1) * mat2.index_select(0, found._indices_[1])
    values = zeros((present._shape[0], mat2._shape[1]), dtype=parts.dtype)
    return SparseTensor.make(
        present.unsqueeze(0),
        values.index_add(0, places, parts),
        (input._shape[0], mat2._shape[1]),
        True,
    )


expose(spmm=spmm, dsmm=spmm, hsmm=hsmm, hspmm=hsmm)

for _name in ("coalesce", "indices", "values", "_indices", "_values", "_nnz"):
    setattr(Tensor, _name, _of_sparse(_name))


@method
def to_dense(
    self: Tensor, dtype: dt.dtype | None = None, *, masked_grad: bool | None = None
) -> Tensor:
    """The tensor itself, which is dense already. Source: torch.Tensor.to_dense."""
    return self.to(dtype) if dtype is not None else self
