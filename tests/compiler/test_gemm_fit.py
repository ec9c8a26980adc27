"""Products of arrays with any strides, as a plan asks for them."""

from __future__ import annotations

import numpy as np
import pytest

from loxley.compiler.llvm import target
from loxley.compiler.llvm.launch import launch_template
from loxley.compiler.templates.gemm import Spec
from loxley.compiler.templates.gemm_fit import Strides, fit, unit
from loxley.ir.loops import Buffer, Call, Load, Param, Ref, Var

from .gemm_cases import LAYOUTS, laid

I, J = Var("i"), Var("j")


def strides(array):
    return Strides(*(s // array.itemsize for s in array.strides))


def multiply(a, b, out, spec=None, **more):
    """a @ b into out, all with two batch dimensions."""
    (x, y, m, k), n = a.shape, b.shape[-1]
    sizes = {"m": m, "n": n, "k": k, "x": x, "y": y}
    fitted = fit(spec or Spec(), sizes, strides(a), strides(b), strides(out))
    first, second = (b, a) if fitted.swapped else (a, b)
    values = {**fitted.slots, "a": first, "b": second, "out": out, **more}
    launch_template(fitted.template, values, 1, target.detect())
    return fitted


def test_random():
    rng = np.random.default_rng(0)
    for _ in range(40):
        m, n, k = (int(v) for v in rng.integers(0, rng.choice([3, 40, 130]), 3))
        a = laid(rng.standard_normal((2, 1, m, k)).astype(np.float32), rng.choice(LAYOUTS))
        b = laid(rng.standard_normal((2, 1, k, n)).astype(np.float32), rng.choice(LAYOUTS))
        out = laid(np.zeros((2, 1, m, n), np.float32), rng.choice(["plain", "transposed", "wide"]))
        multiply(a, b, out)
        np.testing.assert_allclose(out, a @ b, rtol=1e-4, atol=1e-4)


def test_one_column_is_one_row():
    rng = np.random.default_rng(1)
    a = rng.standard_normal((1, 1, 70, 90)).astype(np.float32)
    b = rng.standard_normal((1, 1, 90, 1)).astype(np.float32)
    for left in (a, laid(a, "transposed")):
        out = np.zeros((1, 1, 70, 1), np.float32)
        fitted = multiply(left, b, out)
        assert fitted.swapped and fitted.slots["m"] == 1
        np.testing.assert_allclose(out, a @ b, rtol=1e-4, atol=1e-4)


def test_epilogue_follows_a_transposed_out():
    rng = np.random.default_rng(2)
    a = rng.standard_normal((1, 1, 20, 30)).astype(np.float32)
    b = rng.standard_normal((1, 1, 30, 40)).astype(np.float32)
    bias = rng.standard_normal(40).astype(np.float32)
    old = rng.standard_normal((20, 40)).astype(np.float32)
    at = Call("add", (Call("mul", (I, Param("ld", "i64")), "i64"), J), "i64")
    value = Call("add", (Ref("acc", "f32"), Load("bias", J, "f32")), "f32")
    value = Call("add", (value, Load("old", at, "f32")), "f32")
    buffers = (Buffer("bias", "f32"), Buffer("old", "f32"))
    spec = Spec(epilogue=value, buffers=buffers, params=(Param("ld", "i64"),))
    for layout in ("plain", "transposed"):
        out = laid(np.zeros((1, 1, 20, 40), np.float32), layout)
        multiply(a, b, out, spec, bias=bias, old=old, ld=40)
        np.testing.assert_allclose(out, a @ b + bias + old, rtol=1e-4, atol=1e-4)


def test_out_without_neighbours():
    with pytest.raises(ValueError, match="rows or columns of out"):
        operand = Strides(0, 0, 5, 1)
        sizes = {"m": 5, "n": 5, "k": 5, "x": 1, "y": 1}
        fit(Spec(), sizes, operand, operand, Strides(0, 0, 10, 2))


def test_unit():
    assert unit(9, 5, 1, 9) == "k"
    assert unit(1, 5, 9, 9) == "lines"
    assert unit(1, 1, 9, 9) == "none"
    assert unit(7, 5, 3, 1) == "k"
    assert unit(2, 5, 3, 9) == "none"
