"""Normalizations as functions of tensors: layer, root-mean-square, group, batch, instance.

Source: https://docs.pytorch.org/docs/stable/nn.functional.html#normalization-functions
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from .. import dtypes as dt
from ..ops import nn_batch_norm, nn_norm, nn_rms_norm, reduce
from ..ops.elementwise import add, clone, mul
from ..ops.family import cast
from ..ops.movement import expand, reshape, view
from ..ops.reduce import sum_all
from ..shapes import numel
from .api import public
from .modes import modes
from .nn_conv import like_channels_last
from .slices import refuse_statistics
from .tensor import Tensor


def _check_floating(input: Tensor, kernel: str) -> None:
    if not input.dtype.is_floating_point:
        raise NotImplementedError(f"\"{kernel}\" not implemented for '{input.dtype.legacy_name}'")


def _check_inner(
    input: Tensor, shape: tuple[int, ...], star: str, **parameters: Tensor | None
) -> None:
    """RuntimeError where the last dimensions or a parameter's shape aren't `shape`."""
    if not shape:
        raise RuntimeError(
            "Expected normalized_shape to be at least 1-dimensional, i.e., containing at least one "
            "element, but got normalized_shape = []"
        )
    for name, parameter in parameters.items():
        if parameter is not None and parameter._shape != shape:
            raise RuntimeError(
                f"Expected {name} to be of same shape as normalized_shape, but got {name} of shape "
                f"{list(parameter._shape)} and normalized_shape = {list(shape)}"
            )
    if input._shape[-len(shape) :] != shape:
        wanted = ", ".join(map(str, shape))
        raise RuntimeError(
            f"Given normalized_shape={list(shape)}, expected input with shape [*{star}{wanted}], "
            "but "
            f"got input of size{list(input._shape)}"
        )


@public(method=False)
def native_layer_norm(
    input: Tensor,
    normalized_shape: Sequence[int],
    weight: Tensor | None,
    bias: Tensor | None,
    eps: float,
) -> tuple[Tensor, Tensor, Tensor]:
    """`layer_norm` with the mean and the reciprocal deviation of every row."""
    axes = _check_layer_norm(input, normalized_shape, weight, bias)
    y, mean, rstd = nn_norm.layer_norm(input, weight, bias, axes, float(eps))
    return y, *_constants(mean, rstd)


def _check_alike(input: Tensor, *parameters: Tensor | None) -> None:
    """RuntimeError unless parameters have the input's type, or float32 where that has 16 bits."""
    wide = input.dtype in (dt.float16, dt.bfloat16)
    for one in parameters:
        if one is None or one.dtype is input.dtype or (wide and one.dtype is dt.float32):
            continue
        if input.numel():
            raise RuntimeError(
                f"expected scalar type {input.dtype.legacy_name} but found {one.dtype.legacy_name}"
            )


def _check_layer_norm(input, normalized_shape, weight, bias) -> int:
    """Raises where arguments don't fit; how many dimensions are normalized."""
    shape = (normalized_shape,) if isinstance(normalized_shape, int) else tuple(normalized_shape)
    kind, fits = input.dtype, bool(shape) and input._shape[-len(shape) :] == shape
    for one in (weight, bias):
        fits = fits and (one is None or (one._shape == shape and one.dtype is kind))
    if not (fits and kind.is_floating_point):  # as nearly never: which of them is wrong?
        _check_inner(input, shape, ", ", weight=weight, bias=bias)
        _check_floating(input, "LayerNormKernelImpl")
        _check_alike(input, weight, bias)
    return len(shape)


@public(method=False)
def layer_norm(
    input: Tensor,
    normalized_shape: Sequence[int],
    weight: Tensor | None = None,
    bias: Tensor | None = None,
    eps: float = 1e-5,
    cudnn_enable: bool = True,
) -> Tensor:
    """Mean 0 and variance 1 over the last dimensions. Source: torch.nn.functional.layer_norm."""
    axes = _check_layer_norm(input, normalized_shape, weight, bias)
    return nn_norm.layer_norm.first(input, weight, bias, axes, float(eps))


