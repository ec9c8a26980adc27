"""What a profiler has measured: events, their averages, tables, traces for a browser.

Source: https://docs.pytorch.org/docs/stable/profiler.html
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from typing import Any


def _format_time(time_us: float) -> str:
    if time_us >= 1e6:
        return f"{time_us / 1e6:.3f}s"
    return f"{time_us / 1e3:.3f}ms" if time_us >= 1e3 else f"{time_us:.3f}us"


class _Timed:
    """Times in microseconds, and the same as text."""

    key: str
    count: int
    cpu_time_total: float
    self_cpu_time_total: float
    device_time_total = self_device_time_total = 0.0  # there is no other device
    cuda_time_total = self_cuda_time_total = 0.0

    @property
    def cpu_time(self) -> float:
        """Microseconds per call."""
        return self.cpu_time_total / self.count if self.count else 0.0

    @property
    def cpu_time_str(self) -> str:
        return _format_time(self.cpu_time)

    @property
    def cpu_time_total_str(self) -> str:
        return _format_time(self.cpu_time_total)

    @property
    def self_cpu_time_total_str(self) -> str:
        return _format_time(self.self_cpu_time_total)


class FunctionEvent(_Timed):
    """One run of an operator, or one block of `record_function`."""

    def __init__(self, name: str, thread: int, start: float, is_user_annotation: bool) -> None:
        self.name = self.key = name
        self.thread, self.start, self.end = thread, start, start
        self.is_user_annotation = is_user_annotation
        self.count = 1
        self.cpu_parent: FunctionEvent | None = None
        self.cpu_children: list[FunctionEvent] = []

    @property
    def cpu_time_total(self) -> float:  # type: ignore[override]
        """Microseconds from start to end."""
        return self.end - self.start

    @property
    def self_cpu_time_total(self) -> float:  # type: ignore[override]
        """Microseconds less those of what ran inside."""
        return self.cpu_time_total - sum(child.cpu_time_total for child in self.cpu_children)

    def __repr__(self) -> str:
        return f"<FunctionEvent name={self.name} cpu_time={self.cpu_time_str} thread={self.thread}>"


class FunctionEventAvg(_Timed):
    """All events of one name together."""

    def __init__(self, key: str) -> None:
        self.key = key
        self.count, self.cpu_time_total, self.self_cpu_time_total = 0, 0.0, 0.0

    def add(self, other: _Timed) -> FunctionEventAvg:
        """One event more."""
        self.count += other.count
        self.cpu_time_total += other.cpu_time_total
        self.self_cpu_time_total += other.self_cpu_time_total
        return self

    def __repr__(self) -> str:
        return (
            f"<FunctionEventAvg key={self.key} self_cpu_time={self.self_cpu_time_total_str} "
            f"cpu_time={self.cpu_time_str}  self_cuda_time=0.000us cuda_time=0.000us "
            "input_shapes= cpu_memory_usage=0 cuda_memory_usage=0>"
        )


class EventList(list):
    """Events, to be printed as a table, summed by name, or exported."""

    def __str__(self) -> str:
        return self.table()

    @property
    def self_cpu_time_total(self) -> float:
        """The microseconds of all events, each counted once."""
        return sum(event.self_cpu_time_total for event in self)

    def key_averages(
        self, group_by_input_shape: bool = False, group_by_stack_n: int = 0
    ) -> EventList:
        """The events summed by name, in the order in which the names appeared first."""
        if group_by_input_shape or group_by_stack_n:
            raise NotImplementedError("key_averages: group_by_input_shape and group_by_stack_n")
        made: dict[str, FunctionEventAvg] = {}
        for event in self:
            made.setdefault(event.key, FunctionEventAvg(event.key)).add(event)
        return EventList(made.values())

    def total_average(self) -> FunctionEventAvg:
        """All events summed."""
        total = FunctionEventAvg("Total")
        for event in self:
            total.add(event)
        return total

    def table(
        self,
        sort_by: str | None = None,
        row_limit: int = 100,
        max_src_column_width: int = 75,
        max_name_column_width: int = 55,
        max_shapes_column_width: int = 80,
        header: str | None = None,
        top_level_events_only: bool = False,
    ) -> str:
        """A table with a row per event, as PyTorch prints it."""
        if not self:
            return ""
        events: list[Any] = list(self)
        if sort_by is not None:
            events.sort(key=lambda e: getattr(e, sort_by), reverse=True)
        if top_level_events_only:
            events = [e for e in events if getattr(e, "cpu_parent", None) is None]
        total = self.self_cpu_time_total
        rows = [_row(e, total, max_name_column_width) for e in events[: max(row_limit, 0)]]
        width = max(len(_shortened(e.key, max_name_column_width)) for e in self) + 4
        widths = [width] + [12] * (len(_HEAD) - 1)
        line = "  ".join("-" * w for w in widths) + "  "
        lines = [line, _aligned(_HEAD, widths), line]
        if header is not None:
            full = "=" * len(line)
            lines = [full, header, *lines]
        lines += [*(_aligned(row, widths) for row in rows), line]
        return "\n".join([*lines, f"Self CPU time total: {_format_time(total)}", ""])

    def export_chrome_trace(self, path: Any) -> None:
        """Writes the events for chrome://tracing and Perfetto."""
        process = os.getpid()
        events = [
            {
                "ph": "X",
                "cat": "user_annotation" if e.is_user_annotation else "cpu_op",
                "name": e.name,
                "pid": process,
                "tid": e.thread,
                "ts": e.start,
                "dur": e.cpu_time_total,
                "args": {},
            }
            for e in self
        ]
        with open(path, "w") as file:
            json.dump({"schemaVersion": 1, "displayTimeUnit": "ms", "traceEvents": events}, file)


_HEAD = (
    "Name",
    "Self CPU %",
    "Self CPU",
    "CPU total %",
    "CPU total",
    "CPU time avg",
    "# of Calls",
)


def _shortened(name: str, width: int) -> str:
    return name if len(name) <= width else name[: width - 3] + "..."


def _share(part: float, total: float) -> str:
    return f"{part * 100 / total:.2f}%" if total else "NaN"


def _row(event: Any, total: float, width: int) -> list[str]:
    return [
        _shortened(event.key, width),
        _share(event.self_cpu_time_total, total),
        event.self_cpu_time_total_str,
        _share(event.cpu_time_total, total),
        event.cpu_time_total_str,
        event.cpu_time_str,
        str(event.count),
    ]


def _aligned(cells: Iterable[str], widths: list[int]) -> str:
    return "".join(f"{cell:>{width}}  " for cell, width in zip(cells, widths))
