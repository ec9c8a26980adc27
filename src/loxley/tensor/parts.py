"""Views of a part: select, narrow, diagonal, unfold, and the functions that split a tensor.

Source: https://docs.pytorch.org/docs/stable/tensor_view.html.
"""

from __future__ import annotations

from collections.abc import Iterator
from operator import index as as_index
from typing import Any

from ..ir.graph import Op
from ..ops import joining, slicing
from ..shapes import Shape, normalize_dim
from .api import method, public
from .shaping import int_argument, shape_argument, tensor_argument
from .tensor import Counter, Tensor


def select_place(input: Tensor, dim: int, index: Any) -> tuple[int, int]:
    """`dim` and `index` of a select, normalized; IndexError outside of the tensor."""
    if not input._shape:
        raise IndexError("select() cannot be applied to a 0-dim tensor.")
    dim, index = normalize_dim(dim, len(input._shape)), as_index(index)
    size = input._shape[dim]
    if not -size <= index < size:
        raise IndexError(
            f"select(): index {index} out of range for tensor of size {list(input._shape)} at "
            f"dimension {dim}"
        )
    return dim, index + size if index < 0 else index


@public()
def select(input: Tensor, dim: int, index: int) -> Tensor:
    """The part at one place of a dimension, sharing memory. Source: torch.select."""
    return slicing.select(input, *select_place(input, dim, index))


def slice_bounds(start: Any, stop: Any, step: Any, size: int) -> tuple[int, int, int]:
    """start <= stop within the dimension, as Python's slices mean them."""
    step = 1 if step is None else as_index(step)
    if step <= 0:
        raise RuntimeError("slice step must be positive")
    start, stop, _ = slice(start, stop).indices(size)
    return start, max(start, stop), step


def narrow_bounds(input: Tensor, dim: int, start: Any, length: Any) -> tuple[int, int]:
    """The dimension and the start of a narrow, checked."""
    if not input._shape:
        raise RuntimeError("narrow() cannot be applied to a 0-dim tensor.")
    if length < 0:
        raise RuntimeError("narrow(): length must be non-negative.")
    dim = normalize_dim(dim, len(input._shape))
    size = input._shape[dim]
    if not -size <= start <= size:
        raise IndexError(
            f"start out of range (expected to be in range of [{-size}, {size}], but got {start})"
        )
    if start < 0:
        start += size
    if start + length > size:
        raise RuntimeError(f"start ({start}) + length ({length}) exceeds dimension size ({size}).")
    return dim, start


@public()
def narrow(input: Tensor, dim: int, start: Any, length: int) -> Tensor:
    """`length` places of a dimension from `start`, sharing memory. Source: torch.narrow."""
    if isinstance(start, Tensor):
        if start._shape or start.dtype.category != 1:
            raise RuntimeError("start must be an 0-dim integral Tensor.")
        start = start.item()
    length = as_index(length)
    dim, start = narrow_bounds(input, dim, as_index(start), length)
    return slicing.slice_(input, dim, start, start + length, 1)


def diagonal_dims(input: Tensor, dim1: int, dim2: int) -> tuple[int, int]:
    """Two different dimensions, normalized."""
    n = len(input._shape)
    first, second = normalize_dim(dim1, n), normalize_dim(dim2, n)
    if first == second:
        raise RuntimeError(f"diagonal dimensions cannot be identical {dim1}, {dim2}")
    return first, second


@public()
def diagonal(input: Tensor, offset: int = 0, dim1: int = 0, dim2: int = 1) -> Tensor:
    """The diagonal over two dimensions as a last one, sharing memory. Source: torch.diagonal."""
    return slicing.diagonal(input, as_index(offset), *diagonal_dims(input, dim1, dim2))


def unfold_arguments(self: Tensor, dimension: int, size: int, step: int) -> tuple[int, int, int]:
    """The checked attributes of an unfold."""
    dim = normalize_dim(dimension, len(self._shape))
    have = self._shape[dim] if self._shape else 1
    if size < 0:
        raise RuntimeError(f"size is {size} but must be >= 0")
    if size > have:
        raise RuntimeError(
            f"maximum size for tensor at dimension {dim} is {have} but size is {size}"
        )
    if step <= 0:
        raise RuntimeError(f"step is {step} but must be > 0")
    return dim, as_index(size), as_index(step)


