"""The recorded outputs of tests/seeds are what this PyTorch prints."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("torch")

SCRIPTS = sorted((Path(__file__).parents[1] / "seeds" / "scripts").glob("*_whole.py"))


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.stem)
def test_record(script: Path) -> None:
    command = [sys.executable, str(script)]
    run = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert run.returncode == 0, run.stderr
    assert run.stdout == script.with_suffix(".expected").read_text()
