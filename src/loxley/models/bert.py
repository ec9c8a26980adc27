"""BERT: token ids come in, a vector per token goes out; mean pooling makes it a sentence encoder.

Learned positions and segments, layer norms after each half of a block, attention in both
directions, the exact form of GELU.  BERT (Devlin et al. 2018), Sentence-BERT (Reimers and
Gurevych 2019).  The names of the parameters are those of Hugging Face's `BertModel`.
Shapes in the comments: B sequences of T tokens, C channels, nh heads of hs channels.
"""

from __future__ import annotations

from dataclasses import dataclass

from .. import nn
from ..nn import functional as F
from ..tensor import Tensor, arange, zeros_like


@dataclass(frozen=True, slots=True)
class BertConfig:
    """Sizes of a BERT; the defaults are those of `bert-base-uncased`."""

    vocab_size: int = 30522
    context: int = 512
    segments: int = 2
    layers: int = 12
    heads: int = 12
    width: int = 768
    hidden: int = 3072
    dropout: float = 0.1
    norm_eps: float = 1e-12

    def __post_init__(self) -> None:
        if self.width % self.heads:
            raise ValueError(f"width {self.width} must be a multiple of heads {self.heads}")


class Embeddings(nn.Module):
    def __init__(self, config: BertConfig) -> None:
        super().__init__()
        self.word_embeddings = nn.Embedding(config.vocab_size, config.width, padding_idx=0)
        self.position_embeddings = nn.Embedding(config.context, config.width)
        self.token_type_embeddings = nn.Embedding(config.segments, config.width)
        self.LayerNorm = nn.LayerNorm(config.width, eps=config.norm_eps)
        self.dropout = nn.Dropout(config.dropout)

    def forward(self, tokens: Tensor, segments: Tensor) -> Tensor:
        position = self.position_embeddings(arange(tokens.shape[1]))
        x = self.word_embeddings(tokens) + self.token_type_embeddings(segments) + position
        return self.dropout(self.LayerNorm(x))


class SelfAttention(nn.Module):
    def __init__(self, config: BertConfig) -> None:
        super().__init__()
        self.heads, self.dropout = config.heads, config.dropout
        self.query = nn.Linear(config.width, config.width)
        self.key = nn.Linear(config.width, config.width)
        self.value = nn.Linear(config.width, config.width)

    def forward(self, x: Tensor, mask: Tensor | None) -> Tensor:
        B, T, C = x.shape
        q, k, v = (
            project(x).view(B, T, self.heads, C // self.heads).transpose(1, 2)  # (B, nh, T, hs)
            for project in (self.query, self.key, self.value)
        )
        dropout = self.dropout if self.training else 0.0
        y = F.scaled_dot_product_attention(q, k, v, attn_mask=mask, dropout_p=dropout)
        return y.transpose(1, 2).reshape(B, T, C)


class Output(nn.Module):
    """The end of each half of a block: projection, dropout, residual, norm."""

    def __init__(self, inputs: int, config: BertConfig) -> None:
        super().__init__()
        self.dense = nn.Linear(inputs, config.width)
        self.LayerNorm = nn.LayerNorm(config.width, eps=config.norm_eps)
        self.dropout = nn.Dropout(config.dropout)

    def forward(self, x: Tensor, residual: Tensor) -> Tensor:
        return self.LayerNorm(residual + self.dropout(self.dense(x)))


class Attention(nn.Module):
    def __init__(self, config: BertConfig) -> None:
        super().__init__()
        self.self = SelfAttention(config)
        self.output = Output(config.width, config)

    def forward(self, x: Tensor, mask: Tensor | None) -> Tensor:
        return self.output(self.self(x, mask), x)


class Intermediate(nn.Module):
    def __init__(self, config: BertConfig) -> None:
        super().__init__()
        self.dense = nn.Linear(config.width, config.hidden)

    def forward(self, x: Tensor) -> Tensor:
        return F.gelu(self.dense(x))


class Block(nn.Module):
    def __init__(self, config: BertConfig) -> None:
        super().__init__()
        self.attention = Attention(config)
        self.intermediate = Intermediate(config)
        self.output = Output(config.hidden, config)

    def forward(self, x: Tensor, mask: Tensor | None) -> Tensor:
        x = self.attention(x, mask)
        return self.output(self.intermediate(x), x)


class Encoder(nn.Module):
    def __init__(self, config: BertConfig) -> None:
        super().__init__()
        self.layer = nn.ModuleList([Block(config) for _ in range(config.layers)])

    def forward(self, x: Tensor, mask: Tensor | None) -> Tensor:
        for block in self.layer:
            x = block(x, mask)
        return x


class Pooler(nn.Module):
    def __init__(self, config: BertConfig) -> None:
        super().__init__()
        self.dense = nn.Linear(config.width, config.width)

    def forward(self, x: Tensor) -> Tensor:
        return self.dense(x[:, 0]).tanh()


class Bert(nn.Module):
    """`model(tokens, attend, segments)` -> (a vector per token (B, T, C), pooled (B, C)).

    `attend` (B, T) is 1 for tokens and 0 for padding (default: all tokens); `segments` (B, T)
    says which sentence a token belongs to (default: the first).  `pooled` comes from the first
    token.  Raises ValueError for more tokens than the context holds.
    """

    def __init__(self, config: BertConfig) -> None:
        super().__init__()
        self.config = config
        self.embeddings = Embeddings(config)
        self.encoder = Encoder(config)
        self.pooler = Pooler(config)

    def forward(
        self, tokens: Tensor, attend: Tensor | None = None, segments: Tensor | None = None
    ) -> tuple[Tensor, Tensor]:
        if tokens.shape[1] > self.config.context:
            raise ValueError(
                f"{tokens.shape[1]} tokens do not fit a context of {self.config.context}"
            )
        if segments is None:
            segments = zeros_like(tokens)
        mask = None if attend is None else attend.bool()[:, None, None, :]  # (B, 1, 1, T)
        x = self.encoder(self.embeddings(tokens, segments), mask)
        return x, self.pooler(x)


def mean_pooling(vectors: Tensor, attend: Tensor) -> Tensor:
    """The mean of the tokens' vectors (B, T, C) without padding, of length 1: (B, C)."""
    weight = attend[:, :, None].to(vectors.dtype)
    mean = (vectors * weight).sum(dim=1) / weight.sum(dim=1).clamp(min=1e-9)
    return F.normalize(mean, dim=1)
