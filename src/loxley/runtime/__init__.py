"""Running what was recorded: the interpreter, the log and the counters."""

from . import log
from .counters import counters
from .explain import Explanation, explain
from .interpreter import evaluate, flush

__all__ = ["Explanation", "counters", "evaluate", "explain", "flush", "log"]
