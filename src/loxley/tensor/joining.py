"""Joining tensors: cat, stack and what is made of them."""

from __future__ import annotations

import itertools
import warnings
from typing import Any

import numpy as np

from ..config import config
from ..dtypes import int64
from ..ir.graph import leaf
from ..ops import joining as ops
from ..ops import movement
from ..ops.family import result_type
from ..shapes import contiguous_strides, normalize_dim, view_strides
from .api import expose, public, write_out
from .layout import refuse_overlap, relay
from .modes import modes
from .shaping import lift_1d, lift_2d, lift_3d
from .tensor import Tensor


def tensor_list(name: str, tensors: Any) -> list[Tensor]:
    """A list or tuple of tensors; TypeError in PyTorch's words for anything else."""
    if not isinstance(tensors, (list, tuple)):
        raise TypeError(
            f"{name}(): argument 'tensors' (position 1) must be tuple of Tensors, "
            f"not {type(tensors).__name__}"
        )
    for i, one in enumerate(tensors):
        if not isinstance(one, Tensor):
            raise TypeError(
                f"expected Tensor as element {i} in argument 0, but got {type(one).__name__}"
            )
    return list(tensors)


def _check_sizes(tensors: list[Tensor], dim: int) -> int:
    """The normalized dimension; RuntimeError where shapes don't fit together."""
    first = None
    for i, t in enumerate(tensors):
        if not t._shape:
            raise RuntimeError(f"zero-dimensional tensor (at position {i}) cannot be concatenated")
        if t._shape != ops.LEGACY_EMPTY and first is None:
            first, dim = t, normalize_dim(dim, len(t._shape))
    if first is None:
        return normalize_dim(dim, 1)
    for i, t in enumerate(tensors):
        if t._shape != ops.LEGACY_EMPTY:
            _check_one(first._shape, t._shape, dim, i)
    return dim


def _check_one(shape: tuple, other: tuple, dim: int, i: int) -> None:
    if len(shape) != len(other):
        raise RuntimeError(
            f"Tensors must have same number of dimensions: got {len(shape)} and {len(other)}"
        )
    for d, (n, m) in enumerate(zip(shape, other)):
        if n != m and d != dim:
            raise RuntimeError(
                f"Sizes of tensors must match except in dimension {dim}. Expected size {n} but got "
                f"size {m} for tensor number {i} in the list."
            )


def _channels_last(shape: tuple, strides: tuple) -> bool:
    """Whether PyTorch takes a layout for channels-last (c10, MemoryFormat.h)."""
    n = len(shape)
    if n not in (4, 5) or 0 in shape or strides[1] == 0:
        return False
    least = 0
    for d in (1, *range(n - 1, 1, -1), 0):
        if strides[d] < least or (d == 0 and least == strides[1]):
            return False
        least = strides[d] * shape[d]
    return True


def _laid_out(result: Tensor, layouts: list[tuple]) -> Tensor:
    """The result in channels-last order where all operands are."""
    n = len(result._shape)
    if n in (4, 5) and all(_channels_last(*one) for one in layouts):
        return relay(result, (0, *range(2, n), 1))
    return result


_FEW = 4096  # elements that are joined at once where they are there


def _joined_now(join: Any, tensors: list[Tensor], dim: int) -> Tensor | None:
    """The result, if it has few elements that are all there: recording it would cost more."""
    now, kind, arrays, size = modes.__dict__, tensors[0].dtype, [], 0
    if now["forward"] is not None or now["autocast"] is not None or now["inference"]:
        return None
    if config.compile not in ("auto", "0"):
        return None
    for t in tensors:
        array = t._there() if t.dtype is kind and not t._tracks() else None
        if array is None or t._storage.meta:
            return None
        arrays.append(array)
        size += array.size
    if size > _FEW:
        return None
    if join is np.stack and not dim and kind.numpy.kind in "biufc":
        return Tensor._from_array(np.array(arrays, kind.numpy), kind)  # as `np.stack`, faster
    return Tensor._from_array(join(arrays, axis=dim), kind)


