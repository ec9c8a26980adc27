"""Losses other than cross entropy, with the signatures of `torch.nn.functional`."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable

from ...dtypes import int64
from ...ops import nn_loss as ops
from ...shapes import broadcast_shapes
from ...tensor import Tensor, broadcast_tensors, clamp_min, where, zeros_like
from .cross_entropy import reduction_of
from .distance import pairwise_distance
from .units import logsigmoid

__all__ = [
    "binary_cross_entropy",
    "binary_cross_entropy_with_logits",
    "cosine_embedding_loss",
    "gaussian_nll_loss",
    "hinge_embedding_loss",
    "huber_loss",
    "kl_div",
    "l1_loss",
    "margin_ranking_loss",
    "mse_loss",
    "multi_margin_loss",
    "multilabel_margin_loss",
    "multilabel_soft_margin_loss",
    "poisson_nll_loss",
    "smooth_l1_loss",
    "soft_margin_loss",
    "triplet_margin_loss",
    "triplet_margin_with_distance_loss",
]


def _apply(loss: Tensor, reduction: int) -> Tensor:
    if reduction == ops.NONE:
        return loss
    return loss.mean() if reduction == ops.MEAN else loss.sum()


def _pair(input: Tensor, target: Tensor) -> tuple[Tensor, Tensor]:
    """Both at their common shape, with PyTorch's warning where they differ."""
    if target.size() == input.size():
        return input, target
    warnings.warn(
        f"Using a target size ({target.size()}) that is different to the input size "
        f"({input.size()}). This "
        "will likely lead to incorrect results due to broadcasting. Please ensure they have the "
        "same size.",
        stacklevel=3,
    )
    return broadcast_tensors(input, target)


def mse_loss(
    input: Tensor,
    target: Tensor,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
    weight: Tensor | None = None,
) -> Tensor:
    """The squared difference. Source: torch.nn.functional.mse_loss."""
    input, target = _pair(input, target)
    how = reduction_of(reduction, size_average, reduce)
    if weight is None:
        return ops.mse_loss(input, target, how)
    return _weighted(ops.mse_loss(input, target, ops.NONE), weight, input, how)


def _weighted(loss: Tensor, weight: Tensor, input: Tensor, how: int) -> Tensor:
    if weight._shape != input._shape:
        raise ValueError("Weights and input must have the same size.")
    if how == ops.NONE:
        return loss * weight
    total = (loss * weight).sum()
    return total / weight.sum() if how == ops.MEAN else total


def l1_loss(
    input: Tensor,
    target: Tensor,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
    weight: Tensor | None = None,
) -> Tensor:
    """The absolute difference. Source: torch.nn.functional.l1_loss."""
    input, target = _pair(input, target)
    how = reduction_of(reduction, size_average, reduce)
    loss = (input - target).abs()
    return _apply(loss, how) if weight is None else _weighted(loss, weight, input, how)


def smooth_l1_loss(
    input: Tensor,
    target: Tensor,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
    beta: float = 1.0,
) -> Tensor:
    """Squared below beta, absolute above. Source: torch.nn.functional.smooth_l1_loss."""
    input, target = _pair(input, target)
    how = reduction_of(reduction, size_average, reduce)
    if beta == 0.0:
        return _apply((input - target).abs(), how)
    if beta < 0:
        raise RuntimeError("smooth_l1_loss does not support negative values for beta.")
    return ops.smooth_l1_loss(input, target, how, float(beta))


def huber_loss(
    input: Tensor,
    target: Tensor,
    reduction: str = "mean",
    delta: float = 1.0,
    weight: Tensor | None = None,
) -> Tensor:
    """Squared below delta, delta times the distance above.

    Source: torch.nn.functional.huber_loss.
    """
    input, target = _pair(input, target)
    how = reduction_of(reduction, None, None)
    if not isinstance(delta, (int, float)):
        raise TypeError(
            f"huber_loss(): argument 'delta' (position 4) must be float, not {type(delta).__name__}"
        )
    if not delta > 0:
        raise RuntimeError("huber_loss does not support non-positive values for delta.")
    if weight is None:
        return ops.huber_loss(input, target, how, float(delta))
    return _weighted(ops.huber_loss(input, target, ops.NONE, float(delta)), weight, input, how)


