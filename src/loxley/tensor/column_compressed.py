"""Sparse matrices in compressed columns (CSC): where each column starts, the rows, the values.

They are compressed rows seen from the other side: conversions, transposition and products with
dense operands; every other operator raises NotImplementedError.
Source: https://docs.pytorch.org/docs/stable/sparse.html#sparse-csc-tensor
"""

from __future__ import annotations

import re
from typing import Any

import numpy as np

from .. import dtypes as dt
from ..layouts import sparse_bsc, sparse_bsr, sparse_coo, sparse_csc, sparse_csr, strided
from .api import method, public
from .compressed import CompressedTensor, csr_product, sparse_csr_tensor
from .coordinate import SparseTensor
from .tensor import Tensor


class ColumnCompressedTensor(CompressedTensor):
    """`crow` holds the starts of columns and `col` the rows of a matrix of `shape`."""

    is_sparse_csr = False
    layout = sparse_csc
    _names = "ccol_indices", "row_indices", "sparse_csc"

    def row_indices(self) -> Tensor:
        """The row of each value."""
        return self._col_

    def ccol_indices(self) -> Tensor:
        """Where each column's values start, and where the last column's end."""
        return self._crow_

    def crow_indices(self) -> Tensor:
        """RuntimeError: it has columns."""
        raise RuntimeError(_REFUSED.format("crow_indices", "row", "SparseCsc"))

    def col_indices(self) -> Tensor:
        """RuntimeError: it has columns."""
        raise RuntimeError(_REFUSED.format("col_indices", "row", "SparseCsc"))

    def stride(self, dim: int | None = None) -> Any:
        """RuntimeError: there is no memory of that order."""
        raise RuntimeError("Sparse CSC tensors do not have strides")

    def to_sparse(self, *args: Any, layout: Any = None, **kwargs: Any) -> Any:
        """The same elements in coordinate form, or in the layout that is asked for."""
        if layout is sparse_csc:
            return self
        if layout is sparse_csr:
            return self.to_sparse_csr()
        if kwargs or layout not in (None, sparse_coo):
            raise NotImplementedError(f"Tensor.to_sparse: layout {layout} is not implemented")
        columns = self.row_indices_of_values()._array()
        places = np.stack([self._col_._array(), columns])
        indices = Tensor._from_array(places.astype(np.int64), dt.int64)
        return SparseTensor.make(indices, self._values_, self._shape, False)

    def to_sparse_csr(self, dense_dim: int | None = None) -> CompressedTensor:
        """The same elements in compressed rows."""
        return self.to_sparse().to_sparse_csr(dense_dim)

    def to_sparse_csc(self, dense_dim: int | None = None) -> ColumnCompressedTensor:
        """This matrix itself."""
        return self

    def _by_rows(self) -> CompressedTensor:
        return self.to_sparse_csr()

    def t(self) -> CompressedTensor:
        """The transpose, in compressed rows over the same parts."""
        return CompressedTensor.make(self._crow_, self._col_, self._values_, self._shape[::-1])

    def __matmul__(self, other: Tensor) -> Tensor:
        return csr_product(self.to_sparse_csr(), other)

    mm = matmul = mv = __matmul__


_REFUSED = "{} expected sparse {} compressed tensor layout but got {}"
_SHOWN = {strided: "Strided", sparse_coo: "Sparse", sparse_csr: "SparseCsr"}


def _transposed(self: CompressedTensor) -> ColumnCompressedTensor:
    """The transpose, in compressed columns over the same parts."""
    made = ColumnCompressedTensor.make(self._crow_, self._col_, self._values_, self._shape[::-1])
    assert isinstance(made, ColumnCompressedTensor)
    return made


CompressedTensor.t = _transposed  # type: ignore[method-assign, assignment]


@method
def to_sparse_csc(self: Tensor, dense_dim: int | None = None) -> ColumnCompressedTensor:
    """The elements that are not zero, in compressed columns. Source: torch.Tensor.to_sparse_csc."""
    if dense_dim:
        raise NotImplementedError("Tensor.to_sparse_csc: argument 'dense_dim' is not implemented")
    if self.ndim != 2:
        raise NotImplementedError("Tensor.to_sparse_csc: only matrices are implemented")
    found = self if isinstance(self, SparseTensor) else self.to_sparse()
    found = found.coalesce()
    indices = found._indices_._array()
    order = np.lexsort((indices[0], indices[1]))
    starts = np.searchsorted(indices[1][order], np.arange(self._shape[1] + 1))
    made = ColumnCompressedTensor.make(
        Tensor._from_array(starts.astype(np.int64), dt.int64),
        Tensor._from_array(indices[0][order].astype(np.int64), dt.int64),
        found._values_[Tensor._from_array(order.astype(np.int64), dt.int64)],
        self._shape,
    )
    assert isinstance(made, ColumnCompressedTensor)
    return made


def _of_columns(name: str) -> Any:
    def refused(self: Tensor) -> Any:
        raise RuntimeError(_REFUSED.format(name, "column", _SHOWN.get(self.layout, self.layout)))

    refused.__name__ = name
    return refused


for _name in ("ccol_indices", "row_indices"):
    setattr(Tensor, _name, _of_columns(_name))


@public(method=False)
def sparse_csc_tensor(
    ccol_indices: Any,
    row_indices: Any,
    values: Any,
    size: Any = None,
    *,
    dtype: dt.dtype | None = None,
    device: Any = None,
    layout: Any = None,
    pin_memory: bool = False,
    requires_grad: bool = False,
    check_invariants: bool | None = None,
) -> ColumnCompressedTensor:
    """A sparse matrix from compressed columns. Source: torch.sparse_csc_tensor.

    Parts that don't fit each other raise RuntimeError, whatever `check_invariants` says.
    """
    shape = None if size is None else tuple(size)[::-1]
    try:
        made = sparse_csr_tensor(
            ccol_indices,
            row_indices,
            values,
            shape,
            dtype=dtype,
            device=device,
            requires_grad=requires_grad,
        ).t()
    except RuntimeError as error:
        raise RuntimeError(_of_the_other_side(str(error))) from None
    assert isinstance(made, ColumnCompressedTensor)
    return made


_SIDES = {"crow": "ccol", "col": "row", "nrows": "ncols", "ncols": "nrows"}


def _of_the_other_side(message: str) -> str:
    """A complaint about compressed rows as one about columns."""
    return re.sub(
        r"\b(crow|col)(?=_indices)|\b(nrows|ncols)\b", lambda found: _SIDES[found[0]], message
    )


@public(method=False)
def sparse_compressed_tensor(
    compressed_indices: Any,
    plain_indices: Any,
    values: Any,
    size: Any = None,
    *,
    dtype: dt.dtype | None = None,
    layout: Any = None,
    device: Any = None,
    pin_memory: bool = False,
    requires_grad: bool = False,
    check_invariants: bool | None = None,
) -> CompressedTensor:
    """A sparse matrix in compressed rows or columns, as `layout` says.

    NotImplementedError for blocks. Source: torch.sparse_compressed_tensor.
    """
    if layout not in (sparse_csr, sparse_csc):
        if layout in (sparse_bsr, sparse_bsc):
            raise NotImplementedError(f"torch.sparse_compressed_tensor: layout {layout}")
        raise RuntimeError(
            "sparse_compressed_tensor: expected a compressed sparse layout, got {layout}"
        )
    make = sparse_csr_tensor if layout is sparse_csr else sparse_csc_tensor
    return make(
        compressed_indices,
        plain_indices,
        values,
        size,
        dtype=dtype,
        device=device,
        requires_grad=requires_grad,
    )