def rows_now(t: Any, places: Any) -> Tensor | None:
    """`stack([t[i] for i in places])` where the elements are there and nothing else is asked for.

    None for what must be recorded, and for places that aren't plain integers within bounds.
    """
    now = modes.__dict__
    if type(t) is not Tensor or t._tracks() or t._tangents is not None or t._inference:
        return None
    if now["forward"] is not None or now["inference"] or config.compile not in ("auto", "0"):
        return None
    if t._storage.meta or t.dtype.restricted or t.dtype.numpy.kind not in "biufc":
        return None
    array = t._there()
    if array is None or not array.ndim or type(places) is not list or not places:
        return None
    if set(map(type, places)) != {int} or min(places) < 0 or max(places) >= len(array):
        return None
    return Tensor._from_array(array[places], t.dtype)


def _cat(tensors: Any, dim: int, name: str = "cat") -> Tensor:
    tensors = tensor_list(name, tensors)
    if not tensors:
        raise ValueError("torch.cat(): expected a non-empty list of Tensors")
    dim = _check_sizes(tensors, dim)
    result = None
    if not any(t._shape == ops.LEGACY_EMPTY for t in tensors):
        result = _joined_now(np.concatenate, tensors, dim)
    return _laid_out(
        ops.cat(tensors, dim) if result is None else result,
        [(t._shape, t._strides) for t in tensors if t._shape != ops.LEGACY_EMPTY],
    )


def cat(tensors: Any = None, dim: int = 0, *, axis: int | None = None, out: Any = None) -> Tensor:
    """Tensors joined along a dimension, at their common dtype.

    1-d tensors without elements join anything. Source: torch.cat.
    """
    result = _cat(tensors, dim if axis is None else axis)
    if out is None:
        return result
    refuse_overlap(out, tuple(tensors))
    return write_out("cat", result, out)


expose(cat=cat, concat=cat, concatenate=cat)


@public(method=False, out=True)
def stack(tensors: Any, dim: int = 0) -> Tensor:
    """Tensors of one shape joined along a new dimension. Source: torch.stack."""
    tensors = tensor_list("stack", tensors)
    if not tensors:
        raise RuntimeError("stack expects a non-empty TensorList")
    first = tensors[0]._shape
    dim = normalize_dim(dim, len(first) + 1)
    for i, t in enumerate(tensors):
        if t._shape != first:
            raise RuntimeError(
                f"stack expects each tensor to be equal size, but got {list(first)} at entry 0 and "
                f"{list(t._shape)} at entry {i}"
            )
    result = _joined_now(np.stack, tensors, dim)
    if result is None:
        result = ops.stack(tensors, dim)
    if dim == len(first):
        wide = [movement.unsqueeze.view(t._shape, t._strides, 0, dim)[:2] for t in tensors]
        return _laid_out(result, wide)
    if all(_channels_last(t._shape, t._strides) for t in tensors):
        return _split(result, dim)
    return result


def _split(result: Tensor, dim: int) -> Tensor:
    """The result in the order of operands joined along `dim`, channels last, which is then split.

    So PyTorch stacks along all dimensions but a new last one.
    """
    shape = result._shape
    joined = shape[:dim] + (shape[dim] * shape[dim + 1],) + shape[dim + 2 :]
    order = (0, *range(2, len(joined)), 1)
    steps = [0] * len(joined)
    for d, step in zip(order, contiguous_strides(tuple(joined[d] for d in order))):
        steps[d] = step
    places = [(d, d + 1) if d == dim else (d + (d > dim),) for d in order]
    result = relay(result, tuple(itertools.chain(*places)))
    result._strides = view_strides(joined, tuple(steps), shape)
    return result


def _nonempty(name: str, tensors: Any) -> list[Tensor]:
    tensors = tensor_list(name, tensors)
    if not tensors:
        raise RuntimeError(f"{name} expects a non-empty TensorList")
    return tensors


@public(method=False, out=True)
def hstack(tensors: Any) -> Tensor:
    """Joined along columns, vectors end to end. Source: torch.hstack."""
    lifted = [lift_1d(t) for t in _nonempty("hstack", tensors)]
    return _cat(lifted, 0 if len(lifted[0]._shape) == 1 else 1)


@public(method=False, out=True, aliases=("row_stack",))
def vstack(tensors: Any) -> Tensor:
    """Joined along rows. Source: torch.vstack."""
    return _cat([lift_2d(t) for t in _nonempty("vstack", tensors)], 0)


@public(method=False, out=True)
def dstack(tensors: Any) -> Tensor:
    """Joined along the third dimension. Source: torch.dstack."""
    return _cat([lift_3d(t) for t in _nonempty("dstack", tensors)], 2)


