"""What makes two plans the same, and that what is remembered of them is bounded."""

from __future__ import annotations

import gc
import math
import weakref
from collections.abc import Callable

import numpy as np
import pytest

import loxley as torch
import loxley.nn.functional as F
from loxley.compiler import arena
from loxley.config import config
from loxley.ir.graph import Value
from loxley.runtime import interpreter
from loxley.runtime.counters import counters
from loxley.runtime.interpreter import flush
from loxley.runtime.plans import FAMILIES, PLANS, exact


@pytest.fixture
def compiled(monkeypatch: pytest.MonkeyPatch) -> None:
    """Plans are compiled at first sight, and failures raise."""
    flush()
    PLANS.clear()
    monkeypatch.setattr(config, "compile", "1")
    monkeypatch.setattr(config, "compile_strict", True)


def padded(value: float) -> float:
    x = torch.ones(3) + 0
    x.tolist()
    return (F.pad(x, (1, 1), value=value) * 1)[0].item()


@pytest.mark.parametrize("order", [(0.0, -0.0), (-0.0, 0.0), (0.0, -0.0, -0.0, 0.0)])
def test_zeros_keep_their_sign(compiled: None, order: tuple[float, ...]) -> None:
    for value in order:
        assert math.copysign(1, padded(value)) == math.copysign(1, value)


def test_a_nan_attribute_is_one_plan(compiled: None) -> None:
    padded(float("nan"))
    before = len(PLANS)
    for text in ("nan", "-nan", "nan"):
        assert math.isnan(padded(float(text)))
    assert len(PLANS) == before


def test_keys_say_which_zero_and_no_nan_in_particular() -> None:
    key = (1, (2.0, (-0.0, 3)), "f")
    assert exact(key) == ((1, (2.0, ("-0.0", 3)), "f"), (1,))
    assert exact((float("nan"),))[0] == exact((float("nan"),))[0]
    plain = (1, (2.0, (0.0, 3)), "f")
    assert exact(plain)[0] is plain


def test_results_that_plans_remember_die_with_them(compiled: None) -> None:
    shelves = arena.results._shelves
    before, bytes_before = len(shelves), arena.results._bytes
    for rows in range(1024, 1034):
        x = torch.ones(rows, 512) + 0
        y = torch.tanh(x) * 2
        assert y[0, 0].item() == pytest.approx(1.523188, abs=1e-5)
        del x, y
    assert arena.results._bytes <= arena.Results.MOST
    assert len(shelves) > before
    PLANS.clear()
    gc.collect()
    assert len(shelves) <= before
    assert arena.results._bytes <= bytes_before


def test_shelves_are_bounded() -> None:
    class Owner:
        pass

    results, owners = arena.Results(), [Owner() for _ in range(40)]
    shelves = [results.shelf(o) for o in owners]
    arrays = [results.take(s, (1 << 22,), np.dtype(np.float32)) for s in shelves]
    assert results._bytes <= results.MOST and arrays[-1] in results and arrays[0] not in results
    again = results.take(shelves[-1], (1 << 22,), np.dtype(np.float32))
    assert again is not arrays[-1]
    kept = id(arrays[-1])
    arrays.clear()
    assert id(results.take(shelves[-1], (1 << 22,), np.dtype(np.float32))) in (kept, id(again))
    owners.clear()
    gc.collect()
    assert not results._bytes and not results._ids and not results._shelves


def test_what_a_failed_run_left_is_forgotten_once_it_is_gone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(config, "compile", "0")
    flush()
    x = torch.ones(3)
    y = x + 1
    run = interpreter._run
    monkeypatch.setattr(interpreter, "_run", lambda v: _interrupted(v, run))
    z = torch.tanh(x)
    w = z * 2
    with pytest.raises(KeyboardInterrupt):
        flush()
    assert interpreter._left
    monkeypatch.undo()
    monkeypatch.setattr(config, "compile", "0")
    v = w + 1
    flush()
    assert y.tolist() == [2, 2, 2]
    assert v.tolist() == pytest.approx([2 * math.tanh(1) + 1] * 3)
    lost = weakref.ref(z)
    del z, w
    flush()
    assert lost() is None and not interpreter._left


def _interrupted(value: Value, run: Callable[[Value], None]) -> None:
    if value.op.name == "tanh":
        raise KeyboardInterrupt
    run(value)


def test_a_known_plan_of_another_large_size_is_compiled_at_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    flush()
    PLANS.clear()
    FAMILIES.clear()
    monkeypatch.setattr(config, "compile", "auto")

    def compiled_by(rows: int) -> int:
        before = counters.compiled
        x = torch.ones(rows, 512) + 0
        x.tolist()
        (torch.tanh(x) * 2).sum().item()
        return counters.compiled - before

    assert [compiled_by(512) for _ in range(3)] == [0, 2, 0]
    assert [compiled_by(rows) for rows in (513, 640, 4)] == [2, 2, 0]


def test_updates_that_numpy_carries_out_are_in_place(compiled: None) -> None:
    weight = torch.nn.Parameter(torch.ones(64, 32))
    optimizer = torch.optim.Muon([weight], lr=0.1)
    for _ in range(3):
        weight.grad = torch.ones(64, 32) + 0
        flush()
        before = counters.donated
        optimizer.step()
        flush()
    assert counters.donated - before == 2


def test_the_batches_of_a_data_set_are_one_plan(compiled: None) -> None:
    data, weight = torch.arange(96.0).reshape(16, 6), torch.full((6, 2), 0.5)
    data.tolist(), weight.tolist()
    sums = [(data[i : i + 4] @ weight).sum().item() for i in (0, 4)]
    before = len(PLANS)
    sums += [(data[i : i + 4] @ weight).sum().item() for i in (8, 12)]
    assert len(PLANS) == before
    assert sums == [276.0, 852.0, 1428.0, 2004.0]
    rows = [(data[i] * 2).sum().item() for i in range(4)]
    assert len(PLANS) == before + 1 and rows == [30.0, 102.0, 174.0, 246.0]


def test_a_part_that_somebody_holds_is_not_written_over(compiled: None) -> None:
    x = torch.arange(8.0)
    x.tolist()
    part = x[2:5] * 1  # pending: it reads the memory of x
    x[3] = 100.0
    x.mul_(2)
    assert x.tolist() == [0, 2, 4, 200, 8, 10, 12, 14]
    assert part.tolist() == [2, 3, 4]
    assert (x[2:5] + 0).tolist() == [4, 200, 8]
