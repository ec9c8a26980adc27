"""Sorting and the first few of a sorted dimension, against the operators."""

from __future__ import annotations

import ml_dtypes
import numpy as np
import pytest

from loxley.compiler.kinds import NUMPY
from loxley.compiler.llvm import target
from loxley.compiler.llvm.launch import launch_template
from loxley.compiler.templates import sort, sort_wide
from loxley.ops.sort import order_of

from .attention_cases import targets

TARGETS = list(targets())
TYPES = {"float32": np.float32, "bfloat16": ml_dtypes.bfloat16, "float16": np.float16}


def run(x, kept, descending, machine, workers=1, full=True, dtype="float32"):
    outer, size, inner = x.shape
    values = np.empty((outer, kept, inner), x.dtype)
    places = np.empty((outer, kept, inner), np.int64)
    slots = {"outer": outer, "size": size, "inner": inner, "kept": kept}
    for name, array in (("x", x), ("values", values), ("places", places)):
        slots[name] = array
        for letter, step in zip("oni", array.strides):
            slots[f"{name}_{letter}"] = step // array.itemsize
    launch_template(sort.sort(sort.Spec(dtype, descending, full)), slots, workers, machine)
    return values, places


def sample(shape, dtype="float32"):
    """Many equal elements, both zeros, infinities and NaN."""
    x = np.random.default_rng(sum(shape)).integers(-20, 20, shape).astype(np.float32) / 4
    x.flat[::7] *= -0.0
    x.flat[5::31] = np.nan
    x.flat[3::29] = np.inf
    x.flat[4::29] = -np.inf
    return x.astype(TYPES[dtype])


def check(x, kept, descending, got):
    wanted = np.take(order_of(x.astype(np.float64), 1, descending), range(kept), axis=1)
    np.testing.assert_array_equal(got[1], wanted)
    np.testing.assert_array_equal(got[0].view(np.uint8), _picked(x, wanted).view(np.uint8))


def _picked(x, places):
    return np.ascontiguousarray(np.take_along_axis(x, places, 1))


@pytest.mark.parametrize("machine", TARGETS, ids=lambda t: t.name)
@pytest.mark.parametrize("descending", [False, True])
@pytest.mark.parametrize(
    "shape", [(3, 100, 1), (2, 17, 5), (1, 1, 4), (0, 3, 2), (4, 64, 1), (2, 900, 1)]
)
def test_sort(machine, descending, shape):
    x = sample(shape)
    for workers in (1, 3):
        check(x, shape[1], descending, run(x, shape[1], descending, machine, workers))


@pytest.mark.parametrize("machine", TARGETS, ids=lambda t: t.name)
@pytest.mark.parametrize("descending", [False, True])
@pytest.mark.parametrize("shape", [(3, 1000, 1), (2, 17, 5), (1, 9, 1)])
@pytest.mark.parametrize("kept", [0, 1, 5, 9])
def test_few(machine, descending, shape, kept):
    x = sample(shape)
    for workers in (1, 2):
        check(x, kept, descending, run(x, kept, descending, machine, workers, full=False))


@pytest.mark.parametrize("full", [False, True])
@pytest.mark.parametrize("dtype", ["bfloat16", "float16"])
def test_narrow_types(full, dtype):
    x = sample((2, 90, 1), dtype)
    check(x, 7, True, run(x, 7, True, target.detect(), 1, full, dtype))


def test_only_missing_numbers():
    x = np.full((1, 20, 1), np.nan, np.float32)
    for full in (False, True):
        for descending in (False, True):
            check(x, 6, descending, run(x, 6, descending, target.detect(), 1, full))


def test_other_types_have_no_kernel():
    with pytest.raises(ValueError, match="int64"):
        sort.sort(sort.Spec("int64"))


@pytest.mark.parametrize("kind", sorted(sort_wide.KINDS))
@pytest.mark.parametrize("descending", [False, True])
@pytest.mark.parametrize("shape", [(3, 100, 1), (2, 17, 5), (1, 1, 4), (0, 3, 2)])
def test_sort_of_other_kinds(kind, descending, shape):
    x = sample(shape)
    if kind == "f64":
        x = x.astype(np.float64)
    else:
        x = np.nan_to_num(x, posinf=9, neginf=-9).astype(NUMPY[kind])
    values, places = np.empty_like(x), np.empty(shape, np.int64)
    slots = {"outer": shape[0], "size": shape[1], "inner": shape[2], "kept": shape[1]}
    for name, array in (("x", x), ("values", values), ("places", places)):
        slots[name] = array
        for letter, step in zip("oni", array.strides):
            slots[f"{name}_{letter}"] = step // array.itemsize
    for workers in (1, 2, 5):
        template = sort_wide.sort(sort_wide.Spec(kind, descending))
        launch_template(template, slots, workers)
        wanted = order_of(x, 1, descending)
        np.testing.assert_array_equal(places, wanted)
        np.testing.assert_array_equal(values, _picked(x, wanted))
