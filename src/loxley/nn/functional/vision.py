"""Interpolation, sampling by a grid, windows and shuffles of images."""

from __future__ import annotations

import math
import warnings
from collections.abc import Sequence
from typing import Any

from ... import dtypes as dt
from ...ops import nn_grid, nn_resample
from ...ops.unsupported import no_kernel
from ...tensor import Tensor, linspace, ones, stack
from ...tensor.api import public
from ...tensor.grids import check_grid
from .pooling import adaptive_avg_pool1d, adaptive_avg_pool2d, adaptive_avg_pool3d

__all__ = [
    "affine_grid",
    "channel_shuffle",
    "fold",
    "grid_sample",
    "interpolate",
    "pixel_shuffle",
    "pixel_unshuffle",
    "unfold",
    "upsample",
    "upsample_bilinear",
    "upsample_nearest",
]

_RANKS = {
    "nearest": (3, 4, 5),
    "nearest-exact": (3, 4, 5),
    "area": (3, 4, 5),
    "linear": (3,),
    "bilinear": (4,),
    "bicubic": (4,),
    "trilinear": (5,),
}


def _sizes(
    input: Tensor, size: Any, scale_factor: Any, recompute: bool | None
) -> tuple[tuple[int, ...], tuple[float | None, ...]]:
    """The output's size, and the scales to be used as they are."""
    dims = input.ndim - 2
    if size is not None and scale_factor is not None:
        raise ValueError("only one of size or scale_factor should be defined")
    if size is not None:
        listed = tuple(size) if isinstance(size, (list, tuple)) else (size,) * dims
        if len(listed) != dims:
            raise ValueError(
                "Input and output must have the same number of spatial dimensions, but got input "
                "with "
                f"spatial dimensions of {list(input._shape[2:])} and output size of {size}. Please "
                "provide "
                "input tensor in (N, C, d1, d2, ...,dK) format and output size in (o1, o2, ...,oK) "
                "format."
            )
        return tuple(int(n) for n in listed), (None,) * dims
    if scale_factor is None:
        raise ValueError("either size or scale_factor should be defined")
    scales = (
        tuple(scale_factor) if isinstance(scale_factor, (list, tuple)) else (scale_factor,) * dims
    )
    if len(scales) != dims:
        raise ValueError(
            "Input and scale_factor must have the same number of spatial dimensions, but got input "
            "with "
            f"spatial dimensions of {list(input._shape[2:])} and scale_factor of shape "
            f"{scale_factor}. Please "
            "provide input tensor in (N, C, d1, d2, ...,dK) format and scale_factor in (s1, s2, "
            "...,sK) "
            "format."
        )
    wanted = [float(n) * float(s) for n, s in zip(input._shape[2:], scales)]
    if not recompute and not all(abs(n) < 2.0**63 for n in wanted):
        raise RuntimeError("value cannot be converted to type int64_t without overflow")
    made = tuple(math.floor(n) for n in wanted)
    if recompute:
        return made, (None,) * dims
    return made, tuple(float(s) for s in scales)


def _check_sizes(shape: tuple[int, ...], sizes: tuple[int, ...]) -> None:
    if any(n <= 0 for n in sizes) or any(n == 0 for n in shape[1:]):
        letters = "DHW"[-len(sizes) :]
        given, made = (
            ", ".join(f"{letter}: {n}" for letter, n in zip(letters, numbers))
            for numbers in (shape[2:], sizes)
        )
        between = "and output" if len(sizes) == 1 else "output"
        raise RuntimeError(
            "Input and output sizes should be greater than 0, but got input "
            f"({given}) {between} ({made})"
        )
    if math.prod(shape[:2] + sizes) >> 61:
        raise RuntimeError(
            f"Storage size calculation overflowed with sizes={list(shape[:2] + sizes)}"
        )


