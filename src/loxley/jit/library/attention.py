"""Attention for TorchScript: `multi_head_attention_forward`, and the layers of transformers.

L is the target's length, S the source's, N the batch, E the embedding, h the number of heads.
"""

from __future__ import annotations

import math
from typing import Any

from ...nn import functional as F
from ...nn.modules.attention import MultiheadAttention
from ...nn.modules.transformer import (
    TransformerDecoder,
    TransformerDecoderLayer,
    TransformerEncoder,
    TransformerEncoderLayer,
)
from ...tensor import Tensor
from ..aten_calls import aten
from ..names import replaces, stands_for


def canonical_mask(mask: Tensor | None, like: Tensor) -> Tensor | None:
    """A mask that is added to scores: booleans become 0 and -inf."""
    if mask is None:
        return None
    if aten.is_floating_point(mask):
        return mask
    zeros = aten.zeros_like(mask, dtype=like.dtype)
    return aten.masked_fill(zeros, mask, -math.inf)


def _projected(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    weights: list[Tensor],
    bias: Tensor | None,
) -> tuple[Tensor, Tensor, Tensor]:
    if bias is None:
        return (
            aten.linear(query, weights[0], None),
            aten.linear(key, weights[1], None),
            aten.linear(value, weights[2], None),
        )
    biases = aten.chunk(bias, 3)
    return (
        aten.linear(query, weights[0], biases[0]),
        aten.linear(key, weights[1], biases[1]),
        aten.linear(value, weights[2], biases[2]),
    )


@replaces(F.multi_head_attention_forward)
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
    """Attention of (L, N, E) over (S, N, E): (L, N, E), and the weights where asked for."""
    if static_k is not None or static_v is not None:
        raise ValueError("static keys and values are not implemented in TorchScript")
    batched = query.dim() == 3
    if not batched:
        query = query.unsqueeze(1)
        key = key.unsqueeze(1)
        value = value.unsqueeze(1)
        if key_padding_mask is not None:
            key_padding_mask = key_padding_mask.unsqueeze(0)
    length = query.size(0)
    batch = query.size(1)
    embed = query.size(2)
    if embed != embed_dim_to_check:
        raise AssertionError(
            f"was expecting embedding dimension of {embed_dim_to_check}, but got {embed}"
        )
    width = embed // num_heads
    if width * num_heads != embed:
        raise AssertionError(f"embed_dim {embed} not divisible by num_heads {num_heads}")
    if is_causal and attn_mask is None:
        raise RuntimeError(
            "Need attn_mask if specifying the is_causal hint. You may use the Transformer module "
            "method `generate_square_subsequent_mask` to create this mask."
        )
    padding = canonical_mask(key_padding_mask, query)
    mask = canonical_mask(attn_mask, query)
    if use_separate_proj_weight:
        if q_proj_weight is None or k_proj_weight is None or v_proj_weight is None:
            raise AssertionError("use_separate_proj_weight is True but a weight is None")
        q, k, v = _projected(
            query, key, value, [q_proj_weight, k_proj_weight, v_proj_weight], in_proj_bias
        )
    else:
        if in_proj_weight is None:
            raise AssertionError("use_separate_proj_weight is False but in_proj_weight is None")
        q, k, v = _projected(query, key, value, aten.chunk(in_proj_weight, 3), in_proj_bias)
    if mask is not None and mask.dim() == 2:
        mask = mask.unsqueeze(0)
    if bias_k is not None and bias_v is not None:
        k = aten.cat([k, bias_k.repeat([1, batch, 1])])
        v = aten.cat([v, bias_v.repeat([1, batch, 1])])
        if mask is not None:
            mask = aten.pad(mask, [0, 1])
        if padding is not None:
            padding = aten.pad(padding, [0, 1])
    q = q.reshape([length, batch * num_heads, width]).transpose(0, 1)
    k = k.reshape([k.size(0), batch * num_heads, width]).transpose(0, 1)
    v = v.reshape([v.size(0), batch * num_heads, width]).transpose(0, 1)
    if add_zero_attn:
        nothing = aten.zeros([batch * num_heads, 1, width], dtype=k.dtype)
        k = aten.cat([k, nothing], 1)
        v = aten.cat([v, nothing], 1)
        if mask is not None:
            mask = aten.pad(mask, [0, 1])
        if padding is not None:
            padding = aten.pad(padding, [0, 1])
    source = k.size(1)
    if padding is not None:
        spread = padding.view([batch, 1, 1, source]).expand([-1, num_heads, -1, -1])
        spread = spread.reshape([batch * num_heads, 1, source])
        mask = spread if mask is None else mask + spread
    if not training:
        dropout_p = 0.0
    if need_weights:
        scores = aten.bmm(q * math.sqrt(1.0 / float(width)), k.transpose(-2, -1))
        if mask is not None:
            scores = scores + mask
        weights = aten.softmax(scores, -1, None)
        if dropout_p > 0.0:
            weights = aten.dropout(weights, dropout_p, True)
        made = aten.bmm(weights, v)
        made = made.transpose(0, 1).reshape([length * batch, embed])
        made = aten.linear(made, out_proj_weight, out_proj_bias).view([length, batch, -1])
        weights = weights.view([batch, num_heads, length, source])
        if average_attn_weights:
            weights = weights.mean([1])
        if not batched:
            return made.squeeze(1), weights.squeeze(0)
        return made, weights
    if mask is not None:
        if mask.size(0) == 1:
            mask = mask.unsqueeze(0)
        else:
            mask = mask.view([batch, num_heads, -1, source])
    q = q.reshape([batch, num_heads, length, width])
    k = k.reshape([batch, num_heads, source, width])
    v = v.reshape([batch, num_heads, source, width])
    made = aten.scaled_dot_product_attention(q, k, v, mask, dropout_p, False)
    made = made.permute([2, 0, 1, 3]).reshape([length * batch, embed])
    made = aten.linear(made, out_proj_weight, out_proj_bias).view([length, batch, -1])
    if not batched:
        made = made.squeeze(1)
    return made, None


