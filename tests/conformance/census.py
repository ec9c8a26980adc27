"""What compiled plans leave to NumPy, by how much real code uses it.

    python -m tests.conformance.census [api.tsv] [--dtype float32] [--samples 6]

Every entry of PyTorch's operator table runs, with its gradient where it has one; plans are taken
apart but no machine code is made.  Out: a line per operator of ours without a decomposition: the
use of the entries that need it (the `weight` column of a table of names, where one is given), how
often it was met, the reason, and those entries.
"""

from __future__ import annotations

import argparse
import csv
import warnings
from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import Any

import torch

from loxley.compiler.program import build
from loxley.config import config
from loxley.runtime import interpreter, plans
from tests.conformance import operators

# What has nothing to compute: empty tensors.
_EMPTY = ("a result without elements", "an argument without elements")


class Census:
    """Reasons by our operator's name, with the entries that met them."""

    def __init__(self) -> None:
        self.met: Counter[tuple[str, str]] = Counter()
        self.entries: dict[tuple[str, str], set[str]] = defaultdict(set)
        self.entry = ""

    def compile_plan(self, values: Any, leaves: Any, wanted: Any, _donated: Any) -> None:
        for name, reason in build(values, leaves, wanted).reasons:
            if reason not in _EMPTY:
                self.met[name, reason] += 1
                self.entries[name, reason].add(self.entry)
        raise NotImplementedError("only taken apart")


def weights(path: str | None) -> dict[str, float]:
    """Use by the last part of a name: `torch.Tensor.add` and `torch.add` count for add."""
    found: dict[str, float] = defaultdict(float)
    if path is not None:
        with open(path, newline="") as file:
            for row in csv.DictReader(file, delimiter="\t"):
                name = row["name"].split(".")[-1].strip("_")
                found[name] += float(row["weight"])
    return found


def run(dtype: torch.dtype, count: int) -> Census:
    census = Census()
    plans.compiler.compile_plan = census.compile_plan  # type: ignore[assignment]
    config.compile, config.compile_strict = "1", False
    warnings.simplefilter("ignore")
    for entry in sorted(operators.ENTRIES):
        census.entry = entry
        for function, args, kwargs in _calls(entry, dtype, count):
            plans.PLANS.clear()
            made, _ = operators._run(function, *args, **kwargs)
            _differentiate(made, (args, kwargs))
            interpreter.flush()
    return census


def _calls(entry: str, dtype: torch.dtype, count: int) -> Iterator[tuple[Any, Any, Any]]:
    op = operators.ENTRIES[entry]
    try:
        function = operators._counterpart(op)
        samples = operators._samples(op, dtype, requires_grad=op.supports_autograd)
    except Exception:  # an entry that has nothing to run
        return
    for sample in operators._spread(samples, count):
        yield function, *operators._cross(sample)


def _differentiate(made: Any, arguments: Any) -> None:
    results = [t for t in operators._tensors(made) if getattr(t, "requires_grad", False)]
    inputs = [t for t in operators._tensors(arguments) if t.requires_grad and t.is_leaf]
    if results and inputs:
        operators._run(_backward, results)


def _backward(results: list[Any]) -> None:
    total = 0
    for t in results:
        total = total + (t * t).real.sum() if t.is_complex() else (t * t).sum()
    total.backward()  # type: ignore[attr-defined]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="?")
    parser.add_argument("--dtype", default="float32")
    parser.add_argument("--samples", type=int, default=6)
    given = parser.parse_args()
    census = run(getattr(torch, given.dtype), given.samples)
    use = weights(given.names)
    rows = []
    for (name, reason), times in census.met.items():
        entries = sorted(census.entries[name, reason])
        weight = sum(use.get(e.split(":")[0].split(".")[-1].strip("_"), 0.0) for e in entries)
        rows.append((weight, times, name, reason, entries))
    for weight, times, name, reason, entries in sorted(rows, reverse=True):
        print(f"{weight:10.0f} {times:5d}  {name}: {reason}  [{' '.join(entries[:8])}]")


if __name__ == "__main__":
    main()
