"""`torch.get_device_module`: the module of a kind of device, so that code serves any of them.

Source: https://docs.pytorch.org/docs/2.13/generated/torch.get_device_module.html
"""

from __future__ import annotations

import functools
from types import ModuleType

from . import cpu, cuda, mps, mtia, xpu
from .devices import device as Device

_MODULES = {"cpu": cpu, "cuda": cuda, "mps": mps, "mtia": mtia, "xpu": xpu}


@functools.cache
def get_device_module(device: Device | str | None = None) -> ModuleType:
    """The module of a device, of the CPU without one. RuntimeError where there is no module.

    >>> get_device_module("cpu").device_count()
    1
    """
    if isinstance(device, Device):
        kind = device.type
    elif isinstance(device, str):
        kind = Device(device).type
    elif device is None:  # there is no accelerator, whose module it would be
        kind = "cpu"
    else:
        raise RuntimeError(f"Invalid value of device '{device}', expect torch.device, str, or None")
    if kind not in _MODULES:
        raise RuntimeError(
            f"Device '{kind}' does not have a corresponding module registered as 'torch.{kind}'."
        )
    return _MODULES[kind]
