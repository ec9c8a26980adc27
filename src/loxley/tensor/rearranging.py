"""Rearranging whole tensors: repeats, flips, rotations, triangles, diagonals."""

from __future__ import annotations

from operator import index as as_index
from typing import Any

import numpy as np

from .. import dtypes as dt
from ..devices import resolve
from ..ir.graph import leaf
from ..ops import indexing, movement
from ..ops import rearranging as ops
from ..ops.copies import COPIES
from ..ops.joining import cat
from ..ops.unsupported import no_kernel
from ..shapes import normalize_dim, normalize_dims
from .api import method, public
from .creation import constant_tensor
from .layout import like_clone, relay
from .shaping import shape_argument
from .tensor import Tensor, _common_order


@method
def repeat(self: Tensor, *sizes: Any, repeats: Any = None) -> Tensor:
    """The tensor laid side by side. Source: torch.Tensor.repeat."""
    sizes = shape_argument(sizes if repeats is None else (repeats,), "repeat", "repeats")
    if len(sizes) < len(self._shape):
        raise RuntimeError(
            "Number of dimensions of repeat dims can not be smaller than number of dimensions of "
            "tensor"
        )
    lead = len(sizes) - len(self._shape)
    shape = [n * r for n, r in zip((1,) * lead + self._shape, sizes)]
    for n in shape:
        if n < 0:
            raise RuntimeError(f"Trying to create tensor with negative dimension {n}: {shape}")
    return ops.repeat(self, sizes)


@public()
def tile(input: Tensor, *sizes: Any, dims: Any = None) -> Tensor:
    """`repeat` with leading ones filled in. Source: torch.tile."""
    sizes = shape_argument(sizes if dims is None else (dims,), "tile", "dims")
    return repeat(input, (1,) * (len(input._shape) - len(sizes)) + sizes)


def _counts(repeats: Tensor) -> np.ndarray:
    if repeats.dtype not in (dt.int64, dt.int32):
        raise NotImplementedError(
            f"\"repeat_interleave_cpu\" not implemented for '{repeats.dtype.legacy_name}'"
        )
    if len(repeats._shape) > 1:
        raise RuntimeError("repeats must be 0-dim or 1-dim tensor")
    counts = repeats._array().reshape(-1)
    if (counts < 0).any():
        raise RuntimeError("repeats can not be negative")
    return counts


def _interleaved_places(counts: np.ndarray, output_size: int | None) -> Tensor:
    places = np.repeat(np.arange(len(counts), dtype=np.int64), counts)
    if output_size is not None and output_size != len(places):
        raise RuntimeError("allocated size does not match required size")
    return Tensor._wrap(leaf(places, dt.int64))


@public()
def repeat_interleave(
    input: Tensor, repeats: Any = None, dim: int | None = None, *, output_size: int | None = None
) -> Tensor:
    """Each element, or part along `dim`, repeated in place. Source: torch.repeat_interleave."""
    if repeats is None:
        return _interleaved_places(_counts(input), output_size)
    if dim is None:
        input, dim = input.flatten(), 0
    dim = normalize_dim(dim, len(input._shape))
    if not isinstance(repeats, Tensor):
        return _repeat_each(input, as_index(repeats), dim)
    size = input._shape[dim] if input._shape else 1
    counts = _counts(repeats)
    if len(counts) == 1 and (not repeats._shape or size != 1):
        counts = np.repeat(counts, size)
    if len(counts) != size:
        raise RuntimeError(
            "repeats must have the same size as input along dim, but got repeats.size(0) = "
            f"{len(counts)} and input.size({dim}) = {size}"
        )
    return indexing.index_select(input, _interleaved_places(counts, output_size), dim)


def _repeat_each(input: Tensor, repeats: int, dim: int) -> Tensor:
    if repeats < 0:
        raise RuntimeError("Repeats must be non-negative")
    if not input._shape:
        input = movement.VIEW(input, (1,))
    shape = input._shape
    wide = movement.EXPAND(
        movement.unsqueeze(input, dim + 1), shape[: dim + 1] + (repeats,) + shape[dim + 1 :]
    )
    merged = shape[:dim] + (shape[dim] * repeats,) + shape[dim + 1 :]
    return movement.VIEW(wide.clone(memory_format=None).contiguous(), merged)


