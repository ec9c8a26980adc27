"""Small eager programs against PyTorch: microseconds a step, where Python's share is all there is.

    python benchmarks/small.py [row ...] [--seconds 1] [--profile]

Each row is a function of the library that makes a step, once for loxley and once for PyTorch; every
step ends by looking at a value, so that nothing is left pending.  The two take turns in short
bursts, and each figure is the best burst.  A ratio above 1 means that loxley is faster.
`--profile` shows where loxley's time goes.
"""

from __future__ import annotations

import argparse
import cProfile
import math
import os
import pstats
import time
from collections.abc import Callable
from typing import Any

for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "LOXLEY_NUM_THREADS"):
    os.environ.setdefault(name, "1")

import loxley  # noqa: E402

try:
    import torch
except ImportError:
    torch = None  # type: ignore[assignment]

Step = Callable[[], object]
ROWS: dict[str, Callable[[Any], Step]] = {}


def row(make: Callable[[Any], Step]) -> Callable[[Any], Step]:
    """Declares a row: library -> step."""
    ROWS[make.__name__] = make
    return make


@row
def item(lib: Any) -> Step:
    x = lib.tensor(1.5)
    return lambda: x.item()


@row
def add_item(lib: Any) -> Step:
    x, y = lib.tensor(1.5), lib.tensor(2.5)
    return lambda: (x + y).item()


@row
def chain_sum_item(lib: Any) -> Step:
    x = lib.randn(16)
    return lambda: (x * 0.5 + 1).sum().item()


@row
def ten_updates(lib: Any) -> Step:
    start = lib.randn(16)

    def step() -> float:
        x = start
        for _ in range(10):
            x = x * 0.5 + 1
        return x.sum().item()

    return step


@row
def compare_branch(lib: Any) -> Step:
    x = lib.randn(16)
    return lambda: 1 if x.max() > 100 else 0


@row
def matmul_item(lib: Any) -> Step:
    a, b = lib.randn(4, 8), lib.randn(8, 4)
    return lambda: (a @ b)[0, 0].item()


@row
def dot_item(lib: Any) -> Step:
    a, b = lib.randn(8), lib.randn(8)
    return lambda: lib.dot(a, b).item()


@row
def index_scalars(lib: Any) -> Step:
    x = lib.randn(16)

    def step() -> float:
        total = 0.0
        for i in range(16):
            total += x[i].item()
        return total

    return step


@row
def index_matrix(lib: Any) -> Step:
    x = lib.randn(8, 8)

    def step() -> float:
        total = 0.0
        for i in range(4):
            for j in range(4):
                total += float(x[i, j])
        return total

    return step


@row
def assign_scalars(lib: Any) -> Step:
    x = lib.zeros(16)

    def step() -> float:
        for i in range(16):
            x[i] = i * 0.5
        return x[3].item()

    return step


@row
def iterate(lib: Any) -> Step:
    x = lib.randn(16)
    return lambda: sum(float(v) for v in x)


@row
def from_list(lib: Any) -> Step:
    values = [0.5, 1.5, 2.5, 3.5]
    return lambda: lib.tensor(values).sum().item()


@row
def to_list(lib: Any) -> Step:
    x = lib.randn(4, 4)
    return lambda: x.tolist()


@row
def rand(lib: Any) -> Step:
    return lambda: lib.rand(8).tolist()


@row
def randn(lib: Any) -> Step:
    return lambda: lib.randn(8).tolist()


@row
def randint(lib: Any) -> Step:
    return lambda: lib.randint(0, 10, (8,)).tolist()


@row
def rand_one(lib: Any) -> Step:
    return lambda: lib.rand(1).item()


@row
def randperm(lib: Any) -> Step:
    return lambda: lib.randperm(16).tolist()


@row
def multinomial(lib: Any) -> Step:
    p = lib.softmax(lib.randn(10), 0)
    return lambda: lib.multinomial(p, 1).item()


@row
def categorical(lib: Any) -> Step:
    logits = lib.randn(4)

    def step() -> float:
        choice = lib.distributions.Categorical(logits=logits)
        action = choice.sample()
        return action.item() + choice.log_prob(action).item()

    return step


@row
def print_small(lib: Any) -> Step:
    x = lib.randn(3, 3)
    return lambda: repr(x)


