"""Differential fuzzing of views, in-place writes and backward passes against PyTorch.

    python -m tests.fuzz.fuzz_views --programs 20000 --seed 0 --jobs 2
    python -m tests.fuzz.fuzz_views --only 4711        the program of one seed, with what differs

Each program is made from its own seed, so that a run is the same on every machine; a failing
program is shrunk and printed as a script.
"""

from __future__ import annotations

import argparse
import multiprocessing
import signal
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import torch

from tests.bridge import load_target
from tests.fuzz.execute import Failure, execute
from tests.fuzz.programs import generate
from tests.fuzz.shrink import as_script, shrink

PROGRAM_SECONDS = 30


@dataclass(frozen=True)
class Finding:
    """A failing program: its seed, the shrunk statements, and what differs."""

    seed: int
    lines: list[str]
    failure: str

    def __str__(self) -> str:
        return f"# seed {self.seed}: {self.failure}\n{as_script(self.lines)}\n"


def _expired(number: int, frame: Any) -> None:
    raise TimeoutError(f"the program ran longer than {PROGRAM_SECONDS} s")


def _outcome(lines: list[str], messages: bool) -> Failure | str | None:
    try:
        return execute(lines, load_target(), messages=messages)
    except Exception as error:
        return f"{type(error).__name__}: {error}"


def _kind(failure: Failure | str) -> str:
    """What must stay the same while a program is shrunk."""
    if isinstance(failure, str):
        return failure.split(":")[0]
    return failure.what.split(".")[-1] if failure.what == "error" else "values"


def check(seed: int, length: int = 18, messages: bool = True) -> Finding | None:
    """Generate, run and, where it fails, shrink the program of one seed."""
    signal.signal(signal.SIGALRM, _expired)
    signal.alarm(PROGRAM_SECONDS)
    lines: list[str] = []
    try:
        lines = generate(seed, length)
        failure = _outcome(lines, messages)
        if failure is None:
            return None
        kind = _kind(failure)

        def fails(shorter: list[str]) -> bool:
            other = _outcome(shorter, messages)
            return other is not None and _kind(other) == kind

        lines = shrink(lines, fails)
        return Finding(seed, lines, str(_outcome(lines, messages)))
    except TimeoutError as error:
        return Finding(seed, lines, str(error))
    finally:
        signal.alarm(0)


def _check_packed(arguments: tuple[int, int, bool]) -> tuple[int, Finding | None]:
    return arguments[0], check(*arguments)


def _prepare() -> None:
    torch.set_num_threads(1)
    load_target()


def run(
    seeds: range, *, jobs: int = 1, length: int = 18, messages: bool = True
) -> Iterator[tuple[int, Finding | None]]:
    """Check the programs of all seeds, in order."""
    work = ((seed, length, messages) for seed in seeds)
    if jobs == 1:
        _prepare()
        yield from map(_check_packed, work)
        return
    with multiprocessing.get_context("fork").Pool(jobs, _prepare) as pool:
        yield from pool.imap(_check_packed, work, chunksize=20)


def _arguments(argv: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz.fuzz_views")
    parser.add_argument("--programs", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=0, help="the first program's seed")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--length", type=int, default=18, help="statements in a program")
    parser.add_argument("--seconds", type=float, help="stop after so long")
    parser.add_argument("--failures", type=int, default=20, help="stop after so many")
    parser.add_argument("--loose", action="store_true", help="compare types of errors only")
    parser.add_argument("--only", type=int, help="run the program of this seed, print all of it")
    return parser.parse_args(argv)


def _show_one(options: argparse.Namespace) -> int:
    _prepare()
    lines = generate(options.only, options.length)
    print("\n".join(f"{number:3} {line}" for number, line in enumerate(lines, 1)))
    failure = _outcome(lines, not options.loose)
    print(failure or "no difference")
    return failure is not None


def main(argv: list[str] | None = None) -> int:
    """Run the fuzzer; the exit status is 1 where a program differs."""
    options = _arguments(argv)
    if options.only is not None:
        return _show_one(options)
    start, done, found = time.monotonic(), 0, 0
    seeds = range(options.seed, options.seed + options.programs)
    settings = {"jobs": options.jobs, "length": options.length, "messages": not options.loose}
    for _, finding in run(seeds, **settings):
        done += 1
        if finding:
            found += 1
            print(finding, flush=True)
        over = options.seconds and time.monotonic() - start > options.seconds
        if over or found >= options.failures:
            break
    print(f"{done} programs, {found} failures, {time.monotonic() - start:.0f} s")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
