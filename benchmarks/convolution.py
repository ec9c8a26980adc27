"""Times convolutions on one thread: milliseconds of loxley's templates, and of PyTorch if there.

    python benchmarks/convolution.py                                  the table of usual layers
    python benchmarks/convolution.py 1,64,64,56x56,k3 4,96,96,56x56,k5,s2,g96
    python benchmarks/convolution.py --direct 1,64,64,56x56,k3        not by Winograd's method

A layer is batch, channels, filters, size, then: k window, s stride, d dilation, g groups; the
padding keeps the size at a stride of one.  Forward, gradient of the input, gradient of the
weights.  Each is the best of many short turns, in which all candidates take part one after the
other; the clock is the thread's processor time, so other programs disturb it little.
"""

from __future__ import annotations

import argparse
import ctypes
import os
import time
from collections.abc import Callable
from typing import NamedTuple

for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ[name] = "1"

import numpy as np  # noqa: E402

from loxley.compiler.llvm import jit, target  # noqa: E402
from loxley.compiler.templates import conv  # noqa: E402

try:
    import torch
except ImportError:
    torch = None  # type: ignore[assignment]

USUAL = """1,64,64,56x56,k3 1,128,128,28x28,k3 1,256,256,14x14,k3 1,512,512,7x7,k3 4,64,64,56x56,k3
4,512,512,7x7,k3 64,32,64,26x26,k3 8,32,32,16x16,k3 1,3,64,224x224,k7,s2 1,64,128,56x56,k3,s2
1,64,256,56x56,k1 1,512,2048,7x7,k1 1,64,64,56x56,k3,d2 16,16,32,28x28,k5 2,64,128,28x28,k3,g4
1,32,32,112x112,k3,g32 8,64,64,56x56,k3,g64 1,64,64,112x112,k3,s2,g64 4,512,512,7x7,k3,g512
4,96,96,56x56,k7,g96"""
DIRECTIONS = ("forward", "input", "weight")


class Layer(NamedTuple):
    """One convolution of two dimensions."""

    batch: int
    channels: int
    filters: int
    size: tuple[int, int]
    k: int = 3
    s: int = 1
    d: int = 1
    g: int = 1

    @property
    def geometry(self) -> tuple:
        pad = (self.k - 1) * self.d // 2
        return (self.s,) * 2, (pad,) * 2, (self.d,) * 2, self.g

    def arrays(self) -> dict[str, np.ndarray]:
        rng, pad = np.random.default_rng(0), self.geometry[1][0]
        out = [(n + 2 * pad - self.d * (self.k - 1) - 1) // self.s + 1 for n in self.size]
        shapes = {
            "x": (self.batch, self.channels, *self.size),
            "w": (self.filters, self.channels // self.g, self.k, self.k),
            "y": (self.batch, self.filters, *out),
        }
        return {n: rng.standard_normal(shape, np.float32) for n, shape in shapes.items()}


def parsed(text: str) -> Layer:
    batch, channels, filters, size, *rest = text.split(",")
    high, wide = size.split("x")
    more = {part[0]: int(part[1:]) for part in rest}
    return Layer(int(batch), int(channels), int(filters), (int(high), int(wide)), **more)


def loxley(direction: str, layer: Layer, direct: bool) -> Callable[[], object]:
    arrays, machine = layer.arrays(), target.host()
    given = conv.arguments(
        arrays["x"].shape, arrays["w"].shape, arrays["y"].shape[2:], *layer.geometry
    )
    apart = layer.g > 1 and layer.g == layer.channels == layer.filters
    spec = conv.spec_of(direction, "f32", layer.geometry[0], (), apart)
    spec = spec if direct else conv.fastest(spec, given)
    made, sizes = conv.template(spec), conv.sizes_of(spec, given)
    scratch = np.zeros(made.scratch(sizes, machine) + 64, np.uint8)
    values = {**sizes, **{n: array.ctypes.data for n, array in arrays.items()}}
    values["scratch"] = -(-scratch.ctypes.data // 64) * 64
    slots = np.array([values[n] for n, _ in made.slots], np.int64)
    address = jit.address(made.name, made.text(machine), machine)
    types = (ctypes.c_void_p, ctypes.c_int64, ctypes.c_int64)
    call, place = ctypes.CFUNCTYPE(None, *types)(address), slots.ctypes.data

    def run(_alive: object = (slots, scratch, arrays)) -> None:
        call(place, 0, 1)

    return run


def pytorch(direction: str, layer: Layer) -> Callable[[], object]:
    torch.set_num_threads(1)
    x, w, y = (torch.from_numpy(array) for array in layer.arrays().values())
    stride, padding, dilation, groups = layer.geometry
    if direction == "forward":
        return lambda: torch.nn.functional.conv2d(x, w, None, stride, padding, dilation, groups)
    asked = (direction == "input", direction == "weight", False)
    parts = (stride, padding, dilation, False, (0, 0), groups, asked)
    return lambda: torch.ops.aten.convolution_backward(y, x, w, None, *parts)


def best(candidates: dict[str, Callable[[], object]], seconds: float) -> dict[str, float]:
    """Milliseconds of each candidate's fastest turn."""
    times = dict.fromkeys(candidates, float("inf"))
    for run in candidates.values():
        run()
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        for name, run in candidates.items():
            start = time.thread_time()
            run()
            times[name] = min(times[name], (time.thread_time() - start) * 1e3)
    return times


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("layers", nargs="*", default=USUAL.split())
    parser.add_argument("--direct", action="store_true")
    parser.add_argument("--seconds", type=float, default=0.4, help="for each convolution")
    options = parser.parse_args()
    for text in options.layers:
        line = []
        for direction in DIRECTIONS:
            candidates = {"loxley": loxley(direction, parsed(text), options.direct)}
            if torch is not None:
                candidates["torch"] = pytorch(direction, parsed(text))
            found = best(candidates, options.seconds)
            ratio = f" {found['torch'] / found['loxley']:5.2f}" if "torch" in found else ""
            line.append(f"{direction} {found['loxley']:7.3f} {found.get('torch', 0):7.3f}{ratio}")
        print(f"{text:28}", " | ".join(line), flush=True)


if __name__ == "__main__":
    main()
