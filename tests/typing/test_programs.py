"""Typical programs under `mypy --strict`: no errors, and the types that their comments tell.

`programs/` holds them; `# R: type` ends a line with `reveal_type`.  `make lint` checks them too.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("mypy")
ROOT = Path(__file__).resolve().parents[2]
PROGRAMS = sorted((Path(__file__).parent / "programs").glob("*.py"))
_REVEALED = re.compile(r'(\S+\.py):(\d+): note: Revealed type is "(.*)"')


@pytest.fixture(scope="module")
def report() -> str:
    """What mypy says of all programs, as of a package that is installed."""
    command = [sys.executable, "-m", "mypy", "--strict", "--follow-imports=silent"]
    command += ["--config-file=", "--ignore-missing-imports", "--no-error-summary"]
    command += ["--cache-dir", str(ROOT / ".mypy_cache/programs")]
    command += [str(path.relative_to(ROOT)) for path in PROGRAMS]
    environment = {**os.environ, "MYPYPATH": str(ROOT / "src")}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
    return done.stdout + done.stderr


@pytest.mark.slow
def test_programs_have_no_errors(report: str) -> None:
    assert [line for line in report.splitlines() if not _REVEALED.match(line)] == []


@pytest.mark.slow
def test_types_are_those_expected(report: str) -> None:
    revealed = {
        (Path(file).name, int(line)): kind for file, line, kind in _REVEALED.findall(report)
    }
    expected = {
        (path.name, number): line.partition("# R: ")[2]
        for path in PROGRAMS
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if "reveal_type(" in line
    }
    assert revealed == expected
