"""What importlib.metadata tells about `torch` in a program that runs on loxley.

Loaded when the program first asks: importlib.metadata takes as long to import as all operators.
"""

from __future__ import annotations

import importlib.metadata
import os
from typing import Any


class TorchDistribution(importlib.metadata.Distribution):
    """So that importlib.metadata.version("torch") answers with the version that we tell."""

    def __init__(self, version: str) -> None:
        self._told = version

    def read_text(self, filename: str) -> str | None:
        if filename != "METADATA":
            return None
        return f"Metadata-Version: 2.1\nName: torch\nVersion: {self._told}\n"

    def locate_file(self, path: str | os.PathLike[str]) -> Any:
        raise NotImplementedError("loxley stands in for torch and has no files of it")
