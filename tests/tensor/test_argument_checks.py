"""Which arguments are accepted, and the exceptions of those that are not, as PyTorch 2.13 has them.

`argument_cases.txt` holds a line per call: the exception's type, or "accepted", and the call.
"""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import pytest

import loxley as torch
import loxley.masked
import loxley.nn.functional as F

CASES = [
    line.split("\t")
    for line in Path(__file__).with_name("argument_cases.txt").read_text().splitlines()
]


def _names() -> dict[str, Any]:
    """What the calls speak of, made anew for each."""
    return {
        "torch": torch,
        "F": F,
        "x": torch.ones(2, 3),
        "b": torch.ones(2, 3).bool(),
        "i": torch.arange(6).reshape(2, 3),
        "c": torch.ones(2, 3, dtype=torch.complex64),
        "s": torch.tensor(1),
    }


@pytest.mark.parametrize("expected, call", CASES, ids=[call for _, call in CASES])
def test_call(expected: str, call: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if expected == "accepted":
            eval(call, _names())
            return
        with pytest.raises(Exception) as caught:
            eval(call, _names())
    assert expected in [kind.__name__ for kind in type(caught.value).__mro__]
