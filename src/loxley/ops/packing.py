"""Taking the elements of padded sequences out, step by step: `torch._pack_padded_sequence`.

In: padded (T, N, *), or (N, T, *) with `batch_first`, and descending lengths. Out: (sum of
lengths, *), all first elements, then all second ones, ...
"""

from __future__ import annotations

import numpy as np

from ..ir.graph import Op


def _positions(lengths: tuple[int, ...]) -> tuple[np.ndarray, np.ndarray]:
    """The step and the sequence of every packed row."""
    reached = np.arange(lengths[0])[:, None] < np.asarray(lengths)[None, :]
    return np.nonzero(reached)


def _turned(array: np.ndarray, batch_first: bool) -> np.ndarray:
    return np.swapaxes(array, 0, 1) if batch_first else array


def _pack_rule(input, lengths, batch_first):
    steps = input.shape[1 if batch_first else 0]
    rows = sum(min(n, steps) for n in lengths)
    return (rows, *input.shape[2:]), input.dtype


def _clamped(lengths: tuple[int, ...], steps: int) -> tuple[int, ...]:
    return tuple(min(n, steps) for n in lengths)


def _pack(input, /, lengths, batch_first):
    turned = _turned(input, batch_first)
    return turned[_positions(_clamped(lengths, turned.shape[0]))]


def _unpack(data, /, shape, lengths, batch_first):
    padded = np.zeros(shape, data.dtype)
    turned = _turned(padded, batch_first)
    turned[_positions(_clamped(lengths, turned.shape[0]))] = data
    return padded


PACK_PADDED_SEQUENCE = Op(
    "pack_padded_sequence",
    rule=_pack_rule,
    eval=_pack,
    vjp=lambda g, input_shape, lengths, batch_first: UNPACK_PADDED_SEQUENCE(
        g, input_shape, lengths, batch_first
    ),
)

UNPACK_PADDED_SEQUENCE = Op(
    "pack_padded_sequence_backward",
    rule=lambda data, shape, lengths, batch_first: (shape, data.dtype),
    eval=_unpack,
    vjp=lambda g, lengths, batch_first: PACK_PADDED_SEQUENCE(g, lengths, batch_first),
)
