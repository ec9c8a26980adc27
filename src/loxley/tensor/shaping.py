"""Views: the same memory under another shape.

Source: https://docs.pytorch.org/docs/stable/tensor_view.html.  Each is one row of the operator
table; what is here checks arguments in PyTorch's words.  Views that take a part are in parts.py.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from operator import index as as_index
from typing import Any

from .. import dtypes as dt
from ..ops import movement, slicing
from ..shapes import (
    Shape,
    infer_reshape,
    normalize_dim,
    normalize_dims,
    numel,
    view_strides,
)
from .api import method, prop, public
from .modes import modes
from .tensor import Tensor


def shape_argument(shape: tuple, name: str = "view", argument: str = "size") -> Shape:
    """`f(2, 3)` and `f((2, 3))` alike; TypeError for what is no integer."""
    if len(shape) == 1 and isinstance(shape[0], (tuple, list)):
        shape = tuple(shape[0])
    if shape and shape[0].__class__ is bool:
        raise TypeError(f"{name}(): argument '{argument}' (position 1) must be tuple of ints")
    try:
        return tuple(n if type(n) is int else as_index(n) for n in shape)
    except TypeError:
        at, wrong = next((i, n) for i, n in enumerate(shape) if not _is_index(n))
        raise TypeError(
            f"{name}(): argument '{argument}' must be tuple of ints, but found element of type "
            f"{type(wrong).__name__} at pos {at}"
        ) from None


def _is_index(value: Any) -> bool:
    try:
        as_index(value)
    except TypeError:
        return False
    return True


def int_argument(value: Any, name: str, argument: str, position: int) -> int:
    """An argument that must be an integer; TypeError in PyTorch's words."""
    if type(value) is int:
        return value
    if isinstance(value, bool) or not hasattr(value, "__index__"):
        raise TypeError(
            f"{name}(): argument '{argument}' (position {position}) must be int, "
            f"not {type(value).__name__}"
        )
    return as_index(value)


def tensor_argument(value: Any, name: str, argument: str = "input", position: int = 1) -> Tensor:
    """An argument that must be a tensor; TypeError in PyTorch's words."""
    if isinstance(value, Tensor):
        return value
    raise TypeError(
        f"{name}(): argument '{argument}' (position {position}) must be Tensor, "
        f"not {type(value).__name__}"
    )


# ------------------------------------------------------------------ view and reshape


@method
def view(self: Tensor, *shape: Any, dtype: dt.dtype | None = None, size: Any = None) -> Tensor:
    """The same memory under another shape, or its bytes as another dtype.

    RuntimeError where no strides give that shape. Source: torch.Tensor.view.
    """
    if size is not None:
        shape = (size,)
    elif dtype is None and set(map(type, shape)) == _INTS:  # as most calls are
        return movement.VIEW(self, infer_reshape(shape, numel(self._shape)))
    if dtype is None and len(shape) == 1 and isinstance(shape[0], dt.dtype):
        dtype = shape[0]
    if dtype is not None:
        return view_dtype(self, dtype)
    sizes = shape[0] if len(shape) == 1 and isinstance(shape[0], (tuple, list)) else shape
    if not shape or not all(hasattr(n, "__index__") for n in sizes):
        _refuse_view(shape)
    return movement.VIEW(self, infer_reshape(shape_argument(shape), numel(self._shape)))


_INTS = {int}


def _refuse_view(given: tuple) -> None:
    names = [type(n).__name__ for n in given]
    why = ""
    if len(names) == 1:
        why = (
            f"      didn't match because some of the arguments have invalid types: (!{names[0]}!)\n"
        )
    raise TypeError(
        f"view() received an invalid combination of arguments - got ({', '.join(names)}), but "
        f"expected one of:\n * (torch.dtype dtype)\n{why} * (tuple of ints size)\n{why}"
    )


def view_dtype(self: Tensor, kind: dt.dtype) -> Tensor:
    """The same bytes as elements of another dtype; without history, as in PyTorch."""
    layout = _recast(self._shape, self._strides, self._offset, self.dtype, kind)
    made = Tensor._alias(self._storage, kind, *layout)
    made._own_counter, made._inference = self._own_counter, self._inference
    return made


