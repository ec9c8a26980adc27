"""Quantized tensors: making them, their integers, scales and real numbers, how they print.

Source: https://docs.pytorch.org/docs/stable/quantization.html
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from .. import dtypes as dt
from ..layouts import (
    per_channel_affine,
    per_channel_affine_float_qparams,
    per_channel_symmetric,
    per_tensor_affine,
    per_tensor_symmetric,
    qscheme,
)
from ..ops.family import cast
from . import formatting
from .api import expose, public
from .arguments import check_tensor
from .quantizer import (
    INTEGERS,
    Quantizer,
    integers_of,
    made,
    quantizer_of,
    reals_of,
    uniform,
)
from .tensor import Tensor

expose(
    qscheme=qscheme,
    per_tensor_affine=per_tensor_affine,
    per_tensor_symmetric=per_tensor_symmetric,
    per_channel_affine=per_channel_affine,
    per_channel_symmetric=per_channel_symmetric,
    per_channel_affine_float_qparams=per_channel_affine_float_qparams,
)
Tensor.is_quantized = property(lambda self: self.dtype.is_quantized)  # type: ignore[attr-defined]


def _reals(t: Tensor) -> np.ndarray:
    if t.dtype is not dt.float32:
        raise RuntimeError(f"Quantize only works on Float Tensor, got {t.dtype.legacy_name}")
    return t._array()


def _number(x: Any) -> Any:
    return x.item() if isinstance(x, Tensor) else x


@public(method=False)
def quantize_per_tensor(input: Any, scale: Any, zero_point: Any, dtype: dt.dtype) -> Any:
    """A float32 tensor (or each of a list) as integers of one scale and zero point.

    RuntimeError for other dtypes and for zero points that don't fit.
    Source: https://docs.pytorch.org/docs/stable/generated/torch.quantize_per_tensor.html
    """
    if isinstance(input, (list, tuple)):
        numbers = zip(input, scale.tolist(), zero_point.tolist())
        return tuple([quantize_per_tensor(t, s, z, dtype) for t, s, z in numbers])
    check_tensor("quantize_per_tensor", input)
    quantizer = uniform(dtype, float(_number(scale)), int(_number(zero_point)))
    return made(quantizer.quantize(_reals(input), dtype), dtype, quantizer)


@public(method=False)
def quantize_per_channel(
    input: Tensor, scales: Tensor, zero_points: Tensor, axis: int, dtype: dt.dtype
) -> Tensor:
    """A float32 tensor as integers with a scale and a zero point for each place along `axis`.

    Source: https://docs.pytorch.org/docs/stable/generated/torch.quantize_per_channel.html
    """
    check_tensor("quantize_per_channel", input)
    if dtype not in INTEGERS:
        raise RuntimeError(f"ScalarType {dtype.legacy_name} is not supported in new_qtensor.")
    if not 0 <= axis < len(input._shape):
        raise RuntimeError(
            "Channel axis out of range in per channel affine quantization. "
            f"Got: {axis}Expected: [0, {len(input._shape)})"
        )
    for name, t in (("scales", scales), ("zero_points", zero_points)):
        if t.numel() != input._shape[axis]:
            raise RuntimeError(
                f"length of {name} must equal to channel, expected {input._shape[axis]} "
                f"got, {t.numel()}"
            )
    if zero_points.dtype.is_floating_point:
        raise NotImplementedError("torch.quantize_per_channel: floating zero points")
    quantizer = Quantizer(
        per_channel_affine,
        np.array(scales._array(), np.float64).reshape(-1),
        np.array(zero_points._array(), np.int64).reshape(-1),
        axis,
    )
    return made(quantizer.quantize(_reals(input), dtype), dtype, quantizer)


@public()
def dequantize(input: Any) -> Any:
    """The real numbers in float32, of a tensor or of each of a list; others are converted.

    Source: https://docs.pytorch.org/docs/stable/generated/torch.Tensor.dequantize.html
    """
    if isinstance(input, (list, tuple)):
        return tuple([dequantize(t) for t in input])
    check_tensor("dequantize", input)
    if not input.dtype.is_quantized:
        return cast(input, dt.float32)
    return Tensor._from_array(reals_of(input), dt.float32)


def _quantizer(name: str, t: Tensor, scheme: qscheme | None = None) -> Quantizer:
    check_tensor(name, t)
    if not t.dtype.is_quantized:
        raise NotImplementedError(
            f"Could not run 'aten::{name}' with arguments from the 'CPU' backend. "
            f"'aten::{name}' is only available for quantized tensors."
        )
    found = quantizer_of(t)
    if scheme is not None and found.scheme is not scheme:
        wanted = "kPerTensorAffine" if scheme is per_tensor_affine else "kPerChannelAffine"
        raise RuntimeError(f"Expected quantizer->qscheme() == {wanted} to be true, but got false.")
    return found


@public()
def int_repr(input: Tensor) -> Tensor:
    """The integers. Source: torch.Tensor.int_repr."""
    _quantizer("int_repr", input)
    return Tensor._from_array(integers_of(input), INTEGERS[input.dtype])


@public()
def q_scale(input: Tensor) -> float:
    """The scale of all elements. Source: torch.Tensor.q_scale."""
    return float(_quantizer("q_scale", input, per_tensor_affine).scales)


@public()
def q_zero_point(input: Tensor) -> int:
    """The zero point of all elements. Source: torch.Tensor.q_zero_point."""
    return int(_quantizer("q_zero_point", input, per_tensor_affine).zero_points)


@public()
def q_per_channel_scales(input: Tensor) -> Tensor:
    """The channels' scales in float64. Source: torch.Tensor.q_per_channel_scales."""
    found = _quantizer("q_per_channel_scales", input, per_channel_affine)
    return Tensor._from_array(found.scales.copy(), dt.float64)


