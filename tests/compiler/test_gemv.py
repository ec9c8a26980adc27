"""Products with few rows or columns against NumPy, by both ways of streaming the large operand."""

from __future__ import annotations

import numpy as np
import pytest

from loxley.compiler.templates import gemm

from .gemm_cases import LAYOUTS, MACHINES, assert_product, expected, machines, product, run, spec_of

KINDS = [
    ("f32", ("f32", "f32", "f32")),
    ("f64", ("f64", "f64", "f64")),
    ("bf16", ("bf16", "bf16", "bf16")),
    ("bf16", ("f32", "bf16", "f32")),
    ("f32", ("f32", "f16", "f32")),
]
kinds_ = pytest.mark.parametrize("kind, kinds", KINDS, ids=str)


def sizes_of(rng, count):
    for _ in range(count):
        few, many, k = int(rng.integers(1, 10)), int(rng.integers(0, 130)), rng.integers(0, 130)
        m, n = (few, many) if rng.integers(2) else (many, few)
        yield m, n, int(k), *(int(v) for v in rng.integers(1, 3, 2))


@machines
@kinds_
def test_dot(machine, kind, kinds):
    rng = np.random.default_rng(1)
    for sizes in sizes_of(rng, 15):
        p = product(rng, kinds, sizes, tuple(rng.choice(LAYOUTS, 2)))
        spec = spec_of(p, kind, kinds)
        run(spec, p, machine, method=gemm.template(spec, "dot"))
        assert_product(p, kind, kinds[2], *expected(p, kind))


@machines
@kinds_
def test_sweep(machine, kind, kinds):
    rng = np.random.default_rng(2)
    for sizes in sizes_of(rng, 15):
        p = product(rng, kinds, sizes, (rng.choice(LAYOUTS), rng.choice(["plain", "wide"])))
        spec = spec_of(p, kind, kinds)._replace(b_unit="lines")
        run(spec, p, machine, method=gemm.template(spec, "sweep"))
        assert_product(p, kind, kinds[2], *expected(p, kind))


@machines
@kinds_
@pytest.mark.parametrize("method", ["dot", "sweep"])
def test_equal_bits_for_any_workers(machine, kind, kinds, method):
    rng = np.random.default_rng(3)
    layout = "transposed" if method == "dot" else "plain"
    for sizes in (
        (1, 4500, 300, 1, 1),
        (3, 1500, 30, 1, 1),
        (4, 300, 100, 1, 1),
        (7, 150, 33, 1, 3),
        (90, 3, 50, 1, 1),
    ):
        p = product(rng, kinds, sizes, ("plain", layout))
        spec = spec_of(p, kind, kinds)
        made = gemm.template(spec, method)
        run(spec, p, machine, method=made)
        assert_product(p, kind, kinds[2], *expected(p, kind))
        once = p.room.tobytes()
        for workers in (2, 5):
            p.out[...] = 0
            run(spec, p, machine, workers, method=made)
            assert p.room.tobytes() == once


@kinds_
@pytest.mark.parametrize("method", ["dot", "sweep"])
def test_accumulates(kind, kinds, method):
    rng = np.random.default_rng(4)
    p = product(rng, kinds, (3, 40, 50, 1, 2), ("plain", "plain"))
    p.out[...] = rng.standard_normal(p.out.shape).astype(p.out.dtype)
    old = p.out.astype(np.float64)
    spec = spec_of(p, kind, kinds, accumulate=True)
    run(spec, p, MACHINES[-1], method=gemm.template(spec, method))
    want, size = expected(p, kind)
    assert_product(p, kind, kinds[2], want + old, size + np.abs(old))


def test_choice():
    spec = gemm.Spec(a_unit="k", b_unit="k")
    assert gemm.choose(spec, 1, 1000, 512) == "dot"
    assert gemm.choose(spec._replace(b_unit="lines"), 1, 1000, 512) == "sweep"
    assert gemm.choose(spec._replace(b_unit="lines"), 1000, 1, 512) == "dot"
    assert gemm.choose(spec, 100, 1000, 512) == "blocked"
    with pytest.raises(ValueError, match="b_unit 'lines'"):
        gemm.template(spec, "sweep")
