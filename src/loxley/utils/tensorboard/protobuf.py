"""Messages of protocol buffers, written by hand: fields of numbers, texts and messages.

Comes in: (field number, value) pairs; goes out: bytes. Values that are None or a default of
proto3 (zero, empty) are left out, as its writers do.

Source: https://protobuf.dev/programming-guides/encoding/
"""

from __future__ import annotations

import struct
from collections.abc import Iterable


def varint(value: int) -> bytes:
    """A whole number, seven bits a byte, the low ones first."""
    value &= (1 << 64) - 1
    parts = bytearray()
    while value > 127:
        parts.append(value & 127 | 128)
        value >>= 7
    parts.append(value)
    return bytes(parts)


def whole(number: int, value: int | None) -> bytes:
    """An integer, boolean or enumeration."""
    return varint(number << 3) + varint(value) if value else b""


def single(number: int, value: float | None, always: bool = False) -> bytes:
    """A float of 32 bits; `always` for members of a oneof, which are written even if zero."""
    if value is None or (not always and value == 0):
        return b""
    return varint(number << 3 | 5) + struct.pack("<f", value)


def double(number: int, value: float | None, always: bool = False) -> bytes:
    """A float of 64 bits."""
    if value is None or (not always and value == 0):
        return b""
    return varint(number << 3 | 1) + struct.pack("<d", value)


def block(number: int, value: bytes | str | None, always: bool = False) -> bytes:
    """A text, bytes or a message; `always` for messages that are there though empty."""
    if value is None or (not always and not value):
        return b""
    data = value.encode() if isinstance(value, str) else value
    return varint(number << 3 | 2) + varint(len(data)) + data


def doubles(number: int, values: Iterable[float]) -> bytes:
    """Floats of 64 bits, packed."""
    return block(number, b"".join(struct.pack("<d", value) for value in values))
