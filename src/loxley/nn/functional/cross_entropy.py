"""`cross_entropy` and `nll_loss` with the signatures of `torch.nn.functional`."""

from __future__ import annotations

import warnings

from ... import dtypes as dt
from ...ops import nn_cross_entropy as ops
from ...shapes import numel
from ...tensor import Tensor, log_softmax
from ...tensor.modes import modes
from ...tensor.nn_basic import all_within
from .linear import linear

__all__ = ["cross_entropy", "linear_cross_entropy", "nll_loss"]

_REDUCTIONS = {"none": ops.NONE, "mean": ops.MEAN, "sum": ops.SUM}


def reduction_of(reduction: str, size_average: bool | None, reduce: bool | None) -> int:
    """The reduction's number, deprecated arguments taken into account; ValueError if unknown."""
    if size_average is not None or reduce is not None:
        averaged = True if size_average is None else size_average
        kept = True if reduce is None else reduce
        reduction = ("mean" if averaged else "sum") if kept else "none"
        warnings.warn(
            "size_average and reduce args will be deprecated, please use "
            f"reduction='{reduction}' instead.",
            stacklevel=3,
        )
    found = _REDUCTIONS.get(reduction)
    if found is None:
        raise ValueError(f"{reduction} is not a valid value for reduction")
    return found


def cross_entropy(
    input: Tensor,
    target: Tensor,
    weight: Tensor | None = None,
    size_average: bool | None = None,
    ignore_index: int = -100,
    reduce: bool | None = None,
    reduction: str = "mean",
    label_smoothing: float = 0.0,
) -> Tensor:
    """Cross entropy of logits (N, C, *) or (C,) with class indices (N, *) or probabilities.

    IndexError for a class that doesn't exist. Source: torch.nn.functional.cross_entropy.
    """
    how = reduction_of(reduction, size_average, reduce)
    if not 0.0 <= label_smoothing <= 1.0:
        raise RuntimeError(
            f"label_smoothing must be between 0.0 and 1.0. Got: {_plain(label_smoothing)}"
        )
    if input._shape == target._shape:
        if ignore_index >= 0 and target.dtype.is_floating_point:
            raise RuntimeError("ignore_index is not supported for floating point target")
        return _with_probabilities(input, target, weight, how, label_smoothing)
    _check_cross_entropy(input, target, weight)
    check_targets(input, target, ignore_index)
    if label_smoothing:
        how_name = int(ignore_index), how, float(label_smoothing)
        return ops.cross_entropy.first(input, target, weight, *how_name)
    if input.dtype in (dt.float16, dt.bfloat16):  # the logarithms are rounded, too
        logs = log_softmax(input, min(input.ndim - 1, 1))
        return ops.nll_loss.first(logs, target, weight, int(ignore_index), how)
    return ops.cross_entropy.first(input, target, weight, int(ignore_index), how, 0.0)


def _plain(number: float) -> str:
    return f"{number:g}"


def _check_cross_entropy(input: Tensor, target: Tensor, weight: Tensor | None) -> None:
    rank = len(input._shape)
    if rank == 1 and target._shape and len(target._shape) != 0:
        raise RuntimeError("0D or 1D target tensor expected, multi-target not supported")
    _check_kind(input, "log_softmax_lastdim_kernel_impl")
    _check_shapes(input, target)
    _check_weight(input, weight)
    _check_target_type(target, rank)


def _check_kind(input: Tensor, kernel: str) -> None:
    if not input.dtype.is_floating_point:
        raise NotImplementedError(f"\"{kernel}\" not implemented for '{input.dtype.legacy_name}'")


def _check_target_type(target: Tensor, rank: int) -> None:
    if target.dtype in (dt.int64, dt.uint8):
        return
    if rank > 2:
        raise RuntimeError(f"expected scalar type Long but found {target.dtype.legacy_name}")
    raise RuntimeError(
        f"expected target dtype to be Long or Byte, but got {target.dtype.legacy_name}"
    )


def _check_weight(input: Tensor, weight: Tensor | None) -> None:
    """What class indices ask of the classes' weights."""
    if weight is None:
        return
    if weight.requires_grad and modes.grad:
        kernel = "nll_loss2d_forward" if input.ndim > 3 else "nll_loss_forward"
        raise RuntimeError(
            f"The function '{kernel}' is not differentiable with respect to argument 'weight'. "
            "This input cannot have requires_grad True."
        )
    _check_weight_size(input, weight, "")
    if modes.autocast is not None:  # the types that the operator will be recorded with
        input, weight = modes.autocast.cast("cross_entropy_loss", (input, weight))
    if weight.dtype is not input.dtype:
        raise RuntimeError(
            f"expected scalar type {input.dtype.legacy_name} but found {weight.dtype.legacy_name}"
        )


def _check_weight_size(input: Tensor, weight: Tensor, prefix: str) -> None:
    classes = input._shape[min(len(input._shape) - 1, 1)]
    if weight._shape != (classes,):
        raise RuntimeError(
            f"{prefix}weight tensor should be defined either for all {classes} classes or no "
            f"classes but got weight tensor of shape: {list(weight._shape)}"
        )


