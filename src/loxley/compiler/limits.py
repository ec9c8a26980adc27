"""What this machine can do at most: bytes of memory and operations in a second.

Measured once per process and number of threads by two small kernels that are generated like any
other: one goes over more memory than the caches hold, one multiplies and adds what is in registers.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from time import perf_counter
from typing import NamedTuple

import numpy as np

from ..ir.loops import (
    Buffer,
    Call,
    Const,
    Expr,
    For,
    Kernel,
    Load,
    Param,
    Ref,
    Register,
    Stmt,
    Store,
    Update,
    Var,
)
from .assemble import compiled_kernel
from .llvm.driver import Plan, Step
from .llvm.slots import Slots, data_address

_BLOCK = 4096  # elements that a worker takes at a time
_ELEMENTS = 1 << 24  # of each of two arrays of 64 MiB
_REGISTERS = 2  # sums, each of which is made in several vectors: all that no register is spilled
_LENGTH, _ROUNDS = 4096, 1024
_SECONDS = 0.05  # for each measurement, after which the best run counts


class Limits(NamedTuple):
    """bandwidth: bytes a second, read and written; peak: float32 operations a second."""

    bandwidth: float
    peak: float


@cache
def limits(workers: int) -> Limits:
    """What `workers` threads reach."""
    return Limits(_bandwidth(workers), _peak(workers))


def _best(run: Callable[[], None]) -> float:
    """Seconds of the fastest run; the first one wakes the threads and the memory."""
    run()
    best, start = float("inf"), perf_counter()
    while (begun := perf_counter()) - start < _SECONDS:
        run()
        best = min(best, perf_counter() - begun)
    return best


def _runner(kernel: Kernel, values: Sequence[int | float], workers: int) -> Callable[[], None]:
    slots = Slots()
    slots.take(values)
    plan = Plan(slots, [Step(compiled_kernel(kernel)[1], 0, workers)])
    return lambda: plan.run(workers)


def _bandwidth(workers: int) -> float:
    """`y = x * s` over arrays that no cache holds."""
    x, y = np.ones(_ELEMENTS, np.float32), np.zeros(_ELEMENTS, np.float32)
    start = Call("mul", (Var("block"), Const(_BLOCK, "i64")), "i64")
    index = Call("add", (start, Var("i")), "i64")
    value = Call("mul", (Load("x", index, "f32"), Param("s", "f32")), "f32")
    inner = For("i", Const(_BLOCK, "i64"), (Store("y", index, value),), "vector")
    kernel = Kernel(
        "kernel",
        (Buffer("x", "f32"), Buffer("y", "f32", True)),
        (Param("s", "f32"), Param("blocks", "i64")),
        (For("block", Param("blocks", "i64"), (inner,), "parallel"),),
    )
    values = [data_address(x), data_address(y), 2.0, _ELEMENTS // _BLOCK]
    return (x.nbytes + y.nbytes) / _best(_runner(kernel, values, workers))


def _peak(workers: int) -> float:
    """Sums of products, many at once, over an array that stays in the first cache."""
    x, y = np.ones(_LENGTH, np.float32), np.zeros(_ROUNDS * _REGISTERS, np.float32)
    names = [f"r{i}" for i in range(_REGISTERS)]
    zero = Const(0.0, "f32")
    element = Load("x", Var("i"), "f32")
    updates: list[Stmt] = [
        Update(name, "add", Call("mul", (element, Param(f"s{i}", "f32")), "f32"))
        for i, name in enumerate(names)
    ]
    body: list[Stmt] = [Register(name, zero) for name in names]
    body.append(For("i", Param("n", "i64"), tuple(updates), "vector"))
    first: Expr = Call("mul", (Var("round"), Const(_REGISTERS, "i64")), "i64")
    for i, name in enumerate(names):
        place = Call("add", (first, Const(i, "i64")), "i64")
        body.append(Store("y", place, Ref(name, "f32")))
    kernel = Kernel(
        "kernel",
        (Buffer("x", "f32"), Buffer("y", "f32", True)),
        (*(Param(f"s{i}", "f32") for i in range(_REGISTERS)), Param("n", "i64")),
        (For("round", Const(_ROUNDS, "i64"), tuple(body), "parallel"),),
    )
    values = [data_address(x), data_address(y), *([1.5] * _REGISTERS), _LENGTH]
    return 2 * _REGISTERS * _LENGTH * _ROUNDS / _best(_runner(kernel, values, workers))