@public(method=False)
def rms_norm(
    input: Tensor,
    normalized_shape: Sequence[int],
    weight: Tensor | None = None,
    eps: float | None = None,
) -> Tensor:
    """Mean square 1 over the last dimensions; `eps` defaults to the precision of the dtype.

    Source: torch.nn.functional.rms_norm.
    """
    shape = tuple(normalized_shape)
    _check_inner(input, shape, "", weight=weight)
    if eps is None:
        eps = 2.0**-52 if input.dtype in (dt.float64, dt.complex128) else 2.0**-23
    if input.dtype.is_complex:
        dims = tuple(range(input.ndim - len(shape), input.ndim))
        made = input * (reduce.mean(input * input, dims, True, input.dtype) + eps) ** -0.5
        return made if weight is None else made * weight
    _check_floating(input, "rms_norm")
    return nn_rms_norm.rms_norm.first(input, weight, len(shape), float(eps))


@public(method=False)
def group_norm(
    input: Tensor,
    num_groups: int,
    weight: Tensor | None = None,
    bias: Tensor | None = None,
    eps: float = 1e-5,
    cudnn_enabled: bool = True,
) -> Tensor:
    """Mean 0 and variance 1 per sample and group of channels of (N, C, *).

    Source: torch.nn.functional.group_norm.
    """
    shape = input._shape
    if len(shape) < 2:
        raise RuntimeError(
            f"Expected at least 2 dimensions for input tensor but received {len(shape)}"
        )
    if num_groups <= 0:
        raise RuntimeError(f"Expected num groups to be greater than 0, got {num_groups}")
    if shape[1] % num_groups:
        raise RuntimeError(
            "Expected number of channels in input to be divisible by num_groups, but got input of "
            f"shape {list(shape)} and num_groups={num_groups}"
        )
    for name, parameter in (("weight", weight), ("bias", bias)):
        if parameter is not None and parameter._shape != shape[1:2]:
            raise RuntimeError(
                f"Expected {name} to be a vector of size equal to the number of channels in input, "
                f"but got {name} of shape {list(parameter._shape)} and input of shape {list(shape)}"
            )
    _check_floating(input, "GroupNormKernelImpl")
    _check_alike(input, weight, bias)
    made = nn_norm.group_norm(input, weight, bias, num_groups, float(eps))[0]
    return like_channels_last(made, input)


@public(method=False)
def native_group_norm(
    input: Tensor,
    weight: Tensor | None,
    bias: Tensor | None,
    N: int,
    C: int,
    HxW: int,
    group: int,
    eps: float,
) -> tuple[Tensor, Tensor, Tensor]:
    """`group_norm` with the mean and the reciprocal deviation of every group."""
    if group <= 0 or C % group:
        raise RuntimeError(
            "Expected number of channels in input to be divisible by num_groups, but got input of "
            f"shape {list(input._shape)} and num_groups={group}"
        )
    for name, parameter in (("weight", weight), ("bias", bias)):
        if parameter is not None and parameter._shape != (C,):
            raise RuntimeError(
                f"Expected {name} to be a vector of size equal to the number of channels in input, "
                f"but got {name} of shape {list(parameter._shape)} and input of shape "
                f"{list(input._shape)}"
            )
    _check_alike(input, weight, bias)
    if numel(input._shape) != N * C * HxW:
        raise RuntimeError(
            "Expected X.numel() == N * C * HxW to be true, but got false.  (Could this error "
            "message be improved?  If so, please report an enhancement request to PyTorch.)"
        )
    if input._shape[:2] == (N, C):
        return nn_norm.group_norm(input, weight, bias, group, float(eps))
    flat = reshape(input, (N, C, HxW))
    made, mean, rstd = nn_norm.group_norm(flat, weight, bias, group, float(eps))
    return view(made, input._shape), mean, rstd


