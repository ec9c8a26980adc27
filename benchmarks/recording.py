"""What recording costs: microseconds per call from the user's line to the node, nothing computed.

    python -m loxley benchmarks/recording.py [case ...] [--profile]

Runs of pending work are replaced by declaring it computed, and that time is not counted. Prints
the best time of many short bursts of each case: per call (of a backward pass per grad node, of an
optimizer per parameter, of `..._step` per step) and per recorded operator.
"""

from __future__ import annotations

import argparse
import cProfile
import pstats
import sys
from collections.abc import Callable
from time import perf_counter

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F

from loxley.ir.graph import Pending
from loxley.runtime import interpreter

CASES: dict[str, Callable[[], tuple[Callable[[], object], int]]] = {}
FLUSH = interpreter.flush
_dropping = 0.0  # seconds spent in `drop`


def drop() -> None:
    """In place of a flush: what is pending counts as computed, so that no chain of values grows."""
    global _dropping
    started = perf_counter()
    refs, Pending.refs, Pending.bytes = Pending.refs, [], 0
    for weak in refs:
        value = weak()
        if value is not None and value.data is None:
            value.data = np.broadcast_to(value.dtype.numpy.type(0), value.shape)
            value.inputs = ()
    _dropping += perf_counter() - started


def case(make: Callable) -> Callable:
    """Declares a case: () -> (function to time, how many calls or parameters it stands for)."""
    CASES[make.__name__] = make
    return make


def calls(function: Callable, *args: object, times: int = 20) -> tuple[Callable, int]:
    """A case that calls one function many times over."""

    def burst() -> None:
        for _ in range(times):
            function(*args)

    return burst, times


def weight(*shape: int) -> torch.Tensor:
    """A leaf with gradients."""
    return torch.randn(*shape, requires_grad=True)


@case
def linear() -> tuple:
    return calls(F.linear, torch.randn(2, 50), weight(30, 50), weight(30))


@case
def linear_module() -> tuple:
    return calls(nn.Linear(50, 30), torch.randn(2, 50))


@case
def relu() -> tuple:
    return calls(F.relu, weight(2, 30))


@case
def relu_module() -> tuple:
    return calls(nn.ReLU(), weight(2, 30))


@case
def cross_entropy() -> tuple:
    return calls(F.cross_entropy, weight(2, 3), torch.tensor([1, 2]))


@case
def layer_norm_module() -> tuple:
    return calls(nn.LayerNorm(30), weight(2, 30))


@case
def gelu() -> tuple:
    return calls(F.gelu, weight(2, 30))


@case
def add() -> tuple:
    return calls(lambda a, b: a + b, weight(2, 30), weight(2, 30))


@case
def add_bias() -> tuple:
    return calls(lambda a, b: a + b, weight(2, 30), weight(30))


@case
def mul_number() -> tuple:
    return calls(lambda a: a * 2.0, weight(2, 30))


@case
def add_no_grad() -> tuple:
    return calls(lambda a, b: a + b, torch.randn(2, 30), torch.randn(2, 30))


@case
def matmul() -> tuple:
    return calls(lambda a, b: a @ b, weight(2, 30), weight(30, 4))


@case
def view() -> tuple:
    return calls(lambda a: a.view(2, 5, 6), weight(2, 30))


@case
def transpose() -> tuple:
    return calls(lambda a: a.transpose(0, 1), weight(2, 30))


@case
def sum() -> tuple:
    return calls(lambda a: a.sum(), weight(2, 30))


def mlp() -> nn.Sequential:
    """The multilayer perceptron whose step is the measure."""
    return nn.Sequential(
        nn.Linear(50, 30), nn.ReLU(), nn.Linear(30, 20), nn.ReLU(), nn.Linear(20, 3)
    )


@case
def backward() -> tuple:
    """Per grad node: 6 of operators and 6 of leaves."""
    model, x, y = mlp(), torch.randn(2, 50), torch.tensor([1, 2])
    losses: list = []

    def burst() -> None:
        for loss in losses:
            loss.backward()

    def prepare() -> None:
        model.zero_grad()
        losses[:] = [F.cross_entropy(model(x), y) for _ in range(10)]
        for loss in losses[:1]:
            loss.backward(retain_graph=True)  # the first takes the gradient over, others add

    burst.prepare = prepare  # type: ignore[attr-defined]
    return burst, 12 * 10


