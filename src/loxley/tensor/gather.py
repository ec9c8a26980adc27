"""Reading and writing along one dimension: index_select, gather, scatter, take and their kin."""

from __future__ import annotations

import warnings
from operator import index as as_index
from typing import Any

import numpy as np

from .. import dtypes as dt
from ..ir.graph import constant
from ..narrow_types import widened
from ..numerics.distinct import places_where
from ..ops import elementwise, indexing, joining, movement
from ..ops import scatter as ops
from ..ops.family import cast
from ..ops.unsupported import no_kernel
from ..shapes import Shape, normalize_dim, numel
from .api import expose, method, public, write_out
from .batched import is_batched
from .index_tensors import check_places, places_tensor, save_given, wrapped, wrapped_slices
from .layout import like_clone
from .shaping import strided_arguments, tensor_argument
from .slices import refuse_shape
from .sparse_gradients import gathered, wants_sparse
from .tensor import Tensor

_INTEGERS = (dt.int64, dt.int32)


def _dim(input: Tensor, dim: int) -> int:
    return normalize_dim(as_index(dim), len(input._shape))


def _size(input: Tensor, dim: int) -> int:
    return input._shape[dim] if input._shape else 1


def _count(index: Tensor) -> int:
    return index._shape[0] if index._shape else 1


def _check(index: Tensor, size: int, complaint: Any) -> None:
    if not index._storage.meta:
        check_places(index._all_slices(), size, complaint)


def _out_of_self(_: int) -> IndexError:
    return IndexError("index out of range in self")


def _out_of_bounds(dim: int, size: int, kind: type = RuntimeError, prefix: str = "") -> Any:
    return lambda wrong: kind(
        f"{prefix}index {wrong} is out of bounds for dimension {dim} with size {size}"
    )


# ------------------------------------------------------------------ one index along a dimension


@public(out=True)
def index_select(input: Tensor, dim: int, index: Tensor) -> Tensor:
    """The parts of a dimension at the places of a vector. Source: torch.index_select."""
    tensor_argument(index, "index_select", "index", 3)
    dim = _dim(input, dim)
    if len(index._shape) > 1:
        raise IndexError("index_select(): Index is supposed to be a vector")
    if index.dtype not in _INTEGERS:
        raise RuntimeError("index_select(): Expected dtype int32 or int64 for index")
    if not input._shape and _count(index) != 1:
        raise RuntimeError(
            f"index_select(): Index to scalar can have only 1 value, got {_count(index)} value(s)"
        )
    if len(input._shape) > 1 and not input._shape[dim] and numel(index._shape):
        raise RuntimeError("index_select(): self indexing axis dim should be positive")
    _check(index, _size(input, dim), _out_of_self)
    return indexing.index_select(input, index, dim)


def _check_added(name: str, self: Tensor, dim: int, index: Tensor, source: Tensor) -> None:
    if index.dtype not in _INTEGERS:
        raise RuntimeError(
            f"{name}(): Expected dtype int32/int64 for index but got: {index.dtype.legacy_name}"
        )
    if len(index._shape) > 1:
        raise IndexError(
            f"{name}(): Index is supposed to be a vector, but got dim: {len(index._shape)} with "
            "type: "
            f"{index.dtype.legacy_name} and size: {list(index._shape)}"
        )
    if self.dtype is not source.dtype:
        raise RuntimeError(
            f"{name}(): self ({self.dtype.legacy_name}) and source ({source.dtype.legacy_name}) "
            "must "
            "have the same scalar type"
        )
    if _count(index) != _size(source, dim if source._shape else 0):
        raise RuntimeError(
            f"{name}(): Number of indices ({_count(index)}) should be equal to source.size(dim): "
            f"({_size(source, dim)}), for dim: {dim}"
        )
    mine, theirs = list(self._shape), list(source._shape)
    if mine and theirs and mine[:dim] + mine[dim + 1 :] != theirs[:dim] + theirs[dim + 1 :]:
        raise RuntimeError(
            "source tensor shape must match self tensor shape, excluding the specified dimension. "
            "Got "
            f"self.shape = {mine} source.shape = {theirs}"
        )


@public(inplace=True, out=True)
def index_add(input: Tensor, dim: int, index: Tensor, source: Tensor, *, alpha: Any = 1) -> Tensor:
    """Parts of `source`, times alpha, added at places of a dimension. Source: torch.index_add."""
    dim = _dim(input, dim)
    _check_added("index_add_", input, dim, index, source)
    complaint = _out_of_bounds(dim, _size(input, dim))
    ends = (0, len(input._shape) - 1)
    if (
        len(input._shape) < 2 or alpha != 1 or dim not in ends
    ):  # PyTorch has two ways to add, and two complaints
        complaint = _out_of_self
    _check(index, _size(input, dim), complaint)
    return indexing.index_add(input, index, source, dim, alpha)