def binary_cross_entropy(
    input: Tensor,
    target: Tensor,
    weight: Tensor | None = None,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Tensor:
    """Cross entropy of probabilities. Source: torch.nn.functional.binary_cross_entropy."""
    how = reduction_of(reduction, size_average, reduce)
    if target._shape != input._shape:
        raise ValueError(
            f"Using a target size ({target.size()}) that is different to the input size "
            f"({input.size()}) is "
            "deprecated. Please ensure they have the same size."
        )
    if input.dtype is not target.dtype:
        raise RuntimeError(
            f"Found dtype {target.dtype.legacy_name} but expected {input.dtype.legacy_name}"
        )
    values = input.detach()
    if input.numel() and not ((values >= 0) & (values <= 1))._all_slices().all():
        raise RuntimeError("all elements of input should be between 0 and 1")
    if weight is not None:
        weight = weight.expand(broadcast_shapes(target._shape, weight._shape))
    return ops.binary_cross_entropy(input, target, weight, how)


def binary_cross_entropy_with_logits(
    input: Tensor,
    target: Tensor,
    weight: Tensor | None = None,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
    pos_weight: Tensor | None = None,
) -> Tensor:
    """Cross entropy of logits, in the stable form.

    Source: torch.nn.functional.binary_cross_entropy_with_logits.
    """
    how = reduction_of(reduction, size_average, reduce)
    if target._shape != input._shape:
        raise ValueError(
            f"Target size ({target.size()}) must be the same as input size ({input.size()})"
        )
    return ops.binary_cross_entropy_with_logits(input, target, weight, pos_weight, how)


def kl_div(
    input: Tensor,
    target: Tensor,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
    log_target: bool = False,
) -> Tensor:
    """target (log target - input): input holds log-probabilities.

    Source: torch.nn.functional.kl_div.
    """
    batch_mean = reduction == "batchmean"
    if reduction == "mean":
        warnings.warn(
            "reduction: 'mean' divides the total loss by both the batch size and the support size."
            "'batchmean' divides only by the batch size, and aligns with the KL div math "
            "definition."
            "'mean' will be changed to behave the same as 'batchmean' in the next major release.",
            stacklevel=2,
        )
    how = reduction_of("sum" if batch_mean else reduction, size_average, reduce)
    if log_target:
        loss = target.exp() * (target - input)
    else:
        loss = target.xlogy(target) - target * input
    made = _apply(loss, how)
    return made / input.size(0) if batch_mean and input.ndim else made


def poisson_nll_loss(
    input: Tensor,
    target: Tensor,
    log_input: bool = True,
    full: bool = False,
    size_average: bool | None = None,
    eps: float = 1e-8,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Tensor:
    """Negative log likelihood of Poisson counts. Source: torch.nn.functional.poisson_nll_loss."""
    how = reduction_of(reduction, size_average, reduce)
    loss = input.exp() - target * input if log_input else input - target * (input + eps).log()
    if full:
        stirling = target * target.log() - target + 0.5 * (2 * math.pi * target).log()
        loss = loss + where(target <= 1, zeros_like(stirling), stirling)
    return _apply(loss, how)


def _broadcasts_once(shape: tuple[int, ...], to: tuple[int, ...]) -> bool:
    """Whether the shapes agree but for one dimension, of size 1 in `shape`."""
    return len(shape) == len(to) and [a for a, b in zip(shape, to) if a != b] == [1]


def gaussian_nll_loss(
    input: Tensor,
    target: Tensor,
    var: Tensor | float,
    full: bool = False,
    eps: float = 1e-6,
    reduction: str = "mean",
) -> Tensor:
    """Negative log likelihood of normal values. Source: torch.nn.functional.gaussian_nll_loss."""
    if not isinstance(var, Tensor):
        if var < 0:
            raise ValueError("var has negative entry/entries")
        var = var * zeros_like(input).add(1)
    elif bool((var.detach() < 0).any()):
        raise ValueError("var has negative entry/entries")
    if var._shape != input._shape:
        if input._shape[:-1] == var._shape:
            var = var.unsqueeze(-1)
        elif not _broadcasts_once(var._shape, input._shape):
            raise ValueError("var is of incorrect size")
    if reduction not in ("none", "mean", "sum"):
        raise ValueError(reduction + " is not valid")
    floor = var.detach().clamp(min=eps)
    clamped = var + (floor - var.detach())  # the clamp is outside of the gradient
    loss = 0.5 * (clamped.log() + (input - target) ** 2 / clamped)
    if full:
        loss = loss + 0.5 * math.log(2 * math.pi)
    return _apply(loss, reduction_of(reduction, None, None))


def hinge_embedding_loss(
    input: Tensor,
    target: Tensor,
    margin: float = 1.0,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Tensor:
    """x where y is 1, max(0, margin - x) where -1.

    Source: torch.nn.functional.hinge_embedding_loss.
    """
    how = reduction_of(reduction, size_average, reduce)
    zeros = zeros_like(input)
    far = where(target != 1, clamp_min(margin - input, 0), zeros)
    near = where(target != -1, input, zeros)
    return _apply(far + near, how)


def margin_ranking_loss(
    input1: Tensor,
    input2: Tensor,
    target: Tensor,
    margin: float = 0,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Tensor:
    """max(0, margin - y (x1 - x2)). Source: torch.nn.functional.margin_ranking_loss."""
    how = reduction_of(reduction, size_average, reduce)
    if input1.ndim != input2.ndim or input1.ndim != target.ndim:
        raise RuntimeError(
            "margin_ranking_loss : All input tensors should have same dimension but got sizes: "
            "input1: "
            f"{input1.size()}, input2: {input2.size()}, target: {target.size()} "
        )
    return _apply(clamp_min(-target * (input1 - input2) + margin, 0), how)


def soft_margin_loss(
    input: Tensor,
    target: Tensor,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Tensor:
    """log(1 + exp(-y x)). Source: torch.nn.functional.soft_margin_loss."""
    how = reduction_of(reduction, size_average, reduce)
    shape = input._shape
    input, target = broadcast_tensors(input, target)
    if input._shape != shape:
        raise RuntimeError(
            f"output with shape {list(shape)} doesn't match the broadcast shape "
            f"{list(input._shape)}"
        )
    return ops.soft_margin_loss(input, target, how)


def multilabel_soft_margin_loss(
    input: Tensor,
    target: Tensor,
    weight: Tensor | None = None,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Tensor:
    """Mean over classes of the binary losses.

    Source: torch.nn.functional.multilabel_soft_margin_loss.
    """
    how = reduction_of(reduction, size_average, reduce)
    loss = -(target * logsigmoid(input) + (1 - target) * logsigmoid(-input))
    if weight is not None:
        loss = loss * weight
    return _apply(loss.sum(input.ndim - 1) / input.size(input.ndim - 1), how)


def cosine_embedding_loss(
    input1: Tensor,
    input2: Tensor,
    target: Tensor,
    margin: float = 0,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Tensor:
    """1 - cos for pairs with y 1, max(0, cos - margin) for -1.

    Source: torch.nn.functional.cosine_embedding_loss.
    """
    how = reduction_of(reduction, size_average, reduce)
    if target.ndim not in (0, 1):
        raise RuntimeError("0D or 1D target tensor expected, multi-target not supported")
    wanted = 2 if target.ndim else 1
    if input1.ndim != wanted or input2.ndim != wanted:
        shape = "2D" if target.ndim else "1D"
        raise RuntimeError(
            f"{target.ndim}D target tensor expects {shape} input tensors, but found inputs with "
            "sizes "
            f"{list(input1._shape)} and {list(input2._shape)}."
        )
    eps = 1e-12
    product = (input1 * input2).sum(wanted - 1)
    squares = ((input1 * input1).sum(wanted - 1) + eps) * ((input2 * input2).sum(wanted - 1) + eps)
    cosine = product / squares.sqrt()
    zeros = zeros_like(cosine)
    alike = where(target == 1, 1 - cosine, zeros)
    unlike = where(target == -1, clamp_min(cosine - margin, 0), zeros)
    return _apply(alike + unlike, how)


def _check_labels(input: Tensor, target: Tensor, classes: int, minimum: int) -> None:
    if target.dtype is not int64:
        found = target.dtype.legacy_name
        raise RuntimeError(f"expected scalar type Long but found {found}")
    values = target._all_slices()
    if values.size and (values.min() < minimum or values.max() >= classes):
        raise RuntimeError("target out of range")


def multi_margin_loss(
    input: Tensor,
    target: Tensor,
    p: int = 1,
    margin: float = 1.0,
    weight: Tensor | None = None,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Tensor:
    """The multi-class hinge loss. Source: torch.nn.functional.multi_margin_loss."""
    how = reduction_of(reduction, size_average, reduce)
    if p not in (1, 2):
        raise ValueError("only p == 1 and p == 2 supported")
    if weight is not None and weight.dim() != 1:
        raise ValueError("weight must be one-dimensional")
    classes = input._shape[-1] if input.ndim else 1
    if input.ndim > 2 or classes == 0:
        raise RuntimeError(
            "Expected non-empty vector or matrix with optional 0-dim batch size, but got: "
            f"{list(input._shape)}"
        )
    rows = input._shape[0] if input.ndim == 2 else 1
    if target.ndim > 1 or target.numel() != rows:
        raise RuntimeError(
            "multi_margin_loss: target tensor should be 1-D with size equal to the number of input "
            f"samples (batch size). Expected target size [{rows}], but got {list(target._shape)}. "
            f"Input has shape {list(input._shape)}."
        )
    if weight is not None and weight.numel() != classes:
        raise RuntimeError(
            f"inconsistent weight size, expected {classes} but got {list(weight._shape)}"
        )
    _check_labels(input, target, classes, 0)
    return ops.multi_margin_loss(input, target, weight, int(p), float(margin), how)


def multilabel_margin_loss(
    input: Tensor,
    target: Tensor,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Tensor:
    """The multi-label hinge loss. Source: torch.nn.functional.multilabel_margin_loss."""
    how = reduction_of(reduction, size_average, reduce)
    if input.ndim > 2 or 0 in input._shape[-1:]:
        raise RuntimeError(
            "Expected non-empty vector or matrix with optional 0-dim batch size, but got: "
            f"{list(input._shape)}"
        )
    if input._shape != target._shape:
        raise RuntimeError(
            f"inconsistent target size: {list(target._shape)} for input of size: "
            f"{list(input._shape)}"
        )
    _check_labels(input, target, input._shape[-1] if input.ndim else 1, -1)
    if input.ndim == 0:
        input, target = input.reshape(1), target.reshape(1)
    return ops.multilabel_margin_loss(input, target, how)


def triplet_margin_loss(
    anchor: Tensor,
    positive: Tensor,
    negative: Tensor,
    margin: float = 1.0,
    p: float = 2,
    eps: float = 1e-6,
    swap: bool = False,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Tensor:
    """max(0, d(a, p) - d(a, n) + margin). Source: torch.nn.functional.triplet_margin_loss."""
    how = reduction_of(reduction, size_average, reduce)
    if margin <= 0:
        raise ValueError(f"margin must be greater than 0, got {margin}")

    def distance(a: Tensor, b: Tensor) -> Tensor:
        return pairwise_distance(a, b, p, eps)

    return _triplet(anchor, positive, negative, distance, margin, swap, how)


def _triplet(anchor, positive, negative, distance, margin, swap, how) -> Tensor:
    if not anchor.ndim == positive.ndim == negative.ndim:
        raise RuntimeError(
            f"The anchor, positive, and negative tensors are expected to have the same number of "
            f"dimensions, but got: anchor {anchor.ndim}D, positive {positive.ndim}D, and negative "
            f"{negative.ndim}D inputs"
        )
    near, far = distance(anchor, positive), distance(anchor, negative)
    if swap:
        far = far.minimum(distance(positive, negative))
    return _apply(clamp_min(margin + near - far, 0), how)


def triplet_margin_with_distance_loss(
    anchor: Tensor,
    positive: Tensor,
    negative: Tensor,
    *,
    distance_function: Callable[[Tensor, Tensor], Tensor] | None = None,
    margin: float = 1.0,
    swap: bool = False,
    reduction: str = "mean",
) -> Tensor:
    """`triplet_margin_loss` with a distance of one's own.

    Source: torch.nn.functional.triplet_margin_with_distance_loss.
    """
    if reduction not in ("mean", "sum", "none"):
        raise ValueError(f"{reduction} is not a valid value for reduction")
    if margin <= 0:
        raise ValueError(f"margin must be greater than 0, got {margin}")
    distance = distance_function if distance_function is not None else pairwise_distance
    how = reduction_of(reduction, None, None)
    return _triplet(anchor, positive, negative, distance, margin, swap, how)
