"""`torch.ops`: operators by their names in PyTorch's library, `torch.ops.aten.add.Tensor`.

An operator is the public function (or method) of its name; those of `functions.py` exist here only.
Every overload runs that function; which overloads there are, `overloads.py` tells.
Source: https://docs.pytorch.org/docs/stable/torch.compiler_ir.html
"""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType
from typing import Any

from ..classes import load_library
from ..nn import functional as F
from ..tensor import PUBLIC, Tensor
from .custom import DEFINED
from .functions import FUNCTIONS
from .overloads import OVERLOADS
from .packets import OpOverload, OpOverloadPacket
from .profiler import PROFILER

__all__ = ["OpOverload", "OpOverloadPacket", "ops"]

# Functions whose arguments are those of the operator of the same name.
_OF_NETWORKS = frozenset(
    "linear gelu silu leaky_relu relu6 hardtanh hardswish hardsigmoid mish softplus softshrink "
    "hardshrink glu scaled_dot_product_attention".split()
)


def _function(name: str) -> Callable[..., Any] | None:
    if name in FUNCTIONS:
        return FUNCTIONS[name]
    if name in PUBLIC:
        return PUBLIC[name]
    return getattr(F if name in _OF_NETWORKS else Tensor, name, None)


# {library: its operators, besides those of programs and of "aten"}
_LIBRARIES: dict[str, dict[str, OpOverloadPacket]] = {"profiler": PROFILER}


class _OpNamespace(ModuleType):
    """The operators of a library."""

    def __init__(self, name: str) -> None:
        super().__init__(f"torch.ops.{name}")
        self.name = name

    def __getattr__(self, key: str) -> OpOverloadPacket:
        defined = DEFINED.get(self.name, {})
        if key in defined:
            return defined[key]  # may be taken back, so it isn't kept
        found = _LIBRARIES.get(self.name, {}).get(key)
        if found is None and self.name == "aten" and key in OVERLOADS:
            function = _function(key)
            if function is not None:
                found = OpOverloadPacket(key, function, OVERLOADS[key])
        if found is None:
            raise AttributeError(f"'_OpNamespace' '{self.name}' object has no attribute '{key}'")
        setattr(self, key, found)
        return found

    def __dir__(self) -> list[str]:
        own = [*DEFINED.get(self.name, ()), *_LIBRARIES.get(self.name, ())]
        return [*OVERLOADS, *own] if self.name == "aten" else own


class _Ops(ModuleType):
    """`torch.ops`, whose attributes are libraries."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.loaded_libraries: set[str] = set()

    def __getattr__(self, key: str) -> _OpNamespace:
        if key.startswith("__"):
            raise AttributeError(key)
        made = _OpNamespace(key)
        setattr(self, key, made)
        return made

    def load_library(self, path: str) -> None:
        """OSError: libraries built for PyTorch's C++ interface cannot be loaded here."""
        load_library(path)


ops = _Ops("torch.ops")
