"""`RemoteModule`: a module that a worker makes and keeps.

Source: https://docs.pytorch.org/docs/2.13/rpc.html#remotemodule
"""

from __future__ import annotations

from typing import Any

from ...devices import device as Device
from ...futures import Future
from ...nn import Module
from ..rpc.api import RRef, rpc_async, rpc_sync


def _made(module_cls: type, args: tuple, kwargs: dict, device: str) -> Module:
    return module_cls(*args, **kwargs).to(device)


def _ran(reference: RRef, args: tuple, kwargs: dict) -> Any:
    return reference.local_value()(*args, **kwargs)


def _parameters(reference: RRef, recurse: bool) -> list[RRef]:
    return [RRef(p) for p in reference.local_value().parameters(recurse)]


class RemoteModule:
    """`module_cls(*args, **kwargs)` on "worker/device"; calls run there.

    ValueError for what a module that lies elsewhere does not have.
    """

    def __init__(
        self,
        remote_device: str,
        module_cls: type[Module],
        args: tuple | None = None,
        kwargs: dict[str, Any] | None = None,
    ) -> None:
        worker, slash, device = remote_device.partition("/")
        if slash and not device or "/" in device or not worker:
            raise ValueError(
                f"Could not parse remote_device: {remote_device}. The valid format is "
                "'<workername>/<device>'"
            )
        self.on, self.device = worker, str(Device(device or "cpu"))
        self.is_scriptable = False
        given = (module_cls, tuple(args or ()), dict(kwargs or {}), self.device)
        self.module_rref = rpc_sync(worker, _reference, args=given)

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        """The module's result."""
        return rpc_sync(self.on, _ran, args=(self.module_rref, args, kwargs))

    __call__ = forward

    def forward_async(self, *args: Any, **kwargs: Any) -> Future:
        """A future of the module's result."""
        return rpc_async(self.on, _ran, args=(self.module_rref, args, kwargs))

    def remote_parameters(self, recurse: bool = True) -> list[RRef]:
        """References to the parameters."""
        return rpc_sync(self.on, _parameters, args=(self.module_rref, recurse))

    def get_module_rref(self) -> RRef:
        """A reference to the module."""
        return self.module_rref

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_") or not hasattr(Module, name):
            raise AttributeError(f"'RemoteModule' object has no attribute '{name}'")

        def refuse(*args: Any, **kwargs: Any) -> Any:
            hint = " Please use ``remote_parameters`` instead." if name == "parameters" else ""
            raise ValueError(f"Method ``{name}`` not supported for RemoteModule.{hint}")

        return refuse


def _reference(module_cls: type, args: tuple, kwargs: dict, device: str) -> RRef:
    return RRef(_made(module_cls, args, kwargs, device))
