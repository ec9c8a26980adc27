"""The programs of two introductions to PyTorch print, to the character, what PyTorch prints.

Each script in scripts/ runs through `python -m loxley`; its .expected file is what PyTorch 2.13.0
printed (the conformance tests hold that record to a live PyTorch).
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

SCRIPTS = sorted(Path(__file__).with_name("scripts").glob("*.py"))


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.stem)
def test_script_prints_what_pytorch_prints(script: Path) -> None:
    command = [sys.executable, "-m", "loxley", str(script)]
    run = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert run.returncode == 0, run.stderr
    assert run.stdout == script.with_suffix(".expected").read_text()
