"""The text, the rules and the meaning of loop nests."""

from __future__ import annotations

import numpy as np
import pytest

from loxley.compiler.loops.interpreter import run
from loxley.compiler.loops.meaning import MEANING, cast
from loxley.compiler.loops.printer import kernel_lines
from loxley.compiler.loops.verifier import check_bounds, verify
from loxley.errors import CompilationError
from loxley.ir.loops import (
    Buffer,
    Call,
    Const,
    Expr,
    For,
    Kernel,
    Let,
    Load,
    Param,
    Ref,
    Register,
    Stmt,
    Store,
    Update,
    Var,
)

N, M, R, I = Param("n", "i64"), Param("m", "i64"), Var("r"), Var("i")
PLACE = Call("add", (Call("mul", (R, N), "i64"), I), "i64")
X = Load("x", PLACE, "f32")
BUFFERS = (Buffer("x", "f32"), Buffer("y", "f32", True))


def _softmax() -> Kernel:
    shifted = Call("exp", (Call("sub", (X, Ref("top", "f32")), "f32"),), "f32")
    body: tuple[Stmt, ...] = (
        Register("top", Const(float("-inf"), "f32")),
        For("i", N, (Update("top", "maximum", X),), "vector"),
        Register("sum", Const(0.0, "f32")),
        For("i", N, (Update("sum", "add", shifted),), "vector"),
        Let("scale", Call("div", (Const(1.0, "f32"), Ref("sum", "f32")), "f32")),
        For("i", N, (Store("y", PLACE, Call("mul", (shifted, Ref("scale", "f32")), "f32")),)),
    )
    return Kernel("softmax", BUFFERS, (N, M), (For("r", M, body, "parallel"),))


def test_text() -> None:
    assert kernel_lines(_softmax()) == (
        "kernel softmax(x: f32, n: i64, m: i64 -> y: f32)\n"
        "    parallel for r in m:\n"
        "        register top = -inf\n"
        "        vector for i in n:\n"
        "            top <- maximum(x[r * n + i])\n"
        "        register sum = 0.0\n"
        "        vector for i in n:\n"
        "            sum <- add(exp(x[r * n + i] - top))\n"
        "        let scale = 1.0 / sum\n"
        "        for i in n:\n"
        "            y[r * n + i] = exp(x[r * n + i] - top) * scale"
    )


def test_parentheses_stand_where_they_are_needed() -> None:
    a, b = Param("a", "f32"), Param("b", "f32")
    difference = Call("sub", (a, Call("sub", (b, a), "f32")), "f32")
    product = Call("mul", (difference, b), "f32")
    kernel = Kernel("k", BUFFERS, (a, b), (Store("y", Const(0, "i64"), product),))
    assert kernel_lines(kernel).endswith("y[0] = (a - (b - a)) * b")


def test_interpreter() -> None:
    verify(_softmax())
    x = np.random.default_rng(0).normal(size=(3, 5)).astype("f4")
    y = np.zeros_like(x)
    run(_softmax(), {"x": x.ravel(), "y": y.ravel()}, {"n": 5, "m": 3})
    wanted = np.exp(x) / np.exp(x).sum(1, keepdims=True)
    np.testing.assert_allclose(y, wanted, rtol=1e-6)


def test_indices_are_checked() -> None:
    arrays = {"x": np.zeros(14, "f4"), "y": np.zeros(15, "f4")}
    with pytest.raises(IndexError, match=r"x\[10 .. 14\] is outside of 14 elements"):
        check_bounds(_softmax(), arrays, {"n": 5, "m": 3})


def test_shared_expressions_are_computed_once() -> None:
    value: Expr = Load("x", Const(0, "i64"), "f32")
    for _ in range(60):
        value = Call("add", (value, value), "f32")
    kernel = Kernel("k", BUFFERS, (), (Store("y", Const(0, "i64"), value),))
    verify(kernel)
    y = np.zeros(1, "f4")
    run(kernel, {"x": np.ones(1, "f4"), "y": y}, {})
    assert y[0] == 2.0**60


def _store(value: Expr, index: Expr = I) -> tuple[Stmt, ...]:
    return (Store("y", index, value),)


ONE = Const(1.0, "f32")
SUM = Register("s", ONE)
ADD = Update("s", "add", ONE)
BROKEN = [
    (_store(ONE), "'i' is not defined"),
    ((For("i", N, _store(Const(1, "i32"))),), "the buffer holds f32"),
    ((For("i", N, (Store("x", I, ONE),)),), "'x' is not a writable buffer"),
    ((For("i", N, _store(Load("x", ONE, "f32"))),), "an index is an i64"),
    ((For("i", ONE, ()),), "an extent is an i64"),
    ((For("i", N, (For("i", N, ()),)),), "'i' is defined already"),
    ((For("r", N, (For("i", N, (), "parallel"),)),), "only the outermost"),
    ((SUM, For("i", N, (), "parallel")), "beside a parallel loop"),
    ((For("r", N, (For("i", N, (), "vector"),), "vector"),), "a vector loop within"),
    ((For("r", N, (), "unroll"),), "a constant extent"),
    ((ADD,), "'s' is not a register here"),
    ((SUM, ADD._replace(op="sub")), "'sub' is not associative"),
    ((SUM, ADD._replace(value=Const(1, "i32"))), "the register has another kind"),
    ((SUM, For("i", N, (ADD, *_store(Ref("s", "f32"))), "vector")), "is read in the vector loop"),
    ((For("i", N, _store(Call("frob", (ONE,), "f32"))),), "there is no operation 'frob'"),
    ((For("i", N, _store(Call("add", (ONE, N), "f32"))),), "kinds of `1.0 . n`: f32, i64"),
    ((For("i", N, _store(Call("lt", (ONE, ONE), "f32"))),), "kinds of"),
    ((For("i", N, _store(Ref("n", "f32"))),), "'n' has another kind"),
]


@pytest.mark.parametrize(("body", "message"), BROKEN, ids=[m for _, m in BROKEN])
def test_rules(body: tuple[Stmt, ...], message: str) -> None:
    with pytest.raises(CompilationError, match=message):
        verify(Kernel("k", BUFFERS, (N,), body))


def test_conversions_out_of_range() -> None:
    x = np.array([np.nan, np.inf, -np.inf, 3e9, -1.5, 300.7], "f4")
    assert cast(x, "i32").tolist() == [-(2**31)] * 4 + [-1, 300]
    assert cast(x, "i64").tolist() == [-(2**63)] * 3 + [3000000000, -1, 300]
    assert cast(x, "u8").tolist() == [0, 0, 0, 0, 255, 44]
    assert cast(x, "bool").tolist() == [True] * 6


def test_integer_division_never_traps() -> None:
    a = np.array([7, -7, -128, 5], "i1")
    b = np.array([0, 2, -1, -2], "i1")
    with np.errstate(all="ignore"):
        assert MEANING["div"](a, b).tolist() == [0, -3, -128, -2]
        assert MEANING["pow"](np.array([2, -1, 1]), np.array([-1, -3, -2])).tolist() == [0, -1, 1]
