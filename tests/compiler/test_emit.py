"""Emitted code against the interpreter of loop nests: equal bits, for any number of workers."""

from __future__ import annotations

import dataclasses
from random import Random

import llvmlite.binding as llvm
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from loxley.compiler.kinds import NUMPY
from loxley.compiler.llvm import jit
from loxley.compiler.llvm.emit import kernel_text
from loxley.compiler.llvm.target import detect, named
from loxley.compiler.loops.interpreter import run
from loxley.compiler.loops.verifier import verify
from loxley.ir.loops import (
    Buffer,
    Call,
    Const,
    For,
    Kernel,
    Load,
    Param,
    Ref,
    Register,
    Store,
    Update,
    Var,
)

from . import random_kernels
from .running import run_native, targets

TARGETS = targets()
SEEDS = st.integers(0, 10**9)
SIZES = st.integers(0, 70)


def _numbers(rng: np.random.Generator, size: int, kind: str) -> np.ndarray:
    """Numbers of all magnitudes, special ones among them."""
    if kind == "bool":
        return rng.random(size) < 0.5
    dtype = NUMPY[kind]
    if dtype.kind in "iu":
        info = np.iinfo(dtype)
        wild = rng.integers(info.min, info.max, size, dtype, endpoint=True)
        return np.where(rng.random(size) < 0.6, wild % 9 - (dtype.kind == "i") * 4, wild).astype(
            dtype
        )
    numbers = rng.normal(size=size) * 10.0 ** rng.integers(-3, 6, size)
    special = rng.choice([0.0, -0.0, np.inf, -np.inf, np.nan, 1.0, 2.5, 3e9, -1e19], size)
    with np.errstate(over="ignore"):
        return np.where(rng.random(size) < 0.2, special, numbers).astype(dtype)


def _arguments(kernel: Kernel, rng: np.random.Generator, n: int, m: int) -> tuple[dict, dict]:
    scalars = {"n": n, "m": m, "s": 2, "a": 3}
    scalars = {p.name: scalars[p.name] for p in kernel.scalars}
    size = {"x0": max(3, m) * n + 2, "x1": 2 * n + m + 2, "y0": max(2 * n, m * n) + 2}
    arrays = {b.name: _numbers(rng, size.get(b.name, 2 * n + 2), b.kind) for b in kernel.buffers}
    if "indices" in arrays:
        arrays["indices"] = rng.integers(0, 2 * n + 2, n)
    return arrays, scalars


def _same(a: np.ndarray, b: np.ndarray) -> bool:
    """Equal bits, but one NaN is as good as another."""
    if a.dtype.kind in "fV":
        both = np.isnan(a.astype("f8")) & np.isnan(b.astype("f8"))
        a, b = np.where(both, a.dtype.type(0), a), np.where(both, b.dtype.type(0), b)
    return a.tobytes() == b.tobytes()


def _check(kernel: Kernel, arrays: dict, scalars: dict) -> None:
    verify(kernel)
    wanted = {k: a.copy() for k, a in arrays.items()}
    run(kernel, wanted, scalars)
    for target in TARGETS:
        for workers in (1, 2, 5):
            got = {k: a.copy() for k, a in arrays.items()}
            run_native(kernel, got, scalars, target, workers)
            for name, array in got.items():
                assert _same(array, wanted[name]), (target.name, workers, name)


@pytest.mark.parametrize("family", ["elementwise", "reduction", "columns"])
@settings(max_examples=30, deadline=None)
@given(seed=SEEDS, n=SIZES, m=st.integers(0, 5))
def test_random_nests(family: str, seed: int, n: int, m: int) -> None:
    kernel = getattr(random_kernels, family)(Random(seed))
    _check(kernel, *_arguments(kernel, np.random.default_rng(seed), n, m))


@settings(max_examples=10, deadline=None)
@given(seed=SEEDS)
def test_arm_code_assembles(seed: int) -> None:
    llvm.initialize_all_targets()
    llvm.initialize_all_asmprinters()
    target = named("neon")
    for family in (random_kernels.elementwise, random_kernels.reduction, random_kernels.columns):
        text = kernel_text(family(Random(seed)), target)
        assert jit.assembly(text, target)


