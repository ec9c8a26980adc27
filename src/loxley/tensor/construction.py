"""Tensors from data: Python numbers and sequences, arrays, buffers, other tensors.

Source: https://docs.pytorch.org/docs/stable/torch.html#creation-ops
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from functools import cache
from typing import Any

import numpy as np

from .. import devices as dev
from .. import dtypes as dt
from ..ir.graph import leaf
from ..ops.family import cast, convert_array
from ..shapes import numel
from .api import method, public
from .arguments import check_dtype
from .creation import check_options, constant_tensor, finish, require_grad
from .storage import Storage
from .storages import UntypedStorage
from .tensor import Tensor


@public(method=False)
def tensor(
    data: Any,
    *,
    dtype: dt.dtype | None = None,
    device: Any = None,
    requires_grad: bool = False,
    pin_memory: bool = False,
) -> Tensor:
    """A tensor with a copy of `data`: a number, nested sequences, an array or a tensor.

    Source: https://docs.pytorch.org/docs/stable/generated/torch.tensor.html
    """
    check_options("tensor", None, pin_memory)
    array, kind = array_of(data, dtype)
    if dev.resolve(device) is dev.META:
        return constant_tensor(array.shape, 0, kind, dev.META, requires_grad)
    return finish(leaf(array, kind), requires_grad)


def array_of(data: Any, dtype: dt.dtype | None) -> tuple[np.ndarray, dt.dtype]:
    """A fresh C-ordered array of `data` and its dtype."""
    dtype = check_dtype("tensor", dtype)
    if dtype is not None and dtype.is_quantized:
        raise RuntimeError("store_scalar: invalid type")
    if isinstance(data, Tensor):
        data = data._array()
    elif type(data) in (list, tuple) and data and type(data[0]) is np.ndarray:
        _warn_of_arrays_in_lists()
        if all(type(x) is np.ndarray for x in data) and len({x.shape for x in data}) == 1:
            data = np.array(data)
    elif hasattr(data, "__array__") and not isinstance(data, (np.ndarray, np.generic)):
        data = np.asarray(data)
    if isinstance(data, (np.ndarray, np.generic)):
        kind = dtype or dt.from_numpy_dtype(data.dtype)
        if data.dtype == kind.numpy:
            return np.array(data, order="C", copy=True), kind
        return np.ascontiguousarray(convert_array(data, kind.numpy)).reshape(data.shape), kind
    shape = _nested_shape(data)
    flat: list = []
    _flatten(data, shape, 0, flat)
    kind = dtype or _inferred(flat)
    return _filled(flat, shape, kind), kind


@cache  # once in a program
def _warn_of_arrays_in_lists() -> None:
    warnings.warn(
        "Creating a tensor from a list of numpy.ndarrays is extremely slow. Please consider "
        "converting the list to a single numpy.ndarray with numpy.array() before converting to a "
        "tensor.",
        stacklevel=5,
    )


def _is_sequence(x: Any) -> bool:
    return isinstance(x, Sequence) and not isinstance(x, (str, bytes))


def _nested_shape(data: Any) -> tuple[int, ...]:
    shape: list[int] = []
    while True:
        if isinstance(data, np.ndarray):
            return tuple(shape) + data.shape
        if isinstance(data, (str, bytes)):
            raise TypeError(f"new(): invalid data type '{type(data).__name__}'")
        if not _is_sequence(data):
            return tuple(shape)
        shape.append(len(data))
        if not len(data):
            return tuple(shape)
        data = data[0]


def _flatten(data: Any, shape: tuple[int, ...], depth: int, flat: list) -> None:
    if depth == len(shape):
        flat.append(_number_of(data))
        return
    if isinstance(data, np.ndarray):
        if data.shape != shape[depth:]:
            _ragged(shape, depth, data.shape[0] if data.shape else 0)
        flat.extend(data.reshape(-1))
        return
    if not _is_sequence(data):
        raise TypeError(f"not a sequence at dim {depth}")
    if len(data) != shape[depth]:
        _ragged(shape, depth, len(data))
    if depth == len(shape) - 1 and set(map(type, data)) <= _PLAIN:
        flat.extend(data)
        return
    for item in data:
        _flatten(item, shape, depth + 1, flat)


_PLAIN = {int, float, bool, complex}


def _number_of(x: Any) -> Any:
    if isinstance(x, Tensor):
        if numel(x._shape) != 1:
            if x.dtype.category < dt.float32.category:
                raise TypeError(
                    "only integer tensors of a single element can be converted to an index"
                )
            raise ValueError("only one element tensors can be converted to Python scalars")
        return x._array().reshape(-1)[0]
    if isinstance(x, np.ndarray):
        return x.reshape(-1)[0]
    if isinstance(x, (str, bytes)):
        raise TypeError(f"new(): invalid data type '{type(x).__name__}'")
    if _is_sequence(x):
        raise TypeError(f"only number type values are allowed, got {type(x).__name__}")
    return x


def _ragged(shape: tuple[int, ...], depth: int, got: int) -> None:
    raise ValueError(f"expected sequence of length {shape[depth]} at dim {depth} (got {got})")


def _inferred(flat: list) -> dt.dtype:
    """The dtype that holds all numbers of a flat list."""
    kind = None
    seen = {}
    for x in flat:
        seen.setdefault(type(x), x)
    for x in seen.values():
        if isinstance(x, np.generic):
            one = dt.from_numpy_dtype(x.dtype)
        elif isinstance(x, (int, float, complex)):
            one = dt.dtype_of_scalar(x)
        else:
            raise RuntimeError(f"Could not infer dtype of {type(x).__name__}")
        kind = one if kind is None else dt.promote_types(kind, one)
    return kind or dt.get_default_dtype()


def _filled(flat: list, shape: tuple[int, ...], kind: dt.dtype) -> np.ndarray:
    types = set(map(type, flat))
    if not types <= _PLAIN:
        for x in flat:
            if not isinstance(x, (int, float, complex, np.generic)):
                raise TypeError(f"must be real number, not {type(x).__name__}")
    if not kind.is_complex and kind is not dt.bool_ and complex in types:
        raise TypeError("must be real number, not complex")
    if kind is dt.bool_:
        return _owned(np.array([bool(x) for x in flat], dtype=bool), shape)
    if kind.restricted:
        return convert_array(np.array(flat), kind.numpy).reshape(shape)
    if kind.category == 1:
        return _owned(_integers(flat, kind), shape)
    with np.errstate(all="ignore"):
        return _owned(np.array(flat, dtype=kind.numpy), shape)


def _owned(array: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """A new array in a shape, no view of another: only its owner may be written to in place."""
    if array.shape != shape:
        array.resize(shape, refcheck=False)
    return array


def _integers(flat: list, kind: dt.dtype) -> np.ndarray:
    """Integers of a dtype; unsigned ones wrap where negative, as in PyTorch."""
    flat = [x if type(x) is int else int(x) for x in flat]
    low, high = (min(flat), max(flat)) if flat else (0, 0)
    if kind is not dt.uint64 and (low < -(2**63) or high >= 2**63):
        raise ValueError("Overflow when unpacking long long")
    limits = np.iinfo(kind.numpy)
    if high > limits.max or low < (limits.min if kind.is_signed else -int(limits.max)):
        raise RuntimeError(f"value cannot be converted to type {kind.name} without overflow")
    if low < limits.min:
        return np.array(flat, np.int64).astype(kind.numpy)
    return np.array(flat, dtype=kind.numpy)


@public(method=False)
def as_tensor(data: Any, dtype: dt.dtype | None = None, device: Any = None) -> Tensor:
    """`data` as a tensor, sharing the memory of arrays that fit. Source: torch.as_tensor."""
    if isinstance(data, Tensor):
        return data.to(device=data.device if device is None else device, dtype=dtype)
    if isinstance(data, np.ndarray) and dev.resolve(device) is dev.CPU:
        made, kind = from_numpy(data), check_dtype("as_tensor", dtype)
        return made if kind is None else cast(made, kind)
    return tensor(data, dtype=dtype, device=device)


@public(method=False)
def asarray(
    obj: Any,
    *,
    dtype: dt.dtype | None = None,
    device: Any = None,
    copy: bool | None = None,
    requires_grad: bool = False,
) -> Tensor:
    """`obj` as a tensor; `copy` forces (True) or forbids (False) a copy. Source: torch.asarray."""
    if isinstance(obj, Tensor):
        made = obj
    elif isinstance(obj, np.ndarray):
        made = from_numpy(obj)
    elif not isinstance(obj, (Sequence, np.generic)) and hasattr(obj, "__dlpack__"):
        made = from_dlpack(obj)
    elif isinstance(obj, (bytes, bytearray, memoryview)):
        made = frombuffer(obj, dtype=dtype or dt.get_default_dtype())
    elif isinstance(obj, UntypedStorage):
        made = Tensor._alias(obj._inner, dt.uint8, (obj.nbytes(),), (1,), 0)
    else:
        if copy is False:
            raise ValueError("can't alias arbitrary sequence")
        return tensor(obj, dtype=dtype, device=device, requires_grad=requires_grad)
    moved = made.to(device=made.device if device is None else device, dtype=dtype)
    if copy is False and moved is not made:
        raise ValueError("can't alias tensor: its dtype or device would change")
    if copy and moved is made:
        moved = made.clone()
    if requires_grad and moved is not obj:
        moved = moved.detach()
        require_grad(moved)
    return moved


@public(method=False)
def from_numpy(ndarray: np.ndarray) -> Tensor:
    """A tensor that shares the array's memory, both ways. Source: torch.from_numpy."""
    if not isinstance(ndarray, np.ndarray):
        raise TypeError(f"expected np.ndarray (got {type(ndarray).__name__})")
    kind = dt.from_numpy_dtype(ndarray.dtype)
    step = ndarray.itemsize
    if any(s < 0 for s in ndarray.strides):
        raise ValueError(
            "At least one stride in the given numpy array is negative, and tensors with negative "
            "strides are not currently supported. (You can probably work around this by making a "
            "copy of your array  with array.copy().) "
        )
    if any(s % step for s in ndarray.strides):
        raise ValueError(
            "given numpy array strides not a multiple of the element byte size. Copy the numpy "
            "array to reallocate the memory."
        )
    shape = ndarray.shape
    strides = tuple(s // step for s in ndarray.strides)
    span = 0 if 0 in shape else 1 + sum((n - 1) * s for n, s in zip(shape, strides))
    flat = np.lib.stride_tricks.as_strided(ndarray, (span,), (step,))
    storage = Storage(leaf(flat, kind), span)
    storage.exported = 1
    return Tensor._alias(storage, kind, shape, strides, 0)


@public(method=False)
def frombuffer(
    buffer: Any,
    *,
    dtype: dt.dtype,
    count: int = -1,
    offset: int = 0,
    requires_grad: bool = False,
) -> Tensor:
    """A 1-d tensor over a buffer's memory. Source: torch.frombuffer."""
    length, dtype = memoryview(buffer).nbytes, check_dtype("frombuffer", dtype)
    if length <= 0 or count == 0:
        raise ValueError(f"both buffer length ({length}) and count ({count}) must not be 0")
    if not 0 <= offset < length:
        raise ValueError(
            f"offset ({offset} bytes) must be non-negative and no greater than buffer length "
            f"({length} bytes) minus 1"
        )
    room = length - offset
    if count < 0 and room % dtype.itemsize:
        raise ValueError(
            f"buffer length ({length} bytes) after offset ({offset} bytes) must be a multiple of "
            f"element size ({dtype.itemsize})"
        )
    count = room // dtype.itemsize if count < 0 else count
    if count * dtype.itemsize > room:
        raise ValueError(
            f"requested buffer length ({count} * {dtype.itemsize} bytes) after offset ({offset} "
            f"bytes) must not be greater than actual buffer length ({length} bytes)"
        )
    array = np.frombuffer(buffer, dtype=dtype.numpy, count=count, offset=offset)
    made = from_numpy(array)
    if requires_grad:
        require_grad(made)
    return made


class _Capsule:
    """A DLPack capsule as an object that hands it over, as NumPy wants it."""

    def __init__(self, capsule: Any) -> None:
        self.capsule = capsule

    def __dlpack__(self, **_options: Any) -> Any:
        return self.capsule

    def __dlpack_device__(self) -> tuple[int, int]:
        return 1, 0


@public(method=False)
def from_dlpack(ext_tensor: Any, *, device: Any = None, copy: bool | None = None) -> Tensor:
    """A tensor that shares memory with another library's. Source: torch.from_dlpack."""
    if isinstance(ext_tensor, Tensor):
        return ext_tensor.clone() if copy else ext_tensor.detach()
    source = ext_tensor if hasattr(ext_tensor, "__dlpack__") else _Capsule(ext_tensor)
    made = from_numpy(np.from_dlpack(source))
    if copy:
        made = made.clone()
    return made if device is None else made.to(device)


@public(method=False)
def to_dlpack(tensor: Tensor) -> Any:
    """A DLPack capsule over the tensor's memory. Source: torch.utils.dlpack.to_dlpack."""
    return tensor.__dlpack__()


def _dlpack(self: Tensor, **options: Any) -> Any:
    if self.requires_grad:
        raise BufferError("Can't export tensors that require gradient, use tensor.detach()")
    return self.numpy().__dlpack__(**options)


Tensor.__dlpack__ = _dlpack  # type: ignore[attr-defined]
Tensor.__dlpack_device__ = lambda self: (1, 0)  # type: ignore[attr-defined]


@method
def new_tensor(
    self: Tensor,
    data: Any,
    dtype: dt.dtype | None = None,
    device: Any = None,
    requires_grad: bool = False,
    layout: Any = None,
    pin_memory: bool = False,
) -> Tensor:
    """A copy of `data` with this tensor's dtype and device. Source: torch.Tensor.new_tensor."""
    check_options("new_tensor", layout, pin_memory)
    return tensor(
        data,
        dtype=dtype or self.dtype,
        device=self.device if device is None else device,
        requires_grad=requires_grad,
    )
