"""What a package loads when it is first asked for: what stands behind `__getattr__` (PEP 562).

In: a package's namespace and two tables.  Out: the object behind a name, put into the namespace, so
that it is looked for once.  Imports still stand at the top of each module; a package says here
which of its modules a program may never need.
"""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from types import ModuleType
from typing import Any


class Late:
    """The late names of a package: `modules` {name: module}, `brought` {name: module that has it}.

    Modules are told as seen from the package ("io.serialization"; "..compiling" for one beside it).
    """

    def __init__(
        self, room: dict[str, Any], modules: Mapping[str, str], brought: Mapping[str, str]
    ) -> None:
        self.room, self.modules, self.brought = room, modules, brought

    def find(self, name: str) -> Any:
        """The object of that name; AttributeError, named as PyTorch's module, where there is none.

        >>> Late({"__package__": "loxley.utils"}, {}, {}).find("nothing")
        Traceback (most recent call last):
        AttributeError: module 'torch.utils' has no attribute 'nothing' (loxley does not have it)
        """
        package = self.room["__package__"]
        if name in self.modules:
            found: Any = load(_relative(self.modules[name]), package)
        elif name in self.brought:
            found = getattr(load(_relative(self.brought[name]), package), name)
        else:
            told = "torch" + package.removeprefix("loxley")
            raise AttributeError(
                f"module '{told}' has no attribute '{name}' (loxley does not have it)"
            )
        self.room[name] = found
        return found

    def names(self) -> list[str]:
        """What `dir` tells: what is there and what will be."""
        return sorted({*self.room, *self.modules, *self.brought})


def load(module: str, package: str | None) -> ModuleType:
    """The module of that name, relative to the package."""
    return importlib.import_module(module, package)


def _relative(module: str) -> str:
    return module if module.startswith(".") else f".{module}"


def same(names: str) -> dict[str, str]:
    """The table of modules that are called as their files are: {name: name}."""
    return {name: name for name in names.split()}


def by_name(names_of: Mapping[str, str]) -> dict[str, str]:
    """{name: module} from {module: "its names"}."""
    return {name: module for module, names in names_of.items() for name in names.split()}
