"""Traced graphs, their printed forms, generated code and changes are PyTorch's."""

from __future__ import annotations

from collections.abc import Callable

import pytest

import loxley
from tests.conformance.fx_programs import PROGRAMS

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.filterwarnings("ignore")


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda p: p.__name__)
def test_as_pytorch(program: Callable) -> None:
    expected, actual = program(torch), program(loxley)
    for want, got in zip(expected, actual):
        assert got == want
    assert len(expected) == len(actual)
