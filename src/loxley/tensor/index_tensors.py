"""Index tensors made ready: masks to places, negative numbers wrapped, bounds checked.

In: tensors, lists, arrays, ranges, bools as they stand in `x[...]`.  Out: one tensor of places that
counts over the indexed dimensions, for the operators of ops/indexing.py.  Everything that depends
on the elements of an index happens here, when the user's call is made.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from .. import dtypes as dt
from ..ir.graph import META, Value, leaf
from ..ops import movement
from ..ops.elementwise import lt, where
from ..ops.family import cast
from ..ops.indexing import adjacent
from ..shapes import Shape, sorted_dims
from .batched import is_batched
from .grad import Saved
from .modes import modes
from .slices import refuse_mask
from .tensor import Tensor, _row_major

_INTEGERS = (dt.int64, dt.int32)
_MASKS = (dt.bool_, dt.uint8)


def places_tensor(array: np.ndarray) -> Tensor:
    """A tensor of int64 places known now."""
    return Tensor._wrap(leaf(np.asarray(array, dtype=np.int64, order="C"), dt.int64))


def as_index_tensor(item: Any) -> Tensor:
    """A sequence or array used as index, as a tensor; numbers with fractions lose them."""
    array = item if isinstance(item, np.ndarray) else np.array(_plain(item))
    if array.dtype.kind in "fc":
        array = array.astype(np.int64)
    return Tensor._from_array(np.array(array, order="C"), dt.from_numpy_dtype(array.dtype))


def _plain(item: Any) -> Any:
    if isinstance(item, Tensor):
        return item.tolist()
    return [_plain(i) for i in item] if isinstance(item, (list, tuple, range)) else item


def check_kinds(indices: list) -> None:
    """IndexError for index tensors that are neither integers nor masks."""
    for one in indices:
        if one is not None and one.dtype not in _INTEGERS and one.dtype not in _MASKS:
            raise IndexError("tensors used as indices must be long, int, byte or bool tensors")


def expand_masks(shape: Shape, indices: list) -> list:
    """Masks replaced by the places where they hold, one index per dimension of the mask."""
    made: list = []
    for one in indices:
        if one is None or one.dtype not in _MASKS:
            made.append(one)
            continue
        if one.dtype is dt.uint8:
            warnings.warn(
                "indexing with dtype torch.uint8 is now deprecated, please use a dtype torch.bool "
                "instead.",
                UserWarning,
                stacklevel=4,
            )
        check_mask(shape, one, len(made))
        refuse_mask(one._storage.value)
        made.extend(one._array().nonzero())
    return made


def check_mask(shape: Shape, mask: Tensor, at: int) -> None:
    """IndexError for a mask that does not fit the dimensions from `at` on."""
    for j, n in enumerate(mask._shape):
        if at + j >= len(shape) or shape[at + j] != n:
            raise IndexError(
                f"The shape of the mask {list(mask._shape)} at index {j} does not match the shape "
                "of "
                f"the indexed tensor {list(shape)} at index {at + j}"
            )


def one_index(shape: Shape, indices: list) -> tuple[Tensor, Shape]:
    """The places of all indices as one tensor, and the dimensions they index.

    IndexError where they don't broadcast or leave the tensor.
    """
    dims = tuple(d for d, one in enumerate(indices) if one is not None)
    if any(isinstance(i, Tensor) and i._storage.meta for i in indices):
        return _meta_places(indices, dims)
    given = [i for i in indices if i is not None]
    if any(isinstance(i, Tensor) and is_batched(i) for i in given):
        return _batched_places(shape, given, dims), dims
    arrays = [i._array() if isinstance(i, Tensor) else i for i in given]
    if len(arrays) > 1:
        arrays = _together(arrays)
    sizes = [shape[d] for d in dims]
    count = arrays[0].size
    if count and 0 in sizes:
        raise IndexError("index is out of bounds for dimension with size 0")
    if count and 0 in shape:  # nothing is read, so nothing is checked
        return places_tensor(np.zeros(arrays[0].shape, np.int64)), dims
    places = [wrapped(a, n, k) for k, (a, n) in enumerate(zip(arrays, sizes))]
    if len(places) == 1:
        unchanged = places[0] is arrays[0] and isinstance(given[0], Tensor)
        return (given[0] if unchanged else places_tensor(places[0])), dims
    flat = places[0].astype(np.int64)
    for array, n in zip(places[1:], sizes[1:]):
        flat = flat * n + array
    return places_tensor(flat), dims


def wrapped_slices(index: Tensor, size: int) -> Tensor:
    """Places that differ from slice to slice, negative ones counted from the end."""
    index = cast(index, dt.int64)
    return where(lt(index, 0), index + size, index)


def _batched_places(shape: Shape, given: list, dims: Shape) -> Tensor:
    """As `one_index` makes them, of places that differ from slice to slice."""
    flat: Any = None
    for k, (one, d) in enumerate(zip(given, dims)):
        one = one if isinstance(one, Tensor) else places_tensor(one)
        array = one._all_slices()
        wrapped(array, shape[d], k)
        negative = array.size and int(array.min()) < 0
        one = wrapped_slices(one, shape[d]) if negative else cast(one, dt.int64)
        flat = one if flat is None else flat * shape[d] + one
    return flat


def _together(arrays: list) -> list:
    try:
        return list(np.broadcast_arrays(*arrays))
    except ValueError:
        listed = ", ".join(str(list(a.shape)) for a in arrays)
        raise IndexError(
            f"shape mismatch: indexing tensors could not be broadcast together with shapes {listed}"
        ) from None


def _meta_places(indices: list, dims: Shape) -> tuple[Tensor, Shape]:
    shape = np.broadcast_shapes(*(tuple(i.shape) for i in indices if i is not None))
    return Tensor._wrap(Value(META, (), (), tuple(shape), dt.int64), meta=True), dims


def _extent(array: np.ndarray) -> tuple[int, int]:
    """The least and the greatest of some places."""
    if array.size <= 16:  # as Python numbers in a third of the time
        flat = array.ravel().tolist()
        return min(flat), max(flat)
    return int(array.min()), int(array.max())


def wrapped(array: np.ndarray, size: int, dim: int) -> np.ndarray:
    """Places with negative ones counted from the end; IndexError outside of the dimension."""
    if array.size == 0:
        return array
    low, high = _extent(array)
    if low >= 0 and high < size:
        return array
    if size == 0:
        raise IndexError("index is out of bounds for dimension with size 0")
    if low < -size or high >= size:
        flat = array.reshape(-1)
        wrong = flat[(flat < -size) | (flat >= size)][0]
        raise IndexError(f"index {wrong} is out of bounds for dimension {dim} with size {size}")
    return np.where(array < 0, array.astype(np.int64) + size, array)


def index_order(self: Tensor, indices: list, dims: Shape, flat: Shape, shape: Shape) -> Any:
    """The memory order that PyTorch's iterator gives the result of an index; None for row-major."""
    plain = all(
        t._strides == _row_major(t._shape)[0] for t in (self, *indices) if isinstance(t, Tensor)
    )
    if plain or 0 in shape:
        return None
    rest = tuple(s for d, s in enumerate(self._strides) if d not in dims)
    at = dims[0] if adjacent(dims) else 0
    wide = (1,) * at + flat + (1,) * (len(rest) - at)
    strides = [rest[:at] + (0,) * len(flat) + rest[at:]]
    strides += [_operand_strides(i, flat, wide, shape) for i in indices if i is not None]
    return sorted_dims(shape, strides)


