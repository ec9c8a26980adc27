"""safetensors files: named tensors and text, written in one stroke, read through mmap.

Layout: 8 bytes of length N (little endian), N bytes of JSON naming each tensor's dtype, shape and
range of bytes, then the bytes themselves without gaps.  A file can only hold data: nothing in it
is executed.  https://github.com/huggingface/safetensors#format

No field is believed: lengths, shapes and ranges are held against the file's size before use, and
what does not fit is a ValueError that names it.
"""

from __future__ import annotations

import json
import math
import mmap
import os
import struct
from collections.abc import Iterator, Mapping
from typing import Any, BinaryIO

import numpy as np

from .. import dtypes as dt
from ..tensor import Tensor
from .archive import atomic_file

_MAX_HEADER = 100_000_000
_METADATA = "__metadata__"
_DTYPES = {
    "BOOL": dt.bool_,
    "U8": dt.uint8,
    "I8": dt.int8,
    "I16": dt.int16,
    "U16": dt.uint16,
    "I32": dt.int32,
    "U32": dt.uint32,
    "I64": dt.int64,
    "U64": dt.uint64,
    "F16": dt.float16,
    "BF16": dt.bfloat16,
    "F32": dt.float32,
    "F64": dt.float64,
    "C64": dt.complex64,
    "F8_E4M3": dt.float8_e4m3fn,
    "F8_E5M2": dt.float8_e5m2,
    "F8_E8M0": dt.float8_e8m0fnu,
    "F8_E4M3FNUZ": dt.float8_e4m3fnuz,
    "F8_E5M2FNUZ": dt.float8_e5m2fnuz,
}
_NAMES = {kind: name for name, kind in _DTYPES.items()}
_ELSEWHERE = {"F6_E2M3", "F6_E3M2", "F4"}


class SafetensorsFile:
    """A safetensors file, opened through mmap: `names`, `metadata`, and tensors as asked for.

    Raises FileNotFoundError for a missing file, ValueError for one that is truncated or whose
    header contradicts its size, NotImplementedError for a dtype that we do not have.

    >>> with SafetensorsFile("model.safetensors") as file:     # doctest: +SKIP
    ...     weight = file.read(file.names[0])
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = os.fspath(path)
        with open(self.path, "rb") as file:
            size = os.fstat(file.fileno()).st_size
            if size < 8:
                raise self._error(f"{size} bytes are too few for a header")
            # Private pages: a tensor over them can be written to, the file never changes.
            self._data = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_COPY)
        header = self._header(size)
        self.metadata = self._metadata(header.pop(_METADATA, {}))
        self._entries = {name: self._entry(name, fields, size) for name, fields in header.items()}
        self._check_cover(size)

    @property
    def names(self) -> list[str]:
        return list(self._entries)

    def _error(self, message: str) -> ValueError:
        return ValueError(f"{self.path}: not a valid safetensors file: {message}")

    def _header(self, size: int) -> dict[str, Any]:
        length = struct.unpack_from("<Q", self._data, 0)[0]
        if length > min(_MAX_HEADER, size - 8):
            raise self._error(f"a header of {length} bytes in a file of {size}")
        self._start = 8 + length
        try:
            header = json.loads(self._data[8 : self._start], object_pairs_hook=self._unique)
        except (UnicodeDecodeError, json.JSONDecodeError, RecursionError) as error:
            raise self._error(f"the header is not JSON: {error}") from None
        if not isinstance(header, dict):
            raise self._error("the header is not a JSON object")
        return header

    def _unique(self, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        made = dict(pairs)
        if len(made) != len(pairs):
            raise self._error("a name in the header is there twice")
        return made

    def _metadata(self, fields: Any) -> dict[str, str]:
        if not isinstance(fields, dict) or not all(isinstance(v, str) for v in fields.values()):
            raise self._error("the metadata is not a map from text to text")
        return fields

    def _entry(
        self, name: str, fields: Any, size: int
    ) -> tuple[dt.dtype, tuple[int, ...], int, int]:
        """(dtype, shape, first byte, last byte + 1) of a tensor, checked against the file."""
        if not isinstance(fields, dict) or set(fields) != {"dtype", "shape", "data_offsets"}:
            raise self._error(f"tensor {name!r} lacks dtype, shape or data_offsets")
        if isinstance(fields["dtype"], str) and fields["dtype"] in _ELSEWHERE:
            raise NotImplementedError(f"{self.path}: tensor {name!r} has dtype {fields['dtype']}")
        kind = _DTYPES.get(fields["dtype"]) if isinstance(fields["dtype"], str) else None
        if kind is None:
            raise self._error(f"tensor {name!r} has the unknown dtype {fields['dtype']!r:.40}")
        shape, offsets = fields["shape"], fields["data_offsets"]
        if not _naturals(shape) or not _naturals(offsets) or len(offsets) != 2:
            raise self._error(f"tensor {name!r}: shape {shape!r:.80}, offsets {offsets!r:.80}")
        start, end = self._start + offsets[0], self._start + offsets[1]
        if not start <= end <= size or end - start != math.prod(shape) * kind.itemsize:
            raise self._error(
                f"tensor {name!r}, shape {shape}, {fields['dtype']}, does not fit bytes "
                f"{start} to {end} of {size}"
            )
        return kind, tuple(shape), start, end

    def _check_cover(self, size: int) -> None:
        """The tensors' bytes follow one another without gap or overlap up to the end."""
        at = self._start
        for name, (_, _, start, end) in sorted(self._entries.items(), key=lambda e: e[1][2:]):
            if start != at:
                raise self._error(f"tensor {name!r} begins at byte {start}, expected {at}")
            at = end
        if at != size:
            raise self._error(f"the tensors end at byte {at}, the file at {size}")

    def read(self, name: str) -> Tensor:
        """The tensor of that name, over the file's mapped pages; KeyError where there is none."""
        if name not in self._entries:
            raise KeyError(f"{self.path}: no tensor {name!r} in this file")
        kind, shape, start, end = self._entries[name]
        raw = np.frombuffer(self._data, np.uint8, end - start, start)
        if kind is dt.bool_:
            array = raw != 0
        else:
            array = raw.view(kind.numpy)
        if not array.flags.aligned:
            array = array.copy()
        return Tensor._from_array(array.reshape(shape), kind)

    def __enter__(self) -> SafetensorsFile:
        return self

    def __exit__(self, *exc: object) -> None:
        """The pages live as long as the tensors over them."""


