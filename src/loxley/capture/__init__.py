"""Capturing calls: a function runs once under observation and is replayed from then on.

See docs/design/capture.md.
"""

from __future__ import annotations

from .captured import Captured, forget_all
from .hooks import hooks, running
from .reasons import Refused
from .replay import Capture

__all__ = ["Capture", "Captured", "Refused", "forget_all", "hooks", "running"]
