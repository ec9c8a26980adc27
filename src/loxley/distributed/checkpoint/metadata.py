"""What a checkpoint's folder holds, in the form of PyTorch's `.metadata` file.

In: tensors' sizes and where their bytes lie.  Out: a pickle under PyTorch's names, which PyTorch
reads; reading looks names up in a fixed list.
"""

from __future__ import annotations

import enum
import io
import pickle
from dataclasses import dataclass, field
from typing import Any

from ... import layouts
from ...dtypes import BY_NAME, dtype
from ...io import plain
from ...io.pickles import TorchPickler, rebuild_layout
from ...tensor.size import Size


class _MEM_FORMAT_ENCODING(enum.Enum):  # noqa: N801 - PyTorch's name
    TORCH_CONTIGUOUS_FORMAT = 0
    TORCH_CHANNELS_LAST = 1
    TORCH_PRESERVE_FORMAT = 2


@dataclass
class TensorProperties:
    """A tensor's dtype and the like."""

    dtype: dtype
    layout: Any = layouts.strided
    requires_grad: bool = False
    memory_format: Any = _MEM_FORMAT_ENCODING.TORCH_CONTIGUOUS_FORMAT
    pin_memory: bool = False

    def __getstate__(self) -> tuple:
        kept = (self.dtype, self.layout, self.requires_grad)
        return (*kept, self.memory_format, self.pin_memory)

    def __setstate__(self, state: tuple) -> None:
        self.dtype, self.layout, self.requires_grad = state[:3]
        self.memory_format, self.pin_memory = state[3:]


@dataclass(frozen=True)
class ChunkStorageMetadata:
    """Which part of a tensor."""

    offsets: Any
    sizes: Any


@dataclass
class TensorStorageMetadata:
    """A tensor's size and the parts that it was cut into."""

    properties: TensorProperties
    size: Any
    chunks: list[ChunkStorageMetadata]


@dataclass
class BytesStorageMetadata:
    """Something that is no tensor."""


@dataclass(frozen=True)
class MetadataIndex:
    """One part of one entry."""

    fqn: str
    offset: Any = None
    index: int | None = None


@dataclass
class StorageMeta:
    """Which checkpoint it is."""

    checkpoint_id: Any = None
    save_id: str | None = None
    load_id: str | None = None
    modules: list[str] = field(default_factory=list)


@dataclass
class StorageInfo:
    """Where bytes lie."""

    relative_path: str
    offset: int
    length: int
    transform_descriptors: Any = None


@dataclass
class Metadata:
    """All entries of a checkpoint."""

    state_dict_metadata: dict[str, Any]
    planner_data: Any = None
    storage_data: Any = None
    storage_meta: StorageMeta | None = None
    version: str | None = None


_HERE = "torch.distributed.checkpoint.metadata"
_GLOBALS: dict[tuple[str, str], Any] = {
    (_HERE, kind.__name__): kind
    for kind in (
        *(_MEM_FORMAT_ENCODING, TensorProperties, ChunkStorageMetadata, TensorStorageMetadata),
        *(BytesStorageMetadata, MetadataIndex, StorageMeta, Metadata),
    )
} | {("torch.distributed.checkpoint.filesystem", "_StorageInfo"): StorageInfo}
_NAMES = {id(kind): name for name, kind in _GLOBALS.items()}
_READ = _GLOBALS | {
    ("torch", "Size"): plain.size,
    ("torch.serialization", "_get_layout"): rebuild_layout,
    ("pathlib", "PosixPath"): plain.path,
    ("pathlib", "WindowsPath"): plain.path,
    ("collections", "OrderedDict"): plain.ordered_dict,
}


class _Pickler(TorchPickler):
    dispatch = dict(TorchPickler.dispatch)

    def save_global(self, obj: Any, name: str | None = None) -> None:
        known = _NAMES.get(id(obj))
        if known is not None:
            return self._write_global(*known)
        return super().save_global(obj, name)

    dispatch[type] = save_global
    dispatch[enum.EnumMeta] = save_global


class _Unpickler(pickle._Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        if (module, name) in _READ:
            return _READ[(module, name)]
        if module == "torch" and name in BY_NAME:
            return BY_NAME[name]
        raise pickle.UnpicklingError(f"a checkpoint's metadata names {module}.{name}: refused")


def written(metadata: Metadata) -> bytes:
    """The bytes of the `.metadata` file."""
    file = io.BytesIO()
    _Pickler(file).dump(metadata)
    return file.getvalue()


def read(data: bytes) -> Metadata:
    """What the file holds; pickle.UnpicklingError for anything else."""
    found = _Unpickler(io.BytesIO(data)).load()
    if not isinstance(found, Metadata):
        raise pickle.UnpicklingError("the file holds no metadata of a checkpoint")
    return found


def size_of(values: Any) -> Size:
    """A size."""
    return Size(tuple(values))
