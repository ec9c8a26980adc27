"""Random draws in machine code against NumPy: equal bits and states for any number of workers."""

from __future__ import annotations

import math

import numpy as np
import pytest

from loxley.compiler.kinds import NUMPY
from loxley.compiler.llvm.launch import launch_template
from loxley.compiler.templates import draws
from loxley.numerics import random as reference
from loxley.numerics.mersenne import ARRAY, MersenneTwister
from loxley.numerics.random_normal import normal

from .attention_cases import targets

TARGETS = list(targets())
COUNTS = (1, 16, 17, 100, 625, 4999)
SKIPPED = (0, 1, 623, 700)
WORKERS = (1, 2, 5)
EDGE = 64


def states():
    for count in COUNTS:
        for skipped in SKIPPED:
            gen = MersenneTwister(count)
            gen.skip(skipped)
            yield count, gen.to_array()


def run(spec, numbers, count, state, workers, machine, size=None):
    size = count if size is None else size
    out = np.full(size + EDGE, 77).astype(NUMPY[spec.kind])
    mark = out[-1:].copy()
    following = np.full(ARRAY + EDGE, -7, np.int32)
    slots = dict(numbers) | {"count": count, "state": state, "next": following, "out": out}
    launch_template(draws.template(spec), slots, workers, machine)
    assert (following[ARRAY:] == -7).all()
    assert (out[size:] == mark).all()
    return out[:size], following[:ARRAY]


def check(spec, numbers, machine, draw, fits=lambda count: True, fewer=0):
    for count, state in states():
        if not fits(count):
            continue
        gen = MersenneTwister.of_array(state)
        wanted = draw(gen, count)
        for workers in WORKERS:
            got, following = run(spec, numbers, count - fewer, state, workers, machine, size=count)
            np.testing.assert_array_equal(got.view(np.uint8), wanted.view(np.uint8))
            np.testing.assert_array_equal(following, gen.to_array())


def skip_halves(machine, kind):
    if kind == "f16" and not machine.has("f16c"):
        pytest.skip("halves are converted by calls there")


machines = pytest.mark.parametrize("machine", TARGETS, ids=lambda t: t.name)


@machines
@pytest.mark.parametrize("kind", ["f32", "f64", "bf16", "f16"])
@pytest.mark.parametrize("bounds", [(0.0, 1.0), (-1.25, 2.75), (0.1, 0.3), (-1.0, 0.0)])
def test_uniform(machine, kind, bounds):
    skip_halves(machine, kind)
    low, high = bounds if kind == "f64" else [float(np.float32(b)) for b in bounds]
    span = high - low if kind == "f64" else float(np.float32(high) - np.float32(low))
    top, bottom = reference.cast(np.array([high, low]), NUMPY[kind]).astype(float).tolist()
    numbers = {"top": top, "bottom": bottom}
    scaled = bounds != (0.0, 1.0)
    if scaled:
        numbers |= {"low": low, "span": span}

    def draw(gen, count):
        return reference.uniform(gen, (count,), NUMPY[kind], *bounds)

    check(draws.Spec("uniform", kind, scaled), numbers, machine, draw)


@machines
@pytest.mark.parametrize("kind", ["f32", "bf16", "f16"])
@pytest.mark.parametrize("mean, std", [(0, 1), (0.3, 1.7)])
def test_normal(machine, kind, mean, std):
    skip_halves(machine, kind)
    scaled = std != 1
    numbers = {"mean": mean, "std": std} if scaled else {}

    def draw(gen, count):
        return normal(gen, (count,), NUMPY[kind], mean, std)

    check(draws.Spec("normal", kind, scaled), numbers, machine, draw, lambda count: count >= 16)


@machines
@pytest.mark.parametrize("kind", ["i64", "i32", "u8", "bool", "bf16"])
@pytest.mark.parametrize("low, choices", [(-3, 10), (5, 2**28 - 1), (0, 1), (-(2**39), 2**40 + 3)])
def test_integers(machine, kind, low, choices):
    spec = draws.Spec("integers", kind, wide=choices >= 2**28)

    def draw(gen, count):
        return reference.integers(gen, (count,), NUMPY[kind], low, choices)

    check(spec, {"modulus": choices, "low": low}, machine, draw)


@machines
@pytest.mark.parametrize("kind", ["f32", "bool", "i64", "bf16"])
@pytest.mark.parametrize("p", [0.0, 0.3, 1.0])
def test_bernoulli(machine, kind, p):
    def draw(gen, count):
        return reference.bernoulli(gen, (count,), NUMPY[kind], p)

    limit = {"limit": math.ceil(p * 2.0**53)}
    check(draws.Spec("bernoulli", kind), limit, machine, draw)


@machines
def test_permutation(machine):
    def draw(gen, count):
        return reference.permutation(gen, count)

    spec = draws.Spec("permutation", "i64")
    check(spec, {}, machine, draw, lambda count: count > 1, fewer=1)
