"""Event files of `torch.utils.tensorboard`: their records, checksums and summaries."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pytest

import loxley as torch
from loxley.utils.tensorboard import SummaryWriter
from loxley.utils.tensorboard.events import masked_crc
from loxley.utils.tensorboard.summary import png


def fields(data: bytes) -> list[tuple[int, object]]:
    """The fields of a message: numbers, floats and blocks."""
    found, at = [], 0

    def varint() -> int:
        nonlocal at
        value = shift = 0
        while True:
            byte = data[at]
            at += 1
            value |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return value

    while at < len(data):
        key = varint()
        kind = key & 7
        if kind == 0:
            value: object = varint()
        else:
            size = varint() if kind == 2 else {1: 8, 5: 4}[kind]
            value, at = data[at : at + size], at + size
            if kind != 2:
                value = struct.unpack("<d" if size == 8 else "<f", value)[0]
        found.append((key >> 3, value))
    return found


def events(folder: Path) -> list[dict]:
    (path,) = folder.glob("events.out.tfevents.*")
    data, at, made = path.read_bytes(), 0, []
    while at < len(data):
        size, check = struct.unpack_from("<QI", data, at)
        assert check == masked_crc(data[at : at + 8])
        content = data[at + 12 : at + 12 + size]
        (check,) = struct.unpack_from("<I", data, at + 12 + size)
        assert check == masked_crc(content)
        made.append(dict(fields(content)))
        at += size + 16
    return made


def values(folder: Path) -> list[dict]:
    summaries = [event[5] for event in events(folder) if 5 in event]
    return [dict(fields(dict(fields(summary))[1])) for summary in summaries]


def test_checksum_of_the_format() -> None:
    # RFC 3720's example: CRC-32C of 32 zero bytes is 8A9136AA.
    crc = 0x8A9136AA
    assert masked_crc(bytes(32)) == ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF


def test_scalars(tmp_path: Path) -> None:
    with SummaryWriter(tmp_path) as writer:
        for step in range(3):
            writer.add_scalar("loss", torch.tensor(0.5) * step, step, walltime=7.0)
        writer.add_scalars("both", {"a": 1.0, "b": 2.0}, 4)
    first, *rest = events(tmp_path)
    assert first[3] == b"brain.Event:2"
    assert [(event[1], event.get(2, 0)) for event in rest] == [(7.0, 0), (7.0, 1), (7.0, 2)]
    assert [(v[1], v[2]) for v in values(tmp_path)] == [
        (b"loss", 0.0),
        (b"loss", 0.5),
        (b"loss", 1),
    ]
    assert [(v[1], v[2]) for v in values(tmp_path / "both_b")] == [(b"both", 2.0)]
    with pytest.raises(AssertionError, match="should contain one element"):
        writer.add_scalar("loss", torch.ones(2))


def test_histogram_of_tensorflow(tmp_path: Path) -> None:
    with SummaryWriter(tmp_path) as writer:
        writer.add_histogram("h", torch.tensor([0.0, 0.0, 3.0]))
    (made,) = values(tmp_path)
    numbers = dict(fields(made[5]))
    assert [numbers[i] for i in (2, 3, 4, 5)] == [3.0, 3.0, 3.0, 9.0]
    counts, limits = np.frombuffer(numbers[7]), np.frombuffer(numbers[6])
    assert len(counts) == len(limits)
    assert counts[[0, 1, -1]].tolist() == [0.0, 2.0, 1.0]
    assert limits[0] == 0.0 and limits[1] == 1e-12 and limits[-2] < 3.0 < limits[-1]


def test_pictures_texts_and_settings(tmp_path: Path) -> None:
    with SummaryWriter(str(tmp_path)) as writer:
        writer.add_images("is", torch.zeros(9, 1, 2, 3))
        writer.add_text("t", "hello")
        writer.add_hparams({"lr": 0.1, "name": "adam"}, {"acc": 1.0}, run_name="run")
    image, text = values(tmp_path)
    sizes = dict(fields(image[4]))
    assert [sizes[i] for i in (1, 2, 3)] == [4, 24, 3]
    assert sizes[4].startswith(b"\x89PNG")
    assert text[1] == b"t/text_summary"
    assert dict(fields(text[8]))[8] == b"hello"
    tags = [made[1] for made in values(tmp_path / "run")]
    assert tags == [
        *(b"_hparams_/experiment", b"_hparams_/session_start_info"),
        *(b"_hparams_/session_end_info", b"acc"),
    ]


def test_png_can_be_read(tmp_path: Path) -> None:
    image = pytest.importorskip("PIL.Image")
    pixels = np.arange(24, dtype=np.uint8).reshape(2, 4, 3)
    (tmp_path / "a.png").write_bytes(png(pixels))
    assert np.array_equal(np.asarray(image.open(tmp_path / "a.png")), pixels)


def test_what_is_missing_says_so(tmp_path: Path) -> None:
    with SummaryWriter(tmp_path) as writer, pytest.raises(NotImplementedError, match="add_graph"):
        writer.add_graph(None)
