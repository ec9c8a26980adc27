"""Products of small matrices against NumPy: tiles of every size, layouts, workers, targets."""

from __future__ import annotations

import numpy as np
import pytest

from loxley.compiler.llvm import jit, target
from loxley.compiler.templates import gemm
from loxley.ir.loops import Buffer, Call, Load, Ref, Var

from .gemm_cases import (
    LAYOUTS,
    MACHINES,
    arguments,
    assert_product,
    expected,
    machines,
    product,
    run,
    spec_of,
)

KINDS = [
    ("f32", ("f32", "f32", "f32")),
    ("f64", ("f64", "f64", "f64")),
    ("f32", ("f32", "f32", "bf16")),
]
kinds_ = pytest.mark.parametrize("kind, kinds", KINDS, ids=str)


def direct(spec, n):
    return gemm.template(spec, "direct", gemm.shape_of(spec.kind, n))


def check(rng, kind, kinds, sizes, layouts, machine, workers=1):
    p = product(rng, kinds, sizes, layouts)
    spec = spec_of(p, kind, kinds)
    run(spec, p, machine, workers, method=direct(spec, sizes[1]))
    assert_product(p, kind, kinds[2], *expected(p, kind))


@machines
@kinds_
def test_random_sizes_and_layouts(machine, kind, kinds):
    rng = np.random.default_rng(1)
    for _ in range(25):
        m, n = (int(v) for v in rng.integers(1, rng.choice([5, 20, 110]), 2))
        sizes = m, n, int(rng.integers(0, 70)), *(int(v) for v in rng.integers(1, 4, 2))
        check(rng, kind, kinds, sizes, tuple(rng.choice(LAYOUTS, 2)), machine)


@machines
@pytest.mark.parametrize("layout", ["plain", "transposed"])
def test_every_number_of_rows_and_vectors(machine, layout):
    """Up to several panels, whose last vectors are whole, half and less."""
    rng = np.random.default_rng(2)
    kinds = ("f32", "f32", "f32")
    for n in (1, 7, 8, 9, 16, 23, 24, 32, 33, 48, 57, 64, 65, 80, 97, 128, 129, 200):
        for m in (1, 2, 5, 6, 7, 9, 16, 17):
            check(rng, "f32", kinds, (m, n, 5, 1, 2), ("plain", layout), machine)


@machines
@kinds_
def test_equal_bits_for_any_workers(machine, kind, kinds):
    rng = np.random.default_rng(3)
    for sizes in ((50, 90, 60, 1, 1), (5, 9, 33, 3, 4), (1, 1, 7, 1, 1), (21, 17, 40, 2, 1)):
        for layout in ("plain", "transposed"):
            p = product(rng, kinds, sizes, ("plain", layout))
            spec = spec_of(p, kind, kinds)
            run(spec, p, machine, method=direct(spec, sizes[1]))
            once = p.room.tobytes()
            for workers in (2, 5):
                p.out[...] = 0
                run(spec, p, machine, workers, method=direct(spec, sizes[1]))
                assert p.room.tobytes() == once


def test_bits_are_those_of_a_blocked_product():
    """Of one block of k: each sum is one chain in the order of k."""
    rng = np.random.default_rng(4)
    for layouts in (("plain", "plain"), ("transposed", "transposed"), ("strided", "strided")):
        p = product(rng, ("f32", "f32", "f32"), (33, 70, 50, 2, 2), layouts)
        spec = spec_of(p, "f32", ("f32", "f32", "f32"))
        run(spec, p, MACHINES[-1], method=gemm.template(spec, "blocked"))
        once = p.room.tobytes()
        p.out[...] = 0
        run(spec, p, MACHINES[-1], method=direct(spec, 70))
        assert p.room.tobytes() == once


@kinds_
@pytest.mark.parametrize("k", [0, 30])
def test_accumulates(kind, kinds, k):
    rng = np.random.default_rng(5)
    p = product(rng, kinds, (21, 40, k, 1, 2), ("transposed", "plain"))
    p.out[...] = rng.standard_normal(p.out.shape).astype(p.out.dtype)
    old = p.out.astype(np.float64)
    spec = spec_of(p, kind, kinds, accumulate=True)
    run(spec, p, MACHINES[-1], method=direct(spec, 40))
    want, size = expected(p, kind)
    assert_product(p, kind, kinds[2], want + old, size + np.abs(old))


