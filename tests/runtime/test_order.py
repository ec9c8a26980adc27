"""The order in which a look lists what a value needs: depth first, results of several together."""

from __future__ import annotations

import random

import pytest

import loxley as torch
from loxley.config import config
from loxley.ir.graph import ITEM
from loxley.runtime import interpreter


@pytest.fixture(autouse=True)
def pending(monkeypatch):
    interpreter.flush()
    monkeypatch.setattr(config, "pending_nodes", 1 << 20)


def _listed(roots) -> list:
    """The same order, found by recursion."""
    order: list = []
    seen: set = set()

    def list_one(value) -> None:
        if value is None or value.data is not None or value in seen:
            return
        for source in value.inputs:
            list_one(source)
        if value in seen:  # an item, listed with its tuple
            return
        together = [value]
        if type(value.extra) is tuple:
            items = [weak() for weak in value.extra]
            together += [i for i in items if i is not None and i.data is None]
        seen.update(together)
        order.extend(together)

    for root in roots:
        list_one(root)
    return order


def _random_graph(seed: int) -> list:
    """Values of one and of several results, read by any number of later ones."""
    chosen = random.Random(seed)
    made = [torch.full((4, 4), 0.5) for _ in range(3)]
    made[0].tolist()
    for _ in range(60):
        kind = chosen.randrange(4)
        some = [chosen.choice(made[-12:]) for _ in range(1 + chosen.randrange(3))]
        if kind == 0:
            parts = some[0].max(dim=1, keepdim=True)
            made += chosen.choice(([parts[0]], [parts[0] * 1.5, parts[1] + 0.5]))
        elif kind == 1:
            made.append(torch.cat([x.expand(4, 4) for x in some]).sum(0, keepdim=True))
        else:
            made.append(some[0] * some[-1] + 1)
    return made


@pytest.mark.parametrize("seed", range(12))
def test_the_order_is_depth_first(seed):
    made = _random_graph(seed)
    for roots in ([made[-1]], made[-5:], made[::-7]):
        values = [v for x in roots if (v := x._read()).data is None]
        found = interpreter._ancestors(values)
        assert list(map(id, found)) == list(map(id, _listed(values)))
        assert len(found) == len(set(map(id, found)))


def test_an_item_looked_at_brings_the_others():
    values, places = (torch.ones(3, 3) * 2).max(dim=1)
    found = interpreter._ancestors([places._read()])
    assert [v for v in found if v.op is ITEM] == [values._read(), places._read()]
    assert found[-1] is places._read()


def test_long_chains_and_wide_values():
    x = torch.ones(2)
    for _ in range(5000):
        x = x + 1
    wide = torch.cat([x * float(i) for i in range(500)])
    found = interpreter._ancestors([wide._read()])
    assert len(found) >= 5501 and found[-1] is wide._read()
    assert wide[:2].tolist() == [0.0, 0.0]
