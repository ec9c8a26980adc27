"""Modules, hooks, state dicts and utilities show what PyTorch 2.13.0 was recorded to show."""

from __future__ import annotations

import pytest

import loxley
import loxley.nn

from .cases import CASES, recorded
from .running import close, run

RECORDED = recorded()


@pytest.mark.parametrize("name", CASES)
def test_shows_what_pytorch_showed(name: str) -> None:
    shown, expected = run(CASES[name], loxley), RECORDED[name]
    assert close(shown, expected), f"\nPyTorch: {expected}\nloxley:  {shown}"
