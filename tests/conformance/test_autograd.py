"""Programs about automatic differentiation print the same with PyTorch and with loxley."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

import loxley
from tests.autograd.programs import PROGRAMS, run

torch = pytest.importorskip("torch")
RECORD = Path(__file__).parents[1] / "autograd" / "recorded.json"


def on_loxley(source: str) -> str:
    """A program's output with the name `torch` bound to loxley in its imports."""
    return run(loxley, source.replace("from torch.", "from loxley."))


@pytest.mark.parametrize("name", PROGRAMS)
def test_prints_the_same(name: str) -> None:
    assert on_loxley(PROGRAMS[name]) == run(torch, PROGRAMS[name])


def test_the_record_is_what_pytorch_prints() -> None:
    assert json.loads(RECORD.read_text()) == {n: run(torch, s) for n, s in PROGRAMS.items()}


if __name__ == "__main__":  # python -m tests.conformance.test_autograd: rewrite the record
    made = {name: run(torch, source) for name, source in PROGRAMS.items()}
    RECORD.write_text(json.dumps(made, indent=1) + "\n")
    sys.exit(0)
