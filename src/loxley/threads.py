"""How many threads plans use; `config` counts them from the environment.

NumPy's BLAS splits sums among its threads, so that their last bits depend on how many there are;
it is told to use one.  Matrix products are compiled, and compiled plans use all threads.
"""

from __future__ import annotations

import ctypes
import glob
import os

import numpy as np

from .config import config

_STATE = {"interop": 0}


def get_num_threads() -> int:
    """How many threads an operator may use. Source: torch.get_num_threads."""
    return config.num_threads


def set_num_threads(threads: int) -> None:
    """Sets how many threads an operator may use; RuntimeError unless positive.

    Plans follow it from their next run; results never depend on it.
    """
    if not isinstance(threads, int) or isinstance(threads, bool):
        raise RuntimeError(f"set_num_threads expects an int, but got {type(threads).__name__}")
    if threads <= 0:
        raise RuntimeError("set_num_threads expects a positive integer")
    config.num_threads = threads


def limit_blas(threads: int) -> bool:
    """Tells NumPy's OpenBLAS how many threads to use; False where it can't be found."""
    root = os.path.dirname(np.__file__)
    for path in glob.glob(os.path.join(root, "..", "numpy.libs", "*openblas*")):
        library = ctypes.CDLL(path)
        for name in (
            "scipy_openblas_set_num_threads64_",
            "openblas_set_num_threads64_",
            "openblas_set_num_threads",
        ):
            function = getattr(library, name, None)
            if function is not None:
                function(ctypes.c_int(threads))
                return True
    return False


def get_num_interop_threads() -> int:
    """How many operators may run side by side. Source: torch.get_num_interop_threads."""
    return _STATE["interop"] or config.num_threads


def set_num_interop_threads(threads: int) -> None:
    """Accepted once, as in PyTorch; operators run one after the other here."""
    if threads <= 0:
        raise RuntimeError("set_num_interop_threads expects a positive integer")
    _STATE["interop"] = threads
