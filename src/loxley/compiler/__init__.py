"""The compiler: recorded plans become native code.  See docs/design/compiler.md.

The package also answers for `torch.compiler`, whose functions stand above modules, in compiling.py.
"""

from __future__ import annotations

import importlib
from typing import Any

_PUBLIC = frozenset(
    "allow_in_graph assume_constant_result compile cudagraph_mark_step_begin disable is_compiling "
    "is_dynamo_compiling is_exporting list_backends reset set_stance".split()
)


def __getattr__(name: str) -> Any:
    if name == "compile_plan":  # LLVM is loaded with the first plan that is compiled
        return importlib.import_module(".assemble", __name__).compile_plan
    if name in ("stages", "limits", "plan_files", "plan_keys"):
        return importlib.import_module("." + name, __name__)
    if name in _PUBLIC:
        return getattr(importlib.import_module("..compiling", __name__), name)
    raise AttributeError(
        f"module 'torch.compiler' has no attribute '{name}' (loxley does not have it)"
    )


def __dir__() -> list[str]:
    return sorted({*globals(), *_PUBLIC})
