"""Reads pickles without ever calling what a file names.

In: the bytes of a pickle. Out: tensors, plain containers, and with `weights_only=False` also NumPy
arrays and modules of `nn`. Names are looked up in fixed lists. Only constructors that check their
arguments are called, only known classes are made and given a state; anything else is a
pickle.UnpicklingError. The instructions are carried out by `pickle._Unpickler`, whose memory grows
with the file only (the C one believes a memo index).
"""

from __future__ import annotations

import argparse
import collections
import datetime
import fractions
import functools
import io
import pathlib
import pickle
import types
from collections import OrderedDict
from collections.abc import Callable
from types import FunctionType
from typing import Any

import numpy as np

from .. import devices, nn
from ..dtypes import BY_NAME
from ..layouts import per_channel_affine, per_tensor_affine
from ..nn.modules.handle import RemovableHandle
from ..nn.modules.hooks import WrappedHook
from ..nn.parameter import Parameter, UninitializedBuffer, UninitializedParameter
from ..nn.utils.spectral_norm import (
    SpectralNorm,
    SpectralNormLoadStateDictPreHook,
    SpectralNormStateDictHook,
)
from ..nn.utils.weight_norm import WeightNorm
from ..tensor import Tensor
from ..tensor.size import Size
from ..tensor.storage import Storage
from ..tensor.storages import TypedStorage, UntypedStorage
from . import plain
from .pickles import (
    STORAGE_TYPES,
    UNTYPED,
    StorageType,
    rebuild_device,
    rebuild_from_type,
    rebuild_layout,
    rebuild_meta_tensor,
    rebuild_parameter,
    rebuild_parameter_with_state,
    rebuild_qtensor,
    rebuild_tensor,
    rebuild_tensor_v3,
)

_SPECTRAL = (SpectralNorm, SpectralNormStateDictHook, SpectralNormLoadStateDictPreHook)

# What a pickle may call: functions that check their arguments, and whose work is bounded by them.
CALLABLE: dict[tuple[str, str], Callable] = {
    ("torch._utils", "_rebuild_tensor_v2"): rebuild_tensor,
    ("torch._utils", "_rebuild_tensor"): rebuild_tensor,
    ("torch._utils", "_rebuild_tensor_v3"): rebuild_tensor_v3,
    ("torch._utils", "_rebuild_meta_tensor_no_storage"): rebuild_meta_tensor,
    ("torch._utils", "_rebuild_qtensor"): rebuild_qtensor,
    ("torch._utils", "_rebuild_parameter"): rebuild_parameter,
    ("torch._utils", "_rebuild_parameter_with_state"): rebuild_parameter_with_state,
    ("torch._tensor", "_rebuild_from_type_v2"): rebuild_from_type,
    ("torch.serialization", "_get_layout"): rebuild_layout,
    ("_codecs", "encode"): plain.encode,
}
# The same for files that hold more than weights.
CALLABLE_MORE: dict[tuple[str, str], Callable] = {
    (f"numpy.{core}.multiarray", name): made
    for core in ("core", "_core")
    for name, made in (("_reconstruct", plain.numpy_reconstruct), ("scalar", plain.numpy_scalar))
}
# Classes whose call goes through a function that checks the arguments.
MAKERS: dict[type, Callable] = {
    **plain.MAKERS,
    Size: plain.size,
    devices.device: rebuild_device,
    UninitializedParameter: UninitializedParameter,
    UninitializedBuffer: UninitializedBuffer,
}
# Names that are only values, or classes that a pickle may make an empty instance of.
VALUES: dict[tuple[str, str], Any] = {
    ("torch", "Tensor"): Tensor,
    ("torch", "Size"): Size,
    ("torch", "device"): devices.device,
    ("collections", "OrderedDict"): OrderedDict,
    ("collections", "defaultdict"): collections.defaultdict,
    ("collections", "Counter"): collections.Counter,
    ("torch.nn.parameter", "Parameter"): Parameter,
    ("torch.storage", "UntypedStorage"): UNTYPED,
    ("torch", "UntypedStorage"): UNTYPED,
    **{
        (module, kind.__name__): kind
        for module in ("builtins", "__builtin__")
        for kind in plain.BUILTINS
    },
    **{("torch", name): StorageType(name, kind) for name, kind in STORAGE_TYPES.items()},
    **{("torch", name): kind for name, kind in BY_NAME.items()},
    ("torch", "per_tensor_affine"): per_tensor_affine,
    ("torch", "per_channel_affine"): per_channel_affine,
}
VALUES_MORE: dict[tuple[str, str], Any] = {
    ("numpy", "ndarray"): np.ndarray,
    ("numpy", "dtype"): np.dtype,
    ("collections", "deque"): collections.deque,
    ("datetime", "datetime"): datetime.datetime,
    ("datetime", "date"): datetime.date,
    ("datetime", "timedelta"): datetime.timedelta,
    ("fractions", "Fraction"): fractions.Fraction,
    ("pathlib", "PosixPath"): pathlib.PurePosixPath,
    ("pathlib", "PurePosixPath"): pathlib.PurePosixPath,
    ("torch.nn.parameter", "UninitializedParameter"): UninitializedParameter,
    ("torch.nn.parameter", "UninitializedBuffer"): UninitializedBuffer,
    ("argparse", "Namespace"): argparse.Namespace,
    ("types", "SimpleNamespace"): types.SimpleNamespace,
    ("torch.utils.hooks", "RemovableHandle"): RemovableHandle,
    ("torch.nn.modules.module", "_WrappedHook"): WrappedHook,
    ("torch.nn.utils.weight_norm", "WeightNorm"): WeightNorm,
    **{("torch.nn.utils.spectral_norm", kind.__name__): kind for kind in _SPECTRAL},
}
# What a name of `VALUES_MORE` may become an instance of, besides modules.
_MADE = (
    *(argparse.Namespace, types.SimpleNamespace, RemovableHandle, WrappedHook, WeightNorm),
    *_SPECTRAL,
)
# The methods of modules that are hooks of the modules themselves.
_METHODS = ("_lazy_load_hook", "_infer_parameters")
_FUNCTIONS = ("torch.nn.functional", "torch._C._nn", "torch")


