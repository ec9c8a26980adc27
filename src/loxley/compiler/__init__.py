"""The compiler: recorded plans become native code.  See docs/design/compiler.md.

The package also answers for `torch.compiler`, whose functions stand above modules, in compiling.py.
"""

from __future__ import annotations

from typing import Any

from ..late import Late, by_name, same

_LATE = Late(
    globals(),
    same("limits plan_files plan_keys stages"),
    by_name(
        {
            "assemble": "compile_plan",  # LLVM is loaded with the first plan that is compiled
            "..compiling": (
                "allow_in_graph assume_constant_result compile cudagraph_mark_step_begin disable "
                "is_compiling is_dynamo_compiling is_exporting list_backends reset set_stance"
            ),
        }
    ),
)


def __getattr__(name: str) -> Any:
    return _LATE.find(name)


def __dir__() -> list[str]:
    return _LATE.names()
