"""Blocked products against NumPy: sizes, layouts, kinds, batches, epilogues, workers, targets."""

from __future__ import annotations

import numpy as np
import pytest

from loxley.compiler.llvm import jit, target
from loxley.compiler.templates import gemm
from loxley.ir.loops import Buffer, Call, Const, Load, Param, Ref, Var

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
    ("bf16", ("bf16", "bf16", "bf16")),
    ("bf16", ("bf16", "bf16", "f32")),
    ("bf16", ("f32", "bf16", "bf16")),
    ("f32", ("f16", "f32", "f16")),
]
ACC, I, J = Ref("acc", "f32"), Var("i"), Var("j")


def sizes_of(rng, count):
    """Random sizes, small ones most."""
    for _ in range(count):
        top = int(rng.choice([4, 20, 130]))
        yield tuple(int(v) for v in rng.integers(0, top + 1, 3)) + tuple(rng.integers(1, 3, 2))


@machines
@pytest.mark.parametrize(
    "kind, kinds", KINDS, ids=lambda k: k if isinstance(k, str) else "-".join(k)
)
def test_random_sizes_and_layouts(machine, kind, kinds):
    rng = np.random.default_rng(1)
    for sizes in sizes_of(rng, 15):
        p = product(rng, kinds, sizes, tuple(rng.choice(LAYOUTS, 2)))
        run(spec_of(p, kind, kinds), p, machine)
        assert_product(p, kind, kinds[2], *expected(p, kind))


@machines
@pytest.mark.parametrize("kind, kinds", KINDS[:3], ids=str)
@pytest.mark.parametrize(
    "sizes", [(300, 70, 1700, 1, 1), (40, 900, 800, 1, 1), (1100, 30, 900, 1, 1)]
)
def test_several_blocks(machine, kind, kinds, sizes):
    rng = np.random.default_rng(2)
    p = product(rng, kinds, sizes, ("plain", "transposed"))
    run(spec_of(p, kind, kinds), p, machine)
    assert_product(p, kind, kinds[2], *expected(p, kind))


@machines
@pytest.mark.parametrize("kind, kinds", KINDS, ids=str)
def test_equal_bits_for_any_workers(machine, kind, kinds):
    rng = np.random.default_rng(3)
    for sizes in ((50, 200, 900, 1, 1), (200, 50, 30, 1, 1), (40, 40, 40, 3, 1), (9, 9, 9, 4, 5)):
        p = product(rng, kinds, sizes, ("plain", "transposed"))
        spec = spec_of(p, kind, kinds)
        run(spec, p, machine)
        once = p.room.tobytes()
        for workers in (2, 5):
            p.out[...] = 0
            run(spec, p, machine, workers)
            assert p.room.tobytes() == once


@machines
@pytest.mark.parametrize("kind, kinds", KINDS, ids=str)
@pytest.mark.parametrize("k", [0, 30, 1000])
def test_accumulates(machine, kind, kinds, k):
    rng = np.random.default_rng(4)
    p = product(rng, kinds, (21, 40, k, 1, 2), ("transposed", "plain"))
    p.out[...] = rng.standard_normal(p.out.shape).astype(p.out.dtype)
    old = p.out.astype(np.float64)
    run(spec_of(p, kind, kinds, accumulate=True), p, machine)
    want, size = expected(p, kind)
    assert_product(p, kind, kinds[2], want + old, size + np.abs(old))


def add(*terms):
    total = terms[0]
    for term in terms[1:]:
        total = Call("add", (total, term), term.kind)
    return total


def mul(a, b):
    return Call("mul", (a, b), a.kind)