def _bound_method(owner: Any, name: Any) -> Any:
    if not isinstance(owner, nn.Module) or name not in _METHODS or not hasattr(owner, name):
        raise pickle.UnpicklingError(f"getattr of {name!r:.40} is refused")
    return getattr(owner, name)


def _of_nn(module: str, name: str) -> Any:
    """A class or function of `nn`, by PyTorch's name for it; None where there is none."""
    if module.startswith("torch.nn.modules.") and "." not in name:
        home = getattr(nn.modules, module.rpartition(".")[2], None)
        found = getattr(nn, name, None) or getattr(home, name, None)
        return found if isinstance(found, type) and issubclass(found, nn.Module) else None
    if module in _FUNCTIONS and not name.startswith("_"):
        found = getattr(nn.functional, name, None)
        return found if isinstance(found, FunctionType) else None
    return None


class _Bounded:
    """A file whose `read` never makes room for more than the file has left."""

    def __init__(self, file: Any) -> None:
        self.file = file
        here = file.tell()
        self.end = file.seek(0, io.SEEK_END)
        file.seek(here)

    def read(self, count: int) -> bytes:
        return self.file.read(min(count, max(self.end - self.file.tell(), 0)))

    def readinto(self, room: Any) -> int:
        data = self.read(len(room))
        room[: len(data)] = data
        return len(data)

    def readline(self) -> bytes:
        return self.file.readline()


