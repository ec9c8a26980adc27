"""Weights that do not change are transformed once; those that change, by whatever way, anew."""

from __future__ import annotations

import gc
import threading

import numpy as np
import pytest

import loxley as torch
from loxley.compiler import kept
from loxley.config import config
from loxley.nn.functional import conv2d
from loxley.runtime import counters

RNG = np.random.default_rng(0)
IMAGE = torch.tensor(RNG.standard_normal((2, 24, 11, 13)).astype(np.float32))


@pytest.fixture(autouse=True)
def compiled(monkeypatch):
    monkeypatch.setattr(config, "compile", "1")
    monkeypatch.setattr(config, "compile_strict", True)


def weight(seed: int = 0, dtype=torch.float32) -> torch.Tensor:
    made = np.random.default_rng(seed).standard_normal((40, 24, 3, 3)).astype(np.float32)
    return torch.tensor(made).to(dtype)


def run(w: torch.Tensor, x: torch.Tensor = IMAGE) -> np.ndarray:
    with torch.no_grad():
        return np.array(conv2d(x, w, padding=1).float().tolist(), np.float32)


def ran(w: torch.Tensor, x: torch.Tensor = IMAGE) -> tuple[int, int]:
    """How many forms a run made, and how many it found."""
    counters.reset()
    run(w, x)
    return counters.prepared, counters.kept


def fresh(w: torch.Tensor) -> np.ndarray:
    """The result with weights that no plan has seen."""
    return run(torch.tensor(w.detach().tolist()).to(w.dtype))


def warm() -> torch.Tensor:
    made = weight()
    run(made), run(made)
    assert ran(made) == (0, 1)
    return made


def test_the_second_run_prepares_and_later_ones_skip():
    w = weight(1)
    assert [ran(w) for _ in range(4)] == [(0, 0), (1, 0), (0, 1), (0, 1)]


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.bfloat16, torch.float16])
def test_bits_are_those_of_weights_that_are_not_kept(dtype):
    w, x = weight(2, dtype), IMAGE.to(dtype)
    results = [run(w, x) for _ in range(4)]
    assert ran(w, x) == (0, 1)
    assert all(np.array_equal(results[0], r) for r in results[1:])


@pytest.mark.parametrize("groups", [1, 2])
def test_transposed_convolutions_keep_theirs_too(groups):
    x = torch.randn(2, 32, 9, 9)
    w = torch.randn(32, 24, 3, 3)
    with torch.no_grad():
        results = []
        for _ in range(4):
            counters.reset()
            results.append(torch.conv_transpose2d(x, w, padding=1, groups=groups).tolist())
    assert counters.kept == 1
    assert all(r == results[0] for r in results)


def _load(w):
    module = torch.nn.Conv2d(24, 40, 3, bias=False)
    module.weight = torch.nn.Parameter(w)
    run(module.weight), run(module.weight)
    module.load_state_dict({"weight": weight(7)})
    return module.weight


def _data(w):
    parameter = torch.nn.Parameter(w)
    run(parameter), run(parameter)
    parameter.data.mul_(3)
    return parameter


def _new_data(w):
    parameter = torch.nn.Parameter(w)
    run(parameter), run(parameter)
    parameter.data = weight(9)
    return parameter


def _step(w):
    parameter = torch.nn.Parameter(w)
    run(parameter), run(parameter)
    optimizer = torch.optim.SGD([parameter], lr=0.5)
    parameter.grad = torch.ones_like(parameter)
    optimizer.step()
    return parameter


CHANGES = {
    "add_": lambda w: w.add_(1),
    "copy_": lambda w: w.copy_(weight(5)),
    "a part": lambda w: w[3:5].zero_(),
    "an element": lambda w: w.__setitem__((0, 0, 1, 1), 100.0),
    "a view": lambda w: w.view(-1)[17:].mul_(2),
    "load_state_dict": _load,
    "data": _data,
    "new data": _new_data,
    "step": _step,
}


@pytest.mark.parametrize("how", CHANGES)
def test_weights_that_change_are_read_anew(how):
    w = warm()
    before = run(w)
    changed = CHANGES[how](w)
    w = w if changed is None or changed.shape != w.shape else changed
    for _ in range(4):
        found = run(w)
        assert np.array_equal(found, fresh(w))
        assert not np.array_equal(found, before)


