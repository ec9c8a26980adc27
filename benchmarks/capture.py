"""Times steps of training that `torch.compile` captures: microseconds plain and compiled.

    python benchmarks/capture.py                 a small perceptron, and PyTorch's if there
    python benchmarks/capture.py --seconds 5

A step is `zero_grad`, forward, loss, `backward`, `optimizer.step` and `loss.item()`.  Plain and
compiled steps take turns; each figure is the best of them.  PyTorch runs without its compiler,
which is what a captured step has to beat by five times.
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Callable
from typing import Any

for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ.setdefault(name, "1")

import loxley  # noqa: E402

try:
    import torch
except ImportError:
    torch = None  # type: ignore[assignment]


def make_step(lib: Any, optimizer_name: str) -> Callable[[], float]:
    """One step of a perceptron of 50, 30, 20 and 3 on a batch of 2."""
    nn, functional = lib.nn, lib.nn.functional
    lib.manual_seed(123)
    model = nn.Sequential(
        *(nn.Linear(50, 30), nn.ReLU(), nn.Linear(30, 20), nn.ReLU(), nn.Linear(20, 3))
    )
    optimizer = getattr(lib.optim, optimizer_name)(model.parameters(), lr=0.01)
    x, y = lib.randn(2, 50), lib.randint(0, 3, (2,))

    def step() -> float:
        optimizer.zero_grad()
        loss = functional.cross_entropy(model(x), y)
        loss.backward()
        optimizer.step()
        return loss.item()

    return step


def best(steps: list[Callable], seconds: float) -> list[float]:
    """The shortest time of each step in microseconds; they take turns."""
    found = [float("inf")] * len(steps)
    for step in steps:
        for _ in range(10):
            step()
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        for i, step in enumerate(steps):
            started = time.perf_counter()
            step()
            found[i] = min(found[i], time.perf_counter() - started)
    return [t * 1e6 for t in found]


def main() -> None:
    """Prints a line per optimizer."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=2.0)
    seconds = parser.parse_args().seconds
    for name in ("SGD", "AdamW"):
        steps = [make_step(loxley, name), loxley.compile(make_step(loxley, name))]
        if torch is not None:
            steps.append(make_step(torch, name))
        times = best(steps, seconds)
        line = f"{name:6} plain {times[0]:7.1f} us, compiled {times[1]:6.1f} us"
        if torch is not None:
            line += f", PyTorch {times[2]:7.1f} us: {times[2] / times[1]:.1f} times"
        print(line)


if __name__ == "__main__":
    main()
