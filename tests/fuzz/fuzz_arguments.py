"""Differential fuzzing of arguments: random calls of PyTorch's operator table on both sides.

    python -m tests.fuzz.fuzz_arguments --programs 20000 --seed 0 --jobs 2
    python -m tests.fuzz.fuzz_arguments --only 4711        the call of one seed, with what differs
    python -m tests.fuzz.fuzz_arguments --entries add linalg.inv --programs 50000

Compared are whether a call is accepted, the type of the exception, and shapes, dtypes and values of
results and of the arguments afterwards. Calls run in worker processes; where one crashes or hangs,
PyTorch's side is run alone to tell whose fault it is. A call is made from its seed alone.
`excluded_calls.tsv` names calls that are not compared, with the reason.
"""

from __future__ import annotations

import argparse
import copy
import functools
import re
import resource
import sys
import time
import warnings
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import torch

from tests.bridge import Unconvertible
from tests.conformance import operators as ops
from tests.conformance.compare import declared_tolerance, difference
from tests.conformance.harness import Result, Table, describe, run_tables
from tests.conformance.nearness import EXACT
from tests.fuzz.arguments import ENTRIES, Call, generate

CALL_SECONDS = 20.0
MEMORY = 8 << 30
EXCLUDED = Path(__file__).with_name("excluded_calls.tsv")
OUT_OF_MEMORY = ("can't allocate memory", "Storage size calculation overflowed", "out of memory")


class _Sample:
    """A call in the form in which the tables' checks take samples."""

    def __init__(self, call: Call, process: Any):
        self.input, self.args, self.kwargs = call.args[0], tuple(call.args[1:]), call.kwargs
        self.output_process_fn_grad = process


@functools.cache
def _exclusions() -> list[tuple[re.Pattern[str], str]]:
    """Pattern of the call's text, reason."""
    lines = EXCLUDED.read_text().splitlines()
    rows = [line.split("\t") for line in lines if line and not line.startswith("#")]
    return [(re.compile(row[0]), row[1]) for row in rows]


def _prepare() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, resource.RLIM_INFINITY))
    torch.set_num_threads(1)
    warnings.simplefilter("ignore")


def _call(seed: int) -> Call:
    call = generate(seed)
    for pattern, reason in _exclusions():
        if pattern.match(str(call)):
            raise ops.Skip(f"excluded: {reason}")
    return call


def _run_here(call: Call) -> tuple[Any, Exception | None]:
    return ops._run(ops._seeded(torch, call.function), *call.args, **call.kwargs)


def _run_there(call: Call, args: list[Any], kwargs: dict[str, Any]) -> Any:
    """Call the target and wait for the values."""
    swapper = ops._swapper()
    if call.form in ("function", "out"):
        counterpart = ops._counterpart(ops.ENTRIES[call.entry])
    else:
        counterpart = swapper.swap(call.function)
    result, error = ops._run(ops._seeded(swapper.target, counterpart), *args, **kwargs)
    if error is None:
        for tensor in ops._tensors([result, args, kwargs]):
            _, error = ops._run(swapper.bridge.back, tensor)
            if error is not None:
                break
    return result, error


def _errors(error: Exception | None, raised: Exception | None) -> str | None:
    """What differs between two outcomes of which one at least is an exception."""
    if error is None:
        assert raised is not None
        return f"refused: {describe(raised)}"
    if any(text in str(error) for text in OUT_OF_MEMORY):
        raise ops.Skip("how much memory there is")
    if raised is None:
        return f"accepted: PyTorch raises {type(error).__name__}: {str(error)[:120]}"
    if isinstance(raised, MemoryError):
        raise ops.Skip("how much memory there is")
    found = ops._same_error(error, raised)
    return f"type: {found}" if found else None


def _values(call: Call, expected: Any, actual: Any, memo: dict[Any, Any]) -> str | None:
    """What differs between two results and the arguments afterwards."""
    op, swapper = ops.ENTRIES[call.entry], ops._swapper()
    sample = _Sample(call, lambda value: value)
    dtypes = {t.dtype for t in ops._tensors(expected)}
    tolerance = {dtype: declared_tolerance(op.decorators, dtype) for dtype in dtypes}
    if op.name in ops._UNINITIALIZED:
        found = difference(ops._strip(expected), ops._strip(actual))
        return f"value: {found}" if found else None
    found = difference(expected, swapper.bridge.back(actual), tolerance)
    if found and op.name in ops._GAUGE:
        raise ops.Skip("factors are unique up to signs only")
    rounded = [dtype for dtype in dtypes if dtype in EXACT]
    if found and rounded and call.form != "in place":
        justified = ops._justified(op, sample, expected, actual, rounded[0])
        found = None if justified else found
    found = found or ops._changed(memo)
    if found:
        return f"value: {found}"
    flags = [[t.requires_grad for t in ops._tensors(side)] for side in (expected, actual)]
    return f"requires_grad: {flags[0]}, got {flags[1]}" if flags[0] != flags[1] else None


