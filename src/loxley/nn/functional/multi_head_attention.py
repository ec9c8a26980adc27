"""`multi_head_attention_forward`: projections, heads, masks, attention, output projection.

L is the target's length, S the source's, N the batch, E the embedding, h the number of heads.
Source: Vaswani et al. 2017 (arXiv:1706.03762); torch.nn.functional.multi_head_attention_forward.
"""

from __future__ import annotations

import math
import warnings

from ... import dtypes as dt
from ...tensor import Tensor, bmm, cat, dropout, nn_basic, zeros
from .attention import scaled_dot_product_attention
from .linear import linear
from .padding import pad

__all__ = ["multi_head_attention_forward"]


def _mha_shape_check(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    key_padding_mask: Tensor | None,
    attn_mask: Tensor | None,
    num_heads: int,
) -> bool:
    """Whether the query has a batch; AssertionError for ranks that don't go together."""
    rank = query.ndim
    if rank not in (2, 3):
        raise AssertionError(
            f"query should be unbatched 2D or batched 3D tensor but received {rank}-D query tensor"
        )
    what = "batched (3-D)" if rank == 3 else "unbatched (2-D)"
    if key.ndim != rank or value.ndim != rank:
        raise AssertionError(
            f"For {what} `query`, expected `key` and `value` to be {rank}-D but found "
            f"{key.ndim}-D and {value.ndim}-D tensors respectively"
        )
    if key_padding_mask is not None and key_padding_mask.ndim != rank - 1:
        raise AssertionError(
            f"For {what} `query`, expected `key_padding_mask` to be `None` or {rank - 1}-D but "
            "found "
            f"{key_padding_mask.ndim}-D tensor instead"
        )
    if attn_mask is not None:
        if attn_mask.ndim not in (2, 3):
            raise AssertionError(
                f"For {what} `query`, expected `attn_mask` to be `None`, 2-D or 3-D but found "
                f"{attn_mask.ndim}-D tensor instead"
            )
        wanted = (num_heads, query.shape[0], key.shape[0])
        if rank == 2 and attn_mask.ndim == 3 and attn_mask._shape != wanted:
            raise AssertionError(
                f"Expected `attn_mask` shape to be {wanted} but got {attn_mask.shape}"
            )
    return rank == 3


def _none_or_dtype(input: Tensor | None) -> dt.dtype | None:
    """A mask's dtype; RuntimeError for what is no tensor."""
    if input is None:
        return None
    if isinstance(input, Tensor):
        return input.dtype
    raise RuntimeError("input to _none_or_dtype() must be None or torch.Tensor")


def _canonical_mask(
    mask: Tensor | None,
    mask_name: str,
    other_type: dt.dtype | None,
    other_name: str,
    target_type: dt.dtype,
    check_other: bool = True,
) -> Tensor | None:
    """A mask that is added to scores: booleans become 0 and -inf."""
    if mask is None:
        return None
    if mask.dtype is not dt.bool_ and not mask.dtype.is_floating_point:
        raise AssertionError(f"only bool and floating types of {mask_name} are supported")
    if check_other and other_type is not None and mask.dtype is not other_type:
        warnings.warn(
            f"Support for mismatched {mask_name} and {other_name} is deprecated. Use same type for "
            "both instead."
        )
    if mask.dtype.is_floating_point:
        return mask
    return zeros(mask._shape, dtype=target_type).masked_fill_(mask, -math.inf)


def _packed(q: Tensor, k: Tensor, v: Tensor, w: Tensor, b: Tensor | None) -> tuple:
    """Query, key and value projected by one weight (3E, E)."""
    e = q.shape[-1]
    if q is k and k is v:
        return linear(q, w, b).split(e, -1)
    if k is v:
        bias = (None, None) if b is None else b.split([e, 2 * e])
        first, rest = w.split([e, 2 * e])
        return linear(q, first, bias[0]), *linear(k, rest, bias[1]).split(e, -1)
    biases = (None,) * 3 if b is None else b.chunk(3)
    return tuple(linear(x, *one) for x, one in zip((q, k, v), zip(w.chunk(3), biases)))


