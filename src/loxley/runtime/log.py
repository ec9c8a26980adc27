"""The log: named artifacts chosen by `LOXLEY_LOG`, each with one line of help.

`LOXLEY_LOG=help` lists them.  Lines go to standard error, so a program's output stays its own.
Without `LOXLEY_LOG` nobody listens, and no text is made.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator

from .. import compiler
from ..config import config
from ..ir.graph import Value, user_line
from .differences import line_of, name_of, why_new
from .interpreter import LISTENERS, Listener
from .plans import PlanEvent

ARTIFACTS = {
    "flush": "one line per run of pending work: why, operators, kernels, time, the user's line",
    "node": "one line per operator as it is computed: name, result, the user's line",
    "plan": "one line per plan that is compiled or run: operators, kernels, arena, time",
    "recompile": "why a plan was compiled anew: the first difference to the nearest known plan",
    "graph": "the primitives that a plan's operators were taken apart into",
    "fuse": "which primitives share a kernel, and the reason of every refusal",
    "loop": "the loop nest of each kernel",
    "llvm": "the LLVM text of each kernel as LLVM leaves it",
    "asm": "the assembly of each kernel",
    "memory": "the arena of a plan: offset, size and the steps in which each result is alive",
    "capture": "per call of a compiled function that is not replayed: what is captured, or why not",
    "launch": "the steps of a plan as they run: kernel, workers, operators",
}
_LINES = ("graph", "fuse", "memory", "launch")  # stages of a plan; the others are of its kernels
_TEXTS = ("loop", "llvm", "asm")


class Log(Listener):
    """Writes what the interpreter does to standard error."""

    def __init__(self) -> None:
        self.kernels = 0  # since the last run of pending work ended
        self.how: set[str] = set()

    def ran(self, reason: str, operators: int, seconds: float) -> None:
        if "flush" in config.log:
            how = "+".join(sorted(self.how)) or "interpreted"
            ran = f"{operators} operators, {self.kernels} kernels, {how}"
            _emit("flush", f"{reason}: {ran}, {seconds * 1e3:.3f} ms at {user_line()}")
        self.kernels = 0
        self.how.clear()

    def computed(self, value: Value, line: str) -> None:
        if "node" in config.log:
            result = f"{value.dtype} {list(value.shape)}"
            _emit("node", f"{value.op.name} -> {result} recorded at {line}")

    def planned(self, event: PlanEvent) -> None:
        if event.kind == "compiled":
            self._compiled(event)
        else:
            self._run(event)
        if "plan" in config.log:
            _emit("plan", _summary(event))

    def _run(self, event: PlanEvent) -> None:
        self.kernels += event.compiled.kernels
        if "compiled" not in self.how:
            self.how.add("hit")
        for node in event.sighting.nodes if "node" in config.log else ():
            if node.dtype is not None:
                result = f"{node.dtype} {list(node.shape)}"
                what = f"{node.op.name} -> {result} in machine code"
                _emit("node", f"{what}, recorded at {line_of(node)}")

    def _compiled(self, event: PlanEvent) -> None:
        self.how.add("compiled")
        if "recompile" in config.log:
            _emit("recompile", why_new(event.sighting, event.near))
        names = [name_of(node) for node in event.sighting.nodes]
        for artifact in (*_LINES, *_TEXTS):
            if artifact in config.log:
                for line in stage(artifact, event.compiled, names):
                    _emit(artifact, line)


def _summary(event: PlanEvent) -> str:
    made, operators = event.compiled, len(event.sighting.nodes)
    size = f"{operators} operators, {made.kernels} kernels, arena of {made.arena_bytes:,} bytes"
    return f"{event.kind}: {size}, {event.seconds * 1e3:.3f} ms"


def stage(artifact: str, compiled: object, names: list[str]) -> Iterator[str]:
    """The lines of one stage of a compiled plan; `names` are those of its recorded values."""
    stages = compiler.stages
    if artifact in _LINES:
        made = stages.fusion if artifact == "fuse" else getattr(stages, artifact)
        yield from made(compiled, names)
        return
    for kernel in stages.kernels(compiled):
        if kernel.digest:
            yield f"{kernel.name} {kernel.digest}"
            text = {"loop": kernel.loops, "llvm": kernel.optimized, "asm": kernel.assembly}
            yield from text[artifact]().splitlines()


def emit(artifact: str, text: str) -> None:
    """A line of an artifact that is asked for."""
    if artifact in config.log:
        _emit(artifact, text)


def _emit(artifact: str, text: str) -> None:
    print(f"[loxley {artifact}] {text}", file=sys.stderr)


class Dump(Listener):
    """Writes the stages of each plan that is compiled into the folder `LOXLEY_DUMP`.

    plan-0001/graph.txt, fuse.txt, memory.txt, launch.txt, and for each kernel of it
    <digest>.loop, .ll (as generated: what `LOXLEY_OVERRIDE` takes), .optimized.ll and .s.
    """

    def __init__(self) -> None:
        self.plans = 0

    def planned(self, event: PlanEvent) -> None:
        if event.kind != "compiled":
            return
        self.plans += 1
        folder = os.path.join(config.dump, f"plan-{self.plans:04}")
        os.makedirs(folder, exist_ok=True)
        names = [name_of(node) for node in event.sighting.nodes]
        for artifact in _LINES:
            text = "\n".join(stage(artifact, event.compiled, names))
            _write(folder, f"{artifact}.txt", text + "\n")
        for kernel in compiler.stages.kernels(event.compiled):
            if kernel.digest:
                _write(folder, f"{kernel.digest}.loop", kernel.loops() + "\n")
                _write(folder, f"{kernel.digest}.ll", kernel.llvm())
                _write(folder, f"{kernel.digest}.optimized.ll", kernel.optimized())
                _write(folder, f"{kernel.digest}.s", kernel.assembly())


def _write(folder: str, name: str, text: str) -> None:
    with open(os.path.join(folder, name), "w") as file:
        file.write(text)


def check_artifacts() -> None:
    """Prints the help, or names what `LOXLEY_LOG` asks for and does not exist (ValueError)."""
    if "help" in config.log:
        for name, text in ARTIFACTS.items():
            print(f"{name:9} {text}", file=sys.stderr)
    unknown = config.log - set(ARTIFACTS) - {"help"}
    if unknown:
        raise ValueError(
            f"LOXLEY_LOG: no artifact {', '.join(sorted(unknown))}; there are "
            f"{', '.join(ARTIFACTS)}"
        )


check_artifacts()
if config.log:
    LISTENERS.append(Log())
if config.dump:
    LISTENERS.append(Dump())
