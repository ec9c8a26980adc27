"""Small windows of one channel per group, kept in registers, against the operators' NumPy rules."""

from __future__ import annotations

import ml_dtypes
import numpy as np
import pytest

from loxley.compiler.llvm import jit
from loxley.compiler.llvm.target import detect, lesser, named
from loxley.compiler.templates import conv

from .conv_cases import WRITTEN, Case, expected, run, small_integers

DIRECTIONS = ["forward", "input", "weight"]
LAYER = Case(3, 5, 5, (23, 35), (3, 3), (1, 1), (1, 1), (1, 1), 5)


def _draw(rng: np.random.Generator) -> Case:
    while True:
        channels = int(rng.integers(2, 6))
        size = tuple(int(v) for v in rng.choice([1, 4, 7, 9, 15, 17, 33, 70], 2))
        parts = [
            tuple(int(v) for v in rng.integers(low, high + 1, 2))
            for low, high in ((1, 7), (1, 2), (0, 4), (1, 3))
        ]
        case = Case(int(rng.integers(0, 4)), channels, channels, size, *parts, channels)
        if min(case.out) > 0:
            return case


def _given(case, dtype, rng):
    return {n: small_integers(rng, shape, dtype) for n, shape in case.shapes.items()}


@pytest.mark.parametrize("direction", DIRECTIONS)
@pytest.mark.parametrize("seed", range(30))
def test_random_sizes(direction, seed):
    rng = np.random.default_rng(seed)
    case = _draw(rng)
    dtype, memory = ((np.float32, "f32"), (np.float64, "f64"))[seed % 4 == 3]
    given = _given(case, dtype, rng)
    made = run(direction, case, given, memory, workers=(1, 2, 5)[seed % 3], planes=True)
    assert np.array_equal(made, expected(direction, case, given)), case


@pytest.mark.parametrize("direction", DIRECTIONS)
@pytest.mark.parametrize("level", ["sse2", "avx2"])
def test_lesser_targets(direction, level):
    try:
        target = lesser(detect(), level)
    except RuntimeError as error:
        pytest.skip(str(error))
    for seed in range(8):
        rng = np.random.default_rng(seed)
        case = _draw(rng)
        given = _given(case, np.float32, rng)
        made = run(direction, case, given, "f32", target=target, planes=True)
        assert np.array_equal(made, expected(direction, case, given)), case


@pytest.mark.parametrize("direction", DIRECTIONS)
@pytest.mark.parametrize("kernel", [3, 7])
@pytest.mark.parametrize("stride", [1, 2])
def test_same_bits_for_any_number_of_workers(direction, kernel, stride):
    """Also planes of several bands."""
    rng = np.random.default_rng(1)
    case = LAYER._replace(kernel=(kernel, kernel), stride=(stride, stride), size=(100, 130))
    given = {n: rng.standard_normal(s).astype(np.float32) for n, s in case.shapes.items()}
    one, *others = (run(direction, case, given, "f32", n, planes=True) for n in (1, 2, 5))
    assert all(np.array_equal(one, other) for other in others)
    np.testing.assert_allclose(one, expected(direction, case, given), rtol=1e-4, atol=1e-3)


@pytest.mark.parametrize("direction", DIRECTIONS)
def test_bfloat16_is_summed_in_float32(direction):
    rng = np.random.default_rng(2)
    case = LAYER._replace(stride=(2, 1))
    given = {n: rng.standard_normal(s).astype(ml_dtypes.bfloat16) for n, s in case.shapes.items()}
    wide = {n: a.astype(np.float32) for n, a in given.items()}
    made = run(direction, case, given, "bf16", planes=True).astype(np.float32)
    np.testing.assert_allclose(made, expected(direction, case, wide), rtol=1 / 128, atol=1e-2)


@pytest.mark.parametrize("direction", ["forward", "input"])
@pytest.mark.parametrize("epilogue", [("bias",), ("scale", "bias", "residual", "relu"), ("relu",)])
def test_epilogue(direction, epilogue):
    rng = np.random.default_rng(3)
    given = _given(LAYER, np.float32, rng)
    shape = LAYER.shapes[WRITTEN[direction]]
    extra = {
        "scale": small_integers(rng, (shape[1],), np.float32),
        "bias": small_integers(rng, (shape[1],), np.float32),
        "residual": small_integers(rng, shape, np.float32),
    }
    extra = {n: a for n, a in extra.items() if n in epilogue}
    made = run(direction, LAYER, {**given, **extra}, "f32", epilogue=epilogue, planes=True)
    column = (1, -1, 1, 1)
    wanted = expected(direction, LAYER, given)
    wanted = wanted * extra["scale"].reshape(column) if "scale" in extra else wanted
    wanted = wanted + extra["bias"].reshape(column) if "bias" in extra else wanted
    wanted = wanted + extra.get("residual", 0)
    assert np.array_equal(made, np.maximum(wanted, 0) if "relu" in epilogue else wanted)


@pytest.mark.parametrize(
    "changed", [{"kernel": (8, 1)}, {"stride": (3, 1)}, {"dilation": (1, 5)}, {"groups": 1}]
)
def test_other_windows_are_summed_position_by_position(changed):
    case = LAYER._replace(**changed)
    for direction in DIRECTIONS:
        spec = conv.spec_of(direction, "f32", case.stride, (), case.depthwise)
        assert conv.fastest(spec, case.slots).window is None


@pytest.mark.parametrize("direction", DIRECTIONS)
def test_aarch64_is_assembled(direction):
    case = LAYER._replace(stride=(2, 2))
    spec = conv.fastest(conv.spec_of(direction, "bf16", (2, 2), (), True), case.slots)
    template, target = conv.template(spec), named("neon")
    assert template.name in jit.assembly(template.text(target), target)
