"""`torch.utils.dlpack`: tensors over the memory of other libraries' arrays, and the reverse.

Source: https://docs.pytorch.org/docs/stable/dlpack.html
"""

from __future__ import annotations

from enum import IntEnum

from ..tensor import from_dlpack, to_dlpack

__all__ = ["DLDeviceType", "from_dlpack", "to_dlpack"]


class DLDeviceType(IntEnum):
    """The kinds of devices that the protocol numbers. Source: dlpack.h of the DLPack project."""

    kDLCPU = 1
    kDLCUDA = 2
    kDLCUDAHost = 3
    kDLOpenCL = 4
    kDLVulkan = 7
    kDLMetal = 8
    kDLVPI = 9
    kDLROCM = 10
    kDLROCMHost = 11
    kDLExtDev = 12
    kDLCUDAManaged = 13
    kDLOneAPI = 14
    kDLWebGPU = 15
    kDLHexagon = 16
    kDLMAIA = 17
