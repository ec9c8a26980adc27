"""Files of kernels and plans on disk, so that a second process compiles nothing.

In: a digest of all that an object depends on.  Out: the object, or None.  A cache may only ever
cost speed: a folder that cannot be written, a full disk, a file that is cut short or not ours all
end in a compilation.  What is loaded becomes code of this process, so a folder or file that
another user owns or may write is never read.  The folder may hold other things, such as the
models that the command line fetched: what does not have a name of ours is never touched.  Off
where files have no such owners (Windows).
"""

from __future__ import annotations

import functools
import os
import re
import secrets
import stat
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from hashlib import sha256
from pathlib import Path

from ...config import config

_MAGIC = b"LOXLEY\x00\x01"  # the last byte is the version of this format
_HEADER = len(_MAGIC) + 2 * 32  # then the key, and the digest of the object behind it
LIMIT = 256 << 20  # bytes of objects to keep
_OURS = re.compile(r"[0-9a-f]{64}\.(?:o|plan)|[0-9a-f]{16}\.tmp")  # kept; being written
_FRESH = 3600.0  # seconds for which a file's time of use is good enough


def load(key: bytes, suffix: str = ".o") -> bytes | None:
    """What was stored under `key` (32 bytes); None if there is nothing that is sound."""
    with suppress(OSError), _folder(create=False) as folder:
        flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC
        file = os.open(key.hex() + suffix, flags, dir_fd=folder)
        try:
            found = os.fstat(file)
            if stat.S_ISREG(found.st_mode) and _ours(found):
                code = _checked(key, _read(file, found.st_size))
                if code is not None and time.time() - found.st_mtime > _FRESH:
                    os.utime(file)
                return code
        finally:
            os.close(file)
    return None


def holds(key: bytes, suffix: str = ".o") -> bool:
    """Whether something lies under `key`, sound or not."""
    with suppress(OSError), _folder(create=False) as folder:
        os.stat(key.hex() + suffix, dir_fd=folder, follow_symlinks=False)
        return True
    return False


def store(key: bytes, code: bytes, suffix: str = ".o") -> None:
    """Keeps an object; whole or not at all, whatever other processes do at the moment."""
    with suppress(OSError), _folder(create=True) as folder:
        temporary = f"{secrets.token_hex(8)}.tmp"
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        file = os.open(temporary, flags, 0o600, dir_fd=folder)
        try:
            try:
                _write(file, _MAGIC + key + sha256(code).digest() + code)
            finally:
                os.close(file)
            os.replace(temporary, key.hex() + suffix, src_dir_fd=folder, dst_dir_fd=folder)
        except BaseException:
            os.unlink(temporary, dir_fd=folder)
            raise
        if key[0] == 0 and key[1] < 64:  # at one store in 1,024, whichever process makes it
            trim(folder, LIMIT)


def trim(folder: int, limit: int) -> None:
    """Removes what was not used for longest until three quarters of `limit` bytes remain.

    Only files that this module wrote count and go, whatever else lies in the folder.
    """
    files: list[tuple[float, int, str]] = []
    with os.scandir(folder) as entries:
        for entry in entries:
            if not _OURS.fullmatch(entry.name):
                continue
            with suppress(OSError):
                found = entry.stat(follow_symlinks=False)
                files.append((found.st_mtime, found.st_size, entry.name))
    total = sum(size for _, size, _ in files)
    abandoned = time.time() - _FRESH
    keep = limit * 3 // 4 if total > limit else total
    for used, size, name in sorted(files):
        if total > keep or (name.endswith(".tmp") and used < abandoned):
            total -= size
            with suppress(OSError):
                os.unlink(name, dir_fd=folder)


@functools.cache
def own_sources() -> str:
    """A digest of the compiler's own files: what it generates may change with any of them."""
    package = Path(__file__).resolve().parents[2]
    return digest_of(package / "ir" / "loops.py", package / "compiler")


def digest_of(*places: Path) -> str:
    """A digest of the state of files, and of the sources in folders and below.

    As Python knows whether its bytecode is that of a source: by size and time of change, since
    reading the sources takes longer than all else that a filled cache leaves to do.  Of nothing
    that will be met again if one cannot be looked at (in a zip file) or there are none.
    """
    try:
        state = [line for place in places for line in _state(place)]
    except OSError:
        state = []
    if not state:
        return secrets.token_hex(32)
    return sha256("\n".join(sorted(state)).encode()).hexdigest()


def _state(place: Path) -> Iterator[str]:
    """A line for each source file: path, size, time of change."""
    if place.suffix == ".py":
        found = place.stat()
        yield f"{place} {found.st_size} {found.st_mtime_ns}"
        return
    with os.scandir(place) as entries:
        for entry in entries:
            if entry.name.endswith(".py"):
                found = entry.stat()
                yield f"{entry.path} {found.st_size} {found.st_mtime_ns}"
            elif entry.is_dir() and entry.name != "__pycache__":
                yield from _state(Path(entry.path))


@contextmanager
def _folder(create: bool) -> Iterator[int]:
    """An open descriptor of the cache's folder; OSError where there is none to be trusted.

    What is checked is what is used: files are opened through the descriptor.
    """
    path = config.cache
    if path in ("", "0") or os.name != "posix":
        raise OSError("the cache is off")
    flags = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC
    try:
        folder = os.open(path, flags)
    except FileNotFoundError:
        if not create:
            raise
        os.makedirs(path, mode=0o700, exist_ok=True)
        folder = os.open(path, flags)
    try:
        if not _ours(os.fstat(folder)):
            raise OSError(f"{path} belongs to another user or others may write to it")
        yield folder
    finally:
        os.close(folder)


def _ours(found: os.stat_result) -> bool:
    return found.st_uid == os.geteuid() and not found.st_mode & (stat.S_IWGRP | stat.S_IWOTH)


def _checked(key: bytes, content: bytes) -> bytes | None:
    """The object in a file's content; None where it is another's, cut short or damaged."""
    code = content[_HEADER:]
    sound = content[:_HEADER] == _MAGIC + key + sha256(code).digest()
    return code if sound and code else None


def _read(file: int, size: int) -> bytes:
    parts = []
    while size > 0:
        part = os.read(file, size)
        if not part:
            break
        parts.append(part)
        size -= len(part)
    return b"".join(parts)


def _write(file: int, content: bytes) -> None:
    rest = memoryview(content)
    while rest:
        rest = rest[os.write(file, rest) :]
