"""GPT-2, Llama and BERT written once in PyTorch's API, for whichever framework is given.

In: a module that stands where `torch` stands. Out: the three model classes over it, each called
with token ids (B, T) and giving logits (B, T, V).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from types import ModuleType, SimpleNamespace
from typing import Any


@dataclass(frozen=True)
class Config:
    """Sizes of a model; `kv_heads` and `hidden` matter to Llama and BERT only."""

    layers: int = 2
    width: int = 64
    heads: int = 4
    kv_heads: int = 2
    hidden: int = 128
    vocabulary: int = 211
    context: int = 32


GPT2_SMALL = Config(layers=12, width=768, heads=12, vocabulary=50257, context=1024)


def gpt2(torch: ModuleType) -> SimpleNamespace:
    """GPT-2: learned positions, one projection for q, k, v, GELU by tanh, tied embeddings."""
    nn, F = torch.nn, torch.nn.functional

    class Attention(nn.Module):
        def __init__(self, config: Config):
            super().__init__()
            self.heads = config.heads
            self.c_attn = nn.Linear(config.width, 3 * config.width)
            self.c_proj = nn.Linear(config.width, config.width)
            mask = torch.tril(torch.ones(config.context, config.context, dtype=torch.bool))
            self.register_buffer("mask", mask.view(1, 1, config.context, config.context))

        def forward(self, x: Any) -> Any:
            B, T, C = x.shape
            q, k, v = self.c_attn(x).split(C, dim=2)
            q, k, v = (t.view(B, T, self.heads, C // self.heads).transpose(1, 2) for t in (q, k, v))
            scores = (q @ k.transpose(-2, -1)) / math.sqrt(k.size(-1))  # (B, heads, T, T)
            scores = scores.masked_fill(~self.mask[:, :, :T, :T], float("-inf"))
            y = F.softmax(scores, dim=-1) @ v
            return self.c_proj(y.transpose(1, 2).contiguous().view(B, T, C))

    class Block(nn.Module):
        def __init__(self, config: Config):
            super().__init__()
            self.ln_1 = nn.LayerNorm(config.width)
            self.attn = Attention(config)
            self.ln_2 = nn.LayerNorm(config.width)
            self.mlp = nn.Sequential(
                nn.Linear(config.width, 4 * config.width),
                nn.GELU(approximate="tanh"),
                nn.Linear(4 * config.width, config.width),
            )

        def forward(self, x: Any) -> Any:
            x = x + self.attn(self.ln_1(x))
            return x + self.mlp(self.ln_2(x))

    class GPT2(nn.Module):
        def __init__(self, config: Config):
            super().__init__()
            self.wte = nn.Embedding(config.vocabulary, config.width)
            self.wpe = nn.Embedding(config.context, config.width)
            self.h = nn.ModuleList([Block(config) for _ in range(config.layers)])
            self.ln_f = nn.LayerNorm(config.width)
            self.lm_head = nn.Linear(config.width, config.vocabulary, bias=False)
            self.lm_head.weight = self.wte.weight
            self.apply(self.initialize)

        @staticmethod
        def initialize(module: Any) -> None:
            if isinstance(module, (nn.Linear, nn.Embedding)):
                nn.init.normal_(module.weight, mean=0.0, std=0.02)
            if isinstance(module, nn.Linear) and module.bias is not None:
                nn.init.zeros_(module.bias)

        def forward(self, ids: Any) -> Any:
            x = self.wte(ids) + self.wpe(torch.arange(ids.size(1), device=ids.device))
            for block in self.h:
                x = block(x)
            return self.lm_head(self.ln_f(x))

    return SimpleNamespace(model=GPT2)


def llama(torch: ModuleType) -> SimpleNamespace:
    """Llama: RMSNorm, rotary positions, grouped key/value heads, SwiGLU."""
    nn, F = torch.nn, torch.nn.functional

    class RMSNorm(nn.Module):
        def __init__(self, width: int, eps: float = 1e-5):
            super().__init__()
            self.eps = eps
            self.weight = nn.Parameter(torch.ones(width))

        def forward(self, x: Any) -> Any:
            scale = torch.rsqrt(x.float().pow(2).mean(-1, keepdim=True) + self.eps)
            return (x.float() * scale).type_as(x) * self.weight

    def rotary_tables(size: int, context: int) -> tuple[Any, Any]:
        frequencies = 1.0 / (10000.0 ** (torch.arange(0, size, 2).float() / size))
        angles = torch.outer(torch.arange(context).float(), frequencies)
        angles = torch.cat((angles, angles), dim=-1)  # (context, size)
        return angles.cos(), angles.sin()

    def rotate(x: Any, cosine: Any, sine: Any) -> Any:
        first, second = x.chunk(2, dim=-1)
        return x * cosine + torch.cat((-second, first), dim=-1) * sine

    class Attention(nn.Module):
        def __init__(self, config: Config):
            super().__init__()
            self.size = config.width // config.heads
            self.heads, self.kv_heads = config.heads, config.kv_heads
            self.q_proj = nn.Linear(config.width, config.heads * self.size, bias=False)
            self.k_proj = nn.Linear(config.width, config.kv_heads * self.size, bias=False)
            self.v_proj = nn.Linear(config.width, config.kv_heads * self.size, bias=False)
            self.o_proj = nn.Linear(config.heads * self.size, config.width, bias=False)

        def forward(self, x: Any, cosine: Any, sine: Any) -> Any:
            B, T, _ = x.shape
            q = self.q_proj(x).view(B, T, self.heads, self.size).transpose(1, 2)
            k = self.k_proj(x).view(B, T, self.kv_heads, self.size).transpose(1, 2)
            v = self.v_proj(x).view(B, T, self.kv_heads, self.size).transpose(1, 2)
            q, k = rotate(q, cosine[:T], sine[:T]), rotate(k, cosine[:T], sine[:T])
            repeats = self.heads // self.kv_heads
            k = k.repeat_interleave(repeats, dim=1)
            v = v.repeat_interleave(repeats, dim=1)
            y = F.scaled_dot_product_attention(q, k, v, is_causal=True)
            return self.o_proj(y.transpose(1, 2).reshape(B, T, -1))

    class FeedForward(nn.Module):
        def __init__(self, config: Config):
            super().__init__()
            self.gate_proj = nn.Linear(config.width, config.hidden, bias=False)
            self.up_proj = nn.Linear(config.width, config.hidden, bias=False)
            self.down_proj = nn.Linear(config.hidden, config.width, bias=False)

        def forward(self, x: Any) -> Any:
            return self.down_proj(F.silu(self.gate_proj(x)) * self.up_proj(x))

    class Layer(nn.Module):
        def __init__(self, config: Config):
            super().__init__()
            self.input_layernorm = RMSNorm(config.width)
            self.self_attn = Attention(config)
            self.post_attention_layernorm = RMSNorm(config.width)
            self.mlp = FeedForward(config)

        def forward(self, x: Any, cosine: Any, sine: Any) -> Any:
            x = x + self.self_attn(self.input_layernorm(x), cosine, sine)
            return x + self.mlp(self.post_attention_layernorm(x))

    class Llama(nn.Module):
        def __init__(self, config: Config):
            super().__init__()
            self.embed_tokens = nn.Embedding(config.vocabulary, config.width)
            self.layers = nn.ModuleList([Layer(config) for _ in range(config.layers)])
            self.norm = RMSNorm(config.width)
            self.lm_head = nn.Linear(config.width, config.vocabulary, bias=False)
            cosine, sine = rotary_tables(config.width // config.heads, config.context)
            self.register_buffer("cosine", cosine, persistent=False)
            self.register_buffer("sine", sine, persistent=False)

        def forward(self, ids: Any) -> Any:
            x = self.embed_tokens(ids)
            for layer in self.layers:
                x = layer(x, self.cosine, self.sine)
            return self.lm_head(self.norm(x))

    return SimpleNamespace(model=Llama)


def bert(torch: ModuleType) -> SimpleNamespace:
    """BERT: three embeddings, post-norm encoder layers, padding mask, masked-language head."""
    nn, F = torch.nn, torch.nn.functional

    class Bert(nn.Module):
        def __init__(self, config: Config):
            super().__init__()
            self.word = nn.Embedding(config.vocabulary, config.width, padding_idx=0)
            self.position = nn.Embedding(config.context, config.width)
            self.segment = nn.Embedding(2, config.width)
            self.norm = nn.LayerNorm(config.width, eps=1e-12)
            self.dropout = nn.Dropout(0.1)
            layer = nn.TransformerEncoderLayer(
                config.width, config.heads, config.hidden, 0.1, "gelu", 1e-12, batch_first=True
            )
            self.encoder = nn.TransformerEncoder(layer, config.layers, enable_nested_tensor=False)
            self.transform = nn.Linear(config.width, config.width)
            self.transform_norm = nn.LayerNorm(config.width, eps=1e-12)
            self.bias = nn.Parameter(torch.zeros(config.vocabulary))

        def forward(self, ids: Any) -> Any:
            B, T = ids.shape
            positions = torch.arange(T).unsqueeze(0).expand(B, T)
            segments = (positions >= T // 2).long()
            x = self.word(ids) + self.position(positions) + self.segment(segments)
            x = self.dropout(self.norm(x))
            x = self.encoder(x, src_key_padding_mask=ids.eq(0))
            x = self.transform_norm(F.gelu(self.transform(x)))
            return F.linear(x, self.word.weight, self.bias)

    return SimpleNamespace(model=Bert)