@public(inplace=True, out=True)
def index_copy(input: Tensor, dim: int, index: Tensor, source: Tensor) -> Tensor:
    """Parts of `source` copied to places of a dimension. Source: torch.index_copy."""
    dim = _dim(input, dim)
    _check_copied(input, dim, index, source)
    size = _size(input, dim)
    _check(index, size, _out_of_bounds(dim, size, IndexError, "index_copy_(): "))
    return indexing.index_copy(input, index, source, dim)


def _check_copied(self: Tensor, dim: int, index: Tensor, source: Tensor) -> None:
    if len(index._shape) > 1:
        raise IndexError(
            f"index_copy_(): Index should have dimension 1 or 0 (got {len(index._shape)})"
        )
    if not source._shape and _count(index) != 1:
        raise IndexError(
            "index_copy_(): When source is scalar, index should have one element (got "
            f"{_count(index)})"
        )
    if source._shape and self._shape and len(source._shape) != len(self._shape):
        raise IndexError(
            "index_copy_(): When source and destination are not scalars, their dimensionality must "
            f"match. Source dimensionality ({len(source._shape)}), destination dimensionality "
            f"({len(self._shape)})"
        )
    if index.dtype is not dt.int64:
        raise IndexError("index_copy_(): Expected LongTensor for index")
    if self.dtype is not source.dtype:
        raise RuntimeError(
            "index_copy_(): self and source expected to have the same dtype, but got (self) "
            f"{self.dtype.legacy_name} and (source) {source.dtype.legacy_name}"
        )
    mine = self._shape[:dim] + self._shape[dim + 1 :]
    theirs = source._shape[:dim] + source._shape[dim + 1 :]
    if mine != theirs:
        raise RuntimeError(
            "index_copy_(): Source/destination tensor must have same slice shapes. Destination "
            "slice "
            f"shape: {' '.join(map(str, mine))} at dimension {dim} and source slice shape: "
            f"{' '.join(map(str, theirs))} at dimension 0."
        )
    if source._shape and _count(index) != source._shape[dim]:
        raise IndexError(
            f"index_copy_(): Number of indices ({_count(index)}) should be equal to "
            "source.size(dim) "
            f"({source._shape[dim]})"
        )


@public(inplace=True)
def index_fill(input: Tensor, dim: int, index: Tensor, value: Any) -> Tensor:
    """One number written at places of a dimension. Source: torch.index_fill."""
    dim = _dim(input, dim)
    if index.dtype is not dt.int64:
        raise IndexError("index_fill_(): Expected dtype int64 for index.")
    if len(index._shape) > 1:
        raise RuntimeError("Index has to be a vector/scalar")
    row = indexing.index_fill
    if isinstance(value, Tensor):
        if value._shape:
            raise RuntimeError(
                "index_fill_ only supports a 0-dimensional value tensor, but got tensor with "
                f"{len(value._shape)} dimension(s)."
            )
        row = indexing.index_fill_by
    size = _size(input, dim)
    if not input.dtype.is_complex and isinstance(value, complex):
        raise RuntimeError(
            "index_fill_(): Converting complex Scalar to non-complex type is not supported"
        )
    if not size and numel(index._shape):  # PyTorch stumbles over the layout it makes for this
        shape, strides = list(input._shape), list(input._strides)
        shape[dim], strides[dim] = numel(index._shape), 0
        strided_arguments(input, shape, strides, None)
    index = _wrapped(index, size, dim)
    return like_clone(row(input, index, value, dim), input)


def _wrapped(index: Tensor, size: int, dim: int) -> Tensor:
    if index._storage.meta:
        return index
    array = index._all_slices()
    if is_batched(index):
        wrapped(array, size, dim)  # the places of all slices are within bounds, or an error
        return wrapped_slices(index, size)
    if array.size and int(array.min()) < 0:
        fixed = np.where(array < 0, array + size, array)
        if fixed.min() >= 0 and fixed.max() < size:
            return places_tensor(fixed)
    if array.size and (int(array.max()) >= size or int(array.min()) < -size):
        flat = array.reshape(-1)
        wrong = int(flat[(flat >= size) | (flat < -size)][0])
        raise IndexError(f"index {wrong} is out of bounds for dimension {dim} with size {size}")
    return index


