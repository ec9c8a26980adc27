"""Kills `loxley finetune` at random moments, lets it go on, and compares what it leaves bit by bit.

    python benchmarks/kill_resume.py                          20 kills, one thread
    python benchmarks/kill_resume.py --threads 1 2 --kills 10
    python benchmarks/kill_resume.py -- --full --steps 3      other options of finetune

One run of the real model is left alone. Then, for each kill, a new run gets SIGKILL at a random
moment of one of its phases - starting, each step with its checkpoint, ending - every third one a
second time while it resumes, and goes on with --resume to its end. Its weights, optimizer state,
random states, metrics and result must be the first run's to the bit.
Ends with 1 where a file differs or a run fails. Runs are kept in --keep, or in a temporary folder.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import random
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
        self.log = out.with_suffix(".log")
        self.environment = os.environ | dict.fromkeys(THREADS, str(threads))
        self.command = [sys.executable, "-c", PROGRAM, "finetune", "--resume", "--out", str(out)]
        self.command += options

    def start(self) -> subprocess.Popen[bytes]:
        with open(self.log, "ab") as log:
            return subprocess.Popen(self.command, env=self.environment, stdout=log, stderr=log)

    def finish(self) -> list[float]:
        """Runs to the end; the seconds that each phase took."""
        process = self.start()
        moments = [time.perf_counter()]
        while process.poll() is None:
            if self._checkpoints() >= len(moments):
                moments.append(time.perf_counter())
            time.sleep(0.005)
        if process.returncode:
            said = self.log.read_text(errors="replace")[-2000:]
            raise SystemExit(f"{self.out}: ended with {process.returncode}\n{said}")
        moments.append(time.perf_counter())
        return [after - before for before, after in zip(moments, moments[1:])]

    def kill(self, phase: int, delay: float) -> str:
        """SIGKILL `delay` seconds into a phase; where it then stood, "" if it ended before."""
        process = self.start()
        while process.poll() is None and self._checkpoints() < phase:
            time.sleep(0.005)
        try:
            process.wait(delay)
            return ""
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        return self._stand()

    def kill_surely(self, phase: int, delay: float) -> str:
        """As `kill`, earlier in the phase where the run ended before it."""
        while not (stand := self.kill(phase, delay)):
            shutil.rmtree(self.out)
            delay *= 0.5
        return stand

    def _checkpoints(self) -> int:
        """How many checkpoints a run that keeps the newest one only has written."""
        steps = [int(path.name[-6:]) for path in self.out.glob("checkpoint-??????")]
        return max(steps, default=-1) + 1

    def _stand(self) -> str:
        done = self._checkpoints()
        writing = [path.name.partition(".")[0] for path in self.out.glob("*loxley-tmp*")]
        place = f"after step {done - 1}" if done else "before the first checkpoint"
        return place + (f", writing {writing[0]}" if writing else "")

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
    phases = whole.finish()
    expected = whole.digests()
    print(f"threads {threads}: left alone, {sum(phases):.1f} s, {len(expected)} files", flush=True)
    wrong = 0
    for i in range(kills):
        run = Run(folder / f"run-{threads}-{i}", threads, options)
        phase = i * len(phases) // kills
        stands = [run.kill_surely(phase, phases[phase] * draw.random())]
        if i % 3 == 2:
            later = draw.randrange(phase, len(phases))
            stand = run.kill(later, phases[later] * draw.random())
            stands.append(f"again {stand or 'at its end'}")
        run.finish()
        differing = differences(expected, run.digests())
        wrong += bool(differing)
        verdict = "DIFFERS: " + ", ".join(differing) if differing else "same bits"
        print(f"  kill {i + 1:2} {'; '.join(stands)}: {verdict}", flush=True)
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
