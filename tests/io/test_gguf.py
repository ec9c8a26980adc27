"""The GGUF reader: what it decodes, and that no field of a damaged file is believed."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pytest

from loxley.io.gguf import GGUFFile
from tests import gguf_files
from tests.gguf_files import gguf, string, value, write

ARRAY = np.linspace(-2, 3, 3 * 64, dtype="f4").reshape(3, 64)


def header(tensors: int = 0, pairs: int = 0, version: int = 3, magic: bytes = b"GGUF") -> bytes:
    return magic + struct.pack("<IQQ", version, tensors, pairs)


def refused(tmp_path: Path, content: bytes, message: str) -> None:
    path = write(tmp_path / "bad.gguf", content)
    with pytest.raises(ValueError, match=message) as caught:
        GGUFFile(path)
    assert "bad.gguf" in str(caught.value)


@pytest.mark.parametrize(
    ("kind", "tolerance"),
    [("F32", 0), ("F16", 2e-3), ("BF16", 2e-2), ("Q8_0", 0.02), ("Q4_0", 0.25), ("Q4_1", 0.15)],
)
def test_each_storage_type_is_decoded(tmp_path: Path, kind: str, tolerance: float) -> None:
    path = write(tmp_path / "a.gguf", gguf({}, {"x": ("F32", ARRAY[0]), "y": (kind, ARRAY)}))
    with GGUFFile(path) as file:
        assert file.tensors["y"].shape == (3, 64)
        assert file.tensors["y"].storage.name == kind
        decoded = file.read("y")
    assert decoded.dtype == np.float32 and decoded.flags.writeable
    np.testing.assert_allclose(decoded, ARRAY, atol=tolerance, rtol=0)


def test_q4_1_block_by_hand(tmp_path: Path) -> None:
    content = gguf({}, {"x": ("Q4_1", np.zeros((1, 32)))})
    scales = np.array([0.5, -1], "<f2").tobytes()
    block = scales + bytes(range(0x10, 0x100, 0x0F))[:16]
    content = content[: -(-len(content) // 32) * 32 - 32] + block + bytes(12)
    with GGUFFile(write(tmp_path / "q.gguf", content)) as file:
        decoded = file.read("x")[0]
    packed = np.frombuffer(block[4:], np.uint8)
    np.testing.assert_array_equal(decoded[:16], 0.5 * (packed & 15) - 1)
    np.testing.assert_array_equal(decoded[16:], 0.5 * (packed >> 4) - 1)


def test_metadata_of_every_shape(tmp_path: Path) -> None:
    metadata = {
        "a": 7,
        "b": 0.5,
        "c": "h\u00e9",
        "d": True,
        "e": ["x", "", "yz"],
        "f": [1, 2],
        "g": [["a"], ["b", "c"]],
        "h": [],
        "general.alignment": 64,
    }
    with GGUFFile(write(tmp_path / "m.gguf", gguf(metadata, {}, alignment=64))) as file:
        assert file.metadata == metadata


def test_a_missing_tensor_is_named(tmp_path: Path) -> None:
    with GGUFFile(write(tmp_path / "m.gguf", gguf({}, {"x": ("F32", ARRAY)}))) as file:
        with pytest.raises(KeyError, match="no tensor 'y'"):
            file.read("y")


def test_a_missing_file() -> None:
    with pytest.raises(FileNotFoundError):
        GGUFFile("/nonexistent/model.gguf")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "too few for a header"),
        (header(magic=b"GGUX"), "does not begin with 'GGUF'"),
        (header(version=2), "version 2 is not supported"),
        (header(tensors=2**63), "tensors needs"),
        (header(pairs=2**62), "metadata pairs"),
        (header(pairs=1) + struct.pack("<Q", 2**60) + bytes(20), "key of metadata pair 0 needs"),
        (header(pairs=1) + string(b"\xff\xfe") + value(1) + bytes(9), "not UTF-8"),
        (header(pairs=1) + string("k") + struct.pack("<I", 99) + bytes(9), "unknown value type 99"),
        (header(pairs=1) + string("") + value(1) + bytes(9), "empty"),
        (header(pairs=2) + (string("k") + value(1)) * 2, "repeated"),
        (
            header(pairs=1) + string("k") + struct.pack("<IIQ", 9, 8, 2**61),
            "'k' needs 18446744073709551616",
        ),
        (header(pairs=1) + string("k") + struct.pack("<IIQ", 9, 10, 2**61), "'k' needs"),
        (header(pairs=1) + string("k") + value(["abc"])[:-1], "element 0 of 'k' needs 3 bytes"),
        (header(pairs=1) + string("k") + value([[[[[1]]]]]), "nests arrays"),
        (header(pairs=1) + string("general.alignment") + value(24), "alignment 24"),
        (header(pairs=1) + string("general.alignment") + value("x"), "alignment 'x'"),
        (header(pairs=1) + string("general.alignment") + value(1 << 30), "larger than the file"),
    ],
)
def test_hostile_headers(tmp_path: Path, content: bytes, message: str) -> None:
    refused(tmp_path, content, message)


def tensor(
    name: str = "x", dims: tuple[int, ...] = (32,), kind: int = 0, offset: int = 0, rank: int = -1
) -> bytes:
    rank = len(dims) if rank < 0 else rank
    record = string(name) + struct.pack(f"<I{len(dims)}Q", rank, *dims)
    return record + struct.pack("<IQ", kind, offset)


@pytest.mark.parametrize(
    ("records", "message"),
    [
        ([tensor(rank=0)], "rank 0"),
        ([tensor(rank=5)], "rank 5"),
        ([tensor(kind=12)], "storage type 12"),
        ([tensor(dims=(33,), kind=8)], "do not fill Q8_0"),
        ([tensor(dims=(0,))], "dimension of 0"),
        ([tensor(offset=4)], "not a multiple of 32"),
        ([tensor(dims=(2**40, 2**40))], "the file ends at"),
        ([tensor(offset=2**63)], "the file ends at"),
        ([tensor(), tensor()], "twice"),
    ],
)
def test_hostile_tensors(tmp_path: Path, records: list[bytes], message: str) -> None:
    refused(tmp_path, header(tensors=len(records)) + b"".join(records) + bytes(256), message)


def test_every_truncation_is_refused(tmp_path: Path) -> None:
    content = gguf({"k": ["ab", "c"], "n": 5}, {"x": ("Q8_0", ARRAY), "y": ("F32", ARRAY[0])})
    path = tmp_path / "cut.gguf"
    for length in range(len(content)):
        write(path, content[:length])
        with pytest.raises(ValueError, match="not a valid GGUF file"):
            GGUFFile(path)


def test_random_damage_is_refused_or_harmless(tmp_path: Path) -> None:
    content = gguf_files.tiny_language_model()
    generator = np.random.default_rng(3)
    path = tmp_path / "noise.gguf"
    for _ in range(200):
        damaged = bytearray(content)
        for place in generator.integers(0, 6000, 3):
            damaged[place] = generator.integers(256)
        write(path, bytes(damaged))
        try:
            with GGUFFile(path) as file:
                for name in file.tensors:
                    file.read(name)
        except ValueError:
            pass
