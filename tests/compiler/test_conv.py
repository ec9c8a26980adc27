"""Kernels of convolutions against the operators' NumPy rules."""

from __future__ import annotations

import ml_dtypes
import numpy as np
import pytest

from loxley.compiler.llvm import jit
from loxley.compiler.llvm.target import detect, lesser, named
from loxley.compiler.templates import conv

from .conv_cases import WRITTEN, Case, draw, expected, run, small_integers

DIRECTIONS = ["forward", "input", "weight"]
TYPES = {"f32": np.float32, "f64": np.float64, "bf16": ml_dtypes.bfloat16}
RESNET = Case(1, 64, 64, (14, 14), (3, 3), (1, 1), (1, 1), (1, 1), 1)
MOBILE = RESNET._replace(groups=64)


def _given(case, dtype, rng):
    return {n: small_integers(rng, shape, dtype) for n, shape in case.shapes.items()}


@pytest.mark.parametrize("direction", DIRECTIONS)
@pytest.mark.parametrize("memory", ["f32", "f64"])
@pytest.mark.parametrize("seed", range(40))
def test_random_sizes(direction, memory, seed):
    rng = np.random.default_rng(seed)
    case = draw(rng)
    given = _given(case, TYPES[memory], rng)
    made = run(direction, case, given, memory, workers=(1, 2, 5)[seed % 3])
    assert np.array_equal(made, expected(direction, case, given)), case


@pytest.mark.parametrize("direction", DIRECTIONS)
@pytest.mark.parametrize("memory", ["f32", "f64"])
@pytest.mark.parametrize("seed", range(30))
def test_one_channel_per_group(direction, memory, seed):
    rng = np.random.default_rng(seed)
    case = draw(rng, depthwise=True)
    given = _given(case, TYPES[memory], rng)
    made = run(direction, case, given, memory, workers=(1, 2, 5)[seed % 3])
    assert np.array_equal(made, expected(direction, case, given)), case


@pytest.mark.parametrize("direction", DIRECTIONS)
@pytest.mark.parametrize("level", ["sse2", "avx2"])
def test_lesser_targets(direction, level):
    try:
        target = lesser(detect(), level)
    except RuntimeError as error:
        pytest.skip(str(error))
    for seed in range(12):
        rng = np.random.default_rng(seed)
        case = draw(rng)
        given = _given(case, np.float32, rng)
        made = run(direction, case, given, "f32", target=target)
        assert np.array_equal(made, expected(direction, case, given)), case


@pytest.mark.parametrize("direction", DIRECTIONS)
def test_blocks_of_all_sizes(direction):
    """More than one block of channels, of positions and of elements of a patch."""
    case = Case(3, 150, 140, (17, 15), (3, 3), (1, 1), (1, 1), (1, 1), 1)
    rng = np.random.default_rng(0)
    given = _given(case, np.float32, rng)
    assert np.array_equal(run(direction, case, given, "f32"), expected(direction, case, given))


@pytest.mark.parametrize("direction", DIRECTIONS)
@pytest.mark.parametrize("stride", [1, 2, 3])
@pytest.mark.parametrize("layer", [RESNET, MOBILE])
def test_same_bits_for_any_number_of_workers(direction, stride, layer):
    rng = np.random.default_rng(1)
    case = layer._replace(batch=3, stride=(stride, stride))
    given = {n: rng.standard_normal(s).astype(np.float32) for n, s in case.shapes.items()}
    one, *others = (run(direction, case, given, "f32", workers=n) for n in (1, 2, 5))
    assert all(np.array_equal(one, other) for other in others)
    np.testing.assert_allclose(one, expected(direction, case, given), rtol=1e-4, atol=1e-3)


@pytest.mark.parametrize("direction", DIRECTIONS)
@pytest.mark.parametrize("layer", [RESNET, MOBILE])
def test_bfloat16_is_summed_in_float32(direction, layer):
    rng = np.random.default_rng(2)
    case = layer._replace(batch=2, stride=(2, 1))
    given = {n: rng.standard_normal(s).astype(TYPES["bf16"]) for n, s in case.shapes.items()}
    wide = {n: a.astype(np.float32) for n, a in given.items()}
    made = run(direction, case, given, "bf16").astype(np.float32)
    np.testing.assert_allclose(made, expected(direction, case, wide), rtol=1 / 128, atol=1e-2)


@pytest.mark.parametrize("direction", ["forward", "input"])
@pytest.mark.parametrize("epilogue", [("bias",), ("scale", "bias", "residual", "relu"), ("relu",)])
@pytest.mark.parametrize("layer", [RESNET, MOBILE])
def test_epilogue(direction, epilogue, layer):
    rng = np.random.default_rng(3)
    case = layer._replace(batch=2, stride=(2, 2))
    given = _given(case, np.float32, rng)
    shape = case.shapes[WRITTEN[direction]]
    extra = {
        "scale": small_integers(rng, (shape[1],), np.float32),
        "bias": small_integers(rng, (shape[1],), np.float32),
        "residual": small_integers(rng, shape, np.float32),
    }
    extra = {n: a for n, a in extra.items() if n in epilogue}
    made = run(direction, case, {**given, **extra}, "f32", epilogue=epilogue)
    column = (1, -1, 1, 1)
    wanted = expected(direction, case, given)
    if "scale" in extra:
        wanted = wanted * extra["scale"].reshape(column)
    if "bias" in extra:
        wanted = wanted + extra["bias"].reshape(column)
    wanted = wanted + extra.get("residual", 0)
    if "relu" in epilogue:
        wanted = np.maximum(wanted, 0)
    assert np.array_equal(made, wanted)


def test_what_lies_outside_the_output_gets_zero():
    """An input that windows never reach has no gradient."""
    case = Case(2, 2, 3, (9, 9), (1, 1), (4, 4), (0, 0), (1, 1), 1)
    rng = np.random.default_rng(4)
    given = _given(case, np.float32, rng)
    made = run("input", case, given, "f32")
    assert np.array_equal(made, expected("input", case, given))


@pytest.mark.parametrize(
    "spec",
    [
        conv.Spec("sideways", "f32"),
        conv.Spec("forward", "i8"),
        conv.Spec("forward", "f32", 1, ("gelu",)),
        conv.Spec("weight", "f32", 1, ("bias",)),
    ],
)
def test_no_such_kernel(spec):
    with pytest.raises(ValueError, match="conv: "):
        conv.template(spec)


@pytest.mark.parametrize("direction", DIRECTIONS)
@pytest.mark.parametrize("depthwise", [False, True])
def test_aarch64_is_assembled(direction, depthwise):
    step = 1 if direction == "input" else 2
    template = conv.template(conv.Spec(direction, "bf16", step, (), depthwise))
    target = named("neon")
    assert template.name in jit.assembly(template.text(target), target)


def test_one_template_per_spec():
    assert conv.template(conv.Spec("forward", "f32")) is conv.template(conv.Spec("forward", "f32"))
