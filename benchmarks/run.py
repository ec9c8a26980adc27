"""Speed and memory against PyTorch eager, in turn on the same machine.

    make bench                                   one thread, then all
    make bench ARGS="--threads 1 gpt_char"       some workloads only
    make bench ARGS="--compile"                  both sides under their `torch.compile`
    make bench ARGS="--models"                   further models: `model_steps.py`
    make bench ARGS="import"                     how long `import loxley` takes

Prints, for each workload, the median step of PyTorch and of loxley, their ratio (above 1: loxley is
faster), loxley's first step, peak memory of both and the difference of what they computed. Run it
on an idle machine.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).parent
THREADS = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "LOXLEY_NUM_THREADS")
# The least ratio of PyTorch's time to ours that each workload is held to.
GOALS = {
    "mlp_small": 0.7,
    "mlp_mnist": 0.8,
    "cnn_mnist": 1.0,
    "gpt_nano": 1.2,
    "gpt_char": 1.2,
    "gpt_char_bf16": 1.3,
    "gpt2_124m": 0.8,
    "gpt2_124m_bf16": 1.3,
    "gpt2_decode": 0.8,
    "lstm": 0.8,
    "resnet18_infer": 1.0,
    "resnet18_train": 1.0,
    "attention": 0.8,
    "gelu": 2.5,
    "softmax": 2.5,
    "layer_norm": 2.5,
    "chain": 15.0,
    "matmul_512": 0.92,
    "matmul_2048": 0.92,
    "matmul_bf16": 0.9,
}
# Further models, which have no goals of their own.
MODELS = (
    "vit encoder translator llama llama_prefill llama_decode generation attention_by_hand unet "
    "mobilenet mobilenet_infer resnet50 resnet50_infer vgg lenet volumes wavenet diffusion dcgan "
    "vae gru bilstm lstm_cell bags graph equation policy regression"
).split()
MODEL_GOAL = 0.8
MEAN_GOAL = 1.3  # of all workloads, geometric
COMPILED_GOAL = 1.0  # of each workload, where both sides compile

IMPORT_GOAL = 0.2  # seconds


def imports(rounds: int = 10) -> None:
    """Prints how long processes take that only import, on one thread, bytecode cached: the best."""
    programs = {"python alone": "pass"} | {n: f"import {n}" for n in ("numpy", "loxley")}
    best = dict.fromkeys(programs, float("inf"))
    with tempfile.TemporaryDirectory() as cache:
        environment = os.environ | dict.fromkeys(THREADS, "1") | {"PYTHONPYCACHEPREFIX": cache}
        environment.pop("PYTHONDONTWRITEBYTECODE", None)
        for _ in range(rounds + 1):  # the first fills the cache
            for name, program in programs.items():
                start = time.perf_counter()
                subprocess.run([sys.executable, "-c", program], check=True, env=environment)
                best[name] = min(best[name], time.perf_counter() - start)
    verdict = "ok" if best["loxley"] <= IMPORT_GOAL else f"above {IMPORT_GOAL} s"
    print(", ".join(f"{name} {taken:.3f} s" for name, taken in best.items()), "", verdict)


def once(command: list[str], arguments: list[str], threads: int) -> dict:
    """One process that runs one workload alone."""
    environment = os.environ | {key: str(threads) for key in THREADS}
    steps = HERE / ("model_steps.py" if arguments[0] in MODELS else "steps.py")
    full = [*command, str(steps), *arguments]
    made = subprocess.run(full, capture_output=True, text=True, env=environment)
    if made.returncode:
        raise SystemExit(f"{' '.join(full)} failed\n{made.stderr[-2000:]}")
    return json.loads(made.stdout.splitlines()[-1])


def compare(name: str, options: argparse.Namespace, threads: int) -> float:
    """Prints the line of one workload; the ratio of PyTorch's time to ours."""
    arguments = [name, str(options.seconds), *(["compile"] if options.compile else [])]
    goal = COMPILED_GOAL if options.compile else GOALS.get(name, MODEL_GOAL)
    ours, theirs = [sys.executable, "-m", "loxley"], [sys.executable]
    rows: tuple[list[dict], list[dict]] = ([], [])
    for _ in range(options.rounds):
        for command, made in zip((theirs, ours), rows):
            made.append(once(command, arguments, threads))
    a, b = ({key: statistics.median(row[key] for row in made) for key in made[0]} for made in rows)
    ratio = a["median"] / b["median"]
    verdict = "ok" if ratio >= goal else f"below {goal:.2f}"
    print(
        f"{name:17}{threads:3}{a['median'] * 1e3:11.3f}{b['median'] * 1e3:11.3f}{ratio:7.2f}"
        f"{b['first']:8.2f}{a['peak_mb']:8.0f}{b['peak_mb']:8.0f}{abs(a['out'] - b['out']):10.1e}"
        f"  {verdict}",
        flush=True,
    )
    return ratio


def main() -> None:
    """Runs the workloads that were asked for."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("names", nargs="*", help="workloads (default: all)")
    parser.add_argument("--threads", type=int, help="one number of threads only")
    parser.add_argument("--compile", action="store_true", help="compile on both sides")
    parser.add_argument("--models", action="store_true", help="the further models")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=3.0)
    options = parser.parse_args()
    names = options.names or (MODELS if options.models else [*GOALS])
    if "import" in names or not (options.names or options.models):
        imports()
    names = [name for name in names if name != "import"]
    if not names:
        return
    counts = [options.threads] if options.threads else sorted({1, os.cpu_count() or 1})
    print("workload      threads PyTorch ms  loxley ms  ratio first s MB torch  ours    diff  goal")
    for threads in counts:
        ratios = [compare(name, options, threads) for name in names]
        mean = statistics.geometric_mean(ratios)
        verdict = "ok" if mean >= MEAN_GOAL else f"below {MEAN_GOAL:.2f}"
        print(f"geometric mean with {threads} threads: {mean:.2f}  {verdict}", flush=True)


if __name__ == "__main__":
    main()
