"""`torch.UntypedStorage` and `torch.TypedStorage`: the memory of tensors as objects of its own.

Source: https://docs.pytorch.org/docs/stable/storage.html
"""

from __future__ import annotations

import mmap
from collections.abc import Iterator
from typing import Any
from weakref import WeakSet

import numpy as np

from .. import dtypes as dt
from ..ir.graph import leaf
from ..narrow_types import widened
from ..ops.family import convert_array
from ..ops.movement import full
from ..runtime import evaluate
from .api import expose
from .storage import Storage
from .tensor import Tensor

_SHARED: WeakSet = WeakSet()


class UntypedStorage:
    """The bytes that tensors alias; equal where it is the same memory."""

    __slots__ = ("_inner",)

    def __init__(self, size: Any = 0) -> None:
        if isinstance(size, Storage):
            self._inner = size
            return
        array = np.zeros(size, np.uint8) if isinstance(size, int) else np.array(size, np.uint8)
        self._inner = Storage(leaf(array, dt.uint8), array.size)

    @staticmethod
    def from_file(filename: Any, shared: bool = False, nbytes: int = 0) -> UntypedStorage:
        """The bytes of a file through mmap; what is written here does not reach it.

        RuntimeError where the file is too short. Source: torch.UntypedStorage.from_file.
        """
        if shared:
            raise NotImplementedError("UntypedStorage.from_file: shared=True is not implemented")
        with open(filename, "rb") as file:
            size = file.seek(0, 2)
            if not 0 <= nbytes <= size:
                raise RuntimeError(f"file {filename!r} of {size} bytes has no {nbytes} bytes")
            data = mmap.mmap(file.fileno(), nbytes, access=mmap.ACCESS_COPY) if nbytes else b""
        return UntypedStorage(Storage(leaf(np.frombuffer(data, np.uint8), dt.uint8), nbytes))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, UntypedStorage) and other._inner is self._inner

    def __hash__(self) -> int:
        return id(self._inner)

    @property
    def _cdata(self) -> int:
        return id(self._inner)

    @property
    def device(self) -> Any:
        return _over(self._inner).device

    def untyped(self) -> UntypedStorage:
        """Itself."""
        return self

    def nbytes(self) -> int:
        """The bytes in the storage."""
        return self._inner.size * self._inner.dtype.itemsize

    size = nbytes
    __len__ = nbytes

    def element_size(self) -> int:
        """One: a byte."""
        return 1

    def data_ptr(self) -> int:
        """The address of the first byte, where the storage stays from now on."""
        return self._inner.pin().ctypes.data if self.nbytes() else 0

    def _bytes(self) -> np.ndarray:
        return self._inner.materialize().view(np.uint8)

    def tolist(self) -> list[int]:
        """The bytes as numbers."""
        return self._bytes().tolist()

    def __iter__(self) -> Iterator[int]:
        return iter(self.tolist())

    def __getitem__(self, index: Any) -> Any:
        found = np.asarray(evaluate(self._inner.value)).reshape(-1).view(np.uint8)[index]
        if not isinstance(index, slice):
            return int(found)
        return UntypedStorage(Storage(leaf(found, dt.uint8), found.size))

    def __setitem__(self, index: Any, value: int) -> None:
        array = self._bytes()
        array[index] = value
        self._inner.reads = None

    def fill_(self, value: int) -> UntypedStorage:
        """Sets every byte."""
        self[:] = value
        return self

    def copy_(self, source: UntypedStorage, non_blocking: bool = False) -> UntypedStorage:
        """Overwrites the bytes with another storage's; RuntimeError unless there are as many."""
        if source.nbytes() != self.nbytes():
            raise RuntimeError(
                f"size does not match, self was {self.nbytes()} bytes but src was "
                f"{source.nbytes()} bytes"
            )
        self[:] = source._bytes()
        return self

    def clone(self) -> UntypedStorage:
        """A copy."""
        return UntypedStorage(self._bytes())

    def resize_(self, nbytes: int) -> UntypedStorage:
        """Changes the number of bytes, keeping those that fit."""
        resize_storage(self._inner, -(-nbytes // self._inner.dtype.itemsize))
        return self

    def is_shared(self) -> bool:
        """Whether processes forked from now on see the same memory."""
        return self._inner in _SHARED

    def share_memory_(self) -> UntypedStorage:
        """Moves the bytes to memory that forked processes share."""
        share(self._inner)
        return self

    def __repr__(self) -> str:
        lines = "\n".join(f" {x}" for x in self.tolist())
        kind = f"[torch.storage.UntypedStorage(device={self.device}) of size {self.nbytes()}]"
        return f"{lines}\n{kind}" if lines else kind


class TypedStorage:
    """A storage's bytes as elements of one dtype; what `Tensor.storage()` gives."""

    __slots__ = ("_untyped", "dtype")

    def __init__(
        self,
        data: Any = 0,
        dtype: dt.dtype | None = None,
        *,
        wrap_storage: UntypedStorage | None = None,
        device: Any = None,
    ) -> None:
        """Of a number of elements (zeros), of a sequence, or over the bytes of `wrap_storage`."""
        if device is not None and str(device) != "cpu":
            raise NotImplementedError("torch.TypedStorage: argument 'device' is not implemented")
        self.dtype = dtype = dtype or dt.get_default_dtype()
        if wrap_storage is None:
            wrap_storage = data if isinstance(data, UntypedStorage) else _bytes_of(data, dtype)
        self._untyped = wrap_storage

    def untyped(self) -> UntypedStorage:
        """The storage without a dtype."""
        return self._untyped

    @property
    def _untyped_storage(self) -> UntypedStorage:
        return self._untyped

    @property
    def _cdata(self) -> int:
        return self._untyped._cdata

    @property
    def device(self) -> Any:
        return self._untyped.device

    def __eq__(self, other: object) -> bool:
        return isinstance(other, TypedStorage) and other._untyped == self._untyped

    def __hash__(self) -> int:
        return hash(self._untyped)

    def size(self) -> int:
        """The number of elements."""
        return self.nbytes() // self.dtype.itemsize

    __len__ = size

    def nbytes(self) -> int:
        """The number of bytes."""
        return self._untyped.nbytes()

    def element_size(self) -> int:
        """The bytes of one element."""
        return self.dtype.itemsize

    def data_ptr(self) -> int:
        """The address of the first element."""
        return self._untyped.data_ptr()

    def _elements(self) -> np.ndarray:
        return self._untyped._bytes().view(self.dtype.numpy)

    def tolist(self) -> list:
        """The elements as Python numbers; of quantized ones the integers."""
        if self.dtype.is_quantized:
            return self._elements().tolist()
        return _over(self._untyped._inner).view(self.dtype).tolist()

    def __iter__(self) -> Iterator:
        return iter(self.tolist())

    def __getitem__(self, index: int) -> Any:
        if isinstance(index, slice):
            raise RuntimeError("slices are only supported in UntypedStorage.__getitem__")
        return widened(self._elements()[index]).item()

    def __setitem__(self, index: Any, value: Any) -> None:
        self._elements()[index] = convert_array(value, self.dtype.numpy)
        self._untyped._inner.reads = None

    def fill_(self, value: Any) -> TypedStorage:
        """Sets every element."""
        self[:] = value
        return self

    def copy_(self, source: TypedStorage, non_blocking: bool = False) -> TypedStorage:
        """Overwrites the bytes with another storage's; RuntimeError unless there are as many."""
        self._untyped.copy_(source._untyped)
        return self

    def clone(self) -> TypedStorage:
        """A copy."""
        return TypedStorage(self._untyped.clone(), self.dtype)

    def type(self, dtype: Any = None, non_blocking: bool = False) -> Any:
        """The name of the storage's type, or the elements at another dtype."""
        if dtype is None:
            return f"torch.{self.pickle_storage_type()}"
        kind = dtype if isinstance(dtype, dt.dtype) else dtype.dtype
        return self if kind is self.dtype else TypedStorage(self._elements(), kind)

    def cpu(self) -> TypedStorage:
        """Itself: there is one device."""
        return self

    @property
    def is_cuda(self) -> bool:
        return False

    def pickle_storage_type(self) -> str:
        """The name under which pickles know storages of this dtype."""
        return f"{self.dtype.legacy_name}Storage"

    def resize_(self, size: int) -> TypedStorage:
        """Changes the number of elements, keeping those that fit."""
        self._untyped.resize_(size * self.dtype.itemsize)
        return self

    def is_shared(self) -> bool:
        """Whether processes forked from now on see the same memory."""
        return self._untyped.is_shared()

    def share_memory_(self) -> TypedStorage:
        """Moves the elements to memory that forked processes share."""
        self._untyped.share_memory_()
        return self

    def __repr__(self) -> str:
        lines = " " + "\n ".join(map(str, self.tolist()))
        kind = f"dtype={self.dtype}, device={self.device}"
        end = f"[torch.storage.TypedStorage({kind}) of size {self.size()}]"
        return f"{lines}\n{end}"


def _bytes_of(data: Any, kind: dt.dtype) -> UntypedStorage:
    """The bytes of a sequence's numbers, or of `data` zeros."""
    if isinstance(data, str):
        raise TypeError(f"new(): invalid data type '{type(data).__name__}'")
    if isinstance(data, int):
        return UntypedStorage(data * kind.itemsize)
    array = convert_array(np.asarray(data), kind.numpy)
    return UntypedStorage(np.ascontiguousarray(array).reshape(-1).view(np.uint8))


def _over(storage: Storage) -> Tensor:
    """A 1-d tensor over all of a storage."""
    return Tensor._alias(storage, storage.dtype, (storage.size,), (1,), 0)


def resize_storage(storage: Storage, size: int) -> None:
    """Changes a storage's size in elements; RuntimeError where its memory is someone else's."""
    if size == storage.size:
        return
    if storage.exported:
        raise RuntimeError("Trying to resize storage that is not resizable")
    if storage.meta:
        storage.value = type(storage.value)(storage.value.op, (), (), (size,), storage.dtype)
    elif storage.size == 0:
        storage.value = full((size,), 0, storage.dtype)
    else:
        grown = np.zeros(size, storage.dtype.numpy)
        kept = min(size, storage.size)
        grown[:kept] = storage.materialize()[:kept]
        storage.value = leaf(grown, storage.dtype)
    storage.size, storage.reads = size, None


def share(storage: Storage) -> None:
    """Moves a storage into an anonymous mapping, which forked processes share."""
    if storage in _SHARED or not storage.size:
        return
    flat = storage.materialize()
    memory = mmap.mmap(-1, flat.nbytes)
    shared = np.frombuffer(memory, storage.dtype.numpy)
    shared[:] = flat
    storage.value, storage.reads = leaf(shared, storage.dtype), None
    storage.exported += 1
    _SHARED.add(storage)


def is_in_shared_memory(storage: Storage) -> bool:
    """Whether `share` has moved the storage."""
    return storage in _SHARED


class _StorageType(type):
    """The class of `torch.FloatStorage` and its like: a dtype whose calls make storages."""

    dtype: dt.dtype

    def __instancecheck__(cls, instance: Any) -> bool:
        return isinstance(instance, TypedStorage) and instance.dtype is cls.dtype

    def __call__(cls, *args: Any, **kwargs: Any) -> TypedStorage:
        if len(args) > 1 or (args and isinstance(args[0], (UntypedStorage, TypedStorage))):
            raise TypeError(
                f"<class 'torch.{cls.__name__}'>.__new__ received an invalid combination of "
                "arguments. Expected one of:\n * no arguments\n * (int size)\n"
                " * (Sequence data)\n * (*, UntypedStorage wrap_storage)"
            )
        return TypedStorage(*args, dtype=cls.dtype, **kwargs)

    def __repr__(cls) -> str:
        return f"<class 'torch.{cls.__name__}'>"


def _storage_type(kind: dt.dtype) -> Any:
    made = _StorageType(f"{kind.legacy_name}Storage", (), {"dtype": kind, "__module__": "torch"})
    setattr(TypedStorage, _METHODS.get(kind, kind.name), lambda self: self.type(kind))
    return made


# The methods that convert storages, where they are not called as the dtype is.
_METHODS = {
    dt.float32: "float",
    dt.float64: "double",
    dt.float16: "half",
    dt.int64: "long",
    dt.int32: "int",
    dt.int16: "short",
    dt.int8: "char",
    dt.uint8: "byte",
    dt.complex64: "complex_float",
    dt.complex128: "complex_double",
}
STORAGE_TYPES = {
    kind: _storage_type(kind)
    for kind in dt.DTYPES
    if kind.is_quantized or not (kind.restricted or kind.name in ("uint16", "uint32", "uint64"))
}
expose(UntypedStorage=UntypedStorage, TypedStorage=TypedStorage)
expose(**{made.__name__: made for made in STORAGE_TYPES.values()})
