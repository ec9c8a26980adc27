"""`aten.X`: the operators of TorchScript, to be called by the library's own functions for it."""

from __future__ import annotations

from collections.abc import Callable

from .operators import aten as _operator


class _Aten:
    """Operators by name."""

    def __getattr__(self, name: str) -> Callable:
        return _operator(name)


aten = _Aten()