def stepping(optimizer_of: Callable) -> tuple:
    """An optimizer's step, per parameter."""
    model = mlp()
    optimizer = optimizer_of(model.parameters())
    for p in model.parameters():
        p.grad = torch.randn_like(p)
    return optimizer.step, 6


@case
def sgd_step() -> tuple:
    return stepping(lambda p: torch.optim.SGD(p, lr=0.01))


@case
def adamw_step() -> tuple:
    return stepping(lambda p: torch.optim.AdamW(p, lr=0.01))


@case
def zero_grad() -> tuple:
    model = mlp()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
    grads = [torch.randn_like(p) for p in model.parameters()]

    def prepare() -> None:
        for p, g in zip(model.parameters(), grads):
            p.grad = g

    def burst() -> None:
        optimizer.zero_grad()

    burst.prepare = prepare  # type: ignore[attr-defined]
    return burst, 6


def training(optimizer_of: Callable, model: nn.Module, x: torch.Tensor, y: torch.Tensor) -> tuple:
    """A whole training step; `per call` is per step."""
    optimizer = optimizer_of(model.parameters())

    def step() -> None:
        optimizer.zero_grad()
        F.cross_entropy(model(x), y).backward()
        optimizer.step()

    return step, 1


@case
def mlp_step() -> tuple:
    sgd = lambda p: torch.optim.SGD(p, lr=0.01)  # noqa: E731
    return training(sgd, mlp(), torch.randn(2, 50), torch.tensor([1, 2]))


class Block(nn.Module):
    """A transformer's block, with a classifier on the first position. (B, T, C) -> (B, 3)"""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.norm1, self.norm2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.qkv, self.out = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.up, self.down = nn.Linear(width, 4 * width), nn.Linear(4 * width, width)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        b, t, c = x.shape
        q, k, v = self.qkv(self.norm1(x)).split(c, dim=2)
        q, k, v = (z.view(b, t, 4, c // 4).transpose(1, 2) for z in (q, k, v))
        y = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        x = x + self.out(y.transpose(1, 2).contiguous().view(b, t, c))
        return (x + self.down(F.gelu(self.up(self.norm2(x)))))[:, 0, :3]


@case
def block_step() -> tuple:
    adamw = lambda p: torch.optim.AdamW(p, lr=0.01)  # noqa: E731
    return training(adamw, Block(16), torch.randn(2, 4, 16), torch.tensor([1, 2]))


def once(function: Callable) -> float:
    """Seconds of one burst, without what dropping took."""
    getattr(function, "prepare", lambda: None)()
    drop()
    before, started = _dropping, perf_counter()
    function()
    return perf_counter() - started - (_dropping - before)


def measure(name: str, seconds: float) -> None:
    """Prints the line of one case."""
    function, count = CASES[name]()
    FLUSH()  # random leaves are computed truly
    once(function)
    nodes = Pending.nodes
    once(function)
    nodes = Pending.nodes - nodes
    times, ends = [], perf_counter() + seconds
    while perf_counter() < ends:
        times.append(once(function))
    best = min(times) * 1e6
    per_node = f"{best / nodes:8.2f}" if nodes else f"{'':8}"
    print(f"{name:20}{best / count:10.2f}{per_node}{nodes:8}", flush=True)


def profile(name: str) -> None:
    """Prints where one case spends its time."""
    function, _ = CASES[name]()
    FLUSH()
    once(function)
    profiler = cProfile.Profile()
    for _ in range(300):
        getattr(function, "prepare", lambda: None)()
        drop()
        profiler.runcall(function)
    pstats.Stats(profiler).sort_stats("tottime").print_stats(35)


def main() -> None:
    """Measures the cases that were asked for."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("names", nargs="*", help="cases (default: all)")
    parser.add_argument("--seconds", type=float, default=0.4, help="of each case")
    parser.add_argument("--profile", action="store_true", help="show where the time goes instead")
    options = parser.parse_args()
    for module in list(sys.modules.values()):
        if getattr(module, "flush", None) is FLUSH:
            module.flush = drop  # type: ignore[attr-defined]
    if not options.profile:
        print("case                 us a call  us/node   nodes")
    for name in options.names or CASES:
        if options.profile:
            profile(name)
        else:
            measure(name, options.seconds)


if __name__ == "__main__":
    main()
