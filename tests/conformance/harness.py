"""Run the entries of PyTorch's test tables, each on its own, and hold the results to a record.

In: tables (`Table`): named entries and a check of one entry. Out: one `Result` per entry.
Entries run in worker processes: one that crashes or hangs costs only itself. What passes is
recorded in expected.tsv, what fails in failing.tsv with its reason; `regressions` names entries
that were recorded as passing and do not pass.
"""

from __future__ import annotations

import multiprocessing
import os
import time
import traceback
import warnings
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from pathlib import Path

from tests.conformance import usage

EXPECTED = Path(__file__).with_name("expected.tsv")
FAILING = Path(__file__).with_name("failing.tsv")
TIMEOUT_SECONDS = 60.0


@dataclass(frozen=True)
class Result:
    """What became of one entry: "pass", "fail" or "skip" (PyTorch itself does not run it)."""

    table: str
    entry: str
    status: str
    reason: str = ""
    seconds: float = 0.0


@dataclass(frozen=True)
class Table:
    """A table of entries. `check` returns None or the reason of failure; it may raise.

    `names` gives the public names that an entry tests, `group` the part of the table it belongs to.
    """

    name: str
    title: str
    entries: tuple[str, ...]
    check: Callable[[str], str | None]
    names: Callable[[str], Iterable[str]] | None = None
    group: Callable[[str], str] | None = None


class Skip(Exception):
    """Raised by a check for what PyTorch itself does not run here."""


@dataclass
class _Worker:
    process: multiprocessing.process.BaseProcess
    connection: Connection
    task: tuple[str, str] | None = None
    started: float = 0.0


@dataclass
class _Run:
    tables: dict[str, Table]
    queue: list[tuple[str, str]]
    timeout: float
    results: list[Result] = field(default_factory=list)


def run_entry(table: Table, entry: str) -> Result:
    """Check one entry in this process."""
    start = time.perf_counter()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            reason = table.check(entry)
        status = "pass" if reason is None else "fail"
    except Skip as skip:
        status, reason = "skip", str(skip)
    except Exception as error:
        status, reason = "fail", describe(error)
    seconds = time.perf_counter() - start
    return Result(table.name, entry, status, _one_line(reason or ""), seconds)


def describe(error: BaseException) -> str:
    """An exception as one line: type, message and the last line of the traceback's place."""
    if isinstance(error, AttributeError) and str(error).startswith("missing: "):
        return str(error)
    frames = traceback.extract_tb(error.__traceback__)
    place = f" at {Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else ""
    return f"{type(error).__name__}: {error}{place}"


def _one_line(text: str) -> str:
    return " ".join(text.split())[:400]


def _serve(tables: dict[str, Table], connection: Connection) -> None:
    with open(os.devnull, "w") as sink:
        os.dup2(sink.fileno(), 1)
        os.dup2(sink.fileno(), 2)
    while True:
        try:
            task = connection.recv()
        except EOFError:
            return
        if task is None:
            return
        connection.send(run_entry(tables[task[0]], task[1]))


def _start(run: _Run) -> _Worker:
    context = multiprocessing.get_context("fork")
    here, there = context.Pipe()
    process = context.Process(target=_serve, args=(run.tables, there), daemon=True)
    process.start()
    there.close()
    return _Worker(process, here)


def _assign(run: _Run, worker: _Worker) -> None:
    worker.task = run.queue.pop(0) if run.queue else None
    worker.started = time.perf_counter()
    worker.connection.send(worker.task)


def _lost(run: _Run, worker: _Worker, reason: str) -> _Worker:
    """Record a worker's entry as failed and put a new worker in its place."""
    worker.process.kill()
    worker.process.join()
    worker.connection.close()
    assert worker.task is not None
    seconds = time.perf_counter() - worker.started
    run.results.append(Result(*worker.task, "fail", reason, seconds))
    return _start(run)


def _step(run: _Run, workers: list[_Worker], report: Callable[[Result], None] | None) -> None:
    ready = wait([worker.connection for worker in workers if worker.task], timeout=0.5)
    for index, worker in enumerate(workers):
        if worker.task is None:
            continue
        if worker.connection in ready:
            try:
                run.results.append(worker.connection.recv())
            except (EOFError, ConnectionResetError):
                worker.process.join()
                code = worker.process.exitcode
                worker = workers[index] = _lost(run, worker, f"crashed: exit code {code}")
        elif time.perf_counter() - worker.started > run.timeout:
            reason = f"timeout: more than {run.timeout:.0f} s"
            worker = workers[index] = _lost(run, worker, reason)
        else:
            continue
        if report:
            report(run.results[-1])
        _assign(run, worker)


