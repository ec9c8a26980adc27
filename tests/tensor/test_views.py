"""Views, indexing, joining: values, layouts, grad_fn names, messages as PyTorch 2.13 has them."""

from __future__ import annotations

import json

import pytest

import loxley
from tests.tensor.outcomes import CASES, RECORD, outcome

RECORDED = json.loads(RECORD.read_text())


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("case", CASES)
def test_case_has_the_recorded_outcome(case: str) -> None:
    assert outcome(loxley, case) == RECORDED[case]
