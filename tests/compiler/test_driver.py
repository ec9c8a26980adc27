"""The driver: plans give the same results with any number of threads, and never hang."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time

import numpy as np
import pytest

from loxley.compiler.llvm import driver, jit, team
from loxley.compiler.llvm.builder import Function, Module, V, i64
from loxley.compiler.llvm.driver import Input, Plan, Step
from loxley.compiler.llvm.slots import Slots, references
from loxley.compiler.llvm.target import host
from loxley.config import config


def add_number() -> int:
    """kernel(x, n, number): x[i] += number, for the worker's own part of x[:n]."""
    module = Module()
    f = Function(module, "add", [("ptr", "args"), ("i64", "worker"), ("i64", "workers")])
    x, n, number = (
        f.load(f.address(f["args"], "i64", i64(i)), t, 8)
        for i, t in enumerate(("ptr", "i64", "double"))
    )

    def bound(worker):
        return f.binary("sdiv", f.binary("mul", n, worker), f["workers"])

    with f.loop(bound(f["worker"]), bound(f.binary("add", f["worker"], i64(1)))) as i:
        place = f.address(x, "double", i)
        f.store(f.binary("fadd", f.load(place, "double", 8), number), place, 8)
    f.ret()
    return jit.address("add", str(module), host())


def scale() -> int:
    """kernel(x, n, number): x[:n] *= number by worker 0 alone."""
    module = Module()
    f = Function(module, "scale", [("ptr", "args"), ("i64", "worker"), ("i64", "workers")])
    x, n, number = (
        f.load(f.address(f["args"], "i64", i64(i)), t, 8)
        for i, t in enumerate(("ptr", "i64", "double"))
    )
    with f.loop(i64(0), n) as i:
        place = f.address(x, "double", i)
        f.store(f.binary("fmul", f.load(place, "double", 8), number), place, 8)
    f.ret()
    return jit.address("scale", str(module), host())


@pytest.fixture
def threads():
    """Sets the number of threads for one test."""
    before = config.num_threads

    def use(count: int) -> None:
        config.num_threads = count

    yield use
    config.num_threads = before


def alternating(rounds: int) -> Plan:
    """x = 2 * (x + 1) over and over: parallel, serial, parallel ..."""
    slots = Slots()
    first, second = slots.take([0, 0, 1.0]), slots.take([0, 0, 2.0])
    steps = [Step(add_number(), first, 64), Step(scale(), second, 1)] * rounds
    ptr, n = Input("ptr", (first, second)), Input("i64", (first + 1, second + 1))
    return Plan(slots, steps, [ptr, n])


def run(plan: Plan, x: np.ndarray) -> None:
    plan.pack(*references([x]), x.size)
    plan()


@pytest.mark.parametrize("count", [1, 2, 3, 7])
def test_steps_see_what_the_steps_before_them_wrote(threads, count):
    threads(count)
    plan = alternating(20)
    for size in (0, 1, 5, 1000):
        x = np.zeros(size)
        for _ in range(30):
            x[:] = 0
            run(plan, x)
            np.testing.assert_array_equal(x, 2.0**21 - 2)


def test_inputs_fill_their_slots(threads):
    threads(1)
    slots = Slots()
    at = slots.take([0, 3, 0.5])
    plan = Plan(slots, [Step(add_number(), at, 1)], [Input("f64", (at + 2,)), Input("ptr", (at,))])
    x, y = np.zeros(3), np.ones(6)
    plan.pack(0.25, *references([x]))
    plan()
    plan.pack(-1.5, *references([y[2:]]))
    plan()
    assert x.tolist() == [0.25] * 3
    assert y.tolist() == [1.0, 1.0, -0.5, -0.5, -0.5, 1.0]
    assert plan.table.ints[at + 1] == 3 and plan.table.floats[at + 2] == -1.5


def test_serial_plans_start_no_threads():
    code = """
from tests.compiler.test_driver import *
config.num_threads = 4
slots = Slots()
plan = Plan(slots, [Step(scale(), slots.take([0, 2, 3.0]), 1)], [Input("ptr", (0,))])
x = np.ones(2)
plan.pack(*references([x]))
plan()
assert x.tolist() == [3, 3] and driver._runner().helpers == 0
"""
    assert script(code) == (0, "", "")


