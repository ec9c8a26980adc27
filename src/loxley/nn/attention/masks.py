"""Masks as functions of (batch, head, query, key): evaluated for all places, joined.

In: functions of indices, written for single ones. Out: tensors of booleans, or further functions.
Source: https://docs.pytorch.org/docs/stable/nn.attention.flex_attention.html
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

from ... import dtypes as dt
from ...autograd.vmap import vmap
from ...tensor import Tensor, arange, broadcast_to, isneginf, zeros

MaskMod = Callable[[Tensor, Tensor, Tensor, Tensor], Tensor]
ScoreMod = Callable[[Tensor, Tensor, Tensor, Tensor, Tensor], Tensor]


def noop_mask(batch: Tensor, head: Tensor, token_q: Tensor, token_kv: Tensor) -> Tensor:
    """True everywhere."""
    return batch.new_ones((), dtype=dt.bool_)


def and_masks(*mask_mods: MaskMod) -> MaskMod:
    """The mask that is true where all of these are."""
    _check_callable(mask_mods)

    def and_mask(b: Tensor, h: Tensor, q_idx: Tensor, kv_idx: Tensor) -> Tensor:
        result = b.new_ones((), dtype=dt.bool_)
        for mask in mask_mods:
            result = result & mask(b, h, q_idx, kv_idx)
        return result

    return and_mask


def or_masks(*mask_mods: MaskMod) -> MaskMod:
    """The mask that is true where any of these is."""
    _check_callable(mask_mods)

    def or_mask(b: Tensor, h: Tensor, q_idx: Tensor, kv_idx: Tensor) -> Tensor:
        result = b.new_zeros((), dtype=dt.bool_)
        for mask in mask_mods:
            result = result | mask(b, h, q_idx, kv_idx)
        return result

    return or_mask


def _check_callable(mask_mods: tuple) -> None:
    if not all(callable(one) for one in mask_mods):
        raise RuntimeError(f"All inputs should be callable mask_mods: {mask_mods}")


def over_all(mod: Callable, scored: bool) -> Callable:
    """A function of single places made one of all of them: (B,), (H,), (Q,), (K,) -> (B, H, Q, K).

    With `scored` it takes scores (B, H, Q, K) first.
    """
    score = (0,) if scored else ()
    for dims in ((None, None, None, 0), (None, None, 0, None), (None, 0, None, None)):
        mod = vmap(mod, in_dims=(*score, *dims))
    return vmap(mod, in_dims=(*score, 0, None, None, None))


def places(shape: tuple[int, ...], device: Any) -> list[Tensor]:
    """The indices along each dimension."""
    return [arange(n, device=device) for n in shape]


def create_mask(
    mod_fn: Callable,
    B: int | None,
    H: int | None,
    Q_LEN: int,
    KV_LEN: int,
    device: Any = None,
) -> Tensor:
    """A mask function's values, (B, H, Q_LEN, KV_LEN) booleans; of a function of scores, where it
    does not make 0 to -inf.  AssertionError for functions of neither four nor five arguments."""
    shape = (1 if B is None else B, 1 if H is None else H, Q_LEN, KV_LEN)
    indices = places(shape, device)
    count = _positional(mod_fn)
    if count == 5:
        scores = over_all(mod_fn, True)(zeros(*shape, device=device), *indices)
        return ~isneginf(scores)
    if count != 4:
        raise AssertionError(f"Expected 4 or 5 positional args, got {count}")
    return broadcast_to(over_all(mod_fn, False)(*indices), shape)


def _positional(function: Callable) -> int:
    """How many arguments without defaults a function takes by place."""
    kinds = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    return sum(
        one.kind in kinds and one.default is inspect.Parameter.empty
        for one in inspect.signature(function).parameters.values()
    )
