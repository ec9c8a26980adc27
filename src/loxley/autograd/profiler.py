"""`torch.autograd.profiler`: how long operators take.

While a profiler is on, every operator runs as soon as it is recorded, so that its time is its own
and falls into the block that called it.  Events are named after the operators that run here, which
are not always those into which PyTorch takes a call apart; views run nothing and are not listed.
Source: https://docs.pytorch.org/docs/stable/autograd.html#profiler
"""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable
from time import perf_counter
from typing import Any

from ..config import config
from ..ir.graph import ITEM, Value
from ..runtime import interpreter
from ..runtime.plans import PlanEvent
from .profiler_util import EventList, FunctionEvent, FunctionEventAvg

__all__ = ["EventList", "FunctionEvent", "FunctionEventAvg", "emit_nvtx", "profile"]


def _now() -> float:
    return perf_counter() * 1e6


class _Recorder(interpreter.Listener):
    """Makes events of what the interpreter tells; blocks nest."""

    def __init__(self) -> None:
        self.events = EventList()
        self.open: list[FunctionEvent] = []
        self.done: list[tuple[str, float]] = []  # operators, and when each was computed

    def begin(self, name: str, start: float | None = None, annotation: bool = True) -> Any:
        """A block begins."""
        start = _now() if start is None else start
        event = FunctionEvent(name, threading.get_ident(), start, annotation)
        if self.open:
            event.cpu_parent = self.open[-1]
            self.open[-1].cpu_children.append(event)
        self.events.append(event)
        return event

    def computed(self, value: Value, line: str) -> None:
        op = value.op if value.op is not ITEM else value.inputs[0].op
        self.done.append((op.name, _now()))

    def planned(self, event: PlanEvent) -> None:
        if event.kind == "run":
            names = [n.op.name for n in event.sighting.nodes if n.op is not ITEM]
            self.done.append(("+".join(dict.fromkeys(names)), _now()))  # one native call

    def ran(self, reason: str, operators: int, seconds: float) -> None:
        start = _now() - seconds * 1e6
        for name, end in self.done:
            event = self.begin(f"aten::{name}", min(start, end), annotation=False)
            event.end = start = end
        self.done.clear()


_recorders: list[_Recorder] = []


class record_function:  # noqa: N801 - PyTorch's name
    """A block, or a decorated function, that is an event of its own."""

    def __init__(self, name: str, args: str | None = None) -> None:
        self.name, self.args = name, args
        self._events: list[tuple[_Recorder, FunctionEvent]] = []

    def __enter__(self) -> record_function:
        for recorder in _recorders:
            event = recorder.begin(self.name)
            recorder.open.append(event)
            self._events.append((recorder, event))
        return self

    def __exit__(self, *exc: object) -> None:
        for recorder, event in self._events:
            event.end = _now()
            if event in recorder.open:
                recorder.open.remove(event)
        self._events = []

    def __call__(self, function: Callable) -> Callable:
        @functools.wraps(function)
        def recorded(*args: Any, **kwargs: Any) -> Any:
            with record_function(self.name, self.args):
                return function(*args, **kwargs)

        return recorded


class profile:  # noqa: N801 - PyTorch's name
    """A block whose operators are timed; prints as a table. Memory, stacks and FLOPs: see below.

    `profile_memory`, `with_stack`, `with_flops` and `with_modules` raise NotImplementedError, as
    does grouping by input shapes.
    """

    def __init__(
        self,
        enabled: bool = True,
        *,
        use_cuda: bool = False,
        use_device: str | None = None,
        record_shapes: bool = False,
        with_flops: bool = False,
        profile_memory: bool = False,
        with_stack: bool = False,
        with_modules: bool = False,
        use_kineto: bool = False,
        use_cpu: bool = True,
        experimental_config: Any = None,
        acc_events: bool = False,
        custom_trace_id_callback: Callable[[], str] | None = None,
        post_processing_timeout_s: float | None = None,
        activity_filters: dict | None = None,
    ) -> None:
        wanted = {
            "use_cuda": use_cuda,
            "use_kineto": use_kineto,
            "use_cpu=False": not use_cpu,
            "experimental_config": experimental_config is not None,
            "acc_events": acc_events,
            "custom_trace_id_callback": custom_trace_id_callback is not None,
            "post_processing_timeout_s": post_processing_timeout_s is not None,
            "activity_filters": activity_filters is not None,
            "use_device": use_device is not None,
            "with_flops": with_flops,
            "profile_memory": profile_memory,
            "with_stack": with_stack,
            "with_modules": with_modules,
        }
        for name, asked in wanted.items():
            if asked:
                raise NotImplementedError(f"torch profiler: argument '{name}' is not implemented")
        self.enabled, self.record_shapes = enabled, record_shapes
        self._recorder: _Recorder | None = None

    def __enter__(self) -> profile:
        if not self.enabled:
            return self
        interpreter.flush()
        self._recorder = _Recorder()
        self._eager, config.eager = config.eager, True
        _recorders.append(self._recorder)
        interpreter.LISTENERS.append(self._recorder)
        return self

    def __exit__(self, *exc: object) -> bool:
        if self._recorder is not None:
            config.eager = self._eager
            _recorders.remove(self._recorder)
            interpreter.LISTENERS.remove(self._recorder)
            for event in self._recorder.open:
                event.end = _now()
        return False

    @property
    def function_events(self) -> EventList:
        """What was measured, in order of beginning; RuntimeError before the block."""
        if self._recorder is None:
            raise AssertionError("Expected profiling results")
        return self._recorder.events

    def __repr__(self) -> str:
        return "<unfinished torch.autograd.profile>" if not self._recorder else str(self)

    def __str__(self) -> str:
        return str(self.function_events)

    def table(self, *args: Any, **kwargs: Any) -> str:
        """The events as a table."""
        return self.function_events.table(*args, **kwargs)

    def key_averages(self, *args: Any, **kwargs: Any) -> EventList:
        """The events summed by name."""
        return self.function_events.key_averages(*args, **kwargs)

    def total_average(self) -> FunctionEventAvg:
        """All events summed."""
        return self.function_events.total_average()

    def export_chrome_trace(self, path: Any) -> None:
        """Writes the events for chrome://tracing."""
        self.function_events.export_chrome_trace(path)

    @property
    def self_cpu_time_total(self) -> float:
        """The microseconds of all events."""
        return self.function_events.self_cpu_time_total


class emit_nvtx:  # noqa: N801 - PyTorch's name
    """Ranges for NVIDIA's profiler: AssertionError where there is no CUDA."""

    def __init__(self, enabled: bool = True, record_shapes: bool = False) -> None:
        self.enabled, self.record_shapes = enabled, record_shapes

    def __enter__(self) -> emit_nvtx:
        if self.enabled:
            raise AssertionError("Torch not compiled with CUDA enabled")
        return self

    def __exit__(self, *exc: object) -> None:
        pass
