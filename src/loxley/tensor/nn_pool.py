"""Pooling as functions of tensors, with PyTorch's checks.

One-dimensional pools run as two-dimensional ones of height one, as in PyTorch, whose grad nodes
show it.  Source: https://docs.pytorch.org/docs/stable/nn.functional.html#pooling-functions
"""

from __future__ import annotations

from collections.abc import Sequence
from math import prod

from .. import dtypes as dt
from ..numerics.pooling import Windows
from ..ops import nn_pool as ops
from ..ops import reduce
from ..ops.movement import squeeze_dim, unsqueeze
from ..ops.unsupported import no_kernel
from .api import public
from .nn_conv import like_channels_last
from .tensor import Tensor

Sizes = int | Sequence[int]
_WORDS = {1: "one int", 2: "two ints", 3: "three ints"}


def sizes(function: str, name: str, value: Sizes, n: int) -> tuple[int, ...]:
    """One number per pooled dimension; RuntimeError for another count."""
    if isinstance(value, int):
        return (value,) * n
    given = tuple(int(v) for v in value)
    if n == 1 and name == "output_size" and len(given) != 1:
        raise RuntimeError(
            f"{function}() argument 'output_size' should contain one int (got {len(given)})"
        )
    if len(given) not in (1, n):
        raise RuntimeError(
            f"{function}: {name} must either be a single int, or a tuple of {_WORDS[n]}"
        )
    return given * n if len(given) == 1 else given


def windows_of(
    function: str,
    n: int,
    kernel_size: Sizes,
    stride: Sizes | None,
    padding: Sizes,
    dilation: Sizes = 1,
    ceil_mode: bool = False,
) -> Windows:
    """The windows that a pooling function's arguments describe; RuntimeError as PyTorch's."""
    kernel = sizes(function, "kernel_size", kernel_size, n)
    absent = stride is None or (not isinstance(stride, int) and len(stride) == 0)
    steps = kernel if absent else sizes(function, "stride", stride, n)
    edges, gaps = sizes(function, "padding", padding, n), sizes(function, "dilation", dilation, n)
    if any(s == 0 for s in steps):
        raise RuntimeError("stride should not be zero")
    if any(k <= 0 for k in kernel) or any(s < 0 for s in steps):
        shown = _named("k", kernel), _named("d", steps)
        raise RuntimeError(
            f"kernel size should be greater than zero, but got {shown[0]}"
            if any(k <= 0 for k in kernel)
            else f"stride should be greater than zero, but got {shown[1]}"
        )
    if any(d <= 0 for d in gaps):
        raise RuntimeError(
            f"dilation should be greater than zero, but got {_named('dilation', gaps)}"
        )
    for p, k, d in zip(edges, kernel, gaps):
        if p < 0:
            raise RuntimeError(f"pad must be non-negative, but got pad: {p}")
        if p > ((k - 1) * d + 1) // 2:
            raise RuntimeError(
                "pad should be at most half of effective kernel size, but got "
                f"pad={p}, kernel_size={k} and dilation={d}"
            )
    return Windows(kernel, steps, edges, gaps, bool(ceil_mode))


def _named(prefix: str, values: tuple[int, ...]) -> str:
    return " ".join(f"{prefix}{w}: {v}" for w, v in zip("THW"[-len(values) :], values))


def _check_rank(input: Tensor, n: int) -> None:
    shape = input._shape
    if len(shape) not in (n + 1, n + 2):
        raise RuntimeError(f"non-empty {n + 1}D or {n + 2}D (batch mode) tensor expected for input")
    if n == 3 and 0 in (shape[1:] if len(shape) == 5 else shape):
        raise RuntimeError(
            "max_pool3d_with_indices_out_cpu_template(): Expected input's non-batch dimensions to "
            "have "
            f"positive length, but input has a shape of {list(shape)} and non-batch dimension "
            f"{shape.index(0, len(shape) - 4)} has length zero!"
        )
    if any(m == 0 for m in shape[len(shape) - n - 1 :]):
        raise RuntimeError(
            f"Expected {n + 1}D or {n + 2}D (batch mode) tensor with optional 0 dim batch size for "
            f"input, but got:{list(shape)}"
        )


