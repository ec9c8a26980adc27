"""PyTorch's operator tables: what is recorded in expected.tsv as passing must pass."""

from __future__ import annotations

from typing import Any

import pytest

pytest.importorskip("torch")
pytest.importorskip("expecttest")

from tests.conformance import operator_dtypes, operators  # noqa: E402
from tests.conformance.checks import assert_no_regression, usual  # noqa: E402

TABLES = usual([*operators.tables(), *operator_dtypes.tables()])


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_operator(table: Any, record_property: Any) -> None:
    assert_no_regression(table, record_property)