def run_tables(
    tables: Iterable[Table],
    *,
    jobs: int = 2,
    timeout: float = TIMEOUT_SECONDS,
    only: Callable[[str, str], bool] = lambda table, entry: True,
    report: Callable[[Result], None] | None = None,
) -> list[Result]:
    """All entries of the tables that `only` lets through, sorted by table and entry."""
    by_name = {table.name: table for table in tables}
    queue = [
        (t.name, entry) for t in by_name.values() for entry in t.entries if only(t.name, entry)
    ]
    run = _Run(by_name, queue, timeout)
    workers = [_start(run) for _ in range(max(1, min(jobs, len(queue))))]
    for worker in workers:
        _assign(run, worker)
    while any(worker.task for worker in workers):
        _step(run, workers, report)
    for worker in workers:
        worker.process.join(timeout=5)
        if worker.process.is_alive():
            worker.process.kill()
    return sorted(run.results, key=lambda result: (result.table, result.entry))


# -- the record ---------------------------------------------------------------------------------


def _read(path: Path) -> dict[tuple[str, str], str]:
    if not path.exists():
        return {}
    record = {}
    for line in path.read_text().splitlines():
        table, entry, *reason = line.split("\t")
        record[table, entry] = reason[0] if reason else ""
    return record


def _write(path: Path, record: dict[tuple[str, str], str]) -> None:
    lines = ["\t".join((*key, record[key])).rstrip("\t") for key in sorted(record)]
    path.write_text("".join(line + "\n" for line in lines))


def regressions(results: Iterable[Result]) -> list[Result]:
    """Results that do not pass although they are recorded as passing."""
    expected = _read(EXPECTED)
    return [r for r in results if r.status != "pass" and (r.table, r.entry) in expected]


def unrecorded(results: Iterable[Result]) -> list[Result]:
    """Failures that are in neither record: a new entry has to be recorded by an update."""
    known = _read(EXPECTED).keys() | _read(FAILING).keys()
    return [r for r in results if r.status == "fail" and (r.table, r.entry) not in known]


def newly_passing(results: Iterable[Result]) -> list[Result]:
    """Results that pass although they are recorded as failing: time for an update."""
    failing = _read(FAILING)
    return [r for r in results if r.status == "pass" and (r.table, r.entry) in failing]


def update_record(results: Iterable[Result], *, allow_regressions: bool = False) -> list[Result]:
    """Write both records. An entry that passed stays expected unless regressions are allowed.

    Returns the regressions that were found.
    """
    results = list(results)
    expected, failing = _read(EXPECTED), _read(FAILING)
    lost = regressions(results)
    for result in results:
        key = (result.table, result.entry)
        if result.status == "pass":
            expected[key] = ""
            failing.pop(key, None)
        elif result.status == "skip":
            failing.pop(key, None)
        elif key not in expected or allow_regressions:
            expected.pop(key, None)
            failing[key] = result.reason
    _write(EXPECTED, expected)
    _write(FAILING, failing)
    return lost


def operators_complete() -> str:
    """How many operators are recorded as passing forward and, where there is one, gradient."""
    expected, failing = _read(EXPECTED), _read(FAILING)
    forward = [entry for table, entry in expected if table == "op_forward"]
    whole = [entry for entry in forward if ("op_gradient", entry) not in failing]
    return f"{'op_db forward and gradient, as recorded':<44}{len(whole):>5}"


def summary(results: Iterable[Result], tables: Iterable[Table]) -> list[str]:
    """The table that `make conformance` prints, per table and its groups: passed of total, and the
    share of real code's use of the tested names that the passing entries cover."""
    results = list(results)
    lines = []
    for table in tables:
        own = [r for r in results if r.table == table.name]
        lines += _summary_line(table, table.title, own)
        if table.group:
            groups = dict.fromkeys(table.group(entry) for entry in table.entries)
            for group in groups:
                part = [r for r in own if table.group(r.entry) == group]
                lines += _summary_line(table, f"    {group}", part)
    return lines


def _summary_line(table: Table, title: str, results: list[Result]) -> list[str]:
    own = [r for r in results if r.status != "skip"]
    if not own:
        return []
    passed, skipped = sum(r.status == "pass" for r in own), len(results) - len(own)
    pairs = [(r.entry, r.status == "pass") for r in own]
    covered = usage.share(pairs, table.names) if table.names else None
    use = "" if covered is None else f"{covered:>8.2%} of use"
    aside = f"  ({skipped} not run by PyTorch itself)" if skipped else ""
    return [f"{title:<44}{passed:>5} of {len(own):<5}{use}{aside}"]
