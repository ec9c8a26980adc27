"""Whose class it is: ours, under the name `loxley` or, in programs that import torch, `torch`."""

from __future__ import annotations

root = "loxley"  # under which name programs import the package


def is_ours(kind: type) -> bool:
    """Whether a class is the package's own, no program's or library's."""
    module = kind.__module__
    return module == "torch" or module.startswith(("loxley.", "torch."))