@public()
def flip(input: Tensor, *order: Any, dims: Any = None) -> Tensor:
    """The order of elements reversed along dimensions, a copy. Source: torch.flip."""
    dims = shape_argument(order if dims is None else (dims,), "flip", "dims")
    dims = normalize_dims(dims, len(input._shape)) if dims else ()
    return like_clone(ops.flip(input, dims), input)


@public()
def fliplr(input: Tensor) -> Tensor:
    """Columns in reverse order. Source: torch.fliplr."""
    if len(input._shape) < 2:
        raise RuntimeError("Input must be >= 2-d.")
    return flip(input, (1,))


@public()
def flipud(input: Tensor) -> Tensor:
    """Rows in reverse order. Source: torch.flipud."""
    if not input._shape:
        raise RuntimeError("Input must be >= 1-d.")
    return flip(input, (0,))


@public()
def roll(input: Tensor, shifts: Any, dims: Any = None) -> Tensor:
    """Elements moved around along dimensions, or in flat order. Source: torch.roll."""
    shifts = shape_argument((shifts,), "roll", "shifts")
    dims = () if dims is None else shape_argument((dims,), "roll", "dims")
    if not shifts:
        raise RuntimeError("`shifts` required")
    if dims or len(shifts) != 1:
        if len(shifts) != len(dims):
            raise RuntimeError(
                f"shifts and dimensions must align. shifts: {len(shifts)}, dims:{len(dims)}"
            )
    if dims and not input._shape:
        raise IndexError(f"Dimension specified as {dims[0]} but tensor has no dimensions")
    dims = tuple(normalize_dim(d, len(input._shape)) for d in dims)
    if not input._shape:
        return ops.flip(input, ())
    return ops.roll(input, shifts, dims)


@public()
def rot90(input: Tensor, k: int = 1, dims: Any = (0, 1)) -> Tensor:
    """The tensor turned by 90 degrees k times in a plane. Source: torch.rot90."""
    n, dims = len(input._shape), shape_argument((dims,), "rot90", "dims")
    if len(dims) != 2:
        raise RuntimeError(f"expected total rotation dims == 2, but got dims = {len(dims)}")
    if n < 2:
        raise RuntimeError(f"expected total dims >= 2, but got total dims = {n}")
    if dims[0] == dims[1] or abs(dims[0] - dims[1]) == n:
        raise RuntimeError(
            f"expected rotation dims to be different, but got dim0 = {dims[0]} and dim1 = {dims[1]}"
        )
    first, second = (normalize_dim(d, n) for d in dims)
    result = ops.rot90(input, k, (first, second))
    order = _common_order((input,)) or tuple(range(n))
    if k % 2:
        swap = {first: second, second: first}
        order = tuple(swap.get(d, d) for d in order)
    return relay(result, order)


def _require_matrix(input: Tensor, name: str) -> None:
    if len(input._shape) < 2:
        raise RuntimeError(f"{name}: input tensor must have at least 2 dimensions")


@public(inplace=True, out=True)
def tril(input: Tensor, diagonal: int = 0) -> Tensor:
    """The lower triangle of matrices, zeros elsewhere. Source: torch.tril."""
    _require_matrix(input, "tril")
    return ops.tril(input, as_index(diagonal))


@public(inplace=True, out=True)
def triu(input: Tensor, diagonal: int = 0) -> Tensor:
    """The upper triangle of matrices, zeros elsewhere. Source: torch.triu."""
    _require_matrix(input, "triu")
    return ops.triu(input, as_index(diagonal))


def _triangle_indices(
    row: int, col: int, offset: int, upper: bool, kind: dt.dtype, device: Any
) -> Tensor:
    resolve(device)
    for name, size in (("row", row), ("col", col)):
        if size < 0:
            raise RuntimeError(f"{name} must be non-negative, got{size}")
    if kind not in (dt.int32, dt.int64):
        raise no_kernel("triu_indices" if upper else "tril_indices", kind)
    found = np.triu_indices(row, offset, col) if upper else np.tril_indices(row, offset, col)
    return Tensor._from_array(np.stack(found).astype(kind.numpy), kind)