@stands_for(MultiheadAttention)
def attention(
    self: Any,
    query: Tensor,
    key: Tensor,
    value: Tensor,
    key_padding_mask: Tensor | None = None,
    need_weights: bool = True,
    attn_mask: Tensor | None = None,
    average_attn_weights: bool = True,
    is_causal: bool = False,
) -> tuple[Tensor, Tensor | None]:
    """(output, weights); masks are True, or -inf, where attention is not allowed."""
    batched = query.dim() == 3
    if self.batch_first and batched:
        query = query.transpose(0, 1)
        key = key.transpose(0, 1)
        value = value.transpose(0, 1)
    if self._qkv_same_embed_dim:
        output, weights = F.multi_head_attention_forward(
            query,
            key,
            value,
            self.embed_dim,
            self.num_heads,
            self.in_proj_weight,
            self.in_proj_bias,
            self.bias_k,
            self.bias_v,
            self.add_zero_attn,
            self.dropout,
            self.out_proj.weight,
            self.out_proj.bias,
            training=self.training,
            key_padding_mask=key_padding_mask,
            need_weights=need_weights,
            attn_mask=attn_mask,
            average_attn_weights=average_attn_weights,
            is_causal=is_causal,
        )
    else:
        output, weights = F.multi_head_attention_forward(
            query,
            key,
            value,
            self.embed_dim,
            self.num_heads,
            self.in_proj_weight,
            self.in_proj_bias,
            self.bias_k,
            self.bias_v,
            self.add_zero_attn,
            self.dropout,
            self.out_proj.weight,
            self.out_proj.bias,
            training=self.training,
            key_padding_mask=key_padding_mask,
            need_weights=need_weights,
            attn_mask=attn_mask,
            use_separate_proj_weight=True,
            q_proj_weight=self.q_proj_weight,
            k_proj_weight=self.k_proj_weight,
            v_proj_weight=self.v_proj_weight,
            average_attn_weights=average_attn_weights,
            is_causal=is_causal,
        )
    if self.batch_first and batched:
        output = output.transpose(1, 0)
    return output, weights