def interpolate(
    input: Tensor,
    size: int | Sequence[int] | None = None,
    scale_factor: float | Sequence[float] | None = None,
    mode: str = "nearest",
    align_corners: bool | None = None,
    recompute_scale_factor: bool | None = None,
    antialias: bool = False,
) -> Tensor:
    """(N, C, spatial...) at another size. Source: torch.nn.functional.interpolate."""
    if mode in ("nearest", "area", "nearest-exact"):
        if align_corners is not None:
            raise ValueError(
                "align_corners option can only be set with the interpolating modes: linear | "
                "bilinear | "
                "bicubic | trilinear"
            )
    elif mode not in _RANKS:
        raise NotImplementedError(
            "Input Error: Only 3D, 4D and 5D input Tensors supported (got "
            f"{input.ndim}D) for the modes: nearest | linear | bilinear | bicubic | trilinear | "
            "area | "
            f"nearest-exact (got {mode})"
        )
    elif align_corners is not None and not isinstance(align_corners, bool):
        raise TypeError(
            f"interpolate(): argument 'align_corners' must be bool, not "
            f"{type(align_corners).__name__}"
        )
    recompute = recompute_scale_factor or mode == "area"
    sizes, scales = _sizes(input, size, scale_factor, recompute)
    if antialias and not (mode in ("bilinear", "bicubic") and input.ndim == 4):
        raise ValueError(
            "Anti-alias option is restricted to bilinear and bicubic modes and requires a 4-D "
            "tensor as input"
        )
    if input.ndim not in _RANKS[mode]:
        if input.ndim in (3, 4, 5):
            raise NotImplementedError(
                f"Got {input.ndim}D input, but {mode} mode needs {_RANKS[mode][0]}D input"
            )
        raise NotImplementedError(
            "Input Error: Only 3D, 4D and 5D input Tensors supported (got "
            f"{input.ndim}D) for the modes: nearest | linear | bilinear | bicubic | trilinear | "
            "area | "
            f"nearest-exact (got {mode})"
        )
    if mode == "area":
        pools = {3: adaptive_avg_pool1d, 4: adaptive_avg_pool2d, 5: adaptive_avg_pool3d}
        return pools[input.ndim](input, sizes)
    _check_sizes(input._shape, sizes)
    align = bool(align_corners)
    _check_kind(input, mode, antialias)
    return nn_resample.upsample(input, sizes, mode, align, scales, antialias)


def _check_kind(input: Tensor, mode: str, antialias: bool) -> None:
    """NotImplementedError in PyTorch's words for dtypes that its kernels have not."""
    kind = input.dtype
    byte = kind is dt.uint8 and mode not in ("linear", "trilinear")
    if antialias and kind in (dt.float16, dt.bfloat16):
        raise no_kernel("compute_index_ranges_weights", kind)
    if not kind.is_floating_point and not byte:
        way = {"nearest": "nearest", "nearest-exact": "nearest", "bicubic": "cubic"}
        raise no_kernel(f"compute_indices_weights_{way.get(mode, 'linear')}", kind)


def upsample(
    input: Tensor,
    size: Any = None,
    scale_factor: Any = None,
    mode: str = "nearest",
    align_corners: bool | None = None,
) -> Tensor:
    """The former name of `interpolate`."""
    warnings.warn(
        "`nn.functional.upsample` is deprecated. Use `nn.functional.interpolate` instead.",
        stacklevel=2,
    )
    return interpolate(input, size, scale_factor, mode, align_corners)


def upsample_nearest(input: Tensor, size: Any = None, scale_factor: Any = None) -> Tensor:
    """`interpolate` in mode "nearest"."""
    warnings.warn(
        "`nn.functional.upsample_nearest` is deprecated. Use `nn.functional.interpolate` instead.",
        stacklevel=2,
    )
    return interpolate(input, size, scale_factor)


def upsample_bilinear(input: Tensor, size: Any = None, scale_factor: Any = None) -> Tensor:
    """`interpolate` in mode "bilinear" with aligned corners."""
    warnings.warn(
        "`nn.functional.upsample_bilinear` is deprecated. Use `nn.functional.interpolate` instead.",
        stacklevel=2,
    )
    return interpolate(input, size, scale_factor, "bilinear", True)


def grid_sample(
    input: Tensor,
    grid: Tensor,
    mode: str = "bilinear",
    padding_mode: str = "zeros",
    align_corners: bool | None = None,
) -> Tensor:
    """The input at the places of the grid. Source: torch.nn.functional.grid_sample."""
    if mode not in ("bilinear", "nearest", "bicubic"):
        raise ValueError(
            "nn.functional.grid_sample(): expected mode to be 'bilinear', 'nearest' or 'bicubic', "
            "but got: "
            f"'{mode}'"
        )
    if padding_mode not in ("zeros", "border", "reflection"):
        raise ValueError(
            "nn.functional.grid_sample(): expected padding_mode to be 'zeros', 'border', or "
            "'reflection', "
            f"but got: '{padding_mode}'"
        )
    if align_corners is None:
        warnings.warn(
            "Default grid_sample and affine_grid behavior has changed to align_corners=False since "
            "1.3.0. "
            "Please specify align_corners=True if the old behavior is desired. See the "
            "documentation of "
            "grid_sample for details.",
            stacklevel=2,
        )
    check_grid(input, grid, mode)
    return nn_grid.grid_sample(input, grid, mode, padding_mode, bool(align_corners))


