"""`nn.functional` for TorchScript: activations, dropouts, normalizations, pooling.

Arguments, defaults and errors are those of the functions that these stand for.
"""

from __future__ import annotations

from ...nn import functional as F
from ...tensor import Tensor
from ..aten_calls import aten
from ..names import replaces

# -- activations ----------------------------------------------------------------------------------


@replaces(F.relu)
def relu(input: Tensor, inplace: bool = False) -> Tensor:
    return aten.relu_(input) if inplace else aten.relu(input)


@replaces(F.relu6)
def relu6(input: Tensor, inplace: bool = False) -> Tensor:
    return aten.hardtanh_(input, 0.0, 6.0) if inplace else aten.hardtanh(input, 0.0, 6.0)


@replaces(F.leaky_relu)
def leaky_relu(input: Tensor, negative_slope: float = 0.01, inplace: bool = False) -> Tensor:
    if inplace:
        return aten.leaky_relu_(input, negative_slope)
    return aten.leaky_relu(input, negative_slope)


@replaces(F.elu)
def elu(input: Tensor, alpha: float = 1.0, inplace: bool = False) -> Tensor:
    return aten.elu_(input, alpha) if inplace else aten.elu(input, alpha)


@replaces(F.selu)
def selu(input: Tensor, inplace: bool = False) -> Tensor:
    return aten.selu_(input) if inplace else aten.selu(input)


@replaces(F.celu)
def celu(input: Tensor, alpha: float = 1.0, inplace: bool = False) -> Tensor:
    return aten.celu_(input, alpha) if inplace else aten.celu(input, alpha)


@replaces(F.silu)
def silu(input: Tensor, inplace: bool = False) -> Tensor:
    return aten.silu_(input) if inplace else aten.silu(input)


@replaces(F.mish)
def mish(input: Tensor, inplace: bool = False) -> Tensor:
    return aten.mish_(input) if inplace else aten.mish(input)


@replaces(F.hardtanh)
def hardtanh(
    input: Tensor, min_val: float = -1.0, max_val: float = 1.0, inplace: bool = False
) -> Tensor:
    if inplace:
        return aten.hardtanh_(input, min_val, max_val)
    return aten.hardtanh(input, min_val, max_val)


@replaces(F.hardswish)
def hardswish(input: Tensor, inplace: bool = False) -> Tensor:
    return aten.hardswish_(input) if inplace else aten.hardswish(input)


@replaces(F.hardsigmoid)
def hardsigmoid(input: Tensor, inplace: bool = False) -> Tensor:
    return aten.hardsigmoid_(input) if inplace else aten.hardsigmoid(input)


@replaces(F.threshold)
def threshold(input: Tensor, threshold: float, value: float, inplace: bool = False) -> Tensor:
    if inplace:
        return aten.threshold_(input, threshold, value)
    return aten.threshold(input, threshold, value)


@replaces(F.glu)
def glu(input: Tensor, dim: int = -1) -> Tensor:
    return aten.glu(input, dim)


@replaces(F.tanh)
def tanh(input: Tensor) -> Tensor:
    return aten.tanh(input)


@replaces(F.sigmoid)
def sigmoid(input: Tensor) -> Tensor:
    return aten.sigmoid(input)


@replaces(F.softsign)
def softsign(input: Tensor) -> Tensor:
    return aten.div(input, aten.add(aten.abs(input), 1))


@replaces(F.tanhshrink)
def tanhshrink(input: Tensor) -> Tensor:
    return aten.sub(input, aten.tanh(input))


@replaces(F.softmax)
def softmax(
    input: Tensor, dim: int | None = None, _stacklevel: int = 3, dtype: int | None = None
) -> Tensor:
    if dim is None:
        dim = 0 if input.dim() == 0 or input.dim() == 1 or input.dim() == 3 else 1
    return aten.softmax(input, dim, dtype)


@replaces(F.log_softmax)
def log_softmax(
    input: Tensor, dim: int | None = None, _stacklevel: int = 3, dtype: int | None = None
) -> Tensor:
    if dim is None:
        dim = 0 if input.dim() == 0 or input.dim() == 1 or input.dim() == 3 else 1
    return aten.log_softmax(input, dim, dtype)


