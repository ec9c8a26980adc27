"""Scaled dot-product attention that never holds the whole score matrix.

Heads are taken in groups and queries in blocks, so that a block of scores stays in the cache; the
logarithm of each row's sum is kept, and the backward computes the scores again from it.
Source: Dao et al., FlashAttention, https://arxiv.org/abs/2205.14135
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

import numpy as np

from .. import dtypes as dt
from ..ir.graph import Op, Value, leaf
from .elementwise import where
from .movement import transpose
from .nn_softmax import softmax, softmax_backward
from .reduce import wide

_SCORES = 1 << 18  # scores in a block
_QUERIES = 256
_CAUSAL_QUERIES = 128  # smaller blocks skip more keys


def _blocks(heads: int, queries: int, keys: int, causal: bool) -> Iterator[tuple[slice, slice]]:
    rows = min(queries, _CAUSAL_QUERIES if causal else _QUERIES)
    group = max(1, _SCORES // max(rows * keys, 1))
    for h in range(0, heads, group):
        for i in range(0, queries, rows):
            yield slice(h, min(h + group, heads)), slice(i, min(i + rows, queries))


def _heads(x: np.ndarray) -> np.ndarray:
    """(..., L, E) -> (heads, L, E)."""
    return wide(x).reshape((-1, *x.shape[-2:]))


def _scores(q, k, mask, rows: slice, causal: bool, scale: float) -> tuple[np.ndarray, int]:
    """Scaled and masked scores of a block, and how many keys it sees."""
    keys = k.shape[1]
    seen = min(keys, rows.stop) if causal else keys
    scores = np.matmul(q, k[:, :seen].transpose(0, 2, 1))
    scores *= scores.dtype.type(scale)
    if mask is not None:
        scores += mask[:, :, :seen]
    if causal and rows.start + 1 < seen:
        late = scores[:, :, rows.start :]  # keys after the block's first query
        np.minimum(late, _triangle(*late.shape[1:], late.dtype), out=late)
    return scores, seen


@lru_cache(maxsize=16)
def _triangle(rows: int, columns: int, dtype: np.dtype) -> np.ndarray:
    """Infinity where a query may look, -infinity after it: a minimum with it masks."""
    return np.where(np.tri(rows, columns, dtype=bool), np.inf, -np.inf).astype(dtype)


def _mask_block(mask, heads: slice, rows: slice):
    if mask is None:
        return None
    picked = mask if mask.shape[0] == 1 else mask[heads]
    return picked if picked.shape[1] == 1 else picked[:, rows]


def _flat_mask(mask, shape: tuple[int, ...], keys: int, dtype) -> np.ndarray | None:
    """An additive mask of shape (1 or heads, 1 or L, S)."""
    if mask is None:
        return None
    if mask.dtype == np.bool_:
        mask = np.where(mask, dtype.type(0), dtype.type(-np.inf))
    mask = wide(mask)
    if mask.ndim <= 2 or all(n == 1 for n in mask.shape[:-2]):
        mask = mask.reshape((1, *((1, 1) + mask.shape)[-2:]))
    else:
        mask = np.broadcast_to(mask, (*shape[:-2], *mask.shape[-2:]))
        mask = mask.reshape((-1, *mask.shape[-2:]))
    return np.broadcast_to(mask, (*mask.shape[:2], keys))


def _attention_eval(q, k, v, mask, /, causal, scale):
    shape = q.shape[:-1] + v.shape[-1:]
    mask = _flat_mask(mask, q.shape, k.shape[-2], wide(q).dtype)
    q, k, v = _heads(q), _heads(k), _heads(v)
    heads, queries = q.shape[:2]
    y = np.empty((heads, queries, v.shape[2]), q.dtype)
    logsum = np.empty((heads, queries), q.dtype)
    for group, rows in _blocks(heads, queries, k.shape[1], causal):
        block = _mask_block(mask, group, rows)
        scores, seen = _scores(q[group, rows], k[group], block, rows, causal, scale)
        top = np.max(scores, axis=2, keepdims=True) if seen else scores
        np.copyto(top, 0, where=top == -np.inf)
        scores -= top
        np.exp(scores, out=scores)
        total = scores @ np.ones((seen, 1), scores.dtype)
        made = np.matmul(scores, v[group, :seen])
        made /= np.where(total == 0, 1, total)
        y[group, rows] = made
        logsum[group, rows] = (np.log(total) + top)[:, :, 0]
    return y.reshape(shape), logsum.reshape(shape[:-1])


def _attention_backward(dy, q, k, v, mask, y, logsum, /, causal, scale):
    shapes = q.shape, k.shape, v.shape
    mask = _flat_mask(mask, q.shape, k.shape[-2], wide(q).dtype)
    dy, q, k, v, y = (_heads(x) for x in (dy, q, k, v, y))
    logsum = wide(logsum).reshape(q.shape[:2])
    dq, dk, dv = np.zeros_like(q), np.zeros_like(k), np.zeros_like(v)
    factor = q.dtype.type(scale)
    for group, rows in _blocks(q.shape[0], q.shape[1], k.shape[1], causal):
        block = _mask_block(mask, group, rows)
        p, seen = _scores(q[group, rows], k[group], block, rows, causal, scale)
        p -= np.where(np.isfinite(logsum), logsum, np.inf)[group, rows, None]
        np.exp(p, out=p)
        g = dy[group, rows]
        dv[group, :seen] += np.matmul(p.transpose(0, 2, 1), g)
        ds = np.matmul(g, v[group, :seen].transpose(0, 2, 1))
        ds -= np.vecdot(g, y[group, rows])[:, :, None]
        ds *= p
        ds *= factor
        dq[group, rows] = np.matmul(ds, k[group, :seen])
        dk[group, :seen] += np.matmul(ds.transpose(0, 2, 1), q[group, rows])
    return tuple(d.reshape(s) for d, s in zip((dq, dk, dv), shapes))


def _attention_rule(q, k, v, mask, causal, scale):
    shape = q.shape[:-1] + v.shape[-1:]
    sums = dt.float32 if q.dtype in (dt.float16, dt.bfloat16) else q.dtype
    return [(shape, q.dtype), (q.shape[:-1], sums)]


attention_backward = Op(
    "attention_backward",
    rule=lambda dy, q, k, v, mask, y, logsum, causal, scale: [
        (q.shape, q.dtype),
        (k.shape, k.dtype),
        (v.shape, v.dtype),
    ],
    eval=_attention_backward,
    outputs=3,
)


def _composed_grads(g, q, k, v, mask, causal: bool, scale: float):
    """The gradients by differentiable operators, which hold all scores."""
    n = len(q.shape)
    scores = (q @ transpose(k, n - 2, n - 1)) * scale
    if causal:
        mask = leaf(np.tri(q.shape[-2], k.shape[-2], dtype=bool), dt.bool_)
    if mask is not None:
        boolean = mask.dtype is dt.bool_
        scores = where(mask, scores, -np.inf) if boolean else scores + mask
    p = softmax(scores, n - 1)
    ds = softmax_backward(g @ transpose(v, n - 2, n - 1), p, n - 1) * scale
    dv = transpose(p, n - 2, n - 1) @ g
    return ds @ k, transpose(ds, n - 2, n - 1) @ q, dv


def _attention_vjp(g, q, k, v, mask, out, causal, scale):
    if type(g[0]) is not Value:
        return (*_composed_grads(g[0], q, k, v, mask, causal, scale), None)
    grads = attention_backward(g[0], q, k, v, mask, out[0], out[1], causal, scale)
    return (*grads, None)


# (heads..., L, E), (heads..., S, E), (heads..., S, Ev), mask or None -> (y, logsumexp)
attention = Op(
    "scaled_dot_product_flash_attention_for_cpu",
    rule=_attention_rule,
    eval=_attention_eval,
    vjp=_attention_vjp,
    outputs=2,
    undefined_grads=True,
    grad_name="ScaledDotProductFlashAttentionForCpuBackward0",
)
