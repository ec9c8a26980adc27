"""The zip container of `torch.save`: stored members, data aligned to 64 bytes.

In: paths or binary files. Out: members as read-only arrays of bytes. Every size is checked against
the file before it is used; compressed members are refused, as PyTorch never writes them.
"""

from __future__ import annotations

import io
import os
import struct
import tempfile
import uuid
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, BinaryIO

import numpy as np

_ALIGNMENT = 64


class ArchiveReader:
    """The members of one archive, without its top folder."""

    def __init__(self, file: BinaryIO, memory: np.ndarray | None) -> None:
        try:
            self.zip = zipfile.ZipFile(file)
        except zipfile.BadZipFile as error:
            raise RuntimeError(f"PytorchStreamReader failed reading zip archive: {error}") from None
        self.memory = memory
        names = self.zip.namelist()
        if not names:
            raise RuntimeError("PytorchStreamReader failed reading zip archive: it is empty")
        self.prefix = names[0].split("/", 1)[0] + "/"
        self.members = {n.removeprefix(self.prefix): n for n in names if n.startswith(self.prefix)}

    def __contains__(self, name: str) -> bool:
        return name in self.members

    def read(self, name: str) -> bytes:
        """A member's bytes; RuntimeError where it is missing, compressed or damaged."""
        info = self._info(name)
        try:
            return self.zip.read(info)
        except (zipfile.BadZipFile, EOFError, OSError) as error:
            raise RuntimeError(f"PytorchStreamReader failed reading file {name}: {error}") from None

    def array(self, name: str) -> np.ndarray:
        """A member as read-only bytes, straight from the mapped file where there is one."""
        if self.memory is None:
            return np.frombuffer(self.read(name), np.uint8)
        info = self._info(name)
        start = self._data_offset(info)
        if start + info.file_size > len(self.memory):
            raise RuntimeError(f"PytorchStreamReader failed reading file {name}: it is truncated")
        return self.memory[start : start + info.file_size]

    def _info(self, name: str) -> zipfile.ZipInfo:
        if name not in self.members:
            raise RuntimeError(f"PytorchStreamReader failed locating file {name}: file not found")
        info = self.zip.getinfo(self.members[name])
        if info.compress_type != zipfile.ZIP_STORED:
            raise RuntimeError(
                f"PytorchStreamReader failed reading file {name}: compressed members are refused"
            )
        return info

    def _data_offset(self, info: zipfile.ZipInfo) -> int:
        header = self.memory[info.header_offset : info.header_offset + 30].tobytes()
        if len(header) < 30 or header[:4] != b"PK\x03\x04":
            raise RuntimeError("PytorchStreamReader failed reading zip archive: bad local header")
        name_length, extra_length = struct.unpack("<HH", header[26:30])
        return info.header_offset + 30 + name_length + extra_length


class ArchiveWriter:
    """Writes an archive member by member, in PyTorch's layout."""

    def __init__(self, file: BinaryIO, folder: str) -> None:
        self.zip = zipfile.ZipFile(file, "w", zipfile.ZIP_STORED, allowZip64=True)
        self.folder = folder

    def write(self, name: str, data: bytes | memoryview) -> None:
        """Adds a member whose data starts at a multiple of 64 bytes."""
        path = f"{self.folder}/{name}"
        info = zipfile.ZipInfo(path, (1980, 1, 1, 0, 0, 0))
        start = self.zip.fp.tell() + 30 + len(path.encode()) + 4
        if len(data) > zipfile.ZIP64_LIMIT:
            start += 20
        padding = -start % _ALIGNMENT
        info.extra = b"FB" + struct.pack("<H", padding) + b"Z" * padding
        with self.zip.open(info, "w", force_zip64=len(data) > zipfile.ZIP64_LIMIT) as member:
            member.write(data)

    def close(self, version: bytes = b"3\n") -> None:
        """Writes what every archive of PyTorch ends with."""
        self.write("version", version)
        self.write(".data/serialization_id", uuid.UUID(int=0).hex.encode())
        self.zip.close()


@contextmanager
def atomic_file(path: str | os.PathLike) -> Iterator[BinaryIO]:
    """A file that appears under its name only when it is complete; nothing stays otherwise."""
    path = os.fspath(path)
    folder = os.path.dirname(path) or "."
    if not os.path.isdir(folder):
        raise RuntimeError(f"Parent directory {folder} does not exist.")
    if os.path.exists(path) and not os.path.isfile(path):  # a pipe or a device
        with open(path, "wb") as file:
            yield file
        return
    handle, temporary = tempfile.mkstemp(prefix=os.path.basename(path) + ".", dir=folder)
    try:
        with os.fdopen(handle, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.chmod(temporary, _mode_of(path))
        os.replace(temporary, path)
    except BaseException:
        os.unlink(temporary)
        raise


def _mode_of(path: str) -> int:
    if os.path.exists(path):
        return os.stat(path).st_mode & 0o777
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask


def buffer_of(f: Any) -> BinaryIO:
    """A seekable binary file from what the caller gave."""
    if hasattr(f, "seek") and hasattr(f, "tell"):
        return f
    if hasattr(f, "read"):
        return io.BytesIO(f.read())
    raise AttributeError(
        f"expected a path or a file-like object with read, readline, tell and seek, got "
        f"{type(f).__name__}"
    )
