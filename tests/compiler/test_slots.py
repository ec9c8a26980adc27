"""Slots: positions, bits, and both ways to an array's data; threads are counted as PyTorch does."""

from __future__ import annotations

import numpy as np
import pytest

from loxley.compiler.llvm import driver, slots
from loxley.compiler.llvm.driver import Input, Plan, Step
from loxley.compiler.llvm.slots import Slots, Table, data_address, references
from loxley.config import Config

from .test_driver import add_number


def test_slots_grow_and_freeze():
    made = Slots()
    assert made.take([1, 2.5]) == 0
    assert made.take([0, -3, 2**64 - 1]) == 2
    made[2] = -0.0
    table = made.freeze()
    assert len(made) == len(table) == 5
    assert table.ints[0] == 1 and table.floats[1] == 2.5 and table.ints[2] == -(2**63)
    assert table.ints[3] == -3 and table.ints[4] == -1
    table.ints[0] = 9
    assert np.frombuffer(table.bytes, np.int64)[0] == 9


def test_an_empty_table_has_an_address():
    assert Table(0).address and Slots().freeze().address


@pytest.mark.parametrize("by_id", [True, False])
def test_both_ways_to_the_data(by_id, monkeypatch):
    monkeypatch.setattr(slots, "BY_ID", by_id and slots.BY_ID)
    monkeypatch.setattr(driver, "BY_ID", by_id and slots.BY_ID)
    made = Slots()
    first, second = made.take([0, 2, 1.0]), made.take([0, 2, 10.0])
    steps = [Step(add_number(), at, 1) for at in (first, second)]
    plan = Plan(made, steps, [Input("f64", (2,)), Input("ptr", (first, second))])
    base = np.arange(12.0).reshape(3, 4)
    for array, expected in ((base, [11.5, 12.5]), (base[1:, 2:], [17.5, 18.5])):
        plan.pack(1.5, *(references([array]) if slots.BY_ID else map(data_address, [array])))
        plan()
        assert array.ravel()[:2].tolist() == expected


def test_data_addresses():
    a = np.arange(10.0)
    assert data_address(a) == a.ctypes.data and data_address(a[3:]) == a[3:].ctypes.data


@pytest.mark.parametrize(
    ("environment", "count"),
    [
        ({"LOXLEY_NUM_THREADS": "3", "OMP_NUM_THREADS": "5"}, 3),
        ({"OMP_NUM_THREADS": "5,2"}, 5),
        ({"OMP_NUM_THREADS": "0", "MKL_NUM_THREADS": "2"}, 2),
    ],
)
def test_threads_are_counted_from_the_environment(environment, count):
    assert Config(environment).num_threads == count


def test_without_variables_there_is_a_thread_for_each_processor():
    assert Config({}).num_threads >= 1


@pytest.mark.parametrize(
    ("environment", "folder"),
    [
        ({"XDG_CACHE_HOME": "/x"}, "/x/loxley"),
        ({"XDG_CACHE_HOME": "/x", "LOXLEY_CACHE": "/y"}, "/y"),
        ({"LOXLEY_CACHE": ""}, ""),
    ],
)
def test_where_objects_are_kept(environment, folder):
    assert Config(environment).cache == folder
    assert Config({"XDG_CACHE_HOME": "relative"}).cache.endswith("/.cache/loxley")
