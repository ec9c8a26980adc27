"""`explain(fn, *args)`: what a call recorded, what was run and why, in numbers and in words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from math import prod
from time import perf_counter
from typing import Any

from ..config import config
from ..ir.graph import Value, user_line
from . import interpreter


class Explanation:
    """What one call did; printing it gives the report.

    operators  how often each operator was recorded
    bytes      bytes of the results that were recorded
    looks      for every run of pending work: (reason, operators run, seconds, the user's line)
    lines      how many operators each line of the program recorded
    """

    def __init__(self) -> None:
        self.operators: Counter[str] = Counter()
        self.lines: Counter[str] = Counter()
        self.bytes = 0
        self.looks: list[tuple[str, int, float, str]] = []
        self.seconds = 0.0

    def __str__(self) -> str:
        total = sum(self.operators.values())
        text = [
            f"recorded {total} operators with {self.bytes:,} bytes of results in "
            f"{self.seconds * 1e3:.2f} ms"
        ]
        text += [f"  {count:6} x {name}" for name, count in self.operators.most_common()]
        text.append(f"ran pending work {len(self.looks)} times")
        text += [
            f"  {reason}: {count} operators, {seconds * 1e3:.2f} ms, at {line}"
            for reason, count, seconds, line in self.looks
        ]
        text.append("recorded at")
        text += [f"  {count:6} x {line}" for line, count in self.lines.most_common(20)]
        return "\n".join(text)

    __repr__ = __str__


def explain(function: Callable, *args: Any, **kwargs: Any) -> Explanation:
    """Calls the function and reports what it recorded and when it was run.

    Source: the design's section on looking inside; in PyTorch, torch._dynamo.explain.
    """
    made = Explanation()
    interpreter.flush()
    started = perf_counter()
    previous_lines, config.trace_lines = config.trace_lines, True
    with _Watch(made):
        function(*args, **kwargs)
        interpreter.flush()
    config.trace_lines = previous_lines
    made.seconds = perf_counter() - started
    return made


class _Watch(interpreter.Listener):
    """Listens to the interpreter while a call runs."""

    def __init__(self, explanation: Explanation) -> None:
        self.explanation = explanation

    def __enter__(self) -> None:
        interpreter.LISTENERS.append(self)

    def __exit__(self, *exc: object) -> None:
        interpreter.LISTENERS.remove(self)

    def ran(self, reason: str, operators: int, seconds: float) -> None:
        self.explanation.looks.append((reason, operators, seconds, user_line()))

    def computed(self, value: Value, line: str) -> None:
        made = self.explanation
        made.operators[value.op.name] += 1
        made.lines[line] += 1
        made.bytes += prod(value.shape) * value.dtype.itemsize