def _recast(shape: Shape, strides: Shape, offset: int, old: dt.dtype, new: dt.dtype):
    if old.itemsize == new.itemsize:
        return shape, strides, offset
    names = f"view {old.legacy_name} as {new.legacy_name} (different element sizes)"
    if not shape:
        raise RuntimeError(f"self.dim() cannot be 0 to {names}")
    if strides[-1] != 1:
        raise RuntimeError(f"self.stride(-1) must be 1 to {names}, but got {strides[-1]}")
    if old.itemsize > new.itemsize:
        ratio = old.itemsize // new.itemsize
        inner = tuple(s * ratio for s in strides[:-1])
        return shape[:-1] + (shape[-1] * ratio,), inner + (1,), offset * ratio
    ratio = new.itemsize // old.itemsize
    if shape[-1] % ratio:
        raise RuntimeError(
            f"self.size(-1) must be divisible by {ratio} to {names}, but got {shape[-1]}"
        )
    if offset % ratio:
        raise RuntimeError(
            f"self.storage_offset() must be divisible by {ratio} to {names}, but got {offset}"
        )
    for d, s in enumerate(strides[:-1]):
        if s % ratio:
            raise RuntimeError(
                f"self.stride({d}) must be divisible by {ratio} to {names}, but got {s}"
            )
    inner = tuple(s // ratio for s in strides[:-1])
    return shape[:-1] + (shape[-1] // ratio,), inner + (1,), offset // ratio


@method
def view_as(self: Tensor, other: Tensor) -> Tensor:
    """The same memory under another tensor's shape. Source: torch.Tensor.view_as."""
    return movement.VIEW(self, infer_reshape(other._shape, numel(self._shape)))


def reshaped(input: Tensor, shape: Shape) -> Tensor:
    """A view of the given shape (all sizes known) where there is one, else a copy."""
    if view_strides(input._shape, input._strides, shape) is None:
        return movement.UNSAFE_VIEW(input, shape)
    return (movement.VIEW if input._contiguous else movement.RESHAPE_ALIAS)(input, shape)


@public()
def reshape(input: Tensor, *sizes: Any, shape: Any = None) -> Tensor:
    """A view under another shape where one exists, else a copy. Source: torch.reshape."""
    sizes = shape_argument(sizes if shape is None else (shape,), "reshape", "shape")
    return reshaped(input, infer_reshape(sizes, numel(input._shape)))


@method
def reshape_as(self: Tensor, other: Tensor) -> Tensor:
    """`self.reshape(other.size())`. Source: torch.Tensor.reshape_as."""
    return reshaped(self, infer_reshape(other._shape, numel(self._shape)))


@public()
def flatten(input: Tensor, start_dim: int = 0, end_dim: int = -1) -> Tensor:
    """Adjacent dimensions merged into one, a view where possible. Source: torch.flatten."""
    shape = input._shape
    start, end = normalize_dim(start_dim, len(shape)), normalize_dim(end_dim, len(shape))
    if start > end:
        raise RuntimeError("flatten() has invalid args: start_dim cannot come after end_dim")
    if not shape:
        return reshaped(input, (1,))
    if start == end:
        return input
    merged = prod(shape[start : end + 1])
    return reshaped(input, shape[:start] + (merged,) + shape[end + 1 :])


@public(method=False)
def unflatten(input: Tensor, dim: int, sizes: Any) -> Tensor:
    """One dimension cut into several. Source: torch.unflatten."""
    sizes = shape_argument((sizes,), "unflatten", "sizes")
    at = normalize_dim(dim, input.ndim)
    if not sizes:
        raise RuntimeError("unflatten: sizes must be non-empty")
    size = input._shape[at] if input._shape else 1
    known = prod(n for n in sizes if n != -1)
    fits = size % known == 0 if -1 in sizes and known else known == size
    if not fits and sizes.count(-1) < 2:
        raise RuntimeError(
            f"unflatten: Provided sizes {list(sizes)} don't multiply up to the size of dim {at} "
            f"({size}) in the input tensor"
        )
    sizes = infer_reshape(sizes, size)
    return movement.VIEW(input, input._shape[:at] + sizes + input._shape[at + 1 :])


def _unflatten(self: Tensor, dim: int, sizes: Any) -> Tensor:
    """One dimension cut into several. Source: torch.Tensor.unflatten."""
    return unflatten(self, dim, sizes)


_unflatten.__name__, _unflatten.__qualname__ = "unflatten", "Tensor.unflatten"
Tensor.unflatten = _unflatten  # type: ignore[attr-defined]


@public()
def ravel(input: Tensor) -> Tensor:
    """All elements in one dimension, a view of a contiguous tensor. Source: torch.ravel."""
    return movement.VIEW(input.contiguous(), (numel(input._shape),))


# ------------------------------------------------------------------ order of dimensions


@public(aliases=("swapdims",))
def transpose(input: Tensor, dim0: int, dim1: int) -> Tensor:
    """Two dimensions exchanged, sharing memory. Source: torch.transpose."""
    n = len(input._shape)
    dim0, dim1 = normalize_dim(dim0, n), normalize_dim(dim1, n)
    return movement.transpose(input, dim0, dim1)


@public()
def swapaxes(input: Tensor, axis0: int, axis1: int) -> Tensor:
    """Two dimensions exchanged, sharing memory. Source: torch.swapaxes."""
    return transpose(input, axis0, axis1)


@public()
def t(input: Tensor) -> Tensor:
    """A matrix transposed, sharing memory. Source: torch.t."""
    if len(input._shape) > 2:
        raise RuntimeError(
            f"t() expects a tensor with <= 2 dimensions, but self is {len(input._shape)}D"
        )
    return movement.t(input)


@prop
def T(self: Tensor) -> Tensor:  # noqa: N802 - PyTorch's name
    """All dimensions reversed, sharing memory. Source: torch.Tensor.T."""
    return movement.permute(self, tuple(reversed(range(len(self._shape)))))


def _refuse_vector(self: Tensor, name: str) -> None:
    if len(self._shape) == 1:
        raise RuntimeError(
            f"tensor.{name} is only supported on matrices or batches of matrices. Got 1-D tensor."
        )


def _last_two(self: Tensor) -> Tensor:
    n = len(self._shape)
    return movement.transpose(self, n - 2, n - 1) if n else self


@prop
def mT(self: Tensor) -> Tensor:  # noqa: N802 - PyTorch's name
    """The last two dimensions exchanged. Source: torch.Tensor.mT."""
    _refuse_vector(self, "mT")
    return _last_two(self)


def _conjugated(self: Tensor) -> Tensor:
    return self.conj() if self.dtype.is_complex else self


@prop
def mH(self: Tensor) -> Tensor:  # noqa: N802 - PyTorch's name
    """The conjugate with the last two dimensions exchanged. Source: torch.Tensor.mH."""
    _refuse_vector(self, "mH")
    return _conjugated(_last_two(self))


@prop
def H(self: Tensor) -> Tensor:  # noqa: N802 - PyTorch's name
    """A matrix transposed and conjugated. Source: torch.Tensor.H."""
    n = len(self._shape)
    if n not in (0, 2):
        hint = " For batches of matrices, consider using tensor.mH" if n > 2 else ""
        raise RuntimeError(
            f"tensor.H is only supported on matrices (2-D tensors). Got {n}-D tensor.{hint}"
        )
    return _conjugated(_last_two(self))


@public()
def adjoint(input: Tensor) -> Tensor:
    """The conjugate with the last two dimensions exchanged. Source: torch.adjoint."""
    _refuse_vector(input, "adjoint()")
    return _conjugated(_last_two(input))


@public()
def permute(input: Tensor, *order: Any, dims: Any = None) -> Tensor:
    """Dimensions in another order, sharing memory. Source: torch.permute."""
    dims = shape_argument(order if dims is None else (dims,), "permute", "dims")
    return movement.permute(input, permuted_dims(input, dims))


def permuted_dims(input: Tensor, dims: Shape) -> Shape:
    """The normalized dimensions of a permutation; RuntimeError for what is none."""
    n = len(input._shape)
    if len(dims) != n:
        raise RuntimeError(
            "permute(sparse_coo): number of dimensions in the tensor input does not match the "
            "length "
            f"of the desired ordering of dimensions i.e. input.dim() = {n} is not equal to "
            "len(dims) "
            f"= {len(dims)}"
        )
    dims = tuple(normalize_dim(d, n) for d in dims)
    if len(set(dims)) != n:
        raise RuntimeError("permute(): duplicate dims are not allowed.")
    return dims


@public(aliases=("moveaxis",))
def movedim(input: Tensor, source: Any, destination: Any) -> Tensor:
    """Dimensions moved to other places, the rest in order. Source: torch.movedim."""
    n = len(input._shape)
    from_ = (source,) if isinstance(source, int) else tuple(source)
    to = (destination,) if isinstance(destination, int) else tuple(destination)
    if len(from_) != len(to):
        raise RuntimeError(
            f"movedim: Invalid source or destination dims: source ({list(from_)} dims) should "
            "contain "
            f"the same number of dims as destination ({list(to)} dims)"
        )
    from_dims = tuple(normalize_dim(d, n) for d in from_)
    to_dims = tuple(normalize_dim(d, n) for d in to)
    for name, dims, given in (("source", from_dims, from_), ("destination", to_dims, to)):
        if len(set(dims)) != len(dims):
            raise RuntimeError(f"movedim: repeated dim in `{name}` ({list(given)})")
    if not n:
        return movement.alias(input)
    placed = dict(zip(to_dims, from_dims))
    rest = iter(d for d in range(n) if d not in from_dims)
    order = tuple(placed[d] if d in placed else next(rest) for d in range(n))
    return movement.permute(input, order)


# ------------------------------------------------------------------ sizes of one


@public()
def unsqueeze(input: Tensor, dim: int) -> Tensor:
    """A dimension of size one put in at `dim`. Source: torch.unsqueeze."""
    return movement.unsqueeze(input, normalize_dim(dim, len(input._shape) + 1))


@public()
def squeeze(input: Tensor, dim: Any = None) -> Tensor:
    """Dimensions of size one left out: all, or those named. Source: torch.squeeze."""
    row, dims = squeeze_row(input, dim)
    return row(input, dims)


def squeeze_row(input: Tensor, dim: Any):
    """The operator that `squeeze(dim)` is, and its dimensions."""
    n = len(input._shape)
    if dim is None:
        return movement.squeeze, tuple(range(n))
    if isinstance(dim, (tuple, list)):
        return movement.squeeze_dims, normalize_dims(dim, n) if dim else ()
    return movement.squeeze_dim, (normalize_dim(as_index(dim), n),) if n else _checked_zero(dim)


def _checked_zero(dim: Any) -> Shape:
    normalize_dim(as_index(dim), 0)
    return ()


def _at_least(tensors: tuple, lift: Any) -> Any:
    if len(tensors) == 1 and isinstance(tensors[0], (list, tuple)):
        _require_tensors(tensors[0])
        return tuple(lift(t) for t in tensors[0])
    _require_tensors(tensors)
    return lift(tensors[0]) if len(tensors) == 1 else tuple(lift(t) for t in tensors)


def _require_tensors(tensors: Sequence[Any]) -> None:
    for place, one in enumerate(tensors):
        if not isinstance(one, Tensor):
            raise TypeError(
                f"expected Tensor as element {place} in argument 0, but got {type(one).__name__}"
            )


def lift_1d(t: Tensor) -> Tensor:
    """The tensor with at least one dimension."""
    return t if t._shape else movement.VIEW(t, (1,))


def lift_2d(t: Tensor) -> Tensor:
    """The tensor with at least two dimensions."""
    if not t._shape:
        return movement.VIEW(t, (1, 1))
    return movement.unsqueeze(t, 0) if len(t._shape) == 1 else t


def lift_3d(t: Tensor) -> Tensor:
    """The tensor with at least three dimensions."""
    n = len(t._shape)
    if n == 0:
        return movement.VIEW(t, (1, 1, 1))
    if n == 1:
        return movement.unsqueeze(movement.unsqueeze(t, 0), 2)
    return movement.unsqueeze(t, 2) if n == 2 else t


@public(method=False)
def atleast_1d(*tensors: Any) -> Any:
    """Views with at least one dimension. Source: torch.atleast_1d."""
    return _at_least(tensors, lift_1d)


@public(method=False)
def atleast_2d(*tensors: Any) -> Any:
    """Views with at least two dimensions. Source: torch.atleast_2d."""
    return _at_least(tensors, lift_2d)


@public(method=False)
def atleast_3d(*tensors: Any) -> Any:
    """Views with at least three dimensions. Source: torch.atleast_3d."""
    return _at_least(tensors, lift_3d)


# ------------------------------------------------------------------ any layout


@public()
def as_strided(input: Tensor, size: Any, stride: Any, storage_offset: int | None = None) -> Tensor:
    """Any layout of the tensor's storage; RuntimeError outside of it. Source: torch.as_strided."""
    if modes.grad and input._tracks():
        input._edge()  # what is wrong with its history is said first
    return slicing.as_strided(input, *strided_arguments(input, size, stride, storage_offset))


def strided_arguments(input: Tensor, size: Any, stride: Any, storage_offset: int | None) -> tuple:
    """The checked attributes of `as_strided`."""
    size, stride = shape_argument((size,), "as_strided"), shape_argument((stride,), "as_strided")
    offset = input._offset if storage_offset is None else as_index(storage_offset)
    if len(size) != len(stride):
        raise RuntimeError("mismatch in length of strides and shape")
    if any(s < 0 for s in stride):
        raise RuntimeError(
            "as_strided: Negative strides are not supported at the moment, got strides: "
            f"{list(stride)}"
        )
    if offset < 0:
        raise RuntimeError(f"Tensor: invalid storage offset {offset}")
    needed = 0 if 0 in size else offset + 1 + sum((n - 1) * s for n, s in zip(size, stride))
    step = input.dtype.itemsize
    total = input._storage.size * input._storage.dtype.itemsize
    if needed * step > total:
        raise RuntimeError(
            f"setStorage: sizes {list(size)}, strides {list(stride)}, storage offset {offset}, and "
            f"itemsize {step} requiring a storage size of {needed * step} are out of bounds for "
            f"storage of size {total}"
        )
    return size, stride, offset, (input._shape, input._strides, input._offset)