def _check_size(input: Tensor, windows: Windows, n: int) -> None:
    size = ops.last(input._shape, n)
    out = windows.output(size)
    if any(m < 1 for m in out):
        planes = input._shape[-n - 1]
        given, made = ("x".join(map(str, (planes, *s))) for s in (size, (max(0, m) for m in out)))
        raise RuntimeError(
            f"Given input size: ({given}). Calculated output size: ({made}). Output size is too "
            "small"
        )


def _refuse(input: Tensor, kernel: str, *names: str) -> None:
    if input.dtype.name in names or input.dtype.is_complex:
        raise NotImplementedError(f"\"{kernel}\" not implemented for '{input.dtype.legacy_name}'")


# ---------------------------------------------------------------- maxima


def _max(input: Tensor, n: int, windows: Windows, indices: bool) -> tuple:
    _check_rank(input, n)
    _refuse(input, f"max_pool{n}d", "bool")
    _check_size(input, windows, n)
    made, taps = ops.max_pool(input, windows)
    made = like_channels_last(made, input)
    if not indices:
        return made, None
    places = ops.max_places(taps.detach(), windows, ops.last(input._shape, n))
    return made, like_channels_last(places, input)


def max_pool(
    n: int,
    input: Tensor,
    kernel_size: Sizes,
    stride: Sizes | None,
    padding: Sizes,
    dilation: Sizes,
    ceil_mode: bool,
    indices: bool,
) -> tuple:
    """(maxima, positions or None) of windows over the last n dimensions, n = 1, 2 or 3."""
    name = f"max_pool{n}d"
    if n > 1:
        windows = windows_of(name, n, kernel_size, stride, padding, dilation, ceil_mode)
        return _max(input, n, windows, indices)
    if not indices:  # which kernel runs decides what it says
        _check_max_pool1d(input, kernel_size, stride, padding, dilation, ceil_mode)
    elif input.ndim not in (2, 3) or 0 in input._shape[-2:]:
        raise RuntimeError(
            "max_pool1d: Expected 2D or 3D (batch mode) tensor with optional 0 dim batch size for "
            f"input, but got:{list(input._shape)}"
        )
    flat = windows_of(name, 1, kernel_size, stride, padding, dilation, ceil_mode)
    found = _max(unsqueeze(input, input.ndim - 1), 2, _in_two(flat), indices)
    return tuple(None if t is None else _flattened(t) for t in found)


def _in_two(flat: Windows) -> Windows:
    """Windows of one dimension as those of height one."""
    return Windows(
        (1, *flat.kernel), (1, *flat.stride), (0, *flat.padding), (1, *flat.dilation), flat.ceil
    )


def _flattened(t: Tensor) -> Tensor:
    return squeeze_dim(t, (t.ndim - 2,))


def _check_max_pool1d(input, kernel_size, stride, padding, dilation, ceil_mode) -> None:
    name = "max_pool1d"
    shape = input._shape
    if len(shape) not in (2, 3) or 0 in shape[-2:]:
        raise RuntimeError(
            "max_pool1d: Expected 2D or 3D (batch mode) tensor with optional 0 dim batch size for "
            f"input, but got:{list(shape)}"
        )
    _refuse(input, "max_pool1d_impl", "bool", "int64", "int32", "int16", "int8", "uint8")
    (k,) = sizes(name, "kernel_size", kernel_size, 1)
    (s,) = (k,) if stride is None or stride == () else sizes(name, "stride", stride, 1)
    (p,), (d,) = sizes(name, "padding", padding, 1), sizes(name, "dilation", dilation, 1)
    for word, value in (("kernel_size", k), ("stride", s)):
        if value <= 0:
            raise RuntimeError(f"max_pool1d() {word} must be greater than zero, but got {value}")
    if p < 0:
        raise RuntimeError(f"max_pool1d() padding must be non-negative, but got {p}")
    if p > k // 2:
        raise RuntimeError(
            f"max_pool1d() padding should be at most half of kernel size, but got padding={p} and "
            f"kernel_size={k}"
        )
    if d <= 0:
        raise RuntimeError(f"max_pool1d() dilation must be greater than zero, but got {d}")
    (out,) = Windows((k,), (s,), (p,), (d,), bool(ceil_mode)).output(shape[-1:])
    if out <= 0:
        raise RuntimeError(f"max_pool1d() Invalid computed output size: {out}")


