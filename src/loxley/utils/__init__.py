"""Utilities beside the framework proper, with the names of `torch.utils`.

Submodules are loaded when they are first asked for: a program without a DataLoader should not pay
for multiprocessing.
"""

from __future__ import annotations

import importlib
from typing import Any

_SUBMODULES = (
    "_pytree",
    "benchmark",
    "checkpoint",
    "data",
    "dlpack",
    "flop_counter",
    "model_zoo",
    "tensorboard",
    "module_tracker",
)


def __getattr__(name: str) -> Any:
    if name == "swap_tensors":
        return importlib.import_module(".swapping", __name__).swap_tensors
    if name in _SUBMODULES:
        return importlib.import_module(f".{name}", __name__)
    raise AttributeError(
        f"module 'torch.utils' has no attribute '{name}' (loxley does not have it)"
    )


def __dir__() -> list[str]:
    return sorted({*globals(), *_SUBMODULES, "swap_tensors"})
