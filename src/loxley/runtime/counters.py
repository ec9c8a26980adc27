"""Deterministic counters of what the runtime did; tests assert these, never milliseconds."""

from __future__ import annotations

from ..ir.graph import Pending


class Counters:
    """`flushes` runs of pending work, `evaluated` operators run, `bytes` of results produced,
    `donated` results written over an input's buffer, `nodes` recorded since the start; `compiled`
    plans, `loaded` those of them that lay on disk, `plans` runs of all with `kernels` native
    kernels, `interpreted` runs of others;
    `prepared` forms of weights that were made to be kept, `kept` those that a run found there;
    `captures` calls that can be replayed, `replays` of them, `misses` calls of a captured function
    that no capture stood for, `plain` calls of compiled functions that ran as Python."""

    __slots__ = (
        *("flushes", "evaluated", "bytes", "donated"),
        *("compiled", "loaded", "plans", "kernels", "interpreted"),
        *("prepared", "kept"),
        *("captures", "replays", "misses", "plain"),
    )

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Sets all but `nodes` to zero."""
        self.flushes = self.evaluated = self.bytes = self.donated = 0
        self.compiled = self.loaded = self.plans = self.kernels = self.interpreted = 0
        self.prepared = self.kept = 0
        self.captures = self.replays = self.misses = self.plain = 0

    @property
    def nodes(self) -> int:
        return Pending.nodes

    def __repr__(self) -> str:
        names = ("nodes", *self.__slots__)
        return "Counters(" + ", ".join(f"{n}={getattr(self, n)}" for n in names) + ")"


counters = Counters()