def _check_shapes(input: Tensor, target: Tensor) -> None:
    shape, wanted = input._shape, target._shape
    rank = len(shape)
    if rank == 1:
        if wanted:
            raise RuntimeError("0D or 1D target tensor expected, multi-target not supported")
        return
    if not wanted or shape[0] != wanted[0]:
        raise ValueError(
            f"Expected input batch_size ({shape[0]}) to match target batch_size "
            f"({wanted[0] if wanted else 1})."
        )
    if rank == 2 and len(wanted) != 1:
        raise RuntimeError("0D or 1D target tensor expected, multi-target not supported")
    if rank == 4 and len(wanted) != 3:
        raise RuntimeError(
            "only batches of spatial targets supported (3D tensors) but got targets of dimension: "
            f"{len(wanted)}"
        )
    if rank > 2 and shape[2:] != wanted[1:]:
        if rank == 4:
            raise RuntimeError(f"size mismatch (got input: {list(shape)} , target: {list(wanted)}")
        raise RuntimeError(f"Expected target size {[shape[0], *shape[2:]]}, got {list(wanted)}")


def check_targets(input: Tensor, target: Tensor, ignore_index: int) -> None:
    """IndexError where a target that isn't ignored names no class."""
    if target._storage.meta:
        return
    classes = input._shape[min(len(input._shape) - 1, 1)]
    places = target._all_slices()
    if all_within(places, classes):
        return
    wrong = ((places < 0) | (places >= classes)) & (places != ignore_index)
    if wrong.any():
        raise IndexError(f"Target {places[wrong].reshape(-1)[0]} is out of bounds.")


def _with_probabilities(
    input: Tensor, target: Tensor, weight: Tensor | None, how: int, smoothing: float
) -> Tensor:
    if not target.dtype.is_floating_point:
        raise RuntimeError(
            "Expected floating point type for target with class probabilities, got "
            f"{target.dtype.legacy_name}"
        )
    dim = min(input.ndim - 1, 1)
    classes = input._shape[dim]
    if weight is not None:
        _check_weight_size(input, weight, "cross_entropy: ")
    if smoothing > 0:
        target = target * (1 - smoothing) + smoothing / classes
    made = log_softmax(input, dim) * target
    if weight is not None:
        made = made * weight.view([-1 if d == dim else 1 for d in range(input.ndim)])
    if how == ops.NONE:
        return -made.sum(dim)
    total = -made.sum()
    if how == ops.SUM:
        return total
    count = numel(input._shape)
    return total / (count // classes if count else 0)


def nll_loss(
    input: Tensor,
    target: Tensor,
    weight: Tensor | None = None,
    size_average: bool | None = None,
    ignore_index: int = -100,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Tensor:
    """Negative log-likelihood of log-probabilities (N, C, *) or (C,) at class indices (N, *).

    IndexError for a class that doesn't exist. Source: torch.nn.functional.nll_loss.
    """
    how = reduction_of(reduction, size_average, reduce)
    _check_shapes(input, target)
    _check_kind(input, "nll_loss_out_frame")
    _check_weight(input, weight)
    _check_target_type(target, len(input._shape))
    check_targets(input, target, ignore_index)
    return ops.nll_loss.first(input, target, weight, int(ignore_index), how)


def _check_linear(input: Tensor, linear_weight: Tensor, linear_bias: Tensor | None) -> None:
    if input.ndim not in (1, 2):
        raise RuntimeError(f"expected input with dimensionality 1 or 2, got {input.ndim}")
    if linear_weight.ndim < 2:
        raise RuntimeError(
            f"expected linear_weight with dimensionality at least 2, got {linear_weight.ndim}"
        )
    if input._shape[-1] != linear_weight._shape[-1]:
        raise RuntimeError(
            "expected equal input and linear_weight last dimensions (in_features), got "
            f"{input._shape[-1]} and {linear_weight._shape[-1]}, respectively"
        )
    shape = linear_weight._shape
    if input.ndim == 1 and len(shape) > 2:
        raise RuntimeError(
            f"K-dimensional loss defined by linear_weight shape {shape} requires batched input, "
            "(N, "
            f"{shape[-1]}), got unbatched input with shape {input._shape}"
        )
    if linear_bias is not None and linear_bias._shape != shape[:-1]:
        raise RuntimeError(f"expected linear_bias shape {shape[:-1]}, got {linear_bias._shape}")


def linear_cross_entropy(
    input: Tensor,
    linear_weight: Tensor,
    target: Tensor,
    *,
    linear_bias: Tensor | None = None,
    weight: Tensor | None = None,
    reduction: str = "mean",
    ignore_index: int | None = None,
    label_smoothing: float = 0.0,
    options: object = None,
) -> Tensor:
    """Cross entropy of linear(input, linear_weight, linear_bias): (N, in), (C, *, in), (N, *).

    `options` says how PyTorch divides the work to save memory; the result doesn't depend on it.
    Source: torch.nn.functional.linear_cross_entropy.
    """
    _check_linear(input, linear_weight, linear_bias)
    outer = linear_weight._shape[:-1]
    flat = linear_weight.reshape(-1, linear_weight._shape[-1])
    logits = linear(input, flat, None if linear_bias is None else linear_bias.reshape(-1))
    if len(outer) > 1:
        logits = logits.view(-1, *outer)
    if ignore_index is not None and logits._shape == target._shape:
        raise RuntimeError("ignore_index cannot be specified when target contains probabilities")
    return cross_entropy(
        logits,
        target,
        weight,
        ignore_index=-100 if ignore_index is None else ignore_index,
        reduction=reduction,
        label_smoothing=label_smoothing,
    )