def affine_grid(theta: Tensor, size: Sequence[int], align_corners: bool | None = None) -> Tensor:
    """The flow field of affine maps theta (N, 2, 3) or (N, 3, 4).

    Source: torch.nn.functional.affine_grid.
    """
    if not theta.dtype.is_floating_point:
        raise ValueError(f"Expected theta to have floating point type, but got {theta.dtype}")
    if align_corners is None:
        warnings.warn(
            "Default grid_sample and affine_grid behavior has changed to align_corners=False since "
            "1.3.0. "
            "Please specify align_corners=True if the old behavior is desired. See the "
            "documentation of "
            "grid_sample for details.",
            stacklevel=2,
        )
    dims = len(size) - 2
    if dims not in (2, 3):
        raise NotImplementedError(
            "affine_grid only supports 4D and 5D sizes, for 2D and 3D affine transforms, "
            "respectively. Got "
            f"size {tuple(size)}."
        )
    if theta._shape[-2:] != (dims, dims + 1) or theta.ndim != 3:
        raise ValueError(
            f"Expected a batch of {dims}D affine matrices of shape Nx{dims}x{dims + 1} for size "
            f"{tuple(size)}. Got {theta.size()}."
        )
    if min(size) <= 0:
        raise ValueError(f"Expected non-zero, positive output size. Got {tuple(size)}")
    spatial = tuple(size[2:])
    axes = [_axis(n, bool(align_corners), theta) for n in spatial]
    parts = []
    for d in reversed(range(dims)):
        shape = [1] * dims
        shape[d] = spatial[d]
        parts.append(axes[d].reshape(shape).expand(spatial))
    base = stack([*parts, ones(spatial, dtype=theta.dtype)], -1)
    flat = base.reshape(1, -1, dims + 1).expand(theta._shape[0], -1, -1)
    return flat.bmm(theta.transpose(1, 2)).view((theta._shape[0], *spatial, dims))


def _axis(n: int, align: bool, like: Tensor) -> Tensor:
    if n <= 1:
        return like.new_zeros((n,))
    made = linspace(-1, 1, n, dtype=like.dtype)
    return made if align else made * ((n - 1) / n)


def _pair(value: Any) -> tuple[int, int]:
    if isinstance(value, (list, tuple)):
        return (value[0], value[0]) if len(value) == 1 else (value[0], value[1])
    return value, value


def unfold(
    input: Tensor, kernel_size: Any, dilation: Any = 1, padding: Any = 0, stride: Any = 1
) -> Tensor:
    """Windows of an image as columns, (N, C k, L). Source: torch.nn.functional.unfold."""
    kernel, dilation, padding, stride = map(_pair, (kernel_size, dilation, padding, stride))
    for name, (height, width), least in (
        ("kernel size", kernel, 1),
        ("dilation", dilation, 1),
        ("padding", padding, 0),
        ("stride", stride, 1),
    ):
        if min(height, width) < least:
            kind = "greater than zero" if least else "non-negative"
            word = name.replace(" ", "_")
            raise RuntimeError(
                f"{name} should be {kind}, but got {word}_height: {height} {word}_width: {width}"
            )
    if input.ndim not in (3, 4):
        raise RuntimeError(
            "Expected 3D or 4D (batch mode) tensor with possibly 0 batch size and other non-zero "
            "dimensions "
            f"for input, but got: {list(input._shape)}"
        )
    image = input if input.ndim == 4 else input.unsqueeze(0)
    blocks = nn_resample.unfold_positions(image._shape[2:], kernel, dilation, padding, stride)
    if min(blocks) < 1:
        raise RuntimeError(
            f"Given input with spatial size ({image._shape[2]}, {image._shape[3]}), "
            f"kernel_size={kernel}, "
            f"dilation={dilation}, padding={padding}, calculated shape of the array of sliding "
            "blocks as "
            f"{blocks}, but its components must be at least one."
        )
    made = nn_resample.im2col(image, kernel, dilation, padding, stride)
    return made if input.ndim == 4 else made.squeeze(0)


