"""`torch.return_types`: tuples with named fields that print as PyTorch prints them."""

from __future__ import annotations

from collections import namedtuple
from types import SimpleNamespace
from typing import Any

return_types = SimpleNamespace()


def return_type(name: str, *fields: str) -> Any:
    """The class `torch.return_types.name`, registered under that name.

    >>> return_type("frexp", "mantissa", "exponent")(1, 2).exponent
    2
    """
    base = namedtuple(name, fields)

    def show(self: Any) -> str:
        parts = ",\n".join(f"{field}={value!r}" for field, value in zip(fields, self))
        return f"torch.return_types.{name}(\n{parts})"

    namespace = {"__slots__": (), "__repr__": show, "__module__": "torch.return_types"}
    made = type(name, (base,), namespace)
    setattr(return_types, name, made)
    return made
