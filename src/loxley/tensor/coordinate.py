"""Sparse tensors in coordinate form: the indices and values of the elements that are there.

What is here is what gradients of sparse embeddings, `SparseAdam` and products need; every other
operator on a sparse tensor raises NotImplementedError.
Source: https://docs.pytorch.org/docs/stable/sparse.html#sparse-coo-tensors
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import dtypes as dt
from ..ir.graph import META, Value
from ..layouts import sparse_coo, sparse_csc, sparse_csr
from ..narrow_types import widened
from ..ops.unsupported import no_kernel
from ..shapes import numel
from .api import method, public
from .construction import as_tensor
from .creation import zeros
from .storage import Storage
from .tensor import Tensor


class SparseTensor(Tensor):
    """`indices` (sparse dims, count) and `values` (count, dense dims...) of a tensor of `shape`."""

    _indices_: Tensor
    _values_: Tensor
    _coalesced = False
    is_sparse = True
    layout = sparse_coo

    @staticmethod
    def make(
        indices: Tensor, values: Tensor, shape: tuple[int, ...], coalesced: bool
    ) -> SparseTensor:
        """A sparse tensor of parts that have been checked."""
        t = object.__new__(SparseTensor)
        t._indices_, t._values_, t._coalesced = indices, values, coalesced
        t._shape, t.dtype = tuple(shape), values.dtype
        t._storage = Storage(Value(META, (), (), (0,), values.dtype), 0)
        t._strides, t._offset = (0,) * len(shape), 0
        t._plain = t._contiguous = False
        t._requires_grad = values._requires_grad
        return t

    def _read(self) -> Value:
        raise NotImplementedError("this operator is not implemented for sparse tensors")

    def _current_grad_fn(self) -> Any:
        return self._values_._current_grad_fn()

    def __repr__(self, *, tensor_contents: Any = None) -> str:
        usual = (dt.get_default_dtype(), dt.int64, dt.bool_, dt.complex64)
        kind = "" if self.dtype in usual else f", dtype={self.dtype}"
        values = bare(self._values_, 14).replace(f", dtype={self.dtype})", ")")
        rows = (
            f"indices={bare(self._indices_, 15)},\n       values={values},\n"
            f"       size={tuple(self._shape)}, nnz={self._nnz()}{kind}, layout=torch.sparse_coo"
        )
        return f"tensor({rows})"

    def _indices(self) -> Tensor:
        """The coordinates, repeated ones among them."""
        return self._indices_

    def _values(self) -> Tensor:
        """The values, in the order of the coordinates."""
        return self._values_

    def _nnz(self) -> int:
        """How many elements are stored."""
        return self._values_._shape[0]

    def is_coalesced(self) -> bool:
        """Whether the coordinates are sorted and distinct."""
        return self._coalesced

    def sparse_dim(self) -> int:
        """How many dimensions the coordinates index."""
        return self._indices_._shape[0]

    def dense_dim(self) -> int:
        """How many dimensions every value has."""
        return self._values_.ndim - 1

    def indices(self) -> Tensor:
        """The coordinates of a coalesced tensor."""
        self._check_coalesced("indices")
        return self._indices_

    def values(self) -> Tensor:
        """The values of a coalesced tensor."""
        self._check_coalesced("values")
        return self._values_

    def _check_coalesced(self, name: str) -> None:
        if not self._coalesced:
            raise RuntimeError(
                f"Cannot get {name} on an uncoalesced tensor, please call .coalesce() first"
            )

    def _flat(self) -> np.ndarray:
        return np.ravel_multi_index(
            tuple(self._indices_._array()), self._shape[: self.sparse_dim()] or (1,)
        )

    def coalesce(self) -> SparseTensor:
        """The same tensor with sorted distinct coordinates, values at equal ones added up."""
        if self._coalesced:
            return self
        flat = self._flat()
        distinct, place = np.unique(flat, return_inverse=True)
        shape = self._shape[: self.sparse_dim()]
        coordinates = np.stack(np.unravel_index(distinct, shape)) if len(shape) else distinct[None]
        sums = zeros((len(distinct), *self._values_._shape[1:]), dtype=self.dtype)
        where = Tensor._from_array(place.reshape(-1).astype(np.int64), dt.int64)
        values = sums.index_add(0, where, self._values_)
        indices = Tensor._from_array(coordinates.astype(np.int64), dt.int64)
        return SparseTensor.make(indices, values, self._shape, True)

    def to_dense(self, dtype: Any = None, *, masked_grad: Any = None) -> Tensor:
        """All elements, zeros where none is stored."""
        count = numel(self._shape[: self.sparse_dim()])
        blank = zeros((count, *self._values_._shape[1:]), dtype=self.dtype)
        where = Tensor._from_array(self._flat().astype(np.int64), dt.int64)
        made = blank.index_add(0, where, self._values_).reshape(self._shape)
        return made if dtype is None else made.to(dtype)

    def to_sparse(self, *args: Any, **kwargs: Any) -> SparseTensor:
        """This tensor itself."""
        return self

    def detach(self) -> SparseTensor:
        """The same elements without history."""
        return SparseTensor.make(
            self._indices_, self._values_.detach(), self._shape, self._coalesced
        )

    def clone(self, **kwargs: Any) -> SparseTensor:
        """A copy of indices and values."""
        return SparseTensor.make(
            self._indices_.clone(), self._values_.clone(), self._shape, self._coalesced
        )

    def __neg__(self) -> SparseTensor:
        return SparseTensor.make(self._indices_, -self._values_, self._shape, self._coalesced)

    def __mul__(self, other: Any) -> SparseTensor:
        if isinstance(other, Tensor) and other.ndim:
            raise NotImplementedError("products of sparse tensors with tensors are not implemented")
        return SparseTensor.make(
            self._indices_, self._values_ * other, self._shape, self._coalesced
        )

    __rmul__ = __mul__

    def __matmul__(self, other: Tensor) -> Tensor:
        return sparse_mm(self, other)


def bare(t: Tensor, indent: int) -> str:
    """How a part prints, without history, behind so many columns."""
    if not numel(t._shape):
        return f"tensor([], size={tuple(t._shape)})"
    return repr(t.detach()).replace("\n", "\n" + " " * indent)


@public(method=False)
def sparse_coo_tensor(
    indices: Any,
    values: Any = None,
    size: Any = None,
    *,
    dtype: Any = None,
    device: Any = None,
    requires_grad: bool = False,
    check_invariants: bool | None = None,
    is_coalesced: bool | None = None,
) -> SparseTensor:
    """A sparse tensor from coordinates and values. Source: torch.sparse_coo_tensor."""
    if values is None:
        shape = tuple(indices)
        empty = zeros((len(shape), 0), dtype=dt.int64)
        none = zeros((0,), dtype=dtype or dt.get_default_dtype())
        return SparseTensor.make(empty, none, shape, True)
    indices = as_tensor(indices, dtype=dt.int64)
    values = as_tensor(values, dtype=dtype)
    if indices.ndim != 2:
        raise RuntimeError(f"indices must be sparse_dim x nnz, but got: {list(indices._shape)}")
    if indices._shape[1] != (values._shape[0] if values.ndim else 1):
        raise RuntimeError(
            "indices and values must have same nnz, but got nnz from indices: "
            f"{indices._shape[1]}, nnz "
            f"from values: {values._shape[0]}"
        )
    shape = _shape_of(indices, values, size)
    made = SparseTensor.make(indices, values, shape, bool(is_coalesced))
    if requires_grad:
        made._values_.requires_grad = True
        made._requires_grad = True
    return made


def _shape_of(indices: Tensor, values: Tensor, size: Any) -> tuple[int, ...]:
    array = indices._array()
    if array.size and array.min() < 0:
        raise RuntimeError(f"found negative index {array.min()} for dim 0")
    largest = array.max(axis=1) if array.shape[1] else np.full(len(array), -1)
    if size is None:
        return tuple(int(n) + 1 for n in largest) + values._shape[1:]
    shape = tuple(int(n) for n in size)
    if len(shape) != len(array) + values.ndim - 1:
        raise RuntimeError(
            f"number of dimensions must be sparse_dim ({len(array)}) + dense_dim "
            f"({values.ndim - 1}), but "
            f"got {len(shape)}"
        )
    for d, n in enumerate(largest):
        if n >= shape[d]:
            raise RuntimeError(
                f"size is inconsistent with indices: for dim {d}, size is {shape[d]} but found "
                f"index {n}"
            )
    return shape


@method
def to_sparse(self: Tensor, sparse_dim: int | None = None, **kwargs: Any) -> SparseTensor:
    """The elements that are not zero, in coordinate form. Source: torch.Tensor.to_sparse."""
    layout = kwargs.pop("layout", None)
    if layout in (sparse_csr, sparse_csc) and not kwargs:
        return self.to_sparse_csr() if layout is sparse_csr else self.to_sparse_csc()
    if layout not in (None, sparse_coo):
        raise NotImplementedError(f"Tensor.to_sparse: layout {layout} is not implemented")
    if kwargs:
        raise NotImplementedError(f"Tensor.to_sparse: {', '.join(kwargs)} is not implemented")
    dims = self.ndim if sparse_dim is None else int(sparse_dim)
    if not (0 < dims <= self.ndim or dims == self.ndim == 0):
        raise RuntimeError(
            f"dense_to_sparse: sparse_dim argument must be in [0,{self.ndim}] "
            f"range, but {dims} is given"
        )
    if self.dtype.restricted and not self.dtype.is_complex:
        raise no_kernel("nonzero_count_cpu", self.dtype)
    array = widened(self._array())
    if not self._shape:
        found = self.reshape(1)[: int(array != 0)]
        return SparseTensor.make(found.new_zeros((0, len(found)), dtype=dt.int64), found, (), True)
    rest = tuple(range(dims, self.ndim))
    present = np.any(array != 0, axis=rest) if rest else array != 0
    places = np.nonzero(present)
    indices = Tensor._from_array(np.stack(places).astype(np.int64), dt.int64)
    where = tuple(Tensor._from_array(p.astype(np.int64), dt.int64) for p in places)
    return SparseTensor.make(indices, self[where], self._shape, True)


def sparse_mm(mat1: Tensor, mat2: Tensor) -> Tensor:
    """The product of a sparse and a dense matrix. Source: torch.sparse.mm."""
    if not isinstance(mat1, SparseTensor) or isinstance(mat2, SparseTensor):
        raise NotImplementedError("torch.sparse.mm: only sparse @ dense is implemented")
    if mat1.ndim != 2 or mat2.ndim != 2 or mat1._shape[1] != mat2._shape[0]:
        raise RuntimeError(
            f"mat1 and mat2 shapes cannot be multiplied ({mat1._shape[0]}x{mat1._shape[1]} and "
            f"{mat2._shape[0]}x{mat2._shape[1]})"
        )
    rows, columns = mat1._indices_.unbind(0)
    parts = mat1._values_.unsqueeze(1) * mat2.index_select(0, columns)
    blank = zeros((mat1._shape[0], mat2._shape[1]), dtype=parts.dtype)
    return blank.index_add(0, rows, parts)