def outcome(call: Call) -> str | None:
    """What differs between the two sides, or None."""
    memo: dict[Any, Any] = {}
    bridge = ops._swapper().bridge
    try:
        args, out = bridge.forward(call.args, memo), call.kwargs.pop("out", None)
        kwargs = bridge.forward(call.kwargs, memo)
        if out is not None:  # copied, as PyTorch can't resize what NumPy has looked at
            call.kwargs["out"], kwargs["out"] = copy.deepcopy(out), bridge.forward(out)
    except Unconvertible as reason:
        raise ops.Skip(str(reason)) from None
    shown = str(call)
    expected, error = _run_here(call)
    actual, raised = _run_there(call, args, kwargs)
    if error is not None or raised is not None:
        found = _errors(error, raised)
    else:
        found = _values(call, expected, actual, memo)
    return f"{found} for {shown}" if found else None


def _check(entry: str) -> str | None:
    _prepare()
    return outcome(_call(int(entry)))


def _check_pytorch(entry: str) -> str | None:
    _prepare()
    _run_here(_call(int(entry)))
    return None


def run(seeds: Iterable[int], *, jobs: int = 1, seconds: float = CALL_SECONDS) -> list[Result]:
    """The results of all seeds; crashes and hangs are attributed to a side."""
    ordered = sorted(seeds, key=lambda seed: (seed % len(ENTRIES), seed))
    ops._swapper()
    table = Table("arguments", "random arguments", tuple(map(str, ordered)), _check)
    results = run_tables([table], jobs=jobs, timeout=seconds)
    lost = {r.entry for r in results if r.reason.startswith(("crashed", "timeout"))}
    alone = Table("pytorch", "PyTorch alone", tuple(sorted(lost)), _check_pytorch)
    theirs = {r.entry for r in run_tables([alone], jobs=jobs, timeout=seconds) if r.reason}
    return [
        Result(r.table, r.entry, "skip", f"PyTorch itself {r.reason}") if r.entry in theirs else r
        for r in sorted(results, key=lambda result: int(result.entry))
    ]


def _cause(result: Result) -> str:
    """What findings of one cause have in common: kind, entry, message without its numbers."""
    kind = result.reason.split(":")[0]
    text = re.sub(r"[-\d.]+(e[+-]?\d+)?", "#", result.reason.split(" for ")[0])
    return f"{kind} | {ENTRIES[int(result.entry) % len(ENTRIES)]} | {text[:90]}"


def _arguments(argv: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz.fuzz_arguments")
    parser.add_argument("--programs", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=0, help="the first call's seed")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--entries", nargs="*", help="calls of these entries only")
    parser.add_argument("--causes", action="store_true", help="group what differs by cause")
    parser.add_argument("--only", type=int, help="run the call of this seed in this process")
    return parser.parse_args(argv)


def _show_one(seed: int) -> int:
    _prepare()
    try:
        print(call := _call(seed))
        found = outcome(call)
    except ops.Skip as skip:
        print(f"not compared: {skip}")
        return 0
    print(found or "no difference")
    return found is not None


def main(argv: list[str] | None = None) -> int:
    """Run the fuzzer; the exit status is 1 where a call differs."""
    options = _arguments(argv)
    if options.only is not None:
        return _show_one(options.only)
    start = time.monotonic()
    seeds = range(options.seed, options.seed + options.programs)
    chosen = [
        s for s in seeds if not options.entries or ENTRIES[s % len(ENTRIES)] in options.entries
    ]
    results = run(chosen, jobs=options.jobs)
    failed = [r for r in results if r.status == "fail"]
    if options.causes:
        for cause, count in Counter(map(_cause, failed)).most_common():
            print(f"{count:5} {cause}")
    else:
        for result in failed:
            print(f"# seed {result.entry}: {result.reason}")
    skipped = Counter(r.reason.split(":")[0] for r in results if r.status == "skip")
    kinds = Counter(r.reason.split(":")[0] for r in failed)
    print(f"{len(results)} calls, {len(failed)} differ, {time.monotonic() - start:.0f} s")
    print("differ:", dict(kinds), "\nnot compared:", dict(skipped.most_common(12)))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
