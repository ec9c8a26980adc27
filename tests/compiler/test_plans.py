"""Compiled plans give what the interpreter gives, and are made and reused as they should be."""

from __future__ import annotations

import os
import subprocess
import sys
import warnings
from collections import OrderedDict
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import loxley as torch
from loxley import compiler
from loxley.compiler import assemble
from loxley.config import config
from loxley.ir.graph import TABLE, Op
from loxley.runtime import plans
from loxley.runtime.counters import counters
from loxley.runtime.interpreter import evaluate, flush
from loxley.runtime.plans import PLANS
from tests.compiler.random_chains import chain, difference, results

ROOT = Path(__file__).parents[2]


@pytest.fixture
def compiled(monkeypatch):
    """Plans are compiled at first sight, and failures raise."""
    flush()
    PLANS.clear()
    monkeypatch.setattr(config, "compile", "1")
    monkeypatch.setattr(config, "compile_strict", True)


# ---------------------------------------------------------------- values


@settings(max_examples=40, deadline=None, derandomize=True, database=None)
@given(st.integers(0, 1 << 16))
def test_random_chains_give_the_interpreters_values(seed):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        lines = chain(seed)
        assert difference(lines) is None, "\n".join(lines)


@pytest.mark.parametrize("seed", range(3))
def test_threads_do_not_change_a_bit(seed):
    lines = [
        f"v0 = made({seed}, (300, 257), 'float32')",
        f"v1 = made({seed}, (257, 65), 'float32')",
    ]
    lines += ["v2 = tanh(v0) * 2", "v3 = v2.sum(0)", "v4 = softmax(v2, 1)", "v5 = v2 @ v1"]
    lines += ["v6 = v5.var(1)", "v7 = v5.mean()", "v8 = cumsum(v5, 0)"]
    found = [results(lines, "1", threads) for threads in (1, 2, 5)]
    for name, x in found[0].items():
        for other in found[1:]:
            assert x.tobytes() == other[name].tobytes(), name


def test_a_lesser_processor_gives_the_same_values():
    environment = {**os.environ, "LOXLEY_TARGET": "avx2", "PYTHONPATH": str(ROOT / "src")}
    command = [sys.executable, "-W", "ignore", "-m", "tests.compiler.random_chains", "0", "12"]
    ran = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
    if "LOXLEY_TARGET" in ran.stderr:
        pytest.skip("no AVX2 here")
    assert ran.returncode == 0, ran.stdout + ran.stderr


REGRESSIONS = {
    "a gather from what its group computes": [
        "v0 = made(1, (7,), 'float32')",
        "v1 = exp(v0.as_strided((3, 2), (0, 1), 0))",
        "v2 = nn.functional.embedding(tensor([2, 2, 0]), v1)",
    ],
    "a product over nothing": ["v0 = made(1, (3, 0), 'float32')", "v1 = (v0 + 1) @ (v0 + 1).mT"],
    "a write to an empty region": ["v0 = made(1, (3, 4), 'float16')", "v0[:, 2:2] = -2.5"],
    "sums over nothing": ["v0 = made(1, (3, 0), 'float64')", "v1 = v0.sum(1)", "v2 = v0.prod(1)"],
    "complex numbers": ["v0 = made(1, (3,), 'float32')", "v1 = complex(v0, v0).abs() * 2"],
    "choices between bools": [
        "v0 = made(1, (9,), 'bool')",
        "v1 = where(v0, v0, ~v0) & (v0 | True)",
    ],
    "one memory, written and read": [
        "v0 = made(1, (6, 6), 'float32')",
        "v0[1:] = v0[:-1].flip(0)",
        "v0.t().add_(v0.clone())",
        "v1 = v0.t()[::2] * v0[::2]",
    ],
}


@pytest.mark.parametrize("name", REGRESSIONS)
def test_what_once_was_wrong(name):
    lines = REGRESSIONS[name]
    assert difference(lines) is None


# ---------------------------------------------------------------- donation


