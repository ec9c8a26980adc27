"""Kills `loxley finetune` at random moments, lets it go on, and compares what it leaves bit by bit.

    python benchmarks/kill_resume.py                          20 kills, one thread
    python benchmarks/kill_resume.py --threads 1 2 --kills 10
    python benchmarks/kill_resume.py -- --full --steps 3      other options of finetune

One run of the real model is left alone. Then, for each kill, a new run gets SIGKILL after a delay
(drawn evenly from the whole length of the first, so that starting, training and writing are all
hit), every third one a second time while it resumes, and goes on with --resume to its end. Its
weights, optimizer state, random states, metrics and result must be the first run's to the bit.
Ends with 1 where a file differs or a run fails. Runs are kept in --keep, or in a temporary folder.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

PROGRAM = "import sys; from loxley.cli.main import main; sys.exit(main())"
# Few and small steps, a checkpoint after each.
SMALL = "--steps 8 --batch 1 --context 32 --judged 1 --sample 2 --save-every 1 --warmup 1 --no-plot"
THREADS = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "LOXLEY_NUM_THREADS")


class Run:
    """One output directory, and the command that begins and continues the run in it."""

    def __init__(self, out: Path, threads: int, options: list[str]) -> None:
        self.out = out
        self.environment = os.environ | dict.fromkeys(THREADS, str(threads))
        self.command = [sys.executable, "-c", PROGRAM, "finetune", "--resume", "--out", str(out)]
        self.command += options

    def start(self) -> subprocess.Popen[str]:
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.PIPE}
        return subprocess.Popen(self.command, env=self.environment, text=True, **quiet)

    def finish(self) -> float:
        """Runs to the end; the seconds it took."""
        began = time.perf_counter()
        process = self.start()
        _, errors = process.communicate()
        if process.returncode:
            raise SystemExit(f"{self.out}: ended with {process.returncode}\n{errors[-2000:]}")
        return time.perf_counter() - began

    def kill_after(self, delay: float) -> str:
        """SIGKILL after `delay` seconds; where the run then stood, "" if it had ended by itself."""
        process = self.start()
        try:
            process.communicate(timeout=delay)
            return ""
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
        return self._stand()

    def kill_within(self, delay: float) -> str:
        """As `kill_after`, earlier where the run ended before: the first kill always strikes."""
        while True:
            stand = self.kill_after(delay)
            if stand:
                return f"{delay:.1f} s, {stand}"
            shutil.rmtree(self.out)
            delay *= 0.8

    def _stand(self) -> str:
        names = [path.name for path in self.out.glob("*")] if self.out.exists() else []
        steps = [int(n[-6:]) for n in names if re.fullmatch(r"checkpoint-\d{6}", n)]
        writing = [n for n in names if "loxley-tmp" in n]
        place = f"after step {max(steps)}" if steps else "before the first checkpoint"
        return place + (f", writing {writing[0].partition('.')[0]}" if writing else "")

    def digests(self) -> dict[str, str]:
        """{file: its digest} of everything that the run has left."""
        files = sorted(path for path in self.out.rglob("*") if path.is_file())
        return {
            str(path.relative_to(self.out)): hashlib.sha256(path.read_bytes()).hexdigest()
            for path in files
        }


def differences(a: dict[str, str], b: dict[str, str]) -> list[str]:
    """The files that only one has, or that differ."""
    return sorted(name for name in a.keys() | b.keys() if a.get(name) != b.get(name))


def torment(folder: Path, threads: int, kills: int, draw: random.Random, options: list[str]) -> int:
    """All the runs with one number of threads; how many ended otherwise than the first."""
    whole = Run(folder / f"whole-{threads}", threads, options)
    if whole.out.exists():
        raise SystemExit(f"there are runs in {folder} already: choose another --keep")
    duration = whole.finish()
    expected = whole.digests()
    print(f"threads {threads}: left alone, {duration:.1f} s, {len(expected)} files", flush=True)
    wrong = 0
    for i in range(kills):
        run = Run(folder / f"run-{threads}-{i}", threads, options)
        delay = duration * (i + draw.random()) / kills
        stands = [run.kill_within(delay)]
        if i % 3 == 2:
            again = duration * draw.random()
            stands.append(f"again {again:.1f} s, {run.kill_after(again) or 'at its end'}")
        run.finish()
        differing = differences(expected, run.digests())
        wrong += bool(differing)
        verdict = "DIFFERS: " + ", ".join(differing) if differing else "same bits"
        print(f"  kill {i + 1:2} at {'; '.join(stands)}: {verdict}", flush=True)
        if not differing:
            shutil.rmtree(run.out)
    return wrong


def main() -> int:
    """Runs what was asked for; 1 where anything differs."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--kills", type=int, default=20, help="for each number of threads")
    parser.add_argument("--threads", type=int, nargs="+", default=[1])
    parser.add_argument("--seed", type=int, default=0, help="of the moments")
    parser.add_argument("--keep", type=Path, help="folder for the runs")
    parser.add_argument("options", nargs="*", help="options of finetune, after --")
    chosen = parser.parse_args()
    draw = random.Random(chosen.seed)
    options = [*SMALL.split(), *chosen.options]
    with tempfile.TemporaryDirectory() as temporary:
        folder = chosen.keep or Path(temporary)
        wrong = sum(torment(folder, n, chosen.kills, draw, options) for n in chosen.threads)
        first, *others = [Run(folder / f"whole-{n}", n, options) for n in chosen.threads]
        for other in others:
            differing = differences(first.digests(), other.digests())
            print(f"{first.out.name} and {other.out.name} differ in: {', '.join(differing) or '-'}")
    print(f"{chosen.kills * len(chosen.threads)} runs killed, {wrong} ended with other bits")
    return int(wrong > 0)


if __name__ == "__main__":
    sys.exit(main())
