"""Convolutions of 3 x 3 windows by Winograd's method against the operators' NumPy rules."""

from __future__ import annotations

import ml_dtypes
import numpy as np
import pytest

from loxley.compiler.llvm import jit
from loxley.compiler.llvm.target import detect, lesser, named
from loxley.compiler.templates import conv

from .conv_cases import WRITTEN, Case, expected, run, small_integers

DIRECTIONS = ["forward", "input", "weight"]
LAYER = Case(3, 40, 72, (14, 17), (3, 3), (1, 1), (1, 1), (1, 1), 1)


def _draw(rng: np.random.Generator) -> Case:
    """Channels of no, one and many vectors; rows of tiles of no, a part of and several blocks."""
    while True:
        groups = int(rng.integers(1, 3))
        channels, filters = (groups * int(rng.choice([1, 5, 16, 40, 150])) for _ in range(2))
        size = tuple(int(v) for v in rng.choice([1, 3, 5, 8, 14, 17, 130], 2))
        padding = tuple(int(v) for v in rng.integers(0, 5, 2))
        batch = int(rng.integers(0, 4))
        case = Case(batch, channels, filters, size, (3, 3), (1, 1), padding, (1, 1), groups)
        if min(case.out) > 0 and np.prod(case.size) < 3000:
            return case


def _given(case, dtype, rng):
    return {n: small_integers(rng, shape, dtype) for n, shape in case.shapes.items()}


@pytest.mark.parametrize("direction", DIRECTIONS)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("seed", range(20))
def test_random_sizes(direction, dtype, seed):
    rng = np.random.default_rng(seed)
    case = _draw(rng)
    given = _given(case, dtype, rng)
    memory = "f32" if dtype is np.float32 else "f64"
    made = run(direction, case, given, memory, workers=(1, 2, 5)[seed % 3], winograd=True)
    assert np.array_equal(made, expected(direction, case, given)), case


@pytest.mark.parametrize("direction", DIRECTIONS)
@pytest.mark.parametrize("level", ["sse2", "avx2"])
def test_lesser_targets(direction, level):
    try:
        target = lesser(detect(), level)
    except RuntimeError as error:
        pytest.skip(str(error))
    for seed in range(6):
        rng = np.random.default_rng(seed)
        case = _draw(rng)
        given = _given(case, np.float32, rng)
        made = run(direction, case, given, "f32", target=target, winograd=True)
        assert np.array_equal(made, expected(direction, case, given)), case


@pytest.mark.parametrize("direction", DIRECTIONS)
@pytest.mark.parametrize("channels", [16, 64, 256])
def test_errors_are_those_of_a_direct_sum(direction, channels):
    rng = np.random.default_rng(1)
    case = LAYER._replace(channels=channels, filters=channels)
    given = {n: rng.standard_normal(s).astype(np.float32) for n, s in case.shapes.items()}
    exact = expected(direction, case, {n: a.astype(np.float64) for n, a in given.items()})
    one, *others = (run(direction, case, given, "f32", n, winograd=True) for n in (1, 2, 5))
    assert all(np.array_equal(one, other) for other in others)
    direct = run(direction, case, given, "f32")
    error, usual = (np.sqrt(np.mean((a - exact) ** 2)) for a in (one, direct))
    assert error < 2.5 * usual
    assert error < 1e-6 * np.std(exact)


@pytest.mark.parametrize("direction", DIRECTIONS)
def test_bfloat16_is_summed_in_float32(direction):
    rng = np.random.default_rng(2)
    given = {n: rng.standard_normal(s).astype(ml_dtypes.bfloat16) for n, s in LAYER.shapes.items()}
    wide = {n: a.astype(np.float32) for n, a in given.items()}
    made = run(direction, LAYER, given, "bf16", winograd=True).astype(np.float32)
    np.testing.assert_allclose(made, expected(direction, LAYER, wide), rtol=1 / 128, atol=1e-2)


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
    everything = {**given, **extra}
    made = run(direction, LAYER, everything, "f32", epilogue=epilogue, winograd=True)
    column = (1, -1, 1, 1)
    wanted = expected(direction, LAYER, given)
    wanted = wanted * extra["scale"].reshape(column) if "scale" in extra else wanted
    wanted = wanted + extra["bias"].reshape(column) if "bias" in extra else wanted
    wanted = wanted + extra.get("residual", 0)
    assert np.array_equal(made, np.maximum(wanted, 0) if "relu" in epilogue else wanted)


@pytest.mark.parametrize(
    "changed",
    [
        {"kernel": (3, 1)},
        {"kernel": (5, 5)},
        {"stride": (1, 2)},
        {"dilation": (2, 1)},
        {"channels": 2},
        {"size": (3, 3), "padding": (0, 0)},
        {"size": (5, 8, 8), "kernel": (1, 3, 3), "stride": (1,) * 3, "padding": (0,) * 3}
        | {"dilation": (1,) * 3},
    ],
)
def test_other_windows_are_summed_directly(changed):
    for direction in DIRECTIONS:
        case = LAYER._replace(**changed)
        assert not conv.fastest(conv.spec_of(direction, "f32", case.stride), case.slots).winograd
        assert conv.fastest(conv.spec_of(direction, "f32", (1, 1)), LAYER.slots).winograd


@pytest.mark.parametrize("direction", DIRECTIONS)
def test_aarch64_is_assembled(direction):
    template = conv.template(conv.Spec(direction, "bf16", winograd=True))
    target = named("neon")
    assert template.name in jit.assembly(template.text(target), target)
