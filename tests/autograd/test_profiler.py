"""Operators timed: events, tables, schedules, traces."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import loxley as torch
from loxley import profiler
from loxley.config import config


@pytest.fixture
def interpreted(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each operator is an event of its own; machine code has one for what was fused."""
    monkeypatch.setattr(config, "compile", "0")


@pytest.mark.usefixtures("interpreted")
def test_operators_and_blocks_are_events() -> None:
    with profiler.profile() as p:
        with profiler.record_function("block"):
            a = torch.ones(4, 4)
            (a @ a).relu().sum()
    names = [event.name for event in p.events()]
    assert names[0] == "block" and {"aten::full", "aten::matmul", "aten::relu"} <= set(names)
    block = p.events()[0]
    assert all(child.cpu_parent is block for child in block.cpu_children)
    assert block.cpu_time_total >= sum(child.cpu_time_total for child in block.cpu_children) > 0
    total = p.key_averages().self_cpu_time_total
    assert total == pytest.approx(block.cpu_time_total)


@pytest.mark.usefixtures("interpreted")
def test_tables_are_laid_out_as_pytorch_does() -> None:
    with torch.autograd.profiler.profile() as p:
        torch.ones(2).exp()
        torch.ones(2).exp()
    averages = p.key_averages()
    assert [e.count for e in averages if e.key == "aten::exp"] == [2]
    lines = averages.table(sort_by="cpu_time_total", row_limit=1).split("\n")
    assert lines[1].split("  ")[-2].strip() == "# of Calls" and lines[0] == lines[2] == lines[4]
    assert lines[5].startswith("Self CPU time total: ") and len(lines) == 7


def test_schedules() -> None:
    plan = profiler.schedule(wait=1, warmup=1, active=2, repeat=1, skip_first=1)
    wanted = "NONE NONE WARMUP RECORD RECORD_AND_SAVE NONE NONE NONE"
    assert [plan(i).name for i in range(8)] == wanted.split()
    with pytest.raises(AssertionError, match="Invalid profiler schedule arguments. Got wait=-1"):
        profiler.schedule(wait=-1, warmup=0, active=2)


def test_spans_are_handed_over(tmp_path: Path) -> None:
    steps: list[int] = []
    plan = profiler.schedule(wait=1, warmup=1, active=1, repeat=2)
    with profiler.profile(schedule=plan, on_trace_ready=lambda p: steps.append(p.step_num)) as p:
        for _ in range(8):
            torch.ones(2) + 1
            p.step()
    assert steps == [3, 6]
    assert p.events()[0].name == "ProfilerStep#5"
    p.export_chrome_trace(str(tmp_path / "trace.json"))
    events = json.loads((tmp_path / "trace.json").read_text())["traceEvents"]
    assert events[0]["name"] == "ProfilerStep#5" and events[0]["ph"] == "X"


def test_what_is_missing_says_so() -> None:
    with pytest.raises(NotImplementedError, match="with_flops"):
        profiler.profile(with_flops=True)
    with pytest.raises(AssertionError, match="not compiled with CUDA"):
        torch.autograd.profiler.emit_nvtx().__enter__()
