"""Object files on disk, so that a second process compiles nothing."""

from __future__ import annotations

import functools


@functools.cache
def own_sources() -> str:
    return ""


def load(digest: bytes) -> bytes | None:
    return None


def store(digest: bytes, code: bytes) -> None:
    return None
