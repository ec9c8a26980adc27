"""Makes GGUF files for tests: from a single field up to a tiny language model with a tokenizer."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Any

import numpy as np

TYPES = {"F32": 0, "F16": 1, "Q4_0": 2, "Q4_1": 3, "Q8_0": 8, "BF16": 30}


def string(text: str | bytes) -> bytes:
    raw = text.encode() if isinstance(text, str) else text
    return struct.pack("<Q", len(raw)) + raw


def value(item: Any) -> bytes:
    """A metadata value with its type in front."""
    if isinstance(item, bool):
        return struct.pack("<I?", 7, item)
    if isinstance(item, int):
        return struct.pack("<II", 4, item)
    if isinstance(item, float):
        return struct.pack("<If", 6, item)
    if isinstance(item, str):
        return struct.pack("<I", 8) + string(item)
    parts = [value(element) for element in item]
    kind = parts[0][:4] if parts else struct.pack("<I", 4)
    return (
        struct.pack("<I", 9)
        + kind
        + struct.pack("<Q", len(item))
        + b"".join(part[4:] for part in parts)
    )


def encode(kind: str, array: np.ndarray) -> bytes:
    """The bytes of an array in a storage type; the quantized ones lose precision."""
    if kind == "F32":
        return array.astype("<f4").tobytes()
    if kind == "F16":
        return array.astype("<f2").tobytes()
    if kind == "BF16":
        return (array.astype("<f4").view("<u4") >> 16).astype("<u2").tobytes()
    blocks = array.astype("<f4").reshape(-1, 32)
    if kind == "Q8_0":
        scale = (np.abs(blocks).max(1, keepdims=True) / 127).astype("<f2")
        quants = np.rint(blocks / np.maximum(scale, 1e-8)).astype(np.int8)
        return np.concatenate([scale.view(np.uint8), quants.view(np.uint8)], 1).tobytes()
    low = blocks.min(1, keepdims=True).astype("<f2") if kind == "Q4_1" else None
    if kind == "Q4_1":
        scale = ((blocks.max(1, keepdims=True) - low) / 15).astype("<f2")
        quants = (blocks - low) / np.maximum(scale.astype("<f4"), 1e-8)
        head = np.concatenate([scale, low], 1).view(np.uint8)
    else:
        scale = (np.abs(blocks).max(1, keepdims=True) / 7).astype("<f2")
        quants = blocks / np.maximum(scale.astype("<f4"), 1e-8) + 8
        head = scale.view(np.uint8)
    quants = np.rint(quants).clip(0, 15).astype(np.uint8)
    return np.concatenate([head, quants[:, :16] | quants[:, 16:] << 4], 1).tobytes()


def gguf(
    metadata: dict[str, Any], tensors: dict[str, tuple[str, np.ndarray]], alignment: int = 32
) -> bytes:
    """A whole file: `tensors` is name -> (storage type, array)."""
    head = b"GGUF" + struct.pack("<IQQ", 3, len(tensors), len(metadata))
    head += b"".join(string(key) + value(item) for key, item in metadata.items())
    data = b""
    for name, (kind, array) in tensors.items():
        dims = struct.pack(f"<{array.ndim}Q", *reversed(array.shape))
        head += string(name) + struct.pack("<I", array.ndim) + dims
        head += struct.pack("<IQ", TYPES[kind], len(data))
        data += encode(kind, array)
        data += bytes(-len(data) % alignment)
    return head + bytes(-len(head) % alignment) + data


def _byte_alphabet() -> list[str]:
    """GPT-2's printable stand-ins for the 256 bytes, in the order of the bytes."""
    printable = [*range(33, 127), *range(161, 173), *range(174, 256)]
    others = iter(range(256, 512))
    return [chr(b) if b in printable else chr(next(others)) for b in range(256)]


def tiny_language_model(seed: int = 0) -> bytes:
    """A Llama of two layers, width 32, with a byte-level tokenizer of 257 tokens and a merge."""
    tokens = ["<|endoftext|>", *_byte_alphabet(), "th"]
    generator = np.random.default_rng(seed)
    layers, width, hidden, heads, kv_heads = 2, 32, 64, 4, 2
    metadata = {
        "general.architecture": "llama",
        "llama.block_count": layers,
        "llama.context_length": 128,
        "llama.embedding_length": width,
        "llama.feed_forward_length": hidden,
        "llama.attention.head_count": heads,
        "llama.attention.head_count_kv": kv_heads,
        "llama.rope.freq_base": 10000.0,
        "llama.attention.layer_norm_rms_epsilon": 1e-5,
        "tokenizer.ggml.model": "gpt2",
        "tokenizer.ggml.pre": "smollm",
        "tokenizer.ggml.tokens": tokens,
        "tokenizer.ggml.token_type": [3] + [1] * (len(tokens) - 1),
        "tokenizer.ggml.merges": ["t h"],
    }

    def matrix(rows: int, columns: int, kind: str = "Q8_0") -> tuple[str, np.ndarray]:
        return kind, generator.standard_normal((rows, columns)).astype("f4") / columns**0.5

    kv_width = width // heads * kv_heads
    tensors = {"token_embd.weight": matrix(len(tokens), width)}
    for layer in range(layers):
        for name, (rows, columns) in {
            "attn_q": (width, width),
            "attn_k": (kv_width, width),
            "attn_v": (kv_width, width),
            "attn_output": (width, width),
            "ffn_gate": (hidden, width),
            "ffn_up": (hidden, width),
            "ffn_down": (width, hidden),
        }.items():
            tensors[f"blk.{layer}.{name}.weight"] = matrix(rows, columns)
        for name in ("attn_norm", "ffn_norm"):
            tensors[f"blk.{layer}.{name}.weight"] = "F32", np.ones(width, "f4")
    tensors["output_norm.weight"] = "F32", np.ones(width, "f4")
    return gguf(metadata, tensors)


def write(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path
