"""`torch.save` and `torch.load`: PyTorch's files, read and written.

Source: https://docs.pytorch.org/docs/stable/notes/serialization.html
"""

from __future__ import annotations

import io
import os
import pickle
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from struct import error as struct_error
from typing import Any, BinaryIO, TypeAlias

import numpy as np

from .. import devices
from ..dtypes import uint8 as _BYTES
from ..runtime import evaluate
from ..tensor.storage import Storage
from .archive import ArchiveReader, ArchiveWriter, atomic_file, buffer_of
from .legacy import is_legacy, load_legacy
from .pickles import StorageType, TorchPickler, storage_over
from .unpickling import TorchUnpickler

DEFAULT_PROTOCOL = 2
MAP_LOCATION: TypeAlias = (
    Callable[[Storage, str], Storage] | devices.device | str | dict[str, str] | None
)
# What a pickle whose bytes were changed makes the unpickler run into.
_DAMAGE = (
    *(EOFError, struct_error, IndexError, TypeError, KeyError, AttributeError, ValueError),
    *(AssertionError, OverflowError, MemoryError, RecursionError, UnboundLocalError),
)
_SAFE_GLOBALS: dict[tuple[str, str], Any] = {}


def add_safe_globals(safe_globals: list) -> None:
    """Lets files name these classes and functions of the program.

    Source: torch.serialization.add_safe_globals
    """
    for one in safe_globals:
        thing, path = one if isinstance(one, tuple) else (one, None)
        module, _, name = (path or f"{thing.__module__}.{thing.__qualname__}").rpartition(".")
        _SAFE_GLOBALS[(module, name)] = thing


def clear_safe_globals() -> None:
    """Takes back what `add_safe_globals` allowed."""
    _SAFE_GLOBALS.clear()


def get_safe_globals() -> list:
    """What `add_safe_globals` has allowed."""
    return list(_SAFE_GLOBALS.values())


@contextmanager
def safe_globals(safe_globals: list) -> Iterator[None]:
    """A block in which files may name these classes."""
    before = dict(_SAFE_GLOBALS)
    add_safe_globals(safe_globals)
    try:
        yield
    finally:
        _SAFE_GLOBALS.clear()
        _SAFE_GLOBALS.update(before)


def save(
    obj: Any,
    f: str | os.PathLike | BinaryIO,
    pickle_module: Any = pickle,
    pickle_protocol: int = DEFAULT_PROTOCOL,
    _use_new_zipfile_serialization: bool = True,
    _disable_byteorder_record: bool = False,
) -> None:
    """Writes an object with its tensors to a file that PyTorch reads too.

    A path gets the complete file or stays as it was. Source: torch.save.
    """
    if pickle_module is not pickle:
        raise NotImplementedError("torch.save: argument 'pickle_module' is not implemented")
    if not _use_new_zipfile_serialization:
        raise NotImplementedError("torch.save: the legacy form is only read, not written")
    if isinstance(f, (str, os.PathLike)):
        name = os.path.basename(os.fspath(f)).rsplit(".", 1)[0] or "archive"
        with atomic_file(f) as file:
            _write(obj, file, name, pickle_protocol, not _disable_byteorder_record)
    else:
        if not hasattr(f, "write"):
            raise AttributeError(
                "expected 'f' to be string, path, or a file-like object with a 'write' attribute, "
                f"got {type(f).__name__}"
            )
        whole = io.BytesIO()
        _write(obj, whole, "archive", pickle_protocol, not _disable_byteorder_record)
        f.write(whole.getvalue())


def _write(obj: Any, file: BinaryIO, name: str, protocol: int, byteorder: bool) -> None:
    pickled = io.BytesIO()
    pickler = TorchPickler(pickled, protocol)
    pickler.dump(obj)
    writer = ArchiveWriter(file, name)
    writer.write("data.pkl", pickled.getvalue())
    writer.write(".format_version", b"1")
    writer.write(".storage_alignment", b"64")
    if byteorder:
        writer.write("byteorder", sys.byteorder.encode())
    for key, storage in pickler.storages.values():
        array = np.ascontiguousarray(evaluate(storage.value)).reshape(-1)
        writer.write(f"data/{key}", memoryview(array.view(np.uint8)))
    writer.close()


