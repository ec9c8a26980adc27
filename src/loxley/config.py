"""The process's settings, read once from the environment; the only ambient state besides modes.

`LOXLEY_LOG`            comma-separated artifacts to log (`help` lists them)
`LOXLEY_PENDING_NODES`  recorded nodes after which what is pending is run
`LOXLEY_PENDING_BYTES`  bytes of recorded results after which what is pending is run
`LOXLEY_EAGER`          1: run every node as soon as it is recorded
"""

from __future__ import annotations

import os


class Config:
    """Typed knobs; assign to change them at run time."""

    __slots__ = ("log", "pending_nodes", "pending_bytes", "eager", "trace_lines")

    def __init__(self, environment: dict[str, str] | os._Environ[str]) -> None:
        self.log = frozenset(filter(None, environment.get("LOXLEY_LOG", "").split(",")))
        self.pending_nodes = int(environment.get("LOXLEY_PENDING_NODES", "4000"))
        self.pending_bytes = int(environment.get("LOXLEY_PENDING_BYTES", str(1 << 30)))
        self.eager = environment.get("LOXLEY_EAGER", "0") == "1"
        # Whether each node remembers the user's line that recorded it (costs about 1 us a node).
        self.trace_lines = bool(self.log)


config = Config(os.environ)
