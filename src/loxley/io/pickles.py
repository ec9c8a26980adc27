"""Pickles as PyTorch writes them, read without ever calling what a file names.

`TorchPickler` writes our objects under PyTorch's global names, so that PyTorch reads them.
`TorchUnpickler` resolves global names from a fixed list (tensors, plain containers, numbers, NumPy
arrays, modules of `nn`) and what the program itself declared safe; anything else is an error.
"""

from __future__ import annotations

import argparse
import builtins
import collections
import datetime
import fractions
import pathlib
import pickle
import types
from collections import OrderedDict
from collections.abc import Callable
from typing import Any

import numpy as np

from .. import devices, dtypes, nn
from ..dtypes import BY_NAME, dtype
from ..ir.graph import leaf
from ..nn.parameter import Parameter
from ..shapes import extent, numel
from ..tensor import Tensor
from ..tensor.size import Size
from ..tensor.storage import Storage

STORAGE_TYPES = {f"{d.legacy_name}Storage": d for d in dtypes.DTYPES}
_UNSIGNED = ("uint16", "uint32", "uint64")


class StorageType:
    """Stands for `torch.FloatStorage` and the like inside a pickle."""

    def __init__(self, name: str, kind: dtype | None) -> None:
        self.name, self.kind = name, kind


UNTYPED = StorageType("UntypedStorage", None)


def rebuild_tensor(
    storage: Storage,
    offset: int,
    size: tuple,
    stride: tuple,
    requires_grad: bool = False,
    backward_hooks: Any = None,
    metadata: Any = None,
) -> Tensor:
    """A tensor over a loaded storage; RuntimeError where it would leave the storage."""
    return _tensor(storage, storage.dtype, offset, size, stride, requires_grad)


def rebuild_tensor_v3(
    storage: Storage,
    offset: int,
    size: tuple,
    stride: tuple,
    requires_grad: bool,
    backward_hooks: Any,
    kind: dtype,
    metadata: Any = None,
) -> Tensor:
    """As `rebuild_tensor`, over bytes seen as `kind`."""
    return _tensor(storage, kind, offset, size, stride, requires_grad)


def _tensor(storage, kind, offset, size, stride, requires_grad) -> Tensor:
    if not isinstance(storage, Storage) or not isinstance(kind, dtype):
        raise pickle.UnpicklingError("a tensor needs a storage and a dtype")
    numbers = (offset, *size, *stride)
    if len(size) != len(stride) or not all(isinstance(n, int) and n >= 0 for n in numbers):
        raise RuntimeError(f"a tensor of size {size} and stride {stride} at {offset} is invalid")
    room = storage.size * storage.dtype.itemsize // kind.itemsize
    if numel(tuple(size)) and offset + extent(tuple(size), tuple(stride)) > room:
        raise RuntimeError(
            f"setStorage: sizes {list(size)}, strides {list(stride)}, storage offset {offset}, and "
            f"itemsize {kind.itemsize} requiring a storage size of "
            f"{(offset + extent(tuple(size), tuple(stride))) * kind.itemsize} are out of bounds for "
            f"storage of size {storage.size * storage.dtype.itemsize}"
        )
    made = Tensor._alias(storage, kind, tuple(size), tuple(stride), offset)
    if requires_grad is True:
        made.requires_grad = True
    return made


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


def _numpy_dtype(name: Any, *rest: Any) -> np.dtype:
    made = np.dtype(name)
    if made.hasobject:
        raise pickle.UnpicklingError("NumPy arrays of objects are refused")
    return made


def _numpy_scalar(kind: np.dtype, data: Any = b"") -> Any:
    if isinstance(data, str):
        data = data.encode("latin1")
    return np.frombuffer(data, kind, 1)[0] if data else kind.type()


def _encode(text: str, encoding: str = "latin1") -> bytes:
    """What protocol 2 calls to write bytes."""
    if encoding not in ("latin1", "latin-1") or not isinstance(text, str):
        raise pickle.UnpicklingError("only latin1 text becomes bytes")
    return text.encode("latin1")


class _ArrayShell(np.ndarray):
    """An array that is about to get its state; objects in it are refused."""

    def __setstate__(self, state: tuple) -> None:
        if state[2].hasobject:
            raise pickle.UnpicklingError("NumPy arrays of objects are refused")
        super().__setstate__(state)


def _numpy_reconstruct(subtype: Any, shape: Any, kind: Any) -> np.ndarray:
    return np.ndarray.__new__(_ArrayShell, (0,), np.uint8)