def test_one_result_of_several_may_be_looked_at_before_the_others(compiled):
    x = torch.tensor([[3.0, 1, 2], [0, 9, 4]]) + 0
    x.tolist()
    spread, mean = torch.std_mean(x, 1)
    z = x + spread.unsqueeze(1) @ torch.ones(1, 3)
    del x
    z.tolist()
    assert np.allclose(mean.tolist(), [2.0, 13 / 3])


def test_a_parameter_is_updated_in_place(compiled):
    x = torch.ones(64, 64) + 0
    x.tolist()
    for _ in range(3):
        before = counters.donated
        x.add_(1)
        flush()
        assert counters.donated == before + 1
    assert x[0, 0].item() == 4


def test_what_somebody_else_holds_is_not_written_over(compiled):
    x = torch.ones(64, 64) + 0
    array = x.detach().numpy()
    held = array[:2]
    del array
    y = x * 3
    del x
    flush()
    assert (held == 1).all()
    assert y.sum().item() == 3 * 64 * 64


def test_a_view_of_a_donated_array_keeps_its_values(compiled):
    x = torch.arange(12.0).reshape(3, 4) * 1
    x.tolist()
    row = x[1].clone()
    y = x + 1
    del x
    flush()
    assert row.tolist() == [4, 5, 6, 7]
    assert y[1].tolist() == [5, 6, 7, 8]


# ---------------------------------------------------------------- plans


def _training(steps: int) -> list[float]:
    torch.manual_seed(0)
    model = torch.nn.Sequential(torch.nn.Linear(8, 16), torch.nn.Tanh(), torch.nn.Linear(16, 1))
    optimizer = torch.optim.AdamW(model.parameters(), lr=0.01)
    x, y = torch.randn(32, 8), torch.randn(32, 1)
    losses = []
    for _ in range(steps):
        optimizer.zero_grad()
        loss = torch.nn.functional.mse_loss(model(x), y)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    flush()
    return losses


def test_a_training_loop_is_one_plan(compiled):
    _training(4)  # the first steps, before which there is nothing to update
    before = counters.compiled, counters.plans
    first = _training(4)
    middle = counters.compiled
    second = _training(12)
    assert counters.compiled == middle
    assert counters.plans - before[1] >= 16
    assert second[:4] == first


def test_training_compiled_is_training_interpreted(compiled, monkeypatch):
    found = _training(8)
    monkeypatch.setattr(config, "compile", "0")
    assert np.allclose(found, _training(8), rtol=1e-4)


def test_an_update_left_to_numpy_is_set_apart_when_it_is_met_first(compiled, monkeypatch):
    """What else is pending is compiled at its first sight, with the bits of later ones."""
    monkeypatch.setattr(plans, "APART", set())

    def trained():
        weights = torch.arange(1200.0).reshape(40, 30) / 600 - 1
        p = torch.nn.Parameter(weights.sin())
        (p.exp() * weights).sin().sum().backward()
        before = counters.plans
        torch.optim.Adafactor([p], lr=0.1).step()
        return counters.plans - before, p.tolist()

    first = trained()
    assert {op.name for op in plans.APART} == {"adafactor"}
    assert first[0] == 1 and first == trained()


def test_sizes_do_not_multiply_kernels(compiled):
    """Kernels take sizes as arguments: many batches and lengths share a few."""
    weight = torch.randn(16, 24)

    def forward(rows: int, length: int) -> None:
        x = torch.ones(rows, length, 16) + 0
        y = torch.softmax(torch.tanh(x @ weight) * 2, 2)
        (y.sum(1) + 1).tolist()

    for rows in (2, 3, 5):
        forward(rows, 7)
    few = len(assemble._names)
    for rows in range(2, 52):
        forward(rows, 7)
    for length in range(2, 202, 9):
        forward(3, length)
    assert len(assemble._names) <= few + 6


