"""What a tensor's memory is: sizes, strides, storages, addresses, sharing.

Source: https://docs.pytorch.org/docs/stable/storage.html
"""

from __future__ import annotations

import warnings
from typing import Any

from .. import layouts
from ..ops.movement import full
from ..shapes import Shape, contiguous_strides, extent, is_contiguous, normalize_dim
from ..shapes import numel as count_of
from .api import method, prop, public
from .arguments import check_tensor
from .creation import sizes_of
from .storage import Storage
from .storages import (
    STORAGE_TYPES,
    TypedStorage,
    UntypedStorage,
    is_in_shared_memory,
    resize_storage,
    share,
)
from .tensor import Tensor


@method
def size(self: Tensor, dim: int | None = None) -> Any:
    """The sizes, or that of one dimension. Source: torch.Tensor.size."""
    if dim is None:
        return self.shape
    return self.shape[_dim(self, dim)]


def _dim(self: Tensor, dim: int) -> int:
    shape = self.shape
    if not shape:
        raise IndexError(f"Dimension specified as {dim} but tensor has no dimensions")
    return normalize_dim(dim, len(shape))


@method
def stride(self: Tensor, dim: int | None = None) -> Any:
    """The steps in memory, or that of one dimension. Source: torch.Tensor.stride."""
    return self._strides if dim is None else self._strides[_dim(self, dim)]


@method
def storage_offset(self: Tensor) -> int:
    """Where in its storage the tensor begins, in elements."""
    return self._offset


@public()
def numel(input: Tensor) -> int:
    """The number of elements. Source: torch.numel."""
    return count_of(check_tensor("numel", input)._shape)


Tensor.nelement = numel  # type: ignore[attr-defined]


@method
def dim(self: Tensor) -> int:
    """The number of dimensions. Source: torch.Tensor.dim."""
    return len(self._shape)


Tensor.ndimension = dim  # type: ignore[attr-defined]


@method
def element_size(self: Tensor) -> int:
    """The bytes of one element. Source: torch.Tensor.element_size."""
    return self.dtype.itemsize


@prop
def itemsize(self: Tensor) -> int:
    """The bytes of one element."""
    return self.dtype.itemsize


@prop
def nbytes(self: Tensor) -> int:
    """The bytes of all elements."""
    return count_of(self._shape) * self.dtype.itemsize


@prop
def layout(self: Tensor) -> layouts.layout:
    """Always `torch.strided`."""
    return layouts.strided


@method
def dim_order(self: Tensor, *, ambiguity_check: Any = False) -> Shape:
    """The dimensions from slowest to fastest in memory. Source: torch.Tensor.dim_order."""
    if ambiguity_check is not False:
        raise NotImplementedError("torch.Tensor.dim_order: argument 'ambiguity_check'")
    return tuple(sorted(range(len(self._shape)), key=lambda d: (-self._strides[d], d)))


@public()
def get_device(input: Tensor) -> int:
    """-1: the tensor is on the processor. Source: torch.get_device."""
    check_tensor("get_device", input)
    return -1


@method
def dense_dim(self: Tensor) -> int:
    """The number of dimensions: all are dense."""
    return len(self._shape)


@method
def sparse_dim(self: Tensor) -> int:
    """The number of sparse dimensions: none."""
    return 0


@public()
def is_inference(input: Tensor) -> bool:
    """Whether the tensor was made in inference mode. Source: torch.is_inference."""
    return check_tensor("is_inference", input)._inference


@method
def is_pinned(self: Tensor, device: Any = None) -> bool:
    """False: there is no accelerator to pin memory for."""
    return False


@method
def pin_memory(self: Tensor, device: Any = None) -> Tensor:
    """RuntimeError: there is no accelerator to pin memory for."""
    raise RuntimeError("Cannot access accelerator device when none is available.")


@method
def is_coalesced(self: Tensor) -> bool:
    """RuntimeError: for sparse tensors only."""
    raise RuntimeError("is_coalesced expected sparse coordinate tensor layout but got Strided")


def _constant(name: str, value: Any) -> None:
    setattr(Tensor, name, property(lambda self: value))


for _name in (
    "is_cuda is_sparse is_sparse_csr is_mkldnn is_mps is_xpu is_xla is_vulkan is_ipu "
    "is_maia is_mtia is_nested"
).split():
    _constant(_name, False)
Tensor.is_cpu = property(lambda self: not self.is_meta)  # type: ignore[attr-defined]


@public()
def is_distributed(input: Tensor) -> bool:
    """False: tensors are in one process."""
    check_tensor("is_distributed", input)
    return False


@method
def _is_view(self: Tensor) -> bool:
    return self._base is not None


@method
def is_set_to(self: Tensor, tensor: Tensor) -> bool:
    """Whether both have the same memory under the same layout. Source: torch.Tensor.is_set_to."""
    return (
        self._storage is tensor._storage
        and self._offset == tensor._offset
        and self._shape == tensor._shape
        and self._strides == tensor._strides
    )


@public()
def is_same_size(input: Tensor, other: Tensor) -> bool:
    """Whether both have the same sizes. Source: torch.is_same_size."""
    return check_tensor("is_same_size", input)._shape == other._shape


