"""Settings of remote calls. Source: https://docs.pytorch.org/docs/2.13/rpc.html#tensorpipe-backend"""

from __future__ import annotations

import enum
from typing import Any

from ...devices import device as Device


class BackendType(enum.Enum):
    """The backends of remote calls."""

    TENSORPIPE = "TENSORPIPE"


class TensorPipeRpcBackendOptions:
    """How many threads serve calls, how long a call may take, where processes meet."""

    def __init__(
        self,
        *,
        num_worker_threads: int = 16,
        rpc_timeout: float = 60.0,
        init_method: str = "env://",
        device_maps: dict[str, dict] | None = None,
        devices: list | None = None,
        _transports: list | None = None,
        _channels: list | None = None,
    ) -> None:
        if _transports is not None or _channels is not None:
            raise NotImplementedError(
                "torch.distributed.rpc.TensorPipeRpcBackendOptions: transports and channels"
            )
        if num_worker_threads <= 0:
            raise ValueError("num_worker_threads must be positive")
        self.num_worker_threads, self.rpc_timeout = num_worker_threads, float(rpc_timeout)
        self.init_method = init_method
        self.device_maps: dict[str, dict] = {}
        self.devices: list = []
        for worker, mapped in (device_maps or {}).items():
            self.set_device_map(worker, mapped)
        self.set_devices(devices or [])

    def set_device_map(self, to: str, device_map: dict) -> None:
        """NotImplementedError: there are no accelerators to map."""
        if device_map:
            raise NotImplementedError(
                f"torch.distributed.rpc: a map of devices for {to}: there are no accelerators"
            )

    def set_devices(self, devices: list) -> None:
        """ValueError for the CPU; NotImplementedError for what is not there."""
        for device in devices:
            if Device(device).type != "cuda":
                raise ValueError(f"`set_devices` expect a list of CUDA devices, but got {device}.")
            raise NotImplementedError("torch.distributed.rpc: there are no accelerators")


def checked(options: Any) -> TensorPipeRpcBackendOptions:
    """The options of a call to `init_rpc`, or the usual ones."""
    if options is None:
        return TensorPipeRpcBackendOptions()
    if not isinstance(options, TensorPipeRpcBackendOptions):
        raise TypeError("`rpc_backend_options` must be of type `TensorPipeRpcBackendOptions`")
    return options
