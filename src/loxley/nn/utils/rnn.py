"""Packing, padding and their inverses for sequences of different lengths.

In: a padded tensor (T, N, *) with lengths, or a list of tensors (T_i, *). Out: a `PackedSequence`,
a padded tensor, or the list again.
Behaviour: https://pytorch.org/docs/stable/generated/torch.nn.utils.rnn.pack_padded_sequence.html
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ...dtypes import int64
from ...ops.packing import PACK_PADDED_SEQUENCE
from ...tensor import Tensor, full, sort, tensor
from ..packing import (
    PackedSequence,
    PackedSequence_,
    as_lengths,
    bind,
    descending_lengths,
    invert_permutation,
)

__all__ = [
    "PackedSequence",
    "PackedSequence_",
    "bind",
    "invert_permutation",
    "pack_padded_sequence",
    "pack_sequence",
    "pad_packed_sequence",
    "pad_sequence",
    "unpack_sequence",
    "unpad_sequence",
]


def pack_padded_sequence(
    input: Tensor, lengths: Any, batch_first: bool = False, enforce_sorted: bool = True
) -> PackedSequence:
    """Pack a padded batch (T, N, *), or (N, T, *) with `batch_first`.

    With `enforce_sorted` the lengths must descend; otherwise the batch is sorted and the order
    kept. Raises RuntimeError for lengths that are unsorted, not positive, or too many or few.
    """
    lengths = as_lengths(lengths)
    sorted_indices = None
    if not enforce_sorted:
        lengths, sorted_indices = sort(lengths, descending=True)
        input = input.index_select(0 if batch_first else 1, sorted_indices)
    if input.numel() == 0:
        raise RuntimeError("Cannot pack empty tensors.")
    batch_size = input.size(0 if batch_first else 1)
    if lengths.numel() != batch_size:
        raise RuntimeError(
            f"Expected `len(lengths)` to be equal to batch_size, but got {lengths.numel()} "
            f"(batch_size={batch_size})"
        )
    values = descending_lengths(lengths)
    data = PACK_PADDED_SEQUENCE(input, tuple(values), batch_first)
    sizes = [sum(n > step for n in values) for step in range(values[0])]
    return PackedSequence(data, tensor(sizes, dtype=int64), sorted_indices, None)


def pad_packed_sequence(
    sequence: PackedSequence,
    batch_first: bool = False,
    padding_value: float = 0.0,
    total_length: int | None = None,
) -> tuple[Tensor, Tensor]:
    """(padded (T, N, *) or (N, T, *), lengths): the inverse of `pack_padded_sequence`."""
    sizes = sequence.batch_sizes.tolist()
    steps = len(sizes)
    if total_length is not None and total_length < steps:
        raise ValueError(
            "Expected total_length to be at least the length of the longest sequence in input, "
            f"but got total_length={total_length} and max sequence length being {steps}"
        )
    data = sequence.data
    shape = (total_length or steps, sizes[0], *data.size()[1:])
    padded = full(shape, padding_value, dtype=data.dtype, device=data.device)
    start = 0
    for first, last, size in _runs(sizes):
        count = (last - first) * size
        block = data[start : start + count].view(last - first, size, *data.size()[1:])
        padded[first:last, :size] = block
        start += count
    lengths = tensor([sum(size > i for size in sizes) for i in range(sizes[0])], dtype=int64)
    if batch_first:
        padded = padded.transpose(0, 1)
    unsorted_indices = sequence.unsorted_indices
    if unsorted_indices is None:
        return padded, lengths
    batch_dim = 0 if batch_first else 1
    return padded.index_select(batch_dim, unsorted_indices), lengths[unsorted_indices]


def _runs(sizes: list[int]) -> Iterable[tuple[int, int, int]]:
    """(first step, step after the last, size) for each run of equal batch sizes."""
    first = 0
    for step in range(1, len(sizes) + 1):
        if step == len(sizes) or sizes[step] != sizes[first]:
            yield first, step, sizes[first]
            first = step


def pad_sequence(
    sequences: Any,
    batch_first: bool = False,
    padding_value: float = 0.0,
    padding_side: str = "right",
) -> Tensor:
    """Tensors (T_i, *) padded to the longest and stacked: (T, N, *) or (N, T, *)."""
    if not isinstance(sequences, Iterable):
        raise RuntimeError(
            "pad_sequence: Expected iterable for input sequences, but got arg of type: "
            f"{type(sequences)}"
        )
    sequences = list(sequences.unbind(0) if isinstance(sequences, Tensor) else sequences)
    if not sequences:
        raise RuntimeError("received an empty list of sequences")
    if padding_side not in ("left", "right"):
        raise RuntimeError(
            f"Expected padding_side to be one of left or right, but got {padding_side}."
        )
    first = sequences[0]
    longest = max(s.size(0) for s in sequences)
    shape = (len(sequences), longest, *first.size()[1:])
    if not batch_first:
        shape = (longest, len(sequences), *first.size()[1:])
    padded = full(shape, padding_value, dtype=first.dtype, device=first.device)
    for i, sequence in enumerate(sequences):
        start = longest - sequence.size(0) if padding_side == "left" else 0
        row = padded.select(0 if batch_first else 1, i)
        row.narrow(0, start, sequence.size(0)).copy_(sequence)
    return padded


def unpad_sequence(
    padded_sequences: Tensor, lengths: Tensor, batch_first: bool = False
) -> list[Tensor]:
    """The list of (T_i, *) that `pad_sequence` was given."""
    if not batch_first:
        padded_sequences = padded_sequences.transpose(0, 1)
    return [row[:length] for row, length in zip(padded_sequences, lengths.tolist(), strict=False)]


def pack_sequence(sequences: list[Tensor], enforce_sorted: bool = True) -> PackedSequence:
    """Pack a list of tensors (T_i, *)."""
    lengths = tensor([s.size(0) for s in sequences], dtype=int64)
    return pack_padded_sequence(pad_sequence(sequences), lengths, enforce_sorted=enforce_sorted)


def unpack_sequence(packed_sequences: PackedSequence) -> list[Tensor]:
    """The list of tensors (T_i, *) that was packed."""
    padded, lengths = pad_packed_sequence(packed_sequences, batch_first=True)
    return unpad_sequence(padded, lengths, batch_first=True)
