"""Summaries: what an event says of a number, a distribution, a picture, a sound or a text.

Comes in: tensors, arrays, numbers; goes out: the encoded `Summary.Value` of TensorBoard.

Source: https://docs.pytorch.org/docs/stable/tensorboard.html
"""

from __future__ import annotations

import io
import struct
import wave
import zlib
from typing import Any

import numpy as np

from ...tensor import Tensor
from .protobuf import block, double, doubles, single, whole

_FLOAT, _DOUBLE, _STRING = 1, 2, 7  # kinds of tensors
_COLOURS = {1: 0, 2: 4, 3: 2, 4: 6}  # {channels: PNG's name for them}


def make_np(x: Any) -> np.ndarray:
    """`x` as an array; NotImplementedError unless it is an array, a number or a tensor."""
    if isinstance(x, np.ndarray):
        return x
    if isinstance(x, Tensor):
        return x.detach().cpu().numpy()
    if np.isscalar(x):
        return np.array([x])
    raise NotImplementedError(f"Got {type(x)}, but numpy array or torch tensor are expected.")


def _metadata(plugin: str, content: bytes = b"") -> bytes:
    return block(9, block(1, block(1, plugin) + block(2, content)))


def scalar(tag: str, value: Any, new_style: bool = False, double_precision: bool = False) -> bytes:
    """A number: `value` holds one. Only the new style knows double precision."""
    array = make_np(value).squeeze()
    if array.ndim != 0:
        raise AssertionError(
            "Tensor should contain one element (0 dimensions).             Was given size: "
            f"{array.size} and {array.ndim} dimensions."
        )
    number = float(array)
    if not new_style:
        return block(1, tag) + single(2, number, always=True)
    if double_precision:
        tensor = whole(1, _DOUBLE) + block(6, struct.pack("<d", number))
    else:
        tensor = whole(1, _FLOAT) + block(5, struct.pack("<f", number))
    return block(1, tag) + block(8, tensor) + _metadata("scalars")


def _default_bins() -> np.ndarray:
    """Edges that grow by a tenth from 1e-12 to 1e20, mirrored about zero."""
    edges, edge = [], 1e-12
    while edge < 1e20:
        edges.append(edge)
        edge *= 1.1
    return np.array([-each for each in reversed(edges)] + [0.0] + edges)


def histogram(tag: str, values: Any, bins: Any, max_bins: int | None = None) -> bytes:
    """How values are distributed; `bins` is "tensorflow" or what numpy.histogram takes."""
    array = make_np(values).astype(float).reshape(-1)
    if array.size == 0:
        raise ValueError("The input has no element.")
    counts, limits = np.histogram(array, bins=_default_bins() if bins == "tensorflow" else bins)
    if max_bins is not None and len(counts) > max_bins:
        counts, limits = _join_bins(counts, limits, max_bins)
    filled = np.flatnonzero(counts)
    if filled.size == 0:
        raise ValueError("The histogram is empty, please file a bug report.")
    first, last = filled[0], filled[-1]
    # One empty bin stands before the first filled one.
    kept = counts[first - 1 : last + 1] if first > 0 else np.concatenate([[0], counts[: last + 1]])
    edges = limits[first : last + 2]
    return histogram_raw(
        tag,
        array.min(),
        array.max(),
        len(array),
        array.sum(),
        array.dot(array),
        edges.tolist(),
        kept.tolist(),
    )


def _join_bins(
    counts: np.ndarray, limits: np.ndarray, max_bins: int
) -> tuple[np.ndarray, np.ndarray]:
    step = len(counts) // max_bins
    left = len(counts) % step
    if left:
        counts = np.pad(counts, (0, step - left))
    joined = np.append(limits[:-1][::step], limits[-1])
    return counts.reshape(-1, step).sum(-1), joined


def histogram_raw(
    tag: str,
    minimum: float,
    maximum: float,
    num: float,
    total: float,
    squares: float,
    limits: list[float],
    counts: list[float],
) -> bytes:
    """A distribution that was counted elsewhere."""
    numbers = (minimum, maximum, num, total, squares)
    parts = [double(i, float(value)) for i, value in enumerate(numbers, 1)]
    return block(1, tag) + block(5, b"".join(parts) + doubles(6, limits) + doubles(7, counts))


def image(tag: str, picture: Any, dataformats: str = "CHW") -> bytes:
    """A picture, or a batch of them side by side. Floats lie in [0, 1]."""
    array = make_np(picture)
    scale = 1 if array.dtype == np.uint8 else 255
    pixels = rows_columns_channels(array, dataformats).astype(np.float32)
    return block(1, tag) + block(4, _encoded((pixels * scale).clip(0, 255).astype(np.uint8)))


