"""Workloads in PyTorch's API: each is a function that returns one step, which forces its result.

The same file runs under PyTorch and under loxley (`python -m loxley`), so both figures are taken on
the same source.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from collections.abc import Callable

started = time.perf_counter()
import torch  # noqa: E402

IMPORT_SECONDS = time.perf_counter() - started

import torch.nn as nn  # noqa: E402
import torch.nn.functional as F  # noqa: E402


def training(model: nn.Module, optimizer: torch.optim.Optimizer, loss_of: Callable) -> Callable:
    """A training step of a model."""

    def step() -> float:
        optimizer.zero_grad()
        loss = loss_of(model)
        loss.backward()
        optimizer.step()
        return loss.item()

    return step


class Block(nn.Module):
    """A pre-norm transformer block. (B, T, C) -> (B, T, C)"""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.norm1, self.norm2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.qkv, self.out = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.up, self.down = nn.Linear(width, 4 * width), nn.Linear(4 * width, width)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        b, t, c = x.shape
        q, k, v = self.qkv(self.norm1(x)).split(c, dim=2)
        q, k, v = (z.view(b, t, self.heads, -1).transpose(1, 2) for z in (q, k, v))
        y = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        x = x + self.out(y.transpose(1, 2).reshape(b, t, c))
        return x + self.down(F.gelu(self.up(self.norm2(x))))


class GPT(nn.Module):
    """GPT-2's architecture with tied embeddings. (B, T) -> (B, T, V)"""

    def __init__(self, vocabulary: int, length: int, layers: int, heads: int, width: int) -> None:
        super().__init__()
        self.token, self.place = nn.Embedding(vocabulary, width), nn.Embedding(length, width)
        self.blocks = nn.ModuleList(Block(width, heads) for _ in range(layers))
        self.norm, self.head = nn.LayerNorm(width), nn.Linear(width, vocabulary, bias=False)
        self.head.weight = self.token.weight

    def forward(self, tokens: torch.Tensor) -> torch.Tensor:
        x = self.token(tokens) + self.place(torch.arange(tokens.shape[1]))
        for block in self.blocks:
            x = block(x)
        return self.head(self.norm(x))


def gpt(batch: int, length: int, layers: int, heads: int, width: int, vocabulary: int) -> Callable:
    """Training a GPT with AdamW."""
    model = GPT(vocabulary, length, layers, heads, width)
    x, y = (torch.randint(0, vocabulary, (batch, length)) for _ in range(2))

    def loss_of(m: nn.Module) -> torch.Tensor:
        return F.cross_entropy(m(x).view(-1, vocabulary), y.view(-1))

    return training(model, torch.optim.AdamW(model.parameters(), lr=1e-3), loss_of)


def mlp() -> Callable:
    """A perceptron so small that only the cost of recording counts."""
    model = nn.Sequential(
        nn.Linear(50, 30), nn.ReLU(), nn.Linear(30, 20), nn.ReLU(), nn.Linear(20, 3)
    )
    x, y = torch.randn(2, 50), torch.randint(0, 3, (2,))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
    return training(model, optimizer, lambda m: F.cross_entropy(m(x), y))


def product(n: int) -> Callable:
    """A float32 matrix product."""
    a, b = torch.randn(n, n), torch.randn(n, n)
    return lambda: (a @ b)[0, 0].item()


def elementwise(function: Callable) -> Callable:
    """A function of 8 million floats."""
    x = torch.randn(2048, 4096)
    return lambda: function(x)[0, 0].item()


WORKLOADS: dict[str, Callable[[], Callable]] = {
    "mlp_small": mlp,
    "gpt_nano": lambda: gpt(12, 64, 4, 4, 128, 65),
    "gpt_char": lambda: gpt(8, 256, 6, 6, 384, 65),
    "gpt2_124m": lambda: gpt(1, 512, 12, 12, 768, 50257),
    "matmul_512": lambda: product(512),
    "matmul_2048": lambda: product(2048),
    "gelu": lambda: elementwise(F.gelu),
    "softmax": lambda: elementwise(lambda x: torch.softmax(x, -1)),
    "layer_norm": lambda: elementwise(lambda x: F.layer_norm(x, (4096,))),
}


def main(name: str, seconds: float) -> None:
    """Prints one JSON line: the median time of a step, and what came out."""
    torch.manual_seed(123)
    step = WORKLOADS[name]()
    begin = time.perf_counter()
    step()
    first = time.perf_counter() - begin
    times: list[float] = []
    end = time.perf_counter() + seconds
    while time.perf_counter() < end or len(times) < 5:
        begin = time.perf_counter()
        out = step()
        times.append(time.perf_counter() - begin)
    times.sort()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    row = {"median": times[len(times) // 2], "first": first, "peak_mb": peak, "out": out}
    print(json.dumps(row | {"import": IMPORT_SECONDS}))


if __name__ == "__main__":
    main(sys.argv[1], float(sys.argv[2]))
