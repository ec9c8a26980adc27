"""Order statistics by machine code, against their NumPy rules; nothing is left to NumPy."""

from __future__ import annotations

import ml_dtypes
import numpy as np
import pytest

from loxley.compiler.llvm import target
from loxley.compiler.llvm.launch import launch_template
from loxley.compiler.templates import select
from loxley.ops import order

from .attention_cases import targets

TYPES = {
    "f32": np.float32,
    "f64": np.float64,
    "bf16": ml_dtypes.bfloat16,
    "f16": np.float16,
    "i64": np.int64,
    "i32": np.int32,
    "i16": np.int16,
    "i8": np.int8,
    "u8": np.uint8,
}


def run(x, kind, what, rank=0, workers=1, machine=None):
    outer, size, inner = x.shape
    values, places = np.empty((outer, inner), x.dtype), np.empty((outer, inner), np.int64)
    slots = {"outer": outer, "size": size, "inner": inner, "rank": rank}
    slots |= {"x": x, "values": values, "places": places}
    made = select.select(select.Spec(kind, what))
    launch_template(made, slots, workers, machine or target.detect())
    return values, places


def sample(shape, kind):
    """Many equal elements, and the extremes of the kind."""
    x = np.random.default_rng(sum(shape)).integers(-20, 20, shape)
    if kind in ("f32", "f64", "bf16", "f16"):
        x = x.astype(np.float32) / 4
        x.flat[::7] *= -0.0
        x.flat[3::29], x.flat[4::29] = np.inf, -np.inf
        return x.astype(TYPES[kind])
    x = (x % 40 if kind == "u8" else x).astype(TYPES[kind])
    x.flat[3::29], x.flat[4::29] = np.iinfo(x.dtype).max, np.iinfo(x.dtype).min
    return x


def same(got, wanted):
    for one, other in zip(got, wanted, strict=True):
        np.testing.assert_array_equal(one.astype(np.float64), other.astype(np.float64))


@pytest.mark.parametrize("kind", TYPES)
@pytest.mark.parametrize("shape", [(3, 300, 1), (2, 17, 5), (1, 1, 4), (0, 3, 2)])
def test_ranks(kind, shape):
    x = sample(shape, kind)
    for rank in sorted({0, shape[1] // 3, shape[1] - 1}):
        wanted = order._kthvalue_eval(x, k=rank + 1, dim=1, keepdim=False)
        for workers in (1, 3):
            same(run(x, kind, "rank", rank, workers), wanted)


@pytest.mark.parametrize("machine", list(targets()), ids=lambda t: t.name)
@pytest.mark.parametrize("what", ["median", "nanmedian"])
@pytest.mark.parametrize("kind", ["f32", "f64", "f16", "i64"])
def test_medians(machine, what, kind):
    if kind == "f16" and not machine.has("f16c"):
        pytest.skip("float16 needs its conversions")
    x = sample((4, 101, 3), kind)
    if kind != "i64":
        x[1, 5::9], x[2] = np.nan, np.nan
        x[3, 40, 1] = -np.nan
    wanted = getattr(order, f"{what}_dim").eval(x, dim=1, keepdim=False)
    same(run(x, kind, what, machine=machine), wanted)
