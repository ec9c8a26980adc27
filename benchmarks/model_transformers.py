"""Transformers among the further models of `model_steps.py`."""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
import torch.nn as nn
import torch.nn.functional as F
from steps import GPT, maybe_compiled, no_grad, training


def adam(model: nn.Module) -> torch.optim.Optimizer:
    return torch.optim.Adam(model.parameters())


class VisionTransformer(nn.Module):
    """Pictures as words of 8 x 8 pixels (arXiv:2010.11929). (B, 3, 64, 64) -> (B, 100)"""

    def __init__(self, width: int = 192, layers: int = 6) -> None:
        super().__init__()
        self.patches = nn.Conv2d(3, width, 8, 8)
        self.first = nn.Parameter(torch.zeros(1, 1, width))
        self.places = nn.Parameter(torch.randn(1, 65, width) * 0.02)
        self.layers = nn.ModuleList(
            nn.TransformerEncoderLayer(
                width, 3, 4 * width, 0.0, F.gelu, batch_first=True, norm_first=True
            )
            for _ in range(layers)
        )
        self.norm, self.head = nn.LayerNorm(width), nn.Linear(width, 100)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        words = self.patches(x).flatten(2).transpose(1, 2)
        x = torch.cat([self.first.expand(len(x), -1, -1), words], 1) + self.places
        for layer in self.layers:
            x = layer(x)
        return self.head(self.norm(x)[:, 0])


class Encoder(nn.Module):
    """A text classifier with dropout and padding. (B, T), (B, T) bool -> (B, 2)"""

    def __init__(self) -> None:
        super().__init__()
        layer = nn.TransformerEncoderLayer(256, 8, 1024, 0.1, batch_first=True)
        self.words, self.layers = nn.Embedding(5000, 256), nn.TransformerEncoder(layer, 3)
        self.head = nn.Linear(256, 2)

    def forward(self, x: torch.Tensor, padding: torch.Tensor) -> torch.Tensor:
        return self.head(self.layers(self.words(x), src_key_padding_mask=padding).mean(1))


def encoder() -> Callable:
    model, x = Encoder(), torch.randint(1, 5000, (16, 100))
    padding = torch.arange(100) >= torch.randint(50, 100, (16, 1))
    y = torch.randint(0, 2, (16,))
    return training(model, adam(model), lambda m: F.cross_entropy(m(x, padding), y))


class Translator(nn.Module):
    """Encoder and decoder of `nn.Transformer`. (B, T), (B, S) -> (B, S, 1000)"""

    def __init__(self) -> None:
        super().__init__()
        self.words, self.head = nn.Embedding(1000, 128), nn.Linear(128, 1000)
        self.layers = nn.Transformer(128, 4, 2, 2, 256, 0.1, batch_first=True)

    def forward(self, source: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
        mask = nn.Transformer.generate_square_subsequent_mask(target.shape[1])
        return self.head(self.layers(self.words(source), self.words(target), tgt_mask=mask))


def translator() -> Callable:
    model = Translator()
    source, target = torch.randint(0, 1000, (16, 40)), torch.randint(0, 1000, (16, 41))

    def loss_of(m: nn.Module) -> torch.Tensor:
        return F.cross_entropy(m(source, target[:, :-1]).flatten(0, 1), target[:, 1:].flatten())

    return training(model, adam(model), loss_of)


class RootMeanSquare(nn.Module):
    """Normalization as LLaMA writes it. (..., C) -> (..., C)"""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(width))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + 1e-6) * self.weight


def rotated(x: torch.Tensor, cosine: torch.Tensor, sine: torch.Tensor) -> torch.Tensor:
    a, b = x.chunk(2, -1)
    return x * cosine + torch.cat([-b, a], -1) * sine


class LlamaLayer(nn.Module):
    """Rotary, grouped attention and a gated perceptron. (B, T, C) -> (B, T, C)"""

    def __init__(self, width: int, heads: int, groups: int) -> None:
        super().__init__()
        self.groups, self.size, self.each = groups, width // heads, heads // groups
        inner, shared = width * 8 // 96 * 32, groups * self.size
        self.norm1, self.norm2 = RootMeanSquare(width), RootMeanSquare(width)
        sizes = ((width, width), (width, shared), (width, shared), (width, width))
        self.q, self.k, self.v, self.o = (nn.Linear(*size, bias=False) for size in sizes)
        self.gate, self.up = (nn.Linear(width, inner, bias=False) for _ in range(2))
        self.down = nn.Linear(inner, width, bias=False)

    def forward(
        self, x: torch.Tensor, angles: tuple, cache: tuple[torch.Tensor, torch.Tensor] | None
    ) -> torch.Tensor:
        b, t, c = x.shape
        y = self.norm1(x)
        q, k, v = (f(y).view(b, t, -1, self.size).transpose(1, 2) for f in (self.q, self.k, self.v))
        q, k = rotated(q, *angles), rotated(k, *angles)
        if cache is not None:
            k, v = torch.cat([cache[0], k], 2), torch.cat([cache[1], v], 2)
        k, v = k.repeat_interleave(self.each, 1), v.repeat_interleave(self.each, 1)
        y = F.scaled_dot_product_attention(q, k, v, is_causal=cache is None)
        x = x + self.o(y.transpose(1, 2).reshape(b, t, c))
        y = self.norm2(x)
        return x + self.down(F.silu(self.gate(y)) * self.up(y))


