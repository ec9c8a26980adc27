"""Plans on disk: a second process plans nothing, gets the same bits, and no file can do harm."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys

import numpy as np
import pytest

import loxley as torch
import loxley.nn.functional as F
from loxley import nn
from loxley.compiler import assemble, plan_files, plan_keys
from loxley.compiler.llvm import cache, jit
from loxley.compiler.llvm.target import host
from loxley.config import config
from loxley.errors import CompilationError
from loxley.ir.graph import TABLE, Op
from loxley.numerics.pooling import Windows
from loxley.runtime import explain
from loxley.runtime.counters import counters
from loxley.runtime.interpreter import flush
from loxley.runtime.plans import PLANS

pytestmark = pytest.mark.skipif(os.name != "posix", reason="off where files have no owners")


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """An empty cache; plans are compiled at first sight, and failures raise."""
    flush()
    forget()
    monkeypatch.setattr(config, "compile", "1")
    monkeypatch.setattr(config, "compile_strict", True)
    monkeypatch.setattr(config, "cache", str(tmp_path / "cache"))
    return tmp_path / "cache"


def forget() -> None:
    """As a new process would."""
    PLANS.clear()
    counters.reset()
    jit.stats.reset()


def plans(folder):
    return sorted(folder.glob("*.plan"))


def convolutional(seed: int = 0) -> list[np.ndarray]:
    """Three training steps with templates, kept forms, draws, externs and numbers that change."""
    torch.manual_seed(seed)
    model = nn.Sequential(
        nn.Conv2d(2, 8, 3, padding=1),
        nn.BatchNorm2d(8),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Dropout(0.2),
        nn.Flatten(),
    )
    head = nn.Linear(8 * 9, 3)
    parameters = [*model.parameters(), *head.parameters()]
    optimizer = torch.optim.AdamW(parameters, lr=0.1)
    x, y = torch.randn(4, 2, 6, 6), torch.tensor([0, 1, 2, 1])
    for step in range(3):
        optimizer.param_groups[0]["lr"] = 0.1 / (step + 1)
        optimizer.zero_grad()
        F.cross_entropy(head(model(x)), y).backward()
        optimizer.step()
    values = torch.linalg.svdvals(head.weight.detach() * 2)
    return [values.numpy(), *(p.detach().numpy() for p in parameters)]


def small() -> np.ndarray:
    x = torch.arange(12.0).reshape(3, 4)
    return (x.sin() * 2).sum(1).numpy()


def same(a, b) -> bool:
    return all(x.tobytes() == y.tobytes() for x, y in zip(a, b, strict=True))


# ---------------------------------------------------------------- what is kept


def test_a_plan_from_disk_gives_the_same_bits(folder):
    made = convolutional()
    count = counters.compiled
    assert count and not counters.loaded and len(plans(folder)) == count
    donated, kernels = counters.donated, counters.kernels
    forget()
    assert same(made, convolutional())
    assert (counters.compiled, counters.loaded, jit.stats.compiled) == (count, count, 0)
    assert (counters.donated, counters.kernels) == (donated, kernels)


def test_kept_forms_are_prepared_by_plans_from_disk(folder):
    def inferred():
        torch.manual_seed(1)
        layer = nn.Conv2d(32, 32, 3, padding=1).requires_grad_(False)
        x = torch.randn(1, 32, 28, 28)
        return [layer(x).numpy() for _ in range(4)]

    made = inferred()
    prepared, kept = counters.prepared, counters.kept
    forget()
    assert same(made, inferred()) and counters.loaded == counters.compiled
    assert prepared and (counters.prepared, counters.kept) == (prepared, kept)


def captured_training() -> tuple[list[np.ndarray], int]:
    """What four replays of a captured training step leave; the replays."""
    torch.manual_seed(3)
    model = nn.Sequential(nn.Linear(8, 16), nn.BatchNorm1d(16), nn.GELU(), nn.Linear(16, 8))
    optimizer = torch.optim.AdamW(model.parameters(), lr=0.1)
    x = torch.randn(32, 8)

    @torch.compile
    def step():
        optimizer.zero_grad()
        ((model(x) - x) ** 2).mean().backward()
        optimizer.step()

    before = counters.replays
    for _ in range(5):
        step()
    return [p.detach().numpy() for p in model.parameters()], counters.replays - before


def test_what_is_captured_is_kept_too(folder, monkeypatch):
    monkeypatch.setattr(config, "compile", "auto")
    made, replays = captured_training()
    (file,) = plans(folder)
    assert replays >= 3 and (counters.compiled, counters.loaded) == (1, 0)
    forget()
    again, replays = captured_training()
    assert same(made, again) and replays >= 3 and plans(folder) == [file]
    assert (counters.compiled, counters.loaded, jit.stats.compiled) == (1, 1, 0)
    explained = explain(captured_training)  # which asks for how it was made
    assert "kernel" in str(explained) and counters.loaded == 1


def test_a_second_process_makes_no_plan(folder):
    program = (
        "import loxley as t\nfrom loxley.runtime import counters as c\n"
        "x = t.arange(5000.0)\nprint((x.sin() * x + 1).cumsum(0).sum().item().hex())\n"
        "print(c.loaded, c.compiled)\n"
        "import sys\nprint([m for m in sys.modules if m.startswith('loxley.compiler.decompose')])"
    )
    environment = {**os.environ, "LOXLEY_CACHE": str(folder), "LOXLEY_COMPILE": "1!"}
    command = [sys.executable, "-c", program]
    first, second = (
        subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
        for _ in range(2)
    )
    (bits, count, _), (again, loaded, modules) = (r.stdout.splitlines() for r in (first, second))
    assert bits == again and count.startswith("0 ") and loaded == " ".join(count.split()[1:] * 2)
    assert modules == "[]"  # neither rules nor templates are loaded


def test_threads_have_plans_of_their_own(folder, monkeypatch):
    for threads in (1, 2, 1, 2):
        monkeypatch.setattr(config, "num_threads", threads)
        small()
        PLANS.clear()
    assert (counters.compiled, counters.loaded) == (4, 2)


def test_operators_of_the_program_itself_are_not_kept(folder):
    own = Op("own_of_this_test", rule=TABLE["sin"].rule, eval=lambda x, /: x + 1)
    try:
        assert plan_keys.digest((1, own)) is None
        assert plan_keys.digest((1, TABLE["sin"])) is not None
    finally:
        del TABLE["own_of_this_test"]
    assert plan_keys.digest((1, np.zeros(3))) is None


def test_digests_tell_numbers_apart():
    keys = [(0,), (0.0,), (-0.0,), (False,), ("0",), (None,), ((0,),), ([0],), (0j,), (0, 0)]
    keys += [(float("nan"),), (("a", "b"),), (("a\n'b'",),), ("a", "b"), (1 << 70,)]
    keys += [(Windows((3,), (2,), (1,), (1,), False),), (((3,), (2,), (1,), (1,), False),)]
    assert len({plan_keys.digest(key) for key in keys} - {None}) == len(keys)


# ---------------------------------------------------------------- files that are no good


@pytest.mark.parametrize("cut", [0, 30, 72, 100])
def test_cut_files_are_ignored(folder, cut):
    made = small()
    for file in plans(folder):
        file.write_bytes(file.read_bytes()[:cut])
    forget()
    assert same([made], [small()]) and not counters.loaded
    forget()
    assert same([made], [small()]) and counters.loaded  # they were written anew


@pytest.mark.parametrize("content", [b"", b"[]", b"{}", b"1e999", b'{"codes": 3}', b"\xff"])
def test_foreign_content_is_ignored(folder, content):
    made = small()
    for file in plans(folder):
        cache.store(bytes.fromhex(file.stem), content, ".plan")
    forget()
    assert same([made], [small()]) and not counters.loaded


def test_a_file_that_lacks_something_is_ignored(folder):
    small()
    (file, *_) = plans(folder)
    name = bytes.fromhex(file.stem)
    content = json.loads(cache.load(name, ".plan"))
    for part in content:
        cache.store(
            name, json.dumps({k: v for k, v in content.items() if k != part}).encode(), ".plan"
        )
        assert plan_files.load(name, ()) is None, part


def test_another_version_is_another_name(folder, monkeypatch):
    small()
    forget()
    monkeypatch.setattr(plan_keys, "_FORMAT", plan_keys._FORMAT + 1)
    plan_keys._surroundings.cache_clear()
    try:
        small()
        assert counters.compiled and not counters.loaded
    finally:
        plan_keys._surroundings.cache_clear()


def test_a_plan_without_its_kernels_is_made_anew(folder, monkeypatch):
    made = small()
    for file in folder.glob("*.o"):
        file.unlink()
    forget()
    monkeypatch.setattr(jit, "_addresses", {})
    assert same([made], [small()]) and not counters.loaded


def test_a_folder_that_cannot_be_written(folder, monkeypatch):
    made = small()
    shutil.rmtree(folder)
    folder.write_text("not a folder")
    forget()
    assert same([made], [small()]) and counters.compiled and not counters.loaded


# ---------------------------------------------------------------- looking inside


def test_who_looks_sees_how_it_is_made(folder):
    def work():
        return torch.ones(100).exp().sum()

    work().item()
    forget()
    work().item()
    assert counters.loaded
    text = str(explain(lambda: work().item()))
    assert "exp" in text and "sum" in text


# ---------------------------------------------------------------- LLVM beside Python


def test_kernels_compiled_ahead_give_the_same_bits(folder, monkeypatch):
    found = []
    for threads in (1, 2):
        shutil.rmtree(folder, ignore_errors=True)
        monkeypatch.setattr(jit, "_addresses", {})
        monkeypatch.setattr(config, "num_threads", threads)
        assemble._names.clear()
        assemble.compiled_template.cache_clear()
        forget()
        found.append((convolutional(), jit.stats.compiled))
        assert not jit._begun
    assert same(found[0][0], found[1][0]) and found[0][1] == found[1][1] > 0


def test_a_kernel_that_llvm_refuses_ahead_is_named(folder, monkeypatch):
    target = host()
    with jit.Ahead(target, 2) as ahead:
        ahead.begin("wrong", "a key of this test", lambda: "no text of a module")
        with pytest.raises(CompilationError, match="kernel wrong"):
            jit.address_by_key("wrong", "a key of this test", lambda: "", target)


def test_what_was_begun_and_not_asked_for_is_forgotten(folder):
    with jit.Ahead(host(), 2) as ahead:
        ahead.begin("wrong", "another key of this test", lambda: "no text of a module")
    assert not jit._begun
