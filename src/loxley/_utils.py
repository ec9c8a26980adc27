"""`torch._utils`: lists of tensors as one vector, and what pickles of parameters call."""

from __future__ import annotations

from typing import Any

from . import dtypes as dt
from .io.pickles import rebuild_qtensor, rebuild_tensor
from .nn.parameter import Parameter
from .tensor import Tensor, cat

__all__: list[str] = []


def _flatten_dense_tensors(tensors: Any) -> Tensor:
    """All elements of several tensors as one vector."""
    return cat([t.contiguous().view(-1) for t in tensors])


def _unflatten_dense_tensors(flat: Tensor, tensors: Any) -> tuple[Tensor, ...]:
    """The parts of a vector, in the shapes of these tensors."""
    made, start = [], 0
    for t in tensors:
        made.append(flat.narrow(0, start, t.numel()).view_as(t))
        start += t.numel()
    return tuple(made)


def _rebuild_tensor_v2(
    storage: Any,
    storage_offset: int,
    size: tuple,
    stride: tuple,
    requires_grad: bool,
    backward_hooks: Any,
    metadata: Any = None,
) -> Tensor:
    """A tensor over a storage, what pickles of tensors call."""
    if backward_hooks:
        raise NotImplementedError("torch._utils._rebuild_tensor_v2: backward_hooks")
    return rebuild_tensor(storage, storage_offset, size, stride, requires_grad, None, metadata)


def _element_size(dtype: Any) -> int:
    """How many bytes an element takes; RuntimeError for what is no dtype."""
    if not isinstance(dtype, dt.dtype):
        raise RuntimeError(f"expected torch.dtype, but got {type(dtype)}")
    return dtype.itemsize


def _rebuild_parameter(data: Tensor, requires_grad: bool, backward_hooks: Any) -> Parameter:
    """A parameter over the data's memory."""
    if backward_hooks:
        raise NotImplementedError("torch._utils._rebuild_parameter: backward_hooks")
    return Parameter(data, requires_grad)


def _rebuild_qtensor(
    storage: Any,
    storage_offset: int,
    size: tuple,
    stride: tuple,
    quantizer_params: tuple,
    requires_grad: bool,
    backward_hooks: Any,
) -> Tensor:
    """A quantized tensor, as pickles of quantized tensors call it."""
    if backward_hooks:
        raise NotImplementedError("torch._utils._rebuild_qtensor: backward_hooks")
    return rebuild_qtensor(
        storage, storage_offset, size, stride, quantizer_params, requires_grad, backward_hooks
    )
