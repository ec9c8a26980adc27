"""`*_copy`, views as tensors of their own, and `*_scatter`, a tensor with a part replaced."""

from __future__ import annotations

from operator import index as as_index
from typing import Any

from .. import dtypes as dt
from ..ops.copies import COPIES
from ..ops.copies import narrow_copy as narrow_copy_row
from ..ops.scatter_parts import as_strided_scatter as as_strided_scatter_row
from ..ops.scatter_parts import diagonal_scatter as diagonal_scatter_row
from ..ops.scatter_parts import select_scatter as select_scatter_row
from ..ops.scatter_parts import slice_scatter as slice_scatter_row
from ..ops.slicing import diagonal_layout, slice_length
from ..shapes import infer_reshape, normalize_dim, numel
from .api import public, write_out
from .broadcasting import expand_shape
from .layout import like_clone
from .parts import (
    diagonal_dims,
    equal_sizes,
    given_sizes,
    narrow_bounds,
    select_place,
    slice_bounds,
    unbind_dim,
    unfold_arguments,
)
from .shaping import (
    permuted_dims,
    shape_argument,
    squeeze_row,
    strided_arguments,
)
from .tensor import Tensor


@public(method=False, out=True)
def view_copy(input: Tensor, size: Any = None, *, dtype: dt.dtype | None = None) -> Tensor:
    """`input.view(size)` as a tensor of its own. Source: torch.view_copy."""
    if dtype is not None or isinstance(size, dt.dtype):
        return input.view(dtype or size).clone()
    shape = infer_reshape(shape_argument((size,), "view_copy"), numel(input._shape))
    return COPIES["view"](input, shape)


@public(method=False, out=True)
def alias_copy(input: Tensor) -> Tensor:
    """The same elements as a tensor of its own. Source: torch.alias_copy."""
    return COPIES["alias"](input)


@public(method=False, out=True)
def detach_copy(input: Tensor) -> Tensor:
    """The same elements as a tensor of its own, without history. Source: torch.detach_copy."""
    return input.detach().clone()


@public(method=False, out=True)
def select_copy(input: Tensor, dim: int, index: int) -> Tensor:
    """`select` as a tensor of its own. Source: torch.select_copy."""
    return COPIES["select"](input, *select_place(input, dim, index))


@public(method=False, out=True)
def slice_copy(
    input: Tensor, dim: int = 0, start: Any = None, end: Any = None, step: int = 1
) -> Tensor:
    """A slice of one dimension as a tensor of its own. Source: torch.slice_copy."""
    dim = normalize_dim(dim, len(input._shape))
    return COPIES["slice"](input, dim, *slice_bounds(start, end, step, input._shape[dim]))


@public(out=True)
def narrow_copy(input: Tensor, dim: int, start: int, length: int) -> Tensor:
    """`narrow` as a tensor of its own. Source: torch.narrow_copy."""
    if input.ndim and as_index(dim) >= input.ndim:
        raise RuntimeError(
            "Expected dim < static_cast<int64_t>(self_sizes.size()) to be true, but got false.  "
            "(Could this error message be improved?  If so, please report an enhancement request "
            "to PyTorch.)"
        )
    dim, start = narrow_bounds(input, dim, as_index(start), max(as_index(length), 0))
    if length < 0:
        raise RuntimeError(
            f"start ({start}) + length ({length}) exceeds dimension size ({input._shape[dim]})."
        )
    return narrow_copy_row(input, dim, start, start + length, 1)


@public(method=False, out=True)
def transpose_copy(input: Tensor, dim0: int, dim1: int) -> Tensor:
    """`transpose` as a tensor of its own. Source: torch.transpose_copy."""
    n = len(input._shape)
    dims = normalize_dim(dim0, n), normalize_dim(dim1, n)
    return COPIES["transpose"](input, *dims)


@public(method=False, out=True)
def t_copy(input: Tensor) -> Tensor:
    """`t` as a tensor of its own. Source: torch.t_copy."""
    if len(input._shape) > 2:
        raise RuntimeError(
            f"t() expects a tensor with <= 2 dimensions, but self is {len(input._shape)}D"
        )
    return COPIES["t"](input)


@public(method=False, out=True)
def permute_copy(input: Tensor, dims: Any) -> Tensor:
    """`permute` as a tensor of its own. Source: torch.permute_copy."""
    dims = shape_argument((dims,), "permute_copy", "dims")
    return COPIES["permute"](input, permuted_dims(input, dims))


@public(method=False, out=True)
def squeeze_copy(input: Tensor, dim: Any = None) -> Tensor:
    """`squeeze` as a tensor of its own. Source: torch.squeeze_copy."""
    row, dims = squeeze_row(input, dim)
    return COPIES[row.name](input, dims)


@public(method=False, out=True)
def unsqueeze_copy(input: Tensor, dim: int) -> Tensor:
    """`unsqueeze` as a tensor of its own. Source: torch.unsqueeze_copy."""
    return COPIES["unsqueeze"](input, normalize_dim(dim, len(input._shape) + 1))


