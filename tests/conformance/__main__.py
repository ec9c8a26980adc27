"""Run conformance tables by hand: `python -m tests.conformance [options] [entries]`.

python -m tests.conformance                       all default tables, a summary at the end
python -m tests.conformance add linalg.inv -v     these entries in all tables, with reasons
python -m tests.conformance -t op_forward --failing
python -m tests.conformance --update              rewrite expected.tsv and failing.tsv
python -m tests.conformance --debug add           in this process, with the full traceback
"""

from __future__ import annotations

import argparse
import os
import re
import sys

import torch

from tests.conformance import harness
from tests.conformance.registry import DEFAULT_TABLES, all_tables


def _arguments(argv: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.conformance")
    parser.add_argument("entries", nargs="*", help="entries, exact or as /regex/")
    parser.add_argument("-t", "--table", action="append", help="tables to run (default: all usual)")
    parser.add_argument("-j", "--jobs", type=int, default=min(2, os.cpu_count() or 1))
    parser.add_argument("-v", "--verbose", action="store_true", help="print every result")
    parser.add_argument("--failing", action="store_true", help="print the failures")
    parser.add_argument("--timeout", type=float, default=harness.TIMEOUT_SECONDS)
    parser.add_argument("--slow", type=float, help="print entries that took longer, in seconds")
    parser.add_argument("--update", action="store_true", help="rewrite the records")
    parser.add_argument("--allow-regressions", action="store_true")
    parser.add_argument("--list", action="store_true", help="list the tables")
    parser.add_argument("--debug", action="store_true", help="no workers, no caught exceptions")
    return parser.parse_args(argv)


def _selects(patterns: list[str], entry: str) -> bool:
    for pattern in patterns:
        if pattern.startswith("/") and pattern.endswith("/"):
            if re.search(pattern[1:-1], entry):
                return True
        elif pattern in (entry, entry.split("@")[0], re.split("[:@]", entry)[0]):
            return True
    return not patterns


def _debug(tables: list[harness.Table], patterns: list[str]) -> int:
    for table in tables:
        for entry in filter(lambda name: _selects(patterns, name), table.entries):
            try:
                print(table.name, entry, table.check(entry) or "pass")
            except harness.Skip as skip:
                print(table.name, entry, f"skip: {skip}")
    return 0


def _show(result: harness.Result) -> None:
    print(f"{result.table:<12} {result.status:<5} {result.entry:<36} {result.reason}", flush=True)


def main(argv: list[str] | None = None) -> int:
    """Run the tables; the exit status is 1 after a regression."""
    options = _arguments(argv)
    torch.set_num_threads(1)
    tables = [t for t in all_tables() if t.name in (options.table or DEFAULT_TABLES)]
    if options.list:
        print("\n".join(f"{t.name:<16}{len(t.entries):>5}  {t.title}" for t in all_tables()))
        return 0
    if options.debug:
        return _debug(tables, options.entries)
    results = harness.run_tables(
        tables,
        jobs=options.jobs,
        timeout=options.timeout,
        only=lambda table, entry: _selects(options.entries, entry),
        report=_show if options.verbose else None,
    )
    return _finish(options, tables, results)


def _finish(
    options: argparse.Namespace, tables: list[harness.Table], results: list[harness.Result]
) -> int:
    for result in results:
        if options.failing and result.status == "fail":
            _show(result)
        if options.slow and result.seconds > options.slow:
            print(f"{result.seconds:6.1f} s  {result.table} {result.entry}")
    lost = harness.regressions(results)
    if options.update:
        harness.update_record(results, allow_regressions=options.allow_regressions)
    print("\n".join([*harness.summary(results, tables), harness.operators_complete()]))
    for result in lost:
        print(f"REGRESSION {result.table} {result.entry}: {result.reason}")
    return 1 if lost and not options.allow_regressions else 0


if __name__ == "__main__":
    sys.exit(main())
