"""The calls of tests/nn_functional, live: both packages show the same."""

from __future__ import annotations

import pytest

torch = pytest.importorskip("torch")

import loxley  # noqa: E402
import loxley.nn  # noqa: E402
from tests.nn.running import close, run  # noqa: E402
from tests.nn_functional.cases import CASES  # noqa: E402


@pytest.mark.parametrize("call", CASES)
def test_shows_what_pytorch_shows(call: str) -> None:
    shown, expected = run(CASES[call], loxley), run(CASES[call], torch)
    assert close(shown, expected), f"\nPyTorch: {expected}\nloxley:  {shown}"
