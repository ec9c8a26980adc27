"""`torch.ops`: operators by their names in PyTorch's library, `torch.ops.aten.add.Tensor`.

An operator is the public function (or method) of its name; those of `functions.py` exist here only.
Every overload runs that function; which overloads there are, `overloads.py` tells.
Source: https://docs.pytorch.org/docs/stable/torch.compiler_ir.html
"""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType
from typing import Any

from ..nn import functional as F
from ..tensor import PUBLIC, Tensor
from .functions import FUNCTIONS
from .overloads import OVERLOADS

# Functions whose arguments are those of the operator of the same name.
_OF_NETWORKS = frozenset(
    "linear gelu silu leaky_relu relu6 hardtanh hardswish hardsigmoid mish softplus softshrink "
    "hardshrink glu scaled_dot_product_attention".split()
)


class OpOverload:
    """One overload of an operator, to be called."""

    namespace = "aten"

    def __init__(self, packet: OpOverloadPacket, overload: str) -> None:
        self.overloadpacket = packet
        self._overloadname = overload
        self.__name__ = f"{packet.__name__}.{overload}"
        self.__module__ = "torch._ops.aten"

    def __call__(self, /, *args: Any, **kwargs: Any) -> Any:
        return self.overloadpacket(*args, **kwargs)

    def __str__(self) -> str:
        return f"{self.overloadpacket}.{self._overloadname}"

    def __repr__(self) -> str:
        return f"<OpOverload(op='{self.overloadpacket}', overload='{self._overloadname}')>"

    def name(self) -> str:
        """The name that PyTorch's C++ gives it, such as "aten::add.Tensor"."""
        whole = f"aten::{self.overloadpacket.__name__}"
        return whole if self._overloadname == "default" else f"{whole}.{self._overloadname}"


class OpOverloadPacket:
    """An operator, whose overloads are its attributes; called, it finds the overload itself."""

    def __init__(self, name: str, function: Callable[..., Any]) -> None:
        self.__name__ = name
        self._function = function

    def __call__(self, /, *args: Any, **kwargs: Any) -> Any:
        try:
            return self._function(*args, **kwargs)
        except TypeError as error:  # the library's dispatcher knows one kind of complaint
            raise RuntimeError(
                "Overloaded torch operator invoked from Python failed to match any schema:\n"
                f"aten::{self.__name__}(): {error}"
            ) from error

    def __getattr__(self, key: str) -> OpOverload:
        if key not in self.overloads():
            raise AttributeError(f"The underlying op of '{self}' has no overload name '{key}'")
        made = OpOverload(self, key)
        setattr(self, key, made)
        return made

    def overloads(self) -> list[str]:
        """The names of the overloads."""
        return list(OVERLOADS[self.__dict__["__name__"]])

    def __str__(self) -> str:
        return f"aten.{self.__name__}"

    __repr__ = __str__


def _function(name: str) -> Callable[..., Any] | None:
    if name in FUNCTIONS:
        return FUNCTIONS[name]
    if name in PUBLIC:
        return PUBLIC[name]
    return getattr(F if name in _OF_NETWORKS else Tensor, name, None)


class _OpNamespace(ModuleType):
    """The operators of a library; only "aten" has any."""

    def __init__(self, name: str) -> None:
        super().__init__(f"torch.ops.{name}")
        self.name = name

    def __getattr__(self, key: str) -> OpOverloadPacket:
        function = _function(key) if self.name == "aten" and key in OVERLOADS else None
        if function is None:
            raise AttributeError(f"'_OpNamespace' '{self.name}' object has no attribute '{key}'")
        made = OpOverloadPacket(key, function)
        setattr(self, key, made)
        return made

    def __dir__(self) -> list[str]:
        return list(OVERLOADS) if self.name == "aten" else []


class _Ops(ModuleType):
    """`torch.ops`, whose attributes are libraries."""

    def __getattr__(self, key: str) -> _OpNamespace:
        if key.startswith("__"):
            raise AttributeError(key)
        made = _OpNamespace(key)
        setattr(self, key, made)
        return made


ops = _Ops("torch.ops")