SAFE: dict[tuple[str, str], Any] = {
    ("torch._utils", "_rebuild_tensor_v2"): rebuild_tensor,
    ("torch._utils", "_rebuild_tensor"): rebuild_tensor,
    ("torch._utils", "_rebuild_tensor_v3"): rebuild_tensor_v3,
    ("torch._utils", "_rebuild_parameter"): rebuild_parameter,
    ("torch._utils", "_rebuild_parameter_with_state"): rebuild_parameter_with_state,
    ("torch", "device"): rebuild_device,
    ("torch", "Size"): Size,
    ("torch", "Tensor"): Tensor,
    ("torch.nn.parameter", "Parameter"): Parameter,
    ("torch.storage", "UntypedStorage"): UNTYPED,
    ("torch", "UntypedStorage"): UNTYPED,
    ("collections", "OrderedDict"): OrderedDict,
    ("collections", "defaultdict"): collections.defaultdict,
    ("collections", "Counter"): collections.Counter,
    ("collections", "deque"): collections.deque,
    ("_codecs", "encode"): _encode,
    ("argparse", "Namespace"): argparse.Namespace,
    ("types", "SimpleNamespace"): types.SimpleNamespace,
    ("datetime", "datetime"): datetime.datetime,
    ("datetime", "date"): datetime.date,
    ("datetime", "timedelta"): datetime.timedelta,
    ("fractions", "Fraction"): fractions.Fraction,
    ("pathlib", "PosixPath"): pathlib.PurePosixPath,
    ("pathlib", "PurePosixPath"): pathlib.PurePosixPath,
    ("numpy", "ndarray"): np.ndarray,
    ("numpy", "dtype"): _numpy_dtype,
    **{
        (f"numpy.{core}.multiarray", name): made
        for core in ("core", "_core")
        for name, made in (("_reconstruct", _numpy_reconstruct), ("scalar", _numpy_scalar))
    },
    **{
        (module, name): getattr(builtins, name)
        for module in ("builtins", "__builtin__")
        for name in (
            "set frozenset bytearray bytes complex slice range int float bool str list tuple dict"
        ).split()
    },
    **{("torch", name): StorageType(name, kind) for name, kind in STORAGE_TYPES.items()},
    **{("torch", name): kind for name, kind in BY_NAME.items()},
}


def _declared(extra: dict[tuple[str, str], Any]) -> Callable[[str, str], Any]:
    def find(module: str, name: str) -> Any:
        found = SAFE.get((module, name))
        if found is None:
            found = extra.get((module, name))
        if found is None and module.startswith("torch.nn.modules.") and "." not in name:
            home = getattr(nn.modules, module.rpartition(".")[2], None)
            candidate = getattr(nn, name, None) or getattr(home, name, None)
            if isinstance(candidate, type) and issubclass(candidate, nn.Module):
                found = candidate
        if found is None:
            raise pickle.UnpicklingError(
                f"Weights only load failed. Unsupported global: GLOBAL {module}.{name} was not an allowed "
                "global by default. Loading builds tensors and plain containers only and never runs code "
                f"that a file names; `torch.serialization.add_safe_globals([{name}])` allows a class of "
                "your own."
            )
        return found

    return find


class TorchUnpickler(pickle.Unpickler):
    """Reads a pickle; `storages` gives the storage for a persistent id."""

    def __init__(
        self,
        file: Any,
        storages: Callable[[tuple], Storage],
        extra: dict[tuple[str, str], Any],
        encoding: str = "utf-8",
    ) -> None:
        super().__init__(file, encoding=encoding)
        self._find = _declared(extra)
        self._storages = storages

    def find_class(self, module: str, name: str) -> Any:
        return self._find(module, name)

    def persistent_load(self, pid: Any) -> Any:
        if not isinstance(pid, tuple) or len(pid) < 5 or pid[0] != "storage":
            raise pickle.UnpicklingError(f"unknown persistent id {pid!r:.80}")
        return self._storages(pid)


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
        key, _ = self.storages.setdefault(
            id(obj.storage), (str(len(self.storages)), obj.storage)
        )
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
        if type(obj) is Size and id(obj) not in self.memo:
            return self.save_reduce(Size, (tuple(obj),), obj=obj)
        return super().save(obj, save_persistent_id)

    def _save_tensor(self, t: Tensor) -> None:
        if isinstance(t, Parameter):
            args = (t.data, t.requires_grad, OrderedDict())
            self.save_reduce(rebuild_parameter, args, obj=t)
            return
        layout = (t._offset, tuple(t._shape), tuple(t._strides))
        kind = t.dtype
        typed = kind is t._storage.dtype and kind.name not in _UNSIGNED
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


_NAMES = {
    id(rebuild_tensor): ("torch._utils", "_rebuild_tensor_v2"),
    id(rebuild_tensor_v3): ("torch._utils", "_rebuild_tensor_v3"),
    id(rebuild_parameter): ("torch._utils", "_rebuild_parameter"),
    id(devices.device): ("torch", "device"),
    id(Size): ("torch", "Size"),
    id(Parameter): ("torch.nn.parameter", "Parameter"),
    id(Tensor): ("torch", "Tensor"),
}