def _separate(q: Tensor, k: Tensor, v: Tensor, weights: tuple, b: Tensor | None) -> tuple:
    """Query, key and value projected by weights of their own."""
    for name, w in zip("qkv", weights):
        if w is None:
            raise AssertionError(f"use_separate_proj_weight is True but {name}_proj_weight is None")
    biases = (None,) * 3 if b is None else b.chunk(3)
    return tuple(linear(x, w, bias) for x, w, bias in zip((q, k, v), weights, biases))


def _check_attention_mask(mask: Tensor, wanted: tuple[int, int, int]) -> Tensor:
    """The mask with three dimensions; RuntimeError for another shape than L x S or Nh x L x S."""
    if mask.ndim == 2:
        if mask._shape != wanted[1:]:
            raise RuntimeError(
                f"The shape of the 2D attn_mask is {mask.shape}, but should be {wanted[1:]}."
            )
        return mask.unsqueeze(0)
    if mask._shape != wanted:
        raise RuntimeError(
            f"The shape of the 3D attn_mask is {mask.shape}, but should be {wanted}."
        )
    return mask


def _longer(mask: Tensor | None) -> Tensor | None:
    """Room for one more key, which everybody may see."""
    return None if mask is None else pad(mask, (0, 1))


def _static(x: Tensor, name: str, heads: int, width: int) -> Tensor:
    if x.shape[0] != heads:
        raise AssertionError(f"expecting {name}.size(0) of {heads}, but got {x.shape[0]}")
    if x.shape[2] != width:
        raise AssertionError(f"expecting {name}.size(2) of {width}, but got {x.shape[2]}")
    return x


def _check_sizes(query: Tensor, key: Tensor, value: Tensor, e: int, heads: int, apart: bool):
    if query.shape[-1] != e:
        raise AssertionError(f"was expecting embedding dimension of {e}, but got {query.shape[-1]}")
    if e // heads * heads != e:
        raise AssertionError(f"embed_dim {e} not divisible by num_heads {heads}")
    if apart and key._shape[:2] != value._shape[:2]:
        raise AssertionError(
            f"key's sequence and batch dims {key.shape[:2]} do not match value's {value.shape[:2]}"
        )
    if not apart and key._shape != value._shape:
        raise AssertionError(f"key shape {key.shape} does not match value shape {value.shape}")


def _merged_masks(mask: Tensor | None, padding: Tensor | None, n: int, heads: int, s: int):
    """The attention mask with the keys' padding added: (Nh or 1, L or 1, S)."""
    if padding is None:
        return mask
    if padding._shape != (n, s):
        at = 0 if padding.shape[0] != n else 1
        raise AssertionError(
            f"Expected key_padded_mask.shape[{at}] to be {(n, s)[at]}, but got {padding.shape[at]}"
        )
    spread = padding.view(n, 1, 1, s).expand(-1, heads, -1, -1).reshape(n * heads, 1, s)
    return spread if mask is None else mask + spread


def _weighted(q, k, v, mask: Tensor | None, dropout_p: float) -> tuple[Tensor, Tensor]:
    """(values averaged by attention, the attention): (Nh, L, d), (Nh, L, S)."""
    scores = bmm(q * math.sqrt(1.0 / q.shape[-1]), k.transpose(-2, -1))
    weights = nn_basic.softmax(scores if mask is None else scores + mask, -1)
    if dropout_p > 0.0:
        weights = dropout(weights, dropout_p, True)
    return bmm(weights, v), weights


