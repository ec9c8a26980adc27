"""Utilities beside the framework proper, with the names of `torch.utils`.

Submodules are loaded when they are first asked for: a program without a DataLoader should not pay
for multiprocessing.
"""

from __future__ import annotations

from typing import Any

from ..late import Late, same

_LATE = Late(
    globals(),
    same(
        "_pytree benchmark checkpoint data dlpack flop_counter model_zoo module_tracker tensorboard"
    ),
    {"swap_tensors": "swapping"},
)


def __getattr__(name: str) -> Any:
    return _LATE.find(name)


def __dir__() -> list[str]:
    return _LATE.names()
