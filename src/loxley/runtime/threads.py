"""How many threads computations may use: NumPy's matrix products are what has threads now.

`torch.set_num_threads` and its like.  In: a count.  Out: the same count for OpenBLAS, where NumPy
was built with it; another BLAS keeps its own setting.
Source: https://docs.pytorch.org/docs/2.13/generated/torch.set_num_threads.html
"""

from __future__ import annotations

import ctypes
import os
from collections.abc import Callable
from functools import cache
from pathlib import Path

import numpy as np

_SYMBOLS = ("scipy_openblas_{}64_", "scipy_openblas_{}", "openblas_{}64_", "openblas_{}")


def _default_threads() -> int:
    wanted = os.environ.get("OMP_NUM_THREADS", "")
    if wanted.isdigit() and int(wanted) > 0:
        return int(wanted)
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


class _Threads:
    """The settings of the process."""

    number = _default_threads()
    interop = _default_threads()


@cache
def _openblas_setter() -> Callable[[int], None] | None:
    """OpenBLAS's own function to set the number, from the library that NumPy has loaded."""
    package = Path(np.__file__).parent
    for folder in (package.parent / "numpy.libs", package / ".dylibs", package / ".libs"):
        for path in folder.glob("*openblas*"):
            library = ctypes.CDLL(str(path))
            for symbol in _SYMBOLS:
                function = getattr(library, symbol.format("set_num_threads"), None)
                if function is not None:
                    return function
    return None


def get_num_threads() -> int:
    """How many threads an operator may use."""
    return _Threads.number


def set_num_threads(number: int) -> None:
    """Set how many threads an operator may use; RuntimeError unless positive."""
    if not isinstance(number, int) or isinstance(number, bool):
        raise RuntimeError(f"set_num_threads expects an int, but got {type(number).__name__}")
    if number <= 0:
        raise RuntimeError("set_num_threads expects a positive integer")
    _Threads.number = number
    setter = _openblas_setter()
    if setter is not None:
        setter(number)


def get_num_interop_threads() -> int:
    """How many operators may run beside each other; a setting that nothing here follows."""
    return _Threads.interop


def set_num_interop_threads(number: int) -> None:
    """Set `get_num_interop_threads`; RuntimeError unless positive."""
    if number <= 0:
        raise RuntimeError("set_num_interop_threads expects a positive integer")
    _Threads.interop = number
