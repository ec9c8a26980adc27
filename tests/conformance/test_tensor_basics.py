"""One program of tensor basics, run by PyTorch and by loxley: the same lines come out."""

from __future__ import annotations

import io
from pathlib import Path
from types import ModuleType

import pytest

torch = pytest.importorskip("torch")

import loxley  # noqa: E402
import loxley.nn  # noqa: E402

PROGRAM = Path(__file__).with_name("tensor_basics.py")


def lines_of(module: ModuleType) -> list[str]:
    out = io.StringIO()

    def show(*values: object) -> None:
        print(*values, file=out)

    def tell(function) -> None:
        try:
            show(function())
        except Exception as error:
            show(type(error).__name__, str(error)[:120])

    names = {"torch": module, "show": show, "tell": tell, "__name__": "tensor_basics"}
    exec(compile(PROGRAM.read_text(), PROGRAM, "exec"), names)
    return out.getvalue().splitlines()


@pytest.mark.filterwarnings("ignore")
def test_same_lines() -> None:
    assert lines_of(loxley) == lines_of(torch)
