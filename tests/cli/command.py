"""Runs the command line as a user does: in a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

PROGRAM = [sys.executable, "-c", "import sys; from loxley.cli.main import main; sys.exit(main())"]


def environment(**changes: str) -> dict[str, str]:
    paths = [os.path.abspath(path) for path in sys.path if path]
    return os.environ | {"PYTHONPATH": os.pathsep.join(paths)} | changes


def loxley(*arguments: str | Path, **options: Any) -> subprocess.CompletedProcess[str]:
    options.setdefault("env", environment())
    command = [*PROGRAM, *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=300, **options)


def start(*arguments: str | Path) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [*PROGRAM, *map(str, arguments)],
        env=environment(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def refused(done: subprocess.CompletedProcess[str], message: str, code: int = 1) -> None:
    """It ended with `code` and an error of one line that holds `message`."""
    assert done.returncode == code, done.stderr
    assert "Traceback" not in done.stderr
    last = done.stderr.strip().splitlines()[-1]
    assert message in last, done.stderr
