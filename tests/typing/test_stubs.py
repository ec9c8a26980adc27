"""The stubs are what `make stubs` makes, and what they show is what runs."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def _run(*arguments: str) -> subprocess.CompletedProcess[str]:
    """In a process of its own: other tests may have changed the package that runs here."""
    command = [sys.executable, "-m", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True)


def test_stubs_are_those_that_the_package_gives() -> None:
    done = _run("tools.stubs", "--check")
    assert done.returncode == 0, done.stdout + done.stderr
    assert not done.stderr, done.stderr  # annotations that name nothing


def test_names_and_parameters_are_those_that_run() -> None:
    done = _run("tools.stubs.compare")
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_package_says_that_it_is_typed() -> None:
    assert (ROOT / "src/loxley/py.typed").exists()