@public()
def q_per_channel_zero_points(input: Tensor) -> Tensor:
    """The channels' zero points. Source: torch.Tensor.q_per_channel_zero_points."""
    found = _quantizer("q_per_channel_zero_points", input, per_channel_affine)
    return Tensor._from_array(found.zero_points.copy(), dt.int64)


@public()
def q_per_channel_axis(input: Tensor) -> int:
    """The dimension of the channels. Source: torch.Tensor.q_per_channel_axis."""
    axis = _quantizer("q_per_channel_axis", input, per_channel_affine).axis
    return -1 if axis is None else axis


@public(function=False)
def qscheme_of(self: Tensor) -> qscheme:
    """Whether there is one scale or one for each channel. Source: torch.Tensor.qscheme."""
    return _quantizer("qscheme", self).scheme


Tensor.qscheme = Tensor.qscheme_of  # type: ignore[attr-defined]
del Tensor.qscheme_of


def quantized_repr(t: Tensor, prefix: str) -> str:
    """The text of a quantized tensor: its real numbers, then how they are kept."""
    quantizer = quantizer_of(t)
    suffixes = [f"size={tuple(t._shape)}", f"dtype={t.dtype}"]
    suffixes.append(f"quantization_scheme={quantizer.scheme}")
    if quantizer.axis is None:
        suffixes += [f"scale={q_scale(t)}", f"zero_point={q_zero_point(t)}"]
    else:
        scales, zeros = q_per_channel_scales(t), q_per_channel_zero_points(t)
        suffixes += [f"scale={scales}", f"zero_point={zeros}", f"axis={quantizer.axis}"]
    text = prefix + formatting.format_elements(reals_of(t), len(prefix))
    return formatting.with_suffixes(text, suffixes, len(prefix))


def rebuild(
    storage: Any, offset: int, size: Sequence[int], stride: Sequence[int], params: tuple
) -> Tensor:
    """A quantized tensor from a typed storage of integers, as pickles hold it.

    `params` is (scheme, scale, zero point) or (scheme, scales, zero points, axis).
    """
    plain = INTEGERS[storage.dtype]
    over = Tensor._alias(
        storage.untyped()._inner, storage.dtype, tuple(size), tuple(stride), offset
    )
    integers = np.array(over._array()).astype(plain.numpy)
    scheme = params[0]
    if scheme is per_tensor_affine:
        quantizer = uniform(storage.dtype, float(params[1]), int(params[2]))
    elif scheme is per_channel_affine:
        scales, zeros = (t._array() for t in params[1:3])
        quantizer = Quantizer(
            scheme, scales.astype(np.float64), zeros.astype(np.int64), int(params[3])
        )
    else:
        raise RuntimeError(f"Can't deserialize quantized tensor with qscheme {scheme}")
    return made(integers, storage.dtype, quantizer)
