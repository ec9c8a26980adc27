"""`torch.utils.benchmark`: how long a statement takes.

Source: https://docs.pytorch.org/docs/stable/benchmark_utils.html
"""

from __future__ import annotations

from .measurement import Measurement, TaskSpec, select_unit, trim_sigfig, unit_to_english
from .timer import Language, Timer, set_torch_threads, timer

__all__ = [
    "Language",
    "Measurement",
    "TaskSpec",
    "Timer",
    "select_unit",
    "set_torch_threads",
    "timer",
    "trim_sigfig",
    "unit_to_english",
]