def _declare_max(n: int) -> None:
    def plain(
        input: Tensor,
        kernel_size: Sizes,
        stride: Sizes | None = None,
        padding: Sizes = 0,
        dilation: Sizes = 1,
        ceil_mode: bool = False,
    ) -> Tensor:
        options = (kernel_size, stride, padding, dilation, ceil_mode)
        return max_pool(n, input, *options, False)[0]

    def with_indices(
        input: Tensor,
        kernel_size: Sizes,
        stride: Sizes | None = None,
        padding: Sizes = 0,
        dilation: Sizes = 1,
        ceil_mode: bool = False,
    ) -> tuple[Tensor, Tensor]:
        options = (kernel_size, stride, padding, dilation, ceil_mode)
        return max_pool(n, input, *options, True)

    plain.__doc__ = f"Maxima of windows. Source: torch.nn.functional.max_pool{n}d."
    with_indices.__doc__ = f"`max_pool{n}d` and the maxima's positions in the input's planes."
    for function, name in ((plain, f"max_pool{n}d"), (with_indices, f"max_pool{n}d_with_indices")):
        function.__name__ = function.__qualname__ = name
        if n == 1 or function is plain:
            public(method=False)(function)


for _n in (1, 2, 3):
    _declare_max(_n)


# ---------------------------------------------------------------- means


def avg_pool(
    n: int,
    input: Tensor,
    kernel_size: Sizes,
    stride: Sizes | None,
    padding: Sizes,
    ceil_mode: bool,
    count_include_pad: bool,
    divisor_override: int | None = None,
) -> Tensor:
    """Means of windows over the last n dimensions, n = 1, 2 or 3."""
    name = f"avg_pool{n}d"
    if n == 1:
        _check_flat(input, name)
        flat = windows_of(name, 1, kernel_size, stride, padding, 1, ceil_mode)
        whole = unsqueeze(input, input.ndim - 1)
        return _flattened(_avg(whole, 2, _in_two(flat), count_include_pad, None))
    if n == 2 and input.ndim < 3:
        raise IndexError(
            f"Dimension out of range (expected to be in range of [{-input.ndim}, "
            f"{input.ndim - 1}], "
            "but got -3)"
        )
    windows = windows_of(name, n, kernel_size, stride, padding, 1, ceil_mode)
    if divisor_override == 0:
        raise RuntimeError("divisor must be not zero")
    return _avg(input, n, windows, count_include_pad, divisor_override)


def _avg(input: Tensor, n: int, windows: Windows, include: bool, divisor: int | None) -> Tensor:
    _check_rank(input, n)
    _refuse(input, f"avg_pool{n}d", "bool", "int32", "int16", "int8", "uint8")
    _check_size(input, windows, n)
    return like_channels_last(ops.avg_pool(input, windows, bool(include), divisor), input)


def _check_flat(input: Tensor, name: str) -> None:
    if input.ndim not in (2, 3):
        raise RuntimeError(
            f"Expected 2 to 3 dimensions, but got {input.ndim}-dimensional tensor for argument #1 "
            f"'self' (while checking arguments for {name})"
        )


