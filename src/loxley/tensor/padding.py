"""Padding of tensors; torch.nn.functional.pad is `pad`."""

from __future__ import annotations

from typing import Any

from ..ops import padding as ops
from ..shapes import memory_order, numel
from .api import public
from .layout import relay
from .shaping import shape_argument
from .tensor import Tensor


def _like_channels_last(result: Tensor, input: Tensor) -> Tensor:
    n = len(input._shape)
    if input._contiguous or n not in (4, 5):
        return result
    order = (0, *range(2, n), 1)
    return relay(result, order) if memory_order(input._shape, input._strides) == order else result


@public(method=False, out=True)
def constant_pad_nd(input: Tensor, pad: Any, value: Any = 0) -> Tensor:
    """Padded by a constant, cut where `pad` is negative. Source: torch.constant_pad_nd."""
    pad = shape_argument((pad,), "constant_pad_nd", "pad")
    n = len(input._shape)
    if len(pad) % 2:
        raise RuntimeError(f"Length of pad must be even but instead it equals {len(pad)}")
    if len(pad) > 2 * n:
        raise RuntimeError(
            "Length of pad should be no more than twice the number of dimensions of the input. Pad "
            f"length is {len(pad)}while the input has {n}dimensions."
        )
    for d, size in enumerate(ops.padded_shape(input._shape, pad)):
        if size < 0:
            i = 2 * (n - 1 - d)
            if pad[i] < 0 and pad[i + 1] < 0:
                raise RuntimeError("narrow(): length must be non-negative.")
            raise RuntimeError(
                f"The input size {input._shape[d]}, plus negative padding {pad[i]} and "
                f"{pad[i + 1]} "
                f"resulted in a negative output size, which is invalid. Check dimension {d} of "
                "your "
                "input."
            )
    if isinstance(value, Tensor):
        value = value.item()
    return _like_channels_last(ops.constant_pad_nd(input, pad, value), input)


_SUPPORTED = (
    "Supported combinations for non-constant padding:\n"
    "  - 2D or 3D input: padding size = 2 (pads last dimension)\n"
    "  - 3D or 4D input: padding size = 4 (pads last 2 dimensions)\n"
    "  - 4D or 5D input: padding size = 6 (pads last 3 dimensions)"
)


def pad(input: Tensor, pad: Any, mode: str = "constant", value: Any = None) -> Tensor:
    """Padded from the last dimension backwards: constant, reflect, replicate or circular.

    Source: torch.nn.functional.pad.
    """
    sizes = shape_argument((pad,), "pad", "pad")
    if len(sizes) % 2:
        raise RuntimeError("Padding length must be divisible by 2")
    if len(sizes) > 2 * len(input._shape):
        raise RuntimeError(
            "Padding length should be less than or equal to two times the input dimension but got "
            f"padding length {len(sizes)} and input of dimension {len(input._shape)}"
        )
    if mode == "constant":
        return constant_pad_nd(input, sizes, 0 if value is None else value)
    if value is not None and value != 0:
        raise RuntimeError(f'Padding mode "{mode}" doesn\'t take in value argument')
    count = len(sizes) // 2
    if count not in (1, 2, 3) or len(input._shape) not in (count + 1, count + 2):
        raise NotImplementedError(
            f"Padding size {len(sizes)} is not supported for {len(input._shape)}D input tensor.\n"
            f"{_SUPPORTED}"
        )
    if mode not in ("reflect", "replicate", "circular"):
        raise NotImplementedError(f"Unrecognised padding mode {mode}")
    _CHECKS[mode](input, sizes)
    return _padded(input, sizes, mode)


def _padded(input: Tensor, sizes: tuple[int, ...], mode: str) -> Tensor:
    result = ops.PADS[mode, len(sizes) // 2](input, sizes)
    return result if mode == "circular" else _like_channels_last(result, input)


def _each(input: Tensor, sizes: tuple[int, ...]):
    for i in range(len(sizes) // 2):
        d = len(input._shape) - 1 - i
        yield d, input._shape[d], sizes[2 * i], sizes[2 * i + 1], 4 + 2 * i


def _check_reflect(input: Tensor, sizes: tuple[int, ...]) -> None:
    _check_batch(input, sizes, "reflection")
    for d, size, before, after, argument in _each(input, sizes):
        if before >= size or after >= size:
            raise RuntimeError(
                f"Argument #{argument}: Padding size should be less than the corresponding input "
                f"dimension, but got: padding ({before}, {after}) at dimension {d} of input "
                f"{list(input._shape)}"
            )
    _check_result(input, sizes)


def _check_replicate(input: Tensor, sizes: tuple[int, ...]) -> None:
    _check_batch(input, sizes, "replication")
    _check_result(input, sizes)


def _check_batch(input: Tensor, sizes: tuple[int, ...], name: str) -> None:
    count = len(sizes) // 2
    real = input._shape[-count - 1 :]
    if 0 in real:
        raise RuntimeError(
            f"Expected {count + 1}D or {count + 2}D (batch mode) tensor with possibly 0 batch size "
            "and "
            f"other non-zero dimensions for input, but got: {list(input._shape)}"
        )


def _check_result(input: Tensor, sizes: tuple[int, ...]) -> None:
    made = ops.padded_shape(input._shape, sizes)
    count = len(sizes) // 2
    if numel(made[-count:]) < 1 or any(n < 1 for n in made[-count:]):
        names = ("W", "H", "D")[:count][::-1]
        have = " ".join(f"{k}: {n}" for k, n in zip(names, input._shape[-count:]))
        got = " ".join(f"{k}: {n}" for k, n in zip(names, made[-count:]))
        raise RuntimeError(f"input ({have}) is too small. Calculated output {got}")


def _check_circular(input: Tensor, sizes: tuple[int, ...]) -> None:
    for _, size, before, after, _ in _each(input, sizes):
        if before > size or after > size:
            raise RuntimeError("Padding value causes wrapping around more than once.")
        if size + before + after < 0:
            raise RuntimeError("Negative padding value is resulting in an empty dimension")


_CHECKS = {
    "reflect": _check_reflect,
    "replicate": _check_replicate,
    "circular": _check_circular,
}