@public(inplace=True, out=True)
def index_reduce(
    input: Tensor,
    dim: int,
    index: Tensor,
    source: Tensor,
    reduce: str,
    *,
    include_self: bool = True,
) -> Tensor:
    """Parts of `source` combined into places of a dimension. Source: torch.index_reduce."""
    warnings.warn(
        "index_reduce() is in beta and the API may change at any time.", UserWarning, stacklevel=2
    )
    if reduce not in ("prod", "mean", "amax", "amin"):
        raise RuntimeError(
            "index_reduce(): Expected reduce to be one of prod, mean, amax or amin but got "
            f"{reduce}."
        )
    dim = _dim(input, dim)
    if source._shape and dim >= len(source._shape):
        raise RuntimeError(
            f"index_reduce_(): Indexing dim {dim} is out of bounds of the source tensor with dim "
            f"{len(source._shape)}"
        )
    _check_added("index_reduce_", input, dim, index, source)
    _check(index, _size(input, dim), _out_of_self)
    return ops.index_reduce(input, index, source, dim, reduce, bool(include_self))


# ------------------------------------------------------------------ one place per element


def _fits(index: Shape, other: Shape, dim: int | None) -> bool:
    return all(n <= m or d == dim for d, (n, m) in enumerate(zip(index or (1,), other or (1,))))


@public(out=True)
def gather(input: Tensor, dim: int, index: Tensor, *, sparse_grad: bool = False) -> Tensor:
    """`out[i][j] = input[index[i][j]][j]` for dim 0, and so on. Source: torch.gather."""
    dim = _dim(input, dim)
    if not numel(index._shape):
        return ops.gather(input, cast(index, dt.int64), dim)
    if index.dtype not in _INTEGERS:
        raise RuntimeError("gather(): Expected dtype int32/int64 for index")
    if max(1, len(index._shape)) != max(1, len(input._shape)):
        raise RuntimeError("Index tensor must have the same number of dimensions as input tensor")
    if not _fits(index._shape, input._shape, dim):
        at = next(
            d for d, (n, m) in enumerate(zip(index._shape, input._shape)) if n > m and d != dim
        )
        raise RuntimeError(
            f"Size does not match at dimension {at} expected index {list(index._shape)} to be no "
            f"larger than self {list(input._shape)} apart from dimension {dim}"
        )
    _check(index, _size(input, dim), _out_of_bounds(dim, _size(input, dim)))
    if wants_sparse(sparse_grad, input):
        return gathered(input, dim, index, lambda: ops.gather(input, index, dim))
    return ops.gather(input, index, dim)


def _check_scatter(self: Tensor, dim: int, index: Tensor, src: Any) -> None:
    if index.dtype not in _INTEGERS:
        raise RuntimeError("scatter(): Expected dtype int32/int64 for index")
    if isinstance(src, Tensor) and src.dtype is not self.dtype:
        raise RuntimeError("scatter(): Expected self.dtype to be equal to src.dtype")
    if not numel(index._shape):
        return
    rank = max(1, len(index._shape))
    if rank != max(1, len(self._shape)):
        raise RuntimeError("Index tensor must have the same number of dimensions as self tensor")
    if isinstance(src, Tensor):
        if rank != max(1, len(src._shape)):
            raise RuntimeError("Index tensor must have the same number of dimensions as src tensor")
        if not _fits(index._shape, self._shape, dim) or not _fits(index._shape, src._shape, None):
            raise RuntimeError(
                f"Expected index {list(index._shape)} to be no larger than self "
                f"{list(self._shape)} "
                f"apart from dimension {dim} and to be no larger size than src {list(src._shape)}"
            )
    elif not _fits(index._shape, self._shape, dim):
        raise RuntimeError(
            f"Expected index {list(index._shape)} to be no larger than self {list(self._shape)} "
            "apart "
            f"from dimension {dim}"
        )
    _check(index, _size(self, dim), _out_of_bounds(dim, _size(self, dim)))


@public(inplace=True, out=True)
def scatter(
    input: Tensor,
    dim: int,
    index: Tensor,
    src: Any = None,
    *,
    value: Any = None,
    reduce: Any = None,
) -> Tensor:
    """`out[index[i][j]][j] = src[i][j]` for dim 0, and so on. Source: torch.scatter."""
    src = value if src is None else src
    if src is None:
        raise TypeError("scatter() missing argument 'src'")
    dim = _dim(input, dim)
    if reduce is not None and reduce not in ("add", "multiply"):
        raise RuntimeError("reduce argument must be either add or multiply.")
    _check_scatter(input, dim, index, src)
    if reduce is not None:
        return _scatter_combined(input, dim, index, src, reduce)
    if isinstance(src, Tensor):
        return ops.scatter(input, index, src, dim)
    return ops.scatter_value(input, index, src, dim)


