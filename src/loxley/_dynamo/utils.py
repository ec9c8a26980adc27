"""`torch._dynamo.utils`: what libraries ask about the compiler.

Source: running PyTorch.
"""

from __future__ import annotations

__all__ = ["is_compile_supported"]


def is_compile_supported(device_type: str) -> bool:
    """Whether `torch.compile` works on this type of device."""
    return device_type == "cpu"