def _row_kernel(op: str, value: Call | Load, kind: str) -> Kernel:
    n, m, r = Param("n", "i64"), Param("m", "i64"), Var("r")
    body = (
        Register("s", Const(0, kind)),
        For("i", n, (Update("s", op, value),), "vector"),
        Store("y", r, Ref("s", kind)),
    )
    buffers = (Buffer("x", kind), Buffer("y", kind, True))
    return Kernel("rows", buffers, (n, m), (For("r", m, body, "parallel"),))


@pytest.mark.parametrize("n", [0, 1, 15, 16, 17, 63, 64, 65, 300])
@pytest.mark.parametrize("kind", ["f32", "f64"])
def test_sums_are_near_and_equal_for_all_workers(n: int, kind: str) -> None:
    place = Call("add", (Call("mul", (Var("r"), Param("n", "i64")), "i64"), Var("i")), "i64")
    x = Load("x", place, kind)
    kernel = _row_kernel("add", Call("mul", (x, x), kind), kind)
    values = np.random.default_rng(n).normal(size=(7, n)).astype(NUMPY[kind])
    results = []
    for workers in (1, 2, 5):
        y = np.zeros(7, NUMPY[kind])
        run_native(kernel, {"x": values, "y": y}, {"n": n, "m": 7}, detect(), workers)
        results.append(y)
    np.testing.assert_allclose(results[0], (values.astype("f8") ** 2).sum(1), rtol=1e-6)
    assert all(r.tobytes() == results[0].tobytes() for r in results)


@pytest.mark.parametrize("shift", [0, 1])
@pytest.mark.parametrize("n", [100, 5000])
def test_results_larger_than_the_caches(n: int, shift: int) -> None:
    block, b = Const(64, "i64"), Var("b")
    start = Call("mul", (b, block), "i64")
    place = Call("add", (start, Var("i")), "i64")
    size = Call("minimum", (block, Call("sub", (Param("n", "i64"), start), "i64")), "i64")
    value = Call("neg", (Load("x", place, "f32"),), "f32")
    inner = For("i", size, (Store("y", place, value),), "vector")
    count = Call("add", (Param("n", "i64"), Const(63, "i64")), "i64")
    blocks = Call("floor_divide", (count, block), "i64")
    buffers = (Buffer("x", "f32"), Buffer("y", "f32", True))
    loop = For("b", blocks, (inner,), "parallel")
    kernel = Kernel("large", buffers, (Param("n", "i64"),), (loop,))
    x = np.random.default_rng(n).normal(size=n).astype("f4")
    for target in TARGETS:
        memory = np.zeros(n + 32, "f4")
        first = -memory.ctypes.data % 64 // 4 + shift
        small = dataclasses.replace(target, l3=4096)
        run_native(kernel, {"x": x, "y": memory[first : first + n]}, {"n": n}, small, 3)
        np.testing.assert_array_equal(memory[first : first + n], -x)
        assert not memory[:first].any() and not memory[first + n :].any()


def test_long_sums_lose_little() -> None:
    n = 3_000_000
    place = Call("add", (Call("mul", (Var("r"), Param("n", "i64")), "i64"), Var("i")), "i64")
    kernel = _row_kernel("add", Load("x", place, "f32"), "f32")
    x, y = np.full(n, 0.1, "f4"), np.zeros(1, "f4")
    run_native(kernel, {"x": x, "y": y}, {"n": n, "m": 1}, detect())
    np.testing.assert_allclose(y[0], x.astype("f8").sum(), rtol=1e-6)
    x[5] = np.inf
    run_native(kernel, {"x": x, "y": y}, {"n": n, "m": 1}, detect())
    assert y[0] == np.inf


def test_text_is_the_same_each_time() -> None:
    kernel = random_kernels.elementwise(Random(3))
    again = random_kernels.elementwise(Random(3))
    assert kernel_text(kernel, detect()) == kernel_text(again, detect())


def test_what_is_missing_names_itself() -> None:
    body = (Store("y", Const(0, "i64"), Call("frobnicate", (Const(1.0, "f32"),), "f32")),)
    kernel = Kernel("k", (Buffer("y", "f32", True),), (), body)
    with pytest.raises(NotImplementedError, match="frobnicate"):
        kernel_text(kernel, detect())
