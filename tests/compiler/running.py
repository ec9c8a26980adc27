"""Runs a kernel's machine code on NumPy arrays, for a chosen target and number of workers."""

from __future__ import annotations

import ctypes
from collections.abc import Mapping
from typing import Any

import numpy as np

from loxley.compiler.llvm import jit
from loxley.compiler.llvm.emit import kernel_text
from loxley.compiler.llvm.target import Target, detect, lesser
from loxley.ir.loops import Kernel

_ENTRY = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_int64, ctypes.c_int64)


def targets(*names: str) -> list[Target]:
    """Those of the named levels that this processor has."""
    found = []
    for name in names or ("avx512", "avx2"):
        try:
            found.append(lesser(detect(), name))
        except (RuntimeError, ValueError):
            continue
    return found or [detect()]


def run_native(
    kernel: Kernel,
    arrays: Mapping[str, np.ndarray],
    scalars: Mapping[str, Any],
    target: Target,
    workers: int = 1,
) -> None:
    """Executes the kernel's code, one worker after the other."""
    entry = _ENTRY(jit.address(kernel.name, kernel_text(kernel, target), target))
    slots = [arrays[b.name].ctypes.data for b in kernel.buffers]
    for scalar in kernel.scalars:
        value = scalars[scalar.name]
        real = scalar.kind in ("f16", "bf16", "f32", "f64")
        slots.append(int(np.float64(value).view(np.int64)) if real else int(value))
    block = (ctypes.c_int64 * max(len(slots), 1))(*slots)
    for worker in range(workers):
        entry(ctypes.addressof(block), worker, workers)