def test_a_failed_compilation_falls_back_with_a_warning(monkeypatch):
    flush()
    PLANS.clear()

    def fail(*_args):
        raise NotImplementedError("no such thing")

    monkeypatch.setattr(compiler, "compile_plan", fail)
    monkeypatch.setattr(config, "compile", "1")
    monkeypatch.setattr(config, "compile_strict", False)
    x = torch.ones(5)
    y = torch.sin(x) * 2
    with pytest.warns(RuntimeWarning, match="sin mul.*no such thing"):
        found = y.tolist()
    assert np.allclose(found, 2 * np.sin(1))


@pytest.mark.parametrize("elements, sights", [(1000, 4), (1 << 16, 2), (1 << 26, 1)])
def test_counts_decide_when_to_compile(monkeypatch, elements, sights):
    flush()
    PLANS.clear()
    monkeypatch.setattr(plans, "FAMILIES", OrderedDict())  # no other size is known
    monkeypatch.setattr(config, "compile", "auto")
    x, before = torch.zeros(elements, dtype=torch.uint8).add_(1), []
    flush()
    for _ in range(5):
        count = counters.compiled
        (x + 1)[0].item()
        before.append(counters.compiled - count)
    assert [i + 1 for i, n in enumerate(before) if n] == [sights]


def test_switching_compiles_every_other_new_plan_and_every_other_run(monkeypatch):
    flush()
    PLANS.clear()
    monkeypatch.setattr(config, "compile", "switch")
    x = torch.ones(5)
    flush()
    interpreted = []
    for k in (1, 2):
        for _ in range(4):
            ran = counters.plans
            torch.cat([torch.sin(x)] * k).tolist()
            interpreted.append(counters.plans == ran)
    first = interpreted[0]
    assert interpreted == [first, not first] * 2 + [not first, first] * 2


def test_drawing_a_model_is_compiled_at_once(monkeypatch):
    """A draw counts as many elements: these are millions of weights, drawn once."""
    flush()
    PLANS.clear()
    plans.FAMILIES.clear()  # of which a plan with other sizes would be compiled at once
    monkeypatch.setattr(config, "compile", "auto")
    for elements, compiled in ((1 << 21, 0), (1 << 22, 1)):
        count = counters.compiled
        weights = torch.rand(elements // 2), torch.rand(elements // 2)
        flush()
        assert counters.compiled - count == compiled
        del weights


def test_a_model_called_twice_gives_equal_bits_at_every_sight():
    """What is compared at one look is computed by one executor, interpreted or compiled."""
    width = 40
    linear, norm = torch.nn.Linear(width, width), torch.nn.LayerNorm(width)
    mlp = torch.nn.Sequential(linear, torch.nn.GELU(), norm, torch.nn.Linear(width, width)).eval()
    block = torch.nn.TransformerEncoderLayer(width, 4, batch_first=True).eval()
    x = torch.randn(3, 7, width)
    for module in (linear, norm, torch.nn.Softmax(-1), mlp, block):
        for _ in range(5):
            assert torch.equal(module(x), module(x))


def test_numbers_are_arguments_of_a_plan(compiled):
    """A changing Python number is not another plan."""
    x = torch.ones(300) + 0
    x.tolist()
    (x * 0.5).tolist()
    before = counters.compiled
    for rate in (0.25, 3.5, -1.0):
        assert (x * rate)[0].item() == rate
        assert (x * rate).tolist() == [rate] * 300
    assert counters.compiled <= before + 1


def test_a_plan_that_raises_has_written_over_nothing(compiled):
    """What is pending when NumPy raises is computed again, from arguments that are as they were."""
    x = torch.ones(40, 40) + 0
    x.tolist()
    x.add_(1)
    broken = _RAISES(x._read())
    for _ in range(2):
        with pytest.raises(ArithmeticError):
            evaluate(broken)
    flush()  # which leaves it to those who look
    del broken
    assert x[0, 0].item() == 2


def _refuse(x, /):
    raise ArithmeticError("on purpose")


_RAISES = Op("raises_for_test", rule=lambda x: (x.shape, x.dtype), eval=_refuse)
del TABLE["raises_for_test"]