@replaces(F.softmin)
def softmin(
    input: Tensor, dim: int | None = None, _stacklevel: int = 3, dtype: int | None = None
) -> Tensor:
    if dim is None:
        dim = 0 if input.dim() == 0 or input.dim() == 1 or input.dim() == 3 else 1
    return aten.softmax(aten.neg(input), dim, dtype)


# -- dropouts -------------------------------------------------------------------------------------


def _check_probability(p: float) -> None:
    if p < 0.0 or p > 1.0:
        raise ValueError(f"dropout probability has to be between 0 and 1, but got {p}")


@replaces(F.dropout)
def dropout(input: Tensor, p: float = 0.5, training: bool = True, inplace: bool = False) -> Tensor:
    _check_probability(p)
    return aten.dropout_(input, p, training) if inplace else aten.dropout(input, p, training)


@replaces(F.alpha_dropout)
def alpha_dropout(
    input: Tensor, p: float = 0.5, training: bool = False, inplace: bool = False
) -> Tensor:
    _check_probability(p)
    if inplace:
        return aten.alpha_dropout_(input, p, training)
    return aten.alpha_dropout(input, p, training)


@replaces(F.dropout1d, F.dropout2d, F.dropout3d)
def feature_dropout(
    input: Tensor, p: float = 0.5, training: bool = True, inplace: bool = False
) -> Tensor:
    _check_probability(p)
    if inplace:
        return aten.feature_dropout_(input, p, training)
    return aten.feature_dropout(input, p, training)


# -- embedding and normalizations -----------------------------------------------------------------


@replaces(F.embedding)
def embedding(
    input: Tensor,
    weight: Tensor,
    padding_idx: int | None = None,
    max_norm: float | None = None,
    norm_type: float = 2.0,
    scale_grad_by_freq: bool = False,
    sparse: bool = False,
) -> Tensor:
    if padding_idx is None:
        padding_idx = -1
    elif padding_idx < 0:
        padding_idx = weight.size(0) + padding_idx
    if max_norm is not None:
        aten.embedding_renorm_(weight.detach(), input.contiguous(), max_norm, norm_type)
    return aten.embedding(weight, input, padding_idx, scale_grad_by_freq, sparse)


@replaces(F.batch_norm)
def batch_norm(
    input: Tensor,
    running_mean: Tensor | None,
    running_var: Tensor | None,
    weight: Tensor | None = None,
    bias: Tensor | None = None,
    training: bool = False,
    momentum: float = 0.1,
    eps: float = 1e-5,
) -> Tensor:
    if training:
        _verify_batch_size(input.size())
    return aten.batch_norm(
        input, weight, bias, running_mean, running_var, training, momentum, eps, True
    )


def _verify_batch_size(size: list[int]) -> None:
    count = size[0]
    for i in range(len(size) - 2):
        count = count * size[i + 2]
    if count == 1:
        raise ValueError(
            f"Expected more than 1 value per channel when training, got input size {size}"
        )


@replaces(F.layer_norm)
def layer_norm(
    input: Tensor,
    normalized_shape: list[int],
    weight: Tensor | None = None,
    bias: Tensor | None = None,
    eps: float = 1e-5,
) -> Tensor:
    return aten.layer_norm(input, normalized_shape, weight, bias, eps, True)


@replaces(F.rms_norm)
def rms_norm(
    input: Tensor,
    normalized_shape: list[int],
    weight: Tensor | None = None,
    eps: float | None = None,
) -> Tensor:
    return aten.rms_norm(input, normalized_shape, weight, eps)


@replaces(F.group_norm)
def group_norm(
    input: Tensor,
    num_groups: int,
    weight: Tensor | None = None,
    bias: Tensor | None = None,
    eps: float = 1e-5,
) -> Tensor:
    return aten.group_norm(input, num_groups, weight, bias, eps, True)


@replaces(F.instance_norm)
def instance_norm(
    input: Tensor,
    running_mean: Tensor | None = None,
    running_var: Tensor | None = None,
    weight: Tensor | None = None,
    bias: Tensor | None = None,
    use_input_stats: bool = True,
    momentum: float = 0.1,
    eps: float = 1e-5,
) -> Tensor:
    return aten.instance_norm(
        input, weight, bias, running_mean, running_var, use_input_stats, momentum, eps, True
    )


