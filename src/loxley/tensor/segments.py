"""Reductions of runs of neighbouring elements, tensors cut into equal chunks, and hashes.

Source: torch.segment_reduce, torch.hash_tensor
"""

from __future__ import annotations

from collections.abc import Sequence
from operator import index
from typing import Any

import numpy as np

from .. import dtypes as dt
from ..ops import hashing
from ..ops.movement import reshape
from ..shapes import normalize_dim, normalize_dims, numel
from .api import expose, public
from .creation import full
from .joining import cat
from .padding import constant_pad_nd
from .tensor import Tensor

_SCATTERED = {"sum": "sum", "mean": "sum", "max": "amax", "min": "amin", "prod": "prod"}
_IDENTITIES = {"sum": 0, "mean": 0, "max": float("-inf"), "min": float("inf"), "prod": 1}


@public(method=False)
def segment_reduce(
    data: Tensor,
    reduce: str,
    *,
    lengths: Tensor | None = None,
    indices: Tensor | None = None,
    offsets: Tensor | None = None,
    axis: int = 0,
    unsafe: bool = False,
    initial: float | None = None,
) -> Tensor:
    """Runs along `axis` reduced by "sum", "mean", "max", "min" or "prod".

    data (*, L, ...), lengths (*, S) or offsets (*, S + 1) -> (*, S, ...); an empty run yields
    `initial` or the reduction's identity (NaN for means).  Source: torch.segment_reduce.
    """
    if reduce not in _SCATTERED:
        raise RuntimeError(
            f"reduce argument must be either sum, prod, mean, amax or amin, got {reduce}"
        )
    axis = normalize_dim(axis, data.ndim)
    bounds = _bounds(data, lengths, indices, offsets, axis, unsafe)
    count = bounds.shape[-1] - 1
    shape = (*data._shape[:axis], count + 1, *data._shape[axis + 1 :])
    index = Tensor._from_array(_segments(bounds, data._shape, axis), dt.int64)
    start = full(shape, _IDENTITIES[reduce] if initial is None else initial, dtype=data.dtype)
    made = start.scatter_reduce(axis, index, data, _SCATTERED[reduce]).narrow(axis, 0, count)
    return _divided(made, bounds, axis, initial) if reduce == "mean" else made


expose(_segment_reduce=segment_reduce)


def _bounds(data, lengths, indices, offsets, axis: int, unsafe: bool) -> np.ndarray:
    """Where each run starts, and where the last ends: (*, S + 1)."""
    if indices is not None:
        raise RuntimeError("segment_reduce(): indices based reduction is not supported yet.")
    given = offsets if lengths is None else lengths
    if given is None:
        raise RuntimeError("segment_reduce(): Either lengths or offsets must be defined.")
    which = "offsets" if lengths is None else "lengths"
    if axis != given.ndim - 1:
        raise RuntimeError(
            f"segment_reduce(): Expected axis to be the last dimension of {which} but got {axis}."
        )
    kind = data.dtype
    if not kind.is_floating_point:
        raise NotImplementedError(
            f"\"_segment_reduce_cpu\" not implemented for '{kind.legacy_name}'"
        )
    if given.dtype not in (dt.int32, dt.int64):
        raise NotImplementedError(
            f'"_segment_reduce_{which}_cpu_kernel1" not implemented for '
            f"'{given.dtype.legacy_name}'"
        )
    array = given._array()
    if lengths is None:
        return array
    if not unsafe:
        _check_lengths(array, data._shape[axis])
    return np.concatenate([np.zeros_like(array[..., :1]), np.cumsum(array, -1)], -1)


def _check_lengths(array: np.ndarray, size: int) -> None:
    if (array < 0).any():
        raise RuntimeError("lengths contains negative value!")
    if (array.sum(-1) != size).any():
        raise RuntimeError(
            "segment_reduce(): Expected all rows of lengths along axis to sum to "
            "data.size(lengths.dim()-1) when !unsafe."
        )