@stands_for(TransformerEncoderLayer)
def encoder_layer(
    self: Any,
    src: Tensor,
    src_mask: Tensor | None = None,
    src_key_padding_mask: Tensor | None = None,
    is_causal: bool = False,
) -> Tensor:
    """Self-attention, then a feed-forward block, each added to its input."""
    if self.norm_first:
        src = src + self._sa_block(self.norm1(src), src_mask, src_key_padding_mask, is_causal)
        return src + self._ff_block(self.norm2(src))
    src = self.norm1(src + self._sa_block(src, src_mask, src_key_padding_mask, is_causal))
    return self.norm2(src + self._ff_block(src))


@stands_for(TransformerDecoderLayer)
def decoder_layer(
    self: Any,
    tgt: Tensor,
    memory: Tensor,
    tgt_mask: Tensor | None = None,
    memory_mask: Tensor | None = None,
    tgt_key_padding_mask: Tensor | None = None,
    memory_key_padding_mask: Tensor | None = None,
    tgt_is_causal: bool = False,
    memory_is_causal: bool = False,
) -> Tensor:
    """Self-attention, attention over the memory, a feed-forward block."""
    x = tgt
    if self.norm_first:
        x = x + self._sa_block(self.norm1(x), tgt_mask, tgt_key_padding_mask, tgt_is_causal)
        x = x + self._mha_block(
            self.norm2(x), memory, memory_mask, memory_key_padding_mask, memory_is_causal
        )
        return x + self._ff_block(self.norm3(x))
    x = self.norm1(x + self._sa_block(x, tgt_mask, tgt_key_padding_mask, tgt_is_causal))
    x = self.norm2(
        x + self._mha_block(x, memory, memory_mask, memory_key_padding_mask, memory_is_causal)
    )
    return self.norm3(x + self._ff_block(x))


@stands_for(TransformerEncoder)
def encoder(
    self: Any,
    src: Tensor,
    mask: Tensor | None = None,
    src_key_padding_mask: Tensor | None = None,
    is_causal: bool | None = None,
) -> Tensor:
    """Layers one after another; padding is cleared where PyTorch's packed batches clear it."""
    causal = is_causal is not None and is_causal
    output = src
    for layer in self.layers:
        output = layer(
            output, src_mask=mask, is_causal=causal, src_key_padding_mask=src_key_padding_mask
        )
    if self.use_nested_tensor and src_key_padding_mask is not None and mask is None:
        learns = src.requires_grad or self.layers[0].linear1.weight.requires_grad
        if src.dim() == 3 and not self.training and not (learns and aten.is_grad_enabled()):
            padding = canonical_mask(src_key_padding_mask, src)
            if padding is not None:
                valid = aten.eq(padding, 0)
                left = aten.lt(aten.arange(src.size(1)), valid.sum([1], True))
                if bool(aten.eq(valid, left).all()):
                    output = output.masked_fill(aten.ne(padding, 0).unsqueeze(-1), 0.0)
    if self.norm is not None:
        output = self.norm(output)
    return output


@stands_for(TransformerDecoder)
def decoder(
    self: Any,
    tgt: Tensor,
    memory: Tensor,
    tgt_mask: Tensor | None = None,
    memory_mask: Tensor | None = None,
    tgt_key_padding_mask: Tensor | None = None,
    memory_key_padding_mask: Tensor | None = None,
    tgt_is_causal: bool | None = None,
    memory_is_causal: bool = False,
) -> Tensor:
    """Layers one after another."""
    causal = tgt_is_causal is not None and tgt_is_causal
    output = tgt
    for layer in self.layers:
        output = layer(
            output,
            memory,
            tgt_mask=tgt_mask,
            memory_mask=memory_mask,
            tgt_key_padding_mask=tgt_key_padding_mask,
            memory_key_padding_mask=memory_key_padding_mask,
            tgt_is_causal=causal,
            memory_is_causal=memory_is_causal,
        )
    if self.norm is not None:
        output = self.norm(output)
    return output