class TorchUnpickler(pickle._Unpickler):  # the pure-Python one: each instruction can be checked
    """Reads one pickle; `storages` gives the storage for a persistent id.

    `extra` holds the program's own classes and functions, which are made as usual.
    """

    dispatch = dict(pickle._Unpickler.dispatch)

    def __init__(
        self,
        file: Any,
        storages: Callable[[tuple], Storage],
        extra: dict[tuple[str, str], Any],
        encoding: str = "utf-8",
        weights_only: bool = True,
    ) -> None:
        super().__init__(_Bounded(file), encoding=encoding)
        self._storages = storages
        self._extra = extra
        self._weights_only = weights_only
        self._callable: set[int] = {id(thing) for thing in extra.values()}

    def find_class(self, module: str, name: str) -> Any:
        key = (module, name)
        found = CALLABLE.get(key) or (None if self._weights_only else CALLABLE_MORE.get(key))
        if found is None and not self._weights_only and key[1] == "getattr":
            found = _bound_method if module in ("builtins", "__builtin__") else None
        if found is not None:
            self._callable.add(id(found))
            return found
        found = VALUES.get(key, self._extra.get(key))
        if found is None and not self._weights_only:
            found = VALUES_MORE.get(key) or _of_nn(module, name)
        if found is None:
            raise pickle.UnpicklingError(_refusal(module, name))
        return found

    def persistent_load(self, pid: Any) -> Any:
        if not isinstance(pid, tuple) or len(pid) < 5 or pid[0] != "storage":
            raise pickle.UnpicklingError(f"unknown persistent id {pid!r:.80}")
        storage = UntypedStorage(self._storages(pid))
        kind = pid[1].kind
        return storage if kind is None else TypedStorage(storage, kind)

    def _own(self, cls: Any) -> bool:
        return any(cls is thing for thing in self._extra.values())

    def load_reduce(self) -> None:
        args = self.stack.pop()
        func = self.stack[-1]
        if isinstance(func, type) and not self._own(func):
            maker = MAKERS.get(func)
        else:
            maker = func if id(func) in self._callable else None
        if maker is None or not isinstance(args, tuple):
            raise pickle.UnpicklingError(f"calling {func!r:.80} is refused")
        self.stack[-1] = maker(*args)

    def load_newobj(self) -> None:
        args = self.stack.pop()
        cls = self.stack.pop()
        known = isinstance(cls, type) and (issubclass(cls, nn.Module) or cls in _MADE)
        if not isinstance(args, tuple) or not (known and not args or self._own(cls)):
            raise pickle.UnpicklingError(f"making a {cls!r:.80} is refused")
        self.stack.append(cls.__new__(cls, *args))

    def load_newobj_ex(self) -> None:
        if not self._own(self.stack[-3]):
            raise pickle.UnpicklingError("making an object with keywords is refused")
        super().load_newobj_ex()

    def _instantiate(self, klass: Any, args: Any) -> None:
        raise pickle.UnpicklingError("the instructions INST and OBJ are refused")

    def load_build(self) -> None:
        made = self.stack[-2]
        if self._own(type(made)):
            return super().load_build()
        state = self.stack.pop()
        if isinstance(made, np.dtype):
            plain.check_numpy_dtype(made, state)
            return
        if isinstance(made, np.ndarray):
            plain.fill_numpy_array(made, state)
        elif isinstance(made, (RemovableHandle, WrappedHook)):
            made.__setstate__(state)
        elif not isinstance(state, dict) or not all(type(key) is str for key in state):
            raise pickle.UnpicklingError(f"the state of a {type(made).__name__} is not a dict")
        elif isinstance(made, nn.Module):
            made.__setstate__(state)
        elif type(made) is OrderedDict or isinstance(made, _MADE):
            made.__dict__.update(state)
        else:
            raise pickle.UnpicklingError(f"setting the state of a {type(made)} is refused")

    def _checked(name: str, depth: int | None, kinds: tuple[type, ...]) -> Callable:  # noqa: N805
        """An instruction that fills a container, refused for anything but a plain one."""
        original = getattr(pickle._Unpickler, name)

        @functools.wraps(original)
        def load(self: TorchUnpickler) -> None:
            target = self.metastack[-1][-1] if depth is None else self.stack[depth]
            if type(target) not in kinds and not self._own(type(target)):
                raise pickle.UnpicklingError(f"filling a {type(target).__name__} is refused")
            original(self)

        return load

    _LISTS = (list, collections.deque)
    _DICTS = (dict, OrderedDict, collections.defaultdict, collections.Counter)
    dispatch[pickle.REDUCE[0]] = load_reduce
    dispatch[pickle.NEWOBJ[0]] = load_newobj
    dispatch[pickle.NEWOBJ_EX[0]] = load_newobj_ex
    dispatch[pickle.BUILD[0]] = load_build
    dispatch[pickle.APPEND[0]] = _checked("load_append", -2, _LISTS)
    dispatch[pickle.APPENDS[0]] = _checked("load_appends", None, _LISTS)
    dispatch[pickle.SETITEM[0]] = _checked("load_setitem", -3, _DICTS)
    dispatch[pickle.SETITEMS[0]] = _checked("load_setitems", None, _DICTS)
    dispatch[pickle.ADDITEMS[0]] = _checked("load_additems", None, (set,))


def _refusal(module: str, name: str) -> str:
    return (
        f"Weights only load failed. Unsupported global: GLOBAL {module}.{name} was not an allowed "
        "global by default. Loading builds tensors and plain containers (with weights_only=False "
        "also modules of torch.nn and NumPy arrays) and never runs code that a file names; "
        f"`torch.serialization.add_safe_globals([{name}])` allows a class of your own."
    )
