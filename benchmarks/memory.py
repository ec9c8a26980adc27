"""Peak memory against PyTorch eager: each side in a process of its own, a few training steps.

    make bench-memory                       every workload
    make bench-memory ARGS="gpt2_124m"      some of them

Prints the peaks in MB, their ratio (below 1: loxley needs less) and the goal.  Nothing is timed, so
the machine need not be idle.
"""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys

STEPS = 4  # the first ones may need more than the others
THREADS = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "LOXLEY_NUM_THREADS")
# The most of PyTorch's peak that each workload may need.
GOALS = {
    "gpt2_124m": 0.8,
    "gpt2_124m_bf16": 0.85,
    "gpt_char": 0.8,
    "gpt_char_bf16": 0.8,
    "gpt_nano": 0.6,
    "resnet18_train": 0.7,
    "lstm": 0.6,
}


def peak(command: list[str], name: str, threads: int) -> float:
    """MB of a process that runs one workload alone."""
    environment = os.environ | {key: str(threads) for key in THREADS}
    full = [*command, __file__, "--alone", name]
    made = subprocess.run(full, capture_output=True, text=True, env=environment)
    if made.returncode:
        raise SystemExit(f"{name}: {' '.join(full)} failed\n{made.stderr[-2000:]}")
    return float(made.stdout.splitlines()[-1])


def alone(name: str) -> None:
    """Runs a workload in this process and prints its peak."""
    from steps import WORKLOADS  # which imports torch, be it PyTorch or loxley

    step = WORKLOADS[name]()
    for _ in range(STEPS):
        step()
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", default=list(GOALS), metavar="NAME")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--alone", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.alone:
        return alone(arguments.names[0])
    print(f"{'workload':16} {'PyTorch':>9} {'loxley':>9} {'ratio':>6}  goal")
    for name in arguments.names:
        theirs = peak([sys.executable], name, arguments.threads)
        ours = peak([sys.executable, "-m", "loxley"], name, arguments.threads)
        goal = GOALS.get(name, 1.0)
        verdict = "ok" if ours <= goal * theirs else f"above {goal}"
        print(f"{name:16} {theirs:9.0f} {ours:9.0f} {ours / theirs:6.2f}  {verdict}", flush=True)


if __name__ == "__main__":
    main()