@method
def untyped_storage(self: Tensor) -> UntypedStorage:
    """The tensor's storage as bytes. Source: torch.Tensor.untyped_storage."""
    return UntypedStorage(self._storage)


@method
def storage(self: Tensor) -> TypedStorage:
    """The tensor's storage as elements of its dtype. Source: torch.Tensor.storage."""
    return TypedStorage(UntypedStorage(self._storage), self.dtype)


Tensor._typed_storage = storage  # type: ignore[attr-defined]


@method
def data_ptr(self: Tensor) -> int:
    """The address of the first element, where the storage stays from now on."""
    if not count_of(self._shape) or self.is_meta:
        return 0
    return self._storage.pin().ctypes.data + self._offset * self.dtype.itemsize


Tensor.const_data_ptr = data_ptr  # type: ignore[attr-defined]


@method
def storage_type(self: Tensor) -> type:
    """The type of `storage()`, such as `torch.FloatStorage`."""
    return STORAGE_TYPES.get(self.dtype, TypedStorage)


@method
def is_shared(self: Tensor) -> bool:
    """Whether processes forked from now on see the same memory. Source: torch.Tensor.is_shared."""
    return is_in_shared_memory(self._storage)


@method
def share_memory_(self: Tensor) -> Tensor:
    """Moves the elements to shared memory. Source: torch.Tensor.share_memory_."""
    share(self._storage)
    return self


def relayout(t: Tensor, storage: Storage, shape: Shape, strides: Shape, offset: int) -> Tensor:
    """Makes a tensor see a storage through another layout."""
    t._storage, t._shape, t._strides, t._offset = storage, shape, strides, offset
    t._contiguous = is_contiguous(shape, strides)
    t._plain = (
        t._contiguous
        and offset == 0
        and count_of(shape) == storage.size
        and t.dtype is storage.dtype
    )
    return t


@method
def resize_(self: Tensor, *sizes: Any, memory_format: Any = None) -> Tensor:
    """Another size over the same storage, which grows as needed. Source: torch.Tensor.resize_."""
    if self.requires_grad:
        raise RuntimeError("cannot resize variables that require grad")
    shape = sizes_of(sizes, "resize_")
    if memory_format not in (None, layouts.contiguous_format, layouts.preserve_format):
        raise NotImplementedError("torch.Tensor.resize_: argument 'memory_format'")
    if shape == self._shape:
        return self
    needed = self._offset + count_of(shape)
    room = self._storage.size * self._storage.dtype.itemsize // self.dtype.itemsize
    if count_of(shape) and needed > room:
        wanted = -(-needed * self.dtype.itemsize // self._storage.dtype.itemsize)
        resize_storage(self._storage, wanted)
    relayout(self, self._storage, shape, contiguous_strides(shape), self._offset)
    self._counter.version += 1
    return self


@public()
def resize_as_(self: Tensor, tensor: Tensor, memory_format: Any = None) -> Tensor:
    """`resize_` to another tensor's size. Source: torch.Tensor.resize_as_."""
    if self.requires_grad:
        raise RuntimeError("cannot resize variables that require grad")
    return resize_(self, tensor._shape, memory_format=memory_format)


@method
def set_(
    self: Tensor,
    source: Any = None,
    storage_offset: int = 0,
    size: Any = None,
    stride: Any = None,
) -> Tensor:
    """Sees another tensor's or storage's memory. Source: torch.Tensor.set_."""
    if source is None:
        inner, shape, strides = Storage(full((0,), 0, self.dtype), 0), (0,), (1,)
    elif isinstance(source, Tensor):
        if source.dtype is not self.dtype:
            raise RuntimeError(
                "Could not set tensor of type "
                f"{source.dtype.legacy_name} to a tensor of type {self.dtype.legacy_name}"
            )
        inner, shape, strides = source._storage, source._shape, source._strides
        storage_offset = storage_offset if size is not None else source._offset
    else:
        untyped = source.untyped() if isinstance(source, TypedStorage) else source
        inner = untyped._inner
        shape, strides = (untyped.nbytes() // self.dtype.itemsize,), (1,)
    if size is not None:
        shape = sizes_of((size,), "set_")
        strides = contiguous_strides(shape) if stride is None else tuple(int(s) for s in stride)
    have = inner.size * inner.dtype.itemsize
    if (storage_offset + extent(shape, strides)) * self.dtype.itemsize > have and count_of(shape):
        resize_storage(
            inner,
            -(
                -(storage_offset + extent(shape, strides))
                * self.dtype.itemsize
                // inner.dtype.itemsize
            ),
        )
    return relayout(self, inner, shape, strides, storage_offset)


@method
def resize(self: Tensor, *sizes: Any) -> Tensor:
    """Another size over a copy; deprecated in favour of `reshape`. Source: torch.Tensor.resize."""
    warnings.warn("non-inplace resize is deprecated", UserWarning, stacklevel=2)
    return self.reshape(sizes_of(sizes, "resize"))


@method
def resize_as(self: Tensor, tensor: Tensor) -> Tensor:
    """`resize` to another tensor's size. Source: torch.Tensor.resize_as."""
    return resize(self, *tensor._shape)


@public(method=False)
def is_storage(obj: Any) -> bool:
    """Whether the object is a storage. Source: torch.is_storage."""
    return isinstance(obj, (UntypedStorage, TypedStorage))