@row
def linear_no_grad(lib: Any) -> Step:
    layer, x = lib.nn.Linear(8, 4), lib.randn(1, 8)

    def step() -> int:
        with lib.no_grad():
            return layer(x).argmax().item()

    return step


@row
def mlp_infer(lib: Any) -> Step:
    nn = lib.nn
    model = nn.Sequential(nn.Linear(8, 16), nn.ReLU(), nn.Linear(16, 4)).eval()
    x = lib.randn(1, 8)

    def step() -> int:
        with lib.no_grad():
            return lib.softmax(model(x), dim=-1).argmax(dim=-1).item()

    return step


def _training(lib: Any, optimizer: str, model: Any, x: Any, y: Any, loss_of: Any) -> Step:
    stepper = getattr(lib.optim, optimizer)(model.parameters(), lr=0.01)

    def step() -> float:
        stepper.zero_grad()
        loss = loss_of(model(x), y)
        loss.backward()
        stepper.step()
        return loss.item()

    return step


def _perceptron(lib: Any, optimizer: str) -> Step:
    nn = lib.nn
    model = nn.Sequential(
        *(nn.Linear(50, 30), nn.ReLU(), nn.Linear(30, 20), nn.ReLU(), nn.Linear(20, 3))
    )
    x, y = lib.randn(2, 50), lib.randint(0, 3, (2,))
    return _training(lib, optimizer, model, x, y, nn.functional.cross_entropy)


@row
def mlp_sgd(lib: Any) -> Step:
    return _perceptron(lib, "SGD")


@row
def mlp_adam(lib: Any) -> Step:
    return _perceptron(lib, "Adam")


@row
def regression(lib: Any) -> Step:
    x, y = lib.randn(20, 1), lib.randn(20, 1)
    return _training(lib, "SGD", lib.nn.Linear(1, 1), x, y, lib.nn.MSELoss())


@row
def by_hand(lib: Any) -> Step:
    """Gradient descent as tutorials write it, without an optimizer."""
    x, y = lib.randn(20), lib.randn(20)
    w, b = (lib.zeros(1, requires_grad=True) for _ in range(2))

    def step() -> float:
        loss = ((x * w + b - y) ** 2).mean()
        loss.backward()
        with lib.no_grad():
            w.sub_(0.01 * w.grad)
            b.sub_(0.01 * b.grad)
        w.grad.zero_()
        b.grad.zero_()
        return loss.item()

    return step


def _loading(lib: Any, batch: int) -> Step:
    data = lib.utils.data
    x, y = lib.randn(64, 8), lib.randint(0, 3, (64,))
    loader = data.DataLoader(data.TensorDataset(x, y), batch_size=batch)

    def step() -> float:
        total = 0.0
        for features, labels in loader:
            total += features[0, 0].item() + labels[0].item()
        return total

    return step


@row
def loader_by_2(lib: Any) -> Step:
    return _loading(lib, 2)


@row
def loader_by_16(lib: Any) -> Step:
    return _loading(lib, 16)


@row
def loader_shuffled(lib: Any) -> Step:
    data = lib.utils.data
    x, y = lib.randn(64, 8), lib.randint(0, 3, (64,))
    loader = data.DataLoader(data.TensorDataset(x, y), batch_size=16, shuffle=True)
    return lambda: sum(labels[0].item() for _, labels in loader)


@row
def reinforce(lib: Any) -> Step:
    """An episode of eight actions and an update of the policy."""
    nn = lib.nn
    policy = nn.Sequential(nn.Linear(4, 16), nn.ReLU(), nn.Linear(16, 2))
    optimizer = lib.optim.Adam(policy.parameters(), lr=0.01)

    def step() -> float:
        state, logs = [0.1, 0.2, 0.3, 0.4], []
        for _ in range(8):
            choice = lib.distributions.Categorical(logits=policy(lib.tensor(state)))
            action = choice.sample()
            logs.append(choice.log_prob(action))
            state = [math.sin(s + action.item()) for s in state]
        returns = lib.tensor([0.9**i for i in range(8)])
        returns = (returns - returns.mean()) / (returns.std() + 1e-6)
        loss = -(lib.stack(logs) * returns).sum()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss.item()

    return step


