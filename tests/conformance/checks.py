"""What the tests of the tables share: run one table, record its line, name its regressions."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable

import torch

from tests.conformance import harness
from tests.conformance.registry import DEFAULT_TABLES


def usual(tables: Iterable[harness.Table]) -> list[harness.Table]:
    """Those tables that a conformance run includes."""
    return [table for table in tables if table.name in DEFAULT_TABLES]


def _jobs() -> int:
    """The processes that this test may use beside those of the other workers of the test run."""
    workers = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    return max(1, (os.cpu_count() or 1) // workers)


def assert_no_regression(
    table: harness.Table, record_property: Callable[[str, object], None]
) -> None:
    """Run a table; fail where an entry that is recorded as passing fails, or is not recorded."""
    torch.set_num_threads(1)
    results = harness.run_tables([table], jobs=_jobs())
    position = DEFAULT_TABLES.index(table.name)
    for number, line in enumerate(harness.summary(results, [table])):
        record_property(f"conformance {position:02}.{number:02}", line)
    lost = harness.regressions(results)
    assert not lost, "no longer pass:\n" + _listed(lost)
    unknown = harness.unrecorded(results)
    assert not unknown, "new failures (python -m tests.conformance --update):\n" + _listed(unknown)


def _listed(results: Iterable[harness.Result]) -> str:
    return "\n".join(f"  {result.entry}: {result.reason}" for result in results)