def test_the_first_run_of_a_parallel_plan_has_its_helpers():
    code = """
from tests.compiler.test_driver import *
config.num_threads = 3
slots = Slots()
plan = Plan(slots, [Step(scale(), slots.take([0, 2, 3.0]), 2)], [Input("ptr", (0,))])
assert driver._runner().helpers == 1
"""
    assert script(code) == (0, "", "")


def test_many_python_threads_run_plans_at_once(threads):
    threads(3)
    wrong: list[np.ndarray] = []

    def work() -> None:
        plan, x = alternating(20), np.zeros(3000)
        for _ in range(50):
            x[:] = 0
            run(plan, x)
            if not (x == 2.0**21 - 2).all():
                wrong.append(x.copy())

    workers = [threading.Thread(target=work) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert not wrong


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
def test_a_forked_child_has_a_team_of_its_own(threads):
    threads(3)
    plan, x = alternating(5), np.zeros(1000)
    run(plan, x)
    run(plan, x)
    assert driver._runner().helpers >= 2
    child = os.fork()
    if not child:
        good = driver._runner().helpers == 0
        for _ in range(20):
            x[:] = 0
            run(plan, x)
            good = good and bool((x == 2.0**6 - 2).all())
        os._exit(0 if good and driver._runner().helpers == 2 else 1)
    assert os.waitpid(child, 0)[1] == 0
    x[:] = 0
    run(plan, x)
    np.testing.assert_array_equal(x, 2.0**6 - 2)


def sleeper() -> int:
    """kernel(): worker 0 is done at once, the others sleep for 20 ms."""
    module = Module()
    f = Function(module, "sleeper", [("ptr", "args"), ("i64", "worker"), ("i64", "workers")])
    with f.when(f.compare("icmp sgt", f["worker"], i64(0))):
        f.call("usleep", "i32", [V("20000", "i32")])
    with f.when(f.compare("icmp eq", f["worker"], i64(0))):
        f.call("usleep", "i32", [V("2000", "i32")])
    f.ret()
    return jit.address("sleeper", str(module), host())


def test_a_helper_that_is_waited_for_too_long_is_done_without(threads):
    threads(2)
    slots = Slots()
    slots.take([0])
    plan = Plan(slots, [Step(sleeper(), 0, 2)])
    until = driver._runner()._word(team.ALONE_UNTIL)
    driver.start(1)
    for _ in range(50):  # until the helper is quick enough to begin its part in those 2 ms
        plan()
        if until.value:
            break
    assert 0 < until.value - time.monotonic_ns() <= 16 * 20e6 * 3
    start = time.perf_counter()
    plan()
    assert until.value and time.perf_counter() - start < 0.1
    until.value = 1  # that time is over
    plan()
    assert until.value != 1


def script(code: str, **environment: str) -> tuple[int, str, str]:
    """(exit status, output, errors) of a fresh interpreter."""
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=60,
    )
    return done.returncode, done.stdout, done.stderr


BUSY = """
from tests.compiler.test_driver import *
config.num_threads = 3
plan, x = alternating(20), np.zeros(2000)
for _ in range(20):
    run(plan, x)
"""


@pytest.mark.parametrize(
    ("end", "status"),
    [
        ("", 0),
        ("sys.exit(3)", 3),
        ("t = threading.Thread(target=lambda: (run(plan, x), sys.exit(3)))\nt.start()", 0),
        (
            "def go():\n    while True: run(alternating(3), np.zeros(100))\n"
            "threading.Thread(target=go, daemon=True).start()",
            0,
        ),
        ("import gc; del plan; driver._runners.clear(); gc.collect()", 0),
    ],
    ids=["end", "exit", "exit in a thread", "daemon thread", "driver collected"],
)
def test_the_interpreter_ends_cleanly(end, status):
    assert script(BUSY + end) == (status, "", "")


def test_interrupts_reach_the_main_thread():
    """Helpers block signals: one that is sent to the process wakes the sleeping main thread."""
    code = BUSY + "print('ready', flush=True)\nimport time\ntime.sleep(30)"
    process = subprocess.Popen([sys.executable, "-c", code], stdout=-1, stderr=-1, text=True)
    assert process.stdout.readline() == "ready\n"
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=10)
    assert "KeyboardInterrupt" in errors
