"""Times matrix products on one thread: GFLOP/s of loxley's templates, NumPy, and PyTorch if there.

    python benchmarks/gemm.py                                     the table of usual shapes
    python benchmarks/gemm.py f32,512x512x512 bf16,64x256x256,NT  kind, m x n x k, T: transposed
    python benchmarks/gemm.py f32,512x24x40x33 f64,64x9x9x9,NT    a batch of 512, of 64
    python benchmarks/gemm.py --method dot f32,16x256x256,NT      instead of the chosen method

`NT` says that b is the transpose of what lies in memory, as the weights of a linear layer are.
Each product is the best of many short turns, in which all candidates take part one after the
other; the clock is the thread's processor time, so other programs disturb it little.
"""

from __future__ import annotations

import argparse
import ctypes
import os
import time
from collections.abc import Callable

for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ[name] = "1"

import ml_dtypes  # noqa: E402
import numpy as np  # noqa: E402

from loxley.compiler.llvm import jit, target  # noqa: E402
from loxley.compiler.templates import gemm  # noqa: E402
from loxley.compiler.templates.gemm_fit import Strides, fit, unit  # noqa: E402

try:
    import torch
except ImportError:
    torch = None  # type: ignore[assignment]

DTYPES = {"f32": np.float32, "f64": np.float64, "bf16": ml_dtypes.bfloat16}
USUAL = """f32,512x512x512 f32,2048x2048x2048 f32,2048x1536x384,NT f32,2048x384x1536,NT
f32,1536x384x2048,TN f32,512x50257x768,NT f32,512x768x50257 f32,50257x768x512,TN f32,64x256x256,NT
f32,16x256x256,NT f32,8x768x768,NT f32,8x768x768 f32,1x2048x2048,NT f32,1x2048x2048
f32,2048x1x2048 f32,2x50x30 f32,2x50x30,NT f64,512x512x512 bf16,512x512x512 bf16,2048x2048x2048
bf16,2048x1536x384,NT bf16,64x256x256,NT bf16,1x2048x2048,NT f32,100000x15x20 f32,512x24x40x33
f32,2048x4x4x4 f32,1024x16x16x16,NT f32,1024x16x16x16,TN f32,256x64x64x64 f32,64x100x100x100
f32,512x64x12x40,TN f64,512x24x40x33 f64,64x64x64x64,NT"""


class Case:
    """One product: operands, and what computes it."""

    def __init__(self, text: str) -> None:
        kind, sizes, *layout = text.split(",")
        self.text, self.kind = text, kind
        *batch, self.m, self.n, self.k = (int(s) for s in sizes.split("x"))
        self.batch = batch[0] if batch else 1
        first, second = list(layout[0] if layout else "NN")
        rng = np.random.default_rng(0)
        self.a = _operand(rng, (*batch, self.m, self.k), kind, first == "T")
        self.b = _operand(rng, (*batch, self.k, self.n), kind, second == "T")
        self.out = np.zeros((*batch, self.m, self.n), DTYPES[kind])

    def loxley(self, method: gemm.Method | None) -> Callable[[], object]:
        sizes = {"m": self.m, "n": self.n, "k": self.k, "x": 1, "y": self.batch}
        spec = gemm.Spec(kind=self.kind, a=self.kind, b=self.kind, out=self.kind)
        strides = [_strides(x) for x in (self.a, self.b, self.out)]
        fitted = fit(spec, sizes, *strides)
        a, b = (self.b, self.a) if fitted.swapped else (self.a, self.b)
        made = fitted.template
        if method is not None and not fitted.swapped:
            units = [unit(strides[0].row, self.m, strides[0].col, self.k)]
            units += [unit(strides[1].col, self.n, strides[1].row, self.k)]
            spec, shape = spec._replace(a_unit=units[0], b_unit=units[1]), None
            if method == "direct":
                shape = gemm.shape_of(self.kind, self.n)
            made = gemm.template(spec, method, shape)
        machine = target.host()
        scratch = np.zeros(made.scratch(fitted.slots, machine) + 64, np.uint8)
        values = {**fitted.slots, "a": _data(a), "b": _data(b), "out": _data(self.out)}
        values["scratch"] = -(-_data(scratch) // 64) * 64
        slots = np.array([values[name] for name, _ in made.slots], np.int64)
        address = jit.address(made.name, made.text(machine), machine)
        types = (ctypes.c_void_p, ctypes.c_int64, ctypes.c_int64)
        call, place = ctypes.CFUNCTYPE(None, *types)(address), _data(slots)

        def run(_alive: object = (slots, scratch)) -> None:
            call(place, 0, 1)

        return run

    def numpy(self) -> Callable[[], object]:
        out = np.zeros_like(self.out)
        return lambda: np.matmul(self.a, self.b, out=out)

    def torch(self) -> Callable[[], object]:
        torch.set_num_threads(1)
        a, b, out = _tensor(self.a), _tensor(self.b), _tensor(np.zeros_like(self.out))
        return lambda: torch.matmul(a, b, out=out)


def _operand(rng, shape: tuple[int, ...], kind: str, transposed: bool) -> np.ndarray:
    if transposed:
        return _operand(rng, (*shape[:-2], shape[-1], shape[-2]), kind, False).swapaxes(-1, -2)
    return rng.standard_normal(shape, np.float32).astype(DTYPES[kind])


def _strides(array: np.ndarray) -> Strides:
    steps = [s // array.itemsize for s in array.strides]
    return Strides(*[0] * (4 - len(steps)), *steps)


def _data(array: np.ndarray) -> int:
    return array.__array_interface__["data"][0]


def _tensor(array: np.ndarray):
    if array.dtype != ml_dtypes.bfloat16:
        return torch.from_numpy(array)
    if array.flags.c_contiguous:
        return torch.from_numpy(array.view(np.int16)).view(torch.bfloat16)
    return _tensor(array.swapaxes(-1, -2)).mT


def best(candidates: dict[str, Callable[[], object]], flops: int, seconds: float) -> dict:
    """Seconds of each candidate's fastest turn."""
    times = dict.fromkeys(candidates, float("inf"))
    repeats = max(1, int(2e7 / flops))
    for run in candidates.values():
        run()
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        for name, run in candidates.items():
            start = time.thread_time()
            for _ in range(repeats):
                run()
            times[name] = min(times[name], (time.thread_time() - start) / repeats)
    return times


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("cases", nargs="*", default=USUAL.split())
    parser.add_argument("--method", choices=("blocked", "dot", "sweep", "direct"))
    parser.add_argument("--seconds", type=float, default=1.0, help="for each product")
    options = parser.parse_args()
    for text in options.cases:
        case = Case(text)
        candidates = {"loxley": case.loxley(options.method)}
        if case.kind != "bf16":
            candidates["numpy"] = case.numpy()
        if torch is not None:
            candidates["torch"] = case.torch()
        flops = 2 * case.batch * case.m * case.n * case.k
        times = best(candidates, flops, options.seconds)
        speeds = "  ".join(f"{name} {flops / t / 1e9:7.1f}" for name, t in times.items())
        print(f"{text:24} GFLOP/s: {speeds}   {times['loxley'] * 1e6:10.1f} us", flush=True)


if __name__ == "__main__":
    main()
