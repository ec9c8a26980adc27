"""Checkpoints in a folder: `.metadata` and files of saved tensors, as PyTorch lays them out.

In: flat names and values.  Out: a folder that PyTorch loads; tensors of a folder that PyTorch, on
any number of processes, has written.
"""

from __future__ import annotations

import enum
import io
import os
import pathlib
import uuid
from typing import Any

from ...autograd import no_grad
from ...io.serialization import load, save
from ...tensor import Tensor, empty
from . import metadata as md

_FILE = "__0_0.distcp"


class SerializationFormat(enum.Enum):
    """How tensors are written."""

    TORCH_SAVE = "torch_save"
    SAFETENSORS = "safetensors"


class FileSystemWriter:
    """Writes a checkpoint's folder."""

    def __init__(
        self,
        path: str | os.PathLike,
        single_file_per_rank: bool = True,
        sync_files: bool = True,
        thread_count: int = 1,
        per_thread_copy_ahead: int = 10_000_000,
        cache_staged_state_dict: bool = False,
        overwrite: bool = True,
        _extensions: Any = None,
        serialization_format: SerializationFormat = SerializationFormat.TORCH_SAVE,
    ) -> None:
        plain = serialization_format is SerializationFormat.TORCH_SAVE
        if not single_file_per_rank or _extensions or not plain:
            raise NotImplementedError(
                "torch.distributed.checkpoint.FileSystemWriter: one file in the usual format only"
            )
        self.path, self.overwrite, self.sync_files = pathlib.Path(path), overwrite, sync_files

    def write(self, flat: dict[str, Any], paths: dict[str, tuple]) -> md.Metadata:
        """Writes all entries; RuntimeError where there is a checkpoint and `overwrite=False`."""
        self.path.mkdir(parents=True, exist_ok=True)
        if not self.overwrite and (self.path / ".metadata").exists():
            raise RuntimeError(f"Checkpoint already exists and {self.overwrite=}.")
        known, places = {}, {}
        with open(self.path / _FILE, "wb") as file:
            for name, value in flat.items():
                start = file.tell()
                known[name], index = _described(name, value)
                plain = value.detach() if isinstance(value, Tensor) else value
                save(plain.contiguous().clone() if isinstance(plain, Tensor) else plain, file)
                places[index] = md.StorageInfo(_FILE, start, file.tell() - start)
            if self.sync_files:
                os.fsync(file.fileno())
        meta = md.StorageMeta(str(self.path), str(uuid.uuid4()))
        made = md.Metadata(known, paths, places, meta, "1.0.0")
        temporary = self.path / ".metadata.tmp"
        temporary.write_bytes(md.written(made))
        os.replace(temporary, self.path / ".metadata")
        return made


def _described(name: str, value: Any) -> tuple[Any, md.MetadataIndex]:
    if not isinstance(value, Tensor):
        return md.BytesStorageMetadata(), md.MetadataIndex(name)
    size, start = md.size_of(value.shape), md.size_of([0] * value.dim())
    chunk = md.ChunkStorageMetadata(start, size)
    described = md.TensorStorageMetadata(md.TensorProperties(value.dtype), size, [chunk])
    return described, md.MetadataIndex(name, start, 0)


class FileSystemReader:
    """Reads a checkpoint's folder."""

    def __init__(self, path: str | os.PathLike, _extension_registry: Any = None) -> None:
        if _extension_registry is not None:
            raise NotImplementedError("FileSystemReader: argument '_extension_registry'")
        self.path = pathlib.Path(path)

    @property
    def checkpoint_id(self) -> pathlib.Path:
        """The folder."""
        return self.path

    def read_metadata(self) -> md.Metadata:
        """What the checkpoint holds."""
        return md.read((self.path / ".metadata").read_bytes())

    def read_entry(self, metadata: md.Metadata, name: str) -> Any:
        """One entry, put together from its parts."""
        described = metadata.state_dict_metadata[name]
        parts = [(i, place) for i, place in metadata.storage_data.items() if i.fqn == name]
        if not isinstance(described, md.TensorStorageMetadata):
            return self._part(parts[0][1])
        whole = empty(tuple(described.size), dtype=described.properties.dtype)
        with no_grad():
            for index, place in parts:
                part = self._part(place)
                start = tuple(index.offset) if index.offset is not None else (0,) * part.dim()
                where = tuple(slice(s, s + n) for s, n in zip(start, part.shape))
                whole[where] = part.detach()
        return whole

    def _part(self, place: md.StorageInfo) -> Any:
        if place.transform_descriptors:
            raise NotImplementedError("FileSystemReader: transformed parts of a checkpoint")
        found = self.path / place.relative_path
        if found.parent != self.path:
            raise ValueError(f"a checkpoint names the file {place.relative_path}: refused")
        with open(found, "rb") as file:
            file.seek(place.offset)
            return load(io.BytesIO(file.read(place.length)), weights_only=False)
