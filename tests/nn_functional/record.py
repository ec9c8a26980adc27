"""`python -m tests.nn_functional.record` runs every call under PyTorch and rewrites the record."""

from __future__ import annotations

import json

import torch

from tests.nn.running import run

from .cases import CASES, RECORD


def main() -> None:
    """Write one line per call."""
    lines = []
    for name, source in CASES.items():
        shown = run(source, torch)
        outcome = [shown.printed, shown.warned, shown.raised]
        lines.append(f"{json.dumps(name)}: {json.dumps(outcome)}")
    RECORD.write_text("{\n" + ",\n".join(lines) + "\n}\n")


if __name__ == "__main__":
    main()