def _scatter_combined(input: Tensor, dim: int, index: Tensor, src: Any, reduce: str) -> Tensor:
    if isinstance(src, Tensor):
        if input.requires_grad or src.requires_grad:
            raise NotImplementedError("torch.scatter: the gradient of argument 'reduce'")
    else:
        number = Tensor._wrap(constant(src, input.dtype))
        src = movement.EXPAND(number, index._shape)
    if reduce == "add":
        return ops.scatter_add(input, index, src, dim)
    return ops.scatter_reduce(input, index, src, dim, "prod", True)


@public(inplace=True, out=True)
def scatter_add(input: Tensor, dim: int, index: Tensor, src: Tensor) -> Tensor:
    """`out[index[i][j]][j] += src[i][j]` for dim 0, and so on. Source: torch.scatter_add."""
    dim = _dim(input, dim)
    _check_scatter(input, dim, index, tensor_argument(src, "scatter_add", "src", 4))
    return ops.scatter_add(input, index, src, dim)


@public(inplace=True, out=True)
def scatter_reduce(
    input: Tensor, dim: int, index: Tensor, src: Tensor, reduce: str, *, include_self: bool = True
) -> Tensor:
    """Elements of `src` combined into places of a dimension. Source: torch.scatter_reduce."""
    if reduce not in ("sum", "prod", "mean", "amax", "amin"):
        raise RuntimeError(
            f"reduce argument must be either sum, prod, mean, amax or amin, got {reduce}"
        )
    dim = _dim(input, dim)
    _check_scatter(input, dim, index, src)
    lacking = input.dtype.is_complex if reduce in ("amax", "amin") else input.dtype is dt.bool_
    if lacking and reduce in ("mean", "amax", "amin"):
        raise no_kernel(f"scatter_gather_tensor_cpu_reduce_{reduce}", input.dtype)
    return ops.scatter_reduce(input, index, src, dim, reduce, bool(include_self))


@public(out=True)
def take_along_dim(input: Tensor, indices: Tensor, dim: int | None = None) -> Tensor:
    """`gather` with both broadcast against each other. Source: torch.take_along_dim."""
    if dim is None:
        return gather(input.reshape(-1), 0, indices.reshape(-1))
    if len(input._shape) != len(indices._shape):
        raise RuntimeError(
            "torch.take_along_dim(): input and indices should have the same number of dimensions, "
            "but "
            f"got {len(input._shape)} dimensions for input, and {len(indices._shape)} dimensions "
            "for "
            "indices"
        )
    if indices.dtype not in _INTEGERS:
        raise RuntimeError(
            "torch.take_along_dim(): dtype of indices should be Long but got "
            f"{indices.dtype.legacy_name}"
        )
    at = _dim(input, dim)
    common = list(np.broadcast_shapes(_but(input._shape, at), _but(indices._shape, at)))
    wide = tuple(common[:at] + [input._shape[at]] + common[at + 1 :])
    index_shape = tuple(common[:at] + [indices._shape[at]] + common[at + 1 :])
    input = movement.expand(input, wide)
    return gather(input, at, movement.expand(_around(indices, wide[at]), index_shape))


def _around(indices: Tensor, size: int) -> Tensor:
    """Places counted around the dimension, as PyTorch does here alone."""
    if indices._storage.meta or not size:
        return indices
    if is_batched(indices):
        return elementwise.remainder(indices, size)
    array = indices._array()
    inside = not array.size or (array.min() >= 0 and array.max() < size)
    return places_tensor(np.array(array) if inside else array % size)


def _but(shape: Shape, dim: int) -> Shape:
    return shape[:dim] + (1,) + shape[dim + 1 :]


# ------------------------------------------------------------------ places in flat order


def _flat_places(self: Tensor, index: Tensor) -> Tensor:
    size = numel(self._shape)
    if index._storage.meta:
        return index
    array = index._all_slices()
    if array.size and not size:
        raise IndexError("take(): tried to take from an empty tensor")
    if array.size and (int(array.min()) < -size or int(array.max()) >= size):
        flat = array.reshape(-1)
        wrong = flat[(flat < -size) | (flat >= size)][0]
        raise IndexError(
            f"out of range: tried to access index {wrong} on a tensor of {size} elements."
        )
    if array.size and int(array.min()) < 0:
        if is_batched(index):
            return wrapped_slices(index, size)
        return places_tensor(np.where(array < 0, array + size, array))
    return index


