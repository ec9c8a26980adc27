"""Pickling and copying tensors: storages are shared within one pickle or one deep copy."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np

from .. import dtypes as dt
from ..ir.graph import leaf
from ..shapes import Shape
from .creation import meta_like
from .quantizer import QuantizedStorage
from .storage import Storage
from .tensor import Tensor

# Everything that a tensor's own fields are called; what else is in `__dict__` is the user's.
_FIELDS = frozenset(
    name for name in Tensor.__annotations__ if name.startswith("_") or name == "dtype"
) | {"_hook_node"}


def _extras(t: Tensor) -> dict[str, Any]:
    return {name: x for name, x in t.__dict__.items() if name not in _FIELDS}


def rebuild_storage(array: np.ndarray, kind: dt.dtype) -> Storage:
    """A storage of its own with these elements."""
    flat = np.ascontiguousarray(array).reshape(-1).view(kind.numpy)
    return Storage(leaf(flat, kind), flat.size)


def rebuild_tensor(
    storage: Storage | None,
    kind: dt.dtype,
    shape: Shape,
    strides: Shape,
    offset: int,
    requires_grad: bool,
    cls: type = Tensor,
    extras: dict[str, Any] | None = None,
) -> Tensor:
    """What pickles of tensors call; without a storage, a meta tensor."""
    if storage is None:
        made = meta_like(shape, strides, kind)
    else:
        made = Tensor._alias(storage, kind, shape, strides, offset)
    if cls is not Tensor:
        made = made.as_subclass(cls)
    if requires_grad:
        made._requires_grad = True
    if extras:
        made.__dict__.update(extras)
    return made


def _reduce_storage(self: Storage, protocol: int) -> tuple:
    flat = self.materialize()
    if self.dtype.restricted or flat.dtype.kind not in "biufc":
        flat = flat.view(np.uint8)
    return rebuild_storage, (flat, self.dtype)


def _reduce(self: Tensor, protocol: int) -> tuple:
    return rebuild_tensor, (
        None if self.is_meta else self._storage,
        self.dtype,
        self._shape,
        self._strides,
        self._offset,
        self.requires_grad,
        type(self),
        _extras(self),
    )


def _copied_storage(storage: Storage, memo: dict) -> Storage:
    """The storage's one copy in this deep copy; values are immutable, so none is copied."""
    found = memo.get(id(storage))
    if found is None:
        value = storage.value
        if storage.exported:
            value = leaf(np.array(storage.materialize()), storage.dtype)
        quantized = isinstance(storage, QuantizedStorage)
        found = storage.copied() if quantized else Storage(value, storage.size, meta=storage.meta)
        memo[id(storage)] = found
        memo.setdefault(id(memo), []).append(storage)  # its id stays its own meanwhile
    return found


def _deepcopy(self: Tensor, memo: dict) -> Tensor:
    if id(self) in memo:
        return memo[id(self)]
    if self._current_grad_fn() is not None:
        raise RuntimeError(
            "Only Tensors created explicitly by the user (graph leaves) support the deepcopy "
            "protocol at the moment.  If you were attempting to deepcopy a module, this may be "
            "because of a torch.nn.utils.weight_norm usage, see "
            "https://github.com/pytorch/pytorch/pull/103001"
        )
    storage = _copied_storage(self._storage, memo)
    made = Tensor._alias(storage, self.dtype, self._shape, self._strides, self._offset)
    if type(self) is not Tensor:
        made = made.as_subclass(type(self))
    made._requires_grad = self._requires_grad
    memo[id(self)] = made
    if self._grad is not None:
        made._grad = copy.deepcopy(self._grad, memo)
    made.__dict__.update(copy.deepcopy(_extras(self), memo))
    return made


Storage.__reduce_ex__ = _reduce_storage  # type: ignore[method-assign]
Tensor.__reduce_ex__ = _reduce  # type: ignore[method-assign]
Tensor.__deepcopy__ = _deepcopy  # type: ignore[attr-defined]
