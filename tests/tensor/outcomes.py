"""Expressions and statements of views and indexing, each with a one-line outcome.

In: a module that stands for torch. Out: for each case of CASES what came of it as one line of text:
value, shape, strides, history, or the error with its message. `recorded_views.json` holds what
PyTorch 2.13 says; `python -m tests.tensor.outcomes` rewrites it (PyTorch must be installed).
"""

from __future__ import annotations

import importlib
import json
import re
import sys
import warnings
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

RECORD = Path(__file__).with_name("recorded_views.json")
CASES: list[str] = Path(__file__).with_name("view_cases.txt").read_text().splitlines()
_ADDRESS = re.compile(r" object at 0x[0-9a-f]+")


def _space(torch: ModuleType) -> dict[str, Any]:
    arange = torch.arange
    return {
        "torch": torch,
        "np": np,
        "pad": importlib.import_module(f"{torch.__name__}.nn.functional").pad,
        "x": arange(24.0).view(2, 3, 4),
        "m": arange(12.0).view(3, 4),
        "v": arange(4.0),
        "s": torch.tensor(1.0),
        "i": torch.tensor([0, 1]),
        "t": arange(24.0).view(2, 3, 4).transpose(0, 1),
        "xg": arange(24.0).view(2, 3, 4).requires_grad_() * 1,
        "mg": arange(12.0).view(3, 4).requires_grad_() * 1,
        "vg": arange(4.0).requires_grad_() * 1,
        "sg": torch.tensor(1.0, requires_grad=True) * 1,
        "mask": torch.tensor([[True, False, True], [False, True, False]]),
    }


def _shown(torch: ModuleType, value: Any) -> str:
    if isinstance(value, torch.Tensor):
        history = _ADDRESS.sub("", str(value.grad_fn)) if value.requires_grad else ""
        values = value.detach().tolist() if value.numel() <= 48 else "..."
        return f"{tuple(value.shape)} {value.stride()} {value._is_view()} {history} {values}"
    if isinstance(value, (list, tuple)) and not isinstance(value, torch.Size):
        return "[" + "; ".join(_shown(torch, one) for one in value) + "]"
    return _ADDRESS.sub("", str(value))


def outcome(torch: ModuleType, case: str) -> str:
    """What comes of one case: `r` after statements, else the expression's value."""
    space = _space(torch)
    try:
        if "r=" in case.replace(" ", "") or ";" in case:
            exec(case, space)
            return _shown(torch, space.get("r"))
        return _shown(torch, eval(case, space))
    except Exception as error:
        return f"{type(error).__name__}: {error}"


def outcomes(torch: ModuleType) -> dict[str, str]:
    """The outcome of every case."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return {case: outcome(torch, case) for case in CASES}


if __name__ == "__main__":
    made = outcomes(importlib.import_module("torch"))
    RECORD.write_text(json.dumps(made, indent=0, sort_keys=True) + "\n")
    sys.stdout.write(f"{len(made)} outcomes\n")
