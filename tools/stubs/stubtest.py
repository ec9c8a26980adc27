"""mypy's own comparison of the stubs with the running package: `python -m tools.stubs.stubtest`.

What the decorators know and `inspect` doesn't is told first: `out=`, and that a method's first
parameter is `self`.  Functions with hand-written forms are left to `tools.stubs.compare`.
"""

from __future__ import annotations

import inspect
import sys
import tempfile
from pathlib import Path
from types import FunctionType
from typing import Any

from .compare import SOURCE
from .forms import FORMS
from .signatures import takes_out

MODULES = ("loxley.tensor.tensor", "loxley.special", "loxley.fft", "loxley.linalg")
# What is only there for checkers, and private members that have a value in instances alone.
_LEFT = r"loxley\.tensor\.tensor\.(_T|Counter.*|Tensor\._.*|Tensor\.T)"


def main() -> int:
    sys.path.insert(0, str(SOURCE))
    from mypy import stubtest

    import loxley  # noqa: F401
    import loxley.fft
    import loxley.linalg
    import loxley.nn  # noqa: F401
    import loxley.special
    from loxley.tensor import rare

    rare.load_all()
    for room in (loxley.special, loxley.fft, loxley.linalg):
        for function in vars(room).values():
            _tell_out(function)
    for value in list(vars(loxley.Tensor).values()):
        if isinstance(value, FunctionType):
            _tell_self(value)
    with tempfile.TemporaryDirectory() as folder:
        settings, left = Path(folder, "settings.ini"), Path(folder, "left.txt")
        settings.write_text("[mypy]\nignore_missing_imports = True\nfollow_imports = silent\n")
        names = "|".join(sorted({name.rpartition(".")[2] for name in FORMS}))
        left.write_text(rf"loxley\.(\w+\.)*(Tensor\.)?({names})_?" + f"\n{_LEFT}\n")
        options = ["--concise", "--ignore-missing-stub", "--ignore-unused-allowlist"]
        options += ["--mypy-config-file", str(settings), "--allowlist", str(left)]
        return stubtest.test_stubs(stubtest.parse_options([*MODULES, *options]))


def _tell_out(function: Any) -> None:
    if isinstance(function, FunctionType) and takes_out(function):
        known = inspect.signature(function)
        out = inspect.Parameter("out", inspect.Parameter.KEYWORD_ONLY, default=None)
        if "out" in known.parameters:
            return
        given = [*known.parameters.values(), out]
        function.__signature__ = known.replace(parameters=given)  # type: ignore[attr-defined]


def _tell_self(function: Any) -> None:
    known = inspect.signature(function)
    given = list(known.parameters.values())
    if given and given[0].kind is inspect.Parameter.POSITIONAL_OR_KEYWORD:
        given[0] = given[0].replace(name="self")
        function.__signature__ = known.replace(parameters=given)


if __name__ == "__main__":
    sys.exit(main())
