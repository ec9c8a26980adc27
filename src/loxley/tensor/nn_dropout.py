"""Dropout of elements and of channels, drawing from the default generator as PyTorch does.

Source: https://docs.pytorch.org/docs/stable/nn.functional.html#dropout-functions
"""

from __future__ import annotations

import math
from collections.abc import Callable

from .. import dtypes as dt
from ..ops import random as ops
from ..ops.family import cast
from ..ops.nn_dropout import masked_scale
from ..ops.unsupported import no_kernel
from ..shapes import numel
from .api import public
from .generator import chosen
from .random_of import bernoulli_like
from .tensor import Tensor

_SELU_LIMIT = -1.7580993408473766  # -alpha * scale of SELU: its value at -infinity


def _check(p: float) -> None:
    if not 0 <= p <= 1:
        raise RuntimeError(f"dropout probability has to be between 0 and 1, but got {p:g}")


def _channel_mask(input: Tensor, keep: float) -> Tensor:
    """One draw per sample and channel."""
    shape = input._shape
    if len(shape) < 2:
        raise RuntimeError("Feature dropout requires at least 2 dimensions in the input")
    wanted = shape[:2] + (1,) * (len(shape) - 2)
    return Tensor._wrap(chosen(None, "bernoulli_").draw(ops.BERNOULLI, wanted, input.dtype, keep))


def _zeroed(input: Tensor) -> Tensor:
    """All elements dropped: NaN stays NaN."""
    kind = input.dtype
    return input * 0.0 if kind.is_floating_point or kind.is_complex else cast(input * 0, kind)


def _check_kind(kind: dt.dtype) -> None:
    """What PyTorch says of masks that it cannot draw, or cannot scale."""
    if kind.is_complex:
        raise no_kernel("bernoulli_scalar_cpu_", kind)
    if not kind.is_floating_point:
        raise RuntimeError(
            f"result type Float can't be cast to the desired output type {kind.legacy_name}"
        )


def _scaling(input: Tensor, p: float, train: bool, mask: Callable) -> Tensor:
    _check(p)
    if p == 0 or not train or not numel(input._shape):
        return input
    if p == 1:
        return _zeroed(input)
    _check_kind(input.dtype)
    return masked_scale(input, mask(input, 1 - p), 1 - p)


def _affine(input: Tensor, p: float, train: bool, mask: Callable) -> Tensor:
    _check(p)
    if p == 0 or not train or not numel(input._shape):
        return input
    if p == 1:
        return _zeroed(input)
    _check_kind(input.dtype)
    kept = mask(input, 1 - p)
    a = 1 / math.sqrt((_SELU_LIMIT * _SELU_LIMIT * p + 1) * (1 - p))
    shift = (kept + -1) * (-_SELU_LIMIT * a) + (-_SELU_LIMIT * a * p)
    return input * (kept * a) + shift


@public(method=False)
def dropout(input: Tensor, p: float, train: bool) -> Tensor:
    """Elements zeroed with probability p, the others divided by 1 - p. Source: torch.dropout."""
    return _scaling(input, p, train, bernoulli_like)


@public(method=False)
def feature_dropout(input: Tensor, p: float, train: bool) -> Tensor:
    """Channels zeroed with probability p. Source: torch.feature_dropout."""
    return _scaling(input, p, train, _channel_mask)


@public(method=False)
def alpha_dropout(input: Tensor, p: float, train: bool) -> Tensor:
    """Elements set to SELU's limit, mean and variance kept. Source: torch.alpha_dropout."""
    return _affine(input, p, train, bernoulli_like)


@public(method=False)
def feature_alpha_dropout(input: Tensor, p: float, train: bool) -> Tensor:
    """Channels set to SELU's limit, mean and variance kept. Source: torch.feature_alpha_dropout."""
    return _affine(input, p, train, _channel_mask)


def _written(function: Callable) -> None:
    def in_place(input: Tensor, p: float, train: bool) -> Tensor:
        made = function(input, p, train)
        return input if made is input else input._assign(made)

    in_place.__name__ = in_place.__qualname__ = function.__name__ + "_"
    in_place.__doc__ = f"`{function.__name__}` written into `input`, which is returned."
    public(method=False)(in_place)


for _function in (dropout, feature_dropout, alpha_dropout, feature_alpha_dropout):
    _written(_function)