class Llama(nn.Module):
    """LLaMA's architecture (arXiv:2302.13971). (B, T) -> (B, T, V)"""

    def __init__(self, vocabulary: int, width: int, layers: int, heads: int, groups: int) -> None:
        super().__init__()
        self.size, self.words = width // heads, nn.Embedding(vocabulary, width)
        self.layers = nn.ModuleList(LlamaLayer(width, heads, groups) for _ in range(layers))
        self.norm, self.head = RootMeanSquare(width), nn.Linear(width, vocabulary, bias=False)

    def forward(self, tokens: torch.Tensor, start: int = 0, caches: tuple = ()) -> torch.Tensor:
        places = torch.arange(start, start + tokens.shape[1]).float()
        speeds = 1 / 10000 ** (torch.arange(0, self.size, 2).float() / self.size)
        turns = torch.outer(places, speeds).repeat(1, 2)
        x = self.words(tokens)
        angles = turns.cos().to(x.dtype), turns.sin().to(x.dtype)
        for i, layer in enumerate(self.layers):
            x = layer(x, angles, caches[i] if caches else None)
        return self.head(self.norm(x))


def llama() -> Callable:
    """Training with clipped gradients and a schedule."""
    model, tokens = Llama(2000, 256, 4, 8, 4), torch.randint(0, 2000, (4, 129))
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, 1000)

    def loss_of(m: nn.Module) -> torch.Tensor:
        return F.cross_entropy(m(tokens[:, :-1]).flatten(0, 1), tokens[:, 1:].flatten())

    def step() -> float:
        optimizer.zero_grad()
        loss = run()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        schedule.step()
        return loss.item()

    run = maybe_compiled(lambda: loss_of(model))
    return step


def llama_decoding() -> Callable:
    """One token in bfloat16, 100 in the cache."""
    model = Llama(32000, 576, 12, 9, 3).to(torch.bfloat16).eval()
    caches = tuple(tuple(torch.randn(2, 1, 3, 100, 64).bfloat16()) for _ in range(12))
    token = torch.randint(0, 32000, (1, 1))
    run = maybe_compiled(lambda: model(token, 100, caches))
    return no_grad(lambda: run().argmax(-1).item())


def generation() -> Callable:
    """Twenty tokens without a cache: each step's sequence is longer."""
    model, prompt = GPT(65, 256, 6, 6, 384).eval(), torch.randint(0, 65, (1, 64))

    def step() -> float:
        tokens = prompt
        for _ in range(20):
            tokens = torch.cat([tokens, model(tokens)[:, -1].argmax(-1, keepdim=True)], 1)
        return tokens.sum().item()

    return no_grad(step)


class WrittenAttention(nn.Module):
    """Causal attention written out, with dropout. (B, T, C) -> (B, T, C)"""

    def __init__(self, width: int, heads: int, length: int) -> None:
        super().__init__()
        self.heads = heads
        self.qkv, self.out, self.drop = (
            *(nn.Linear(width, 3 * width), nn.Linear(width, width)),
            nn.Dropout(0.1),
        )
        self.register_buffer("past", torch.tril(torch.ones(length, length)))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        b, t, c = x.shape
        parts = self.qkv(x).split(c, 2)
        q, k, v = (z.view(b, t, self.heads, -1).transpose(1, 2) for z in parts)
        scores = q @ k.transpose(-2, -1) / math.sqrt(k.size(-1))
        scores = scores.masked_fill(self.past[:t, :t] == 0, float("-inf"))
        y = self.drop(F.softmax(scores, -1)) @ v
        return self.out(y.transpose(1, 2).reshape(b, t, c))


def written_attention() -> Callable:
    blocks = [WrittenAttention(192, 6, 128), nn.LayerNorm(192)]
    model = nn.Sequential(*blocks, WrittenAttention(192, 6, 128), nn.LayerNorm(192))
    x = torch.randn(8, 128, 192)
    return training(model, adam(model), lambda m: m(x).pow(2).mean())
