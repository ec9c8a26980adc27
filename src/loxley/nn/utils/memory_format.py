"""Laying out the weights of convolutions in a memory format."""

from __future__ import annotations

from typing import Any

from ..modules.conv import Conv2d, Conv3d, ConvTranspose2d, ConvTranspose3d
from ..modules.module import Module


def _convert(module: Module, memory_format: Any, classes: tuple[type, ...]) -> Module:
    if isinstance(module, classes):
        data = module.weight.detach().clone(memory_format=memory_format)
        module.weight.data = data.contiguous(memory_format=memory_format)
    for child in module.children():
        _convert(child, memory_format, classes)
    return module


def convert_conv2d_weight_memory_format(module: Module, memory_format: Any) -> Module:
    """Lay out the weights of all 2-dimensional convolutions in `module`."""
    return _convert(module, memory_format, (Conv2d, ConvTranspose2d))


def convert_conv3d_weight_memory_format(module: Module, memory_format: Any) -> Module:
    """Lay out the weights of all 3-dimensional convolutions in `module`."""
    return _convert(module, memory_format, (Conv3d, ConvTranspose3d))