@row
def lstm_cell(lib: Any) -> Step:
    cell, x = lib.nn.LSTMCell(8, 16), lib.randn(1, 8)
    start = lib.zeros(1, 16), lib.zeros(1, 16)

    def step() -> float:
        with lib.no_grad():
            h, c = start
            for _ in range(4):
                h, c = cell(x, (h, c))
            return h[0, 0].item()

    return step


@row
def gru_step(lib: Any) -> Step:
    cell, x, start = lib.nn.GRU(8, 16), lib.randn(1, 1, 8), lib.zeros(1, 1, 16)

    def step() -> float:
        with lib.no_grad():
            return cell(x, start)[0][0, 0, 0].item()

    return step


@row
def decode(lib: Any) -> Step:
    """Eight tokens, greedily, by a model that knows the last token alone."""
    nn = lib.nn
    words, head = nn.Embedding(20, 16), nn.Linear(16, 20)

    def step() -> int:
        token = lib.tensor([3])
        with lib.no_grad():
            for _ in range(8):
                token = lib.tensor([head(words(token)).argmax(-1).item()])
        return token.item()

    return step


@row
def beam_search(lib: Any) -> Step:
    """Four rounds of three beams over twenty words."""
    scores = lib.log_softmax(lib.randn(20, 20), -1)

    def step() -> float:
        total, last = lib.zeros(3), lib.tensor([1, 2, 3])
        for _ in range(4):
            found = (total.unsqueeze(1) + scores[last]).view(-1)
            total, where = found.topk(3)
            last = where % 20
        return total[0].item()

    return step


@row
def count_correct(lib: Any) -> Step:
    logits, labels = lib.randn(16, 3), lib.randint(0, 3, (16,))
    return lambda: (logits.argmax(dim=1) == labels).sum().item()


@row
def cat_growing(lib: Any) -> Step:
    one = lib.tensor([[1]])

    def step() -> int:
        tokens = one
        for _ in range(4):
            tokens = lib.cat([tokens, one], dim=1)
        return tokens[0, -1].item()

    return step


def burst_of(step: Step) -> tuple[Step, int]:
    """A function that takes about a millisecond, and how many steps that is."""
    for _ in range(12):  # until every plan is machine code
        step()
    started = time.thread_time()
    for _ in range(5):
        step()
    count = max(1, int(5e-3 / (time.thread_time() - started)))

    def burst() -> None:
        for _ in range(count):
            step()

    return burst, count


def measure(make: Callable[[Any], Step], seconds: float) -> list[float]:
    """The shortest time of a step in microseconds, for loxley and for PyTorch if it is there."""
    bursts = []
    for lib in (loxley, torch):
        if lib is not None:
            lib.manual_seed(123)
            bursts.append(burst_of(make(lib)))
    found = [math.inf] * len(bursts)
    end = time.thread_time() + seconds
    while time.thread_time() < end:
        for i, (burst, count) in enumerate(bursts):
            started = time.thread_time()
            burst()
            found[i] = min(found[i], (time.thread_time() - started) / count)
    return [t * 1e6 for t in found]


def profile(make: Callable[[Any], Step]) -> None:
    """Where loxley's time goes."""
    burst, _ = burst_of(make(loxley))
    profiler = cProfile.Profile()
    profiler.enable()
    for _ in range(100):
        burst()
    profiler.disable()
    pstats.Stats(profiler).sort_stats("tottime").print_stats(40)


def main() -> None:
    """Prints a line per row."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("rows", nargs="*", metavar="row", help="the rows, by default all of them")
    parser.add_argument("--seconds", type=float, default=1.0, help="of each row")
    parser.add_argument("--profile", action="store_true")
    options = parser.parse_args()
    print(f"{'row':20}{'loxley us':>12}{'PyTorch us':>12}{'ratio':>8}")
    for name in options.rows or ROWS:
        if options.profile:
            profile(ROWS[name])
            continue
        times = measure(ROWS[name], options.seconds)
        line = f"{name:20}{times[0]:12.1f}"
        print(line + (f"{times[1]:12.1f}{times[1] / times[0]:8.2f}" if len(times) > 1 else ""))


if __name__ == "__main__":
    main()
