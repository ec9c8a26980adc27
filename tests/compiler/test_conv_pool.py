"""Kernels of pooling against the operators' NumPy rules."""

from __future__ import annotations

from typing import Any, NamedTuple

import ml_dtypes
import numpy as np
import pytest

from loxley.compiler.llvm.launch import launch_template
from loxley.compiler.llvm.target import detect, lesser
from loxley.compiler.templates import pool
from loxley.numerics import pooling
from loxley.numerics.pooling import Windows
from loxley.ops import nn_pool

from .conv_cases import guarded, intact

TYPES = {"f32": np.float32, "f64": np.float64, "bf16": ml_dtypes.bfloat16}


class Case(NamedTuple):
    """Planes and windows over them."""

    planes: int
    size: tuple[int, ...]
    windows: Windows

    @property
    def out(self) -> tuple[int, ...]:
        return self.windows.output(self.size)

    def slots(self) -> dict[str, int]:
        w = self.windows
        return pool.arguments(
            self.planes, self.size, self.out, w.kernel, w.stride, w.padding, w.dilation
        )


def draw(rng: np.random.Generator, dilated: bool) -> Case:
    while True:
        dims = int(rng.integers(1, 4))
        size, kernel, stride, gaps = (
            tuple(int(v) for v in rng.integers(1, top + 1, dims))
            for top in ({1: 40, 2: 20, 3: 8}[dims], 5, 3, 2)
        )
        padding = tuple(int(rng.integers(0, k // 2 + 1)) for k in kernel)
        gaps = gaps if dilated else (1,) * dims
        case = Case(
            int(rng.integers(0, 7)),
            size,
            Windows(kernel, stride, padding, gaps, bool(rng.integers(2))),
        )
        if min(case.out) > 0:
            return case


def _guarded_like(values: np.ndarray) -> np.ndarray:
    _, array = guarded(values.shape, values.dtype)
    array[...] = values
    return array


def _integers(rng: np.random.Generator, shape: tuple[int, ...], dtype: Any) -> np.ndarray:
    return _guarded_like(rng.integers(-4, 5, shape).astype(dtype))


def _call(spec, values, case_slots, workers=1, target=None, **more):
    launch_template(pool.template(spec), {**values, **case_slots, **more}, workers, target)


def _max(case, x, memory, workers=1, target=None):
    spec = pool.spec_of("max", memory, case.windows.kernel, case.windows.stride)
    whole, y = guarded((case.planes, *case.out), x.dtype)
    index = np.uint8 if spec.where == "u8" else np.int32
    marks = np.full(y.size + 16, 77, index)
    where = marks[8 : 8 + y.size].reshape(y.shape)
    _call(spec, {"x": x, "y": y, "where": where}, case.slots(), workers, target)
    assert intact(whole)
    assert (marks[:8] == 77).all() and (marks[-8:] == 77).all()
    return y, where


def _max_backward(case, dy, where, memory, workers=1, target=None):
    spec = pool.spec_of("max_backward", memory, case.windows.kernel)
    whole, x = guarded((case.planes, *case.size), dy.dtype)
    _call(spec, {"x": x, "y": dy, "where": where}, case.slots(), workers, target)
    assert intact(whole)
    return x


@pytest.mark.parametrize("memory", ["f32", "f64"])
@pytest.mark.parametrize("seed", range(40))
def test_maxima(memory, seed):
    rng = np.random.default_rng(seed)
    case = draw(rng, dilated=True)
    x = _integers(rng, (case.planes, *case.size), TYPES[memory])
    special = rng.random(x.shape)
    x[special < 0.1] = np.nan
    x[special > 0.6] = -np.inf
    best, taps = pooling.max_pool(x, case.windows)
    y, where = _max(case, x, memory, workers=(1, 2, 5)[seed % 3])
    # A dilated window may hold padding alone, of which no element is the first.
    held = where < np.prod(case.windows.kernel)
    assert held.all() or max(case.windows.dilation) > 1
    assert np.array_equal(y, best, equal_nan=True), case
    assert np.array_equal(where[held], taps[held]), case
    dy = _integers(rng, y.shape, TYPES[memory])
    dx = _max_backward(case, dy, where, memory, workers=(1, 2, 5)[seed % 3])
    if held.all():
        assert np.array_equal(dx, pooling.max_pool_backward(dy, where, case.windows, case.size))


@pytest.mark.parametrize("memory", ["f32", "f64"])
@pytest.mark.parametrize("seed", range(40))
def test_means(memory, seed):
    rng = np.random.default_rng(seed)
    case = draw(rng, dilated=False)
    include, divisor = bool(seed % 2), None if seed % 5 else 3
    x = _integers(rng, (case.planes, *case.size), TYPES[memory])
    whole, y = guarded((case.planes, *case.out), x.dtype)
    extra = {} if divisor is None else {"divisor": float(divisor)}
    parts = (memory, case.windows.kernel, case.windows.stride, include, divisor)
    _call(pool.spec_of("mean", *parts), {"x": x, "y": y}, case.slots(), 1 + seed % 3, **extra)
    assert intact(whole)
    wanted = nn_pool._mean_eval(x, case.windows, include, divisor)
    np.testing.assert_allclose(y, wanted, rtol=1e-6, atol=1e-6)
    dy = _integers(rng, y.shape, x.dtype)
    whole, dx = guarded(x.shape, x.dtype)
    spec = pool.spec_of("mean_backward", *parts)
    _call(spec, {"x": dx, "y": dy}, case.slots(), 1 + seed % 3, **extra)
    assert intact(whole)
    wanted = nn_pool._mean_backward_eval(dy, case.windows, include, divisor, case.size)
    np.testing.assert_allclose(dx, wanted, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("memory", ["f32", "f64"])
@pytest.mark.parametrize(
    "size, cells",
    [
        ((7, 7), (1, 1)),
        ((9,), (4,)),
        ((20, 19), (6, 5)),
        ((3, 4, 5), (2, 1, 7)),
        ((40,), (1,)),
        ((2, 50), (2, 1)),
    ],
)
def test_adaptive_means(memory, size, cells):
    rng = np.random.default_rng(0)
    x = _integers(rng, (5, *size), TYPES[memory])
    slots = pool.arguments(5, size, cells)
    whole, y = guarded((5, *cells), x.dtype)
    _call(pool.spec_of("adaptive", memory), {"x": x, "y": y}, slots, 2)
    assert intact(whole)
    np.testing.assert_allclose(y, pooling.adaptive_mean(x, cells), rtol=1e-6, atol=1e-6)
    dy = _integers(rng, y.shape, x.dtype)
    whole, dx = guarded(x.shape, x.dtype)
    _call(pool.spec_of("adaptive_backward", memory), {"x": dx, "y": dy}, slots, 2)
    assert intact(whole)
    wanted = pooling.adaptive_mean_backward(dy, size)
    np.testing.assert_allclose(dx, wanted, rtol=1e-5, atol=1e-5)


def test_bfloat16():
    rng = np.random.default_rng(1)
    case = Case(4, (9, 23), Windows((3, 3), (2, 2), (1, 1), (1, 1), False))
    x = _guarded_like(rng.standard_normal((4, 9, 23)).astype(TYPES["bf16"]))
    y, where = _max(case, x, "bf16")
    best, taps = pooling.max_pool(x.astype(np.float32), case.windows)
    assert np.array_equal(y.astype(np.float32), best) and np.array_equal(where, taps)
    dx = _max_backward(case, y, where, "bf16")
    wanted = pooling.max_pool_backward(best, taps, case.windows, case.size)
    assert np.array_equal(dx, wanted.astype(TYPES["bf16"]))
    spec = pool.spec_of("adaptive", "bf16")
    whole, mean = guarded((4, 1, 1), x.dtype)
    _call(spec, {"x": x, "y": mean}, pool.arguments(4, (9, 23), (1, 1)))
    assert intact(whole)
    wanted = pooling.adaptive_mean(x.astype(np.float32), (1, 1))
    np.testing.assert_allclose(mean.astype(np.float32), wanted, rtol=1 / 128, atol=1e-4)


@pytest.mark.parametrize("level", ["sse2", "avx2"])
def test_lesser_targets(level):
    try:
        target = lesser(detect(), level)
    except RuntimeError as error:
        pytest.skip(str(error))
    for seed in range(6):
        rng = np.random.default_rng(seed)
        case = draw(rng, dilated=False)
        x = _integers(rng, (case.planes, *case.size), np.float32)
        best, taps = pooling.max_pool(x, case.windows)
        y, where = _max(case, x, "f32", target=target)
        assert np.array_equal(y, best) and np.array_equal(where, taps)
        dx = _max_backward(case, y, where, "f32", target=target)
        assert np.array_equal(dx, pooling.max_pool_backward(y, taps, case.windows, case.size))


def test_an_index_outside_its_window_adds_nothing():
    case = Case(1, (4, 4), Windows((2, 2), (2, 2), (0, 0), (1, 1), False))
    where = np.full((1, 2, 2), 200, np.uint8)
    dx = _max_backward(case, np.ones((1, 2, 2), np.float32), where, "f32")
    assert not dx.any()


@pytest.mark.parametrize(
    "spec",
    [
        pool.Spec("least", "f32"),
        pool.Spec("max", "f32"),
        pool.Spec("mean", "f32"),
        pool.Spec("adaptive", "i8"),
    ],
)
def test_no_such_kernel(spec):
    with pytest.raises(ValueError, match="pool: "):
        pool.template(spec)