def _check_channels(input: Tensor, **vectors: Tensor | None) -> None:
    channels = input._shape[1]
    for name, vector in vectors.items():
        if vector is not None and numel(vector._shape) != channels:
            raise RuntimeError(
                f"{name} should contain {channels} elements not {numel(vector._shape)}"
            )
    _check_alike(input, *vectors.values())


@public(method=False, out=True)
def native_batch_norm(
    input: Tensor,
    weight: Tensor | None,
    bias: Tensor | None,
    running_mean: Tensor | None,
    running_var: Tensor | None,
    training: bool,
    momentum: float,
    eps: float,
) -> tuple[Tensor, Tensor, Tensor]:
    """`batch_norm` with the mean and the reciprocal deviation that it used."""
    if not numel(input._shape):
        return _nothing_normalized(input, weight, bias)
    if not training:
        for name, vector in (("running_mean", running_mean), ("running_var", running_var)):
            if vector is None:
                raise RuntimeError(f"{name} must be defined in evaluation mode")
    _check_floating(input, "batch_norm")
    _check_channels(
        input, running_mean=running_mean, running_var=running_var, weight=weight, bias=bias
    )
    _check_constant("native_batch_norm", running_mean=running_mean, running_var=running_var)
    return _batch_normalized(
        nn_batch_norm.batch_norm,
        input,
        weight,
        bias,
        running_mean,
        running_var,
        training,
        momentum,
        eps,
    )


def _batch_normalized(
    op, input, weight, bias, running_mean, running_var, training, momentum, eps
) -> tuple[Tensor, Tensor, Tensor]:
    used = (None, None) if training else (running_mean, running_var)
    if training and running_mean is not None:
        refuse_statistics(input._storage.value, running_mean._storage.value)
    y, mean, rstd, var = op(input, weight, bias, *used, bool(training), float(eps))
    y = like_channels_last(y, input)
    if training:
        count = numel(input._shape) // max(input._shape[1], 1)
        if mean.dtype is dt.float16 and running_mean is not None:  # from what was not rounded yet
            _, mean32, _, var = op(cast(input.detach(), dt.float32), None, None, *used, True, eps)
        else:
            mean32 = mean
        _update(running_mean, mean32, momentum)
        _update(running_var, var, momentum, count / max(count - 1, 1))
        return y, *_constants(mean, rstd)
    return y, mean.new_zeros((0,)), mean.new_zeros((0,))


def _native_batch_norm_legit(*args: Any, **kwargs: Any) -> tuple[Tensor, Tensor, Tensor]:
    """`native_batch_norm`, the running statistics being optional: (input, weight, bias,
    [running_mean, running_var,] training, momentum, eps).

    Source: torch._native_batch_norm_legit.
    """
    count = len(args) + len(kwargs)
    if count == 8 or "running_mean" in kwargs:
        return _with_statistics(*args, **kwargs)
    return _without_statistics(*args, **kwargs)


def _with_statistics(
    input, weight, bias, running_mean, running_var, training, momentum, eps
) -> tuple[Tensor, Tensor, Tensor]:
    vectors = dict(running_mean=running_mean, running_var=running_var, weight=weight, bias=bias)
    _check_floating(input, "batch_norm")
    _check_channels(input, **vectors)
    return _batch_normalized(
        nn_batch_norm.batch_norm_legit,
        input,
        weight,
        bias,
        running_mean,
        running_var,
        training,
        momentum,
        eps,
    )


def _without_statistics(
    input, weight, bias, training, momentum, eps
) -> tuple[Tensor, Tensor, Tensor]:
    _check_floating(input, "batch_norm")
    _check_channels(input, weight=weight, bias=bias)
    if not training:
        raise RuntimeError("running_mean must be defined in evaluation mode")
    return _batch_normalized(
        nn_batch_norm.batch_norm_no_stats, input, weight, bias, None, None, True, momentum, eps
    )


_native_batch_norm_legit = public(method=False, out=True)(_native_batch_norm_legit)


