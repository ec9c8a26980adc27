"""What the compiler did is visible: the log, dumps, overrides, `explain`, `LOXLEY_CHECK`."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import loxley
from loxley.config import config
from loxley.errors import CompilationError
from loxley.runtime import counters, explain, log, plans
from tests.cli.command import environment

HERE = os.path.basename(__file__)


@pytest.fixture(autouse=True)
def compiled_at_once(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Plans are compiled at first sight; nothing that was recorded before is part of them."""
    loxley.ones(1).sum().item()
    monkeypatch.setattr(config, "compile", "1")
    monkeypatch.setattr(config, "trace_lines", True)
    known = plans.PLANS.copy()
    plans.PLANS.clear()
    yield
    plans.PLANS.clear()
    plans.PLANS.update(known)


def logged(artifacts: str, capsys: pytest.CaptureFixture[str], rows: int = 12) -> str:
    """What the log says of a small program."""
    x, w = computed(rows, 7), computed(7, 5)
    capsys.readouterr()
    previous, config.log = config.log, frozenset(artifacts.split(","))
    listener = log.Log()
    plans.LISTENERS.append(listener)
    try:
        loxley.softmax((x * 3).tanh() @ w, -1).sum(0).tolist()
    finally:
        plans.LISTENERS.remove(listener)
        config.log = previous
    return capsys.readouterr().err


def computed(*shape: int) -> loxley.Tensor:
    made = loxley.linspace(-1, 1, 35).repeat(8)[: loxley.Size(shape).numel()].reshape(shape).clone()
    made.sum().item()
    loxley.runtime.flush()
    return made


def test_plans_and_flushes_have_a_line_each(capsys: pytest.CaptureFixture[str]) -> None:
    first = logged("plan,flush", capsys).splitlines()
    assert [line.split("]")[0] for line in first] == ["[loxley plan"] * 2 + ["[loxley flush"]
    assert "compiled: 5 operators, 4 kernels, arena of" in first[0]
    assert first[1].startswith("[loxley plan] run: 5 operators, 4 kernels")
    assert "look: 5 operators, 4 kernels, compiled," in first[2] and HERE in first[2]
    again = logged("flush", capsys)
    assert "4 kernels, hit," in again


def test_interpreted_work_is_called_so(capsys: pytest.CaptureFixture[str]) -> None:
    config.compile = "0"
    assert "5 operators, 0 kernels, interpreted," in logged("flush,plan", capsys)


def test_operators_have_a_line_each(capsys: pytest.CaptureFixture[str]) -> None:
    lines = logged("node", capsys).splitlines()
    assert [line.split()[2] for line in lines] == ["mul", "tanh", "matmul", "softmax", "sum"]
    assert all(HERE in line for line in lines)


def test_the_graph_names_primitives_and_lines(capsys: pytest.CaptureFixture[str]) -> None:
    text = logged("graph", capsys)
    assert "maximum over [1]    # softmax at" in text and HERE in text
    assert "template(" in text and "tanh(%" in text


def test_fusion_tells_groups_and_refusals(capsys: pytest.CaptureFixture[str]) -> None:
    text = logged("fuse", capsys)
    assert "group over [12, 5], reduces [1]:" in text
    assert "not fused:" in text and "of sum at" in text
    assert "reduces other dimensions than the group" in text


def test_loops_llvm_and_assembly(capsys: pytest.CaptureFixture[str]) -> None:
    assert "parallel for block" in logged("loop", capsys)
    plans.PLANS.clear()
    assert "define " in logged("llvm", capsys)
    plans.PLANS.clear()
    assert "ret" in logged("asm", capsys)


def test_memory_and_launch(capsys: pytest.CaptureFixture[str]) -> None:
    text = logged("memory,launch", capsys)
    assert "bytes, steps" in text and "of tanh at" in text
    assert "1 worker: mul at" in text and "matmul at" in text


def test_a_new_shape_explains_itself(capsys: pytest.CaptureFixture[str]) -> None:
    logged("flush", capsys)
    text = logged("recompile", capsys, 16)
    assert "input 0 of mul at" in text and "shape (16, 7), was (12, 7)" in text and HERE in text
    assert logged("recompile", capsys, 16) == ""  # it is known now


def recompiled(capsys: pytest.CaptureFixture[str], run: Callable[[], object]) -> str:
    previous, config.log = config.log, frozenset(["recompile"])
    listener = log.Log()
    plans.LISTENERS.append(listener)
    capsys.readouterr()
    try:
        run()
    finally:
        plans.LISTENERS.remove(listener)
        config.log = previous
    return capsys.readouterr().err


def test_a_recompilation_names_what_differs(capsys: pytest.CaptureFixture[str]) -> None:
    x = computed(6, 5)
    other = x.double().clone()
    other.sum().item()
    first = recompiled(capsys, lambda: (x.exp() * 2).sum(0).tolist())
    assert "no known plan begins like this one" in first
    assert "dtype" in recompiled(capsys, lambda: (other.exp() * 2).sum(0).tolist())
    text = recompiled(capsys, lambda: (x.exp() * 2).sum(1).tolist())
    assert "sum at" in text and "attributes" in text


