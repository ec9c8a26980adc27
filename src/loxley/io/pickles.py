"""Pickles as PyTorch writes them: what rebuilds a tensor, and the writer.

`TorchPickler` writes our objects under PyTorch's global names, so that PyTorch reads them. The
functions `rebuild_*` are what those names stand for when `unpickling` reads them.
"""

from __future__ import annotations

import pickle
import types
from collections import OrderedDict
from typing import Any

import numpy as np

from .. import devices, dtypes, layouts
from ..dtypes import dtype
from ..ir.graph import leaf
from ..nn.modules.handle import RemovableHandle
from ..nn.modules.hooks import WrappedHook
from ..nn.parameter import Parameter, is_lazy
from ..shapes import extent, numel
from ..tensor import Tensor, empty_strided, quantized
from ..tensor.quantizer import INTEGERS, quantizer_of
from ..tensor.size import Size
from ..tensor.storage import Storage
from ..tensor.storages import TypedStorage, UntypedStorage

_WITHOUT_STORAGE_TYPE = frozenset(
    d
    for d in dtypes.DTYPES
    if (d.restricted and not d.is_quantized) or d.name in ("uint16", "uint32", "uint64")
)
STORAGE_TYPES = {
    f"{d.legacy_name}Storage": d for d in dtypes.DTYPES if d not in _WITHOUT_STORAGE_TYPE
}
MAX_DIMS = 64  # as NumPy


class StorageType:
    """Stands for `torch.FloatStorage` and the like inside a pickle."""

    def __init__(self, name: str, kind: dtype | None) -> None:
        self.name, self.kind = name, kind


UNTYPED = StorageType("UntypedStorage", None)


def rebuild_tensor(
    storage: TypedStorage | UntypedStorage,
    offset: int,
    size: tuple,
    stride: tuple,
    requires_grad: bool = False,
    backward_hooks: Any = None,
    metadata: Any = None,
) -> Tensor:
    """A tensor over a loaded storage; RuntimeError where it would leave the storage."""
    kind = storage.dtype if isinstance(storage, TypedStorage) else None
    return _tensor(storage, kind, offset, size, stride, requires_grad, metadata)


def rebuild_tensor_v3(
    storage: TypedStorage | UntypedStorage,
    offset: int,
    size: tuple,
    stride: tuple,
    requires_grad: bool,
    backward_hooks: Any,
    kind: dtype,
    metadata: Any = None,
) -> Tensor:
    """As `rebuild_tensor`, over bytes seen as `kind`."""
    return _tensor(storage, kind, offset, size, stride, requires_grad, metadata)


def _check_layout(offset: Any, size: Any, stride: Any) -> None:
    numbers = (offset, *size, *stride)
    if len(size) != len(stride) or len(size) > MAX_DIMS:
        raise RuntimeError(f"a tensor of {len(size)} dimensions with {len(stride)} strides")
    if not all(isinstance(n, int) and 0 <= n < 2**63 for n in numbers) or numel(size) >= 2**63:
        raise RuntimeError(f"a tensor of size {size} and stride {stride} at {offset} is invalid")


def _tensor(storage, kind, offset, size, stride, requires_grad, metadata) -> Tensor:
    if isinstance(storage, TypedStorage):
        storage = storage.untyped()
    storage = storage._inner if isinstance(storage, UntypedStorage) else None
    if storage is None or not isinstance(kind, dtype):
        raise pickle.UnpicklingError("a tensor needs a storage and a dtype")
    _check_layout(offset, tuple(size), tuple(stride))
    room = storage.size * storage.dtype.itemsize // kind.itemsize
    if numel(tuple(size)) and offset + extent(tuple(size), tuple(stride)) > room:
        raise RuntimeError(
            f"setStorage: sizes {list(size)}, strides {list(stride)}, storage offset {offset}, and "
            f"itemsize {kind.itemsize} requiring a storage size of "
            f"{(offset + extent(tuple(size), tuple(stride))) * kind.itemsize} are out of bounds "
            f"for storage of size {storage.size * storage.dtype.itemsize}"
        )
    made = Tensor._alias(storage, kind, tuple(size), tuple(stride), offset)
    for bit, undo in (("conj", Tensor.conj_physical), ("neg", Tensor.neg)):
        if isinstance(metadata, dict) and metadata.get(bit):
            made = undo(made)
    if requires_grad is True:
        made.requires_grad = True
    return made


def rebuild_qtensor(
    storage: TypedStorage,
    storage_offset: int,
    size: tuple,
    stride: tuple,
    quantizer_params: tuple,
    requires_grad: bool,
    backward_hooks: Any,
) -> Tensor:
    """A quantized tensor with integers of its own, as those of a loaded storage."""
    if not isinstance(storage, TypedStorage) or storage.dtype not in INTEGERS:
        raise pickle.UnpicklingError("a quantized tensor needs a storage of integers")
    _tensor(storage, storage.dtype, storage_offset, size, stride, False, None)  # checks the layout
    return quantized.rebuild(storage, storage_offset, size, stride, quantizer_params)


