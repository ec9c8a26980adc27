"""The form `torch.save` wrote before the zip archive: pickles in a row, then raw storages."""

from __future__ import annotations

import pickle
import struct
from collections.abc import Callable
from typing import Any, BinaryIO

import numpy as np

from ..dtypes import uint8
from ..tensor.storage import Storage
from .pickles import StorageType, storage_over
from .unpickling import TorchUnpickler

MAGIC = 0x1950A86A20F9469CFC6C
PROTOCOL = 1001
_HEADS = tuple({pickle.dumps(MAGIC, protocol) for protocol in range(6)})


def is_legacy(file: BinaryIO) -> bool:
    """Whether the file starts with the magic number's pickle; the position is kept."""
    start = file.tell()
    head = file.read(max(map(len, _HEADS)))
    file.seek(start)
    return head.startswith(_HEADS)


def _no_storage(pid: tuple) -> Storage:
    raise pickle.UnpicklingError("a header holds no storages")


def load_legacy(file: BinaryIO, extra: dict, encoding: str, weights_only: bool) -> Any:
    """The object of a legacy file.

    The storages' contents follow the object's pickle, so that is read twice: for the storages that
    it names, then with their contents.
    """
    header = [TorchUnpickler(file, _no_storage, {}).load() for _ in range(3)]
    if header[0] != MAGIC:
        raise RuntimeError("Invalid magic number; corrupt file?")
    if header[1] != PROTOCOL:
        raise RuntimeError(f"Invalid protocol version: {header[1]}")
    if not isinstance(header[2], dict) or not header[2].get("little_endian", True):
        raise RuntimeError("the file was written on a big-endian machine")
    start, limit = file.tell(), _remaining(file)
    storages: dict[str, Storage] = {}

    def read(storage_of: Callable[[tuple], Storage]) -> Any:
        return TorchUnpickler(file, storage_of, extra, encoding, weights_only).load()

    read(lambda pid: _declare(pid, storages, limit))
    keys = TorchUnpickler(file, _no_storage, {}).load()
    if set(keys) != set(storages):
        raise RuntimeError("the file's contents are not those of the storages that it names")
    filled = {key: _contents(file, storages[key]) for key in keys}
    end = file.tell()
    file.seek(start)
    result = read(lambda pid: filled[pid[2]])
    file.seek(end)
    return result


def _remaining(file: BinaryIO) -> int:
    here = file.tell()
    end = file.seek(0, 2)
    file.seek(here)
    return end - here


def _declare(pid: tuple, storages: dict[str, Storage], limit: int) -> Storage:
    kind, key, count, view = pid[1], pid[2], pid[4], pid[5] if len(pid) > 5 else None
    if not isinstance(kind, StorageType):
        raise pickle.UnpicklingError(f"unknown storage type in {pid!r:.80}")
    dtype = kind.kind or uint8
    if view is not None:
        raise NotImplementedError("torch.load: views of storages in the legacy form")
    if key in storages:
        return storages[key]
    taken = sum(s.size * s.dtype.itemsize for s in storages.values())
    if not isinstance(count, int) or count < 0 or count * dtype.itemsize > limit - taken:
        raise RuntimeError(f"a storage of {count} elements is larger than the file")
    storages[key] = storage_over(np.zeros(count * dtype.itemsize, np.uint8), dtype, count)
    return storages[key]


def _contents(file: BinaryIO, storage: Storage) -> Storage:
    header = file.read(8)
    if len(header) != 8 or struct.unpack("<q", header)[0] != storage.size:
        raise RuntimeError("storage has wrong byte size; corrupt file?")
    wanted = storage.size * storage.dtype.itemsize
    data = file.read(wanted)
    if len(data) != wanted:
        raise RuntimeError("unexpected EOF. The file might be corrupted.")
    return storage_over(np.frombuffer(data, np.uint8), storage.dtype, storage.size)