@public(out=True)
def take(input: Tensor, index: Tensor) -> Tensor:
    """Elements at places of the flat order. Source: torch.take."""
    if index.dtype is not dt.int64:
        raise RuntimeError(
            f"take(): Expected a long tensor for index, but got {index.dtype.legacy_name}"
        )
    return _saving_index(ops.take(input, _flat_places(input, index)), input, index)


@public(inplace=True)
def put(input: Tensor, index: Tensor, source: Tensor, accumulate: bool = False) -> Tensor:
    """Elements written at (or added to) places of the flat order. Source: torch.Tensor.put_."""
    if index.dtype is not dt.int64:
        raise RuntimeError(
            f"put_(): Expected a long tensor for index, but got {index.dtype.legacy_name}"
        )
    if input.dtype is not source.dtype:
        raise RuntimeError(
            "put_(): self and source expected to have the same dtype, but got self.dtype = "
            f"{input.dtype.legacy_name} and source.dtype = {source.dtype.legacy_name}"
        )
    if numel(index._shape) != numel(source._shape):
        raise IndexError(
            "put_(): Expected source and index to have the same number of elements, but got "
            f"source.numel() = {numel(source._shape)}, index.numel() = {numel(index._shape)}"
        )
    made = ops.put(input, _flat_places(input, index), source, bool(accumulate))
    return like_clone(_saving_index(made, input, index), input)


def _saving_index(result: Tensor, input: Tensor, index: Tensor) -> Tensor:
    bare = input.detach()  # its sizes are all that is needed
    return save_given(result, 1, (index,), lambda: _flat_places(bare, index))


# ------------------------------------------------------------------ where elements are


def nonzero(input: Tensor, *, as_tuple: bool = False, out: Any = None) -> Any:
    """The indices of elements that aren't zero: a row each, or a tuple of vectors.

    Computed at once. Source: torch.nonzero.
    """
    if as_tuple.__class__ is not bool:
        kind = type(as_tuple).__name__
        raise TypeError(f"nonzero(): argument 'as_tuple' must be bool, not {kind}")
    if out is not None and (as_tuple or not isinstance(out, Tensor)):
        raise TypeError(f"nonzero(): argument 'out' must be Tensor, not {type(out).__name__}")
    if input._storage.meta:
        raise NotImplementedError("nonzero(): meta tensors have no elements to look at")
    refuse_shape(input._storage.value, "nonzero")
    if input.dtype.restricted and not input.dtype.is_complex:
        raise no_kernel("nonzero_count_cpu", input.dtype)
    array = widened(input._array())
    if as_tuple:
        rows = places_tensor(places_where(np.atleast_1d(array)))
        return joining.unbind(rows, 1)
    rows = places_where(array) if input._shape else np.zeros((int(bool(array)), 0), np.int64)
    made = places_tensor(rows)
    return made if out is None else write_out("nonzero", made, out)


@public(out=True)
def nonzero_static(input: Tensor, *, size: int, fill_value: int = -1) -> Tensor:
    """`nonzero` cut or filled up to `size` rows. Source: torch.nonzero_static."""
    if size < 0:
        raise RuntimeError("nonzero_static: 'size' must be an non-negative integer")
    found = nonzero(input)._array()[:size]
    rows = np.full((size, found.shape[1]), fill_value, np.int64)
    rows[: len(found)] = found
    return places_tensor(rows)


@public()
def argwhere(input: Tensor) -> Tensor:
    """The indices of elements that aren't zero, a row each. Source: torch.argwhere."""
    return nonzero(input)


method(nonzero)
expose(nonzero=nonzero)


@public(method=False)
def unravel_index(indices: Tensor, shape: Any) -> tuple[Tensor, ...]:
    """Coordinates in `shape` of places in its flat order. Source: torch.unravel_index."""
    if indices.dtype.category != 1:
        raise TypeError(f"expected 'indices' to be integer dtype, but got {indices.dtype}")
    sizes = (shape,) if isinstance(shape, int) else tuple(shape)
    if any(n < 0 for n in sizes):
        raise ValueError(f"'shape' cannot have negative values, but got {sizes}")
    steps, step = [], 1
    for n in reversed(sizes):
        steps.append(step)
        step *= n
    array = indices._array().astype(np.int64)
    coordinates = [array // s % n for s, n in zip(reversed(steps), sizes)]
    if not coordinates:
        return ()
    return joining.unbind(places_tensor(np.stack(coordinates, -1)), array.ndim)
