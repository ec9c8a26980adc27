"""Running what was recorded: the interpreter, the log and the counters."""

from .counters import counters
from .interpreter import evaluate, flush

__all__ = ["counters", "evaluate", "flush"]
