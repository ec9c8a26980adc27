"""`torch.onnx.operators`: shapes as tensors, which a trace could follow."""

from __future__ import annotations

from typing import Any

from .. import dtypes as dt
from ..tensor import Tensor

__all__ = ["reshape_from_tensor_shape", "shape_as_tensor"]


def shape_as_tensor(x: Tensor) -> Tensor:
    """The sizes as a vector of int64. Source: torch._shape_as_tensor."""
    return x.new_tensor(list(x.shape), dtype=dt.int64)


def reshape_from_tensor_shape(x: Tensor, shape: Tensor) -> Any:
    """`x` in the shape that a vector tells."""
    return x.reshape(tuple(shape.tolist()))
