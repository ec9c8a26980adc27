"""`python -m tests.nn.record` runs every case under PyTorch and rewrites the record."""

from __future__ import annotations

import json

import torch
import torch.nn.utils.prune

from .cases import CASES, RECORD
from .running import run


def main() -> None:
    """Write one line per case."""
    lines = []
    for name, source in CASES.items():
        shown = run(source, torch)
        outcome = [shown.printed, shown.warned, shown.raised]
        lines.append(f"{json.dumps(name)}: {json.dumps(outcome)}")
    RECORD.write_text("{\n" + ",\n".join(lines) + "\n}\n")


if __name__ == "__main__":
    main()
