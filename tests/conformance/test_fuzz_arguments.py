"""A few hundred random calls of PyTorch's operator table: the same outcome on both sides.

The seeds are fixed; those in `differing_calls.txt` are known to differ and only leave that list.
More: `python -m tests.fuzz.fuzz_arguments --programs 20000`.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

torch = pytest.importorskip("torch")

from tests.fuzz.arguments import generate  # noqa: E402
from tests.fuzz.fuzz_arguments import run  # noqa: E402

FIRST = int(os.environ.get("LOXLEY_FUZZ_SEED", "20150"))
CALLS = int(os.environ.get("LOXLEY_FUZZ_CALLS", "300"))
DIFFERING = Path(__file__).parents[1] / "fuzz/differing_calls.txt"


def test_calls_are_made_from_their_seed_alone() -> None:
    assert str(generate(7)) == str(generate(7))
    assert str(generate(7)) != str(generate(8))


def test_random_calls_have_the_outcome_that_pytorch_gives() -> None:
    known = set(map(int, DIFFERING.read_text().split()))
    seeds = [seed for seed in range(FIRST, FIRST + CALLS) if seed not in known]
    results = run(seeds, jobs=2)
    assert sum(result.status == "pass" for result in results) > 0.9 * len(seeds)
    failed = [f"{r.entry}: {r.reason}" for r in results if r.status == "fail"]
    assert not failed, "\n".join(failed)