def multi_head_attention_forward(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    embed_dim_to_check: int,
    num_heads: int,
    in_proj_weight: Tensor | None,
    in_proj_bias: Tensor | None,
    bias_k: Tensor | None,
    bias_v: Tensor | None,
    add_zero_attn: bool,
    dropout_p: float,
    out_proj_weight: Tensor,
    out_proj_bias: Tensor | None,
    training: bool = True,
    key_padding_mask: Tensor | None = None,
    need_weights: bool = True,
    attn_mask: Tensor | None = None,
    use_separate_proj_weight: bool = False,
    q_proj_weight: Tensor | None = None,
    k_proj_weight: Tensor | None = None,
    v_proj_weight: Tensor | None = None,
    static_k: Tensor | None = None,
    static_v: Tensor | None = None,
    average_attn_weights: bool = True,
    is_causal: bool = False,
) -> tuple[Tensor, Tensor | None]:
    """Attention of query (L, N, E) over key and value (S, N, E), N being optional.

    Returns (L, N, E) and, with `need_weights`, the weights (N, L, S) or (N, h, L, S).
    """
    batched = _mha_shape_check(query, key, value, key_padding_mask, attn_mask, num_heads)
    if not batched:
        same_key, same_value = key is query, value is key
        query = query.unsqueeze(1)
        key = query if same_key else key.unsqueeze(1)
        value = key if same_value else value.unsqueeze(1)
        if key_padding_mask is not None:
            key_padding_mask = key_padding_mask.unsqueeze(0)
    length, n, e = query.shape
    padding = _canonical_mask(
        key_padding_mask, "key_padding_mask", _none_or_dtype(attn_mask), "attn_mask", query.dtype
    )
    if is_causal and attn_mask is None:
        raise RuntimeError(
            "Need attn_mask if specifying the is_causal hint. You may use the Transformer module "
            "method `generate_square_subsequent_mask` to create this mask."
        )
    hinted = is_causal and padding is None and not need_weights
    if hinted:
        attn_mask = None  # the kernel masks by itself
    else:
        attn_mask = _canonical_mask(attn_mask, "attn_mask", None, "", query.dtype, False)
    _check_sizes(query, key, value, embed_dim_to_check, num_heads, use_separate_proj_weight)
    if use_separate_proj_weight:
        own = (q_proj_weight, k_proj_weight, v_proj_weight)
        q, k, v = _separate(query, key, value, own, in_proj_bias)
    else:
        if in_proj_weight is None:
            raise AssertionError("use_separate_proj_weight is False but in_proj_weight is None")
        q, k, v = _packed(query, key, value, in_proj_weight, in_proj_bias)
    if attn_mask is not None:
        attn_mask = _check_attention_mask(attn_mask, (n * num_heads, length, key.shape[0]))
    if bias_k is not None and bias_v is not None:
        k, v = cat([k, bias_k.repeat(1, n, 1)]), cat([v, bias_v.repeat(1, n, 1)])
        attn_mask, padding = _longer(attn_mask), _longer(padding)
    elif bias_k is not None or bias_v is not None:
        given, absent = ("bias_k", "bias_v") if bias_v is None else ("bias_v", "bias_k")
        raise AssertionError(f"{given} is set but {absent} is None")
    heads, width = n * num_heads, e // num_heads
    q = q.reshape(length, heads, width).transpose(0, 1)
    k, v = (
        x.reshape(x.shape[0], heads, width).transpose(0, 1)
        if given is None
        else _static(given, name, heads, width)
        for x, given, name in ((k, static_k, "static_k"), (v, static_v, "static_v"))
    )
    if add_zero_attn:
        nothing = zeros((heads, 1, width), dtype=k.dtype)
        k, v = cat([k, nothing], 1), cat([v, nothing], 1)
        attn_mask, padding = _longer(attn_mask), _longer(padding)
    source = k.shape[1]
    mask = _merged_masks(attn_mask, padding, n, num_heads, source)
    if not training:
        dropout_p = 0.0
    if need_weights:
        made, weights = _weighted(q, k, v, mask, dropout_p)
        made = made.transpose(0, 1).reshape(length * n, e)
        made = linear(made, out_proj_weight, out_proj_bias).view(length, n, -1)
        weights = weights.view(n, num_heads, length, source)
        if average_attn_weights:
            weights = weights.mean(1)
        return (made, weights) if batched else (made.squeeze(1), weights.squeeze(0))
    if mask is not None:
        one = mask.shape[0] == 1
        mask = mask.unsqueeze(0) if one else mask.view(n, num_heads, -1, source)
    q, k, v = (x.reshape(n, num_heads, x.shape[1], width) for x in (q, k, v))
    made = scaled_dot_product_attention(q, k, v, mask, dropout_p, hinted)
    made = made.permute(2, 0, 1, 3).reshape(length * n, e)
    made = linear(made, out_proj_weight, out_proj_bias).view(length, n, -1)
    return (made if batched else made.squeeze(1)), None
