"""The Llama architecture: token ids come in, logits of the next token go out.

Root-mean-square norms before each half of a block, rotary position embedding, attention whose
key/value heads are shared by groups of query heads, a gated feed-forward (SwiGLU), no biases.
LLaMA (Touvron et al. 2023), GQA (Ainslie et al. 2023), RoPE (Su et al. 2021), GLU (Shazeer 2020).

The names of the parameters are those of Hugging Face's checkpoints.  Shapes in the comments:
B sequences of T tokens, C channels, nh query heads and nkv key/value heads of hs channels each.
"""

from __future__ import annotations

from dataclasses import dataclass

from .. import nn
from ..dtypes import bool_, float32
from ..nn import functional as F
from ..tensor import Tensor, arange, cat, ones

# The keys and values of one layer so far, each (B, nkv, T, hs).
LayerCache = tuple[Tensor, Tensor]


@dataclass(frozen=True, slots=True)
class LlamaConfig:
    """Sizes of a Llama model; the defaults are SmolLM2-135M's."""

    vocab_size: int = 49152
    context: int = 8192
    layers: int = 30
    width: int = 576
    hidden: int = 1536
    heads: int = 9
    kv_heads: int = 3
    rope_base: float = 100000.0
    norm_eps: float = 1e-5
    tied: bool = True

    def __post_init__(self) -> None:
        if self.width % self.heads or self.heads % self.kv_heads:
            raise ValueError(
                f"width {self.width} must be a multiple of heads {self.heads}, "
                f"and heads of kv_heads {self.kv_heads}"
            )

    @property
    def head_size(self) -> int:
        return self.width // self.heads

    @property
    def kv_width(self) -> int:
        return self.kv_heads * self.head_size


def rotary_tables(config: LlamaConfig, start: int, length: int) -> tuple[Tensor, Tensor]:
    """cos and sin of position * frequency for `length` positions from `start` on, (T, hs) each."""
    exponent = arange(0, config.head_size, 2, dtype=float32) / config.head_size
    position = arange(start, start + length, dtype=float32)
    angle = position[:, None] / config.rope_base**exponent  # (T, hs/2)
    angle = cat([angle, angle], dim=-1)  # the half-split layout
    return angle.cos(), angle.sin()


def rotate(x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
    """Turns the pairs (i, i + hs/2) of each head by their angles: (B, nh, T, hs) -> same."""
    first, second = x.chunk(2, dim=-1)
    return x * cos + cat([-second, first], dim=-1) * sin


class Attention(nn.Module):
    def __init__(self, config: LlamaConfig) -> None:
        super().__init__()
        self.heads, self.kv_heads = config.heads, config.kv_heads
        self.head_size = config.head_size
        self.q_proj = nn.Linear(config.width, config.width, bias=False)
        self.k_proj = nn.Linear(config.width, config.kv_width, bias=False)
        self.v_proj = nn.Linear(config.width, config.kv_width, bias=False)
        self.o_proj = nn.Linear(config.width, config.width, bias=False)

    def forward(
        self, x: Tensor, cos: Tensor, sin: Tensor, past: LayerCache | None
    ) -> tuple[Tensor, LayerCache]:
        B, T, C = x.shape
        q = self.q_proj(x).view(B, T, self.heads, self.head_size).transpose(1, 2)
        k = self.k_proj(x).view(B, T, self.kv_heads, self.head_size).transpose(1, 2)
        v = self.v_proj(x).view(B, T, self.kv_heads, self.head_size).transpose(1, 2)
        q, k = rotate(q, cos, sin), rotate(k, cos, sin)
        if past is not None:
            k, v = cat([past[0], k], dim=2), cat([past[1], v], dim=2)
        # A single new token sees all; a first chunk is causal; a later chunk sees all the past.
        mask = None
        if past is not None and T > 1:
            total = k.shape[2]
            mask = ones(T, total, dtype=bool_).tril(total - T)
        y = F.scaled_dot_product_attention(
            q, k, v, attn_mask=mask, is_causal=past is None, enable_gqa=True
        )  # (B, nh, T, hs)
        y = y.transpose(1, 2).reshape(B, T, C)
        return self.o_proj(y), (k, v)


class FeedForward(nn.Module):
    def __init__(self, config: LlamaConfig) -> None:
        super().__init__()
        self.gate_proj = nn.Linear(config.width, config.hidden, bias=False)
        self.up_proj = nn.Linear(config.width, config.hidden, bias=False)
        self.down_proj = nn.Linear(config.hidden, config.width, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        return self.down_proj(F.silu(self.gate_proj(x)) * self.up_proj(x))


class Block(nn.Module):
    def __init__(self, config: LlamaConfig) -> None:
        super().__init__()
        self.input_layernorm = nn.RMSNorm(config.width, eps=config.norm_eps)
        self.self_attn = Attention(config)
        self.post_attention_layernorm = nn.RMSNorm(config.width, eps=config.norm_eps)
        self.mlp = FeedForward(config)

    def forward(
        self, x: Tensor, cos: Tensor, sin: Tensor, past: LayerCache | None
    ) -> tuple[Tensor, LayerCache]:
        attended, cache = self.self_attn(self.input_layernorm(x), cos, sin, past)
        x = x + attended
        return x + self.mlp(self.post_attention_layernorm(x)), cache


class Decoder(nn.Module):
    """Embedding, blocks and the last norm: token ids (B, T) -> (B, T, C)."""

    def __init__(self, config: LlamaConfig) -> None:
        super().__init__()
        self.config = config
        self.embed_tokens = nn.Embedding(config.vocab_size, config.width)
        self.layers = nn.ModuleList([Block(config) for _ in range(config.layers)])
        self.norm = nn.RMSNorm(config.width, eps=config.norm_eps)

    def forward(
        self, tokens: Tensor, past: list[LayerCache] | None
    ) -> tuple[Tensor, list[LayerCache]]:
        start = past[0][0].shape[2] if past else 0
        cos, sin = rotary_tables(self.config, start, tokens.shape[1])
        x = self.embed_tokens(tokens)
        cache = []
        for index, block in enumerate(self.layers):
            x, layer_cache = block(x, cos, sin, past[index] if past else None)
            cache.append(layer_cache)
        return self.norm(x), cache


class Llama(nn.Module):
    """A causal language model.

    `model(tokens)` takes ids (B, T) and returns logits (B, T, vocabulary); `model.step(tokens,
    cache)` returns the logits of the last position, (B, vocabulary), and the cache to pass with
    the tokens that follow.  Raises ValueError for more tokens than the context holds.
    """

    def __init__(self, config: LlamaConfig) -> None:
        super().__init__()
        self.config = config
        self.model = Decoder(config)
        self.lm_head = nn.Linear(config.width, config.vocab_size, bias=False)
        if config.tied:
            self.lm_head.weight = self.model.embed_tokens.weight

    def forward(self, tokens: Tensor) -> Tensor:
        self._check_length(tokens.shape[1])
        return self.lm_head(self.model(tokens, None)[0])

    def step(
        self, tokens: Tensor, cache: list[LayerCache] | None = None
    ) -> tuple[Tensor, list[LayerCache]]:
        past = cache[0][0].shape[2] if cache else 0
        self._check_length(past + tokens.shape[1])
        x, cache = self.model(tokens, cache)
        return self.lm_head(x[:, -1]), cache

    def _check_length(self, length: int) -> None:
        if length > self.config.context:
            raise ValueError(f"{length} tokens do not fit a context of {self.config.context}")
