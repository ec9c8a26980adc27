"""Convolutions as functions of tensors: conv1d to conv3d, transposed, and `convolution`.

Source: https://docs.pytorch.org/docs/stable/nn.functional.html#convolution-functions
"""

from __future__ import annotations

from collections.abc import Sequence

from .. import dtypes as dt
from ..numerics.convolution import Geometry
from ..ops import movement
from ..ops import nn_conv as ops
from ..ops.matmul import c_name
from ..ops.padding import constant_pad_nd
from ..ops.unsupported import no_kernel
from ..shapes import memory_order
from .api import public
from .layout import relay
from .modes import modes
from .tensor import Tensor

Sizes = int | Sequence[int]
_SHORT_INTEGERS = (dt.uint8, dt.int8, dt.int16, dt.int32)


def sizes(name: str, value: Sizes, n: int) -> tuple[int, ...]:
    """One number per spatial dimension; RuntimeError for a wrong count."""
    if isinstance(value, int):
        return (value,) * n
    given = tuple(int(v) for v in value)
    if len(given) == 1:
        return given * n
    if len(given) != n:
        raise RuntimeError(
            f"expected {name} to be a single integer value or a list of {n} values to match the "
            f"convolution dimensions, but got {name}={list(given)}"
        )
    return given


def _check(input: Tensor, weight: Tensor, bias: Tensor | None, transposed: bool, g: Geometry):
    """PyTorch's errors for what cannot be convolved; `input` has a batch dimension."""
    if any(p < 0 for p in g.padding):
        raise RuntimeError("negative padding is not supported")
    if any(s <= 0 for s in g.stride):
        raise RuntimeError("non-positive stride is not supported")
    if any(d <= 0 for d in g.dilation):
        raise RuntimeError(f"dilation should be greater than zero, but got {list(g.dilation)}")
    if g.groups <= 0:
        raise RuntimeError("non-positive groups is not supported")
    shape, kernel = input._shape, weight._shape
    if kernel[0] < g.groups:
        raise RuntimeError(
            f"Given groups={g.groups}, expected weight to be at least {g.groups} at dimension 0, "
            "but "
            f"got weight of size {list(kernel)} instead"
        )
    if kernel[0] % g.groups:
        raise RuntimeError(
            f"Given groups={g.groups}, expected weight to be divisible by {g.groups} at dimension "
            "0, "
            f"but got weight of size [{list(kernel)}] instead"
        )
    channels = kernel[0] if transposed else kernel[1] * g.groups
    if shape[1] != channels:
        which = "transposed=1" if transposed else f"groups={g.groups}"
        raise RuntimeError(
            f"Given {which}, weight of size {list(kernel)}, expected input{list(shape)} to have "
            f"{channels} channels, but got {shape[1]} channels instead"
        )
    made = kernel[1] * g.groups if transposed else kernel[0]
    if bias is not None and bias._shape != (made,):
        which = "transposed=1, weight" if transposed else "weight"
        raise RuntimeError(
            f"Given {which} of size {list(kernel)}, expected bias to be 1-dimensional with {made} "
            f"elements, but got bias of size {list(bias._shape)} instead"
        )
    _check_types(input, weight, bias)
    if not transposed:
        _check_fits(shape[2:], kernel[2:], g)


def _check_types(input: Tensor, weight: Tensor, bias: Tensor | None) -> None:
    if modes.autocast is not None:  # the types that the operator will be recorded with
        input, weight, bias = modes.autocast.cast("convolution", (input, weight, bias))
    if bias is not None and bias.dtype is not input.dtype:
        raise RuntimeError(
            f"Input type ({c_name(input)}) and bias type ({c_name(bias)}) should be the same"
        )
    if input.dtype is not weight.dtype:
        raise RuntimeError(
            f"expected scalar type {input.dtype.legacy_name} but found {weight.dtype.legacy_name}"
        )
    if input.dtype.name == "bool":
        raise NotImplementedError("\"slow_conv2d_cpu\" not implemented for 'Bool'")


def _check_fits(size: tuple[int, ...], kernel: tuple[int, ...], g: Geometry) -> None:
    padded = g.padded(size)
    spans = tuple(d * (k - 1) + 1 for k, d in zip(kernel, g.dilation))
    if any(k > n for k, n in zip(spans, padded)):
        raise RuntimeError(
            f"Calculated padded input size per channel: ({' x '.join(map(str, padded))}). Kernel "
            f"size: ({' x '.join(map(str, spans))}). Kernel size can't be greater than actual "
            "input "
            "size"
        )


