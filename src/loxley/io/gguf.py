"""GGUF files: a mapped file comes in, metadata and float32 NumPy arrays go out.

Layout, version 3, little endian: magic, version, counts of tensors and metadata pairs; the pairs;
one record per tensor (name, dimensions innermost first, storage type, offset); padding up to the
alignment; the data.  https://github.com/ggml-org/ggml/blob/master/docs/gguf.md

No field is believed: each count, length, dimension and offset is held against the bytes that the
file really has before anything of that size is made, and what does not fit is a ValueError that
names the field.
"""

from __future__ import annotations

import math
import mmap
import os
import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

MAGIC = b"GGUF"
VERSION = 3
DEFAULT_ALIGNMENT = 32
MAX_DIMENSIONS = 4
MAX_NESTING = 4
MAX_NAME = 65535

# GGUF's value types: struct formats of the scalars, then the two that have a length of their own.
_SCALARS = {
    0: "<B",
    1: "<b",
    2: "<H",
    3: "<h",
    4: "<I",
    5: "<i",
    6: "<f",
    7: "<?",
    10: "<Q",
    11: "<q",
    12: "<d",
}
_STRING, _ARRAY = 8, 9
_NUMPY_SCALARS = {code: np.dtype(form) for code, form in _SCALARS.items()}


def _from_bf16(raw: np.ndarray) -> np.ndarray:
    return (raw.view("<u2").astype(np.uint32) << 16).view(np.float32)


def _from_q8_0(raw: np.ndarray) -> np.ndarray:
    """34 bytes hold 32 values: f16 d, 32 int8 q; a value is d*q."""
    blocks = raw.reshape(-1, 34)
    scale = blocks[:, :2].copy().view("<f2").astype(np.float32)
    return scale * blocks[:, 2:].view(np.int8)


def _nibbles(packed: np.ndarray) -> np.ndarray:
    """16 bytes hold 32 values: the low halves are values 0..15, the high halves 16..31."""
    return np.concatenate([packed & 15, packed >> 4], axis=1)


def _from_q4_0(raw: np.ndarray) -> np.ndarray:
    """18 bytes hold 32 values: f16 d, 16 bytes of nibbles q; a value is d*(q-8)."""
    blocks = raw.reshape(-1, 18)
    scale = blocks[:, :2].copy().view("<f2").astype(np.float32)
    return scale * (_nibbles(blocks[:, 2:]).view(np.int8) - np.int8(8))


def _from_q4_1(raw: np.ndarray) -> np.ndarray:
    """20 bytes hold 32 values: f16 d, f16 m, 16 bytes of nibbles q; a value is d*q+m."""
    blocks = raw.reshape(-1, 20)
    scale = blocks[:, :4].copy().view("<f2").astype(np.float32)
    return scale[:, :1] * _nibbles(blocks[:, 4:]) + scale[:, 1:]


@dataclass(frozen=True, slots=True)
class Storage:
    """How one of GGUF's tensor types lies in the file: `size` bytes hold `block` values."""

    name: str
    block: int
    size: int
    decode: Callable[[np.ndarray], np.ndarray]


STORAGES = {
    0: Storage("F32", 1, 4, lambda raw: raw.view("<f4")),
    1: Storage("F16", 1, 2, lambda raw: raw.view("<f2").astype(np.float32)),
    2: Storage("Q4_0", 32, 18, _from_q4_0),
    3: Storage("Q4_1", 32, 20, _from_q4_1),
    8: Storage("Q8_0", 32, 34, _from_q8_0),
    30: Storage("BF16", 1, 2, _from_bf16),
}


@dataclass(frozen=True, slots=True)
class TensorInfo:
    """One tensor of the file: shape (outermost dimension first), storage, place in the file."""

    name: str
    shape: tuple[int, ...]
    storage: Storage
    start: int
    nbytes: int


