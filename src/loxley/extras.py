"""Optional third-party packages: imported where they are first needed, or an error that names
the extra that brings them."""

from __future__ import annotations

import importlib
from types import ModuleType


class MissingExtra(ImportError):
    """A package of an optional feature is not installed."""


def load_extra(module: str, extra: str) -> ModuleType:
    """Imports `module`; raises MissingExtra naming `extra` where it is not installed."""
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as error:
        package = module.partition(".")[0]
        if error.name != package:
            raise
        raise MissingExtra(
            f"this needs the package '{package}'; install it with: pip install 'loxley[{extra}]'",
            name=package,
        ) from None