def test_what_is_wanted_is_part_of_a_plan(capsys: pytest.CaptureFixture[str]) -> None:
    x = computed(6, 5)

    def program(keep: bool) -> None:
        kept = x.exp()
        made = kept * 2
        if not keep:
            del kept
        made.tolist()

    recompiled(capsys, lambda: program(True))
    text = recompiled(capsys, lambda: program(False))
    assert "exp at" in text and "not wanted, was not" in text


def test_what_may_be_overwritten_is_part_of_a_plan(capsys: pytest.CaptureFixture[str]) -> None:
    def program(in_place: bool) -> None:
        x = computed(6, 5)
        (x.exp_() if in_place else x.exp()).tolist()

    program(False)
    text = recompiled(capsys, lambda: program(True))
    assert "input 0 of exp at" in text and "may be overwritten, was not" in text


def test_nothing_is_printed_when_off(capsys: pytest.CaptureFixture[str]) -> None:
    x = computed(9, 4)
    capsys.readouterr()
    (x.exp() + 1).sum().item()
    assert capsys.readouterr() == ("", "")


def test_explain_shows_kernels() -> None:
    x, w = computed(12, 7), computed(7, 5)
    made = explain(lambda: loxley.softmax((x * 3).tanh() @ w, -1).sum(0).tolist())
    assert made.operators == dict.fromkeys(("mul", "tanh", "matmul", "softmax", "sum"), 1)
    assert [len(k.operators) for k in made.kernels] == [2, 1, 1, 1]
    chain, product = made.kernels[:2]
    assert (chain.elements, chain.bytes) == (12 * 7, 2 * 4 * 12 * 7)
    assert product.bytes == 4 * (12 * 7 + 7 * 5 + 12 * 5)
    assert product.operations == 2 * 12 * 7 * 5
    assert all(k.seconds > 0 and HERE in k.operators[0] for k in made.kernels)
    assert made.bytes == 4 * (2 * 12 * 7 + 2 * 12 * 5 + 5)
    assert any("reduces other dimensions" in text for text in made.unfused)
    text = str(made)
    assert "GB/s" in text and "% of what" in text and "not fused" in text


def test_explain_says_what_is_left_to_numpy() -> None:
    x = computed(5, 5)
    made = explain(lambda: loxley.linalg.inv(x + loxley.eye(5) * 9).sum().item())
    assert any(name.startswith("linalg") for name, _ in made.numpy)
    assert "left to NumPy" in str(made)
    assert "NumPy" in [k.name for k in made.kernels]


def test_explain_computes_the_same() -> None:
    x, results = computed(8, 6), []
    expected = (x.exp() * 3).sum(1).tolist()
    explain(lambda: results.append((x.exp() * 3).sum(1).tolist()))
    assert results == [expected]


def run(program: str, **changes: str) -> subprocess.CompletedProcess[str]:
    variables = environment(LOXLEY_COMPILE="1", LOXLEY_CACHE="0", **changes)
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, capture_output=True, text=True, env=variables, timeout=300)
    assert done.returncode == 0, done.stderr
    return done


PRODUCT = """
import loxley
x, y = loxley.full((70,), 3.0), loxley.full((70,), 5.0)
print(x.sum().item() + y.sum().item(), (x * y).max().item())
"""


def test_a_dumped_kernel_can_be_edited(tmp_path: Path) -> None:
    dump, edited = tmp_path / "dump", tmp_path / "edited"
    edited.mkdir()
    assert run(PRODUCT, LOXLEY_DUMP=str(dump)).stdout == "560.0 15.0\n"
    plan = sorted(dump.iterdir())[-1]
    assert {"graph.txt", "fuse.txt", "memory.txt", "launch.txt"} <= {p.name for p in plan.iterdir()}
    assert "mul" in (plan / "graph.txt").read_text()
    for path in plan.glob("*.ll"):
        if "optimized" not in path.name:
            assert path.with_suffix(".loop").exists() and path.with_suffix(".s").exists()
            assert "fmul" in path.read_text()
            (edited / path.name).write_text(path.read_text().replace("fmul", "fadd"))
    assert run(PRODUCT, LOXLEY_OVERRIDE=str(edited)).stdout == "560.0 8.0\n"
    assert run(PRODUCT).stdout == "560.0 15.0\n"


def test_interpret_is_another_name_of_compiling_nothing() -> None:
    program = f"{PRODUCT}from loxley.runtime import counters\nprint(counters.kernels)"
    assert run(program, LOXLEY_INTERPRET="1").stdout.endswith("\n0\n")


def test_a_wrong_kernel_is_found_and_named(monkeypatch: pytest.MonkeyPatch) -> None:
    x = computed(9, 4)
    monkeypatch.setattr(config, "check", True)
    assert (x.exp() + 1).sum().item() == pytest.approx((x.exp() + 1).sum().item())
    rules = loxley.compiler.decompose.RULES
    wrong = lambda inputs, attrs, metas: inputs[0] + 0.25  # noqa: E731
    monkeypatch.setitem(rules, "exp", wrong)
    plans.PLANS.clear()
    with pytest.raises(CompilationError, match=rf"exp recorded at .*{HERE}:\d+ is wrong"):
        (x.exp() + 1).sum().item()


def test_a_checked_run_counts_as_any_other(monkeypatch: pytest.MonkeyPatch) -> None:
    x = computed(9, 4)
    monkeypatch.setattr(config, "check", True)
    before = counters.kernels
    x.exp().tolist()
    assert counters.kernels == before + 1
