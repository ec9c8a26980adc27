"""`torch.distributed` on one process: a world of size 1, as PyTorch's CPU build computes it.

Process groups, stores and collectives are here at once; what stands above them (`tensor`, `fsdp`,
`checkpoint`, `rpc` ...) is loaded when it is first asked for.  A world of several processes is
refused with NotImplementedError.  What works is told in docs/distributed.md.
Source: https://docs.pytorch.org/docs/2.13/distributed.html
"""

from __future__ import annotations

import importlib as _importlib
import os as _os
from typing import Any as _Any

from . import distributed_c10d as distributed_c10d
from .distributed_c10d import *  # noqa: F403

_MODULES = (
    "algorithms autograd checkpoint constants device_mesh elastic fsdp launcher nn optim "
    "pipelining rpc run tensor"
).split()
_MESH = ("DeviceMesh", "init_device_mesh")


def __getattr__(name: str) -> _Any:
    if name in _MODULES:
        return _importlib.import_module(f".{name}", __name__)
    if name in _MESH:
        return getattr(_importlib.import_module(".device_mesh", __name__), name)
    if name == "GradBucket":
        return _importlib.import_module(".buckets", __name__).GradBucket
    raise AttributeError(
        f"module 'torch.distributed' has no attribute '{name}' (loxley does not have it)"
    )


def __dir__() -> list[str]:
    return sorted({*globals(), *_MODULES, *_MESH, "GradBucket"})


def is_available() -> bool:
    """True: process groups of one process."""
    return True


def is_backend_available(backend: str) -> bool:
    """Whether a backend is there: gloo is."""
    return backend.lower() == "gloo"


def is_gloo_available() -> bool:
    """True: its behaviour on one process."""
    return True


def is_mpi_available() -> bool:
    """False."""
    return False


def is_nccl_available() -> bool:
    """False."""
    return False


def is_ucc_available() -> bool:
    """False."""
    return False


def is_xccl_available() -> bool:
    """False."""
    return False


def is_torchelastic_launched() -> bool:
    """Whether `torchrun` started this process."""
    return _os.environ.get("TORCHELASTIC_RUN_ID") is not None
