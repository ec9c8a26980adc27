"""The vectorized functions against NumPy in float64: units in the last place, edges included."""

from __future__ import annotations

import numpy as np
import pytest

from loxley.compiler.kinds import NUMPY
from loxley.compiler.llvm.math import FUNCTIONS
from loxley.compiler.loops.meaning import MEANING
from loxley.ir.loops import Buffer, Call, For, Kernel, Load, Param, Store, Var

from .running import run_native, targets

BINARY = {"atan2", "pow", "fmod", "remainder", "floor_divide"}
EXACT = {"fmod", "remainder", "floor_divide"}
# Where numbers of all magnitudes seldom meet the function's interesting range.
RANGES = {
    "exp": (-110, 95),
    "exp2": (-155, 135),
    "expm1": (-30, 95),
    "sigmoid": (-110, 30),
    "tanh": (-10, 10),
    "sinh": (-95, 95),
    "cosh": (-95, 95),
    "erf": (-5, 5),
    "erfc": (-5, 11),
    "log": (0, 3),
    "log2": (0, 3),
    "log10": (0, 3),
    "log1p": (-1, 3),
    "asin": (-1, 1),
    "acos": (-1, 1),
    "atanh": (-1, 1),
    "acosh": (1, 3),
}
EDGES = [0.0, -0.0, np.inf, -np.inf, np.nan, 1.0, -1.0, 0.5, 2.0, 3.0, -3.0, 1e-45, -1e-45, 1e-39]
EDGES += [1.1754944e-38, 3.4e38, -3.4e38, 88.72, 88.73, -87.4, -103.9, -104.1, 1e5, 1e6, 1e10, 0.75]


def _kernel(op: str, kind: str) -> Kernel:
    names = ("x", "z") if op in BINARY else ("x",)
    value = Call(op, tuple(Load(b, Var("i"), kind) for b in names), kind)
    body = (For("i", Param("n", "i64"), (Store("y", Var("i"), value),), "vector"),)
    buffers = (*(Buffer(b, kind) for b in names), Buffer("y", kind, True))
    return Kernel(f"one_{op}", buffers, (Param("n", "i64"),), body)


def _samples(op: str, dtype: np.dtype, rng: np.random.Generator) -> np.ndarray:
    """All magnitudes, the function's own range, and the edges."""
    integer = np.dtype(f"i{dtype.itemsize}")
    info = np.iinfo(integer)
    wild = rng.integers(info.min, info.max, 60_000, integer, endpoint=True).view(dtype)
    low, high = RANGES.get(op, (-10, 10))
    near = rng.uniform(low, high, 60_000).astype(dtype)
    tame = (rng.normal(size=60_000) * 10.0 ** rng.integers(-6, 6, 60_000)).astype(dtype)
    return np.concatenate([wild, near, tame, np.array(EDGES, dtype)])


def _units(got: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """How far apart, in units of the last place of the wanted number."""
    dtype = got.dtype
    with np.errstate(all="ignore"):
        rounded = wanted.astype(dtype)
        agree = (got == rounded) | (np.isnan(got) & np.isnan(rounded))
        size = np.minimum(np.abs(rounded), np.finfo(dtype).max)
        apart = np.abs(got.astype("f8") - wanted) / np.spacing(size).astype("f8")
    return np.where(agree, 0.0, np.where(np.isnan(apart), np.inf, apart))


def _measure(op: str, kind: str, target: object, samples: int = 1) -> np.ndarray:
    dtype = NUMPY[kind]
    rng = np.random.default_rng(7)
    arrays = {"x": np.concatenate([_samples(op, dtype, rng) for _ in range(samples)])}
    if op in BINARY:
        arrays["z"] = rng.permutation(arrays["x"])
    y = np.zeros_like(arrays["x"])
    run_native(_kernel(op, kind), {**arrays, "y": y}, {"n": len(y)}, target)
    with np.errstate(all="ignore"):
        wide = [a if op in EXACT else a.astype("f8") for a in arrays.values()]
        wanted = MEANING[op](*wide).astype("f8")
    return _units(y, wanted)


@pytest.mark.parametrize("target", targets(), ids=lambda t: t.name)
@pytest.mark.parametrize("op", sorted(FUNCTIONS))
def test_float32_is_within_two_units(op: str, target: object) -> None:
    assert _measure(op, "f32", target).max() <= (0 if op in EXACT else 2)


@pytest.mark.parametrize("target", targets(), ids=lambda t: t.name)
@pytest.mark.parametrize("op", sorted(FUNCTIONS))
def test_float64_is_within_a_few_units(op: str, target: object) -> None:
    # The reference is off by up to 1 unit itself, its erfc by more.
    bound = 0 if op in EXACT else 8 if op == "erfc" else 4
    assert _measure(op, "f64", target).max() <= bound


@pytest.mark.parametrize("op", ["fmod", "remainder", "floor_divide", "sin", "pow"])
def test_scalars_give_what_vectors_give(op: str) -> None:
    vector = _kernel(op, "f32")
    serial = vector._replace(name=f"scalar_{op}", body=(vector.body[0]._replace(mode="serial"),))
    rng = np.random.default_rng(0)
    x, z = (_samples(op, np.dtype("f4"), rng) for _ in range(2))
    results = []
    for kernel in (vector, serial):
        y = np.zeros_like(x)
        run_native(kernel, {"x": x, "z": z, "y": y}, {"n": len(x)}, targets()[0])
        results.append(y)
    np.testing.assert_array_equal(*results)
