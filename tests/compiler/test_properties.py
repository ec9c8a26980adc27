"""Machine code against NumPy's rules on random examples, few of each family.

`python -m tests.compiler.properties --examples 300` runs many.
"""

from __future__ import annotations

import numpy as np
import pytest

from loxley.compiler.decompose import RULES
from loxley.config import config
from loxley.ir.graph import ITEM
from loxley.ops.optim.update import RULE_OF
from loxley.runtime import interpreter
from loxley.runtime.counters import counters
from tests.compiler.properties import FAMILIES, Draw, check, turns
from tests.compiler.properties.memory import AVAILABLE, PAGE, guarded
from tests.compiler.properties.running import results

# Recorded by formulas on whole values alone; `test_decompositions` and the operator tables of
# the conformance tests run them.
BY_FORMULAS = {"reshape_alias", "squeeze", "squeeze_dim", "squeeze_dims", "unsqueeze", "eye"}
BY_FORMULAS |= {"scan_gather", "leading"}


@pytest.mark.parametrize("name", FAMILIES)
@pytest.mark.filterwarnings("ignore::UserWarning")
def test_machine_code_agrees_with_the_rules(name):
    for seed in range(turns(name)):
        assert check(name, seed) is None, f"{name} {seed}"


def test_an_operator_of_numpy_reads_what_was_written_over_a_number():
    """A matrix of one element in the memory of a tensor without dimensions keeps its shape."""
    assert check("numbers_alone", 164) is None


@pytest.mark.filterwarnings("ignore::UserWarning")
def test_families_cover_every_operator_that_is_taken_apart(monkeypatch):
    seen = set()

    def hear(nodes):
        seen.update(n.op.name for n in nodes if n.op is not ITEM)
        return False

    monkeypatch.setattr(interpreter, "run_compiled", hear)
    for name in FAMILIES:
        for seed in range(turns(name)):
            results(FAMILIES[name](Draw(seed)), "0")
    assert {*RULES, *RULE_OF} - seen == BY_FORMULAS


@pytest.mark.skipif(not AVAILABLE, reason="guards are Linux's mprotect")
def test_guards_are_beside_the_arrays():
    last, first = guarded((3, 5), np.float32), guarded((7,), np.int8, at_end=False)
    assert (last.ctypes.data + last.nbytes) % PAGE == 0 and np.isnan(last).all()
    assert first.ctypes.data % PAGE == 0


def test_plans_of_examples_are_made_anew_and_left_nowhere(tmp_path, monkeypatch):
    """One from another process has gaps in its arena that this one does not know."""
    monkeypatch.setattr(config, "cache", str(tmp_path / "cache"))
    compiled, loaded = counters.compiled, counters.loaded
    for _ in range(2):
        assert check("batched_products", 0) is None
    assert counters.compiled >= compiled + 6 and counters.loaded == loaded
    assert not list(tmp_path.rglob("*.plan"))


def test_examples_are_the_same_each_time():
    for name in FAMILIES:
        first, second = FAMILIES[name](Draw(11)), FAMILIES[name](Draw(11))
        assert [o.shape for o in first.operands] == [o.shape for o in second.operands]
        for a, b in zip(first.operands, second.operands, strict=True):
            assert a.memory.tobytes() == b.memory.tobytes() and a.strides == b.strides
