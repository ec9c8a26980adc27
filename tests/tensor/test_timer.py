"""`torch.utils.benchmark`: counts of runs, statistics, and how a measurement is printed."""

from __future__ import annotations

from itertools import count

import pytest

import loxley as torch
from loxley.utils.benchmark import Language, Measurement, TaskSpec, Timer


def body(measurement: Measurement) -> str:
    return repr(measurement).partition("\n")[2]


def test_one_measurement() -> None:
    clock = count()
    ran: list[int] = []
    made = Timer("ran.append(1)", globals={"ran": ran}, timer=lambda: next(clock)).timeit(10)
    assert (len(ran), made.number_per_run, made.times) == (12, 10, [0.1])
    assert body(made) == "ran.append(1)\n  100.00 ms\n  1 measurement, 10 runs , 1 thread"


def test_names_and_setup_are_shown() -> None:
    made = Timer("f(1)", "f = abs\nz = 1", label="a", sub_label="b", description="c").timeit(1)
    assert body(made).startswith("a: b\nc\nsetup:\n  f = abs\n  z = 1\n\n  ")
    assert (made.label, made.env, made.title) == ("a", "Unspecified env", "a: b")


def test_unsteady_times_are_told() -> None:
    spec = TaskSpec("for i in range(3):\n    x+1", "pass")
    made = Measurement(10, [1e-3, 2e-3, 3e-3, 4e-3], spec)
    assert body(made) == (
        "stmt:\n  for i in range(3):\n      x+1\n\n"
        "  Median: 250.00 us\n"
        "  IQR:    150.00 us (175.00 to 325.00)\n"
        "  4 measurements, 10 runs per measurement, 1 thread\n"
        "  WARNING: Interquartile range is 60.0% of the median measurement.\n"
        "           This suggests significant environmental influence."
    )
    (merged,) = Measurement.merge([made, made])
    assert (merged.number_per_run, len(merged.times)) == (1, 8)


def test_blocks_until_the_time_has_passed() -> None:
    seen: list[float] = []
    threads = torch.get_num_threads()
    timer = Timer("torch.ones(2).sum().item()", num_threads=1)
    made = timer.blocked_autorange(lambda number, taken: seen.append(taken), min_run_time=0.02)
    assert sum(seen) >= 0.02 and seen == made.raw_times
    assert torch.get_num_threads() == threads


def test_other_languages_are_refused() -> None:
    with pytest.raises(NotImplementedError, match="C\\+\\+"):
        Timer("x", language=Language.CPP)
