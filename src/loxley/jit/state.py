"""The state of a thread: whether code of TorchScript runs, whether a call is traced."""

from __future__ import annotations

import threading
from typing import Any


class _State(threading.local):
    def __init__(self) -> None:
        self.tracer: Any = None
        self.scripting = 0


STATE = _State()
