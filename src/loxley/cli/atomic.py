"""Files and directories that appear under their final name complete, or not at all.

Everything is written beside its place under a temporary name, forced to the disk and then
renamed, which is atomic.  Whatever is cut short, by a kill or a full disk, leaves at most
something with `.loxley-tmp` in its name, and `remove_leftovers` clears that away.
"""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

SUFFIX = ".loxley-tmp"


def sync(path: Path) -> None:
    """Forces a file or a directory's entries to the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def _temporary(path: Path) -> Path:
    return path.with_name(f"{path.name}.{os.getpid()}{SUFFIX}")


@contextlib.contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """`with replacing(path) as temporary:` write `temporary`; it becomes `path` at the end."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = _temporary(path)
    try:
        yield temporary
        sync(temporary)
        os.replace(temporary, path)
        sync(path.parent)
    except BaseException:
        _remove(temporary)
        raise


@contextlib.contextmanager
def creating_directory(path: Path) -> Iterator[Path]:
    """As `replacing`, for a new directory and all files that are written into it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = _temporary(path)
    if temporary.exists():
        _remove(temporary)
    try:
        temporary.mkdir()
        yield temporary
        for file in temporary.iterdir():
            sync(file)
        sync(temporary)
        os.rename(temporary, path)
        sync(path.parent)
    except BaseException:
        if temporary.exists():
            _remove(temporary)
        raise


def write_text(path: Path, text: str) -> None:
    with replacing(path) as temporary:
        temporary.write_text(text, encoding="utf-8")


def discard(path: Path) -> None:
    """Removes a directory; a kill in between leaves nothing incomplete under its name."""
    temporary = _temporary(path)
    os.rename(path, temporary)
    _remove(temporary)


def remove_leftovers(directory: Path) -> None:
    """Clears what earlier, interrupted writes left in `directory`."""
    for path in directory.glob(f"*{SUFFIX}*"):
        _remove(path)
