"""GPT-2: token ids come in, logits of the next token go out.

Learned positions, layer norms before each half of a block, one matrix for queries, keys and
values, a feed-forward four times as wide with the tanh form of GELU, the head tied to the
embedding.  "Language Models are Unsupervised Multitask Learners" (Radford et al. 2019).

The names of the parameters are those of Hugging Face's checkpoints, whose four `Conv1D` layers a
block keep their weight as (in, out); `gpt2_state_dict` turns those around.
Shapes in the comments: B sequences of T tokens, C channels, nh heads of hs channels.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from .. import nn
from ..nn import functional as F
from ..tensor import Tensor, arange


@dataclass(frozen=True, slots=True)
class GPT2Config:
    """Sizes of a GPT-2; the defaults are those of the small one, 124 M parameters."""

    vocab_size: int = 50257
    context: int = 1024
    layers: int = 12
    heads: int = 12
    width: int = 768
    dropout: float = 0.1
    norm_eps: float = 1e-5

    def __post_init__(self) -> None:
        if self.width % self.heads:
            raise ValueError(f"width {self.width} must be a multiple of heads {self.heads}")


class Attention(nn.Module):
    def __init__(self, config: GPT2Config) -> None:
        super().__init__()
        self.heads, self.dropout = config.heads, config.dropout
        self.c_attn = nn.Linear(config.width, 3 * config.width)
        self.c_proj = nn.Linear(config.width, config.width)
        self.resid_dropout = nn.Dropout(config.dropout)

    def forward(self, x: Tensor) -> Tensor:
        B, T, C = x.shape
        q, k, v = (
            part.view(B, T, self.heads, C // self.heads).transpose(1, 2)  # (B, nh, T, hs)
            for part in self.c_attn(x).split(C, dim=2)
        )
        dropout = self.dropout if self.training else 0.0
        y = F.scaled_dot_product_attention(q, k, v, dropout_p=dropout, is_causal=True)
        y = y.transpose(1, 2).reshape(B, T, C)
        return self.resid_dropout(self.c_proj(y))


class FeedForward(nn.Module):
    def __init__(self, config: GPT2Config) -> None:
        super().__init__()
        self.c_fc = nn.Linear(config.width, 4 * config.width)
        self.c_proj = nn.Linear(4 * config.width, config.width)
        self.dropout = nn.Dropout(config.dropout)

    def forward(self, x: Tensor) -> Tensor:
        return self.dropout(self.c_proj(F.gelu(self.c_fc(x), approximate="tanh")))


class Block(nn.Module):
    def __init__(self, config: GPT2Config) -> None:
        super().__init__()
        self.ln_1 = nn.LayerNorm(config.width, eps=config.norm_eps)
        self.attn = Attention(config)
        self.ln_2 = nn.LayerNorm(config.width, eps=config.norm_eps)
        self.mlp = FeedForward(config)

    def forward(self, x: Tensor) -> Tensor:
        x = x + self.attn(self.ln_1(x))
        return x + self.mlp(self.ln_2(x))


class Transformer(nn.Module):
    """Embeddings, blocks and the last norm: token ids (B, T) -> (B, T, C)."""

    def __init__(self, config: GPT2Config) -> None:
        super().__init__()
        self.wte = nn.Embedding(config.vocab_size, config.width)
        self.wpe = nn.Embedding(config.context, config.width)
        self.drop = nn.Dropout(config.dropout)
        self.h = nn.ModuleList([Block(config) for _ in range(config.layers)])
        self.ln_f = nn.LayerNorm(config.width, eps=config.norm_eps)

    def forward(self, tokens: Tensor) -> Tensor:
        x = self.drop(self.wte(tokens) + self.wpe(arange(tokens.shape[1])))
        for block in self.h:
            x = block(x)
        return self.ln_f(x)


class GPT2(nn.Module):
    """`model(tokens)`: ids (B, T) -> logits (B, T, vocabulary).

    Raises ValueError for more tokens than the context holds.
    """

    def __init__(self, config: GPT2Config) -> None:
        super().__init__()
        self.config = config
        self.transformer = Transformer(config)
        self.lm_head = nn.Linear(config.width, config.vocab_size, bias=False)
        self.lm_head.weight = self.transformer.wte.weight
        self.apply(_initialize)

    def forward(self, tokens: Tensor) -> Tensor:
        if tokens.shape[1] > self.config.context:
            raise ValueError(
                f"{tokens.shape[1]} tokens do not fit a context of {self.config.context}"
            )
        return self.lm_head(self.transformer(tokens))


def _initialize(module: nn.Module) -> None:
    if isinstance(module, (nn.Linear, nn.Embedding)):
        nn.init.normal_(module.weight, std=0.02)
    if isinstance(module, nn.Linear) and module.bias is not None:
        nn.init.zeros_(module.bias)


def gpt2_state_dict(theirs: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Hugging Face's GPT-2 weights, with or without `transformer.` before the names, for `GPT2`."""
    state = {}
    for name, value in theirs.items():
        if name.endswith((".attn.bias", ".attn.masked_bias")):
            continue  # the causal mask, which older checkpoints hold as a buffer
        if name != "lm_head.weight" and not name.startswith("transformer."):
            name = f"transformer.{name}"
        if name.rpartition(".")[0].endswith(("c_attn", "c_proj", "c_fc")) and value.ndim == 2:
            value = value.t().contiguous()
        state[name] = value
    state.setdefault("lm_head.weight", state["transformer.wte.weight"])
    return state
