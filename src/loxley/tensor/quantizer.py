"""Integers that stand for real numbers: `real = (integer - zero_point) * scale`.

A quantized tensor is a tensor of dtype quint8, qint8 or qint32 over a `QuantizedStorage`, which
knows the scale and the zero point; so views have them too.  Elements are computed when the tensor
is made, and never written to afterwards.
Source: https://docs.pytorch.org/docs/stable/quantization.html
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import dtypes as dt
from ..ir.graph import leaf
from ..layouts import per_tensor_affine, qscheme
from .storage import Storage
from .tensor import Tensor

INTEGERS = {dt.quint8: dt.uint8, dt.qint8: dt.int8, dt.qint32: dt.int32}


class Quantizer:
    """Scales and zero points: one, or one for each place along `axis`."""

    def __init__(
        self,
        scheme: qscheme,
        scales: np.ndarray,  # float64
        zero_points: np.ndarray,  # int64
        axis: int | None = None,
    ) -> None:
        self.scheme, self.scales, self.zero_points, self.axis = scheme, scales, zero_points, axis

    def _along(self, values: np.ndarray, ndim: int) -> np.ndarray:
        if self.axis is None:
            return values
        return values.reshape(-1, *(1,) * (ndim - 1 - self.axis))

    def quantize(self, x: np.ndarray, kind: dt.dtype) -> np.ndarray:
        """Real numbers as integers: to nearest, ties to even, what does not fit to the limits."""
        limits = np.iinfo(kind.numpy)
        scale = self._along(self.scales.astype(np.float32), x.ndim)
        zero = self._along(self.zero_points, x.ndim)
        with np.errstate(all="ignore"):
            steps = x.astype(np.float32) * (np.float32(1) / scale)
            places = np.rint(steps + zero.astype(np.float32)).astype(np.float64)
        of_nan = limits.min if kind is dt.qint32 else limits.max
        places = np.where(np.isnan(places), of_nan, places)
        return np.clip(places, limits.min, limits.max).astype(kind.numpy)

    def dequantize(self, x: np.ndarray) -> np.ndarray:
        """The real numbers in float32."""
        scale = self._along(self.scales.astype(np.float32), x.ndim)
        zero = np.asarray(self._along(self.zero_points, x.ndim)).astype(np.int32)
        return (x.astype(np.int32) - zero).astype(np.float32) * scale  # integers wrap

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, Quantizer)
            and self.scheme is other.scheme
            and self.axis == other.axis
            and np.array_equal(self.scales, other.scales)
            and np.array_equal(self.zero_points, other.zero_points)
        )


class QuantizedStorage(Storage):
    """Integers in one place, with their quantizer and, for channels, the shape it speaks of."""

    __slots__ = ("quantizer", "shape")

    def __init__(
        self, integers: np.ndarray, kind: dt.dtype, quantizer: Quantizer, shape: tuple[int, ...]
    ) -> None:
        super().__init__(leaf(integers.reshape(-1), kind), integers.size)
        self.exported = 1  # stays where it is; `write` hears of every write
        self.quantizer, self.shape = quantizer, shape

    def write(self, *arguments: Any) -> None:
        raise NotImplementedError("writing to quantized tensors is not implemented")

    def copied(self) -> QuantizedStorage:
        """The same integers elsewhere."""
        return QuantizedStorage(np.array(self.value.data), self.dtype, self.quantizer, self.shape)

    def __reduce_ex__(self, protocol: Any) -> tuple:
        integers = np.array(self.value.data)
        return QuantizedStorage, (integers, self.dtype, self.quantizer, self.shape)


def made(integers: np.ndarray, kind: dt.dtype, quantizer: Quantizer) -> Tensor:
    """A quantized tensor over integers that nobody else will write to."""
    integers = np.ascontiguousarray(integers).reshape(integers.shape)
    strides = tuple(s // integers.itemsize for s in integers.strides)
    storage = QuantizedStorage(integers, kind, quantizer, integers.shape)
    if 0 in integers.shape:
        strides = np.empty(integers.shape, np.uint8).strides
    return Tensor._alias(storage, kind, integers.shape, strides, 0)


def quantizer_of(t: Tensor) -> Quantizer:
    """How a tensor is quantized; RuntimeError where a view has lost its channels."""
    storage = t._storage
    if not isinstance(storage, QuantizedStorage):
        raise RuntimeError("cannot call qscheme on UnknownQuantizer")
    if storage.quantizer.axis is not None and storage.shape != t._shape:
        raise RuntimeError("Setting strides is possible only on uniformly quantized tensor")
    return storage.quantizer


def integers_of(t: Tensor) -> np.ndarray:
    """A copy of the integers."""
    quantizer_of(t)
    return np.array(t._array())


def reals_of(t: Tensor) -> np.ndarray:
    """The real numbers that the integers stand for, in float32."""
    return quantizer_of(t).dequantize(t._array())


def quantized_copy(t: Tensor) -> Tensor:
    """The same numbers in memory of their own."""
    return made(integers_of(t), t.dtype, quantizer_of(t))


def same(a: Tensor, b: Tensor) -> bool:
    """Whether both have one quantizer and the same integers."""
    alike = a.dtype is b.dtype and quantizer_of(a) == quantizer_of(b)
    return alike and np.array_equal(integers_of(a), integers_of(b))


def uniform(kind: dt.dtype, scale: float, zero_point: int) -> Quantizer:
    """One scale and zero point; RuntimeError where the integers can't have it."""
    if kind not in INTEGERS:
        raise RuntimeError(f"ScalarType {kind.legacy_name} is not supported in new_qtensor.")
    limits = np.iinfo(kind.numpy)
    if not limits.min <= zero_point <= limits.max:
        side = "above upper" if zero_point > limits.max else "below lower"
        raise RuntimeError(
            f"quantize_tensor_per_tensor_affine zero_point {zero_point} is {side} bound."
        )
    return Quantizer(per_tensor_affine, np.float64(scale), np.int64(zero_point))
