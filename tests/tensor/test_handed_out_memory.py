"""Views of memory that was handed out show every write, interpreted and compiled."""

from __future__ import annotations

import pytest

import loxley as torch
from loxley.config import config


@pytest.mark.parametrize("mode", ["0", "1"])
def test_a_view_with_gaps_is_read_anew(mode: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(config, "compile", mode)
    whole = torch.tensor([[3.0, -1.0, -1.5], [-0.75, -1.5, 0.5]])
    array = whole.detach().numpy()
    part = whole.as_strided((3,), (2,), 0)
    part.mul_(part)
    assert part.tolist() == [9, 2.25, 2.25]
    assert (part + 1).tolist() == [10, 3.25, 3.25]
    array[...] = 2
    assert part.sum().item() == 6
    assert part.index_select(0, torch.tensor([1])).tolist() == [2]
