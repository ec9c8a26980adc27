"""Runs `programs.py` with either library as its `torch`, and compares what comes out."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

HERE = Path(__file__).parent


def programs(library: ModuleType) -> ModuleType:
    """The programs, with `torch` bound to a library."""
    bound = {
        "torch": library,
        "torch.nn": library.nn,
        "torch.nn.functional": library.nn.functional,
    }
    before = {name: sys.modules.get(name) for name in bound}
    sys.modules.update(bound)
    try:
        name = f"jit_programs_of_{library.__name__}"
        spec = importlib.util.spec_from_file_location(name, HERE / "programs.py")
        assert spec is not None and spec.loader is not None
        made = importlib.util.module_from_spec(spec)
        sys.modules[name] = made
        spec.loader.exec_module(made)
        return made
    finally:
        for name, module in before.items():
            if module is None:
                del sys.modules[name]
            else:
                sys.modules[name] = module


def inputs(shapes: list[Any], seed: int = 0) -> list[np.ndarray]:
    """Random inputs of these shapes."""
    draws = np.random.default_rng(seed)
    return [
        draws.integers(0, 20, (2, 5))
        if one == "ids"
        else draws.standard_normal(one).astype(np.float32)
        for one in shapes
    ]


def plain(made: Any) -> Any:
    """A result with arrays in place of tensors."""
    if hasattr(made, "detach"):
        return made.detach().numpy()
    if isinstance(made, (tuple, list)):
        return [plain(one) for one in made]
    if isinstance(made, dict):
        return {key: plain(one) for key, one in made.items()}
    return made


def assert_same(one: Any, other: Any) -> None:
    """Compares results; numbers to the tolerance of float32."""
    one, other = plain(one), plain(other)
    if isinstance(one, list):
        assert len(one) == len(other)
        for a, b in zip(one, other, strict=True):
            assert_same(a, b)
    elif isinstance(one, dict):
        assert list(one) == list(other)
        for key in one:
            assert_same(one[key], other[key])
    elif isinstance(one, (np.ndarray, float)):
        assert getattr(one, "dtype", None) == getattr(other, "dtype", None)
        np.testing.assert_allclose(one, other, rtol=1e-4, atol=1e-5)
    else:
        assert one == other
