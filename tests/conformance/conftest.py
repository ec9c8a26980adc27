"""Print the conformance tables at the end of a run, whichever worker made them."""

from __future__ import annotations

from typing import Any

from tests.conformance.harness import operators_complete


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """The lines that the tests of the tables recorded, in the order of the tables."""
    lines: dict[str, str] = {}
    for reports in terminalreporter.stats.values():
        for report in reports:
            for name, value in getattr(report, "user_properties", ()):
                if name.startswith("conformance "):
                    lines[name] = value
    if lines:
        terminalreporter.section("conformance with PyTorch: passed of total")
        for name in sorted(lines):
            terminalreporter.write_line(lines[name])
        terminalreporter.write_line(operators_complete())
