"""Pooling by means and by norms with the signatures of `torch.nn.functional`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ... import dtypes as dt
from ...ops.unsupported import no_kernel
from ...tensor import Tensor, adaptive_avg_pool1d, avg_pool1d, nn_pool
from ...tensor.api import public
from .max_pooling import output_sizes
from .rectifiers import relu

Sizes = int | Sequence[int]

__all__ = [
    "adaptive_avg_pool1d",
    "adaptive_avg_pool2d",
    "adaptive_avg_pool3d",
    "avg_pool1d",
    "avg_pool2d",
    "avg_pool3d",
    "lp_pool1d",
    "lp_pool2d",
    "lp_pool3d",
]


@public(method=False, function=False, out=True)
def avg_pool2d(
    input: Tensor,
    kernel_size: Sizes,
    stride: Sizes | None = None,
    padding: Sizes = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
    divisor_override: int | None = None,
) -> Tensor:
    """Means of windows of (N, C, H, W). Source: torch.nn.functional.avg_pool2d."""
    options = (padding, ceil_mode, count_include_pad, divisor_override)
    return nn_pool.avg_pool(2, input, kernel_size, stride, *options)


@public(method=False, function=False, out=True)
def avg_pool3d(
    input: Tensor,
    kernel_size: Sizes,
    stride: Sizes | None = None,
    padding: Sizes = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
    divisor_override: int | None = None,
) -> Tensor:
    """Means of windows of (N, C, D, H, W). Source: torch.nn.functional.avg_pool3d."""
    options = (padding, ceil_mode, count_include_pad, divisor_override)
    if input.dtype in (dt.float16, dt.bfloat16):
        raise no_kernel("avg_pool3d_out_frame", input.dtype)
    return nn_pool.avg_pool(3, input, kernel_size, stride, *options)


def adaptive_avg_pool2d(input: Tensor, output_size: Any) -> Tensor:
    """Means of output_size windows of (N, C, H, W). Source: F.adaptive_avg_pool2d."""
    return nn_pool.adaptive_avg_pool(2, input, _out(2, output_size, input))


def adaptive_avg_pool3d(input: Tensor, output_size: Any) -> Tensor:
    """Means of output_size windows of (N, C, D, H, W). Source: F.adaptive_avg_pool3d."""
    return nn_pool.adaptive_avg_pool(3, input, _out(3, output_size, input))


def _out(n: int, output_size: Any, input: Tensor) -> tuple[int, ...]:
    name = f"adaptive_avg_pool{n}d"
    if isinstance(output_size, int):
        return (output_size,) * n
    return output_sizes(n, name, output_size, input)


def _lp_pool(
    n: int, input: Tensor, norm_type: float, kernel_size: Sizes, stride: Any, ceil_mode: bool
) -> Tensor:
    kernel = nn_pool.sizes(f"lp_pool{n}d", "kernel_size", kernel_size, n)
    means = nn_pool.avg_pool(
        n, input**norm_type, kernel, stride if stride is not None else kernel, 0, ceil_mode, True
    )
    count = 1
    for k in kernel:
        count *= k
    return ((means.sign() * relu(means.abs())) * count) ** (1.0 / norm_type)


def lp_pool1d(
    input: Tensor,
    norm_type: float,
    kernel_size: int,
    stride: Sizes | None = None,
    ceil_mode: bool = False,
) -> Tensor:
    """Norms of windows of (N, C, L). Source: torch.nn.functional.lp_pool1d."""
    return _lp_pool(1, input, norm_type, kernel_size, stride, ceil_mode)


def lp_pool2d(
    input: Tensor,
    norm_type: float,
    kernel_size: Sizes,
    stride: Sizes | None = None,
    ceil_mode: bool = False,
) -> Tensor:
    """Norms of windows of (N, C, H, W). Source: torch.nn.functional.lp_pool2d."""
    return _lp_pool(2, input, norm_type, kernel_size, stride, ceil_mode)


def lp_pool3d(
    input: Tensor,
    norm_type: float,
    kernel_size: Sizes,
    stride: Sizes | None = None,
    ceil_mode: bool = False,
) -> Tensor:
    """Norms of windows of (N, C, D, H, W). Source: torch.nn.functional.lp_pool3d."""
    return _lp_pool(3, input, norm_type, kernel_size, stride, ceil_mode)
