"""`scaled_dot_product_attention` with the signature of `torch.nn.functional`."""

from __future__ import annotations

import math

import numpy as np

from ... import dtypes as dt
from ...ops import nn_attention
from ...ops.comparison import eq
from ...ops.elementwise import where
from ...ops.family import cast
from ...ops.matmul import c_name
from ...ops.reduce import all as every
from ...shapes import memory_order
from ...tensor import Tensor, dropout, softmax
from ...tensor.layout import relay
from ...tensor.modes import modes

__all__ = ["scaled_dot_product_attention"]


def scaled_dot_product_attention(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    attn_mask: Tensor | None = None,
    dropout_p: float = 0.0,
    is_causal: bool = False,
    scale: float | None = None,
    enable_gqa: bool = False,
) -> Tensor:
    """softmax(query @ key.T * scale + mask) @ value: (*, L, E), (*, S, E), (*, S, V) -> (*, L, V).

    The score matrix is only ever held whole where dropout or a mask that is learned asks for it.
    Source: torch.nn.functional.scaled_dot_product_attention.
    """
    _check(query, key, value, attn_mask, is_causal)
    if enable_gqa:
        key, value = _repeated(query, key), _repeated(query, value)
    factor = 1 / math.sqrt(query._shape[-1]) if scale is None else scale
    if _fused(query, key, value, attn_mask, dropout_p):
        made = nn_attention.attention.first(query, key, value, attn_mask, is_causal, factor)
        return _laid_out_like(query, made)
    return _composed(query, key, value, attn_mask, dropout_p, is_causal, factor)


def _check(query: Tensor, key: Tensor, value: Tensor, mask: Tensor | None, causal: bool) -> None:
    if not query.dtype is key.dtype is value.dtype:
        raise RuntimeError(
            "Expected query, key, and value to have the same dtype, but got query.dtype: "
            f"{c_name(query)} key.dtype: {c_name(key)} and value.dtype: {c_name(value)} instead."
        )
    if query.ndim < 2 or key.ndim < 2 or value.ndim < 2:
        raise RuntimeError(
            "Expected query, key, and value to all be  at least 2 dimensional, but got query.dim: "
            f"{query.ndim}, key.dim: {key.ndim} and value.dim: {value.ndim} instead."
        )
    if mask is not None:
        if causal:
            raise RuntimeError(
                "_scaled_dot_product_attention: Explicit attn_mask should not be set when "
                "is_causal=True"
            )
        if mask.dtype is not dt.bool_ and mask.dtype not in (query.dtype, dt.float32):
            raise RuntimeError(
                "Expected attn_mask dtype to be bool or float or to match query dtype, but got "
                f"attn_mask.dtype: {c_name(mask)} and  query.dtype: {c_name(query)} "
                "instead."
            )


def _repeated(query: Tensor, x: Tensor) -> Tensor:
    """Heads of keys or values repeated to be as many as the query's."""
    heads, have = query.shape[-3], x.shape[-3]
    if heads % have:
        raise RuntimeError(
            "Number of heads in key and value must divide the number of heads in query"
        )
    return x if heads == have else x.repeat_interleave(heads // have, dim=-3)


def _fused(query, key, value, mask, dropout: float) -> bool:
    """Whether the kernel that never holds all scores applies: PyTorch's conditions on the CPU."""
    return (
        query.ndim == key.ndim == value.ndim == 4
        and query.dtype.is_floating_point
        and dropout == 0.0
        and query._shape[-1] == key._shape[-1] == value._shape[-1]
        and query._shape[:2] == key._shape[:2] == value._shape[:2]
        and key._shape[-2] == value._shape[-2]
        and 0 not in query._shape
        and 0 not in key._shape
        and (mask is None or (mask.ndim in (2, 4) and not (mask.requires_grad and modes.grad)))
    )


def _laid_out_like(query: Tensor, made: Tensor) -> Tensor:
    """The result in the query's order of dimensions, so that `transpose` undoes `transpose`."""
    order = memory_order(query._shape, query._strides)
    if order is None:
        order = tuple(sorted(range(4), key=lambda d: -query._strides[d]))
    if order == (0, 1, 2, 3):
        return made
    return relay(made, order)


def _composed(query, key, value, mask, dropout_p: float, causal: bool, factor: float) -> Tensor:
    kind = query.dtype
    if kind in (dt.float16, dt.bfloat16):  # scores are summed in float32
        query, key, value = (cast(t, dt.float32) for t in (query, key, value))
    scaling = math.sqrt(abs(factor))
    signed = scaling if factor >= 0 else -scaling
    scores = (query * signed) @ (key.transpose(-2, -1) * scaling)
    if causal:
        below = np.tri(query._shape[-2], key._shape[-2], dtype=np.bool_)
        mask = Tensor._from_array(below, dt.bool_)
    if mask is not None:
        boolean = mask.dtype is dt.bool_
        scores = where(mask, scores, -math.inf) if boolean else scores + mask
    weights = _safe_softmax(scores)
    if dropout_p > 0.0:
        weights = dropout(weights, dropout_p, True)
    return cast(weights @ value, kind)


def _safe_softmax(scores: Tensor) -> Tensor:
    """softmax over the last dimension; zeros, not NaN, where all scores are -inf."""
    made = softmax(scores, -1)
    gone = every(eq(scores, -math.inf), (scores.ndim - 1,), True)
    return where(gone, 0.0, made)
