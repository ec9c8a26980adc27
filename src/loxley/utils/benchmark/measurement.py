"""What a timer found: times of repeated runs, their statistics, and how they are printed.

Source: https://docs.pytorch.org/docs/stable/benchmark_utils.html
"""

from __future__ import annotations

import math
import textwrap
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

_UNITS = {"ns": "nanosecond", "us": "microsecond", "ms": "millisecond", "s": "second"}
_UNSTEADY, _VERY_UNSTEADY = 0.1, 0.25  # interquartile ranges, as parts of the median


def unit_to_english(u: str) -> str:
    """ "nanosecond" for "ns" and so on."""
    return _UNITS[u]


def select_unit(t: float) -> tuple[str, float]:
    """The unit in which a time is printed, and its seconds."""
    unit = {-3: "ns", -2: "us", -1: "ms"}.get(int(math.log10(t) // 3) if t > 0 else -3, "s")
    return unit, {"ns": 1e-9, "us": 1e-6, "ms": 1e-3, "s": 1.0}[unit]


def trim_sigfig(x: float, n: int) -> float:
    """`x` with `n` significant digits."""
    magnitude = math.ceil(math.log10(abs(x))) if x else 0
    scale = 10 ** (magnitude - n)
    return float(round(x / scale) * scale)


@dataclass(frozen=True)
class TaskSpec:
    """What was timed, and how it is to be called in tables."""

    stmt: str
    setup: str
    global_setup: str = ""
    label: str | None = None
    sub_label: str | None = None
    description: str | None = None
    env: str | None = None
    num_threads: int = 1

    @property
    def title(self) -> str:
        """The first line of what is printed."""
        if self.label is not None:
            return self.label + (f": {self.sub_label}" if self.sub_label else "")
        if "\n" not in self.stmt:
            return self.stmt + (f": {self.sub_label}" if self.sub_label else "")
        return (
            f"stmt:{f' ({self.sub_label})' if self.sub_label else ''}\n"
            f"{textwrap.indent(self.stmt, '  ')}"
        )

    def setup_str(self) -> str:
        """The setup as it is printed; empty where there is none."""
        if self.setup == "pass" or not self.setup:
            return ""
        if "\n" in self.setup:
            return f"setup:\n{textwrap.indent(self.setup, '  ')}"
        return f"setup: {self.setup}"

    def summarize(self) -> str:
        """Title, description and setup, line by line."""
        parts = [self.title, self.description or "", self.setup_str()]
        return "\n".join(f"{part}\n" if "\n" in part else part for part in parts if part)


@dataclass(init=True, repr=False, eq=False)
class Measurement:
    """Seconds that `number_per_run` runs took, once per entry of `raw_times`.

    Source: torch.utils.benchmark.Measurement.
    """

    number_per_run: int
    raw_times: list[float]
    task_spec: TaskSpec
    metadata: dict[Any, Any] | None = field(default=None)

    def __getattr__(self, name: str) -> Any:
        if name not in TaskSpec.__dataclass_fields__:
            raise AttributeError(name)
        return getattr(self.task_spec, name)

    @property
    def times(self) -> list[float]:
        """Seconds of one run."""
        return [time / self.number_per_run for time in self.raw_times]

    @property
    def mean(self) -> float:
        """The mean of the times."""
        return float(np.mean(self.times))

    @property
    def median(self) -> float:
        """The median of the times."""
        return float(np.median(self.times))

    @property
    def iqr(self) -> float:
        """The distance of the quartiles."""
        low, high = np.quantile(self.times, [0.25, 0.75])
        return float(high - low)

    @property
    def has_warnings(self) -> bool:
        """Whether the times vary too much to be trusted."""
        return not self.meets_confidence()

    def meets_confidence(self, threshold: float = _UNSTEADY) -> bool:
        """Whether the quartiles lie within this part of the median."""
        return self.iqr / self.median < threshold

    @property
    def title(self) -> str:
        """The first line of what is printed."""
        return self.task_spec.title

    @property
    def env(self) -> str:
        """The environment's name; "Unspecified env" without one."""
        return "Unspecified env" if self.task_spec.env is None else self.task_spec.env

    @property
    def as_row_name(self) -> str:
        """What a table's row is called."""
        spec = self.task_spec
        return spec.sub_label or spec.stmt or "[Unknown]"

    def __repr__(self) -> str:
        kind = "torch.utils.benchmark.utils.common.Measurement"
        head = f"<{kind} object at {hex(id(self))}>\n{self.task_spec.summarize()}\n"
        unit, seconds = select_unit(self.median)
        many = len(self.times) > 1
        lines = [f"{'Median: ' if many else ''}{self.median / seconds:.2f} {unit}"]
        if len(self.times) > 3:
            low, high = np.quantile(self.times, [0.25, 0.75]) / seconds
            iqr = self.iqr / seconds
            lines.append(f"IQR:    {iqr:.2f} {unit} ({low:.2f} to {high:.2f})")
        lines.append(self._counts())
        if len(self.times) >= 4 and self.has_warnings:
            lines += self._warning()
        return head + "\n".join(f"  {line}" for line in lines)

    def _counts(self) -> str:
        n, threads = len(self.times), self.task_spec.num_threads
        per = "per measurement" if n > 1 else ""
        return (
            f"{n} measurement{'s' if n > 1 else ''}, {self.number_per_run} runs {per}, "
            f"{threads} thread{'s' if threads > 1 else ''}"
        )

    def _warning(self) -> list[str]:
        part = self.iqr / self.median
        found = "could indicate system fluctuation."
        if part >= _VERY_UNSTEADY:
            found = "suggests significant environmental influence."
        return [
            f"WARNING: Interquartile range is {part * 100:.1f}% of the median measurement.",
            f"         This {found}",
        ]

    @staticmethod
    def merge(measurements: Iterable[Measurement]) -> list[Measurement]:
        """One measurement of each task, with the times of all of its measurements."""
        groups: dict[TaskSpec, list[Measurement]] = defaultdict(list)
        for each in measurements:
            groups[each.task_spec].append(each)
        return [
            Measurement(1, [time for each in group for time in each.times], replace(spec))
            for spec, group in groups.items()
        ]