@machines
def test_epilogue(machine):
    """acc + bias[j] + first[y]: columns, rows and entries are those of the tile at hand."""
    rng = np.random.default_rng(6)
    kinds = ("f32", "f32", "f32")
    for n in (20, 90):
        p = product(rng, kinds, (19, n, 30, 1, 3), ("plain", "plain"))
        bias, first = (rng.standard_normal(s).astype(np.float32) for s in (n, 3))
        loads = Load("bias", Var("j"), "f32"), Load("first", Var("y"), "f32")
        value = Call("add", (Ref("acc", "f32"), loads[0]), "f32")
        value = Call("add", (value, loads[1]), "f32")
        buffers = tuple(Buffer(name, "f32") for name in ("bias", "first"))
        spec = spec_of(p, "f32", kinds, epilogue=value, buffers=buffers)
        run(spec, p, machine, 2, method=direct(spec, n), bias=bias, first=first)
        want, size = expected(p, "f32")
        assert_product(p, "f32", "f32", want + bias + first[:, None, None], size + 5)


def test_shared_operand():
    rng = np.random.default_rng(7)
    kinds = ("f32", "f32", "f32")
    for layout in ("plain", "transposed"):
        p = product(rng, kinds, (10, 20, 30, 3, 2), ("plain", layout))
        p = p._replace(b=np.broadcast_to(p.b[:1, :1], p.b.shape))
        assert arguments(p)["b_x"] == 0
        spec = spec_of(p, "f32", kinds)
        run(spec, p, MACHINES[-1], 2, method=direct(spec, 20))
        assert_product(p, "f32", "f32", *expected(p, "f32"))


def test_special_values():
    """Infinities and NaN stay where they are: nothing leaks from rows or columns beyond."""
    rng = np.random.default_rng(8)
    kinds = ("f32", "f32", "f32")
    for layout in ("plain", "transposed"):
        p = product(rng, kinds, (16, 33, 20, 1, 1), ("plain", layout))
        p.a[0, 0, 15, 3], p.b[0, 0, 4, 32] = np.inf, np.nan
        spec = spec_of(p, "f32", kinds)
        run(spec, p, MACHINES[-1], method=direct(spec, 33))
        assert np.isfinite(p.out[0, 0, :15, :32]).all()
        assert not np.isfinite(p.out[0, 0, 15]).any()
        assert np.isnan(p.out[0, 0, :, 32]).all()


def test_choice():
    """Small matrices and short sums, of the arithmetic's own kind."""
    for kind in ("f32", "f64"):
        for a_unit in ("k", "lines", "none"):
            for b_unit in ("k", "lines"):
                spec = gemm.Spec(kind, kind, kind, kind, a_unit, b_unit)
                for sizes in ((24, 40, 33), (16, 16, 16), (100, 100, 100), (100000, 15, 20)):
                    assert gemm.choose(spec, *sizes) == "direct"
                for sizes in ((24, 40, 385), (512, 512, 512), (2048, 1536, 384)):
                    assert gemm.choose(spec, *sizes) != "direct"
                for sizes in ((0, 4, 4), (4, 0, 4)):
                    assert gemm.choose(spec, *sizes) != "direct"
    for spec in (gemm.Spec("bf16", "bf16", "bf16", "bf16"), gemm.Spec("f32", "f16", "f16", "f16")):
        assert gemm.choose(spec, 24, 40, 33) != "direct"


def test_few_shapes_serve_all_sizes():
    shapes = {gemm.shape_of("f32", n) for n in range(1, 1000)}
    assert len(shapes) == 14
    assert shapes == {gemm.shape_of("f32", n) for n in range(1, 13 * 16 + 1)}


def test_what_it_is_not_for():
    with pytest.raises(ValueError, match="a shape and operands of one kind"):
        gemm.template(gemm.Spec(), "direct")
    with pytest.raises(ValueError, match="a shape and operands of one kind"):
        direct(gemm.Spec("f32", "f16", "f16", "f16"), 5)


@pytest.mark.parametrize("name", ["neon", "sse2", "avx512_amx"])
def test_code_for_other_processors(name):
    for n in (5, 90):
        made = direct(gemm.Spec(b_unit="k"), n)
        machine = target.named(name)
        assert made.name in jit.assembly(made.text(machine), machine)