@public(method=False, out=True)
def expand_copy(input: Tensor, size: Any, *, implicit: bool = False) -> Tensor:
    """`expand` as a tensor of its own. Source: torch.expand_copy."""
    return COPIES["expand"](input, expand_shape(input, shape_argument((size,), "expand_copy")))


@public(method=False, out=True)
def diagonal_copy(input: Tensor, offset: int = 0, dim1: int = 0, dim2: int = 1) -> Tensor:
    """`diagonal` as a tensor of its own. Source: torch.diagonal_copy."""
    return COPIES["diagonal"](input, as_index(offset), *diagonal_dims(input, dim1, dim2))


@public(method=False, out=True)
def unfold_copy(input: Tensor, dimension: int, size: int, step: int) -> Tensor:
    """`unfold` as a tensor of its own. Source: torch.unfold_copy."""
    return COPIES["unfold"](input, *unfold_arguments(input, dimension, size, step))


@public(method=False, out=True)
def as_strided_copy(
    input: Tensor, size: Any, stride: Any, storage_offset: int | None = None
) -> Tensor:
    """`as_strided` as a tensor of its own. Source: torch.as_strided_copy."""
    attrs = strided_arguments(input, size, stride, storage_offset)
    if input._contiguous and input._offset == 0 and input._storage.size == numel(input._shape):
        return COPIES["as_strided"](input, *attrs)
    return input.as_strided(size, stride, storage_offset).clone()


@public(method=False)
def split_copy(
    input: Tensor, split_size: int, dim: int = 0, *, out: Any = None
) -> tuple[Tensor, ...] | None:
    """`split` into tensors of their own. Source: torch.split_copy."""
    dim = normalize_dim(dim, len(input._shape))
    return _into(COPIES["split"](input, equal_sizes(input, split_size, dim), dim), out)


@public(method=False)
def split_with_sizes_copy(
    input: Tensor, split_sizes: Any, dim: int = 0, *, out: Any = None
) -> tuple[Tensor, ...] | None:
    """`split_with_sizes` into tensors of their own. Source: torch.split_with_sizes_copy."""
    dim = normalize_dim(dim, len(input._shape))
    return _into(COPIES["split_with_sizes"](input, given_sizes(input, split_sizes, dim), dim), out)


@public(method=False)
def unbind_copy(input: Tensor, dim: int = 0, *, out: Any = None) -> tuple[Tensor, ...] | None:
    """`unbind` into tensors of their own. Source: torch.unbind_copy."""
    return _into(COPIES["unbind"](input, unbind_dim(input, dim)), out)


def _into(made: tuple[Tensor, ...], out: Any) -> tuple[Tensor, ...] | None:
    """PyTorch's `out=` of these functions writes and returns nothing."""
    if out is None:
        return made
    for one, destination in zip(made, out):
        write_out("copy", one, destination)
    return None


# ------------------------------------------------------------------ a part replaced


def _require_shape(name: str, src: Tensor, shape: tuple[int, ...]) -> None:
    if src._shape != shape:
        raise RuntimeError(
            f"expected src to have a size equal to the {name} of self. src size = "
            f"{list(src._shape)}, {name} size = {list(shape)}"
        )


@public(out=True)
def slice_scatter(
    input: Tensor, src: Tensor, dim: int = 0, start: Any = None, end: Any = None, step: int = 1
) -> Tensor:
    """`input` with a slice of one dimension replaced by `src`. Source: torch.slice_scatter."""
    dim = normalize_dim(dim, len(input._shape))
    bounds = slice_bounds(start, end, step, input._shape[dim])
    shape = input._shape[:dim] + (slice_length(*bounds),) + input._shape[dim + 1 :]
    _require_shape("slice", src, shape)
    return like_clone(slice_scatter_row(input, src, dim, *bounds), input)


@public(out=True)
def select_scatter(input: Tensor, src: Tensor, dim: int, index: int) -> Tensor:
    """`input` with one place of a dimension replaced by `src`. Source: torch.select_scatter."""
    dim, index = select_place(input, dim, index)
    _require_shape("slice", src, input._shape[:dim] + input._shape[dim + 1 :])
    return like_clone(select_scatter_row(input, src, dim, index), input)


@public(out=True)
def diagonal_scatter(
    input: Tensor, src: Tensor, offset: int = 0, dim1: int = 0, dim2: int = 1
) -> Tensor:
    """`input` with a diagonal replaced by `src`. Source: torch.diagonal_scatter."""
    dims = diagonal_dims(input, dim1, dim2)
    shape, _, _ = diagonal_layout(input._shape, input._strides, 0, offset, *dims)
    _require_shape("slice", src, shape)
    return like_clone(diagonal_scatter_row(input, src, as_index(offset), *dims), input)


@public(out=True)
def as_strided_scatter(
    input: Tensor, src: Tensor, size: Any, stride: Any, storage_offset: int | None = None
) -> Tensor:
    """`input` with a layout of its memory replaced by `src`. Source: torch.as_strided_scatter."""
    shape, strides, offset, _ = strided_arguments(input, size, stride, storage_offset)
    _require_shape("slice", src, shape)
    if not input._contiguous or input._offset:
        raise NotImplementedError("torch.as_strided_scatter: input must be contiguous")
    return as_strided_scatter_row(input, src, shape, strides, offset)