def _segments(bounds: np.ndarray, shape: tuple[int, ...], axis: int) -> np.ndarray:
    """The run that every element belongs to, the last one more where it belongs to none."""
    count, places = bounds.shape[-1] - 1, np.arange(shape[axis])
    rows = bounds.reshape(-1, count + 1)
    found = np.empty((len(rows), len(places)), np.int64)
    for row, made in zip(rows, found):
        made[:] = np.searchsorted(row, places, "right") - 1
    found[found < 0] = count
    lead = (*shape[: axis + 1], *(1,) * (len(shape) - axis - 1))
    return np.broadcast_to(found.reshape(lead), shape)


def _divided(total: Tensor, bounds: np.ndarray, axis: int, initial: float | None) -> Tensor:
    """Sums over counts; an empty run keeps its initial value, or is NaN."""
    counts = np.diff(bounds, axis=-1).astype(total.dtype.numpy)
    if initial is not None:
        counts = np.maximum(counts, 1)
    return total / Tensor._from_array(
        counts.reshape(*counts.shape, *(1,) * (total.ndim - axis - 1)), total.dtype
    )


@public(method=False, out=True)
def _chunk_cat(tensors: Sequence[Tensor], dim: int, num_chunks: int) -> Tensor:
    """Every tensor cut into `num_chunks` equal parts of its elements from `dim` on, zeros added,
    and the parts joined: (*, num_chunks, sum of parts).  Source: torch._chunk_cat."""
    dim = _check_chunks(tensors, dim, num_chunks)
    parts = []
    for t in tensors:
        size = t._shape[dim]
        more = -size % num_chunks
        if more:
            t = constant_pad_nd(t, (0, 0) * (t.ndim - dim - 1) + (0, more))
        width = numel(t._shape[dim:]) // num_chunks
        parts.append(reshape(t, (*t._shape[:dim], num_chunks, width)))
    return cat(parts, dim + 1)


def _check_chunks(tensors: Sequence[Tensor], dim: int, num_chunks: int) -> int:
    if index(num_chunks) < 1:
        raise RuntimeError("_chunk_cat expects positive num_chunks")
    if not len(tensors):
        raise RuntimeError("_chunk_cat expects a non-empty input tensor list")
    if any(not numel(t._shape) for t in tensors):
        raise RuntimeError("_chunk_cat expects non-empty tensor")
    if any(t.dtype is not tensors[0].dtype for t in tensors):
        raise RuntimeError("_chunk_cat expects all input tensors with the same dtype")
    ranks = {t.ndim for t in tensors}
    if len(ranks) == 1:
        dim = normalize_dim(dim, tensors[0].ndim)
    elif dim < 0:
        raise RuntimeError(
            "_chunk_cat expects non-negative dim when input tensors have different ndims"
        )
    elif dim >= min(ranks):
        raise RuntimeError("_chunk_cat expects dim < ndim for all input tensors")
    if any(t._shape[:dim] != tensors[0]._shape[:dim] for t in tensors):
        raise RuntimeError(
            "_chunk_cat expects same sizes of 0,...,dim-1 dimensions for all tensors"
        )
    return dim


@public(out=True)
def hash_tensor(input: Tensor, dim: Any = (), *, keepdim: bool = False, mode: int = 0) -> Tensor:
    """The elements' bits, widened to 64, combined by exclusive or. Source: torch.hash_tensor."""
    if mode != 0:
        raise RuntimeError(f"Unknown hash_tensor mode: {mode}")
    kind = input.dtype
    if kind.is_complex or kind in (dt.uint16, dt.uint32, dt.uint64):
        raise NotImplementedError(f"\"xor_sum_cpu\" not implemented for '{kind.legacy_name}'")
    dims = normalize_dims(dim, input.ndim)
    if not numel(input._shape) and not _named(dim):
        raise RuntimeError(
            "hash_tensor: Expected reduction dim to be specified for input.numel() == 0. Specify "
            "the reduction dim with the 'dim' argument."
        )
    return hashing.hash_tensor(input, dims, bool(keepdim))


def _named(dim: Any) -> bool:
    return isinstance(dim, int) or bool(dim)
