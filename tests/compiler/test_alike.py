"""Groups that do the same are lowered once, and get what lowering each of them gives."""

from __future__ import annotations

import re

import pytest

import loxley as torch
from loxley.compiler import alike, assemble
from loxley.compiler.fuse import Group
from loxley.compiler.lower import Lowered, lower
from loxley.config import config
from loxley.nn import functional as F
from loxley.runtime.interpreter import flush
from loxley.runtime.plans import PLANS
from tests.compiler.random_chains import chain, results


@pytest.fixture
def lowered(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Group, Lowered]]:
    """Every group of the plans that are made, with what became of it; checked as they come."""
    found: list[tuple[Group, Lowered]] = []

    class Checked(alike.Lowering):
        def lower(self, group: Group) -> Lowered:
            made = super().lower(group)
            assert made == lower(group, self._stored)
            found.append((group, made))
            return made

    flush()
    PLANS.clear()
    monkeypatch.setattr(assemble, "Lowering", Checked)
    monkeypatch.setattr(config, "compile", "1")
    monkeypatch.setattr(config, "compile_strict", True)
    monkeypatch.setattr(config, "cache", "")
    return found


def layers() -> list[torch.Tensor]:
    """Four alike layers and their gradients, the third with another slope."""
    weights = [torch.randn(8, 8, requires_grad=True) for _ in range(4)]
    x = torch.randn(5, 8)
    for i, w in enumerate(weights):
        x = F.layer_norm(F.leaky_relu(x @ w, 0.25 if i == 2 else 0.125), (8,)).cumsum(0)[[1, 0, 2]]
    x.sum().backward()
    return [x, *(w.grad for w in weights)]


def test_repetitions_are_lowered_once(lowered, monkeypatch):
    count = []
    monkeypatch.setattr(alike, "lower", lambda *of: count.append(of) or lower(*of))
    for tensor in layers():
        tensor.tolist()
    assert len({made.kernel for _, made in lowered}) <= len(count) < len(lowered)


@pytest.mark.parametrize("seed", range(20))
def test_random_chains_get_what_lowering_each_group_gives(lowered, seed):
    lines = chain(seed)
    copies = [re.sub(r"\bv(\d)", r"w\1", line) for line in lines]
    results(lines + copies, "1")
