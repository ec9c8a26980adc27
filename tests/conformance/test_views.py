"""The recorded outcomes of views and indexing are those of the PyTorch that is installed."""

from __future__ import annotations

import json

import pytest

from tests.tensor.outcomes import RECORD, outcomes

torch = pytest.importorskip("torch")


def test_the_record_is_pytorchs() -> None:
    assert outcomes(torch) == json.loads(RECORD.read_text())