@public(method=False)
def tril_indices(
    row: int,
    col: int,
    offset: int = 0,
    *,
    dtype: dt.dtype = dt.int64,
    device: Any = None,
    layout: Any = None,
) -> Tensor:
    """A lower triangle's indices, rows above columns. Source: torch.tril_indices."""
    return _triangle_indices(row, col, offset, False, dtype, device)


@public(method=False)
def triu_indices(
    row: int,
    col: int,
    offset: int = 0,
    *,
    dtype: dt.dtype = dt.int64,
    device: Any = None,
    layout: Any = None,
) -> Tensor:
    """An upper triangle's indices, rows above columns. Source: torch.triu_indices."""
    return _triangle_indices(row, col, offset, True, dtype, device)


@public(out=True)
def diag(input: Tensor, diagonal: int = 0) -> Tensor:
    """A vector as a diagonal matrix, or a matrix's diagonal as a copy. Source: torch.diag."""
    n = len(input._shape)
    if n not in (1, 2):
        raise RuntimeError(f"diag(): Supports 1D or 2D tensors. Got {n}D")
    if n == 1:
        return ops.diag_embed(input, as_index(diagonal), 0, 1)
    return COPIES["diagonal"](input, as_index(diagonal), 0, 1)


@public(out=True)
def diag_embed(input: Tensor, offset: int = 0, dim1: int = -2, dim2: int = -1) -> Tensor:
    """Matrices with the last dimension on a diagonal. Source: torch.diag_embed."""
    n = len(input._shape) + 1
    first, second = normalize_dim(dim1, n), normalize_dim(dim2, n)
    if first == second:
        raise RuntimeError(f"diagonal dimensions cannot be identical {dim1}, {dim2}")
    return ops.diag_embed(input, as_index(offset), first, second)


@public()
def diagflat(input: Tensor, offset: int = 0) -> Tensor:
    """All elements on the diagonal of a matrix. Source: torch.diagflat."""
    return ops.diag_embed(input.reshape(-1), as_index(offset), 0, 1)


@public(out=True)
def trace(input: Tensor) -> Tensor:
    """The sum of a matrix's diagonal. Source: torch.trace."""
    if len(input._shape) != 2:
        raise RuntimeError(f"trace: expected a matrix, but got tensor with dim {len(input._shape)}")
    return ops.trace(input)


@public(method=False)
def vander(x: Tensor, N: int | None = None, increasing: bool = False) -> Tensor:  # noqa: N803
    """The powers of a vector's elements as columns. Source: torch.vander."""
    if len(x._shape) != 1:
        raise RuntimeError("x must be a one-dimensional tensor.")
    count = x._shape[0] if N is None else N
    if count < 0:
        raise RuntimeError("N must be non-negative.")
    kind = x.dtype if x.dtype.category >= 2 else dt.int64
    if count == 0:
        return constant_tensor((x._shape[0], 0), 0, kind)
    column = movement.unsqueeze(x.to(kind), 1)
    powers = constant_tensor((x._shape[0], 1), 1, kind)
    if count > 1:
        rest = movement.EXPAND(column, (x._shape[0], count - 1)).cumprod(1)
        powers = cat([powers, rest], 1)
    return powers if increasing else flip(powers, (1,))


@method
def fill_diagonal_(self: Tensor, fill_value: Any, wrap: bool = False) -> Tensor:
    """One number along the main diagonal, of tall matrices again and again with `wrap`.

    Source: torch.Tensor.fill_diagonal_.
    """
    shape, n = self._shape, len(self._shape)
    if n < 2:
        raise RuntimeError("dimensions must larger than 1")
    if n > 2 and len(set(shape)) > 1:
        raise RuntimeError("all dimensions of input must be of equal length")
    step, least = sum(self._strides), min(shape)
    self.as_strided((least,), (step,), self._offset).fill_(fill_value)
    if wrap and n == 2 and shape[0] > shape[1] + 1:
        _fill_wrapped(self, fill_value, step)
    return self


def _fill_wrapped(self: Tensor, fill_value: Any, step: int) -> None:
    rows, columns = self._shape
    count = -(-(rows - columns - 1) * columns // (columns + 1))
    start = self._offset + self._strides[0] * (columns + 1)
    self.as_strided((count,), (step,), start).fill_(fill_value)
