"""Programs about automatic differentiation print what PyTorch 2.13.0 printed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import loxley
from tests.autograd.programs import PROGRAMS, run

RECORD = json.loads((Path(__file__).parent / "recorded.json").read_text())


@pytest.mark.parametrize("name", PROGRAMS)
def test_prints_what_pytorch_printed(name: str) -> None:
    assert run(loxley, PROGRAMS[name].replace("from torch.", "from loxley.")) == RECORD[name]
