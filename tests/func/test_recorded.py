"""Programs about `torch.func` print what PyTorch 2.13.0 printed."""

from __future__ import annotations

import json
import re

import pytest

import loxley
from tests.autograd.programs import run
from tests.func.programs import PROGRAMS, RECORDED, source

RECORD = json.loads(RECORDED.read_text())


def _without_nodes(text: str) -> str:
    """Names of grad nodes left out: PyTorch's are those of its batching rules."""
    return re.sub(r"\s*grad_fn=<\w+>", " grad_fn", re.sub(r"-0\.", "0.", re.sub(r" +", " ", text)))


@pytest.mark.parametrize("name", PROGRAMS)
def test_prints_what_pytorch_printed(name: str) -> None:
    assert _without_nodes(run(loxley, source(name))) == _without_nodes(RECORD[name])
