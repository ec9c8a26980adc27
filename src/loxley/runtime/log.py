"""The log: named artifacts chosen by `LOXLEY_LOG`, each with one line of help.

`LOXLEY_LOG=help` lists them.  Lines go to standard error, so a program's output stays its own.
"""

from __future__ import annotations

import sys

from ..config import config
from ..ir.graph import Value, user_line
from .interpreter import LISTENERS, Listener

ARTIFACTS = {
    "flush": "one line per run of pending work: why, how many operators, time, the user's line",
    "node": "one line per operator as it is computed: name, result, the user's line",
}


class Log(Listener):
    """Writes what the interpreter does to standard error."""

    def ran(self, reason: str, operators: int, seconds: float) -> None:
        if "flush" in config.log:
            took = f"{seconds * 1e3:.3f} ms"
            _emit("flush", f"{reason}: {operators} operators, {took} at {user_line()}")

    def computed(self, value: Value, line: str) -> None:
        if "node" in config.log:
            result = f"{value.dtype} {list(value.shape)}"
            _emit("node", f"{value.op.name} -> {result} recorded at {line}")


def _emit(artifact: str, text: str) -> None:
    print(f"[loxley {artifact}] {text}", file=sys.stderr)


def check_artifacts() -> None:
    """Prints the help, or names what `LOXLEY_LOG` asks for and does not exist (ValueError)."""
    if "help" in config.log:
        for name, text in ARTIFACTS.items():
            print(f"{name:8} {text}", file=sys.stderr)
    unknown = config.log - set(ARTIFACTS) - {"help"}
    if unknown:
        raise ValueError(
            f"LOXLEY_LOG: no artifact {', '.join(sorted(unknown))}; there are "
            f"{', '.join(ARTIFACTS)}"
        )


check_artifacts()
if config.log:
    LISTENERS.append(Log())
