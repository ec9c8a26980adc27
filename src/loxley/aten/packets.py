"""Operators as `torch.ops` shows them: packets, whose attributes are overloads."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any


class OpOverload:
    """One overload of an operator, to be called."""

    def __init__(self, packet: OpOverloadPacket, overload: str) -> None:
        self.overloadpacket = packet
        self.namespace = packet.namespace
        self._overloadname = overload
        self.__name__ = f"{packet.__name__}.{overload}"
        self.__module__ = f"torch._ops.{packet.namespace}"

    def __call__(self, /, *args: Any, **kwargs: Any) -> Any:
        return self.overloadpacket(*args, **kwargs)

    def __str__(self) -> str:
        return f"{self.overloadpacket}.{self._overloadname}"

    def __repr__(self) -> str:
        return f"<OpOverload(op='{self.overloadpacket}', overload='{self._overloadname}')>"

    def name(self) -> str:
        """The name that PyTorch's C++ gives it, such as "aten::add.Tensor"."""
        whole = f"{self.namespace}::{self.overloadpacket.__name__}"
        return whole if self._overloadname == "default" else f"{whole}.{self._overloadname}"


class OpOverloadPacket:
    """An operator, whose overloads are its attributes; called, it finds the overload itself."""

    def __init__(
        self,
        name: str,
        function: Callable[..., Any],
        overloads: Iterable[str],
        namespace: str = "aten",
    ) -> None:
        self.__name__ = name
        self.namespace = namespace
        self._function = function
        self._overloads = tuple(overloads)

    def __call__(self, /, *args: Any, **kwargs: Any) -> Any:
        try:
            return self._function(*args, **kwargs)
        except TypeError as error:  # the library's dispatcher knows one kind of complaint
            raise RuntimeError(
                "Overloaded torch operator invoked from Python failed to match any schema:\n"
                f"{self.namespace}::{self.__name__}(): {error}"
            ) from error

    def __getattr__(self, key: str) -> OpOverload:
        if key.startswith("_") or key not in self._overloads:
            raise AttributeError(f"The underlying op of '{self}' has no overload name '{key}'")
        made = OpOverload(self, key)
        setattr(self, key, made)
        return made

    def overloads(self) -> list[str]:
        """The names of the overloads."""
        return list(self._overloads)

    def __str__(self) -> str:
        return f"{self.namespace}.{self.__name__}"

    def __repr__(self) -> str:
        return f"<OpOverloadPacket(op='{self}')>"
