"""Losses of `nn.functional` for TorchScript, where reductions are numbers."""

from __future__ import annotations

from ...nn import functional as F
from ...tensor import Tensor
from ..aten_calls import aten
from ..names import replaces


def _reduction(reduction: str, size_average: bool | None, reduce: bool | None) -> int:
    if size_average is not None or reduce is not None:
        if reduce is not None and not reduce:
            return 0
        return 1 if size_average is None or size_average else 2
    if reduction == "none":
        return 0
    if reduction == "mean":
        return 1
    if reduction == "sum":
        return 2
    raise ValueError(f"{reduction} is not a valid value for reduction")


@replaces(F.cross_entropy)
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
    return aten.cross_entropy_loss(
        input,
        target,
        weight,
        _reduction(reduction, size_average, reduce),
        ignore_index,
        label_smoothing,
    )


@replaces(F.nll_loss)
def nll_loss(
    input: Tensor,
    target: Tensor,
    weight: Tensor | None = None,
    size_average: bool | None = None,
    ignore_index: int = -100,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Tensor:
    return aten.nll_loss_nd(
        input, target, weight, _reduction(reduction, size_average, reduce), ignore_index
    )


@replaces(F.mse_loss)
def mse_loss(
    input: Tensor,
    target: Tensor,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
    weight: Tensor | None = None,
) -> Tensor:
    if weight is not None:
        raise ValueError("weights of mse_loss are not implemented in TorchScript")
    both = aten.broadcast_tensors([input, target])
    return aten.mse_loss(both[0], both[1], _reduction(reduction, size_average, reduce))


@replaces(F.l1_loss)
def l1_loss(
    input: Tensor,
    target: Tensor,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
    weight: Tensor | None = None,
) -> Tensor:
    if weight is not None:
        raise ValueError("weights of l1_loss are not implemented in TorchScript")
    both = aten.broadcast_tensors([input, target])
    return aten.l1_loss(both[0], both[1], _reduction(reduction, size_average, reduce))


@replaces(F.smooth_l1_loss)
def smooth_l1_loss(
    input: Tensor,
    target: Tensor,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
    beta: float = 1.0,
) -> Tensor:
    both = aten.broadcast_tensors([input, target])
    return aten.smooth_l1_loss(both[0], both[1], _reduction(reduction, size_average, reduce), beta)


@replaces(F.binary_cross_entropy)
def binary_cross_entropy(
    input: Tensor,
    target: Tensor,
    weight: Tensor | None = None,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Tensor:
    return aten.binary_cross_entropy(
        input, target, weight, _reduction(reduction, size_average, reduce)
    )


@replaces(F.binary_cross_entropy_with_logits)
def binary_cross_entropy_with_logits(
    input: Tensor,
    target: Tensor,
    weight: Tensor | None = None,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
    pos_weight: Tensor | None = None,
) -> Tensor:
    return aten.binary_cross_entropy_with_logits(
        input, target, weight, pos_weight, _reduction(reduction, size_average, reduce)
    )


@replaces(F.kl_div)
def kl_div(
    input: Tensor,
    target: Tensor,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
    log_target: bool = False,
) -> Tensor:
    if reduction == "batchmean":
        return aten.div(aten.kl_div(input, target, 2, log_target=log_target), input.size(0))
    return aten.kl_div(
        input, target, _reduction(reduction, size_average, reduce), log_target=log_target
    )
