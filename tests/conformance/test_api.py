"""The public names that programs use: those recorded in expected.tsv must be there."""

from __future__ import annotations

from typing import Any

import pytest

pytest.importorskip("torch")

from tests.conformance import api  # noqa: E402
from tests.conformance.checks import assert_no_regression, usual  # noqa: E402


@pytest.mark.parametrize("table", usual(api.tables()), ids=lambda table: table.name)
def test_names(table: Any, record_property: Any) -> None:
    assert_no_regression(table, record_property)
