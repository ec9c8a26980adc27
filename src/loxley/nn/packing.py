"""`PackedSequence`: sequences of different lengths as one tensor, step by step.

`data` holds the first elements of all sequences, longest sequence first, then all second elements,
and so on; `batch_sizes` says how many sequences reach each step. The functions that make one are in
`utils.rnn`.
"""

from __future__ import annotations

import warnings
from typing import Any, NamedTuple

from ..dtypes import float16, float32, float64, int8, int16, int32, int64, uint8
from ..tensor import Tensor, arange, empty_like, tensor


class PackedSequence_(NamedTuple):
    """The four fields of a `PackedSequence`."""

    data: Tensor
    batch_sizes: Tensor
    sorted_indices: Tensor | None
    unsorted_indices: Tensor | None


def bind(optional: Any, fn: Any) -> Any:
    """`fn(optional)`, or None for None."""
    return None if optional is None else fn(optional)


def invert_permutation(permutation: Tensor | None) -> Tensor | None:
    """The permutation that undoes `permutation`."""
    if permutation is None:
        return None
    output = empty_like(permutation)
    output.scatter_(0, permutation, arange(0, permutation.numel(), device=permutation.device))
    return output


class PackedSequence(PackedSequence_):
    """Made by `pack_padded_sequence` and `pack_sequence`; recurrent modules take and return it.

    `sorted_indices` is the order in which the sequences were taken, `unsorted_indices` undoes it.
    """

    def __new__(
        cls,
        data: Any,
        batch_sizes: Tensor | None = None,
        sorted_indices: Tensor | None = None,
        unsorted_indices: Tensor | None = None,
    ) -> PackedSequence:
        if unsorted_indices is None:
            unsorted_indices = invert_permutation(sorted_indices)
        if batch_sizes is None:
            if not isinstance(data, (list, tuple)) or len(data) != 2:
                raise AssertionError("Expected data to be a list or tuple of length 2")
            data, batch_sizes = data
        elif batch_sizes.device.type != "cpu":
            raise ValueError(
                "batch_sizes should always be on CPU. Instances of PackedSequence should never be "
                "created manually. They should be instantiated by functions like pack_sequence "
                "and pack_padded_sequences in nn.utils.rnn. "
                "https://pytorch.org/docs/stable/nn.html#torch.nn.utils.rnn.pack_sequence"
            )
        return super().__new__(cls, data, batch_sizes, sorted_indices, unsorted_indices)

    def to(self, *args: Any, **kwargs: Any) -> PackedSequence:
        """`data` (and the indices, if the device changes) by `Tensor.to`; self if unchanged."""
        data = self.data.to(*args, **kwargs)
        if data is self.data:
            return self
        kept = {k: v for k, v in kwargs.items() if k not in ("device", "dtype")}
        moved = [
            bind(indices, lambda t: t.to(data.device, **kept))
            for indices in (self.sorted_indices, self.unsorted_indices)
        ]
        return type(self)(data, self.batch_sizes, *moved)

    def cpu(self, *args: Any, **kwargs: Any) -> PackedSequence:
        """On the CPU."""
        return self.to(tensor([], dtype=self.data.dtype, device="cpu").device)

    def cuda(self, *args: Any, **kwargs: Any) -> PackedSequence:
        """On a CUDA device: raises what `Tensor.cuda` raises where there is none."""
        return type(self)(self.data.cuda(*args, **kwargs), *self[1:])

    def pin_memory(self) -> PackedSequence:
        """With `data` in page-locked memory."""
        indices = [bind(t, lambda t: t.pin_memory()) for t in self[2:]]
        return type(self)(self.data.pin_memory(), self.batch_sizes, *indices)

    def is_pinned(self) -> bool:
        """Whether `data` is in page-locked memory."""
        return self.data.is_pinned()

    @property
    def is_cuda(self) -> bool:
        return self.data.is_cuda

    def double(self) -> PackedSequence:
        """As float64."""
        return self.to(float64)

    def float(self) -> PackedSequence:
        """As float32."""
        return self.to(float32)

    def half(self) -> PackedSequence:
        """As float16."""
        return self.to(float16)

    def long(self) -> PackedSequence:
        """As int64."""
        return self.to(int64)

    def int(self) -> PackedSequence:
        """As int32."""
        return self.to(int32)

    def short(self) -> PackedSequence:
        """As int16."""
        return self.to(int16)

    def char(self) -> PackedSequence:
        """As int8."""
        return self.to(int8)

    def byte(self) -> PackedSequence:
        """As uint8."""
        return self.to(uint8)


def descending_lengths(lengths: Tensor) -> list[int]:
    """`lengths` as numbers; RuntimeError where one is not positive or they are not sorted."""
    values = [int(n) for n in lengths.tolist()]
    if values and values[-1] <= 0:
        raise RuntimeError(
            "Length of all samples has to be greater than 0, but found an element in 'lengths' "
            "that is <= 0"
        )
    if any(a < b for a, b in zip(values, values[1:], strict=False)):
        raise RuntimeError(
            "`lengths` array must be sorted in decreasing order when `enforce_sorted` is True. "
            "You can pass `enforce_sorted=False` to pack_padded_sequence and/or pack_sequence to "
            "sidestep this requirement if you do not need ONNX exportability."
        )
    return values


def as_lengths(lengths: Any) -> Tensor:
    """Lengths as an int64 tensor."""
    if not isinstance(lengths, Tensor):
        return tensor(lengths, dtype=int64)
    if lengths.requires_grad:
        warnings.warn("pack_padded_sequence has been called with lengths that require grad")
    return lengths.to(int64)