def _operand_strides(index: Any, flat: Shape, wide: Shape, shape: Shape) -> Shape:
    """The strides of an index (a tensor, or an array of a mask's places) beside the result."""
    if isinstance(index, Tensor):
        have, steps = index._shape, index._strides
    else:
        have, steps = index.shape, tuple(s // index.itemsize for s in index.strides)
    _, steps, _ = movement.EXPAND.view(have, steps, 0, flat)
    _, steps, _ = movement.VIEW.view(flat, steps, 0, wide)
    return tuple(0 if m == 1 != n else s for s, m, n in zip(steps, wide, shape))


class SavedPlaces(Saved):
    """Places saved for backward as the index tensors that they were made from."""

    def __init__(self, places: Value, given: Sequence[Tensor], remake: Callable[[], Tensor]):
        super().__init__(places, None)
        self.given = [Saved(one._read(), one) for one in given]
        self.lent = any(one._storage.exported for one in given)
        self.remake = remake

    def check(self) -> None:
        for one in self.given:
            one.check()

    def current(self) -> Value:
        """The places, made anew where the index tensors were written to unnoticed."""
        if not self.lent and all(one.current() is one.value for one in self.given):
            return self.value
        modes.read_exported = True
        return self.remake()._read()


def save_given(
    result: Tensor, at: int, given: Sequence[Tensor | None], remake: Callable[[], Tensor]
) -> Tensor:
    """Lets the node of `result` save, as its input `at`, what these places were made from."""
    node = result._grad_fn
    saved = None if node is None else (node.saved or {}).get(at)
    if saved is not None and saved.hooks is None:
        tensors = [one for one in given if one is not None]
        node.saved[at] = SavedPlaces(saved.value, tensors, remake)
    return result


def check_places(array: np.ndarray, size: int, complaint: Any) -> None:
    """Raises `complaint(first wrong place)` unless all places lie in 0..size-1."""
    low, high = _extent(array) if array.size else (0, -1)
    if low < 0 or high >= size:
        flat = array.reshape(-1)
        raise complaint(int(flat[(flat < 0) | (flat >= size)][0]))
