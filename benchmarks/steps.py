"""Workloads in PyTorch's API: each is a function that returns one step, which forces its result.

The same file runs under PyTorch and under loxley (`python -m loxley`), so both figures are taken on
the same source: `steps.py NAME SECONDS [compile]`, where `compile` puts what computes the loss (and
its gradients), or the function itself, through `torch.compile`.
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

COMPILED = "compile" in sys.argv


def maybe_compiled(function: Callable) -> Callable:
    return torch.compile(function) if COMPILED else function


def training(model: nn.Module, optimizer: torch.optim.Optimizer, loss_of: Callable) -> Callable:
    """A training step of a model."""

    def forward_backward() -> torch.Tensor:
        loss = loss_of(model)
        loss.backward()
        return loss

    run = maybe_compiled(forward_backward)

    def step() -> float:
        optimizer.zero_grad()
        loss = run()
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


def gpt(
    batch: int, length: int, layers: int, heads: int, width: int, vocabulary: int, low: bool = False
) -> Callable:
    """Training a GPT with AdamW; `low`: under autocast in bfloat16."""
    model = GPT(vocabulary, length, layers, heads, width)
    x, y = (torch.randint(0, vocabulary, (batch, length)) for _ in range(2))

    def loss_of(m: nn.Module) -> torch.Tensor:
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=low):
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


def decode() -> Callable:
    """One token through a GPT of 124 million parameters with 256 tokens in its cache."""
    layers, heads, width, past = 12, 12, 768, 256
    model = GPT(50257, 1024, layers, heads, width).eval()
    size = width // heads
    caches = [[torch.randn(1, heads, past, size) for _ in range(2)] for _ in range(layers)]
    token = torch.randint(0, 50257, (1, 1))

    @maybe_compiled
    def forward(token: torch.Tensor, place: torch.Tensor) -> torch.Tensor:
        x = model.token(token) + model.place(place)
        for block, (keys, values) in zip(model.blocks, caches):
            parts = block.qkv(block.norm1(x)).split(width, dim=2)
            q, k, v = (z.view(1, 1, heads, size).transpose(1, 2) for z in parts)
            k, v = torch.cat([keys, k], 2), torch.cat([values, v], 2)
            y = F.scaled_dot_product_attention(q, k, v)
            x = x + block.out(y.transpose(1, 2).reshape(1, 1, width))
            x = x + block.down(F.gelu(block.up(block.norm2(x))))
        return model.head(model.norm(x)).argmax(-1)

    return no_grad(lambda: forward(token, torch.tensor([past])).item())


def classifier() -> Callable:
    """A perceptron for 28 x 28 pictures, 128 at a time."""
    model = nn.Sequential(
        nn.Linear(784, 512), nn.ReLU(), nn.Linear(512, 512), nn.ReLU(), nn.Linear(512, 10)
    )
    x, y = torch.randn(128, 784), torch.randint(0, 10, (128,))
    optimizer = torch.optim.Adam(model.parameters())
    return training(model, optimizer, lambda m: F.cross_entropy(m(x), y))


def convolutional() -> Callable:
    """A small convolutional network for 28 x 28 pictures, 64 at a time."""
    features = (nn.Conv2d(1, 32, 3), nn.ReLU(), nn.Conv2d(32, 64, 3), nn.ReLU(), nn.MaxPool2d(2))
    head = (nn.Flatten(), nn.Linear(9216, 128), nn.ReLU(), nn.Dropout(0.5), nn.Linear(128, 10))
    model = nn.Sequential(*features, nn.Dropout(0.25), *head)
    x, y = torch.randn(64, 1, 28, 28), torch.randint(0, 10, (64,))
    optimizer = torch.optim.Adam(model.parameters())
    return training(model, optimizer, lambda m: F.cross_entropy(m(x), y))


class Residual(nn.Module):
    """ResNet's basic block."""

    def __init__(self, inner: int, outer: int, stride: int) -> None:
        super().__init__()
        self.first = nn.Conv2d(inner, outer, 3, stride, 1, bias=False)
        self.second = nn.Conv2d(outer, outer, 3, 1, 1, bias=False)
        self.norm1, self.norm2 = nn.BatchNorm2d(outer), nn.BatchNorm2d(outer)
        self.short = nn.Identity()
        if stride != 1 or inner != outer:
            projection = nn.Conv2d(inner, outer, 1, stride, bias=False)
            self.short = nn.Sequential(projection, nn.BatchNorm2d(outer))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y = F.relu(self.norm1(self.first(x)))
        return F.relu(self.norm2(self.second(y)) + self.short(x))


def resnet18() -> nn.Module:
    """He et al. 2016 (arXiv:1512.03385), 18 layers."""
    start = (nn.Conv2d(3, 64, 7, 2, 3, bias=False), nn.BatchNorm2d(64), nn.ReLU())
    layers: list[nn.Module] = [*start, nn.MaxPool2d(3, 2, 1)]
    for inner, outer in ((64, 64), (64, 128), (128, 256), (256, 512)):
        layers += [Residual(inner, outer, 1 + (inner != outer)), Residual(outer, outer, 1)]
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(512, 1000))


