"""`flex_attention`: attention whose scores and mask are functions that a program gives.

In: queries, keys, values, `score_mod(score, b, h, q_idx, kv_idx)`, a `BlockMask`.  Out: the result,
and on request the logarithm of each row's sum.  The functions are evaluated for all places at once
by `vmap`, so the scores are held whole.  Gradients and the largest scores are there too, which
PyTorch has on GPUs only.
Source: https://docs.pytorch.org/docs/stable/nn.attention.flex_attention.html
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, NamedTuple, TypedDict

from ... import dtypes as dt
from ...ops.family import cast
from ...tensor import Tensor, logsumexp, where
from ..functional.attention import _laid_out_like, _safe_softmax
from .block_mask import DEFAULT_BLOCK_SIZE, BlockMask, create_block_mask
from .masks import (
    MaskMod,
    ScoreMod,
    and_masks,
    create_mask,
    noop_mask,
    or_masks,
    over_all,
    places,
)

__all__ = [
    "AuxOutput",
    "AuxRequest",
    "BlockMask",
    "FlexKernelOptions",
    "and_masks",
    "create_block_mask",
    "create_mask",
    "flex_attention",
    "noop_mask",
    "or_masks",
]

_DEFAULT_SPARSE_BLOCK_SIZE = DEFAULT_BLOCK_SIZE
_mask_mod_signature, _score_mod_signature = MaskMod, ScoreMod


class AuxRequest(NamedTuple):
    """What `flex_attention` is to give besides its result."""

    lse: bool = False
    max_scores: bool = False


class AuxOutput(NamedTuple):
    """What was asked for: logarithms of the rows' sums, largest scores; None for what wasn't."""

    lse: Tensor | None = None
    max_scores: Tensor | None = None


class FlexKernelOptions(TypedDict, total=False):
    """Sizes of tiles and the like of kernels for GPUs; here they choose nothing."""

    num_warps: int
    num_stages: int
    BLOCK_M: int
    BLOCK_N: int
    BLOCK_M1: int
    BLOCK_N1: int
    BLOCK_M2: int
    BLOCK_N2: int
    PRESCALE_QK: bool
    ROWS_GUARANTEED_SAFE: bool
    BLOCKS_ARE_CONTIGUOUS: bool
    WRITE_DQ: bool
    FORCE_USE_FLEX_ATTENTION: bool
    USE_TMA: bool
    BACKEND: str


def flex_attention(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    score_mod: ScoreMod | None = None,
    block_mask: BlockMask | None = None,
    scale: float | None = None,
    enable_gqa: bool = False,
    return_lse: bool = False,
    kernel_options: FlexKernelOptions | None = None,
    *,
    return_aux: AuxRequest | None = None,
) -> Any:
    """softmax(mask(score_mod(query @ key.T * scale))) @ value, rows that see nothing being zero:
    (B, Hq, L, E), (B, Hkv, S, E), (B, Hkv, S, Ev) -> (B, Hq, L, Ev).

    With `return_lse` or `return_aux` a pair: the result and (B, Hq, L) log-sum-exps, or an
    `AuxOutput`.  `kernel_options` tune kernels of GPUs.  ValueError for sizes that do not fit.
    Source: torch.nn.attention.flex_attention.flex_attention.
    """
    _check(query, key, value, block_mask, enable_gqa)
    if return_lse and return_aux is not None:
        raise ValueError(
            "Cannot specify both return_lse and return_aux. return_lse is deprecated, please use "
            "return_aux=AuxRequest(lse=True) instead."
        )
    factor = 1.0 / math.sqrt(query.size(-1)) if scale is None else scale
    scores = _scores(query, key, score_mod, block_mask, factor)
    weights = cast(_safe_softmax(scores), query.dtype)
    made = _laid_out_like(query, weights @ _like_query(query, value))
    if return_aux is not None:
        lse = logsumexp(scores, -1) if return_aux.lse else None
        return made, AuxOutput(lse, scores.amax(-1) if return_aux.max_scores else None)
    return (made, logsumexp(scores, -1)) if return_lse else made


def _scores(
    query: Tensor,
    key: Tensor,
    score_mod: Callable | None,
    block_mask: BlockMask | None,
    factor: float,
) -> Tensor:
    """(B, Hq, L, S) scores, -inf where the mask hides, in float32 or float64."""
    working = dt.float64 if query.dtype is dt.float64 else dt.float32
    scores = cast(query @ _like_query(query, key).transpose(-2, -1), working) * factor
    indices = places(scores.shape, query.device)
    if score_mod is not None:
        scores = cast(over_all(score_mod, True)(scores, *indices), working)
    if block_mask is not None:
        seen = over_all(block_mask.mask_mod, False)(*indices)
        blocks = _blocks_seen(block_mask, scores.shape)
        scores = where(seen if blocks is None else seen & blocks, scores, -math.inf)
    return scores


def _blocks_seen(mask: BlockMask, shape: tuple[int, ...]) -> Tensor | None:
    """The elements of the computed blocks, None where `mask_mod` tells them already."""
    if mask._told_by_mod:
        return None
    blocks = mask.to_dense().bool()
    rows = blocks.repeat_interleave(mask.BLOCK_SIZE[0], -2)[..., : shape[2], :]
    return rows.repeat_interleave(mask.BLOCK_SIZE[1], -1)[..., : shape[3]]


def _like_query(query: Tensor, x: Tensor) -> Tensor:
    """Keys or values with as many batches and heads as there are of queries."""
    batch, heads = query.shape[:2]
    if x.shape[1] != heads:
        x = x.repeat_interleave(heads // x.shape[1], dim=1)
    return x if x.shape[0] == batch else x.expand(batch, *x.shape[1:])


def _check(query: Tensor, key: Tensor, value: Tensor, mask: Any, grouped: bool) -> None:
    if not query.dim() == key.dim() == value.dim() == 4:
        raise NotImplementedError("NYI: query, key, and value must be 4D tensors")
    if query.size(-1) != key.size(-1):
        raise ValueError(
            "Expect query and key/value to have the same embedding dimension but got "
            f"E={query.size(-1)} and E={key.size(-1)}."
        )
    queries, keys = query.size(1), key.size(1)
    if not grouped and queries != keys:
        raise ValueError(
            f"Expect query and key/value to have the same number of heads but got Hq={queries} "
            f"and Hkv={keys}. Try setting enable_gqa=True for GQA."
        )
    if grouped and queries % keys:
        raise ValueError(
            "Expect number of query heads to be a multiple of kv heads for GQA but got "
            f"Hq={queries} and Hkv={keys}."
        )
    _check_batch(query, key, mask)
    if mask is not None:
        _check_lengths(mask, query.size(-2), key.size(-2))


def _check_batch(query: Tensor, key: Tensor, mask: BlockMask | None) -> None:
    if query.size(0) == key.size(0):
        return
    if mask is None:
        raise ValueError(
            "Expect query and key/value to have the same batch size, or non-none block_mask, but "
            f"got block_mask=None, Bq={query.size(0)}, and Bkv={key.size(0)}."
        )
    if mask.kv_num_blocks.size(0) != query.size(0):
        raise ValueError(
            "Expect query and key/value to have the same batch size, or block_mask and query to "
            f"have the same batch size, but got Bq={query.size(0)}, Bkv={key.size(0)}, "
            f"B_block_mask={mask.kv_num_blocks.size(0)}."
        )


def _check_lengths(mask: BlockMask, queries: int, keys: int) -> None:
    made_for, made_keys = mask.seq_lengths
    told = f"block_mask was created for block_mask.shape={mask.shape} but got q_len={queries} and "
    if queries > made_for or keys > made_keys:
        raise ValueError(
            f"{told}kv_len={keys}. As the block mask was created for a smaller length than you're "
            "using it for, you likely need to create a new block mask."
        )
    if (queries, keys) != (made_for, made_keys):
        raise ValueError(
            f"{told}kv_len={keys}. As the block mask was created for a larger length than you're "
            "using it for, you can either 1. create a new block mask with the correct length, or "
            "2. 'adjust' the existing block mask to the correct length by calling "
            "block_mask._adjust(q_len, kv_len). This essentially 'crops' the block mask to the "
            "upper left corner, which does not work for all mask_mods!"
        )
