"""`torch.classes`: classes that C++ libraries register. There is no C++ here, hence no class.

Source: https://docs.pytorch.org/docs/stable/torch_script_custom_classes.html
"""

from __future__ import annotations

from types import ModuleType
from typing import NoReturn

__all__ = ["load_library", "loaded_libraries"]

loaded_libraries: set[str] = set()


def load_library(path: str) -> None:
    """OSError: libraries built for PyTorch's C++ interface cannot be loaded here."""
    raise OSError(f"Could not load this library: {path}")


class _ClassNamespace(ModuleType):
    """The classes of a library; asking for one raises RuntimeError, as PyTorch does."""

    def __init__(self, name: str) -> None:
        super().__init__(f"torch.classes{name}")
        self.name = name

    def __getattr__(self, attr: str) -> NoReturn:
        if attr.startswith("__"):
            raise AttributeError(attr)
        raise RuntimeError(
            f"Tried to instantiate class '{self.name}.{attr}', but it does not exist! Ensure that "
            "it is registered via torch::class_"
        )


def __getattr__(name: str) -> _ClassNamespace:
    if name.startswith("__"):
        raise AttributeError(name)
    made = globals()[name] = _ClassNamespace(name)
    return made