def load(
    f: str | os.PathLike | BinaryIO,
    map_location: Any = None,
    pickle_module: Any = None,
    *,
    weights_only: bool | None = None,
    mmap: bool | None = None,
    **pickle_load_args: Any,
) -> Any:
    """Reads what `torch.save` wrote, here or in PyTorch; both its forms.

    Loading builds tensors, plain containers and classes that the program declared with
    `add_safe_globals`; with `weights_only=False` also modules of `torch.nn` and NumPy arrays.
    Whatever it says, code that the file names never runs.
    RuntimeError for damaged files, pickle.UnpicklingError for what is refused. Source: torch.load.
    """
    if pickle_module is not None and pickle_module is not pickle:
        raise NotImplementedError("torch.load: argument 'pickle_module' is not implemented")
    encoding = pickle_load_args.pop("encoding", "utf-8")
    if pickle_load_args:
        raise NotImplementedError(
            f"torch.load: arguments {', '.join(pickle_load_args)} are not implemented"
        )
    place = _placement(map_location)
    only = weights_only is not False
    if isinstance(f, (str, os.PathLike)):
        with open(f, "rb") as file:
            memory = None
            if mmap and os.fstat(file.fileno()).st_size:
                memory = np.memmap(file, np.uint8, "r")
                file.seek(0)  # memmap looked for the end
            return _load(file, place, encoding, memory, only)
    if mmap:
        raise ValueError(
            f"f must be a file path in order to use the mmap argument, but got {type(f).__name__}"
        )
    return _load(buffer_of(f), place, encoding, None, only)


def _load(
    file: BinaryIO, place: Callable, encoding: str, memory: np.ndarray | None, only: bool
) -> Any:
    start = file.tell()
    head = file.read(4)
    file.seek(start)
    if head == b"PK\x03\x04":
        return _load_zip(file, place, encoding, memory, only)
    if not head:
        raise EOFError("Ran out of input")
    if is_legacy(file):
        if memory is not None:
            raise RuntimeError(
                "mmap can only be used with files saved with "
                "`torch.save(_use_new_zipfile_serialization=True)`"
            )
        try:
            return load_legacy(file, _SAFE_GLOBALS, encoding, only)
        except _DAMAGE as error:
            raise RuntimeError(f"the file is damaged: {type(error).__name__}: {error}") from None
    raise pickle.UnpicklingError(
        "the file is neither a zip archive nor a legacy file of torch.save"
    )


def _load_zip(file: BinaryIO, place: Callable, encoding: str, memory: Any, only: bool) -> Any:
    reader = ArchiveReader(file, memory)
    if "byteorder" in reader and reader.read("byteorder") != b"little":
        raise RuntimeError("the file was written on a big-endian machine")
    loaded: dict[str, Storage] = {}

    def storage_of(pid: tuple) -> Storage:
        _, kind, key, _, count = pid[:5]
        if not isinstance(kind, StorageType) or not isinstance(key, str):
            raise pickle.UnpicklingError(f"unknown storage type in {pid!r:.80}")
        if key not in loaded:
            loaded[key] = storage_over(reader.array(f"data/{key}"), kind.kind or _BYTES, count)
            place(loaded[key])
        return loaded[key]

    pickled = io.BytesIO(reader.read("data.pkl"))
    try:
        return TorchUnpickler(pickled, storage_of, _SAFE_GLOBALS, encoding, only).load()
    except _DAMAGE as error:
        raise RuntimeError(f"the file is damaged: {type(error).__name__}: {error}") from None


def _placement(map_location: Any) -> Callable[[Storage], None]:
    """Checks where tensors are to go: everything is on the CPU already."""
    if map_location is None or callable(map_location):
        return lambda storage: None
    if isinstance(map_location, dict):
        for target in map_location.values():
            devices.resolve(target)
        return lambda storage: None
    target = devices.resolve(map_location)
    if target is devices.META:
        raise NotImplementedError("torch.load: map_location='meta' is not implemented")
    return lambda storage: None
