"""Single operators of middle and large size against PyTorch: milliseconds on one thread.

    python benchmarks/operators.py [row ...] [--seconds 0.3] [--profile]

A row (`operator_rows.py`) makes a function and its arguments from a library, once for loxley and
once for PyTorch, and is named in full or by the start of its name.  A call ends with a look at an
element of its result; some rows go back to all floating arguments as well.  The two libraries take
turns in short bursts, each figure is the best one of the thread's processor time, and the table is
sorted, worst first.  A ratio above 1 means that loxley is faster.  `--profile` shows where loxley's
time goes and what its plans leave to NumPy.
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

from operator_rows import GRADIENTS, ROWS  # noqa: E402

import loxley  # noqa: E402
from loxley.runtime import explain  # noqa: E402

try:
    import torch
except ImportError:
    torch = None  # type: ignore[assignment]


def touched(result: Any) -> float:
    """An element of the result, or of its first part."""
    y = result[0] if isinstance(result, tuple | list) else result
    while y.dim():
        y = y[0]
    return y.item()


def call_of(name: str, lib: Any) -> Callable[[], object]:
    """One call of the row."""
    lib.manual_seed(123)
    function, *arguments = ROWS[name](lib)
    return (_backward if name in GRADIENTS else _forward)(lib, function, arguments)


def _forward(lib: Any, function: Callable[..., Any], arguments: list) -> Callable[[], object]:
    def call() -> object:
        with lib.no_grad():
            result = function(*arguments)
            return touched(result)

    return call


def _backward(lib: Any, function: Callable[..., Any], arguments: list) -> Callable[[], object]:
    leaves = [x for x in arguments if x.is_floating_point()]
    for leaf in leaves:
        leaf.requires_grad_()

    def call() -> object:
        for leaf in leaves:
            leaf.grad = None
        result = function(*arguments)
        result = result[0] if isinstance(result, tuple) else result
        result.sum().backward()
        return touched(leaves[0].grad)

    return call


def burst_of(call: Callable[[], object]) -> tuple[Callable[[], object], int]:
    """A function that takes at least two milliseconds, and how many calls that is."""
    for _ in range(5):  # until every plan is machine code
        call()
    started = time.thread_time()
    call()
    count = max(1, int(2e-3 / max(time.thread_time() - started, 1e-6)))

    def burst() -> None:
        for _ in range(count):
            call()

    return burst, count


def measure(name: str, seconds: float) -> list[float]:
    """The shortest time of a call in milliseconds, for loxley and for PyTorch if it is there."""
    bursts = [burst_of(call_of(name, lib)) for lib in (loxley, torch) if lib is not None]
    found = [math.inf] * len(bursts)
    end = time.thread_time() + seconds
    turns = 0
    while turns < 3 or time.thread_time() < end:
        turns += 1
        for i, (burst, count) in enumerate(bursts):
            started = time.thread_time()
            burst()
            found[i] = min(found[i], (time.thread_time() - started) / count)
    return [t * 1e3 for t in found]


def profile(name: str) -> None:
    """Where loxley's time goes."""
    call = call_of(name, loxley)
    for _ in range(5):
        call()
    profiler = cProfile.Profile()
    profiler.enable()
    for _ in range(20):
        call()
    profiler.disable()
    pstats.Stats(profiler).sort_stats("tottime").print_stats(15)
    print(explain(call))


def chosen(words: list[str]) -> list[str]:
    """The rows of these names, or whose names begin so."""
    return [n for n in ROWS if not words or n in words or any(n.startswith(w) for w in words)]


def main() -> None:
    """Prints a line per row, then all of them in order, and their geometric mean."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("rows", nargs="*", metavar="row", help="the rows, by default all of them")
    parser.add_argument("--seconds", type=float, default=0.3, help="of each row")
    parser.add_argument("--profile", action="store_true")
    options = parser.parse_args()
    if torch is not None:
        torch.set_num_threads(1)
    lines: list[tuple[float, str]] = []
    for name in chosen(options.rows):
        if options.profile:
            profile(name)
            continue
        times = measure(name, options.seconds)
        ratio = times[-1] / times[0]
        lines.append((ratio, f"{name:32}" + "".join(f"{t:12.3f}" for t in times) + f"{ratio:8.2f}"))
        print(lines[-1][1], flush=True)
    if len(lines) > 1 and torch is not None:
        lines.sort()
        print(f"\n{'row':32}{'loxley ms':>12}{'PyTorch ms':>12}{'ratio':>8}")
        print("\n".join(text for _, text in lines))
        ratios = [ratio for ratio, _ in lines]
        mean = math.exp(sum(map(math.log, ratios)) / len(ratios))
        above, low = sum(r >= 1 for r in ratios), sum(r < 0.8 for r in ratios)
        print(f"\n{len(ratios)} rows, {above} at 1 or above, {low} below 0.8; mean {mean:.2f}")


if __name__ == "__main__":
    main()