class _Reader:
    """A cursor over the mapped bytes; what would go past the end is an error that names it."""

    def __init__(self, data: mmap.mmap, path: str) -> None:
        self.data = data
        self.path = path
        self.size = len(data)
        self.at = 0

    def error(self, message: str) -> ValueError:
        return ValueError(f"{self.path}: not a valid GGUF file: {message}")

    def need(self, count: int, what: str) -> None:
        if count > self.size - self.at:
            raise self.error(
                f"{what} needs {count} bytes at offset {self.at}, but the file ends at {self.size}"
            )

    def bytes(self, count: int, what: str) -> bytes:
        self.need(count, what)
        self.at += count
        return self.data[self.at - count : self.at]

    def number(self, form: str, what: str) -> Any:
        self.need(struct.calcsize(form), what)
        value = struct.unpack_from(form, self.data, self.at)[0]
        self.at += struct.calcsize(form)
        return value

    def string(self, what: str) -> str:
        raw = self.bytes(self.number("<Q", f"the length of {what}"), what)
        try:
            return raw.decode("utf-8")
        except UnicodeDecodeError:
            raise self.error(f"{what} is not UTF-8") from None

    def value(self, kind: int, what: str, depth: int = 0) -> Any:
        if kind in _SCALARS:
            return self.number(_SCALARS[kind], what)
        if kind == _STRING:
            return self.string(what)
        if kind == _ARRAY:
            return self.array(what, depth)
        raise self.error(f"{what} has the unknown value type {kind}")

    def array(self, what: str, depth: int) -> list[Any]:
        if depth >= MAX_NESTING:
            raise self.error(f"{what} nests arrays more than {MAX_NESTING} deep")
        kind = self.number("<I", f"the element type of {what}")
        count = self.number("<Q", f"the length of {what}")
        if kind in _SCALARS:
            dtype = _NUMPY_SCALARS[kind]
            return np.frombuffer(self.bytes(count * dtype.itemsize, what), dtype).tolist()
        # A string takes at least its 8 bytes of length, an array 12 of type and length.
        self.need(count * (8 if kind == _STRING else 12), what)
        if kind == _STRING:
            return self.strings(count, what)
        return [self.value(kind, what, depth + 1) for _ in range(count)]

    def strings(self, count: int, what: str) -> list[str]:
        """As `count` calls of string(), at a third of the time: vocabularies are long."""
        length_at = struct.Struct("<Q").unpack_from
        data, at, last, values = self.data, self.at, self.size - 8, []
        for _ in range(count):
            if at > last or length_at(data, at)[0] > last - at:
                break
            end = at + 8 + length_at(data, at)[0]
            try:
                values.append(data[at + 8 : end].decode("utf-8"))
            except UnicodeDecodeError:
                break
            at = end
        self.at = at
        while len(values) < count:  # what stopped the loop raises its own error here
            values.append(self.string(f"element {len(values)} of {what}"))
        return values


