"""`torch.distributed.rpc`: remote calls, in a world of one worker."""

from . import api as api
from . import functions as functions
from .api import (
    RRef,
    WorkerInfo,
    get_worker_info,
    init_rpc,
    is_available,
    remote,
    rpc_async,
    rpc_sync,
    shutdown,
)
from .options import BackendType, TensorPipeRpcBackendOptions

__all__ = [
    "BackendType",
    "RRef",
    "TensorPipeRpcBackendOptions",
    "WorkerInfo",
    "get_worker_info",
    "init_rpc",
    "is_available",
    "remote",
    "rpc_async",
    "rpc_sync",
    "shutdown",
]
