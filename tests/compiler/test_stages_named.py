"""The functions that the benchmark of first steps times are those that the compiler has."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

PATH = Path(__file__).parents[2] / "benchmarks" / "first_step.py"
SPEC = importlib.util.spec_from_file_location("first_step", PATH)
assert SPEC is not None and SPEC.loader is not None
first_step = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(first_step)


@pytest.mark.parametrize("path", [p for paths in first_step.STAGES.values() for p in paths])
def test_a_stage_is_a_function(path):
    owner, name = first_step._owner(path)
    assert callable(getattr(owner, name))


def test_planning_is_made_of_stages():
    assert set(first_step.PLANNING) < set(first_step.STAGES)
