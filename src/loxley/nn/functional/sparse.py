"""one_hot, embedding_bag, ctc_loss, local_response_norm."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ... import dtypes as dt
from ...ops import nn_bag, nn_ctc
from ...tensor import Tensor, arange, clamp_min, tensor, where, zeros, zeros_like
from ...tensor.batched import is_batched
from ...tensor.modes import modes
from ...tensor.nn_basic import check_indices, embedding_renorm_
from ...tensor.sparse_gradients import bag_sums, wants_sparse
from .padding import pad
from .pooling import avg_pool2d, avg_pool3d

__all__ = ["ctc_loss", "embedding_bag", "local_response_norm", "one_hot"]


def one_hot(tensor: Tensor, num_classes: int = -1) -> Tensor:
    """Indices (*) as rows (*, classes) of zeros with one 1. Source: torch.nn.functional.one_hot."""
    if tensor.dtype is not dt.int64:
        raise RuntimeError("one_hot is only applicable to index tensor of type LongTensor.")
    array = tensor._all_slices()
    if is_batched(tensor) and num_classes <= 0:
        raise RuntimeError(
            "vmap: one_hot needs the number of classes, which must not depend on the elements"
        )
    if array.size == 0:
        if num_classes <= 0:
            raise RuntimeError("Can not infer total number of classes from empty tensor.")
        return zeros((*tensor._shape, num_classes), dtype=dt.int64)
    if array.min() < 0:
        raise RuntimeError("Class values must be non-negative.")
    if num_classes == -1:
        num_classes = int(array.max()) + 1
    elif num_classes < 1:
        raise RuntimeError("num_classes should be positive")
    elif array.max() >= num_classes:
        raise RuntimeError("Class values must be smaller than num_classes.")
    if is_batched(tensor):
        return (tensor.unsqueeze(-1) == arange(num_classes)).to(dt.int64)
    made = np.zeros((*array.shape, num_classes), np.int64)
    np.put_along_axis(made, array[..., None], 1, -1)
    return Tensor._from_array(made, dt.int64)


def local_response_norm(
    input: Tensor, size: int, alpha: float = 1e-4, beta: float = 0.75, k: float = 1.0
) -> Tensor:
    """x divided by a power of the mean square of neighbouring channels.

    Source: torch.nn.functional.local_response_norm.
    """
    if input.ndim < 3:
        raise ValueError(
            "Expected 3D or higher dimensionality                          input (got "
            f"{input.ndim} "
            "dimensions)"
        )
    if input.numel() == 0:
        return input
    square = (input * input).unsqueeze(1)
    if input.ndim == 3:
        padded = pad(square, (0, 0, size // 2, (size - 1) // 2))
        mean = avg_pool2d(padded, (size, 1), 1).squeeze(1)
    else:
        n, c, *rest = input._shape
        shaped = square.view(n, 1, c, rest[0], -1)
        padded = pad(shaped, (0, 0, 0, 0, size // 2, (size - 1) // 2))
        mean = avg_pool3d(padded, (size, 1, 1), 1).squeeze(1).view(input._shape)
    return input / (mean * alpha + k) ** beta


_MODES = ("sum", "mean", "max")


def embedding_bag(
    input: Tensor,
    weight: Tensor,
    offsets: Tensor | None = None,
    max_norm: float | None = None,
    norm_type: float = 2,
    scale_grad_by_freq: bool = False,
    mode: str = "mean",
    sparse: bool = False,
    per_sample_weights: Tensor | None = None,
    include_last_offset: bool = False,
    padding_idx: int | None = None,
) -> Tensor:
    """Sums, means or maxima of rows of `weight`, bag by bag.

    Source: torch.nn.functional.embedding_bag.
    """
    if per_sample_weights is not None and input._shape != per_sample_weights._shape:
        raise ValueError(
            f"embedding_bag: If per_sample_weights ({per_sample_weights.shape}) is not None, then "
            "it must "
            f"have the same shape as the input ({input.shape})"
        )
    if weight.ndim != 2:
        raise ValueError(f"weight has to be a 2D Tensor, but got Tensor of dimension {weight.ndim}")
    starts, flat, psw = _bags(input, offsets, per_sample_weights, include_last_offset)
    if mode not in _MODES:
        raise ValueError("mode has to be one of sum, mean or max")
    if per_sample_weights is not None and mode != "sum":
        raise NotImplementedError(
            "embedding_bag: per_sample_weights was not None. per_sample_weights is only supported "
            "for "
            f"mode='sum' (got mode='{mode}'). Please open a feature request on GitHub."
        )
    if sparse and mode == "max":
        raise ValueError("max mode does not support sparse weights")
    if scale_grad_by_freq and mode == "max":
        raise ValueError("max mode does not support scaling the gradient by the frequency")
    check_indices(weight, flat, "embedding_bag")
    if max_norm is not None:
        previous, modes.grad = modes.grad, False
        try:
            embedding_renorm_(weight.detach(), flat, max_norm, norm_type)
        finally:
            modes.grad = previous
    padding = -1 if padding_idx is None else _padding(padding_idx, weight._shape[0])
    by_frequency = bool(scale_grad_by_freq)

    def sums() -> Tensor:
        return nn_bag.embedding_bag(weight, flat, psw, tuple(starts), mode, padding, by_frequency)

    if not wants_sparse(sparse, weight):
        return sums()
    sizes = tensor([b - a for a, b in zip(starts, starts[1:])], dtype=dt.int64)
    bags = arange(len(sizes)).repeat_interleave(sizes)
    counts = None
    if mode == "mean":
        counts = sizes.new_zeros(len(sizes)).index_add_(0, bags, (flat != padding).long())
    return bag_sums(weight, flat, psw, bags, counts, padding, by_frequency, sums)


def _padding(index: int, rows: int) -> int:
    if not -rows <= index < rows:
        raise RuntimeError(
            f"padding_idx must be within the number of embeddings, -{rows} through {rows - 1}, but "
            "got "
            f"{index}"
        )
    return index % rows


def _bags(input: Tensor, offsets: Tensor | None, weights: Tensor | None, last: bool):
    """Where each bag starts (and the end), the indices in a row, their weights."""
    if input.ndim == 2:
        if offsets is not None:
            raise ValueError(
                "if input is 2D, then offsets has to be None, as input is treated is a mini-batch "
                "of fixed "
                f"length sequences. However, found offsets of type {type(offsets)}"
            )
        n, width = input._shape
        flat = input.reshape(-1)
        psw = None if weights is None else weights.reshape(-1)
        return [i * width for i in range(n + 1)], flat, psw
    if input.ndim != 1:
        raise ValueError(
            f"input has to be 1D or 2D Tensor, but got Tensor of dimension {input.ndim}"
        )
    if offsets is None:
        raise ValueError("offsets has to be a 1D Tensor but got None")
    if offsets.ndim != 1:
        raise ValueError("offsets has to be a 1D Tensor")
    starts = offsets.tolist()
    if starts and starts[0] != 0:
        raise RuntimeError(
            "offsets[0] has to be 0, i.e., the first sequence in the mini-batch has to start from "
            "position "
            f"0. However, got {starts[0]}"
        )
    if any(s > input.numel() for s in starts):
        raise RuntimeError(
            f"offsets[-1] can not be greater than input's length: {input.numel()} but got "
            "offsets[-1] of "
            f"{starts[-1]}"
        )
    if not last:
        starts = [*starts, input.numel()]
    return starts, input, weights


def ctc_loss(
    log_probs: Tensor,
    targets: Tensor,
    input_lengths: Tensor | Sequence[int],
    target_lengths: Tensor | Sequence[int],
    blank: int = 0,
    reduction: str = "mean",
    zero_infinity: bool = False,
) -> Tensor:
    """The CTC loss of log-probabilities (T, N, C) or (T, C).

    Source: torch.nn.functional.ctc_loss.
    """
    single = log_probs.ndim == 2
    lp = log_probs.unsqueeze(1) if single else log_probs
    inputs, labels = _lengths(input_lengths), _lengths(target_lengths)
    _check_ctc(lp, targets, inputs, labels, blank)
    if single and targets.ndim == 1:
        targets = targets.unsqueeze(0)
    loss = nn_ctc.ctc_loss(lp, targets, inputs, labels, int(blank), bool(zero_infinity))
    if zero_infinity:
        loss = where(loss == float("inf"), zeros_like(loss), loss)
    if reduction == "mean":
        divisor = clamp_min(Tensor._from_array(np.array(labels), dt.int64), 1)
        return (loss / divisor).mean()
    if reduction == "sum":
        return loss.sum()
    return loss.squeeze(0) if single else loss


def _lengths(lengths: Any) -> tuple[int, ...]:
    if isinstance(lengths, Tensor):
        listed = lengths.reshape(-1).tolist()
    else:
        listed = list(lengths) if isinstance(lengths, (list, tuple)) else [lengths]
    return tuple(int(n) for n in listed)


def _check_ctc(lp: Tensor, targets: Tensor, inputs: tuple, labels: tuple, blank: int) -> None:
    steps, batch, classes = lp._shape
    if not 0 <= blank < classes:
        raise RuntimeError("blank must be in label range")
    for name, lengths in (("input_lengths", inputs), ("target_lengths", labels)):
        if len(lengths) != batch:
            raise RuntimeError(f"{name} must be of size batch_size")
    if any(n > steps for n in inputs):
        raise RuntimeError(
            f"Expected input_lengths to have value at most {steps}, but got value {max(inputs)} "
            "(while "
            "checking arguments for ctc_loss_cpu)"
        )
    if any(n < 0 for n in (*inputs, *labels)):
        raise RuntimeError(
            "Expected lengths to be non-negative (while checking arguments for ctc_loss_cpu)"
        )
    room = targets._shape[-1] if targets.ndim > 1 else targets.numel()
    if (max(labels, default=0) if targets.ndim > 1 else sum(labels)) > room:
        raise RuntimeError(
            f"Expected tensor to have size at least {max(labels)} at dimension 1, but got size "
            f"{list(targets._shape)} (while checking arguments for ctc_loss_cpu)"
        )
    values = targets._all_slices()
    if values.size and (values.min() < 0 or values.max() >= classes):
        raise RuntimeError("ctc_loss: a target is not within the classes")
