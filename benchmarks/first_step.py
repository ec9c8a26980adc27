"""Where the first steps of a program go, with an empty cache of kernels and plans and a filled one.

    python benchmarks/first_step.py                 all workloads of steps.py that take no minutes
    python benchmarks/first_step.py gpt_char lstm   some of them

Each workload runs in processes of its own: one with an empty cache, one with what that has left
there. Prints wall time and the processor's time (user and system, all threads) of the first three
steps, how often plans were made, loaded and interpreted, and the stages of the first step in
milliseconds of the program's thread, without what they call. The processor's time is nearly right
on a busy machine, too. With the empty cache, also what Python spends on a kernel of the first step,
from the plan's key to what is stored of it, all of planning but LLVM: by a process of one thread,
for with more of them LLVM runs beside Python and takes a part of the processor. `OMP_NUM_THREADS`
says how many threads the others use.
"""

from __future__ import annotations

import importlib
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

SOURCES = Path(__file__).resolve().parents[1] / "src"
QUICK = (
    "mlp_mnist cnn_mnist gpt_nano gpt_char lstm resnet18_infer resnet18_train matmul_512 gelu chain"
)
STEPS = 3
KERNEL_GOAL = 5.0  # milliseconds of Python per compiled kernel
# What a stage is: the functions that do it, as they are called.
STAGES = {
    "load compiler": ["late.Late.find"],
    "key": ["runtime.plans.sight"],
    "digest": ["compiler.plan_keys.digest"],
    "load plan": ["compiler.plan_files.load"],
    "primitives": ["compiler.assemble.build"],
    "fuse": ["compiler.assemble.fuse"],
    "order": ["compiler.assemble.arrange"],
    "assemble": ["compiler.assemble._Assembly.assemble"],
    "place": ["compiler.assemble.Placing.place"],
    "lower": ["compiler.assemble.Lowering.lower"],
    "text": ["compiler.assemble.kernel_text", "compiler.assemble.template_text"],
    "LLVM": ["compiler.llvm.jit.compiled"],
    "load objects": ["compiler.llvm.jit._load"],
    "store": ["compiler.plan_files.store", "compiler.llvm.cache.store"],
    "interpret": ["runtime.interpreter._interpret"],
    "run": ["compiler.running.Native.run"],
}
PLANNING = "key digest primitives fuse order assemble place lower text store".split()


class Stopwatch:
    """Milliseconds of the thread by stage; a stage within another counts for itself alone."""

    def __init__(self) -> None:
        self.spent: dict[str, float] = {}
        self._inner = [0.0]
        self._thread = threading.get_ident()

    def __call__(self, stage: str, function: Callable) -> Callable:
        def timed(*args: Any, **kwargs: Any) -> Any:
            if threading.get_ident() != self._thread:  # LLVM beside Python
                return function(*args, **kwargs)
            self._inner.append(0.0)
            begin = time.thread_time()
            try:
                return function(*args, **kwargs)
            finally:
                took = time.thread_time() - begin
                own = took - self._inner.pop()
                self._inner[-1] += took
                self.spent[stage] = self.spent.get(stage, 0.0) + 1e3 * own

        return timed

    def attach(self, loading: bool) -> None:
        """Stands before every stage's functions; those of the compiler once it is loaded."""
        for stage, paths in STAGES.items():
            for path in paths:
                if path.startswith(("late.", "runtime")) is loading:
                    owner, name = _owner(path)
                    setattr(owner, name, self(stage, getattr(owner, name)))


def _owner(path: str) -> tuple[Any, str]:
    """`a.b.C.f` -> (C, "f")."""
    *parts, name = path.split(".")
    for end in range(len(parts), 0, -1):
        try:
            owner = importlib.import_module(".".join(["loxley", *parts[:end]]))
        except ImportError:
            continue
        for part in parts[end:]:
            owner = getattr(owner, part)
        return owner, name
    raise LookupError(path)


def measure(name: str, whole: bool) -> None:
    """Prints one JSON line; in the process that is measured.

    whole  the compiler is loaded within the first step and no stages are told
    """
    import steps  # type: ignore[import-not-found]

    from loxley.runtime import counters

    steps.torch.manual_seed(123)
    watch = Stopwatch()
    if not whole:
        watch.attach(loading=False)
        watch.attach(loading=True)
    step = steps.WORKLOADS[name]()
    times = []
    for number in range(STEPS):
        wall, processor, own = time.perf_counter(), time.process_time(), time.thread_time()
        step()
        times.append((time.perf_counter() - wall, time.process_time() - processor))
        if number == 0:
            spent = dict(watch.spent)
            spent["the program"] = 1e3 * (time.thread_time() - own) - sum(spent.values())
            jit = sys.modules.get("loxley.compiler.llvm.jit")
            first = jit.stats.compiled if jit else 0
    row = {
        "times": times,
        "spent": spent,
        "plans": (counters.compiled - counters.loaded, counters.loaded, counters.interpreted),
        "first_kernels": first,
        "kernels": (jit.stats.compiled, jit.stats.loaded) if jit else (0, 0),
    }
    print(json.dumps(row))


def run(name: str, cache: str, *options: str, threads: str = "") -> dict[str, Any]:
    path = os.pathsep.join([str(SOURCES), os.environ.get("PYTHONPATH", "")])
    environment = {**os.environ, "LOXLEY_CACHE": cache, "PYTHONPATH": path}
    if threads:
        environment["LOXLEY_NUM_THREADS"] = threads
    command = [sys.executable, "-m", "loxley", __file__, "--measure", name, *options]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    return json.loads(done.stdout.splitlines()[-1])


def report(name: str) -> None:
    with tempfile.TemporaryDirectory() as cache:
        rows = {"empty": run(name, cache), "filled": run(name, cache)}
        stages = run(name, cache, "--stages")
    with tempfile.TemporaryDirectory() as cache:
        staged = run(name, cache, "--stages", threads="1")
        rows["empty"] |= {n: staged[n] for n in ("spent", "first_kernels")}
    rows["filled"]["spent"] = stages["spent"]
    for state, row in rows.items():
        wall = " ".join(f"{t:6.2f}" for t, _ in row["times"])
        processor = " ".join(f"{t:6.2f}" for _, t in row["times"])
        made, loaded, interpreted = row["plans"]
        print(
            f"{name:16}{state:8}wall{wall}  processor{processor}   plans made {made}, loaded "
            f"{loaded}, interpreted {interpreted}; kernels compiled {row['kernels'][0]}, loaded "
            f"{row['kernels'][1]}"
        )
        spent = sorted(row["spent"].items(), key=lambda item: -item[1])
        print("    " + ", ".join(f"{stage} {ms:.0f}" for stage, ms in spent if ms >= 1), flush=True)
        if kernels := row["first_kernels"] if state == "empty" else 0:
            each = sum(ms for stage, ms in spent if stage in PLANNING) / kernels
            print(f"    Python {each:.1f} ms for each of {kernels} kernels (goal {KERNEL_GOAL:g})")


def main() -> None:
    if sys.argv[1:2] == ["--measure"]:
        measure(sys.argv[2], "--stages" not in sys.argv)
        return
    for name in sys.argv[1:] or QUICK.split():
        report(name)


if __name__ == "__main__":
    main()
