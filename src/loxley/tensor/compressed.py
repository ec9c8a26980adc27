"""Sparse matrices in compressed rows (CSR): where each row starts, the columns, the values.

Here are the matrix itself, conversions and products with dense operands; every other operator on it
raises NotImplementedError.
Source: https://docs.pytorch.org/docs/stable/sparse.html#sparse-csr-tensor
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import dtypes as dt
from ..ir.graph import META, Value
from ..layouts import sparse_coo, sparse_csr, strided
from .api import method, public
from .construction import as_tensor
from .coordinate import SparseTensor, bare
from .coordinate import to_sparse as to_coordinates
from .creation import zeros
from .storage import Storage
from .tensor import Tensor


class CompressedTensor(Tensor):
    """`crow` (rows + 1), `col` (count), `values` (count) of a matrix of `shape`."""

    _crow_: Tensor
    _col_: Tensor
    _values_: Tensor
    is_sparse_csr = True
    layout = sparse_csr

    _names = "crow_indices", "col_indices", "sparse_csr"  # as it prints

    @classmethod
    def make(
        cls, crow: Tensor, col: Tensor, values: Tensor, shape: tuple[int, ...]
    ) -> CompressedTensor:
        """A matrix of parts that have been checked."""
        t = object.__new__(cls)
        t._crow_, t._col_, t._values_ = crow, col, values
        t._shape, t.dtype = tuple(shape), values.dtype
        t._storage = Storage(Value(META, (), (), (0,), values.dtype), 0)
        t._strides, t._offset = (0,) * len(shape), 0
        t._plain = t._contiguous = False
        t._requires_grad = values._requires_grad
        return t

    def become(self, other: CompressedTensor) -> None:
        """Takes the parts of another matrix: what writing to `out=` does."""
        self._crow_, self._col_, self._values_ = other._crow_, other._col_, other._values_
        self._shape, self.dtype = other._shape, other.dtype
        self._requires_grad = other._requires_grad

    def _by_rows(self) -> CompressedTensor:
        """The matrix in compressed rows."""
        return self

    def _with(self, values: Tensor) -> CompressedTensor:
        return self.make(self._crow_, self._col_, values, self._shape)

    def _read(self) -> Value:
        raise NotImplementedError("this operator is not implemented for sparse CSR tensors")

    def _current_grad_fn(self) -> Any:
        return self._values_._current_grad_fn()

    # The history is that of the values; a gradient has the matrix's places.

    def _edge(self) -> Any:
        return self._values_._edge()

    def _tracks(self) -> bool:
        return self._values_._tracks()

    @property
    def requires_grad(self) -> bool:  # type: ignore[override]
        """Whether gradients of the values are wanted."""
        return self._tracks()

    @requires_grad.setter
    def requires_grad(self, value: bool) -> None:
        if self._values_._current_grad_fn() is None:
            self._values_ = self._values_.detach()  # a leaf apart from the values that were given
        self._values_.requires_grad = value
        self._requires_grad = bool(value)

    @property
    def grad(self) -> CompressedTensor | None:  # type: ignore[override]
        """The gradient, a matrix of the same places."""
        found = self._values_.grad
        return None if found is None else self._with(found)

    def __repr__(self, *, tensor_contents: Any = None) -> str:
        usual = (dt.get_default_dtype(), dt.int64, dt.bool_, dt.complex64)
        kind = "" if self.dtype in usual else f", dtype={self.dtype}"
        tracked = ", requires_grad=True" if self._requires_grad else ""
        starts, places, layout = self._names
        return (
            f"tensor({starts}={bare(self._crow_, 8 + len(starts))},\n"
            f"       {places}={bare(self._col_, 8 + len(places))},\n"
            f"       values={_without_dtype(self._values_)}, size={tuple(self._shape)}, "
            f"nnz={self._nnz()}{kind},\n"
            f"       layout=torch.{layout}{tracked})"
        )

    def crow_indices(self) -> Tensor:
        """Where each row's values start, and where the last row's end."""
        return self._crow_

    def col_indices(self) -> Tensor:
        """The column of each value."""
        return self._col_

    def values(self) -> Tensor:
        """The values, row by row."""
        return self._values_

    def row_indices_of_values(self) -> Tensor:
        """The row of each value (the column, where columns are compressed)."""
        counts = np.diff(self._crow_._array())
        return Tensor._from_array(np.repeat(np.arange(len(counts)), counts), dt.int64)

    def _nnz(self) -> int:
        return self._values_._shape[0]

    def sparse_dim(self) -> int:
        """Two: rows and columns."""
        return 2

    def dense_dim(self) -> int:
        """None: every value is a number."""
        return 0

    def stride(self, dim: int | None = None) -> Any:
        """RuntimeError: there is no memory of that order."""
        raise RuntimeError("Sparse CSR tensors do not have strides")

    def to_dense(self, dtype: Any = None, *, masked_grad: Any = None) -> Tensor:
        """All elements, zeros where none is stored."""
        return self.to_sparse().to_dense(dtype)

    def to_sparse(self, *args: Any, layout: Any = None, **kwargs: Any) -> Any:
        """The same elements in coordinate form, or itself for layout torch.sparse_csr."""
        if layout is sparse_csr:
            return self
        if kwargs or layout not in (None, sparse_coo):
            raise NotImplementedError(f"Tensor.to_sparse: layout {layout} is not implemented")
        places = np.stack([self.row_indices_of_values()._array(), self._col_._array()])
        indices = Tensor._from_array(places.astype(np.int64), dt.int64)
        return SparseTensor.make(indices, self._values_, self._shape, True)

    def to_sparse_csr(self, dense_dim: int | None = None) -> CompressedTensor:
        """This matrix itself."""
        return self

    def to(self, *args: Any, **kwargs: Any) -> CompressedTensor:
        """The values converted; Source: torch.Tensor.to."""
        return self._with(self._values_.to(*args, **kwargs))

    def double(self) -> CompressedTensor:
        """The values in float64."""
        return self.to(dt.float64)

    def float(self) -> CompressedTensor:
        """The values in float32."""
        return self.to(dt.float32)

    def detach(self) -> CompressedTensor:
        """The same elements without history."""
        return self._with(self._values_.detach())

    def clone(self, **kwargs: Any) -> CompressedTensor:
        """A copy of all parts."""
        return self.make(
            self._crow_.clone(), self._col_.clone(), self._values_.clone(), self._shape
        )

    def abs(self) -> CompressedTensor:
        """The absolute values."""
        return self._with(self._values_.abs())

    def sum(self, dim: Any = None, **kwargs: Any) -> Tensor:
        """The sum of all elements."""
        if dim is not None or kwargs:
            raise NotImplementedError("Tensor.sum: dimensions of sparse CSR tensors")
        return self._values_.sum()

    def __neg__(self) -> CompressedTensor:
        return self._with(-self._values_)

    def __mul__(self, other: Any) -> CompressedTensor:
        if isinstance(other, Tensor) and other.ndim:
            raise NotImplementedError("products of sparse CSR tensors with tensors")
        return self._with(self._values_ * other)

    __rmul__ = __mul__

    def __truediv__(self, other: Any) -> CompressedTensor:
        if isinstance(other, Tensor) and other.ndim:
            raise NotImplementedError("quotients of sparse CSR tensors and tensors")
        return self._with(self._values_ / other)

    def __matmul__(self, other: Tensor) -> Tensor:
        return csr_product(self, other)

    mm = matmul = mv = __matmul__


def _without_dtype(values: Tensor) -> str:
    """The values as they print, the dtype being told once for the whole."""
    shown = bare(values, 14)
    return shown.replace(f", dtype={values.dtype})", ")")


def csr_product(matrix: CompressedTensor, other: Tensor) -> Tensor:
    """The product with a dense matrix or vector: sums of its rows, weighted by the values."""
    matrix = matrix._by_rows()
    if isinstance(other, (CompressedTensor, SparseTensor)):
        raise NotImplementedError("products of two sparse tensors are not implemented")
    if other.ndim not in (1, 2) or matrix._shape[1] != other._shape[0]:
        raise RuntimeError(
            f"mat1 and mat2 shapes cannot be multiplied ({matrix._shape[0]}x{matrix._shape[1]} and "
            f"{'x'.join(map(str, other._shape))})"
        )
    parts = weighted_rows(matrix, other)
    blank = zeros((matrix._shape[0], *other._shape[1:]), dtype=parts.dtype)
    return blank.index_add(0, matrix.row_indices_of_values(), parts)


def weighted_rows(matrix: CompressedTensor, other: Tensor) -> Tensor:
    """Every value times the row of `other` at its column: (count, *)."""
    rows = other.index_select(0, matrix._col_)
    values = matrix._values_
    return (values if other.ndim == 1 else values.unsqueeze(1)) * rows


@public(method=False)
def sparse_csr_tensor(
    crow_indices: Any,
    col_indices: Any,
    values: Any,
    size: Any = None,
    *,
    dtype: dt.dtype | None = None,
    device: Any = None,
    layout: Any = None,
    pin_memory: bool = False,
    requires_grad: bool = False,
    check_invariants: bool | None = None,
) -> CompressedTensor:
    """A sparse matrix from compressed rows. Source: torch.sparse_csr_tensor.

    Parts that don't fit each other raise RuntimeError, whatever `check_invariants` says: nothing
    here may read outside its arrays.
    """
    crow, col = (_index(x) for x in (crow_indices, col_indices))
    kept = as_tensor(values, dtype=dtype)
    if crow.ndim != 1 or col.ndim != 1 or kept.ndim != 1:
        raise NotImplementedError("torch.sparse_csr_tensor: batches and blocks are not implemented")
    shape = _shape_of(crow, col, size)
    _check_parts(crow._array(), col._array(), kept._shape[0], shape)
    made = CompressedTensor.make(crow, col, kept, shape)
    if requires_grad:
        made.requires_grad = True
    return made


def _index(x: Any) -> Tensor:
    made = as_tensor(x)
    if made.dtype not in (dt.int32, dt.int64):
        raise RuntimeError(
            "crow_indices and col_indices must be an int32 or int64 type, but got: "
            f"{made.dtype.legacy_name}"
        )
    return made


def _shape_of(crow: Tensor, col: Tensor, size: Any) -> tuple[int, int]:
    if size is None:
        columns = int(col._array().max(initial=-1)) + 1
        return max(crow._shape[0] - 1, 0), columns
    shape = tuple(int(n) for n in size)
    if len(shape) != 2:
        raise NotImplementedError("torch.sparse_csr_tensor: batches and blocks are not implemented")
    return shape[0], shape[1]


def _check_parts(crow: np.ndarray, col: np.ndarray, count: int, shape: tuple[int, int]) -> None:
    rows, columns = shape
    if len(crow) != rows + 1:
        _refuse("crow_indices.shape[-1] must be equal to nrows + 1")
    if len(col) != count:
        _refuse("number of values must be equal to col_indices.numel()")
    if crow[0] != 0 or crow[-1] != count:
        _refuse("crow_indices[..., 0] == 0 and crow_indices[..., -1] == nnz")
    if (np.diff(crow) < 0).any() or (np.diff(crow) > columns).any():
        _refuse("0 <= crow_indices[..., 1:] - crow_indices[..., :-1] <= ncols")
    if count and (col.min() < 0 or col.max() >= columns):
        _refuse("0 <= col_indices < ncols")
    starts = np.zeros(count + 1, np.bool_)
    starts[crow] = True
    if (np.diff(col)[~starts[1:count]] <= 0).any():
        _refuse(
            "col_indices[..., crow_indices[..., i - 1]:crow_indices[..., i]] for all i = 1, ..., "
            "nrows are sorted and distinct along the last dimension values"
        )


def _refuse(condition: str) -> None:
    raise RuntimeError(f"`{condition}` is not satisfied.")


@method
def to_sparse_csr(self: Tensor, dense_dim: int | None = None) -> CompressedTensor:
    """The elements that are not zero, in compressed rows. Source: torch.Tensor.to_sparse_csr."""
    if dense_dim:
        raise NotImplementedError("Tensor.to_sparse_csr: argument 'dense_dim' is not implemented")
    if self.ndim != 2:
        raise NotImplementedError("Tensor.to_sparse_csr: only matrices are implemented")
    found = self.coalesce() if isinstance(self, SparseTensor) else to_coordinates(self)
    rows, columns = found._indices_._array()
    starts = np.searchsorted(rows, np.arange(self._shape[0] + 1))
    return CompressedTensor.make(
        Tensor._from_array(starts.astype(np.int64), dt.int64),
        Tensor._from_array(columns.astype(np.int64), dt.int64),
        found._values_,
        self._shape,
    )


def _of_rows(name: str) -> Any:
    def refused(self: Tensor) -> Any:
        found = "Strided" if self.layout is strided else "Sparse"
        raise RuntimeError(f"{name} expected sparse row compressed tensor layout but got {found}")

    refused.__name__ = name
    return refused


for _name in ("crow_indices", "col_indices"):
    setattr(Tensor, _name, _of_rows(_name))
