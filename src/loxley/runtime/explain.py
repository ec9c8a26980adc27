"""`explain(fn, *args)`: what a call recorded, what became of it and why, in numbers and words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from math import prod
from time import perf_counter
from typing import Any, NamedTuple

from .. import compiler
from ..config import config
from ..ir.graph import ITEM, Value, user_line
from . import interpreter
from .differences import line_of, name_of
from .plans import LISTENERS, RUNNERS, PlanEvent


class KernelReport(NamedTuple):
    """One kernel of one run of a plan, or one operator that NumPy carried out in between.

    operators   recorded operators that it computes, with their lines: "add at program.py:3"
    elements    of the frame that it runs over, or of its results
    bytes       read and written, each element once; 0 for NumPy
    operations  about how many, a function like `exp` counting 8; 0 for NumPy
    workers     threads that it is worth
    seconds     of this run, alone
    """

    name: str
    operators: tuple[str, ...]
    elements: int
    bytes: int
    operations: int
    workers: int
    seconds: float


class Explanation:
    """What one call did; printing it gives the report.

    operators  how often each operator was recorded
    bytes      bytes of the results that were recorded
    looks      for every run of pending work: (reason, operators run, seconds, the user's line)
    lines      how many operators each line of the program recorded
    kernels    a `KernelReport` for each kernel that ran
    unfused    why primitives did not join a kernel that they might have joined
    numpy      (operator, reason) of what a compiled plan leaves to NumPy
    """

    def __init__(self) -> None:
        self.operators: Counter[str] = Counter()
        self.lines: Counter[str] = Counter()
        self.bytes = 0
        self.looks: list[tuple[str, int, float, str]] = []
        self.kernels: list[KernelReport] = []
        self.unfused: list[str] = []
        self.numpy: list[tuple[str, str]] = []
        self.seconds = 0.0

    def __str__(self) -> str:
        return "\n".join([*self._recorded(), *self._compiled()])

    __repr__ = __str__

    def _recorded(self) -> Iterator[str]:
        total = sum(self.operators.values())
        size = f"{total} operators with {self.bytes:,} bytes of results"
        yield f"recorded {size} in {self.seconds * 1e3:.2f} ms"
        for name, count in self.operators.most_common():
            yield f"  {count:6} x {name}"
        yield f"ran pending work {len(self.looks)} times"
        for reason, count, seconds, line in self.looks:
            yield f"  {reason}: {count} operators, {seconds * 1e3:.2f} ms, at {line}"
        yield "recorded at"
        for line, count in self.lines.most_common(20):
            yield f"  {count:6} x {line}"

    def _compiled(self) -> Iterator[str]:
        if not self.kernels:
            return
        threads = config.num_threads
        bandwidth, peak = compiler.limits.limits(threads)
        limits = f"{bandwidth / 1e9:.1f} GB/s, {peak / 1e9:.0f} billion operations/s"
        yield f"limits of this machine, {threads} threads: {limits}"
        yield f"ran {len(self.kernels)} kernels"
        for kernel in self.kernels:
            yield f"  {kernel.name}: {_figures(kernel, bandwidth, peak)}"
            yield from (f"      {operator}" for operator in kernel.operators)
        if self.unfused:
            yield "not fused"
            yield from (f"  {text}" for text in self.unfused)
        if self.numpy:
            yield "left to NumPy"
            yield from (f"  {name}: {reason}" for name, reason in self.numpy)


def _figures(kernel: KernelReport, bandwidth: float, peak: float) -> str:
    """Sizes, and the time against the shortest that the limits allow.

    What lies in the caches may be faster than memory.
    """
    text = f"{kernel.seconds * 1e6:.0f} us, {kernel.elements:,} elements"
    if not kernel.bytes:
        return text
    memory, arithmetic = kernel.bytes / bandwidth, kernel.operations / peak
    bound = "memory" if memory >= arithmetic else "arithmetic"
    share = max(memory, arithmetic) / max(kernel.seconds, 1e-9)
    workers = f"{kernel.workers} worker{'s' * (kernel.workers != 1)}"
    sizes = f"{kernel.bytes:,} bytes, {kernel.operations:,} operations, {workers}"
    return f"{text}, {sizes}; {share:.0%} of what {bound} allows"


def explain(function: Callable, *args: Any, **kwargs: Any) -> Explanation:
    """Calls the function and reports what it recorded, when it was run, and by which kernels.

    Plans are compiled at first sight while it runs, unless the compiler is off; kernels run one by
    one, so that each can be timed.
    Source: the design's section on looking inside; in PyTorch, torch._dynamo.explain.
    """
    made = Explanation()
    interpreter.flush()
    previous = config.trace_lines, config.compile
    config.trace_lines = True
    config.compile = "0" if config.compile == "0" else "1"
    started = perf_counter()
    try:
        with _Watch(made):
            function(*args, **kwargs)
            interpreter.flush()
    finally:
        config.trace_lines, config.compile = previous
    made.seconds = perf_counter() - started
    return made


class _Watch(interpreter.Listener):
    """Listens to the interpreter while a call runs."""

    def __init__(self, explanation: Explanation) -> None:
        self.explanation = explanation
        self.seconds: list[float] = []  # of the kernels of the plan that runs

    def __enter__(self) -> None:
        LISTENERS.append(self)
        RUNNERS.append(self.runs)

    def __exit__(self, *exc: object) -> None:
        LISTENERS.remove(self)
        RUNNERS.remove(self.runs)

    def ran(self, reason: str, operators: int, seconds: float) -> None:
        self.explanation.looks.append((reason, operators, seconds, user_line()))

    def computed(self, value: Value, line: str) -> None:
        self._count_operator(value, line)
        self._count_bytes(value)

    def runs(self, compiled: Any, arrays: list) -> list:
        """Runs a plan kernel by kernel."""
        found, self.seconds = compiled.run_timed(arrays)
        return found

    def planned(self, event: PlanEvent) -> None:
        if event.kind != "run":
            return
        nodes, compiled = event.sighting.nodes, event.compiled
        for node in nodes:
            if node.dtype is None:
                self._count_operator(node, line_of(node))
            elif node.op is ITEM:
                self._count_bytes(node)
            else:
                self.computed(node, line_of(node))
        names = [name_of(node) for node in nodes]
        made = self.explanation
        timed = iter(self.seconds)
        for kernel in compiler.stages.kernels(compiled):
            operators = tuple(names[i] for i in kernel.origins)
            figures = kernel.elements, kernel.bytes, kernel.operations, kernel.workers
            made.kernels.append(KernelReport(kernel.name, operators, *figures, next(timed, 0.0)))
        made.unfused += compiler.stages.unfused(compiled, names)
        made.numpy += compiled.reasons

    def _count_operator(self, value: Value, line: str) -> None:
        self.explanation.operators[value.op.name] += 1
        self.explanation.lines[line] += 1

    def _count_bytes(self, value: Value) -> None:
        self.explanation.bytes += prod(value.shape) * value.dtype.itemsize