def rows_columns_channels(array: np.ndarray, formats: str) -> np.ndarray:
    """A picture or batch whose axes `formats` names, as rows, columns and three channels."""
    if len(set(formats)) != len(formats):
        raise AssertionError(f"You can not use the same dimension shordhand twice. {formats}")
    if len(array.shape) != len(formats):
        raise AssertionError(
            "size of input tensor and input format are different.         "
            f"tensor shape: {array.shape}, "
            f"input_format: {formats}"
        )
    formats = formats.upper()
    if len(formats) == 4:
        array = _grid(array.transpose([formats.find(axis) for axis in "NCHW"]))
    elif len(formats) == 3:
        array = array.transpose([formats.find(axis) for axis in "HWC"])
    else:
        array = array.transpose([formats.find(axis) for axis in "HW"])[:, :, None]
    return np.concatenate([array] * 3, 2) if array.shape[2] == 1 else array


def _grid(batch: np.ndarray) -> np.ndarray:
    """Pictures (n, channels, rows, columns) in a grid of at most eight columns."""
    if batch.shape[1] == 1:
        batch = np.concatenate([batch] * 3, 1)
    n, channels, rows, columns = batch.shape
    across = min(n, 8)
    down = -(-n // across)
    grid = np.zeros((down * rows, across * columns, channels), batch.dtype)
    for i, picture in enumerate(batch):
        y, x = i // across * rows, i % across * columns
        grid[y : y + rows, x : x + columns] = picture.transpose(1, 2, 0)
    return grid


def _encoded(pixels: np.ndarray) -> bytes:
    rows, columns, channels = pixels.shape
    sizes = whole(1, rows) + whole(2, columns) + whole(3, channels)
    return sizes + block(4, png(pixels))


def png(pixels: np.ndarray) -> bytes:
    """Bytes (rows, columns, channels) as a PNG file. Source: https://www.w3.org/TR/png-3/."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        tail = struct.pack(">I", zlib.crc32(kind + data))
        return struct.pack(">I", len(data)) + kind + data + tail

    rows, columns, channels = pixels.shape
    head = struct.pack(">IIBBBBB", columns, rows, 8, _COLOURS[channels], 0, 0, 0)
    lines = b"".join(b"\0" + line.tobytes() for line in pixels)
    chunks = chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(lines)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + chunks


def audio(tag: str, sound: Any, sample_rate: int) -> bytes:
    """A sound: values in [-1, 1]."""
    array = make_np(sound).squeeze()
    if array.ndim != 1:
        raise AssertionError("input tensor should be 1 dimensional.")
    samples = (array.clip(-1, 1) * np.iinfo(np.int16).max).astype("<i2")
    file = io.BytesIO()
    with wave.open(file, "wb") as writer:
        writer.setnchannels(1)
        writer.setsampwidth(2)
        writer.setframerate(sample_rate)
        writer.writeframes(samples.tobytes())
    content = single(1, sample_rate) + whole(2, 1) + whole(3, len(samples))
    return block(1, tag) + block(6, content + block(4, file.getvalue()) + block(5, "audio/wav"))


def text(tag: str, string: str) -> bytes:
    """A text, which is shown as Markdown."""
    shape = block(2, block(2, whole(1, 1)))
    tensor = whole(1, _STRING) + shape + block(8, string, always=True)
    return block(1, f"{tag}/text_summary") + block(8, tensor) + _metadata("text")


def hparams(settings: dict, metrics: dict, discrete: dict | None = None) -> list[bytes]:
    """An experiment, its start and its end: settings (numbers, truths, texts), metrics' names."""
    if not (isinstance(settings, dict) and isinstance(metrics, dict)):
        raise TypeError("hparam_dict and metric_dict should be dictionary.")
    told, infos = b"", b""
    for name, value in settings.items():
        if value is None:
            continue
        kind, encoded = _setting(value)
        told += block(1, block(1, name) + block(2, encoded))
        domain = b"".join(block(1, _setting(each)[1]) for each in (discrete or {}).get(name, ()))
        infos += block(4, block(1, name) + whole(4, kind) + block(5, domain))
    for name in metrics:
        infos += block(5, block(1, block(2, name)))
    parts = {
        "experiment": block(2, infos),
        "session_start_info": block(3, told),
        "session_end_info": block(4, whole(1, 1)),
    }
    return [
        block(1, f"_hparams_/{name}") + _metadata("hparams", content)
        for name, content in parts.items()
    ]


def _setting(value: Any) -> tuple[int, bytes]:
    """The kind of a setting (1 text, 3 number or truth) and the setting as a message."""
    if isinstance(value, str):
        return 1, block(3, value, always=True)
    if isinstance(value, Tensor):
        value = value.item()
    if isinstance(value, (int, float)):
        return 3, double(2, float(value), always=True)
    raise ValueError("value should be one of int, float, str, bool, or torch.Tensor")
