"""The channel between a loader and a worker: objects over a socket, arrays in shared memory.

In: any picklable object.  Out: the same object in the other process.  Tensors and NumPy arrays
in it travel in one anonymous block of shared memory per message, whose descriptor goes along;
the receiver's tensors are views of that block, which lives until the last of them is gone.
The block has no name, so that nothing is left behind however the processes end.
Two tensors that shared memory in the sender no longer share it in the receiver.
"""

from __future__ import annotations

import ctypes
import io
import mmap
import os
import pickle
import socket
import struct
import tempfile
from typing import Any

import numpy as np

from ....tensor import Tensor
from .tensors import rebuild_tensor, take_apart

SUPPORTED = hasattr(socket, "send_fds")
_HEADER = struct.Struct("=QQQ")  # bytes of the pickle, bytes of the block, arrays in it
_EXTENT = struct.Struct("=QQ")  # offset, bytes of one array
_ALIGNMENT = 64
# A longer pickle goes into the block too: what sits in the socket stays small, so that neither
# side ever waits for room in it while the other does the same.
_INLINE_BYTES = 512
_TOO_MANY_FILES = (
    "Too many open files. Communication with the workers is no longer possible. "
    "Please increase the limit using `ulimit -n` in the shell"
)


if SUPPORTED:
    _libc = ctypes.CDLL(None, use_errno=True)
    _mmap, _munmap = _libc.mmap, _libc.munmap
    _mmap.restype = ctypes.c_void_p
    _mmap.argtypes = [
        ctypes.c_void_p,
        ctypes.c_size_t,
        ctypes.c_int,
        ctypes.c_int,
        ctypes.c_int,
        ctypes.c_int64,
    ]
    _munmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t]


class Channel:
    """One end of a two-way connection that carries Python objects.

    `receive` raises EOFError when the other end is gone.
    """

    def __init__(self, end: socket.socket) -> None:
        self._socket = end

    def fileno(self) -> int:
        return self._socket.fileno()

    def close(self) -> None:
        self._socket.close()

    def send(self, message: Any) -> None:
        """Send an object; pickling errors arise here, before anything is sent."""
        text, arrays = _dump(message)
        if not arrays and len(text) <= _INLINE_BYTES:
            self._socket.sendall(_HEADER.pack(len(text), 0, 0) + text)
            return
        block = _fill_block(text, arrays)
        try:
            header = _HEADER.pack(len(text), block.array.size, len(arrays))
            sent = socket.send_fds(self._socket, [header], [block.descriptor])
            self._socket.sendall(header[sent:])
        finally:
            os.close(block.descriptor)

    def receive(self) -> Any:
        """Wait for an object and give it."""
        head, descriptors, _, _ = socket.recv_fds(self._socket, _HEADER.size, 1)
        if not head:
            raise EOFError
        head += self._read(_HEADER.size - len(head))
        length, total, count = _HEADER.unpack(head)
        if not total:
            return pickle.loads(self._read(length))
        if not descriptors:
            raise RuntimeError(_TOO_MANY_FILES)
        return _read_block(_Block.adopt(descriptors[0], total).array, length, count)

    def _read(self, size: int) -> bytes:
        data = bytearray()
        while len(data) < size:
            piece = self._socket.recv(size - len(data))
            if not piece:
                raise EOFError
            data += piece
        return bytes(data)


def pair() -> tuple[Channel, Channel]:
    """Two connected ends."""
    ours, theirs = socket.socketpair()
    return Channel(ours), Channel(theirs)


def _fill_block(text: bytes, arrays: list[np.ndarray]) -> _Block:
    """A block with the arrays' extents, the pickle and the arrays, in this order."""
    end = _aligned(_EXTENT.size * len(arrays) + len(text))
    extents = []
    for array in arrays:
        extents.append((end, array.size))
        end += _aligned(array.size)
    block = _Block.create(end)
    head = b"".join(_EXTENT.pack(*extent) for extent in extents) + text
    block.array[: len(head)] = np.frombuffer(head, np.uint8)
    for (start, size), array in zip(extents, arrays):
        block.array[start : start + size] = array
    return block


def _read_block(block: np.ndarray, length: int, count: int) -> Any:
    table = _EXTENT.size * count
    extents = _EXTENT.iter_unpack(block[:table])
    views = [block[start : start + size] for start, size in extents]
    return pickle.loads(block[table : table + length], buffers=views)


def _aligned(size: int) -> int:
    return -(-size // _ALIGNMENT) * _ALIGNMENT


class _Pickler(pickle.Pickler):
    """Tensors and arrays give their bytes to `arrays` instead of to the pickle."""

    def __init__(self, file: io.BytesIO) -> None:
        self.arrays: list[np.ndarray] = []
        super().__init__(file, protocol=5, buffer_callback=self._keep)

    def _keep(self, buffer: pickle.PickleBuffer) -> None:
        self.arrays.append(np.frombuffer(buffer.raw(), np.uint8))

    def reducer_override(self, obj: Any) -> Any:
        if type(obj) is not Tensor or obj.is_meta:
            return NotImplemented
        data, how = take_apart(obj)
        return rebuild_tensor, (pickle.PickleBuffer(data), how)


def _dump(message: Any) -> tuple[bytes, list[np.ndarray]]:
    file = io.BytesIO()
    pickler = _Pickler(file)
    pickler.dump(message)
    return file.getvalue(), pickler.arrays


class _Block:
    """Anonymous shared memory: `array` is its bytes, unmapped when nothing refers to it."""

    def __init__(self, descriptor: int, size: int) -> None:
        self.descriptor = descriptor
        self.array = np.asarray(_Mapping(descriptor, size))

    @classmethod
    def create(cls, size: int) -> _Block:
        """A new block; OSError where there is not so much memory to be had."""
        descriptor = _anonymous_file()
        try:
            if hasattr(os, "posix_fallocate"):
                # Claimed now: to run out later would be a bus error.
                os.posix_fallocate(descriptor, 0, size)
            else:
                os.ftruncate(descriptor, size)
            return cls(descriptor, size)
        except BaseException:
            os.close(descriptor)
            raise

    @classmethod
    def adopt(cls, descriptor: int, size: int) -> _Block:
        """The block behind a received descriptor, which is closed: the mapping needs it no more."""
        try:
            return cls(descriptor, size)
        finally:
            os.close(descriptor)


def _anonymous_file() -> int:
    if hasattr(os, "memfd_create"):
        return os.memfd_create("loxley", os.MFD_CLOEXEC)
    with tempfile.TemporaryFile() as file:
        return os.dup(file.fileno())


class _Mapping:
    """A shared mapping that keeps no descriptor open (the mmap module's would).

    An epoch kept as a list of batches would otherwise run into the limit on open files.
    """

    def __init__(self, descriptor: int, size: int) -> None:
        protection = mmap.PROT_READ | mmap.PROT_WRITE
        address = _mmap(None, size, protection, mmap.MAP_SHARED, descriptor, 0)
        if address == ctypes.c_void_p(-1).value:
            error = ctypes.get_errno()
            raise OSError(error, os.strerror(error))
        self._address, self._size = address, size
        self._unmap = _munmap  # kept: module globals may be gone when the interpreter ends
        self.__array_interface__ = {
            "shape": (size,),
            "typestr": "|u1",
            "data": (address, False),
            "version": 3,
        }

    def __del__(self) -> None:
        if hasattr(self, "_address"):
            self._unmap(self._address, self._size)