@public(method=False)
def avg_pool1d(
    input: Tensor,
    kernel_size: Sizes,
    stride: Sizes | None = None,
    padding: Sizes = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
) -> Tensor:
    """Means of windows of (N, C, L). Source: torch.nn.functional.avg_pool1d."""
    return avg_pool(1, input, kernel_size, stride, padding, ceil_mode, count_include_pad)


# ---------------------------------------------------------------- windows by the output's size


def _check_adaptive(input: Tensor, n: int, kind: str, out: tuple[int, ...]) -> None:
    name, shape = f"adaptive_{kind}_pool{n}d", input._shape
    if len(shape) not in (n + 1, n + 2):
        colon = ":" if kind == "max" else ""
        raise RuntimeError(
            f"{name}(): Expected {n + 1}D or {n + 2}D tensor, but got{colon} {list(shape)}"
        )
    for d in range(len(shape) - n, len(shape)):
        if shape[d] == 0:
            raise RuntimeError(
                f"{name}(): Expected input to have non-zero size for non-batch dimensions, but "
                "input "
                f"has sizes {list(shape)} with dimension {d} being empty"
            )
    if any(m < 0 for m in out):
        if kind == "max":
            made = [*shape[: len(shape) - n], *out]
            negative = next(m for m in out if m < 0)
            raise RuntimeError(
                f"Trying to create tensor with negative dimension {negative}: {made}"
            )
        raise RuntimeError(
            f"{name}: elements of output_size must be greater than or equal to 0 but received "
            f"{{{', '.join(map(str, out))}}}"
        )
    alone = kind == "avg" and input.ndim >= n and all(m == 1 for m in out)
    if not input.dtype.is_floating_point and not alone and 0 not in shape:
        raise no_kernel(name, input.dtype)


def adaptive_avg_pool(n: int, input: Tensor, out: tuple[int, ...]) -> Tensor:
    """Means of as many windows as `out` says."""
    if n == 1:
        _check_flat(input, "adaptive_avg_pool1d")
        return _flattened(adaptive_avg_pool(2, unsqueeze(input, input.ndim - 1), (1, *out)))
    _check_adaptive(input, n, "avg", out)
    if prod(out) == 1 and all(m == 1 for m in out) and input.ndim >= n:
        if input.dtype.category < dt.float32.category:
            raise RuntimeError(
                "mean(): could not infer output dtype. Input dtype must be either a floating point "
                f"or complex dtype. Got: {input.dtype.legacy_name}"
            )
        dims = tuple(range(input.ndim - n, input.ndim))
        return like_channels_last(reduce.mean(input, dims, True, input.dtype), input)
    return like_channels_last(ops.adaptive_avg_pool(input, out), input)


def adaptive_max_pool(n: int, input: Tensor, out: tuple[int, ...]) -> tuple[Tensor, Tensor]:
    """Maxima of as many windows as `out` says, and their positions."""
    if n == 1:
        _check_flat(input, "adaptive_max_pool1d")
        found = adaptive_max_pool(2, unsqueeze(input, input.ndim - 1), (1, *out))
        return _flattened(found[0]), _flattened(found[1])
    _check_adaptive(input, n, "max", out)
    made, places = ops.adaptive_max_pool(input, out)
    return like_channels_last(made, input), like_channels_last(places, input)


@public(method=False)
def adaptive_avg_pool1d(input: Tensor, output_size: Sizes) -> Tensor:
    """Means of `output_size` windows of (N, C, L). Source: F.adaptive_avg_pool1d."""
    return adaptive_avg_pool(1, input, sizes("adaptive_avg_pool1d", "output_size", output_size, 1))


@public(method=False)
def adaptive_max_pool1d(input: Tensor, output_size: Sizes) -> tuple[Tensor, Tensor]:
    """Maxima of `output_size` windows of (N, C, L) and positions. Source: F.adaptive_max_pool1d."""
    return adaptive_max_pool(1, input, sizes("adaptive_max_pool1d", "output_size", output_size, 1))
