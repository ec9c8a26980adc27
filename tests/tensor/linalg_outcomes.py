"""Linear algebra, statistics, sorting and Fourier transforms: expressions with one-line outcomes.

In: a module that stands for torch. Out: for each case of CASES what came of it as one line of text:
shape, strides, dtype, history and values, or the error with its message. `recorded_linalg.json`
holds what PyTorch 2.13 says; `python -m tests.tensor.linalg_outcomes` rewrites it (PyTorch must be
installed).
"""

from __future__ import annotations

import importlib
import json
import sys
import warnings
from pathlib import Path
from types import ModuleType
from typing import Any

RECORD = Path(__file__).with_name("recorded_linalg.json")
CASES: list[str] = Path(__file__).with_name("linalg_cases.txt").read_text().splitlines()


def _space(torch: ModuleType) -> dict[str, Any]:
    """x (3, 4), v (6,), s (3, 3) positive definite, z (3, 3) zeros, b (2, 3, 3) complex; all but z
    and v require gradients."""
    x = torch.arange(12.0).reshape(3, 4).add(1).requires_grad_(True)
    s = (x @ x.T + 3 * torch.eye(3)).detach().requires_grad_(True)
    b = torch.complex(torch.arange(18.0).sin(), torch.arange(18.0).cos()).reshape(2, 3, 3)
    return {
        "torch": torch,
        "t": torch,
        "L": importlib.import_module(f"{torch.__name__}.linalg"),
        "inf": float("inf"),
        "x": x,
        "s": s,
        "b": b.requires_grad_(True),
        "o": torch.ones(3, 4),
        "z": torch.zeros(3, 3),
        "v": torch.tensor([3.0, 1.0, 2.0, 1.0, 5.0, 2.0]),
        "i": torch.tensor([3, 1, 2, 1, 5, 2]),
        "grad": lambda out, *inputs: torch.autograd.grad(out.sum(), inputs),
    }


def _number(value: Any) -> Any:
    if isinstance(value, list):
        return [_number(one) for one in value]
    if isinstance(value, complex):
        return f"{_number(value.real)}+{_number(value.imag)}j"
    if isinstance(value, float):
        return 0.0 if abs(value) < 2e-3 else float(f"{value:.3g}")
    return value


def _shown(torch: ModuleType, value: Any, layout: bool = True) -> str:
    if isinstance(value, torch.Tensor):
        history = value.grad_fn.name() if value.grad_fn is not None else ""
        kind = str(value.dtype).rpartition(".")[2]
        shape = f"{tuple(value.shape)} {value.stride() if layout else ''} {kind}"
        return f"{shape} {history} {_number(value.detach().tolist())}"
    if isinstance(value, (list, tuple)):
        return f"[{'; '.join(_shown(torch, one, layout) for one in value)}]"
    return str(value)


def outcome(torch: ModuleType, case: str) -> str:
    """What comes of one expression."""
    try:
        layout = "fft" not in case and not case.startswith("grad")
        return _shown(torch, eval(case, _space(torch)), layout)
    except Exception as error:
        message = str(error).partition("\nException raised from")[0]
        return f"{type(error).__name__}: {message}"


def outcomes(torch: ModuleType) -> dict[str, str]:
    """The outcome of every case."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return {case: outcome(torch, case) for case in CASES}


if __name__ == "__main__":
    made = outcomes(importlib.import_module("torch"))
    RECORD.write_text(json.dumps(made, indent=0, sort_keys=True) + "\n")
    sys.stdout.write(f"{len(made)} outcomes\n")