@machines
@pytest.mark.parametrize("k", [30, 1000])
def test_epilogue(machine, k):
    """max(alpha * acc + bias[j] + residual[i, j], 0) + column[j * step]"""
    rng = np.random.default_rng(5)
    kinds = ("f32", "f32", "f32")
    m, n = 19, 45
    p = product(rng, kinds, (m, n, k, 1, 1), ("plain", "plain"))
    bias = rng.standard_normal(n).astype(np.float32)
    residual = rng.standard_normal((m, n + 4)).astype(np.float32)
    column = rng.standard_normal((n, 3)).astype(np.float32)
    at = add(mul(I, Param("ld", "i64")), J)
    value = add(
        mul(ACC, Param("alpha", "f32")), Load("bias", J, "f32"), Load("residual", at, "f32")
    )
    value = Call("maximum", (value, Const(0.0, "f32")), "f32")
    value = add(value, Load("column", mul(J, Param("step", "i64")), "f32"))
    spec = spec_of(
        p,
        "f32",
        kinds,
        epilogue=value,
        buffers=tuple(Buffer(name, "f32") for name in ("bias", "residual", "column")),
        params=(Param("ld", "i64"), Param("alpha", "f32"), Param("step", "i64")),
    )
    more = {"bias": bias, "residual": residual, "column": column}
    run(spec, p, machine, ld=n + 4, alpha=0.5, step=3, **more)
    sums, size = expected(p, "f32")
    want = np.maximum(sums * 0.5 + bias + residual[:, :n], 0) + column[:, 0]
    assert_product(p, "f32", "f32", want, size + 5)


@machines
def test_epilogue_reads_what_it_overwrites(machine):
    """A residual connection in place: the old values stay until the last block of k."""
    rng = np.random.default_rng(6)
    kinds = ("bf16", "bf16", "bf16")
    p = product(rng, kinds, (30, 40, 2000, 1, 1), ("plain", "plain"))
    p.out[...] = rng.standard_normal(p.out.shape).astype(p.out.dtype)
    old = p.out.astype(np.float64)
    at = add(mul(I, Param("ld", "i64")), J)
    value = add(ACC, Call("cast", (Load("old", at, "bf16"),), "f32"))
    spec = spec_of(
        p,
        "bf16",
        kinds,
        epilogue=Call("cast", (value,), "bf16"),
        buffers=(Buffer("old", "bf16"),),
        params=(Param("ld", "i64"),),
    )
    run(spec, p, machine, old=p.out, ld=p.out.strides[-2] // 2)
    want, size = expected(p, "bf16")
    assert_product(p, "bf16", "bf16", want + old, size + np.abs(old))


def test_shared_operand():
    """A batch stride of zero broadcasts an operand."""
    rng = np.random.default_rng(7)
    kinds = ("f32", "f32", "f32")
    p = product(rng, kinds, (10, 20, 30, 3, 2), ("plain", "plain"))
    p = p._replace(b=np.broadcast_to(p.b[:1, :1], p.b.shape))
    assert arguments(p)["b_x"] == 0
    run(spec_of(p, "f32", kinds), p, MACHINES[-1], 2)
    assert_product(p, "f32", "f32", *expected(p, "f32"))


def test_special_values():
    """Infinities and NaN stay where they are: nothing leaks from rows or columns beyond."""
    rng = np.random.default_rng(8)
    kinds = ("f32", "f32", "f32")
    p = product(rng, kinds, (16, 33, 20, 1, 1), ("plain", "transposed"))
    p.a[0, 0, 15, 3] = np.inf
    p.b[0, 0, 4, 32] = np.nan
    run(spec_of(p, "f32", kinds), p, MACHINES[-1])
    assert np.isfinite(p.out[0, 0, :15, :32]).all()
    assert not np.isfinite(p.out[0, 0, 15]).any()
    assert np.isnan(p.out[0, 0, :, 32]).all()


def test_kinds_that_do_not_go_together():
    with pytest.raises(ValueError, match="kinds of one family"):
        gemm.template(gemm.Spec("f64", "f32", "f64", "f64"))
    with pytest.raises(ValueError, match="other names .* than .*'m'"):
        gemm.template(gemm.Spec(epilogue=ACC, buffers=(Buffer("m", "f32"),)))
    with pytest.raises(ValueError, match="an epilogue of f32 or the sums"):
        gemm.template(gemm.Spec(epilogue=Ref("acc", "bf16")))


@pytest.mark.parametrize("method", ["blocked", "dot", "sweep"])
@pytest.mark.parametrize("name", ["neon", "sse2", "avx512_amx"])
def test_code_for_other_processors(method, name):
    for kind in ("f32", "bf16"):
        spec = gemm.Spec(kind, kind, kind, kind)
        made = gemm.template(spec, method)
        machine = target.named(name)
        assert made.name in jit.assembly(made.text(machine), machine)