def test_memory_that_numpy_shares_is_never_kept():
    w = warm()
    array = w.numpy()
    for factor in (2.0, 3.0, 0.5):
        assert ran(w) == (0, 0)
        array *= factor
        assert np.array_equal(run(w), fresh(w))
    del array
    gc.collect()
    assert np.array_equal(run(w), fresh(w))


def test_memory_of_numpy_is_never_kept():
    array = np.array(weight(3).tolist(), np.float32)
    w = torch.from_numpy(array)
    for factor in (2.0, 3.0, 0.5, 7.0):
        assert ran(w) == (0, 0)
        array *= factor
        assert np.array_equal(run(w), fresh(w))


def test_memory_whose_address_was_given_away_is_never_kept():
    w = warm()
    w.data_ptr()
    assert [ran(w) for _ in range(3)] == [(0, 0)] * 3


def test_training_keeps_nothing():
    gc.collect()
    layer = torch.nn.Conv2d(24, 40, 3, padding=1)
    optimizer = torch.optim.SGD(layer.parameters(), lr=0.1)
    held = kept.Form.bytes
    counters.reset()
    for _ in range(4):
        optimizer.zero_grad()
        layer(IMAGE).square().mean().backward()
        optimizer.step()
        layer.weight.sum().item()
    assert (counters.prepared, counters.kept, kept.Form.bytes) == (0, 0, held)


def test_forms_die_with_the_weights():
    gc.collect()
    before = kept.Form.bytes
    w = warm()
    assert kept.Form.bytes > before
    del w
    gc.collect()
    assert kept.Form.bytes == before


def test_plans_for_other_batches_share_a_form():
    w = warm()
    held = kept.Form.bytes
    more = torch.cat([IMAGE] * 6)
    more.sum().item()
    assert [ran(w, more) for _ in range(3)] == [(0, 0), (0, 1), (0, 1)]
    assert kept.Form.bytes == held


def test_what_goes_beyond_the_bound_is_not_kept(monkeypatch):
    monkeypatch.setattr(kept, "MOST", kept.Form.bytes + 1000)
    w = weight(4)
    results = [run(w) for _ in range(3)]
    assert ran(w) == (0, 0)
    assert all(np.array_equal(results[0], r) for r in results)


def test_two_weights_in_turn_through_one_plan():
    a, b = weight(11), weight(12)
    expected = fresh(a), fresh(b)
    for w, right in ((a, 0), (b, 1), (a, 0), (a, 0), (a, 0), (b, 1), (b, 1), (a, 0)):
        assert np.array_equal(run(w), expected[right])


def test_threads_that_run_one_plan_at_once():
    weights = [weight(20), weight(21)]
    expected = [fresh(w) for w in weights]
    wrong = []

    def work(i):
        for _ in range(15):
            if not np.array_equal(run(weights[i % 2]), expected[i % 2]):
                wrong.append(i)

    threads = [threading.Thread(target=work, args=(i,)) for i in range(4)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert not wrong


def test_bits_do_not_depend_on_threads():
    x, results = torch.cat([IMAGE] * 4), []
    x.sum().item()
    before = torch.get_num_threads()
    try:
        for threads in (1, 2, 5):
            torch.set_num_threads(threads)
            w = weight(30)
            results += [run(w, x) for _ in range(3)]
            assert ran(w, x) == (0, 1)
    finally:
        torch.set_num_threads(before)
    assert all(np.array_equal(results[0], r) for r in results[1:])


def test_captured_calls_keep_forms_and_are_right_whatever_changes():
    w = weight(40)
    call = torch.compile(lambda x, w: conv2d(x, w, padding=1))
    with torch.no_grad():
        for change in (w.neg_, w.zero_, lambda: w.copy_(weight(41)), lambda: w[2:].add_(1)):
            for _ in range(5):
                counters.reset()
                found = np.array(call(IMAGE, w).tolist(), np.float32)
            assert (counters.replays, counters.prepared, counters.kept) == (1, 0, 1)
            assert np.array_equal(found, fresh(w))
            change()
            assert np.array_equal(np.array(call(IMAGE, w).tolist(), np.float32), fresh(w))
        array = w.numpy()
        for _ in range(3):
            array *= 2
            assert np.array_equal(np.array(call(IMAGE, w).tolist(), np.float32), fresh(w))
