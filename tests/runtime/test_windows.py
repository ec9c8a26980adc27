"""Windows of data that differ in where they begin are one plan; what is not looked for is cheap."""

from __future__ import annotations

import gc

import pytest

import loxley as torch
from loxley import collector
from loxley.config import config
from loxley.ir.graph import Value
from loxley.runtime import interpreter
from loxley.runtime.counters import counters
from loxley.runtime.plans import PLANS


@pytest.fixture(autouse=True)
def fresh(monkeypatch):
    interpreter.flush()
    PLANS.clear()
    monkeypatch.setattr(config, "compile", "1")
    monkeypatch.setattr(config, "compile_strict", True)
    counters.reset()


def worked(x):
    return (x * 2 + 1).sin().sum().item()


def expected(data, at, width):
    return torch.tensor(data[:, at : at + width].tolist())


def made(*shape):
    data = torch.randn(*shape)
    interpreter.flush()
    PLANS.clear()
    counters.reset()
    return data


def test_windows_of_columns_make_one_plan():
    data = made(40, 200)
    for i in range(1, 150, 7):
        assert worked(data[:, i : i + 20]) == pytest.approx(worked(expected(data, i, 20)), rel=1e-5)
    # One reads windows, one reads what the test compares with.
    assert counters.compiled == 2 and len(PLANS) == 2


def test_crops_of_images_make_one_plan():
    images = made(4, 3, 20, 20)
    for i, j in [(1, 2), (0, 4), (3, 1), (4, 4), (2, 0)]:
        crop = images[:, :, i : i + 16, j : j + 16]
        assert worked(crop) == pytest.approx(worked(torch.tensor(crop.tolist())), rel=1e-5)
    assert counters.compiled == 2


def test_a_window_holds_no_copy():
    data = made(64, 512)
    worked(data[:, 3:400])
    assert [kept() for kept in data._storage.reads.values()] == [None]


def test_windows_see_what_is_written():
    data = torch.zeros(30, 40)
    before = data[:, 5:25] + 1  # recorded, not computed
    window = data[:, 5:25]
    data[:, 5:25] += 2
    assert before.sum().item() == 30 * 20
    assert (window + 1).sum().item() == 30 * 20 * 3
    for step in range(40):
        data[0, 0] = step
        assert (data[:, step % 3 : step % 3 + 20] * 1).sum().item() >= 0


def test_what_is_written_between_reads_is_not_held():
    """A stencil's memory is its own: no part of it is held while it is overwritten."""
    u = torch.zeros(50, 50)
    u[20:30, 20:30] = 1
    for _ in range(6):
        near = u[:-2, 1:-1] + u[2:, 1:-1] + u[1:-1, :-2] + u[1:-1, 2:]
        assert all(isinstance(kept, Value) for kept in u._storage.reads.values())
        u[1:-1, 1:-1] = near / 4
        u.sum().item()
    assert counters.compiled == 2


def test_training_reads_no_parts_of_weights():
    w = torch.randn(30, 60, requires_grad=True)
    sgd = torch.optim.SGD([w], 0.1)
    for _ in range(3):
        sgd.zero_grad()
        (w[:, 10:40] ** 2).sum().backward()
        sgd.step()
    assert counters.donated >= 2


def test_what_stays_pending_is_gone_through_as_often_as_it_doubles(monkeypatch):
    gone_through = []
    forget = interpreter._forget_computed
    monkeypatch.setattr(interpreter, "_forget_computed", lambda: gone_through.append(1) or forget())
    x, kept = torch.ones(1000), []
    for _ in range(1500):
        kept.append(x + len(kept))  # looked at by nobody
        (x * 2).sum().item()
    assert 1 < len(gone_through) < 20


def test_cycles_are_collected_by_the_memory_that_results_take(monkeypatch):
    monkeypatch.setattr(collector, "MEMORY", 1 << 20)
    passes = []
    hear = lambda phase, info: passes.append(info["generation"])  # noqa: E731
    gc.callbacks.append(hear)
    try:
        for _ in range(40):
            (torch.ones(100_000) * 2).sum().item()
            interpreter.flush()
    finally:
        gc.callbacks.remove(hear)
    assert len(passes) > 10
