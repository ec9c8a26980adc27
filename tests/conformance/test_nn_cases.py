"""The cases of tests/nn, live: both packages show the same."""

from __future__ import annotations

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("torch.nn.utils.prune")

import loxley  # noqa: E402
import loxley.nn  # noqa: E402
from tests.nn.cases import CASES  # noqa: E402
from tests.nn.running import close, run  # noqa: E402


@pytest.mark.parametrize("name", CASES)
def test_shows_what_pytorch_shows(name: str) -> None:
    shown, expected = run(CASES[name], loxley), run(CASES[name], torch)
    assert close(shown, expected), f"\nPyTorch: {expected}\nloxley:  {shown}"
