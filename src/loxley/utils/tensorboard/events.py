"""Event files, which TensorBoard reads: records with checksums, appended to one file.

Source: https://www.tensorflow.org/tutorials/load_data/tfrecord#tfrecords_format_details
"""

from __future__ import annotations

import os
import socket
import struct
import threading
import time
from itertools import count

from .protobuf import block, double, whole

_POLYNOMIAL = 0x82F63B78  # CRC-32C, bits reversed
_NUMBERS = count()


def _table() -> list[int]:
    made = []
    for entry in range(256):
        for _ in range(8):
            entry = entry >> 1 ^ (_POLYNOMIAL if entry & 1 else 0)
        made.append(entry)
    return made


_TABLE = _table()


def masked_crc(data: bytes) -> int:
    """CRC-32C of `data`, rotated and shifted as the format wants it."""
    crc = 0xFFFFFFFF
    for byte in data:
        crc = _TABLE[(crc ^ byte) & 255] ^ crc >> 8
    crc ^= 0xFFFFFFFF
    return ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF


def record(data: bytes) -> bytes:
    """`data` with its length and both checksums."""
    length = struct.pack("<Q", len(data))
    ends = struct.pack("<I", masked_crc(length)), struct.pack("<I", masked_crc(data))
    return length + ends[0] + data + ends[1]


class EventFile:
    """A file of events in a folder, which is made; written out every `flush_secs` seconds."""

    def __init__(self, folder: str, flush_secs: float, suffix: str) -> None:
        os.makedirs(folder, exist_ok=True)
        who = f"{socket.gethostname()}.{os.getpid()}.{next(_NUMBERS)}"
        name = f"events.out.tfevents.{int(time.time()):010d}.{who}{suffix}"
        self._file = open(os.path.join(folder, name), "wb")  # noqa: SIM115 - closed by `close`
        self._flush_secs, self._flushed, self._lock = flush_secs, time.time(), threading.Lock()
        self.write(block(3, "brain.Event:2"), None, None)
        self.flush()

    def write(self, content: bytes, step: int | None, wall_time: float | None) -> None:
        """Append an event: an encoded field, at a step and a time in seconds (None: now)."""
        now = time.time()
        event = double(1, now if wall_time is None else wall_time) + whole(2, step) + content
        with self._lock:
            self._file.write(record(event))
        if now - self._flushed > self._flush_secs:
            self.flush()

    def flush(self) -> None:
        """Hand all events to the file."""
        with self._lock:
            self._file.flush()
        self._flushed = time.time()

    def close(self) -> None:
        """Hand all events to the file and close it."""
        with self._lock:
            self._file.close()
