"""Tensors from Python data, from NumPy and from sizes.

Source: https://docs.pytorch.org/docs/stable/torch.html#creation-ops
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import devices as dev
from .. import dtypes as dt
from ..ir.graph import META, Value, leaf
from ..ops.movement import full as full_value
from ..shapes import numel
from .api import method, public
from .modes import modes
from .storage import Storage, window_of
from .tensor import Tensor


def finish(value: Value, requires_grad: bool = False) -> Tensor:
    """A leaf tensor over a value."""
    t = Tensor._wrap(value)
    t._inference = modes.inference
    if requires_grad:
        t.requires_grad = True
    return t


def sizes_of(size: tuple) -> tuple[int, ...]:
    """`f(2, 3)`, `f((2, 3))` and `f(torch.Size(...))` alike; RuntimeError for negative sizes."""
    if len(size) == 1 and isinstance(size[0], (tuple, list)):
        size = tuple(size[0])
    shape = tuple(int(n) for n in size)
    for n in shape:
        if n < 0:
            raise RuntimeError(
                f"Trying to create tensor with negative dimension {n}: {list(shape)}"
            )
    return shape


def constant_tensor(
    size: tuple[int, ...],
    number: Any,
    dtype: dt.dtype,
    device: Any = None,
    requires_grad: bool = False,
) -> Tensor:
    """A tensor all of whose elements are one number."""
    if dev.resolve(device) is dev.META:
        t = Tensor._wrap(Value(META, (), (), size, dtype), meta=True)
        if requires_grad:
            t.requires_grad = True
        return t
    return finish(full_value(size, number, dtype), requires_grad)


@public(method=False, out=True)
def zeros(
    *size: Any,
    dtype: dt.dtype | None = None,
    layout: Any = None,
    device: Any = None,
    requires_grad: bool = False,
    pin_memory: bool = False,
) -> Tensor:
    """A tensor of zeros of the given size. Source: torch.zeros."""
    return constant_tensor(
        sizes_of(size), 0, dtype or dt.get_default_dtype(), device, requires_grad
    )


@public(method=False, out=True)
def ones(
    *size: Any,
    dtype: dt.dtype | None = None,
    layout: Any = None,
    device: Any = None,
    requires_grad: bool = False,
    pin_memory: bool = False,
) -> Tensor:
    """A tensor of ones of the given size. Source: torch.ones."""
    return constant_tensor(
        sizes_of(size), 1, dtype or dt.get_default_dtype(), device, requires_grad
    )


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
    array, kind = array_of(data, dtype)
    if dev.resolve(device) is dev.META:
        return constant_tensor(array.shape, 0, kind, dev.META, requires_grad)
    return finish(leaf(array, kind), requires_grad)


def array_of(data: Any, dtype: dt.dtype | None) -> tuple[np.ndarray, dt.dtype]:
    """A fresh C-ordered array of `data` and its dtype."""
    if isinstance(data, Tensor):
        kind = dtype or data.dtype
        return np.array(data._array(), dtype=kind.numpy, order="C", copy=True), kind
    if isinstance(data, (np.ndarray, np.generic)):
        kind = dtype or dt.from_numpy_dtype(data.dtype)
        return np.array(data, dtype=kind.numpy, order="C", copy=True), kind
    if isinstance(data, str):
        raise TypeError(f"new(): invalid data type '{type(data).__name__}'")
    shape = _nested_shape(data)
    flat: list = []
    _flatten(data, shape, 0, flat)
    kind = dtype or _inferred(flat)
    return _filled(flat, shape, kind), kind


def _nested_shape(data: Any) -> tuple[int, ...]:
    shape = []
    while True:
        if isinstance(data, (Tensor, np.ndarray)):
            return tuple(shape) + tuple(data.shape)
        if isinstance(data, str) or not hasattr(data, "__len__"):
            return tuple(shape)
        if isinstance(data, dict):
            raise RuntimeError(f"Could not infer dtype of {type(data).__name__}")
        shape.append(len(data))
        if not len(data):
            return tuple(shape)
        data = data[0]


def _flatten(data: Any, shape: tuple[int, ...], depth: int, flat: list) -> None:
    if depth == len(shape):
        if hasattr(data, "__len__") and not isinstance(data, (Tensor, np.ndarray, np.generic, str)):
            raise TypeError(f"only number type values are allowed, got {type(data).__name__}")
        flat.append(data.item() if isinstance(data, Tensor) else data)
        return
    if isinstance(data, (Tensor, np.ndarray)):
        array = data._array() if isinstance(data, Tensor) else data
        if array.shape != shape[depth:]:
            _ragged(shape, depth, array.shape[0] if array.shape else 0)
        flat.extend(np.asarray(array).reshape(-1))
        return
    if not hasattr(data, "__len__") or isinstance(data, str):
        raise TypeError(f"not a sequence at dim {depth}")
    if len(data) != shape[depth]:
        _ragged(shape, depth, len(data))
    if depth == len(shape) - 1 and type(data) in (list, tuple):
        if not any(isinstance(x, (list, tuple, Tensor, np.ndarray, str)) for x in data):
            flat.extend(data)
            return
    for item in data:
        _flatten(item, shape, depth + 1, flat)


def _ragged(shape: tuple[int, ...], depth: int, got: int) -> None:
    raise ValueError(
        f"expected sequence of length {shape[depth]} at dim {depth} (got {got})"
    )


def _inferred(flat: list) -> dt.dtype:
    kind = None
    for x in flat:
        if isinstance(x, np.generic):
            one = dt.from_numpy_dtype(x.dtype)
        elif type(x) is float:
            one = dt.get_default_dtype()
        elif type(x) is int:
            one = dt.int64
        elif type(x) is bool:
            one = dt.bool_
        elif isinstance(x, (int, float, complex)):
            one = dt.dtype_of_scalar(x)
        else:
            raise RuntimeError(f"Could not infer dtype of {type(x).__name__}")
        kind = one if kind is None or kind is one else dt.promote_types(kind, one)
    return kind or dt.get_default_dtype()


def _filled(flat: list, shape: tuple[int, ...], kind: dt.dtype) -> np.ndarray:
    for x in flat:
        if x is None or isinstance(x, str):
            raise TypeError(f"must be real number, not {type(x).__name__}")
    try:
        if kind.category <= 1 and any(isinstance(x, (float, np.floating)) for x in flat):
            flat = [bool(x) if kind is dt.bool_ else int(x) for x in flat]
        array = np.array(flat, dtype=kind.numpy)
    except OverflowError:
        if kind is dt.int64:
            raise RuntimeError("Overflow when unpacking long long") from None
        raise RuntimeError(
            f"value cannot be converted to type {kind.name}_t without overflow"
        ) from None
    return array.reshape(shape)


@public(method=False)
def from_numpy(ndarray: np.ndarray) -> Tensor:
    """A tensor that shares the array's memory, both ways. Source: torch.from_numpy."""
    if not isinstance(ndarray, np.ndarray):
        raise TypeError(f"expected np.ndarray (got {type(ndarray).__name__})")
    kind = dt.from_numpy_dtype(ndarray.dtype)
    step = ndarray.itemsize
    if any(s < 0 for s in ndarray.strides):
        raise ValueError(
            "At least one stride in the given numpy array is negative, and tensors with negative strides "
            "are not currently supported. (You can probably work around this by making a copy of your "
            "array  with array.copy().) "
        )
    if any(s % step for s in ndarray.strides):
        raise ValueError(
            "given numpy array strides not a multiple of the element byte size. Copy the numpy array to "
            "reallocate the memory."
        )
    shape = ndarray.shape
    strides = tuple(s // step for s in ndarray.strides)
    span = 0 if 0 in shape else 1 + sum((n - 1) * s for n, s in zip(shape, strides))
    flat = np.lib.stride_tricks.as_strided(ndarray, (span,), (step,))
    storage = Storage(leaf(flat, kind), span)
    storage.exported = 1
    return Tensor._alias(storage, kind, shape, strides, 0)


@method
def numpy(self: Tensor, *, force: bool = False) -> np.ndarray:
    """An array that shares the tensor's memory, both ways. Source: torch.Tensor.numpy."""
    if self._storage.meta:
        raise NotImplementedError("Cannot copy out of meta tensor; no data!")
    if self.requires_grad:
        if not force:
            raise RuntimeError(
                "Can't call numpy() on Tensor that requires grad. Use tensor.detach().numpy() instead."
            )
        self = self.detach()
    if self.dtype is dt.bfloat16 and not force:
        raise TypeError("Got unsupported ScalarType BFloat16")
    storage = self._storage
    memory = storage.export()

    array = window_of(memory.view(np.uint8), self.dtype, self._shape, self._strides, self._offset)
    return array


@method
def item(self: Tensor) -> Any:
    """The only element as a Python number; RuntimeError where there are more or none."""
    if numel(self._shape) != 1:
        raise RuntimeError(
            f"a Tensor with {numel(self._shape)} elements cannot be converted to Scalar"
        )
    return self._array().item()


@method
def tolist(self: Tensor) -> Any:
    """The elements as nested lists of Python numbers."""
    return self._array().tolist()


@method
def detach(self: Tensor) -> Tensor:
    """The same memory without history. Source: torch.Tensor.detach."""
    made = Tensor._alias(self._storage, self.dtype, self._shape, self._strides, self._offset)
    made._own_counter = self._own_counter
    made._inference = self._inference
    return made


@public(method=False, out=True)
def arange(
    start: Any,
    end: Any = None,
    step: Any = 1,
    *,
    dtype: dt.dtype | None = None,
    layout: Any = None,
    device: Any = None,
    requires_grad: bool = False,
    pin_memory: bool = False,
) -> Tensor:
    """Numbers from start to end (exclusive) by step. Source: torch.arange."""
    if end is None:
        start, end = 0, start
    start, end, step = (x.item() if isinstance(x, Tensor) else x for x in (start, end, step))
    if dtype is None:
        whole = all(isinstance(x, int) for x in (start, end, step))
        dtype = dt.int64 if whole else dt.get_default_dtype()
    if step == 0:
        raise RuntimeError("step must be nonzero")
    if (end - start) * step < 0:
        raise RuntimeError("upper bound and lower bound inconsistent with step sign")
    count = int(np.ceil((end - start) / step)) if (end - start) else 0
    wide = np.int64 if dtype.category <= 1 else np.float64
    array = (wide(start) + np.arange(count, dtype=wide) * wide(step)).astype(dtype.numpy)
    if dev.resolve(device) is dev.META:
        return constant_tensor((count,), 0, dtype, dev.META, requires_grad)
    return finish(leaf(array, dtype), requires_grad)