def _naturals(values: Any) -> bool:
    return isinstance(values, list) and all(type(v) is int and 0 <= v < 2**63 for v in values)


def load_file(path: str | os.PathLike[str]) -> dict[str, Tensor]:
    """All tensors of a file by name."""
    file = SafetensorsFile(path)
    return {name: file.read(name) for name in file.names}


def save_file(
    tensors: Mapping[str, Tensor],
    path: str | os.PathLike[str],
    metadata: Mapping[str, str] | None = None,
) -> None:
    """Writes named tensors, atomically: what has the final name is whole.

    Raises OSError where it cannot be written, TypeError and ValueError for what the format
    cannot hold.
    """
    with atomic_file(path) as file:
        _write(file, tensors, metadata)


def _write(
    file: BinaryIO, tensors: Mapping[str, Tensor], metadata: Mapping[str, str] | None
) -> None:
    header: dict[str, Any] = {}
    if metadata is not None:
        if not all(isinstance(text, str) for pair in metadata.items() for text in pair):
            raise TypeError("safetensors: metadata must be a map from text to text")
        header[_METADATA] = dict(metadata)
    at = 0
    ordered = list(_ordered(tensors))
    for name, tensor in ordered:
        end = at + tensor.numel() * tensor.dtype.itemsize
        header[name] = {
            "dtype": _NAMES[tensor.dtype],
            "shape": list(tensor.shape),
            "data_offsets": [at, end],
        }
        at = end
    text = json.dumps(header, separators=(",", ":"), ensure_ascii=False).encode()
    text += b" " * (-len(text) % 8)
    file.write(struct.pack("<Q", len(text)) + text)
    for _, tensor in ordered:
        file.write(np.ascontiguousarray(tensor.detach()._array()).reshape(-1).view(np.uint8).data)


def _ordered(tensors: Mapping[str, Tensor]) -> Iterator[tuple[str, Tensor]]:
    """Widest dtypes first, so that each tensor is aligned; then by name."""
    for name, tensor in tensors.items():
        if not isinstance(tensor, Tensor):
            raise TypeError(f"safetensors: {name!r} is a {type(tensor).__name__}, not a Tensor")
        if tensor.dtype not in _NAMES:
            raise ValueError(f"safetensors: {name!r} has dtype {tensor.dtype}, not in the format")
        if name == _METADATA:
            raise ValueError(f"safetensors: a tensor cannot be named {_METADATA!r}")
    yield from sorted(tensors.items(), key=lambda item: (-item[1].dtype.itemsize, item[0]))