def _batched(name: str, input: Tensor, n: int) -> Tensor:
    rank = len(input._shape)
    if rank == n + 2:
        return input
    if rank == n + 1:
        return movement.unsqueeze(input, 0)
    raise RuntimeError(
        f"Expected {n + 1}D (unbatched) or {n + 2}D (batched) input to {name}, but got input of "
        "size: "
        f"{list(input._shape)}"
    )


def _convolve(
    name: str,
    n: int,
    input: Tensor,
    weight: Tensor,
    bias: Tensor | None,
    stride: Sizes,
    padding: Sizes | str,
    dilation: Sizes,
    groups: int,
) -> Tensor:
    whole = _batched(name, input, n)
    _check_weight_rank(whole, weight, n, stride, padding)
    steps, gaps = sizes("stride", stride, n), sizes("dilation", dilation, n)
    if isinstance(padding, str):
        whole, edges = _named_padding(whole, weight, padding, steps, gaps)
    else:
        edges = sizes("padding", padding, n)
    _check(whole, weight, bias, False, Geometry(steps, edges, gaps, groups))
    if input.dtype in _SHORT_INTEGERS and any(gap > 1 for gap in gaps):
        raise no_kernel("slow_conv_dilated<>", input.dtype)
    made = ops.convolution(whole, weight, bias, steps, edges, gaps, int(groups))
    made = like_channels_last(made, whole, weight)
    return made if input.ndim == n + 2 else movement.squeeze_dim(made, (0,))


def _check_weight_rank(whole: Tensor, weight: Tensor, n: int, stride: Sizes, padding) -> None:
    rank = len(weight._shape)
    if rank == n + 2:
        return
    if rank < 3:
        raise RuntimeError("weight should have at least three dimensions")
    if isinstance(padding, str):
        raise RuntimeError(
            f"Expected {rank}-dimensional input for {rank}-dimensional "
            f"weight{list(weight._shape)}, "
            f"but got {n + 2}-dimensional input of size {list(whole._shape)} instead"
        )
    raise RuntimeError(
        f"expected stride to be a single integer value or a list of {rank - 2} values to match the "
        f"convolution dimensions, but got stride={list(sizes('stride', stride, n))}"
    )


