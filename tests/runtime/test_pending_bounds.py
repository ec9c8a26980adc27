"""Past a bound on pending work everything pending runs, and nothing is computed for it alone."""

from __future__ import annotations

import loxley as torch
from loxley.config import config
from loxley.runtime import interpreter, plans


def test_an_expanded_argument_is_not_spelled_out(monkeypatch):
    """What only a pending operator reads is no result, however large it is."""
    wanted = []

    class Hears(interpreter.Listener):
        def planned(self, event) -> None:
            wanted.append([event.sighting.nodes[i].op.name for i in event.sighting.wanted])

    interpreter.flush()
    monkeypatch.setattr(config, "compile", "1")
    monkeypatch.setattr(config, "pending_bytes", 1000)
    hears = Hears()
    plans.LISTENERS.append(hears)
    try:
        total = torch.tensor([2.0]).expand(5000).sum()
        more = total + 1
        assert more.item() == 10001
    finally:
        plans.LISTENERS.remove(hears)
    assert wanted and not any("read_strided" in names for names in wanted)