@replaces(F.normalize)
def normalize(input: Tensor, p: float = 2.0, dim: int = 1, eps: float = 1e-12) -> Tensor:
    denominator = aten.norm(input, p, [dim], True).clamp_min(eps).expand_as(input)
    return aten.div(input, denominator)


# -- pooling --------------------------------------------------------------------------------------


@replaces(F.max_pool1d)
def max_pool1d(
    input: Tensor,
    kernel_size: list[int],
    stride: list[int] | None = None,
    padding: list[int] = 0,  # type: ignore[assignment]
    dilation: list[int] = 1,  # type: ignore[assignment]
    ceil_mode: bool = False,
) -> Tensor:
    if stride is None:
        stride = kernel_size
    return aten.max_pool1d(input, kernel_size, stride, padding, dilation, ceil_mode)


@replaces(F.max_pool2d)
def max_pool2d(
    input: Tensor,
    kernel_size: list[int],
    stride: list[int] | None = None,
    padding: list[int] = 0,  # type: ignore[assignment]
    dilation: list[int] = 1,  # type: ignore[assignment]
    ceil_mode: bool = False,
) -> Tensor:
    if stride is None:
        stride = kernel_size
    return aten.max_pool2d(input, kernel_size, stride, padding, dilation, ceil_mode)


@replaces(F.max_pool3d)
def max_pool3d(
    input: Tensor,
    kernel_size: list[int],
    stride: list[int] | None = None,
    padding: list[int] = 0,  # type: ignore[assignment]
    dilation: list[int] = 1,  # type: ignore[assignment]
    ceil_mode: bool = False,
) -> Tensor:
    if stride is None:
        stride = kernel_size
    return aten.max_pool3d(input, kernel_size, stride, padding, dilation, ceil_mode)


@replaces(F.adaptive_avg_pool1d)
def adaptive_avg_pool1d(input: Tensor, output_size: list[int]) -> Tensor:
    return aten.adaptive_avg_pool1d(input, output_size)


@replaces(F.adaptive_avg_pool2d)
def adaptive_avg_pool2d(input: Tensor, output_size: list[int]) -> Tensor:
    return aten.adaptive_avg_pool2d(input, output_size)


@replaces(F.adaptive_avg_pool3d)
def adaptive_avg_pool3d(input: Tensor, output_size: list[int]) -> Tensor:
    return aten.adaptive_avg_pool3d(input, output_size)


@replaces(F.interpolate)
def interpolate(
    input: Tensor,
    size: list[int] | None = None,
    scale_factor: list[float] | None = None,
    mode: str = "nearest",
    align_corners: bool | None = None,
    recompute_scale_factor: bool | None = None,
    antialias: bool = False,
) -> Tensor:
    if antialias or recompute_scale_factor is not None and recompute_scale_factor:
        raise ValueError("antialias and recompute_scale_factor aren't implemented in TorchScript")
    rank = input.dim() - 2
    if size is not None and len(size) == 1:
        size = [size[0] for i in range(rank)]
    if scale_factor is not None and len(scale_factor) == 1:
        scale_factor = [scale_factor[0] for i in range(rank)]
    corners = align_corners is not None and align_corners
    if mode == "nearest":
        if rank == 1:
            return aten.upsample_nearest1d(input, size, scale_factor)
        if rank == 2:
            return aten.upsample_nearest2d(input, size, scale_factor)
        return aten.upsample_nearest3d(input, size, scale_factor)
    if mode == "linear":
        return aten.upsample_linear1d(input, size, corners, scale_factor)
    if mode == "bilinear":
        return aten.upsample_bilinear2d(input, size, corners, scale_factor)
    if mode == "bicubic":
        return aten.upsample_bicubic2d(input, size, corners, scale_factor)
    if mode == "trilinear":
        return aten.upsample_trilinear3d(input, size, corners, scale_factor)
    raise ValueError(f"mode {mode} is not implemented in TorchScript")


for _written, _width in (
    (interpolate, 1),
    (max_pool1d, 1),
    (max_pool2d, 2),
    (max_pool3d, 3),
    (adaptive_avg_pool1d, 1),
    (adaptive_avg_pool2d, 2),
    (adaptive_avg_pool3d, 3),
    (layer_norm, 1),
    (rms_norm, 1),
):
    _written.broadcast = _width  # type: ignore[attr-defined]
