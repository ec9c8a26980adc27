"""The process's settings, read once from the environment; the only ambient state besides modes.

`LOXLEY_LOG`            comma-separated artifacts to log (`help` lists them)
`LOXLEY_PENDING_NODES`  recorded nodes after which what is pending is run
`LOXLEY_PENDING_BYTES`  bytes of recorded results after which what is pending is run
`LOXLEY_EAGER`          1: run every node as soon as it is recorded
`LOXLEY_COMPILE`        auto (the default): a plan is compiled when it is seen again; 1: at first
                        sight; 0: never; switch: every other run of a plan, every other new
                        plan begins compiled (for tests).
                        With `!` after it, a plan that cannot be compiled raises
`LOXLEY_INTERPRET`      1: the same as LOXLEY_COMPILE=0
`LOXLEY_CHECK`          1: every run of machine code is compared with NumPy's rules; the first
                        value that differs is named with the line that recorded it
`LOXLEY_TARGET`         a lesser processor to compile for: sse2, avx2, avx512, avx512_bf16,
                        avx512_amx, neon; what this machine has where unset
`LOXLEY_NUM_THREADS`    threads that a plan may use; else OMP_NUM_THREADS, MKL_NUM_THREADS,
                        else one per core
`LOXLEY_CACHE`          folder of compiled kernels; `0` or empty: none; by default `loxley` in
                        the user's cache folder (XDG_CACHE_HOME, ~/.cache)
`LOXLEY_DUMP`           folder that every compiled plan is written to, stage by stage
`LOXLEY_OVERRIDE`       folder of edited kernels, each under its name in the dump (`<digest>.ll`),
                        that take the place of the generated ones
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager


def _user_cache(environment: dict[str, str] | os._Environ[str]) -> str:
    base = environment.get("XDG_CACHE_HOME", "")
    if not os.path.isabs(base):  # the specification says to ignore relative ones
        base = os.path.join(os.path.expanduser("~"), ".cache")
    return os.path.join(base, "loxley")


def _threads(environment: dict[str, str] | os._Environ[str]) -> int:
    """As PyTorch counts: what the variables say, else the processors we may run on."""
    for name in ("LOXLEY_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
        text = environment.get(name, "").split(",")[0].strip()
        if text.isdigit() and int(text) > 0:
            return int(text)
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


class Config:
    """Typed knobs; assign to change them at run time."""

    __slots__ = (
        *("log", "pending_nodes", "pending_bytes", "eager", "trace_lines"),
        *("compile", "compile_strict", "check", "target", "num_threads", "cache"),
        *("dump", "override"),
    )

    def __init__(self, environment: dict[str, str] | os._Environ[str]) -> None:
        self.log = frozenset(filter(None, environment.get("LOXLEY_LOG", "").split(",")))
        self.pending_nodes = int(environment.get("LOXLEY_PENDING_NODES", "4000"))
        self.pending_bytes = int(environment.get("LOXLEY_PENDING_BYTES", str(1 << 30)))
        self.eager = environment.get("LOXLEY_EAGER", "0") == "1"
        mode = environment.get("LOXLEY_COMPILE", "auto")
        if environment.get("LOXLEY_INTERPRET", "0") == "1":
            mode = "0"
        self.compile = mode.rstrip("!")
        self.compile_strict = mode.endswith("!")
        if self.compile not in ("auto", "0", "1", "switch"):
            raise ValueError(f"LOXLEY_COMPILE: expected auto, 0, 1 or switch, but got {mode!r}")
        self.check = environment.get("LOXLEY_CHECK", "0") == "1"
        self.target = environment.get("LOXLEY_TARGET", "")
        self.num_threads = _threads(environment)
        self.cache = environment.get("LOXLEY_CACHE", _user_cache(environment))
        self.dump = environment.get("LOXLEY_DUMP", "")
        self.override = environment.get("LOXLEY_OVERRIDE", "")
        # Whether each node remembers the user's line that recorded it (costs about 1 us a node).
        self.trace_lines = bool(self.log) or self.check or bool(self.dump)

    @contextmanager
    def one_executor(self) -> Iterator[None]:
        """While inside, a plan is run by the same executor however often it is seen.

        For what compares the bits of repeated runs; plans are interpreted unless they are
        compiled anyway.
        """
        before = self.compile
        self.compile = {"auto": "0", "switch": "1"}.get(before, before)
        try:
            yield
        finally:
            self.compile = before


config = Config(os.environ)
