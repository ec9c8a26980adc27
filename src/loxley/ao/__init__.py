"""`torch.ao`: the modules that mark where quantization would go; in float they pass things on."""

from . import nn, quantization

__all__ = ["nn", "quantization"]
