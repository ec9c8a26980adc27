"""relu, prelu, hardshrink, softmax, log_softmax, embedding: functions and methods of tensors."""

from __future__ import annotations

import numpy as np

from .. import dtypes as dt
from ..ir.graph import leaf
from ..ops import nn_activation, nn_embedding, nn_softmax, nn_units
from ..ops.family import cast
from ..shapes import normalize_dim
from .api import public
from .sparse_gradients import embedding_rows, wants_sparse
from .tensor import Tensor


@public(inplace=True)
def relu(input: Tensor) -> Tensor:
    """max(input, 0). Source: torch.relu."""
    return nn_activation.relu(input)


@public(out=True)
def hardshrink(input: Tensor, lambd: float = 0.5) -> Tensor:
    """x where |x| > lambd, else 0. Source: torch.nn.functional.hardshrink."""
    return nn_units.hardshrink(input, float(lambd))


@public()
def prelu(input: Tensor, weight: Tensor) -> Tensor:
    """x where positive, else weight x, one weight or one per channel.

    Source: torch.nn.functional.prelu.
    """
    if not isinstance(weight, Tensor):
        raise TypeError(f"prelu(): argument 'weight' must be Tensor, not {type(weight).__name__}")
    if input.dtype is not weight.dtype:
        raise RuntimeError(
            f"prelu: Type promoting not supported. Got {input.dtype.legacy_name.lower()} and "
            f"{weight.dtype.legacy_name.lower()}"
        )
    if weight.numel() != 1:
        if input.ndim == 0:
            raise RuntimeError("Not allow zero-dim input tensor.")
        channels = input._shape[1] if input.ndim >= 2 else 1
        if channels != weight.numel():
            raise RuntimeError(
                "Mismatch of parameter numbers and input channel size. Found parameter numbers = "
                f"{weight.numel()} and channel size = {channels}."
            )
    if weight.ndim > 1:
        raise RuntimeError(
            f"prelu: Expected `weight` to be a scalar or 1D tensor, but got: ndim = {weight.ndim}"
        )
    if input.ndim >= 2:
        weight = weight.reshape((1, -1) + (1,) * (input.ndim - 2))
    else:
        weight = weight.reshape((1,) * input.ndim)
    return nn_units.prelu(input, weight)


def _softmax_arguments(input: Tensor, dim: int, dtype: dt.dtype | None, name: str) -> tuple:
    if dtype is not None:
        input = cast(input, dtype)
    dim = normalize_dim(dim, len(input._shape))
    if not input.dtype.is_floating_point and 0 not in input._shape:
        last = "lastdim_" if dim >= len(input._shape) - 1 else ""
        raise NotImplementedError(
            f"\"{name}_{last}kernel_impl\" not implemented for '{input.dtype.legacy_name}'"
        )
    return input, dim


@public(out=True)
def softmax(input: Tensor, dim: int, dtype: dt.dtype | None = None) -> Tensor:
    """exp(input) normalized to sum 1 along `dim`. Source: torch.softmax."""
    return nn_softmax.softmax(*_softmax_arguments(input, dim, dtype, "softmax"))


@public(method=False)
def _softmax_backward_data(
    grad_output: Tensor, output: Tensor, dim: int, input_dtype: dt.dtype
) -> Tensor:
    """The gradient of softmax's input from that of its output. Source: running PyTorch."""
    scaled = grad_output * output
    return (scaled - output * scaled.sum(dim, True)).to(input_dtype)


@public(out=True)
def log_softmax(input: Tensor, dim: int, dtype: dt.dtype | None = None) -> Tensor:
    """The logarithm of `softmax`, computed without overflow. Source: torch.log_softmax."""
    return nn_softmax.log_softmax(*_softmax_arguments(input, dim, dtype, "log_softmax"))


_UNSIGNED = {np.dtype(np.int64): np.uint64, np.dtype(np.int32): np.uint32}


def all_within(indices: np.ndarray, size: int) -> bool:
    """Whether every index is one of 0..size-1: as unsigned numbers negative ones are huge."""
    unsigned = indices.view(_UNSIGNED.get(indices.dtype, indices.dtype))
    return not indices.size or bool(np.maximum.reduce(unsigned, axis=None) < size)


def check_indices(weight: Tensor, indices: Tensor, function: str) -> None:
    """RuntimeError or IndexError as PyTorch's for indices of another type or out of bounds."""
    if indices.dtype not in (dt.int64, dt.int32):
        raise RuntimeError(
            "Expected tensor for argument #1 'indices' to have one of the following scalar types: "
            f"Long, Int; but got torch.{indices.dtype.legacy_name}Tensor instead (while checking "
            f"arguments for {function})"
        )
    if len(weight._shape) != 2:
        raise RuntimeError("'weight' must be 2-D")
    if indices._storage.meta:
        return
    if not all_within(indices._all_slices(), weight._shape[0]):
        raise IndexError("index out of range in self")


@public(method=False)
def embedding(
    weight: Tensor,
    indices: Tensor,
    padding_idx: int = -1,
    scale_grad_by_freq: bool = False,
    sparse: bool = False,
) -> Tensor:
    """Rows of `weight` (V, D) at `indices` (*): (*, D). Source: torch.nn.functional.embedding."""
    check_indices(weight, indices, "embedding")
    padding, by_frequency = int(padding_idx), bool(scale_grad_by_freq)

    def rows() -> Tensor:
        return nn_embedding.embedding(weight, indices, padding, by_frequency)

    if wants_sparse(sparse, weight):
        return embedding_rows(weight, indices, padding, by_frequency, rows)
    return rows()


@public(method=False)
def embedding_renorm_(weight: Tensor, indices: Tensor, max_norm: float, norm_type: float) -> Tensor:
    """Scales the rows at `indices` in place to a norm of at most `max_norm`."""
    check_indices(weight, indices, "embedding_renorm_")
    rows = leaf(np.unique(indices._array()), indices.dtype)
    value = nn_embedding.renorm(weight._read(), rows, max_norm, norm_type)
    weight._write(value)
    return weight
