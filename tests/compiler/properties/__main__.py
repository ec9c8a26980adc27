"""The long profile: many examples of each family, each told before it runs.

    python -m tests.compiler.properties --examples 300 --seed 0
    python -m tests.compiler.properties --only attention --seed 17 --examples 1

A kernel that leaves its memory kills the process: what was told last is the example.
"""

from __future__ import annotations

import argparse
import faulthandler
import os
import sys
import traceback

from . import check
from .draw import FAMILIES


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.compiler.properties")
    parser.add_argument("--examples", type=int, default=100, help="of each family")
    parser.add_argument("--seed", type=int, default=0, help="of the first example")
    parser.add_argument("--only", action="append", help="these families")
    options = parser.parse_args()
    faulthandler.enable()
    wrong = 0
    for seed in range(options.seed, options.seed + options.examples):
        for name in options.only or FAMILIES:
            if sys.stdout.isatty():
                print(f"\r{name} {seed}\033[K", end="", flush=True)
            else:
                os.environ["LOXLEY_EXAMPLE"] = f"{name} {seed}"
            try:
                found = check(name, seed)
            except Exception:
                found = traceback.format_exc(limit=-4)
            if found:
                wrong += 1
                print(f"\n{name} {seed}: {found[:1500]}", flush=True)
    print(f"\n{options.examples} examples of each, {wrong} wrong")
    return min(wrong, 1)


if __name__ == "__main__":
    sys.exit(main())
