"""Pooling by maxima, its inverse, with the signatures of `torch.nn.functional`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ...ops import nn_pool as ops
from ...shapes import numel
from ...tensor import Tensor, nn_pool, rand

Sizes = int | Sequence[int]

__all__ = [
    "adaptive_max_pool1d",
    "adaptive_max_pool1d_with_indices",
    "adaptive_max_pool2d",
    "adaptive_max_pool2d_with_indices",
    "adaptive_max_pool3d",
    "adaptive_max_pool3d_with_indices",
    "fractional_max_pool2d",
    "fractional_max_pool2d_with_indices",
    "fractional_max_pool3d",
    "fractional_max_pool3d_with_indices",
    "max_pool1d",
    "max_pool1d_with_indices",
    "max_pool2d",
    "max_pool2d_with_indices",
    "max_pool3d",
    "max_pool3d_with_indices",
    "max_unpool1d",
    "max_unpool2d",
    "max_unpool3d",
]


def _named(function: Callable, name: str, doc: str) -> Callable:
    function.__name__ = function.__qualname__ = name
    function.__doc__ = f"{doc} Source: torch.nn.functional.{name}."
    return function


def _max_pools(n: int) -> tuple[Callable, Callable]:
    """`max_pool{n}d` and its form with indices."""

    def plain(
        input: Tensor,
        kernel_size: Sizes,
        stride: Sizes | None = None,
        padding: Sizes = 0,
        dilation: Sizes = 1,
        ceil_mode: bool = False,
        return_indices: bool = False,
    ) -> Any:
        options = (kernel_size, stride, padding, dilation, ceil_mode, return_indices)
        found = nn_pool.max_pool(n, input, *options)
        return found if return_indices else found[0]

    def with_indices(
        input: Tensor,
        kernel_size: Sizes,
        stride: Sizes | None = None,
        padding: Sizes = 0,
        dilation: Sizes = 1,
        ceil_mode: bool = False,
        return_indices: bool = False,
    ) -> tuple[Tensor, Tensor]:
        return nn_pool.max_pool(n, input, kernel_size, stride, padding, dilation, ceil_mode, True)

    return (
        _named(plain, f"max_pool{n}d", "Maxima of windows."),
        _named(with_indices, f"max_pool{n}d_with_indices", "Maxima and where they stand."),
    )


max_pool1d, max_pool1d_with_indices = _max_pools(1)
max_pool2d, max_pool2d_with_indices = _max_pools(2)
max_pool3d, max_pool3d_with_indices = _max_pools(3)


def output_sizes(n: int, name: str, output_size: Any, input: Tensor) -> tuple[int, ...]:
    """The output's spatial shape, None standing for the input's own size."""
    if isinstance(output_size, int) or output_size is None:
        output_size = (output_size,) * n
    if input.ndim <= len(output_size):
        raise ValueError(f"Input dimension should be at least {len(output_size) + 1}")
    if len(output_size) != n:
        inside = "(): internal error: output_size.size()" if "max" in name else ": output_size"
        raise RuntimeError(f"{name}{inside} must be {n}")
    for place, d in enumerate(output_size):
        if not isinstance(d, (int, Tensor, np.integer)) and d is not None:
            raise TypeError(
                f"{name}(): argument 'output_size' (position 2) must be tuple of ints, but found "
                f"element of type {type(d).__name__} at pos {place}"
            )
    own = ops.last(input._shape, n)
    return tuple(m if d is None else int(d) for d, m in zip(output_size, own))


def _adaptive_max_pools(n: int) -> tuple[Callable, Callable]:
    name = f"adaptive_max_pool{n}d"

    def plain(input: Tensor, output_size: Any, return_indices: bool = False) -> Any:
        found = nn_pool.adaptive_max_pool(n, input, _adaptive_out(n, name, output_size, input))
        return found if return_indices else found[0]

    def with_indices(
        input: Tensor, output_size: Any, return_indices: bool = False
    ) -> tuple[Tensor, Tensor]:
        return nn_pool.adaptive_max_pool(n, input, _adaptive_out(n, name, output_size, input))

    return (
        _named(plain, name, "Maxima of as many windows as asked for."),
        _named(with_indices, f"{name}_with_indices", "Maxima and where they stand."),
    )


def _adaptive_out(n: int, name: str, output_size: Any, input: Tensor) -> tuple[int, ...]:
    if n == 1:
        return nn_pool.sizes(name, "output_size", output_size, n)
    return output_sizes(n, name, output_size, input)


adaptive_max_pool1d, adaptive_max_pool1d_with_indices = _adaptive_max_pools(1)
adaptive_max_pool2d, adaptive_max_pool2d_with_indices = _adaptive_max_pools(2)
adaptive_max_pool3d, adaptive_max_pool3d_with_indices = _adaptive_max_pools(3)


# ---------------------------------------------------------------- fractional


def _fractional(
    n: int,
    input: Tensor,
    kernel_size: Sizes,
    output_size: Sizes | None,
    output_ratio: Any,
    samples: Tensor | None,
) -> tuple[Tensor, Tensor]:
    name = f"fractional_max_pool{n}d"
    if output_size is None and output_ratio is None:
        raise ValueError(f"{name} requires specifying either an output_size or an output_ratio")
    kernel = nn_pool.sizes(name, "kernel_size", kernel_size, n)
    if input.ndim < n + 1:
        raise IndexError(
            f"Dimension out of range (expected to be in range of [{-input.ndim}, "
            f"{input.ndim - 1}], "
            f"but got -{n + 1})"
        )
    size = ops.last(input._shape, n)
    if output_size is None:
        if not isinstance(output_ratio, float) and len(output_ratio) != n:
            raise ValueError(
                f"{name} requires output_ratio to either be a single Int or tuple of Ints."
            )
        ratios = (output_ratio,) * n if isinstance(output_ratio, float) else output_ratio
        output_size = tuple(int(m * r) for m, r in zip(size, ratios))
    out = nn_pool.sizes(name, "output_size", output_size, n)
    _check_fractional(name, input, size, out, kernel)
    batch = 1 if input.ndim == n + 1 else input._shape[0]
    if samples is None:
        samples = rand(batch, input._shape[-n - 1], n, dtype=input.dtype)
    _check_samples(samples, batch, input._shape[-n - 1], n)
    return ops.fractional_max_pool(input, samples.detach()[:batch], out, kernel)


def _check_samples(samples: Tensor, batch: int, channels: int, n: int) -> None:
    shape = samples._shape
    if shape[0] < batch:
        raise RuntimeError("Expect _random_samples.size(0) no less then input batch size.")
    if shape[1] != channels:
        raise RuntimeError("Expect _random_samples.size(1) equals to input channel size.")
    if shape[2] != n:
        raise RuntimeError(f"Expect _random_samples.size(2) equals to {n}; got {shape[2]}.")


def _check_fractional(name: str, input: Tensor, size, out, kernel) -> None:
    words = ("time", "height", "width")[-len(size) :]
    if 0 in input._shape[1:]:
        raise RuntimeError(
            f"{name}(): Expected input to have non-zero size for non-batch dimensions, but got "
            f"{list(input._shape)}"
        )
    for word, m, o, k in zip(words, size, out, kernel):
        if k <= 0:
            raise RuntimeError("kernel_size should be greater than zero")
        if o <= 0:
            raise RuntimeError(f"{name}: output_size must be greater than zero")
        if o + k - 1 > m:
            raise RuntimeError(f"{name}(): pool {word} {k} too large relative to input {word} {m}")


def _fractional_pools(n: int) -> tuple[Callable, Callable]:
    name = f"fractional_max_pool{n}d"

    def plain(
        input: Tensor,
        kernel_size: Sizes,
        output_size: Sizes | None = None,
        output_ratio: Any = None,
        return_indices: bool = False,
        _random_samples: Tensor | None = None,
    ) -> Any:
        found = _fractional(n, input, kernel_size, output_size, output_ratio, _random_samples)
        return found if return_indices else found[0]

    def with_indices(
        input: Tensor,
        kernel_size: Sizes,
        output_size: Sizes | None = None,
        output_ratio: Any = None,
        return_indices: bool = False,
        _random_samples: Tensor | None = None,
    ) -> tuple[Tensor, Tensor]:
        return _fractional(n, input, kernel_size, output_size, output_ratio, _random_samples)

    return (
        _named(plain, name, "Maxima of windows at pseudo-random places."),
        _named(with_indices, f"{name}_with_indices", "Maxima and where they stand."),
    )


fractional_max_pool2d, fractional_max_pool2d_with_indices = _fractional_pools(2)
fractional_max_pool3d, fractional_max_pool3d_with_indices = _fractional_pools(3)


# ---------------------------------------------------------------- unpooling


def _unpool_size(input: Tensor, kernel, stride, padding, output_size) -> tuple[int, ...]:
    """The size before pooling; `output_size` chooses among those that pool to the same."""
    n = len(kernel)
    size = ops.last(input._shape, n)
    default = [(m - 1) * s + k - 2 * p for m, s, k, p in zip(size, stride, kernel, padding)]
    if output_size is None:
        return tuple(default)
    given = tuple(output_size)
    if len(given) == n + 2:
        given = given[2:]
    if len(given) != n:
        raise ValueError(
            "output_size should be a sequence containing "
            f"{n} or {n + 2} elements, but it has a length of '{len(given)}'"
        )
    for d in range(n):
        low, high = default[d] - stride[d], default[d] + stride[d]
        if not low < given[d] < high:
            raise ValueError(
                f'invalid output_size "{given}" (dim {d} must be between {low} and {high})'
            )
    return tuple(int(m) for m in given)


def _check_unpool(n: int, input: Tensor, indices: Tensor, size: tuple[int, ...]) -> None:
    if indices.dtype.name != "int64":
        raise RuntimeError(
            f"elements in indices should be type int64 but got: {indices.dtype.legacy_name}"
        )
    if input.ndim not in (n + 1, n + 2):
        raise RuntimeError(
            f"Input to max_unpooling{n}d should be a {n + 1}d or {n + 2}d Tensor, but got a tensor "
            f"with {input.ndim} dimensions."
        )
    if input._shape != indices._shape:
        raise RuntimeError(
            "Expected shape of indices to be same as that of the input tensor "
            f"({list(input._shape)}) but got indices tensor with shape: {list(indices._shape)}"
        )
    places = indices._all_slices()
    if places.size and not (places.min() >= 0 and places.max() < numel(size)):
        wrong = places[(places < 0) | (places >= numel(size))].reshape(-1)[0]
        shown = "x".join(map(str, size))
        raise RuntimeError(
            f"Found an invalid max index: {wrong} (output volumes are of size {shown})"
        )


def _max_unpool(n: int) -> Callable:
    name = f"max_unpool{n}d"

    def unpool(
        input: Tensor,
        indices: Tensor,
        kernel_size: Sizes,
        stride: Sizes | None = None,
        padding: Sizes = 0,
        output_size: Sequence[int] | None = None,
    ) -> Tensor:
        kernel = nn_pool.sizes(name, "kernel_size", kernel_size, n)
        steps = kernel if stride is None else nn_pool.sizes(name, "stride", stride, n)
        edges = nn_pool.sizes(name, "padding", padding, n)
        size = _unpool_size(input, kernel, steps, edges, output_size)
        if n > 1:
            _check_unpool(n, input, indices, size)
            return ops.max_unpool(input, indices, size)
        whole, places = input.unsqueeze(-2), indices.unsqueeze(-2)
        _check_unpool(2, whole, places, (1, *size))
        return ops.max_unpool(whole, places, (1, *size)).squeeze(-2)

    return _named(unpool, name, "Maxima put back where they stood, zeros elsewhere.")


max_unpool1d = _max_unpool(1)
max_unpool2d = _max_unpool(2)
max_unpool3d = _max_unpool(3)
