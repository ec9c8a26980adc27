"""Transforms of loops: the same results, and refusals with a reason."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from loxley.compiler.llvm.target import detect
from loxley.compiler.loops.interpreter import run
from loxley.compiler.loops.transforms import (
    ScheduleError,
    interchange,
    one_to_one,
    parallel,
    replace_loop,
    split,
    tile,
    unroll,
    vectorize,
)
from loxley.compiler.loops.verifier import verify
from loxley.ir.loops import (
    Buffer,
    Call,
    Const,
    Expr,
    For,
    Kernel,
    Load,
    Param,
    Register,
    Store,
    Update,
    Var,
)

from .running import run_native

N, M, R, I = Param("n", "i64"), Param("m", "i64"), Var("r"), Var("i")


def _add(a: Expr, b: Expr) -> Expr:
    return Call("add", (a, b), "i64")


def _mul(a: Expr, b: Expr) -> Expr:
    return Call("mul", (a, b), "i64")


ROW = _add(_mul(R, N), I)
COLUMN = _add(_mul(I, M), R)
X = Load("x", COLUMN, "f32")
INNER = For("i", N, (Store("y", ROW, Call("mul", (X, X), "f32")),))
NEST = For("r", M, (INNER,))
BUFFERS = (Buffer("x", "f32"), Buffer("y", "f32", True))


def _kernel(loop: For) -> Kernel:
    return Kernel("k", BUFFERS, (N, M), (loop,))


CHANGES: list[Callable[[For], For]] = [
    lambda nest: split(nest, 4, "b"),
    lambda nest: split(nest, 4, "b", "parallel"),
    interchange,
    parallel,
    vectorize,
    lambda nest: vectorize(interchange(nest)),
    lambda nest: parallel(nest._replace(body=(vectorize(nest.body[0]),))),
    lambda nest: tile(nest, 4, 16),
    lambda nest: tile(parallel(nest._replace(body=(vectorize(nest.body[0]),))), 16, 16),
]


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("size", [(0, 3), (1, 1), (5, 17), (9, 40)])
def test_results_stay(change: Callable[[For], For], size: tuple[int, int]) -> None:
    m, n = size
    kernel = _kernel(NEST)
    changed = replace_loop(kernel, NEST, change(NEST))
    verify(changed)
    x = np.random.default_rng(0).normal(size=(n, m)).astype("f4")
    wanted = (x.T * x.T).ravel()
    for execute in (run, lambda *a: run_native(*a, detect(), 2)):
        y = np.zeros(m * n, "f4")
        execute(changed, {"x": x.ravel(), "y": y}, {"n": n, "m": m})
        np.testing.assert_array_equal(y, wanted)


def test_indices_of_different_iterations() -> None:
    rows, inner = For("r", M, ()), For("i", N, ())
    assert one_to_one(ROW, [rows, inner])
    assert one_to_one(I, [inner])
    assert not one_to_one(I, [rows, inner])
    assert not one_to_one(_add(R, I), [rows, inner])
    assert not one_to_one(_add(_mul(R, M), I), [rows, inner])
    assert not one_to_one(Load("x", I, "i64"), [inner])
    short = For("i", Call("minimum", (Const(8, "i64"), N), "i64"), ())
    assert one_to_one(_add(_mul(R, Const(8, "i64")), I), [rows, short])
    assert not one_to_one(_add(_mul(R, Const(7, "i64")), I), [rows, short])


def test_refusals() -> None:
    one = Const(1.0, "f32")
    total = For("i", N, (Update("s", "add", one),))
    same = For("i", N, (Store("y", R, one),))
    shifted = Load("y", _add(I, Const(1, "i64")), "f32")
    running = For("i", N, (Store("y", I, shifted),))
    with pytest.raises(ScheduleError, match="'s', which is shared"):
        parallel(total)
    with pytest.raises(ScheduleError, match="'y' is written at another place each time"):
        vectorize(same)
    with pytest.raises(ScheduleError, match="'y' is read where another iteration may write"):
        vectorize(running)
    with pytest.raises(ScheduleError, match="it is not two loops"):
        interchange(For("r", M, (Register("s", one), total)))
    with pytest.raises(ScheduleError, match="the order of sums"):
        interchange(For("r", M, (total,)))
    with pytest.raises(ScheduleError, match="the extent of 'i' depends on it"):
        interchange(For("r", M, (INNER._replace(extent=R),)))
    with pytest.raises(ScheduleError, match="not a constant"):
        unroll(INNER)
    with pytest.raises(ValueError, match="does not hold this loop"):
        replace_loop(_kernel(NEST), INNER._replace(var="j"), INNER)
    assert vectorize(total).mode == "vector"
    assert unroll(For("i", Const(3, "i64"), ())).mode == "unroll"
