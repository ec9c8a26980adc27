"""The form `torch.save` wrote before the zip archive: pickles in a row, then raw storages."""

from __future__ import annotations

import pickle
import struct
from typing import Any, BinaryIO

import numpy as np

from ..tensor.storage import Storage
from .pickles import StorageType, TorchUnpickler, storage_over

MAGIC = 0x1950A86A20F9469CFC6C
PROTOCOL = 1001


def is_legacy(file: BinaryIO) -> bool:
    """Whether the file starts with the magic number's pickle; the position is kept."""
    start = file.tell()
    try:
        return TorchUnpickler(file, _no_storage, {}).load() == MAGIC
    except Exception:  # noqa: BLE001 - anything else is another format
        return False
    finally:
        file.seek(start)


def _no_storage(pid: tuple) -> Storage:
    raise pickle.UnpicklingError("a header holds no storages")


def load_legacy(file: BinaryIO, extra: dict, encoding: str) -> Any:
    """The object of a legacy file; the storages' contents follow the object's pickle."""
    header = [TorchUnpickler(file, _no_storage, {}).load() for _ in range(3)]
    if header[0] != MAGIC:
        raise RuntimeError("Invalid magic number; corrupt file?")
    if header[1] != PROTOCOL:
        raise RuntimeError(f"Invalid protocol version: {header[1]}")
    if not header[2].get("little_endian", True):
        raise RuntimeError("the file was written on a big-endian machine")
    storages: dict[str, Storage] = {}
    limit = _remaining(file)

    def storage_of(pid: tuple) -> Storage:
        return _declare(pid, storages, limit)

    result = TorchUnpickler(file, storage_of, extra, encoding).load()
    keys = TorchUnpickler(file, _no_storage, {}).load()
    for key in keys:
        if key not in storages:
            raise RuntimeError(f"the file has contents for a storage {key!r:.40} that nothing names")
        _fill(file, storages[key])
    return result


def _remaining(file: BinaryIO) -> int:
    here = file.tell()
    end = file.seek(0, 2)
    file.seek(here)
    return end - here


def _declare(pid: tuple, storages: dict[str, Storage], limit: int) -> Storage:
    kind, key, count, view = pid[1], pid[2], pid[4], pid[5] if len(pid) > 5 else None
    if not isinstance(kind, StorageType) or kind.kind is None:
        raise pickle.UnpicklingError(f"unknown storage type in {pid!r:.80}")
    if view is not None:
        raise NotImplementedError("torch.load: views of storages in the legacy form")
    if not isinstance(count, int) or count < 0 or count * kind.kind.itemsize > limit:
        raise RuntimeError(f"a storage of {count} elements is larger than the file")
    if key not in storages:
        empty = np.zeros(count * kind.kind.itemsize, np.uint8)
        storages[key] = storage_over(empty, kind.kind, count)
    return storages[key]


def _fill(file: BinaryIO, storage: Storage) -> None:
    header = file.read(8)
    if len(header) != 8 or struct.unpack("<q", header)[0] != storage.size:
        raise RuntimeError("storage has wrong byte size; corrupt file?")
    wanted = storage.size * storage.dtype.itemsize
    data = file.read(wanted)
    if len(data) != wanted:
        raise RuntimeError("unexpected EOF. The file might be corrupted.")
    # The tensors made so far see the storage, not its first value.
    filled = storage_over(np.frombuffer(data, np.uint8), storage.dtype, storage.size)
    storage.value = filled.value
    storage.reads = None