def resnet_inference() -> Callable:
    """One picture through ResNet-18."""
    model, x = maybe_compiled(resnet18().eval()), torch.randn(1, 3, 224, 224)
    return no_grad(lambda: model(x).argmax(-1).item())


def resnet_training() -> Callable:
    """Four pictures through ResNet-18 and back."""
    model = resnet18()
    x, y = torch.randn(4, 3, 224, 224), torch.randint(0, 1000, (4,))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01, momentum=0.9)
    return training(model, optimizer, lambda m: F.cross_entropy(m(x), y))


class WordModel(nn.Module):
    """A language model of two LSTM layers. (T, B) -> (T B, V)"""

    def __init__(self, vocabulary: int, width: int) -> None:
        super().__init__()
        self.words, self.cells = nn.Embedding(vocabulary, width), nn.LSTM(width, width, 2)
        self.head = nn.Linear(width, vocabulary)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.head(self.cells(self.words(x))[0]).flatten(0, 1)


def recurrent() -> Callable:
    """Training the word model on 20 sequences of 35."""
    model = WordModel(2000, 200)
    x, y = torch.randint(0, 2000, (35, 20)), torch.randint(0, 2000, (700,))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    return training(model, optimizer, lambda m: F.cross_entropy(m(x), y))


def attention() -> Callable:
    """Causal attention of 12 heads over 1,024 places, forward and backward."""
    q, k, v = (torch.randn(1, 12, 1024, 64, requires_grad=True) for _ in range(3))
    attend = maybe_compiled(lambda *qkv: F.scaled_dot_product_attention(*qkv, is_causal=True))

    def step() -> float:
        q.grad = k.grad = v.grad = None
        attend(q, k, v).sum().backward()
        return q.grad[0, 0, 0, 0].item()

    return step


def chain(x: torch.Tensor) -> torch.Tensor:
    """Ten elementwise operators."""
    gate = torch.sigmoid(torch.tanh(x * 2 + 1) * x - 0.5)
    return gate * torch.exp(-x.abs()) + torch.relu(x)


def product(n: int, dtype: torch.dtype = torch.float32) -> Callable:
    """A matrix product."""
    a, b = torch.randn(n, n).to(dtype), torch.randn(n, n).to(dtype)
    multiply = maybe_compiled(torch.matmul)
    return no_grad(lambda: multiply(a, b)[0, 0].item())


def no_grad(step: Callable) -> Callable:
    """The step without recording of gradients."""

    def quiet() -> float:
        with torch.no_grad():
            return step()

    return quiet


def elementwise(function: Callable) -> Callable:
    """A function of 8 million floats."""
    x, run = torch.randn(2048, 4096), maybe_compiled(function)
    return no_grad(lambda: run(x)[0, 0].item())


WORKLOADS: dict[str, Callable[[], Callable]] = {
    "mlp_small": mlp,
    "gpt_nano": lambda: gpt(12, 64, 4, 4, 128, 65),
    "gpt_char": lambda: gpt(8, 256, 6, 6, 384, 65),
    "gpt_char_bf16": lambda: gpt(8, 256, 6, 6, 384, 65, low=True),
    "gpt2_124m": lambda: gpt(1, 512, 12, 12, 768, 50257),
    "gpt2_124m_bf16": lambda: gpt(1, 512, 12, 12, 768, 50257, low=True),
    "gpt2_decode": decode,
    "lstm": recurrent,
    "mlp_mnist": classifier,
    "cnn_mnist": convolutional,
    "resnet18_infer": resnet_inference,
    "resnet18_train": resnet_training,
    "attention": attention,
    "chain": lambda: elementwise(chain),
    "matmul_512": lambda: product(512),
    "matmul_2048": lambda: product(2048),
    "matmul_bf16": lambda: product(2048, torch.bfloat16),
    "gelu": lambda: elementwise(F.gelu),
    "softmax": lambda: elementwise(lambda x: torch.softmax(x, -1)),
    "layer_norm": lambda: elementwise(lambda x: F.layer_norm(x, (4096,))),
}


def main(name: str, seconds: float, workloads: dict[str, Callable[[], Callable]]) -> None:
    """Prints one JSON line: the median time of a step, and what came out of the first."""
    torch.manual_seed(123)
    step = workloads[name]()
    begin = time.perf_counter()
    out = step()
    first = time.perf_counter() - begin
    for _ in range(4):  # until every plan is machine code
        step()
    times: list[float] = []
    end = time.perf_counter() + seconds
    while time.perf_counter() < end or len(times) < 5:
        begin = time.perf_counter()
        step()
        times.append(time.perf_counter() - begin)
    times.sort()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    row = {"median": times[len(times) // 2], "first": first, "peak_mb": peak, "out": out}
    print(json.dumps(row | {"import": IMPORT_SECONDS}))


if __name__ == "__main__":
    main(sys.argv[1], float(sys.argv[2]), WORKLOADS)