class GGUFFile:
    """A GGUF file, opened through mmap: tensors are decoded when they are asked for.

    `metadata` is a dict of plain Python values, `tensors` a dict name -> TensorInfo.
    Raises FileNotFoundError for a missing file, ValueError for one that is truncated or
    whose fields contradict its size.

    >>> with GGUFFile("model.gguf") as file:          # doctest: +SKIP
    ...     weight = file.read("token_embd.weight")   # float32, (vocabulary, width)
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = os.fspath(path)
        with open(self.path, "rb") as file:
            size = os.fstat(file.fileno()).st_size
            if size < 24:
                raise ValueError(
                    f"{self.path}: not a valid GGUF file: {size} bytes are too few for a header"
                )
            self._data = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        try:
            self._parse(_Reader(self._data, self.path))
        except BaseException:
            self._data.close()
            raise

    def _parse(self, reader: _Reader) -> None:
        if reader.bytes(4, "the magic number") != MAGIC:
            raise reader.error("it does not begin with 'GGUF'")
        version = reader.number("<I", "the version")
        if version != VERSION:
            raise reader.error(f"version {version} is not supported (only {VERSION} is)")
        tensors = reader.number("<Q", "the number of tensors")
        pairs = reader.number("<Q", "the number of metadata pairs")
        # The least that a pair takes is 8 + 4 + 1 bytes, a tensor's record 8 + 4 + 8 + 4 + 8.
        reader.need(pairs * 13 + tensors * 32, f"{pairs} metadata pairs and {tensors} tensors")
        self.metadata = dict(self._pairs(reader, pairs))
        self.tensors = self._tensor_infos(reader, tensors)

    def _pairs(self, reader: _Reader, count: int) -> Iterator[tuple[str, Any]]:
        seen = set()
        for index in range(count):
            key = reader.string(f"the key of metadata pair {index}")
            if not key or len(key) > MAX_NAME or key in seen:
                raise reader.error(f"metadata key {key[:80]!r} is empty, too long or repeated")
            seen.add(key)
            kind = reader.number("<I", f"the type of {key!r}")
            yield key, reader.value(kind, f"{key!r}")

    def _alignment(self, reader: _Reader) -> int:
        alignment = self.metadata.get("general.alignment", DEFAULT_ALIGNMENT)
        if type(alignment) is not int or alignment <= 0 or alignment & (alignment - 1):
            raise reader.error(f"alignment {alignment!r} is not a power of two")
        if alignment > reader.size:
            raise reader.error(f"alignment {alignment} is larger than the file")
        return alignment

    def _tensor_infos(self, reader: _Reader, count: int) -> dict[str, TensorInfo]:
        alignment = self._alignment(reader)
        records = [self._record(reader, index) for index in range(count)]
        start = -(-reader.at // alignment) * alignment
        infos: dict[str, TensorInfo] = {}
        for name, shape, storage, offset in records:
            if name in infos:
                raise reader.error(f"tensor {name!r} is there twice")
            nbytes = math.prod(shape) // storage.block * storage.size
            if offset % alignment:
                raise reader.error(
                    f"tensor {name!r}: offset {offset} is not a multiple of {alignment}"
                )
            if start + offset + nbytes > reader.size:
                raise reader.error(
                    f"tensor {name!r}, shape {shape}, {storage.name}, takes bytes "
                    f"{start + offset} to {start + offset + nbytes}, but the file ends at "
                    f"{reader.size}"
                )
            infos[name] = TensorInfo(name, shape, storage, start + offset, nbytes)
        return infos

    def _record(self, reader: _Reader, index: int) -> tuple[str, tuple[int, ...], Storage, int]:
        name = reader.string(f"the name of tensor {index}")
        rank = reader.number("<I", f"the rank of tensor {name!r}")
        if not 1 <= rank <= MAX_DIMENSIONS:
            raise reader.error(f"tensor {name!r} has rank {rank} (1 to {MAX_DIMENSIONS} are known)")
        dims = [reader.number("<Q", f"the dimensions of tensor {name!r}") for _ in range(rank)]
        code = reader.number("<I", f"the type of tensor {name!r}")
        storage = STORAGES.get(code)
        if storage is None:
            known = ", ".join(s.name for s in STORAGES.values())
            raise reader.error(f"tensor {name!r} has storage type {code} (known: {known})")
        if 0 in dims:
            raise reader.error(f"tensor {name!r} has a dimension of 0")
        if dims[0] % storage.block:
            raise reader.error(
                f"tensor {name!r}: rows of {dims[0]} values do not fill {storage.name}'s "
                f"blocks of {storage.block}"
            )
        offset = reader.number("<Q", f"the offset of tensor {name!r}")
        return name, tuple(reversed(dims)), storage, offset

    def read(self, name: str) -> np.ndarray:
        """The tensor as a float32 array of its own, shape outermost dimension first.

        Raises KeyError where the file has no tensor of that name.
        """
        info = self.tensors.get(name)
        if info is None:
            raise KeyError(f"{self.path}: no tensor {name!r} in this file")
        raw = np.frombuffer(self._data, np.uint8, info.nbytes, info.start)
        values = info.storage.decode(raw)
        # An F32 tensor is decoded as a view of the map; the caller's array must outlive the file.
        if info.storage.name == "F32":
            values = values.copy()
        return values.reshape(info.shape)

    def close(self) -> None:
        self._data.close()

    def __enter__(self) -> GGUFFile:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()
