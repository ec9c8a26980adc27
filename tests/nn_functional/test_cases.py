"""Functions of networks show what PyTorch 2.13.0 was recorded to show."""

from __future__ import annotations

import pytest

import loxley
import loxley.nn
from tests.nn.running import close, run

from .cases import CASES, recorded

RECORDED = recorded()


@pytest.mark.parametrize("call", CASES)
def test_shows_what_pytorch_showed(call: str) -> None:
    shown, expected = run(CASES[call], loxley), RECORDED[call]
    assert close(shown, expected), f"\nPyTorch: {expected}\nloxley:  {shown}"