@public(method=False, out=True)
def column_stack(tensors: Any) -> Tensor:
    """Vectors as columns, matrices side by side. Source: torch.column_stack."""
    return hstack([_as_column(t) for t in _nonempty("column_stack", tensors)])


def _as_column(t: Tensor) -> Tensor:
    if not t._shape:
        return movement.VIEW(t, (1, 1))
    return movement.unsqueeze(t, 1) if len(t._shape) == 1 else t


@public(method=False)
def block_diag(*tensors: Any) -> Tensor:
    """Matrices along the diagonal of a larger one. Source: torch.block_diag."""
    for i, t in enumerate(tensors):
        if not isinstance(t, Tensor):
            raise TypeError(
                f"expected Tensor as element {i} in argument 0, but got {type(t).__name__}"
            )
        if len(t._shape) > 2:
            raise RuntimeError(
                f"torch.block_diag: Input tensors must have 2 or fewer dimensions. Input {i} has "
                f"{len(t._shape)} dimensions"
            )
    if not tensors:
        return Tensor._wrap(movement.zeros((1, 0), result_type((1.0,))))
    return ops.block_diag(list(tensors))


@public(method=False)
def meshgrid(*tensors: Any, indexing: str | None = None) -> tuple[Tensor, ...]:
    """Coordinates of a grid from those of its axes, as expanded views. Source: torch.meshgrid."""
    if len(tensors) == 1 and isinstance(tensors[0], (list, tuple)):
        tensors = tuple(tensors[0])
    if indexing is None:
        warnings.warn(
            "torch.meshgrid: in an upcoming release, it will be required to pass the indexing "
            "argument.",
            UserWarning,
            stacklevel=2,
        )
        indexing = "ij"
    if not tensors:
        raise RuntimeError("meshgrid expects a non-empty TensorList")
    tensors = tuple(tensor_list("meshgrid", tensors))
    _check_axes(tensors, indexing)
    places = list(range(len(tensors)))  # the grid's dimension that each axis runs along
    if indexing == "xy" and len(tensors) >= 2:
        places[:2] = [1, 0]
    sizes = [t._shape[0] if t._shape else 1 for t in tensors]
    shape = tuple(sizes[places[d]] for d in range(len(sizes)))
    made = []
    for t, size, place in zip(tensors, sizes, places):
        column = movement.VIEW(t, (1,) * place + (size,) + (1,) * (len(shape) - place - 1))
        made.append(movement.EXPAND(column, shape))
    return tuple(made)


def _check_axes(tensors: tuple, indexing: str) -> None:
    for t in tensors:
        if len(t._shape) > 1:
            raise RuntimeError(
                f"torch.meshgrid: Expected 0D or 1D tensor in the tensor list but got: {t}"
            )
        if t.dtype is not tensors[0].dtype:
            raise RuntimeError("meshgrid expects all tensors to have the same dtype")
    if indexing not in ("ij", "xy"):
        raise RuntimeError(
            f'torch.meshgrid: indexing must be one of "xy" or "ij", but received: {indexing}'
        )


def _require_vector(t: Tensor) -> None:
    if len(t._shape) != 1:
        raise RuntimeError(f"Expect a 1D vector, but got shape {list(t._shape)}")


@public(method=False)
def cartesian_prod(*tensors: Any) -> Tensor:
    """All tuples of elements, one of each vector. Source: torch.cartesian_prod."""
    if len(tensors) == 1 and isinstance(tensors[0], (list, tuple)):
        tensors = tuple(tensors[0])
    for t in tensor_list("cartesian_prod", tensors):
        _require_vector(t)
    if len(tensors) == 1:
        return tensors[0]
    grid = meshgrid(*tensors, indexing="ij")
    return stack([t.flatten() for t in grid], 1)


@public()
def combinations(input: Tensor, r: int = 2, with_replacement: bool = False) -> Tensor:
    """All choices of r elements, in order. Source: torch.combinations."""
    _require_vector(input)
    if r < 0:
        raise RuntimeError(f"Expect a non-negative number, but got {r}")
    if r == 0:
        return Tensor._wrap(movement.zeros((0,), input.dtype))
    choose = itertools.combinations_with_replacement if with_replacement else itertools.combinations
    rows = np.array(list(choose(range(input._shape[0]), r)), np.int64).reshape(-1, r)
    columns = [Tensor._wrap(leaf(np.ascontiguousarray(c), int64)) for c in rows.T]
    return stack([input[c] for c in columns], 1)