def _named_padding(x: Tensor, weight: Tensor, padding: str, stride, dilation) -> tuple:
    """(padded input, remaining symmetric padding) of 'valid' and 'same'."""
    if padding == "valid":
        return x, (0,) * len(stride)
    if padding != "same":
        raise RuntimeError(f"Invalid padding string: '{padding}'")
    if any(s != 1 for s in stride):
        raise RuntimeError("padding='same' is not supported for strided convolutions")
    totals = [d * (k - 1) for d, k in zip(dilation, weight._shape[2:])]
    uneven = [t % 2 for t in totals]
    if any(uneven):
        flat: list[int] = []
        for odd in reversed(uneven):
            flat += [0, odd]
        x = constant_pad_nd(x, tuple(flat), 0.0)
    return x, tuple(t // 2 for t in totals)


def like_channels_last(made: Tensor, *inputs: Tensor) -> Tensor:
    """`made` laid out with the channels last in memory where one of the inputs is."""
    n = len(made._shape)
    if n not in (4, 5) or not any(_is_channels_last(t) for t in inputs):
        return made
    return relay(made, (0, *range(2, n), 1))


def _is_channels_last(t: Tensor) -> bool:
    n = len(t._shape)
    if t._contiguous or n not in (4, 5):
        return False
    return memory_order(t._shape, t._strides) == (0, *range(2, n), 1)


@public(method=False)
def conv1d(
    input: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: Sizes = 1,
    padding: Sizes | str = 0,
    dilation: Sizes = 1,
    groups: int = 1,
) -> Tensor:
    """(N, C, L) with weights (O, C / groups, K). Source: torch.nn.functional.conv1d."""
    return _convolve("conv1d", 1, input, weight, bias, stride, padding, dilation, groups)


@public(method=False)
def conv2d(
    input: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: Sizes = 1,
    padding: Sizes | str = 0,
    dilation: Sizes = 1,
    groups: int = 1,
) -> Tensor:
    """(N, C, H, W) with weights (O, C / groups, kH, kW). Source: torch.nn.functional.conv2d."""
    return _convolve("conv2d", 2, input, weight, bias, stride, padding, dilation, groups)


@public(method=False)
def conv3d(
    input: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: Sizes = 1,
    padding: Sizes | str = 0,
    dilation: Sizes = 1,
    groups: int = 1,
) -> Tensor:
    """(N, C, D, H, W) with weights (O, C / groups, *K). Source: torch.nn.functional.conv3d."""
    return _convolve("conv3d", 3, input, weight, bias, stride, padding, dilation, groups)


def _transpose(
    name: str,
    n: int,
    input: Tensor,
    weight: Tensor,
    bias: Tensor | None,
    stride: Sizes,
    padding: Sizes,
    output_padding: Sizes,
    groups: int,
    dilation: Sizes,
) -> Tensor:
    whole = _batched(name, input, n)
    steps, edges = sizes("stride", stride, n), sizes("padding", padding, n)
    gaps, extra = sizes("dilation", dilation, n), sizes("output_padding", output_padding, n)
    _check(whole, weight, bias, True, Geometry(steps, edges, gaps, groups))
    _check_output_padding(extra, steps, gaps)
    size = ops.transposed_size(whole._shape[2:], weight._shape[2:], steps, edges, gaps, extra)
    if any(m <= 0 for m in size):
        raise RuntimeError(
            f"Given input size per channel: ({' x '.join(map(str, whole._shape[2:]))}). Calculated "
            f"output size per channel: ({' x '.join(map(str, size))}). Output size is too small"
        )
    made = ops.transposed(whole, weight, bias, size, steps, edges, gaps, int(groups))
    made = like_channels_last(made, whole, weight)
    return made if input.ndim == n + 2 else movement.squeeze_dim(made, (0,))


def _check_output_padding(extra, stride, dilation) -> None:
    if any(o < 0 for o in extra):
        raise RuntimeError("negative output_padding is not supported")
    if any(o >= s and o >= d for o, s, d in zip(extra, stride, dilation)):
        words = ("depth", "height", "width")[-len(extra) :] if len(extra) > 1 else ("height",)
        shown = [
            f"{name}_{word}: {value}"
            for name, values in (
                ("output_padding", extra),
                ("stride", stride),
                ("dilation", dilation),
            )
            for word, value in zip(words, values)
        ]
        raise RuntimeError(
            "output padding must be smaller than either stride or dilation, but got "
            + " ".join(shown)
        )


@public(method=False)
def conv_transpose1d(
    input: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: Sizes = 1,
    padding: Sizes = 0,
    output_padding: Sizes = 0,
    groups: int = 1,
    dilation: Sizes = 1,
) -> Tensor:
    """(N, C, L) with weights (C, O / groups, K). Source: torch.nn.functional.conv_transpose1d."""
    options = (stride, padding, output_padding, groups, dilation)
    return _transpose("conv_transpose1d", 1, input, weight, bias, *options)


@public(method=False)
def conv_transpose2d(
    input: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: Sizes = 1,
    padding: Sizes = 0,
    output_padding: Sizes = 0,
    groups: int = 1,
    dilation: Sizes = 1,
) -> Tensor:
    """(N, C, H, W) with weights (C, O / groups, kH, kW). Source: F.conv_transpose2d."""
    options = (stride, padding, output_padding, groups, dilation)
    return _transpose("conv_transpose2d", 2, input, weight, bias, *options)


@public(method=False)
def conv_transpose3d(
    input: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: Sizes = 1,
    padding: Sizes = 0,
    output_padding: Sizes = 0,
    groups: int = 1,
    dilation: Sizes = 1,
) -> Tensor:
    """(N, C, D, H, W) with weights (C, O / groups, *K). Source: F.conv_transpose3d."""
    options = (stride, padding, output_padding, groups, dilation)
    return _transpose("conv_transpose3d", 3, input, weight, bias, *options)


@public(method=False)
def conv_tbc(input: Tensor, weight: Tensor, bias: Tensor, pad: int = 0) -> Tensor:
    """(T, B, C) with weights (K, C, O): a conv1d of time first. Source: F.conv_tbc."""
    turned = movement.permute(input, (1, 2, 0)), movement.permute(weight, (2, 1, 0))
    return movement.permute(conv1d(*turned, bias, 1, pad), (2, 0, 1))


@public(method=False)
def convolution(
    input: Tensor,
    weight: Tensor,
    bias: Tensor | None,
    stride: Sequence[int],
    padding: Sequence[int],
    dilation: Sequence[int],
    transposed: bool,
    output_padding: Sequence[int],
    groups: int,
) -> Tensor:
    """Any of the convolutions, by the weights' number of dimensions."""
    n = len(weight._shape) - 2
    if transposed:
        options = (stride, padding, output_padding, groups, dilation)
        return _transpose("convolution", n, input, weight, bias, *options)
    options = (stride, padding, dilation, groups)
    return _convolve("convolution", n, input, weight, bias, *options)