def rebuild_parameter(data: Tensor, requires_grad: bool, backward_hooks: Any) -> Parameter:
    """A parameter around a loaded tensor."""
    return Parameter(data, bool(requires_grad))


def rebuild_parameter_with_state(
    data: Tensor, requires_grad: bool, backward_hooks: Any, state: Any
) -> Parameter:
    """A parameter with the attributes that the program had put on it."""
    made = Parameter(data, bool(requires_grad))
    if isinstance(state, dict):
        made.__dict__.update({k: v for k, v in state.items() if not k.startswith("_")})
    return made


def rebuild_meta_tensor(kind: dtype, size: tuple, stride: tuple, requires_grad: bool) -> Tensor:
    """A tensor without data."""
    if not isinstance(kind, dtype):
        raise pickle.UnpicklingError("a tensor needs a dtype")
    _check_layout(0, tuple(size), tuple(stride))
    made = empty_strided(tuple(size), tuple(stride), dtype=kind, device="meta")
    return made.requires_grad_(requires_grad is True)


def rebuild_from_type(func: Any, kind: Any, args: tuple, state: Any) -> Tensor:
    """A tensor with the attributes that the program had put on it."""
    if func not in (rebuild_tensor, rebuild_tensor_v3) or kind is not Tensor:
        raise pickle.UnpicklingError(f"a tensor of class {kind!r:.80} is refused")
    made = func(*args)
    if isinstance(state, dict):
        made.__dict__.update({k: v for k, v in state.items() if k[:1] != "_" or k == "_is_buffer"})
    return made


def rebuild_layout(name: str) -> layouts.layout:
    """`torch.strided` and the like, by name."""
    found = getattr(layouts, str(name).removeprefix("torch."), None)
    if not isinstance(found, layouts.layout):
        raise pickle.UnpicklingError(f"unknown layout {name!r:.40}")
    return found


def rebuild_device(name: str, index: int | None = None) -> Any:
    """`torch.device`; a device that isn't here becomes the CPU's when tensors are placed on it."""
    return devices.device(name, index)


def storage_over(array: np.ndarray, kind: dtype, count: int) -> Storage:
    """A storage over loaded bytes; RuntimeError where there are too few or too many."""
    if not isinstance(count, int) or count < 0 or array.nbytes != count * kind.itemsize:
        raise RuntimeError(
            f"a storage of {count} {kind.name} elements has {array.nbytes} bytes in the file"
        )
    if array.ctypes.data % kind.itemsize:
        array = np.array(array)
    return Storage(leaf(array.view(kind.numpy), kind), count)


def _quantizer_params(t: Tensor) -> tuple:
    quantizer = quantizer_of(t)
    if quantizer.axis is None:
        return quantizer.scheme, float(quantizer.scales), int(quantizer.zero_points)
    return (
        quantizer.scheme,
        quantized.q_per_channel_scales(t),
        quantized.q_per_channel_zero_points(t),
        quantizer.axis,
    )