@method
def unfold(self: Tensor, dimension: int, size: int, step: int) -> Tensor:
    """Windows along a dimension as a last one, sharing memory. Source: torch.Tensor.unfold."""
    return slicing.unfold(self, *unfold_arguments(self, dimension, size, step))


# ------------------------------------------------------------------ splitting


def equal_sizes(input: Tensor, split_size: int, dim: int, name: str = "split") -> Shape:
    """The sizes of pieces of `split_size`, the last one smaller."""
    if not input._shape:
        raise RuntimeError(f"{name} expects at least a 1-dimensional tensor")
    if split_size < 0:
        raise RuntimeError(
            f"split expects split_size be non-negative, but got split_size={split_size}"
        )
    size = input._shape[dim]
    if split_size == 0:
        if size:
            raise RuntimeError(
                f"split_size can only be 0 if dimension size is 0, but got dimension size of {size}"
            )
        return (0,)
    count = max(1, -(-size // split_size))
    return (split_size,) * (count - 1) + (size - split_size * (count - 1),)


def given_sizes(input: Tensor, sizes: Any, dim: int) -> Shape:
    """The sizes of pieces as listed; RuntimeError unless they sum to the dimension."""
    sizes = shape_argument((sizes,), "split_with_sizes", "split_sizes")
    if not input._shape:
        raise RuntimeError("split expects at least a 1-dimensional tensor")
    if any(n < 0 for n in sizes):
        raise RuntimeError(
            "split_with_sizes expects split_sizes have only non-negative entries, but got "
            f"split_sizes={list(sizes)}"
        )
    if sum(sizes) != input._shape[dim]:
        raise RuntimeError(
            f"split_with_sizes expects split_sizes to sum exactly to {input._shape[dim]} (input "
            f"tensor's size at dimension {dim}), but got split_sizes={list(sizes)}"
        )
    return sizes


def _dim(input: Tensor, dim: int) -> int:
    return normalize_dim(dim, len(input._shape))


@public(method=False)
def split(tensor: Tensor, split_size_or_sections: Any, dim: int = 0) -> tuple[Tensor, ...]:
    """Pieces along a dimension, sharing memory. Source: torch.split."""
    tensor_argument(tensor, "split")
    sizes, at = split_size_or_sections, _dim(tensor, dim)
    if isinstance(sizes, (list, tuple)):
        return joining.split_with_sizes(tensor, given_sizes(tensor, sizes, at), at)
    size = int_argument(sizes, "split", "split_size", 1)
    return joining.split(tensor, equal_sizes(tensor, size, at), at)


def _method(self: Tensor, split_size: Any, dim: int = 0) -> tuple[Tensor, ...]:
    """Pieces along a dimension, sharing memory. Source: torch.Tensor.split."""
    return split(self, split_size, dim)


_method.__name__, _method.__qualname__ = "split", "Tensor.split"
Tensor.split = _method  # type: ignore[attr-defined]


@public()
def split_with_sizes(input: Tensor, split_sizes: Any, dim: int = 0) -> tuple[Tensor, ...]:
    """Pieces of the given sizes, sharing memory. Source: torch.split_with_sizes."""
    at = _dim(input, dim)
    return joining.split_with_sizes(input, given_sizes(input, split_sizes, at), at)


def _unsafe(input: Tensor, row: Op, sizes: Shape, dim: int) -> tuple[Tensor, ...]:
    """Pieces that share memory with the input, but that autograd takes for tensors of their own."""
    pieces = row(input, sizes, dim)
    layouts = joining.split.view(input._shape, input._strides, input._offset, sizes, dim)
    for piece, (_, strides, offset) in zip(pieces, layouts):
        seen = Tensor._alias(input._storage, input.dtype, piece._shape, strides, offset)
        piece._storage, piece._strides, piece._offset = input._storage, strides, offset
        piece._plain, piece._contiguous = seen._plain, seen._contiguous
        piece._own_counter = Counter()
    return pieces


@public()
def unsafe_split(input: Tensor, split_size: int, dim: int = 0) -> tuple[Tensor, ...]:
    """`split` whose pieces autograd does not know as views. Source: torch.unsafe_split."""
    at = _dim(input, dim)
    return _unsafe(input, joining.unsafe_split, equal_sizes(input, split_size, at), at)


@public()
def unsafe_split_with_sizes(input: Tensor, split_sizes: Any, dim: int = 0) -> tuple[Tensor, ...]:
    """`split_with_sizes` whose pieces autograd does not know as views."""
    at = _dim(input, dim)
    return _unsafe(input, joining.unsafe_split_with_sizes, given_sizes(input, split_sizes, at), at)


def _chunk_size(input: Tensor, chunks: Any, at: int) -> int:
    chunks = int_argument(chunks, "chunk", "chunks", 1)
    if not input._shape:
        raise RuntimeError("chunk expects at least a 1-dimensional tensor")
    if chunks <= 0:
        raise RuntimeError(f"chunk expects `chunks` to be greater than 0, got: {chunks}")
    return -(-input._shape[at] // chunks)


@public()
def chunk(input: Tensor, chunks: int, dim: int = 0) -> tuple[Tensor, ...]:
    """At most `chunks` pieces of equal size, sharing memory. Source: torch.chunk."""
    at = _dim(input, dim)
    size = _chunk_size(input, chunks, at)
    if size == 0 and input._shape[at] == 0:
        return joining.split_with_sizes(input, (0,) * chunks, at)
    return joining.split(input, equal_sizes(input, size, at), at)


@public()
def unsafe_chunk(input: Tensor, chunks: int, dim: int = 0) -> tuple[Tensor, ...]:
    """`chunk` whose pieces autograd does not know as views. Source: torch.unsafe_chunk."""
    if chunks <= 0:
        raise RuntimeError(f"chunk expects `chunks` to be greater than 0, got: {chunks}")
    at = _dim(input, dim)
    size = _chunk_size(input, chunks, at)
    if size == 0 and input._shape[at] == 0:
        return _unsafe(input, joining.unsafe_split_with_sizes, (0,) * chunks, at)
    return _unsafe(input, joining.unsafe_split, equal_sizes(input, size, at), at)


@public()
def tensor_split(
    input: Tensor,
    indices_or_sections: Any = None,
    dim: int = 0,
    *,
    indices: Any = None,
    sections: Any = None,
    tensor_indices_or_sections: Any = None,
) -> tuple[Tensor, ...]:
    """Pieces between indices, or so many of nearly equal size. Source: torch.tensor_split."""
    how = indices_or_sections
    for named in (indices, sections, tensor_indices_or_sections):
        how = named if named is not None else how
    if not input._shape:
        raise RuntimeError(
            "tensor_split expected at least a 1-dimensional tensor, but got a tensor with 0 dims"
        )
    if isinstance(how, Tensor):
        how = _tensor_sections(how)
    at = _dim(input, dim)
    if isinstance(how, (list, tuple)):
        return _cut(input, list(shape_argument((how,), "tensor_split", "indices")), at)
    count = int_argument(how, "tensor_split", "sections", 1)
    if count <= 0:
        raise RuntimeError(f"number of sections must be larger than 0, got {count}")
    least, larger = divmod(input._shape[at], count)
    ends, end = [], 0
    for i in range(count - 1):
        end += least + (i < larger)
        ends.append(end)
    return _cut(input, ends, at)


def _tensor_sections(how: Tensor) -> Any:
    if how.dtype.name != "int64" or len(how._shape) > 1:
        kind = "long dtype" if how.dtype.name != "int64" else "zero- or one-dimensional"
        raise RuntimeError(
            f"tensor_split expected tensor_indices_or_sections to be {kind}, but got a tensor with "
            f"{len(how._shape)} dims"
            if kind != "long dtype"
            else "tensor_split expected tensor_indices_or_sections to have dtype of long, but got "
            f"{how.dtype.legacy_name}"
        )
    return how.tolist()


def _cut(input: Tensor, ends: list[int], dim: int) -> tuple[Tensor, ...]:
    size, pieces, start = input._shape[dim], [], 0
    for end in [*ends, size]:
        low, high, _ = slice_bounds(start, end, 1, size)
        pieces.append(slicing.slice_(input, dim, low, high, 1))
        start = end
    return tuple(pieces)


def _split_along(input: Tensor, how: Any, dim: int, name: str) -> tuple[Tensor, ...]:
    if isinstance(how, int):
        size = input._shape[dim]
        if how <= 0 or size % how:
            raise RuntimeError(
                f"torch.{name} attempted to split along dimension {dim}, but the size of the "
                "dimension "
                f"{size} is not divisible by the split_size {how}!"
            )
    return tensor_split(input, how, dim)


def _require_dims(input: Tensor, least: int, name: str) -> None:
    if len(input._shape) < least:
        raise RuntimeError(
            f"torch.{name} requires a tensor with at least {least} dimension, but got a tensor "
            "with "
            f"{len(input._shape)} dimensions!"
        )


def _how(name: str, how: Any, indices: Any, sections: Any) -> Any:
    given = next((x for x in (indices, sections, how) if x is not None), None)
    if isinstance(given, (int, list, tuple)):
        return given
    wrong = (
        "      didn't match because some of the arguments have invalid types: "
        f"(Tensor, !{type(given).__name__}!)\n"
    )
    raise TypeError(
        f"{name}() received an invalid combination of arguments - got (Tensor, "
        f"{type(given).__name__}), but expected one of:\n * (Tensor input, int sections)\n{wrong}"
        f" * (Tensor input, tuple of ints indices)\n{wrong}"
    )


@public()
def hsplit(
    input: Tensor, indices_or_sections: Any = None, *, indices: Any = None, sections: Any = None
) -> tuple[Tensor, ...]:
    """Pieces along columns (the only dimension of a vector). Source: torch.hsplit."""
    _require_dims(input, 1, "hsplit")
    how = _how("hsplit", indices_or_sections, indices, sections)
    return _split_along(input, how, 0 if len(input._shape) == 1 else 1, "hsplit")


@public()
def vsplit(
    input: Tensor, indices_or_sections: Any = None, *, indices: Any = None, sections: Any = None
) -> tuple[Tensor, ...]:
    """Pieces along rows. Source: torch.vsplit."""
    _require_dims(input, 2, "vsplit")
    how = _how("vsplit", indices_or_sections, indices, sections)
    return _split_along(input, how, 0, "vsplit")


@public()
def dsplit(
    input: Tensor, indices_or_sections: Any = None, *, indices: Any = None, sections: Any = None
) -> tuple[Tensor, ...]:
    """Pieces along the third dimension. Source: torch.dsplit."""
    _require_dims(input, 3, "dsplit")
    how = _how("dsplit", indices_or_sections, indices, sections)
    return _split_along(input, how, 2, "dsplit")


def unbind_dim(input: Tensor, dim: int) -> int:
    """The dimension to unbind; IndexError for a 0-d tensor."""
    if not input._shape:
        raise IndexError(f"Dimension specified as {dim} but tensor has no dimensions")
    return _dim(input, dim)


@public()
def unbind(input: Tensor, dim: int = 0) -> tuple[Tensor, ...]:
    """One view for each place of a dimension. Source: torch.unbind."""
    return joining.unbind(input, unbind_dim(input, dim))


def _iter(self: Tensor) -> Iterator[Tensor]:
    if not self._shape:
        raise TypeError("iteration over a 0-d tensor")
    return iter(joining.unbind(self, 0))


def _len(self: Tensor) -> int:
    if not self._shape:
        raise TypeError("len() of a 0-d tensor")
    return self._shape[0]


Tensor.__iter__ = _iter  # type: ignore[attr-defined]
Tensor.__len__ = _len  # type: ignore[attr-defined]
