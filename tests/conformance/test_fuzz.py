"""One minute of the differential fuzzer of views, in-place writes and backward passes."""

from __future__ import annotations

import os
import time

import pytest

torch = pytest.importorskip("torch")

from tests.fuzz.fuzz_views import run  # noqa: E402
from tests.fuzz.programs import generate  # noqa: E402
from tests.fuzz.shrink import as_script, shrink  # noqa: E402

SECONDS = float(os.environ.get("LOXLEY_FUZZ_SECONDS", "60"))
FIRST_SEED = int(os.environ.get("LOXLEY_FUZZ_SEED", "0"))
ENOUGH = 5


def test_programs_are_made_from_their_seed_alone() -> None:
    assert generate(7) == generate(7)
    assert generate(7) != generate(8)


def test_shrinking_keeps_what_fails() -> None:
    lines = [f"v{number} = {number}" for number in range(30)]
    wanted = {lines[3], lines[17]}
    assert set(shrink(lines, lambda shorter: wanted <= set(shorter))) == wanted
    assert as_script(lines[:1]) == "import torch\n\nv0 = 0"


def test_random_programs_agree_with_pytorch() -> None:
    start, found, done = time.monotonic(), [], 0
    for _, finding in run(range(FIRST_SEED, FIRST_SEED + 1_000_000)):
        done += 1
        if finding:
            found.append(str(finding))
        if len(found) >= ENOUGH or time.monotonic() - start > SECONDS:
            break
    assert not found, f"{len(found)} of {done} programs differ\n" + "\n".join(found)