class TorchPickler(pickle._Pickler):  # the pure-Python one: global names are ours to choose
    """Writes protocol 2 with PyTorch's names; `storages` collects what the tensors need."""

    dispatch = dict(pickle._Pickler.dispatch)

    def __init__(self, file: Any, protocol: int = 2) -> None:
        super().__init__(file, protocol)
        self._globals: dict[tuple[str, str], int] = {}
        self._markers: list[_Marker] = []
        self.storages: dict[int, tuple[str, Storage]] = {}

    def persistent_id(self, obj: Any) -> Any:
        if not isinstance(obj, _Saving):
            return None
        key, _ = self.storages.setdefault(id(obj.storage), (str(len(self.storages)), obj.storage))
        kind = obj.kind
        count = obj.storage.size
        if kind is None:
            return "storage", UNTYPED, key, "cpu", count * obj.storage.dtype.itemsize
        return "storage", StorageType(f"{kind.legacy_name}Storage", kind), key, "cpu", count

    def save(self, obj: Any, save_persistent_id: bool = True) -> Any:
        if isinstance(obj, Tensor) and id(obj) not in self.memo:
            return self._save_tensor(obj)
        if isinstance(obj, StorageType):
            return self._write_global("torch.storage" if obj is UNTYPED else "torch", obj.name)
        if isinstance(obj, dtype):
            return self._write_global("torch", obj.name)
        if isinstance(obj, devices.device) and id(obj) not in self.memo:
            args = (obj.type,) if obj.index is None else (obj.type, obj.index)
            return self.save_reduce(devices.device, args, obj=obj)
        if isinstance(obj, UntypedStorage):
            return self.save(_Saving(obj._inner, None))
        if isinstance(obj, TypedStorage):
            typed = obj.dtype is obj.untyped()._inner.dtype
            return self.save(_Saving(obj.untyped()._inner, obj.dtype if typed else None))
        if isinstance(obj, layouts.qscheme):
            return self._write_global("torch", obj.name)
        if isinstance(obj, layouts.layout):
            return self.save_reduce(rebuild_layout, (str(obj),))
        if isinstance(obj, layouts.memory_format):
            raise TypeError("cannot pickle 'torch.memory_format' object")
        if type(obj) is Size and id(obj) not in self.memo:
            return self.save_reduce(Size, (tuple(obj),), obj=obj)
        return super().save(obj, save_persistent_id)

    def _save_tensor(self, t: Tensor) -> None:
        if is_lazy(t):
            self.save_reduce(type(t), (t.requires_grad, t.device, t.dtype), obj=t)
            return
        if isinstance(t, Parameter):
            args = (t.data, t.requires_grad, OrderedDict())
            self.save_reduce(rebuild_parameter, args, obj=t)
            return
        if t.is_meta:
            args = (t.dtype, tuple(t._shape), tuple(t._strides), t.requires_grad)
            self.save_reduce(rebuild_meta_tensor, args, obj=t)
            return
        layout = (t._offset, tuple(t._shape), tuple(t._strides))
        kind = t.dtype
        if kind.is_quantized:
            args = (_Saving(t._storage, kind), *layout, _quantizer_params(t), False, OrderedDict())
            self.save_reduce(rebuild_qtensor, args, obj=t)
            return
        typed = kind is t._storage.dtype and kind not in _WITHOUT_STORAGE_TYPE
        storage = _Saving(t._storage, kind if typed else None)
        tracked = t.requires_grad and t.is_leaf
        if typed:
            args = (storage, *layout, tracked, OrderedDict())
            self.save_reduce(rebuild_tensor, args, obj=t)
        else:
            args = (storage, *layout, tracked, OrderedDict(), kind)
            self.save_reduce(rebuild_tensor_v3, args, obj=t)

    def save_global(self, obj: Any, name: str | None = None) -> None:
        special = _NAMES.get(id(obj))
        if special is not None:
            return self._write_global(*special)
        module = getattr(obj, "__module__", None) or ""
        if module == "loxley" or module.startswith("loxley."):
            if module.startswith("loxley.nn.functional."):
                module = "loxley.nn.functional"
            module = _HOMES.get(module, module)
            return self._write_global("torch" + module[len("loxley") :], name or obj.__qualname__)
        return super().save_global(obj, name)

    dispatch[type] = lambda self, obj: (
        pickle._Pickler.save_type(self, obj)
        if obj in (type(None), type(NotImplemented), type(...))
        else self.save_global(obj)
    )
    dispatch[types.FunctionType] = save_global

    def _write_global(self, module: str, name: str) -> None:
        key = (module, name)
        known = self._globals.get(key)
        if known is not None:
            self.write(self.get(known))
            return
        self.write(pickle.GLOBAL + module.encode() + b"\n" + name.encode() + b"\n")
        marker = _Marker()
        self._globals[key] = len(self.memo)
        self._markers.append(marker)
        self.memoize(marker)


class _Marker:
    """Keeps a place in the pickler's memo for a global name."""


class _Saving:
    """A storage on its way into a pickle, with the dtype it is named by (None: bytes)."""

    def __init__(self, storage: Storage, kind: dtype | None) -> None:
        self.storage, self.kind = storage, kind


# Where PyTorch keeps what lies in files of its own here.
_HOMES = {
    "loxley.nn.modules.attention": "loxley.nn.modules.activation",
    "loxley.nn.modules.lazy_conv": "loxley.nn.modules.conv",
    "loxley.nn.modules.parameter_container": "loxley.nn.modules.container",
}
_NAMES = {
    id(rebuild_layout): ("torch.serialization", "_get_layout"),
    id(rebuild_meta_tensor): ("torch._utils", "_rebuild_meta_tensor_no_storage"),
    id(rebuild_tensor): ("torch._utils", "_rebuild_tensor_v2"),
    id(rebuild_tensor_v3): ("torch._utils", "_rebuild_tensor_v3"),
    id(rebuild_qtensor): ("torch._utils", "_rebuild_qtensor"),
    id(rebuild_parameter): ("torch._utils", "_rebuild_parameter"),
    id(WrappedHook): ("torch.nn.modules.module", "_WrappedHook"),
    id(RemovableHandle): ("torch.utils.hooks", "RemovableHandle"),
    id(devices.device): ("torch", "device"),
    id(Size): ("torch", "Size"),
    id(Parameter): ("torch.nn.parameter", "Parameter"),
    id(Tensor): ("torch", "Tensor"),
}