def batch_norm_with_update(
    input: Tensor,
    weight: Tensor | None,
    bias: Tensor | None,
    running_mean: Tensor,
    running_var: Tensor,
    momentum: float,
    eps: float,
) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Batch norm in training, and a reserve that only other devices fill.

    Source: torch.ops.aten._batch_norm_with_update.
    """
    vectors = dict(running_mean=running_mean, running_var=running_var, weight=weight, bias=bias)
    _check_floating(input, "batch_norm")
    _check_channels(input, **vectors)
    reserve = Tensor._from_array(np.empty(0, np.uint8), dt.uint8)
    made = _batch_normalized(
        nn_batch_norm.batch_norm_with_update,
        input,
        weight,
        bias,
        running_mean,
        running_var,
        True,
        momentum,
        eps,
    )
    return *made, reserve


def _constants(*tensors: Tensor) -> tuple[Tensor, ...]:
    """Statistics as PyTorch returns them: without history."""
    return tuple(t.detach() for t in tensors)


def _check_constant(function: str, **vectors: Tensor | None) -> None:
    """RuntimeError where a gradient is asked for that doesn't exist."""
    for name, vector in vectors.items():
        if vector is not None and vector.requires_grad and modes.grad:
            raise RuntimeError(
                f"The function '{function}' is not differentiable with respect to argument "
                f"'{name}'. "
                "This input cannot have requires_grad True."
            )


def _nothing_normalized(input: Tensor, weight: Tensor | None, bias: Tensor | None) -> tuple:
    """No elements: only the history matters."""
    made = clone(input)
    for parameter, op in ((weight, mul), (bias, add)):
        if parameter is not None:
            made = op(made, sum_all(parameter, parameter.dtype))
    empty = Tensor._from_array(np.empty(0, input.dtype.numpy), input.dtype)
    return made, empty, empty


def _update(running: Tensor | None, fresh: Tensor, momentum: float, scale: float = 1.0) -> None:
    """running = (1 - momentum) running + momentum scale fresh, in place."""
    if running is None:
        return
    grad, modes.grad = modes.grad, False
    try:
        kept = cast(running, fresh.dtype) * (1 - momentum)
        running._assign(kept + fresh.detach() * (momentum * scale))
    finally:
        modes.grad = grad


@public(method=False)
def batch_norm(
    input: Tensor,
    weight: Tensor | None,
    bias: Tensor | None,
    running_mean: Tensor | None,
    running_var: Tensor | None,
    training: bool,
    momentum: float,
    eps: float,
    cudnn_enabled: bool = True,
) -> Tensor:
    """Mean 0 and variance 1 per channel of (N, C, *); training updates the running statistics.

    Source: torch.nn.functional.batch_norm.
    """
    return native_batch_norm(
        input, weight, bias, running_mean, running_var, training, momentum, eps
    )[0]


def _repeated(vector: Tensor, times: int) -> Tensor:
    count = vector._shape[0]
    return reshape(expand(view(vector, (1, count)), (times, count)), (times * count,))


@public(method=False)
def instance_norm(
    input: Tensor,
    weight: Tensor | None,
    bias: Tensor | None,
    running_mean: Tensor | None,
    running_var: Tensor | None,
    use_input_stats: bool,
    momentum: float,
    eps: float,
    cudnn_enabled: bool = True,
) -> Tensor:
    """`batch_norm` of every sample by itself. Source: torch.nn.functional.instance_norm."""
    if not use_input_stats and (running_mean is None or running_var is None):
        raise RuntimeError(
            "Expected running_mean and running_var to be defined when use_input_stats is false"
        )
    shape = input._shape
    n, c = shape[:2]
    stats = [None if s is None else _repeated(s.detach(), n) for s in (running_mean, running_var)]
    made = batch_norm(
        reshape(input, (1, n * c, *shape[2:])),
        None if weight is None else _repeated(weight, n),
        None if bias is None else _repeated(bias, n),
        *stats,
        use_input_stats,
        momentum,
        eps,
    )
    for running, fresh in zip((running_mean, running_var), stats):
        if running is not None and use_input_stats:
            running._assign(view(fresh, (n, c)).mean(0))
    return view(made, shape)
