"""The log: named artifacts chosen by `LOXLEY_LOG`, each with one line of help.

`LOXLEY_LOG=help` lists them.  Lines go to standard error, so a program's output stays its own.
"""

from __future__ import annotations

import sys

from ..config import config
from ..ir.graph import Value, user_line

ARTIFACTS = {
    "flush": "one line per run of pending work: why, how many operators, time, the user's line",
    "node": "one line per operator as it is computed: name, result, the user's line",
    "graph": "the recorded graph of a value before it is computed",
    "record": "the user's line on every recorded node, shown by errors raised later",
}


def log_flush(reason: str, operators: int, seconds: float) -> None:
    """`flush`: what made pending work run."""
    if "flush" in config.log:
        _emit("flush", f"{reason}: {operators} operators, {seconds * 1e3:.3f} ms at {user_line()}")


def log_node(value: Value) -> None:
    """`node`: an operator that has just been computed."""
    if "node" in config.log:
        where = value.extra if isinstance(value.extra, str) else "?"
        _emit("node", f"{value.op.name} -> {value.dtype} {list(value.shape)} recorded at {where}")


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
            f"LOXLEY_LOG: no artifact {', '.join(sorted(unknown))}; there are {', '.join(ARTIFACTS)}"
        )


check_artifacts()