def fold(
    input: Tensor,
    output_size: Any,
    kernel_size: Any,
    dilation: Any = 1,
    padding: Any = 0,
    stride: Any = 1,
) -> Tensor:
    """Columns added up into an image, the adjoint of `unfold`. Source: torch.nn.functional.fold."""
    size, kernel, dilation, padding, stride = map(
        _pair, (output_size, kernel_size, dilation, padding, stride)
    )
    if input.ndim not in (2, 3):
        raise RuntimeError(
            "Input Error: Only unbatched (2D) or batched (3D) input Tensors supported (got "
            f"{input.ndim}D)"
        )
    columns = input if input.ndim == 3 else input.unsqueeze(0)
    if columns._shape[1] % (kernel[0] * kernel[1]):
        raise RuntimeError(
            "Expected size of input's dimension 1 to be divisible by the product of kernel_size, "
            "but got "
            f"input.size(1)={columns._shape[1]} and kernel_size={kernel}."
        )
    blocks = nn_resample.unfold_positions(size, kernel, dilation, padding, stride)
    if columns._shape[2] != blocks[0] * blocks[1]:
        raise RuntimeError(
            f"Given output_size={size}, kernel_size={kernel}, dilation={dilation}, "
            f"padding={padding}, "
            f"stride={stride}, expected size of input's dimension 2 to match the calculated number "
            "of sliding "
            f"blocks {blocks[0]} * {blocks[1]} = {blocks[0] * blocks[1]}, but got "
            f"input.size(2)={columns._shape[2]}."
        )
    made = nn_resample.col2im(columns, size, kernel, dilation, padding, stride)
    return made if input.ndim == 3 else made.squeeze(0)


def _check_shuffle(name: str, input: Tensor, factor: int, argument: str) -> None:
    if input.ndim < 3:
        raise RuntimeError(
            f"{name} expects input to have at least 3 dimensions, but got input with {input.ndim} "
            "dimension(s)"
        )
    if factor <= 0:
        raise RuntimeError(f"{name} expects a positive {argument}, but got {factor}")


@public(method=False)
def pixel_shuffle(input: Tensor, upscale_factor: int) -> Tensor:
    """(*, C r^2, H, W) as (*, C, H r, W r). Source: torch.nn.functional.pixel_shuffle."""
    _check_shuffle("pixel_shuffle", input, upscale_factor, "upscale_factor")
    if input._shape[-3] % upscale_factor**2:
        raise RuntimeError(
            "pixel_shuffle expects its input's 'channel' dimension to be divisible by the square "
            "of "
            f"upscale_factor, but input.size(-3)={input._shape[-3]} is not divisible by "
            f"{upscale_factor**2}"
        )
    return nn_resample.pixel_shuffle(input, int(upscale_factor))


@public(method=False)
def pixel_unshuffle(input: Tensor, downscale_factor: int) -> Tensor:
    """(*, C, H r, W r) as (*, C r^2, H, W). Source: torch.nn.functional.pixel_unshuffle."""
    _check_shuffle("pixel_unshuffle", input, downscale_factor, "downscale_factor")
    for place, name in ((-2, "height"), (-1, "width")):
        if input._shape[place] % downscale_factor:
            raise RuntimeError(
                f"pixel_unshuffle expects {name} to be divisible by downscale_factor, but "
                f"input.size({place})={input._shape[place]} is not divisible by {downscale_factor}"
            )
    return nn_resample.pixel_unshuffle(input, int(downscale_factor))


@public(method=False)
def channel_shuffle(input: Tensor, groups: int) -> Tensor:
    """Channels dealt out from groups in turn. Source: torch.nn.functional.channel_shuffle."""
    if input.ndim < 3:
        raise RuntimeError(
            "channel_shuffle expects input with > 2 dims, but got input with sizes "
            f"{list(input._shape)}"
        )
    if groups <= 0:
        raise RuntimeError(
            f"Number of groups to divide channels in must be positive. Value of groups:{groups}"
        )
    n, c, *rest = input._shape
    if c % groups:
        raise RuntimeError(
            f"Number of channels must be divisible by groups. Got {c} channels and {groups} groups."
        )
    return input.reshape(n, groups, c // groups, *rest).transpose(1, 2).reshape(n, c, *rest)
