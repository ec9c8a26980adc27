"""`torch.distributed` on one process: a world of size 1, as PyTorch's CPU build computes it.

Process groups, stores and collectives are here at once; what stands above them (`tensor`, `fsdp`,
`checkpoint`, `rpc` ...) is loaded when it is first asked for.  A world of several processes is
refused with NotImplementedError.  What works is told in docs/distributed.md.
Source: https://docs.pytorch.org/docs/2.13/distributed.html
"""

from __future__ import annotations

import os as _os
from typing import Any as _Any

from ..late import Late as _Late
from ..late import by_name as _by_name
from ..late import same as _same
from . import distributed_c10d as distributed_c10d
from .distributed_c10d import *  # noqa: F403

_LATE = _Late(
    globals(),
    _same(
        "algorithms autograd checkpoint constants device_mesh elastic fsdp launcher nn optim "
        "pipelining rpc run tensor"
    ),
    _by_name({"device_mesh": "DeviceMesh init_device_mesh", "buckets": "GradBucket"}),
)


def __getattr__(name: str) -> _Any:
    return _LATE.find(name)


def __dir__() -> list[str]:
    return _LATE.names()


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
